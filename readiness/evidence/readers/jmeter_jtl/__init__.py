"""Reads JMeter's JTL files in CSV, one row per sample, into load facts recomputed from the rows.

Format: https://jmeter.apache.org/usermanual/listeners.html#csvlogformat
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import (
    codes_missing,
    common_problems,
    errors_passed,
    untold_transactions,
)
from readiness.evidence.loadtest.facts import SAMPLED, labelled_facts, load_facts, with_label
from readiness.evidence.loadtest.realism import own_errors
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.jmeter_jtl import layout as layouts
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.load import Load, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.jmeter_jtl.rows import Rows
    from readiness.model.checklist import FactMap

_HEAD = 1 << 16
_MOST_DROPPED = 10_000  # that the tally tells apart
_BAD_CODE = b"400"
_NO_ANSWER = b"Non HTTP response code"


def sniff(head: bytes) -> int:
    """Return 90 for JMeter's header, 80 for rows in its default order without one."""
    found = layouts.guess(head)
    return 0 if found is None else 90 if found.header else 80


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Count every row of a JTL, of any size.

    Raises:
        Unreadable: no JTL, a ragged row, an open quote, or a cell that is not what it must be.
    """
    layout = layouts.check(layouts.guess(source.head(_HEAD)), source.at(1))
    rows, counted = _counted(source, layout)
    load, transactions = split(counted)
    at = source.at(1, pointer="elapsed")
    facts = load_facts(load, at)
    facts += labelled_facts(transactions, at)
    facts.append(Fact("rows", rows.count, "", at, (), None, "derived"))
    problems = [*common_problems(facts, source.at(1)), *_codes(rows.tally.kinds, at)]
    problems += [*_untold(source, layout, rows, load), *_warnings(source, layout, load)]
    produced = datetime.fromtimestamp(rows.last / 1000, UTC) if rows.count else None
    return Reading(tuple(facts), tuple(problems), produced, at, load=load)


def _counted(source: Source, layout: layouts.Layout) -> tuple[Rows, Load]:
    """Count the rows, with NumPy where the file is large and the extra `bulk` is installed."""
    from readiness.evidence.readers.jmeter_jtl import rows  # noqa: PLC0415 - only when used

    kind: type[rows.Rows] = rows.Rows
    if source.streaming and find_spec("numpy"):
        from readiness.evidence.readers.jmeter_jtl.bulk import Bulk  # noqa: PLC0415

        kind = Bulk
    counted = kind(source, layout)
    counted.read()
    return counted, counted.tally.load("closed")


def split(load: Load) -> tuple[Load, Load]:
    """Part requests from the rows of transaction controllers, which count the same time again.

    Where a file has transactions only, as with "Generate parent sample", they are the requests.
    """
    kinds = {labels[0][0] for labels in load.groups() if labels}
    if kinds <= {"endpoint"} or kinds == {"transaction"}:
        return load, _only(load, "")
    return _only(load, "endpoint"), _only(load, "transaction")


def _only(load: Load, kind: str) -> Load:
    windows = tuple(
        Window(w.start, {k: c for k, c in w.groups.items() if k and k[0][0] == kind}, w.users)
        for w in load.windows
    )
    return Load(
        windows,
        began=load.began,
        seconds=load.seconds,
        width=load.width,
        arrivals=load.arrivals,
        dropped=load.dropped,
    )


def _codes(kinds: Counter[tuple[bytes, bytes, bytes]], at: Location) -> Iterator[Problem]:
    """Yield error pages, and requests without an answer or code, that are called successes."""
    passed = total = 0
    coded: Counter[tuple[object, bool]] = Counter()
    for (label, success, code), number in kinds.items():
        total += number if success in (b"true", b"false") else 0  # else a transaction
        bad = code.startswith(_NO_ANSWER) or (
            code.isdigit() and len(code) == len(_BAD_CODE) and code >= _BAD_CODE
        )
        passed += number if success == b"true" and bad else 0
        if success == b"true" and label is not None:
            coded[label, bool(code)] += number
    help_ = "remove `Ignore status` from the assertions, or assert on the body"
    yield from errors_passed(passed, total, at, help_, got="code")
    yield from codes_missing(coded, total, at)
    failed: dict[str, int] = {}
    for (_, success, code), number in kinds.items():
        if success == b"false" and code.startswith(_NO_ANSWER):
            text = code.decode(errors="replace")
            failed[text] = failed.get(text, 0) + number
    yield from own_errors(failed, at)


def _untold(source: Source, layout: layouts.Layout, rows: Rows, load: Load) -> Iterator[Problem]:
    may_be = rows.untyped if layout.hint else rows.count
    if may_be and not layout.told:
        names = "rows", "`dataType`", "`responseMessage`"
        first = source.at(rows.first_untyped, pointer="dataType")
        yield from untold_transactions(
            may_be, rows.count, names, first, source.at(1), labels=len(load.groups())
        )


def _warnings(source: Source, layout: layouts.Layout, load: Load) -> Iterator[Problem]:
    if not layout.header:
        message = "no header: the columns are taken to be JMeter's default ones"
        help_ = "set jmeter.save.saveservice.print_field_names=true"
        yield Problem("warning", "no-header", message, source.at(1), help_)
    if not source.complete:
        message = "the last line has no end, which JMeter writes"
        yield Problem("warning", "cut-off", message, source.at(), "was the file cut off?")
    if load.dropped:
        more = " and more" if load.dropped >= _MOST_DROPPED else ""
        message = f"{load.dropped:,} labels{more} are counted together as `(others)`"
        help_ = "name samplers without ids in them"
        yield Problem("warning", "many-endpoints", message, source.at(1, pointer="label"), help_)


READER = Reader(
    id="jmeter-jtl",
    title="JMeter JTL (CSV)",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *with_label(SAMPLED, "transaction"),
        Metric("rows", "", "rows, those of transaction controllers included"),
    ),
    produce="jmeter -n -t plan.jmx -l results.jtl",
    source="https://jmeter.apache.org/usermanual/listeners.html#csvlogformat",
    traps=(
        "Rows of transaction controllers count time twice: labelled `transaction`, in no total.",
        "Without `responseMessage`, rows without a `dataType` may be such: `transactions-unknown`.",
        "Without both columns counts, rates and errors prove nothing, but for a single label.",
        "`elapsed` is the full time of a response; `Latency` is the time to its first byte.",
        "An open quote hides every row after it: ragged rows and open quotes are errors.",
        "Rows that are there twice, as in a file appended to itself, make it invalid.",
        "Samples with code 400 or more that a plan calls successes: `errors-passed`.",
        "Successes without a code, where others of their label have one: `codes-missing`.",
        "`bytes` is not added up: the XML and the dashboard's `statistics.json` give `throughput`.",
        "Thread groups wait for answers: while the service stalls nobody asks (closed loop).",
        "The dashboard's percentiles are those of its last 20,000 rows; these are of all.",
    ),
    streams=True,
    shape="csv",
    summary="every request of a JMeter run, recomputed: percentiles, errors, rate, by label",
)
