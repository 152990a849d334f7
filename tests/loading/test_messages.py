"""Messages of the loader in full, as a person sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.loading.launches import BASE, DECISIONS, LAUNCH, extended, message, replaced

if TYPE_CHECKING:
    from pathlib import Path


def test_unknown_key(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("service:", "servise:"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:2:1: error[unknown-key]: unknown key `servise`
  2 | servise: shop-assistant
    | ^^^^^^^
  help: did you mean `service`?\
""")


def test_missing_key(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("title: Shopping assistant\n", ""))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:1:1: error[missing-key]: the key `title` is missing
  1 | schema: readiness/launch@1
    | ^
  help: add `title: …`\
""")


def test_wrong_type(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("team-assist", "[a]"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:4:8: error[type]: a text is needed here, and this is a list
  4 | owner: [a]
    |        ^
  help: write one text\
""")


def test_text_for_a_list(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("[en-US]", "en-US"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:12:10: error[type]: a list is needed here, and this is `en-US`
  12 | locales: en-US
     |          ^^^^^
  help: write `[en-US]`\
""")


def test_empty_value(tmp_path: Path) -> None:
    text = replaced(BASE, ("fresh: 14d", "fresh:"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:22:9: error[empty]: the key `fresh` has no value
  22 |         fresh:
     |         ^^^^^
  help: write the value, or remove it\
""")


def test_word_of_a_list(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("prompt, traffic", "promt, traffic"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:11:11: error[value]: `promt` is not one of model, region, prompt, index, guardrail, language, traffic or contract
  11 | changes: [promt, traffic]
     |           ^^^^^
  help: did you mean `prompt`?\
""")


def test_enum(tmp_path: Path) -> None:
    text = replaced(BASE, ("gate: blocker", "gate: bloker"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:14:11: error[value]: `bloker` is not one of blocker or deferrable
  14 |     gate: bloker
     |           ^^^^^^
  help: did you mean `blocker`?\
""")


def test_truth_value(tmp_path: Path) -> None:
    text = replaced(BASE, ("confident: true", "confident: yes"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:23:20: error[type]: `true` or `false` is needed here, and this is `yes`
  23 |         confident: yes
     |                    ^^^
  help: did you mean `true`?\
""")


def test_date(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("2026-12-07", "07.12.2026"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:5:9: error[value]: `07.12.2026` is not a date
  5 | launch: 07.12.2026
    |         ^^^^^^^^^^
  help: did you mean `2026-12-07`?\
""")


def test_duration(tmp_path: Path) -> None:
    text = replaced(BASE, ("effort: 1d", "effort: 1 day"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:17:13: error[value]: unknown unit `day`
  17 |     effort: 1 day
     |             ^^^^^
  help: did you mean `d`?\
""")


def test_bare_number(tmp_path: Path) -> None:
    text = replaced(BASE, ("fresh: 14d", "fresh: 14"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:22:16: error[value]: `14` is not a duration
  22 |         fresh: 14
     |                ^^
  help: write for example 14d or 30 min\
""")


def test_item_id(tmp_path: Path) -> None:
    text = replaced(BASE, ("id: LOAD-01", "id: load-1"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:11:9: error[value]: `load-1` is not a valid name here
  11 |   - id: load-1
     |         ^^^^^^
  help: an item id is written like LOAD-01\
""")


def test_operator(tmp_path: Path) -> None:
    text = replaced(BASE, ("errors < 1%", "errors =< 1%"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:27:20: error[value]: `=<` is not a comparison
  27 |           - errors =< 1%
     |                    ^^
  help: did you mean `<=`?\
""")


def test_unit_of_a_limit(tmp_path: Path) -> None:
    text = replaced(BASE, ("errors < 1%", "errors < 1 pct"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:27:22: error[value]: unknown unit `pct`
  27 |           - errors < 1 pct
     |                      ^^^^^
  help: did you mean `%`?\
""")


def test_unit_of_a_parameter(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("120 rps", "120 rsp"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:9:9: error[value]: unknown unit `rsp`
  9 |   peak: 120 rsp
    |         ^^^^^^^
  help: did you mean `rps`?\
""")


def test_dimension_of_a_parameter(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("2500 ms", "2500 MB"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:10:15: error[unit]: `p95_budget` needs a unit like `ms`, and `2500 MB` is a size
  10 |   p95_budget: 2500 MB
     |               ^^^^^^^
  help: p95_budget: time of 95 of 100 users\
""")


def test_unit_of_a_declaration(tmp_path: Path) -> None:
    text = replaced(BASE, ("unit: rps", "unit: rp"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:8:16: error[value]: unknown unit `rp`
  8 |   peak: {unit: rp, meaning: forecast peak}
    |                ^^
  help: did you mean `rpm` or `rps`?\
""")


def test_unit_in_a_map(tmp_path: Path) -> None:
    text = replaced(BASE, ("/p95, unit: ms", "/p95, unit: mss"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:33:33: error[value]: unknown unit `mss`
  33 |           p95: {at: /p95, unit: mss}
     |                                 ^^^
  help: did you mean `ms`?\
""")


def test_default_of_another_kind(tmp_path: Path) -> None:
    text = replaced(BASE, ("meaning: forecast peak", "meaning: x, default: 3 s"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:8:42: error[value]: `3 s` is not a rate, as the unit `rps` is
  8 |   peak: {unit: rps, meaning: x, default: 3 s}
    |                                          ^^^
  help: write for example `1 rps`\
""")


def test_reference(tmp_path: Path) -> None:
    text = replaced(BASE, ("launch.p95_budget", "launch.p95_buget"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:26:20: error[unknown-parameter]: no checklist declares `launch.p95_buget`
  26 |           - p95 <= launch.p95_buget
     |                    ^^^^^^^^^^^^^^^^
  help: did you mean `p95_budget`?\
""")


def test_misspelt_launch(tmp_path: Path) -> None:
    text = replaced(BASE, ("1.5 * launch.peak", "1.5 * lauch.peak"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:25:21: error[value]: `1.5 * lauch.peak` is not a reference
  25 |           - rate >= 1.5 * lauch.peak
     |                     ^^^^^^^^^^^^^^^^
  help: did you mean `1.5 * launch.peak`?\
""")


def test_no_value_for_parameters(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("  peak: 120 rps\n", ""))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:8:1: error[missing-parameter]: items need the parameter `peak` (forecast peak)
  8 | parameters:
    | ^^^^^^^^^^
  help: add under `parameters`:
  help:   peak: 1 rps\
""")


def test_slot_name(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("  load-test:", "  load-tst:"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:14:3: error[unknown-slot]: no checklist has the slot `load-tst`
  14 |   load-tst: evidence/load/*.csv
     |   ^^^^^^^^
  help: did you mean `load-test`?\
""")


def test_no_evidence_at_all(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("evidence:\n  load-test: evidence/load/*.csv\n", ""))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:1:1: error[missing-slot]: items need the slot `load-test` (Load test; for LOAD-01)
  1 | schema: readiness/launch@1
    | ^
  help: add `evidence:` with
  help:   load-test: path/to/the/evidence\
""")


def test_undeclared_slot(tmp_path: Path) -> None:
    text = replaced(BASE, ("slot: load-test", "slot: load-tests"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:20:15: error[unknown-slot]: no checklist declares the slot `load-tests`
  20 |       - slot: load-tests
     |               ^^^^^^^^^^
  help: did you mean `load-test`?\
""")


def test_reader_the_slot_does_not_take(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("load-test: evidence/load/*.csv", "load-test: {path: x, reader: json}"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:14:32: error[unknown-reader]: the slot `load-test` does not take the reader `json`
  14 |   load-test: {path: x, reader: json}
     |                                ^^^^
  help: it takes locust-csv or k6-summary\
""")


def test_map_on_a_slot(tmp_path: Path) -> None:
    text = replaced(BASE, ("needs: measured", "map: {p95: {at: /x}}"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:21:14: error[value]: `map` goes with `path`, not with slot load-test
  21 |         map: {p95: {at: /x}}
     |              ^
  help: the launch gives it where it binds the slot\
""")


def test_two_sources(tmp_path: Path) -> None:
    text = replaced(BASE, ("path: latency.json", "path: latency.json\n        slot: x"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:30:9: error[value]: an evidence requirement names one source, and this names 2
  30 |       - path: latency.json
     |         ^
  help: give exactly one of `slot`, `path` and `analysis`\
""")


def test_shipped_checklist(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("./base.yaml", "lod-test"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:7:14: error[unknown-checklist]: no checklist `lod-test` is shipped
  7 | checklists: [lod-test]
    |              ^^^^^^^^
  help: did you mean `load-test`?\
""")


def test_checklist_file(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("./base.yaml", "./bases.yaml"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:7:14: error[not-found]: there is no file `./bases.yaml`
  7 | checklists: [./bases.yaml]
    |              ^^^^^^^^^^^^
  help: did you mean `./base.yaml`?\
""")


def test_checklist_outside(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("./base.yaml", "../base.yaml"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:7:14: error[outside]: `../base.yaml` leaves the repository
  7 | checklists: [../base.yaml]
    |              ^^^^^^^^^^^^
  help: keep checklists in the repository\
""")


def test_checklist_of_a_nul(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("./base.yaml", '"./a\\0.yaml"'))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:7:14: error[outside]: `./a\\u{0}.yaml` leaves the repository
  7 | checklists: ["./a\\0.yaml"]
    |              ^^^^^^^^^^^^
  help: keep checklists in the repository\
""")


def test_duplicate_item(tmp_path: Path) -> None:
    text = BASE + BASE[BASE.index("  - id:"):]
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:37:9: error[duplicate-id]: the item LOAD-01 is given twice; the first is in line 11
  37 |   - id: LOAD-01
     |         ^^^^^^^
  help: rename one\
""")


def test_duplicate_key(tmp_path: Path) -> None:
    text = LAUNCH + "owner: x\n"
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:15:1: error[duplicate-key]: the key `owner` is given twice; the first is in line 4
  15 | owner: x
     | ^^^^^
  help: keep one of them\
""")


def test_indentation(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("  peak:", "   peak:"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:9:4: error[syntax]: this line is indented by 3 spaces
  9 |    peak: 120 rps
    |    ^
  help: its neighbours are indented by 0 or 2\
""")


def test_colon(tmp_path: Path) -> None:
    text = replaced(BASE, ("    area: load", "    area load"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:13:5: error[syntax]: `area` has no colon
  13 |     area load
     |     ^
  help: write `area: …`\
""")


def test_bracket(tmp_path: Path) -> None:
    text = replaced(LAUNCH, ("commit: HEAD}", "commit: HEAD"))
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:6:12: error[syntax]: `{` is not closed
  6 | candidate: {version: 1.10, commit: HEAD
    |            ^
  help: add `}` where it ends\
""")


def test_component(tmp_path: Path) -> None:
    text = LAUNCH + "components:\n  api: {budget: 1 s, calls: [modle]}\n  model: {budget: 1 s}\n"
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:16:30: error[unknown-component]: there is no component `modle`
  16 |   api: {budget: 1 s, calls: [modle]}
     |                              ^^^^^
  help: did you mean `model`?\
""")


def test_domain(tmp_path: Path) -> None:
    text = LAUNCH + "failure_domains:\n  llm: {title: t, likelihood: often}\n"
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:16:31: error[value]: `often` is not one of rare, unlikely, possible, likely or expected
  16 |   llm: {title: t, likelihood: often}
     |                               ^^^^^
  help: one of rare, unlikely, possible, likely, expected\
""")


def test_abort_reference(tmp_path: Path) -> None:
    text = LAUNCH + "rollout:\n  rollback: r.md\n  stages:\n    - {share: 5 %, hold: 1h, abort: [p95 > launch.p95_bugdet]}\n"
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:18:44: error[unknown-parameter]: no checklist declares `launch.p95_bugdet`
  18 |     - {share: 5 %, hold: 1h, abort: [p95 > launch.p95_bugdet]}
     |                                            ^^^^^^^^^^^^^^^^^
  help: did you mean `p95_budget`?\
""")


def test_share(tmp_path: Path) -> None:
    text = LAUNCH + "rollout:\n  rollback: r.md\n  stages:\n    - {share: 150 %, hold: 1h, abort: [errors > 1 %]}\n"
    assert message(tmp_path, launch=text) == snapshot("""\
readiness.yaml:18:15: error[value]: `150 %` is not a share
  18 |     - {share: 150 %, hold: 1h, abort: [errors > 1 %]}
     |               ^^^^^
  help: write for example 5 %\
""")


def test_decision_item(tmp_path: Path) -> None:
    text = replaced(DECISIONS, ("LOAD-01", "LOAD-10"))
    assert message(tmp_path, decisions=text) == snapshot("""\
decisions.yaml:3:11: error[unknown-item]: no checklist has an item LOAD-10
  3 |   - item: LOAD-10
    |           ^^^^^^^
  help: did you mean `LOAD-01`?\
""")


def test_deferred_blocker(tmp_path: Path) -> None:
    text = replaced(DECISIONS, ("waived", "deferred"))
    assert message(tmp_path, decisions=text) == snapshot("""\
decisions.yaml:4:11: error[blocker-deferred]: LOAD-01 is a blocker and cannot be deferred
  4 |     kind: deferred
    |           ^^^^^^^^
  help: prove it, or accept the risk with `kind: waived`\
""")


def test_decision_too_long(tmp_path: Path) -> None:
    text = replaced(DECISIONS, ("2026-12-20", "2027-12-20"))
    assert message(tmp_path, decisions=text) == snapshot("""\
decisions.yaml:10:14: error[value]: the decision lasts 395 days; at most 90 are allowed
  10 |     expires: 2027-12-20
     |              ^^^^^^^^^^
  help: set an earlier `expires` and decide again then\
""")


def test_void_if_reference(tmp_path: Path) -> None:
    text = replaced(DECISIONS, ("launch.peak", "launch.peek"))
    assert message(tmp_path, decisions=text) == snapshot("""\
decisions.yaml:11:21: error[unknown-parameter]: no checklist declares `launch.peek`
  11 |     void_if: rate < 0.5 * launch.peek
     |                     ^^^^^^^^^^^^^^^^^
  help: did you mean `peak`?\
""")


def test_several_at_once(tmp_path: Path) -> None:
    text = replaced(BASE, ("gate: blocker", "gate: bloker"), ("effort: 1d", "efort: 1d"), ("errors < 1%", "errors < 1 pct"))
    assert message(tmp_path, base=text) == snapshot("""\
base.yaml:14:11: error[value]: `bloker` is not one of blocker or deferrable
  14 |     gate: bloker
     |           ^^^^^^
  help: did you mean `blocker`?
base.yaml:17:5: error[unknown-key]: unknown key `efort`
  17 |     efort: 1d
     |     ^^^^^
  help: did you mean `effort`?
base.yaml:27:22: error[value]: unknown unit `pct`
  27 |           - errors < 1 pct
     |                      ^^^^^
  help: did you mean `%`?\
""")


def test_loosened_gate(tmp_path: Path) -> None:
    assert extended(tmp_path, "gate: deferrable") == snapshot("""\
child.yaml:8:11: error[loosened]: LOAD-01 is a blocker and may only be tightened: gate blocker (at base.yaml:14:11) becomes deferrable
  8 |     gate: deferrable
    |           ^^^^^^^^^^
  help: keep blocker, or accept the risk with a waiver in decisions.yaml\
""")


def test_loosened_harm(tmp_path: Path) -> None:
    assert extended(tmp_path, "harm: minor") == snapshot("""\
child.yaml:8:11: error[loosened]: LOAD-01 is a blocker and may only be tightened: harm major (at base.yaml:15:11) becomes minor
  8 |     harm: minor
    |           ^^^^^
  help: keep major, or accept the risk with a waiver in decisions.yaml\
""")


def test_loosened_freshness(tmp_path: Path) -> None:
    assert extended(tmp_path, "evidence:\n  - {slot: load-test, fresh: 60d}") == snapshot("""\
child.yaml:9:34: error[loosened]: LOAD-01 is a blocker and may only be tightened: fresh 14d (at base.yaml:22:16) becomes 60d
  9 |       - {slot: load-test, fresh: 60d}
    |                                  ^^^
  help: keep 14d, or accept the risk with a waiver in decisions.yaml\
""")


def test_loosened_expectation(tmp_path: Path) -> None:
    assert extended(tmp_path, "evidence:\n  - slot: load-test\n    expect:\n      - errors < 5%") == snapshot("""\
child.yaml:11:13: error[loosened]: LOAD-01 is a blocker and may only be tightened: expectation `errors < 1%` (at base.yaml:27:13) becomes `errors < 5%`
  11 |           - errors < 5%
     |             ^^^^^^^^^^^
  help: keep `errors < 1%`, or accept the risk with a waiver in decisions.yaml\
""")


def test_new_source_of_a_patch(tmp_path: Path) -> None:
    assert extended(tmp_path, "evidence:\n  - {slot: load-tset, fresh: 7d}") == snapshot("""\
child.yaml:9:16: error[unknown-slot]: LOAD-01 has no evidence from the slot `load-tset`
  9 |       - {slot: load-tset, fresh: 7d}
    |                ^^^^^^^^^
  help: did you mean `load-test`?\
""")


def test_expectation_of_another_unit(tmp_path: Path) -> None:
    assert extended(tmp_path, "evidence:\n  - slot: load-test\n    expect: [errors < 1 ms]") == snapshot("""\
base.yaml:27:13: error[unit]: `errors < 1%` cannot be compared with `errors < 1 ms` (at child.yaml:10:18)
  27 |           - errors < 1%
     |             ^^^^^^^^^^^
  help: use units of one kind in both
child.yaml:10:18: error[loosened]: LOAD-01 is a blocker and may only be tightened: expectation `errors < 1%` (at base.yaml:27:13) becomes `errors < 1 ms`
  10 |         expect: [errors < 1 ms]
     |                  ^^^^^^^^^^^^^
  help: keep `errors < 1%`, or accept the risk with a waiver in decisions.yaml\
""")
