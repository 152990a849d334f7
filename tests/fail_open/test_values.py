"""Values, dates, files and records that only look right."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from .trees import BAD, CHECKLIST, GOOD, WAIVER, Tree


@pytest.mark.parametrize(
    "value",
    ["NaN", "-Infinity", "-1e400", "1e-999x", "true", '"420"', "null", "-1", "[420]", '{"p95": 1}',
     '"４２０"', '"1_000"', "0x1a", "00420"],
)  # fmt: skip
def test_a_number_that_is_none(good: Tree, value: str) -> None:
    good.write("evidence/load.json", f'{{"p95": {value}, "errors": 0, "n": 5000, "made": "2026-11-20"}}')
    assert good.check().code in (1, 3)


def test_the_last_of_two_equal_keys_in_evidence(tree: Tree) -> None:
    tree.write(
        "evidence/load.json",
        '{"p95": 900, "p95": 4, "errors": 0, "n": 5000, "made": "2026-11-20"}',
    )
    assert tree.check().code in (1, 3)


def test_the_last_of_two_equal_keys_in_a_checklist(tree: Tree) -> None:
    tree.change("list.yaml", "    gate: blocker\n", "    gate: blocker\n    gate: deferrable\n")
    assert tree.check().code == 2


def test_the_same_item_twice(tree: Tree) -> None:
    from .trees import ITEM

    tree.write("list.yaml", CHECKLIST + ITEM.replace("800 ms", "8000 ms"))
    assert tree.check().code == 2


def test_seconds_taken_for_milliseconds(tree: Tree) -> None:
    tree.change("list.yaml", "p95 <= 800 ms", "p95 <= 800")
    assert tree.check().code == 2


def test_percent_taken_for_a_ratio(good: Tree) -> None:
    good.evidence("load", {**GOOD, "errors": 5})
    assert good.check().code == 1


def test_a_p99_from_forty_samples(good: Tree) -> None:
    good.evidence("load", {**GOOD, "p99": 430, "n": 40})
    good.change("list.yaml", "          p95: {at: /p95,", "          p99: {at: /p99,")
    good.change("list.yaml", "p95 <= 800 ms,", "p99 <= 800 ms,")
    good.change("list.yaml", "        fresh: 14d\n", "        fresh: 14d\n        confident: true\n")
    assert good.check().code == 1


def test_a_stale_file_with_a_fresh_mtime(good: Tree) -> None:
    file = good.evidence("load", {**GOOD, "made": "2026-09-01"})
    os.utime(file, (time.time(), time.time()))
    assert good.check().code == 1


def test_a_file_without_a_date(good: Tree) -> None:
    good.evidence("load", {k: v for k, v in GOOD.items() if k != "made"})
    assert good.check().code in (1, 3)


@pytest.mark.parametrize("made", ["2026-11-24T00:00:01Z", "9999-12-31", "2026-02-30", "99999999999999"])
def test_evidence_from_the_future_or_no_day(good: Tree, made: str) -> None:
    good.evidence("load", {**GOOD, "made": made})
    assert good.check().code in (1, 3)


def test_a_link_out_of_the_repository(tree: Tree) -> None:
    outside = tree.folder.parent / f"{tree.folder.name}-outside.json"
    outside.write_text('{"p95": 1, "errors": 0, "n": 5000, "made": "2026-11-20"}')
    (tree.folder / "evidence/load.json").unlink()
    (tree.folder / "evidence/load.json").symlink_to(outside)
    assert tree.check().code in (1, 2, 3)


@pytest.mark.parametrize("path", ["../x.json", "/etc/hostname", "evidence/../../x.json", "..\\x.json"])
def test_a_path_out_of_the_repository(tree: Tree, path: str) -> None:
    (tree.folder.parent / "x.json").write_text('{"p95": 1, "errors": 0, "n": 50, "made": "2026-11-20"}')
    tree.change("list.yaml", "evidence/*.json", path)
    assert tree.check().code in (1, 2, 3)


def test_a_quote_that_hides_failed_requests(good: Tree) -> None:
    head = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
    row = '{t},420,chat,{code},{message},t 1-1,text,{ok},,10,10,1,1,"http://127.0.0.1/",400,0,1\n'
    start = 1_795_000_000_000
    rows = [row.format(t=start + n * 10, code=200, message="OK", ok="true") for n in range(3000)]
    rows.append(row.format(t=start + 30_000, code=200, message='"OK', ok="true"))
    rows += [row.format(t=start + 30_010 + n, code=500, message="no", ok="false") for n in range(900)]
    good.write("evidence/load.jtl", head + "".join(rows))
    begin, end = CHECKLIST.index("      - path:"), CHECKLIST.index("    why:")
    needs = "      - path: evidence/*.jtl\n        expect: [errors < 1 %]\n"
    good.write("list.yaml", CHECKLIST[:begin] + needs + CHECKLIST[end:])
    assert good.check().code in (1, 3)


def test_a_valid_waiver_is_no_go_to_go_with_conditions(tree: Tree) -> None:
    """The control of the cases below: this one holds."""
    tree.write("decisions.yaml", WAIVER)
    done = tree.check()
    assert done.code == 0
    assert "GO WITH CONDITIONS" in done.out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: waived", "kind: deferred"),
        ("kind: waived", "kind: sign-off"),
        ("head-of-ops", "team-shop"),
        ("head-of-ops", "Team-Shop "),
        ("    expires: 2026-12-20\n", ""),
        ("expires: 2026-12-20", "expires: 2026-11-22"),
        ("expires: 2026-12-20", "expires: 9999-12-31"),
        ("expires: 2026-12-20", "expires: 2027-02-19"),
        ("expires: 2026-12-20", "expires: never"),
        ("approved: 2026-11-20", "approved: 2026-11-25"),
        ("item: LOAD-01", "item: LOAD-02"),
        ("item: LOAD-01", 'item: "*"'),
        ("    expires:", "    void_if: p95 > 850 ms\n    expires:"),
        ("    expires:", "    void_if: p99 > 850 ms\n    expires:"),
        ("reason: The p95 is over its limit for one endpoint", "reason: It needs more testing"),
    ],
)
def test_a_waiver_that_does_not_hold(tree: Tree, old: str, new: str) -> None:
    assert old in WAIVER
    tree.write("decisions.yaml", WAIVER.replace(old, new))
    assert tree.check().code in (1, 2)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_a4_a_waiver_past_midnight_in_one_zone(tree: Tree, zone: str) -> None:
    """It ends at the end of its day in UTC, wherever the gate runs."""
    today = datetime.now(UTC).date()
    ended = today - timedelta(days=1)
    text = WAIVER.replace("2026-11-20", str(ended - timedelta(days=5)))
    tree.write("decisions.yaml", text.replace("2026-12-20", str(ended)))
    tree.evidence("load", {**BAD, "made": f"{ended}T00:00:00Z"})
    assert tree.check(day=None, TZ=zone).code == 1
