"""Runs in which nothing was proven, and checks that were never made."""

from __future__ import annotations

import pytest

from .trees import BAD, CHECKLIST, GOOD, ITEM, Tree


def test_empty_directory(tree: Tree) -> None:
    for name in ("readiness.yaml", "list.yaml", "evidence/load.json"):
        (tree.folder / name).unlink()
    assert tree.check().code == 2


def test_empty_checklist(tree: Tree) -> None:
    tree.write("list.yaml", CHECKLIST.replace(ITEM, "  []\n").replace("items:\n  []", "items: []"))
    assert tree.check().code == 2


@pytest.mark.parametrize("name", ["readiness.yaml", "list.yaml"])
@pytest.mark.parametrize("text", ["", "{", "- [\n", "\x00", "---\n---\n", "null\n", "&a [*a]\n"])
def test_only_files_that_do_not_parse(tree: Tree, name: str, text: str) -> None:
    tree.write(name, text)
    assert tree.check().code in (2, 3)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "GO", "\x00\x01", '{"p95": 1}{"p95": 2}'])
def test_only_evidence_that_does_not_parse(tree: Tree, text: str) -> None:
    tree.write("evidence/load.json", text)
    assert tree.check().code in (1, 3)


def test_all_items_are_deferrable(tree: Tree) -> None:
    tree.change("list.yaml", "gate: blocker", "gate: deferrable")
    done = tree.check()
    assert done.code == 2
    assert "no blocker applies" in done.err


def test_no_blocker_applies(tree: Tree) -> None:
    tree.change("list.yaml", "    effort: 1d\n", "    effort: 1d\n    when: {changes: [region]}\n")
    assert tree.check().code == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reader: json", "reader: jason"),
        ("      - path: evidence/*.json", "      - analysis: is-it-fine"),
        ("p95 <= 800 ms,", "p59 <= 800 ms,"),
        ("[p95 <= 800 ms, errors < 1 %]", "[]"),
        ("gate: blocker", "gate: blocking"),
        ("schema: readiness/checklist@1", "schema: readiness/checklist@2"),
        ("p95 <= 800 ms", "p95 <= launch.nothing"),
    ],
)
def test_an_unknown_check_is_not_skipped(tree: Tree, old: str, new: str) -> None:
    tree.change("list.yaml", old, new)
    assert tree.check().code == 2


def test_an_unknown_checklist_is_not_skipped(tree: Tree) -> None:
    tree.change("readiness.yaml", "[./list.yaml]", "[./list.yaml, ./more.yaml]")
    assert tree.check().code == 2


def test_an_unknown_schema_of_the_launch(tree: Tree) -> None:
    tree.change("readiness.yaml", "launch@1", "launch@2")
    assert tree.check().code == 2


def test_thresholds_over_no_samples(good: Tree) -> None:
    good.evidence("load", {**GOOD, "n": 0})
    assert good.check().code == 1


K6_NOTHING = """{"metrics": {"http_req_duration": {"type": "trend", "contains": "time",
 "values": {"avg": 0, "min": 0, "med": 0, "max": 0, "p(90)": 0, "p(95)": 0},
 "thresholds": {"p(95)<800": {"ok": true}}},
 "http_reqs": {"type": "counter", "contains": "default", "values": {"count": 0, "rate": 0}}},
 "root_group": {"name": "", "path": "", "id": "x", "groups": [], "checks": []},
 "state": {"testRunDurationMs": 1000}, "options": {}}"""


def test_a_k6_run_without_requests(good: Tree) -> None:
    good.write("evidence/load.json", K6_NOTHING)
    lines = "        map:\n          p95: {at: /p95, unit: ms, samples: /n}\n          errors: {at: /errors, unit: ratio, samples: /n}\n        produced: /made\n"
    good.change("list.yaml", "        reader: json\n" + lines, "        reader: k6-summary\n")
    good.change("list.yaml", "        fresh: 14d\n", "")
    assert good.check().code == 1


SUITES = {
    "empty": '<testsuite name="s" tests="0" failures="0" errors="0" skipped="0"/>',
    "claims cases": '<testsuite name="s" tests="9" failures="0" errors="0" skipped="0"/>',
    "all skipped": '<testsuite name="s" tests="1" skipped="1"><testcase name="a" classname="c"><skipped/></testcase></testsuite>',
}


@pytest.mark.parametrize("name", SUITES)
def test_an_empty_test_suite(good: Tree, name: str) -> None:
    good.write("evidence/tests.xml", f'<?xml version="1.0"?>\n<testsuites>{SUITES[name]}</testsuites>')
    start = CHECKLIST.index("      - path:")
    end = CHECKLIST.index("    why:")
    needs = "      - path: evidence/*.xml\n        expect: [failed = 0]\n"
    good.write("list.yaml", CHECKLIST[:start] + needs + CHECKLIST[end:])
    assert good.check().code == 1


def test_a_path_that_matches_nothing(good: Tree) -> None:
    good.change("list.yaml", "evidence/*.json", "evidences/*.json")
    assert good.check().code == 1


def test_hidden_evidence_raises_no_score(tree: Tree) -> None:
    extra = ITEM.replace("LOAD-01", "LOAD-02").replace("evidence/*.json", "more/*.json")
    tree.write("list.yaml", CHECKLIST + extra)
    tree.write("more/load.json", '{"p95": 1, "errors": 0, "n": 5000, "made": "2026-11-20"}')
    shown = tree.check("--format", "json")
    (tree.folder / "evidence/load.json").unlink()
    hidden = tree.check("--format", "json")
    assert (shown.code, hidden.code) == (1, 1)
    assert _score(hidden.out) <= _score(shown.out)


def _score(text: str) -> float:
    import json

    return float(json.loads(text)["score"]["readiness"])


def test_a_failing_run_behind_a_good_one(good: Tree) -> None:
    good.evidence("a", BAD)
    assert good.check().code == 1
    good.evidence("zz", GOOD)
    assert good.check().code == 1


def test_easy_items_beside_the_hard_one(tree: Tree) -> None:
    """A hundred proven items do not outvote one blocker."""
    easy = "".join(
        ITEM.replace("LOAD-01", f"EASY-{n:02d}").replace("evidence/*.json", "easy/*.json")
        for n in range(1, 60)
    )
    tree.write("list.yaml", CHECKLIST + easy)
    tree.write("easy/load.json", '{"p95": 1, "errors": 0, "n": 5000, "made": "2026-11-20"}')
    assert tree.check().code == 1
