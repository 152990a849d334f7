"""`readiness rank` as a user runs it: orders, suppositions, days, formats and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator

from readiness.model.serial import dump
from tests.cli.running import DAY, EXAMPLE, Done, example, readiness
from tests.rendering.reviews import review

SUPPOSE = ("--if", "CB-01=proven", "--if", "load-01=waived", "--weights", "harm=2")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rank") / "review.json"
    path.write_text(dump(review("no-go-5")))
    return path


def test_the_order(saved: Path) -> None:
    done = readiness("rank", saved, "--top", "3")
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot("""\
Shopping assistant 1.4.0: what to fix first
10 open items; the launch waits for 5 of them. Reviewed 14 Sep 2026, launch 21
Sep 2026 (in 7 days).

  item     priority             places   ahead effort  due
1 CB-01    30 = 100 × 30 % × 1  1 firm   100 %    2 d  16 Sep
  ∅ Missing · blocker · team-resilience · Drill the model outage: answers fall…
2 LOAD-01  9 = 30 × 30 % × 1    2–3 firm 100 %    1 d  15 Sep
  ✗ Failed · blocker · team-load · Load test reaches 1.5 times the forecast peak
3 LAT-01   3 = 30 × 10 % × 1    3–4 firm  59 %  1.5 d  16 Sep
  ✗ Failed · blocker · team-retrieval · Retrieval answers within its share of t…
7 more items not shown

Priority = harm × risk × gap; what the launch waits for first, then priority,
then id. Places: in 400 weightings (seed 20240) with exponents 0.5 to 1.5 and
bands moved by up to 30 %; firm means at most two places apart. Ahead: the exact
share of all weightings in which an item is ahead of the next. readiness explain
ITEM shows the arithmetic.
""")


def test_what_a_supposition_changes(saved: Path) -> None:
    done = readiness("rank", saved, "--top", "2", *SUPPOSE)
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot("""\
Shopping assistant 1.4.0: what to fix first
9 open items; the launch waits for 3 of them. Reviewed 14 Sep 2026, launch 21
Sep 2026 (in 7 days).

Supposed: CB-01 proven and LOAD-01 accepted as a risk; the weights harm 2, risk
1 and gap 1. The review itself stays NO-GO.
  Decision        NO-GO, as before
  Readiness       30.54 of 100 → 71.08 of 100
  Open blockers   5 → 3
  Path to GO      6 days of work, GO WITH CONDITIONS on 16 Sep 2026 → 3 days of
                  work, GO WITH CONDITIONS on 16 Sep 2026
  Places          8 items moved
  No longer open  CB-01 (was 1)

  item      priority             places   ahead effort  due
1 CACHE-01  225: 100, 3 %, 0.75  1–3 firm  40 %    1 d  15 Sep
  ? Inconclusive · was 4 · blocker · team-platform · No cached answer crosses f…
2 LAT-01    90: 30, 10 %, 1      1–2 firm 100 %  1.5 d  16 Sep
  ✗ Failed · was 3 · blocker · team-retrieval · Retrieval answers within its sh…
7 more items not shown

Priority = harm^2 × risk × gap; what the launch waits for first, then priority,
then id. Places: in 400 weightings (seed 20240) with exponents 0.5 to 1.5 and
bands moved by up to 30 %, whatever weights are supposed; firm means at most two
places apart. Ahead: the exact share of all weightings in which an item is ahead
of the next. readiness explain ITEM shows the arithmetic.
""")


def test_what_fits_into_some_days(saved: Path) -> None:
    done = readiness("rank", saved, "--days", "1.5", "--top", "2")
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot("""\
Shopping assistant 1.4.0: what to fix first
10 open items; the launch waits for 5 of them. Reviewed 14 Sep 2026, launch 21
Sep 2026 (in 7 days).

Within 1.5 working days, until 16 Sep 2026, owners side by side: 4 of 10 open
items, 4 days of work. With all of it proven the decision is NO-GO with 1
blocker open, readiness 51.82 of 100.

  item     priority           places   ahead effort  due
2 LOAD-01  9 = 30 × 30 % × 1  2–3 firm 100 %    1 d  15 Sep
  ✗ Failed · blocker · team-load · Load test reaches 1.5 times the forecast peak
3 LAT-01   3 = 30 × 10 % × 1  3–4 firm  59 %  1.5 d  16 Sep
  ✗ Failed · blocker · team-retrieval · Retrieval answers within its share of t…
2 more items not shown

What does not fit
  CB-01 (place 1, blocker) needs 2 days; team-resilience has 1.5 days left
  PRM-05 (place 6) needs 2 days; team-prompts has 1 day left
  LOAD-05 (place 7) needs 1 day; team-load has 0.5 days left
  CB-06 (place 8) needs 8 days; team-resilience has 1.5 days left
  LAT-04 (place 9) needs 3 days; team-assist has 1.5 days left
  CACHE-03 (place 10) needs 5 days; team-platform has 0.5 days left

Priority = harm × risk × gap; what the launch waits for first, then priority,
then id. Places: in 400 weightings (seed 20240) with exponents 0.5 to 1.5 and
bands moved by up to 30 %; firm means at most two places apart. Ahead: the exact
share of all weightings in which an item is ahead of the next. readiness explain
ITEM shows the arithmetic.
""")


def test_markdown(saved: Path) -> None:
    done = readiness("rank", saved, "--days", "1", "--top", "1", "--if", "CB-01=stale", "--format", "markdown")
    assert done.out == snapshot("""\
## Shopping assistant 1.4.0: what to fix first

10 open items; the launch waits for 5 of them. Reviewed 14 Sep 2026, launch 21 Sep 2026 (in 7 days).

**Supposed: CB-01 stale. The review itself stays NO-GO.**

| What | Reviewed → supposed |
| --- | --- |
| Decision | NO-GO, as before |
| Readiness | 30.54 of 100 → 50.81 of 100 |
| Open blockers | 5, as before |
| Path to GO | 6 days of work, GO WITH CONDITIONS on 16 Sep 2026, as before |
| Places | none moved |

Within 1 working day, until 15 Sep 2026, owners side by side: 3 of 10 open items, 2.5 days of work. With all of it proven the decision is NO-GO with 2 blockers open, readiness 68.04 of 100.

| Rank | Item | State | Priority | Places | Ahead | Owner | Effort, due |
| --- | --- | --- | --- | --- | --- | --- | --- |
| 2 | **LOAD-01** Load test reaches 1.5 times the forecast peak | ✗ Failed, blocker | 9 = 30 × 30 % × 1 | 1–3, firm | 100 % | team-load | 1 day, 15 Sep |

_2 more items not shown_

Does not fit:

- CB-01 (place 1, blocker) needs 2 days; team-resilience has 1 day left
- LAT-01 (place 3, blocker) needs 1.5 days; team-retrieval has 1 day left
- PRM-05 (place 6) needs 2 days; team-prompts has 0.5 days left
- LOAD-05 (place 7) needs 1 day; team-load has no time left
- CB-06 (place 8) needs 8 days; team-resilience has 1 day left
- LAT-04 (place 9) needs 3 days; team-assist has 1 day left
- CACHE-03 (place 10) needs 5 days; team-platform has no time left

Priority = harm × risk × gap; what the launch waits for first, then priority, then id. Places: in 400 weightings (seed 20240) with exponents 0.5 to 1.5 and bands moved by up to 30 %; firm means at most two places apart. Ahead: the exact share of all weightings in which an item is ahead of the next. readiness explain ITEM shows the arithmetic.
""")


def test_json_is_of_its_schema(saved: Path) -> None:
    schema = json.loads(readiness("schema", "ranking").out)
    validator = Draft202012Validator(schema)
    for more in ((), SUPPOSE, ("--days", "launch", "--top", "1")):
        found = json.loads(readiness("rank", saved, "--format", "json", *more).out)
        assert found["schema"] == "readiness/ranking@1"
        validator.validate(found)
        assert found["reviewed"]["decision"] == "NO-GO"


def test_a_launch_and_its_saved_review_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text(example("check", "--format", "json").out)
    one = readiness("rank", EXAMPLE, "--as-of", DAY, "--days", "launch")
    two = readiness("rank", path, "--days", "launch")
    assert (one.code, two.code, one.out) == (0, 0, two.out)


def test_supposing_every_open_blocker_proven_gives_the_decision_the_review_promises(saved: Path) -> None:
    steps = [step.item for step in review("no-go-5").path_to_go.steps]
    pairs = ",".join(f"{step}=proven" for step in steps)
    found = json.loads(readiness("rank", saved, "--if", pairs, "--format", "json").out)
    assert found["supposed"]["decision"] == review("no-go-5").path_to_go.becomes
    fewer = json.loads(readiness("rank", saved, "--if", pairs.split(",", 1)[1], "--format", "json").out)
    assert fewer["supposed"]["decision"] == "NO-GO"


@pytest.mark.parametrize("more", [(), SUPPOSE, ("--days", "2")])
def test_it_fits_80_columns_and_colours_only_where_asked(saved: Path, more: tuple[str, ...]) -> None:
    plain = readiness("rank", saved, *more, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
    assert "\x1b" not in plain
    assert max(map(len, plain.splitlines())) <= 80
    assert "\x1b[" in readiness("rank", saved, *more, env={"FORCE_COLOR": "1"}).out


def test_nothing_open(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text(dump(review("go")))
    done = readiness("rank", path)
    assert done.code == 0
    assert "Nothing is open: every item that applies is proven." in done.out
    again = readiness("rank", path, "--if", "CB-01=failed").out
    assert "Decision       GO → NO-GO" in again
    assert "Open again     CB-01" in again


def wrong(saved: Path, *arguments: str) -> str:
    done: Done = readiness("rank", saved, *arguments)
    assert (done.code, done.out) == (2, "")
    return done.err


def test_mistakes_are_told(saved: Path) -> None:
    assert wrong(saved, "--if", "CB-1=proven") == snapshot("""\
--if: error[unknown-item]: the launch has no item CB-1
  help: did you mean `CB-01`?
""")
    assert wrong(saved, "--if", "CB-01") == snapshot("""\
--if: error[usage]: `CB-01` is not ITEM=OUTCOME
  help: write for example --if LOAD-01=proven
""")
    assert wrong(saved, "--if", "CB-01=prooven") == snapshot("""\
--if: error[unknown-outcome]: there is no outcome `prooven`
  help: did you mean `proven`?
""")
    assert wrong(saved, "--if", "CB-01=proven", "--if", "CB-01=failed") == snapshot("""\
--if: error[usage]: CB-01 is supposed to be proven and failed
  help: suppose one outcome for an item
""")
    assert wrong(saved, "--weights", "harms=2") == snapshot("""\
--weights: error[unknown-factor]: there is no factor `harms`
  help: did you mean `harm`?
""")
    assert wrong(saved, "--weights", "harm=-1") == snapshot("""\
--weights: error[value]: `-1` is no weight of harm
  help: give a number from 0 to 10
""")
    assert wrong(saved, "--weights", "harm=nan") == snapshot("""\
--weights: error[value]: `nan` is no weight of harm
  help: give a number from 0 to 10
""")
    assert wrong(saved, "--weights", "harm=1,harm=2") == snapshot("""\
--weights: error[usage]: the weight of harm is given twice
  help: give each factor one weight
""")
    assert wrong(saved, "--weights", "2") == snapshot("""\
--weights: error[usage]: `2` is not FACTOR=NUMBER
  help: write for example --weights harm=2,risk=0.5
""")
    assert wrong(saved, "--days", "soon") == snapshot("""\
--days: error[value]: `soon` is no number of working days, nor `launch`
  help: give a number from 0 to 10000
""")
    assert wrong(saved, "--top", "0") == snapshot("""\
--top: error[value]: `0` places are none
  help: give 1 or more
""")
    assert wrong(saved, "--format", "html") == snapshot("""\
--format: error[unknown-format]: there is no format `html` here
  help: formats: terminal, json, markdown
""")


def test_an_item_that_does_not_apply_cannot_be_supposed(tmp_path: Path) -> None:
    found = review("no-go-5")
    skipped = next(item for item in found.items if item.outcome is None)
    path = tmp_path / "review.json"
    path.write_text(dump(found))
    assert f"{skipped.id} does not apply to this launch" in wrong(path, "--if", f"{skipped.id}=proven")


def test_a_review_that_was_changed_by_hand_is_refused(saved: Path, tmp_path: Path) -> None:
    found = json.loads(saved.read_text())
    found["ranking"].pop()
    (tmp_path / "review.json").write_text(json.dumps(found))
    for command in (("rank",), ("explain", "CB-01")):
        done = readiness(*command, "review.json", cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert done.err == snapshot("""\
review.json: error[inconsistent-review]: this review does not agree with itself: its ranking does not name each open item once
  help: write it again with `readiness check --output json=PATH`
""")
