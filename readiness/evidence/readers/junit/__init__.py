"""JUnit XML in; counts of cases by suite and the outcome of each named case out.

There is no standard: the reader follows the schemas of Jenkins (`READER.source`) and of Maven
Surefire, and what pytest, GoogleTest and CTest write.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.junit.cases import (
    BAD,
    NOT_PASSED,
    Case,
    Suite,
    combine,
    suites_of,
    tag,
)
from readiness.evidence.structured import parse_xml
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_COMMENT = pattern(rb"<!--.*?-->", re.DOTALL)
_ROOT = pattern(rb"<(?![?!])([\w.:-]+)")
_MARK = pattern(rb"<testcase[\s/>]|\s(?:tests|failures|errors)\s*=|</testsuite>")
_THOUSANDS = pattern(r"(?<!\b0),(?=\d{3}\b)")  # Surefire writes 1,234.5
Labels = tuple[tuple[str, str], ...]


def sniff(head: bytes) -> int:
    """Return 90 if the root is `testsuite(s)` and there is another mark of JUnit, else 0."""
    root = _ROOT.search(_COMMENT.sub(b"", head)) if b"<testsuite" in head else None
    is_suite = root is not None and root[1] in (b"testsuite", b"testsuites")
    return 90 if is_suite and _MARK.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a JUnit XML file.

    Raises:
        Unreadable: not well-formed, with a DTD, of another kind, or with a count that is none.
    """
    root = parse_xml(source)
    if tag(root) not in ("testsuites", "testsuite"):
        message = f"the root element is <{tag(root)}>, not <testsuites> or <testsuite>"
        raise Unreadable("wrong-kind", message, source.at(1), "is it a JUnit XML file?")
    suites = suites_of(source, root)
    pytest = root.get("name") == "pytest tests"
    problems = [problem for suite in suites for problem in _contradictions(suite, pytest)]
    facts = [fact for group in _groups(suites) for fact in _facts(*group)]
    produced, where, doubts = _produced(suites)
    problems += [*_emptiness(suites[0]), *doubts]
    return Reading((*facts, *_named(suites[0].cases)), tuple(problems), produced, where)


def _emptiness(top: Suite) -> Iterator[Problem]:
    if not top.cases:
        yield Problem(
            "inconclusive",
            "no-tests",
            "the file holds no testcase",
            top.at,
            "were tests found? a run that collects none can look green",
        )
    elif all(case.outcome == "skipped" for case in top.cases):
        text = f"all {len(top.cases)} cases were skipped"
        yield Problem("inconclusive", "all-skipped", text, top.at, "run them where they can run")


def _declared(suite: Suite, *names: str) -> int | None:
    """Return the first of some declared counts, None if there is none."""
    text = next(filter(None, map(suite.element.get, names)), None)
    try:
        return int(text) if text else None
    except ValueError:
        message = f"`{names[0]}` is not a count: {text:.20}"
        raise Unreadable("count", message, suite.at) from None


def _contradictions(suite: Suite, pytest: bool) -> Iterator[Problem]:
    """Yield where a suite failed outside its cases or declares more than its parts show."""
    if any(tag(child).lower() in BAD for child in suite.element):
        yield Problem(
            "inconclusive",
            "suite-error",
            "the suite failed outside its testcases",
            suite.at,
            "a set-up failed: mend it and run again",
        )
    marks = [tag(e).lower() for e in suite.element.iter()]
    outcomes = [case.outcome for case in suite.cases]
    bad = (_declared(suite, "failures") or 0) + (_declared(suite, "errors") or 0)
    counted = max(sum(mark in BAD for mark in marks), sum(o in NOT_PASSED for o in outcomes))
    skips = _declared(suite, "skipped", "skips", "skip") or 0
    skipped = max(marks.count("skipped"), outcomes.count("skipped"))
    total, cases = _declared(suite, "tests"), len(outcomes)
    text = ""
    if bad > counted:
        text = f"the suite declares {bad} failures and errors, its cases show {counted}"
    elif skips > skipped:
        text = f"the suite declares {skips} skipped, its cases show {skipped}"
    elif total is not None and not _fits(suite, total):
        text = f"the suite declares {total} tests, counted are {cases} testcases"
        if 0 < cases < total and (pytest or suite.element.get("name") == "pytest"):
            yield Problem(
                "warning", "subtests", f"{text}: subtests that passed leave no testcase", suite.at
            )
            return
    if text:
        yield Problem("invalid", "contradiction", text, suite.at, "was the file cut or changed?")


def _fits(suite: Suite, total: int) -> bool:
    """Tell whether a declared total is that of all cases below a suite, or of its own.

    A repeated case may count once; pytest before 9.1 counts twice where a teardown failed.
    """
    unique = len({(case.suites, case.classname, case.name) for case in suite.cases})
    errors = [child for case in suite.cases for child in case.element if tag(child) == "error"]
    twice = sum((e.get("message") or "").startswith("failed on teardown") for e in errors)
    own = suite.direct != len(suite.cases) and total == suite.direct
    return own or unique <= total <= len(suite.cases) + twice


def _time(elements: list[Element]) -> float | None:
    """Return the sum of the times of some elements in ms, None unless each has one."""
    try:
        times = [float(_THOUSANDS.sub("", element.get("time") or "")) for element in elements]
    except ValueError:
        return None
    total = round(sum(times) * 1000, 6) if times and min(times) >= 0 else math.nan
    return total if math.isfinite(total) else None


def _groups(suites: list[Suite]) -> Iterator[tuple[Location, Labels, list[Case], list[Element]]]:
    """Yield what to count: everything, each suite, and where there is one suite each class.

    Each with its place, its labels, its cases, and the elements whose times add up to its duration.
    """
    top = suites[0]
    outer = [suite.element for suite in suites if len(suite.names) == 1]
    yield top.at, (), top.cases, [top.element] if top.element.get("time") else outer
    named: dict[str, list[Suite]] = {}
    for suite in suites:
        if suite.names and suite.names[-1] not in suite.names[:-1]:
            named.setdefault(suite.names[-1], []).append(suite)
    for name, same in named.items():
        cases = [case for suite in same for case in suite.cases]
        yield same[0].at, (("suite", name),), cases, [suite.element for suite in same]
    if sum(bool(suite.direct) for suite in suites) == 1:
        classes: dict[str, list[Case]] = {}
        for case in top.cases:
            if case.classname and case.classname not in named:
                classes.setdefault(case.classname, []).append(case)
        for name, cases in classes.items():
            yield cases[0].at, (("suite", name),), cases, [case.element for case in cases]


def _facts(at: Location, labels: Labels, cases: list[Case], timed: list[Element]) -> Iterator[Fact]:
    """Yield counts; without a case that ran there is no `failed`, for 0 would look like a pass."""
    tests: dict[tuple[object, ...], list[Case]] = {}
    for index, case in enumerate(cases):
        tests.setdefault((case.suites, case.classname, case.name or index), []).append(case)
    outcomes = [combine(attempts) for attempts in tests.values()]
    skipped, passed = outcomes.count("skipped"), outcomes.count("passed")
    ran = len(outcomes) - skipped
    counts = {"cases": len(outcomes), "passed": passed, "skipped": skipped}
    if ran:
        counts |= {"failed": ran - passed, "flaky": outcomes.count("flaky")}
        yield Fact("pass_rate", passed / ran, "ratio", at, labels, ran, "derived")
    for metric, count in counts.items():
        yield Fact(metric, count, "", at, labels, None, "derived")
    written, summed = _time(timed), _time([case.element for case in cases])
    if written is not None and len(timed) == 1:
        yield Fact("duration", written, "ms", at, labels)
    elif written is not None or summed is not None:
        value = written if written is not None else summed or 0.0
        yield Fact("duration", value, "ms", at, labels, None, "derived")


def _named(cases: list[Case]) -> Iterator[Fact]:
    """Yield the outcome of each named test, over all its attempts in all suites."""
    tests: dict[str, list[Case]] = {}
    for case in cases:
        if case.name:
            tests.setdefault(f"{case.classname}.{case.name}".lstrip("."), []).append(case)
    for name, attempts in tests.items():
        at = max(attempts, key=lambda case: case.outcome != "passed").at
        labels = (("case", name), ("name", attempts[0].name))
        yield Fact("case", combine(attempts), "", at, labels, len(attempts), "derived")


def _produced(suites: list[Suite]) -> tuple[datetime | None, Location | None, list[Problem]]:
    """Return the latest end of a suite, where it stands, and a warning if it has no time zone."""
    ends: list[tuple[datetime, bool, Location]] = []
    for suite in suites:
        with suppress(ValueError, OverflowError):  # no timestamp, or none that means anything
            start = datetime.fromisoformat(suite.element.get("timestamp") or "")
            end = start + timedelta(milliseconds=_time([suite.element]) or 0)
            ends.append((end.replace(tzinfo=end.tzinfo or UTC), end.tzinfo is None, suite.at))
    if not ends:
        return None, None, []
    end, naive, at = max(ends, key=lambda end: end[0])
    text = "the timestamp has no time zone: taken as UTC"
    return end, at, [Problem("warning", "naive-time", text, at)] if naive else []


_SUITE = ("suite",)
READER = Reader(
    id="junit",
    title="JUnit XML",
    summary="Which tests passed, failed, were skipped or were flaky, counted case by case.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="xml",
    metrics=(
        Metric("cases", "", "tests in the file, each once", _SUITE),
        Metric("passed", "", "tests that passed at every attempt", _SUITE),
        Metric("failed", "", "tests with a failure, an error or a failed attempt", _SUITE),
        Metric("flaky", "", "failed tests that also passed; counted in `failed`", _SUITE),
        Metric("skipped", "", "tests skipped, disabled or expected to fail", _SUITE),
        Metric("pass_rate", "ratio", "passed / (cases - skipped)", _SUITE),
        Metric("duration", "ms", "as declared, else the sum of the parts", _SUITE),
        Metric(
            "case",
            "",
            "passed, failed, error, flaky or skipped; label case is `classname.name`",
            ("case", "name"),
        ),
    ),
    produce="pytest --junitxml=junit.xml",
    source="https://github.com/jenkinsci/xunit-plugin (junit-10.xsd)",
    traps=(
        "Declared totals can be wrong: testcases are counted, and a contradiction is invalid.",
        "pytest counts passed subtests but writes no testcase for them: a warning.",
        "No tests, or all skipped, can look green: inconclusive.",
        "A suite in which nothing ran gives no `failed`: its 0 would look like a pass.",
        "pytest writes an expected failure as skipped; so does this reader.",
        "A test repeated until it passes, or with a `flakyFailure`, is `flaky`: it failed.",
        "GoogleTest and CTest write status=notrun with no child element: skipped.",
        "A timestamp without an offset is taken as UTC, with a warning.",
    ),
)
