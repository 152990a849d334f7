"""Reads what k6 prints at the end of a test, alone or pasted into a document, into load facts.

Format: internal/js/summary.js in https://github.com/grafana/k6 (before 1.0: js/summary.js).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.closed import ARRIVALS
from readiness.evidence.loadtest.facts import with_label
from readiness.evidence.loadtest.k6 import COLOUR, FACTS, THRESHOLDS
from readiness.evidence.reader import Reader, Reading, Source
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_MARKS = (
    pattern(r"http_req_duration(?:\{[^}]*\})?\.{2,}: *avg="),
    pattern(r"iteration_duration\.{2,}: *avg="),
    pattern(r"(?:http_reqs|iterations)\.{2,}: *[0-9]+ +[0-9.]+/s"),
    pattern(r"vus_max\.{2,}: *[0-9]+ +min="),
    pattern(r"data_received\.{2,}: *[0-9.]+ [kMGT]?B +[0-9.]+ [kMGT]?B/s"),
    pattern(r"checks_total\.{2,}: *[0-9]+ +[0-9.]+/s"),
    pattern(r"execution: (?:local|cloud)\s"),
    pattern(r"scenarios: \([0-9.]+%\) [0-9]+ scenarios?, [0-9]+ max VUs"),
    pattern(r"running \(\S+\), [0-9]+/[0-9]+ VUs, [0-9]+ complete and [0-9]+ interrupted"),
)
_DOCUMENT = pattern(r"^(?:#{1,6} \S|```|~~~|<details>)", re.MULTILINE)
_SURE, _PASTED = 90, 50  # in a document: above what the reader of documents says


def sniff(head: bytes) -> int:
    """Return 90 for two or more lines that only k6 prints, 50 where they stand in a document."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.replace(b"\0", b"").decode("utf-8", "ignore")
    else:
        text = head.decode("utf-8", "ignore")
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[{", "<?xml")):
        return 0
    return _sure(text)


def pasted(text: bytes) -> int:
    """Return the same for a whole text, also where JSON of another tool stands first."""
    return _sure(text.decode("utf-8", "ignore"))


def _sure(text: str) -> int:
    text = COLOUR.sub("", text)
    if sum(bool(mark.search(text)) for mark in _MARKS) < 2:  # noqa: PLR2004 - two marks
        return 0
    return _PASTED if _DOCUMENT.search(text) else _SURE


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the summaries of one run or of several.

    Raises:
        Unreadable: not UTF-8 text, no output of k6, or a line that does not hold what k6 writes.
    """
    from readiness.evidence.readers.k6_console.printed import read_runs  # noqa: PLC0415

    return read_runs(source)


READER = Reader(
    id="k6-console",
    title="k6 console output",
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    metrics=(
        *with_label(FACTS, "run"),
        *with_label((ARRIVALS, *THRESHOLDS), "run"),
    ),
    produce="k6 run --no-color --summary-trend-stats='min,avg,med,p(90),p(95),p(99),max,count' "
    "script.js 2>&1 | tee k6.txt",
    source="https://github.com/grafana/k6/blob/master/internal/js/summary.js",
    traps=(
        "Units change from value to value: `µs`, `ms`, `s`, `1m30s`; all become milliseconds.",
        "k6 cuts times off after two digits; shares are computed from the counts beside them.",
        "In `http_req_failed…: 4.76% ✓ 477 ✗ 9523` the ✓ counts the requests that FAILED.",
        "Before 1.0 one mark stands for all thresholds of a metric, whatever they are.",
        "There is no p99 unless `summaryTrendStats` asks for it, even beside a threshold on it.",
        "A run stopped by a signal, `abortOnFail` or `test.abort` is inconclusive.",
        "With `handleSummary` or `--no-summary` k6 prints progress only: no result is in it.",
        "A refused request counts as 0 ms: a warning shows a time that failures made better.",
        "Looping users wait out a stall: where k6 names only such scenarios, a stall is a warning.",
        "Several runs in one file have a label `run` each: the best of them proves nothing.",
        "`--summary-mode=full` adds scenarios and groups: they are labels, not runs.",
    ),
    rounding=0.02,  # of values as shown: 1.01s may be 1.0199s
    percentiles="interpolated",
    shape="text",
    summary="requests, errors, rate, response times, checks and thresholds that k6 printed",
)
