"""JUnit XML in; counts of cases by suite and the outcome of each named case out.

There is no standard: the reader follows the schemas of Jenkins (`READER.source`) and of Maven
Surefire, and what pytest, GoogleTest and CTest write.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import MAX_DEPTH, parse_xml
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(rb"<(?![?!])([\w.:-]+)")
_MARK = re.compile(rb"<testcase[\s/>]|\s(?:tests|failures|errors)\s*=|</testsuite>")
_TAG = re.compile(
    r"(?s)<!--.*?-->|<!\[CDATA\[.*?]]>|<\?.*?\?>|<([\w.-]+:)?(testsuites?|testcase)(?=[\s/>])"
)
_THOUSANDS = re.compile(r"(?<!\b0),(?=\d{3}\b)")  # Surefire writes 1,234.5
_FAILURES = {"failure", "rerunfailure", "rerunerror"}
_BAD = _FAILURES | {"error", "flakyfailure", "flakyerror"}
_RAN = {"", "run", "ran", "completed", "pass", "passed", "ok", "success", "successful"}
_NOT_RUN = {"notrun", "not_run", "skip", "skipped", "disabled", "suppressed", "ignored", "pending"}
_FAILED = {"fail", "failed", "failure"}
_NOT_PASSED = {"failed", "error", "flaky"}
Labels = tuple[tuple[str, str], ...]


class _Case(NamedTuple):
    """One `testcase` element: one attempt at a test."""

    element: Element
    at: Location
    suites: tuple[str, ...]
    classname: str
    name: str
    outcome: str


class _Suite(NamedTuple):
    """The root or a suite: the names down to it, all its cases, and how many are direct."""

    element: Element
    at: Location
    names: tuple[str, ...]
    cases: list[_Case]
    direct: int


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
    if _tag(root) not in ("testsuites", "testsuite"):
        message = f"the root element is <{_tag(root)}>, not <testsuites> or <testsuite>"
        raise Unreadable("wrong-kind", message, source.at(1), "is it a JUnit XML file?")
    suites = _suites(source, root)
    pytest = root.get("name") == "pytest tests"
    problems = [problem for suite in suites for problem in _contradictions(suite, pytest)]
    facts = [fact for group in _groups(suites) for fact in _facts(*group)]
    produced, where, doubts = _produced(suites)
    problems += [*_emptiness(suites[0]), *doubts]
    return Reading((*facts, *_named(suites[0].cases)), tuple(problems), produced, where)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _lines(text: str) -> Iterator[int]:
    """Yield the line of each `testsuites`, `testsuite` and `testcase` start tag, in order."""
    line, seen = 1, 0
    for match in _TAG.finditer(text):
        if not match[0].startswith(("<!", "<?")):
            line, seen = line + text.count("\n", seen, match.start()), match.start()
            yield line


def _suites(source: Source, root: Element) -> list[_Suite]:
    """Return the root and every suite, in document order."""
    placed = (e for e in root.iter() if _tag(e) in ("testsuites", "testsuite", "testcase"))
    lines = dict(zip(placed, _lines(source.text), strict=True))
    suites: list[_Suite] = []

    def visit(element: Element, pointer: str, names: tuple[str, ...]) -> list[_Case]:
        at = source.at(lines[element], 0, pointer)
        if len(names) > MAX_DEPTH:
            raise Unreadable("too-deep", "the suites are nested too deeply", at)
        if _tag(element) == "testsuite":
            names = (*names, element.get("name") or "(no name)")
        cases: list[_Case] = []
        here, counts = len(suites), {"testcase": 0, "testsuite": 0}
        for child in element:
            tag = _tag(child)
            if tag not in counts:
                continue
            below = f"{pointer}/{tag}[{counts[tag]}]".removeprefix("testsuites/")
            counts[tag] += 1
            if tag == "testsuite":
                cases += visit(child, below, names)
            else:
                where = source.at(lines[child], 0, below)
                words = child.get("classname") or "", child.get("name") or ""
                cases.append(_Case(child, where, names, *words, _outcome(child)))
        suites.insert(here, _Suite(element, at, names, cases, counts["testcase"]))
        return cases

    cases = visit(root, "testsuites" if _tag(root) == "testsuites" else "testsuite[0]", ())
    if len(cases) + len(suites) != len(lines):
        raise Unreadable("nesting", "a testcase or suite stands outside any suite", source.at())
    return suites


def _outcome(case: Element) -> str:
    """Return the outcome of one attempt; a status word that is not known is an error."""
    marks = {_tag(child).lower() for child in case}
    words = {(case.get(key) or "").strip().lower() for key in ("status", "result")}
    if marks & _FAILURES or words & _FAILED:
        return "failed"
    if marks & _BAD:
        return "error" if "error" in marks else "flaky"
    if "skipped" in marks or words & _NOT_RUN:
        return "skipped"
    return "passed" if words <= _RAN else "error"


def _combine(attempts: list[_Case]) -> str:
    """Return the outcome of a test from those of its attempts: one that failed is not passed."""
    outcomes = {case.outcome for case in attempts}
    if outcomes & _NOT_PASSED:
        mixed = outcomes & {"flaky", "passed"}
        return "flaky" if mixed else "failed" if "failed" in outcomes else "error"
    return "skipped" if "skipped" in outcomes else "passed"


def _emptiness(top: _Suite) -> Iterator[Problem]:
    if not top.cases:
        yield Problem("inconclusive", "no-tests", "the file holds no testcase", top.at,
                      "were tests found? a run that collects none can look green")  # fmt: skip
    elif all(case.outcome == "skipped" for case in top.cases):
        text = f"all {len(top.cases)} cases were skipped"
        yield Problem("inconclusive", "all-skipped", text, top.at, "run them where they can run")


def _declared(suite: _Suite, *names: str) -> int | None:
    """Return the first of some declared counts, None if there is none."""
    text = next(filter(None, map(suite.element.get, names)), None)
    try:
        return int(text) if text else None
    except ValueError:
        message = f"`{names[0]}` is not a count: {text:.20}"
        raise Unreadable("count", message, suite.at) from None


def _contradictions(suite: _Suite, pytest: bool) -> Iterator[Problem]:
    """Yield where a suite failed outside its cases or declares more than its parts show."""
    if any(_tag(child).lower() in _BAD for child in suite.element):
        yield Problem("inconclusive", "suite-error", "the suite failed outside its testcases",
                      suite.at, "a set-up failed: mend it and run again")  # fmt: skip
    marks = [_tag(e).lower() for e in suite.element.iter()]
    outcomes = [case.outcome for case in suite.cases]
    bad = (_declared(suite, "failures") or 0) + (_declared(suite, "errors") or 0)
    counted = max(sum(mark in _BAD for mark in marks), sum(o in _NOT_PASSED for o in outcomes))
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
            yield Problem("warning", "subtests", f"{text}: subtests that passed leave no testcase",
                          suite.at)  # fmt: skip
            return
    if text:
        yield Problem("invalid", "contradiction", text, suite.at, "was the file cut or changed?")


def _fits(suite: _Suite, total: int) -> bool:
    """Tell whether a declared total is that of all cases below a suite, or of its own.

    A repeated case may count once; pytest before 9.1 counts twice where a teardown failed.
    """
    unique = len({(case.suites, case.classname, case.name) for case in suite.cases})
    errors = [child for case in suite.cases for child in case.element if _tag(child) == "error"]
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


def _groups(suites: list[_Suite]) -> Iterator[tuple[Location, Labels, list[_Case], list[Element]]]:
    """Yield what to count: everything, each suite, and where there is one suite each class.

    Each with its place, its labels, its cases, and the elements whose times add up to its duration.
    """
    top = suites[0]
    outer = [suite.element for suite in suites if len(suite.names) == 1]
    yield top.at, (), top.cases, [top.element] if top.element.get("time") else outer
    named: dict[str, list[_Suite]] = {}
    for suite in suites:
        if suite.names and suite.names[-1] not in suite.names[:-1]:
            named.setdefault(suite.names[-1], []).append(suite)
    for name, same in named.items():
        cases = [case for suite in same for case in suite.cases]
        yield same[0].at, (("suite", name),), cases, [suite.element for suite in same]
    if sum(bool(suite.direct) for suite in suites) == 1:
        classes: dict[str, list[_Case]] = {}
        for case in top.cases:
            if case.classname and case.classname not in named:
                classes.setdefault(case.classname, []).append(case)
        for name, cases in classes.items():
            yield cases[0].at, (("suite", name),), cases, [case.element for case in cases]


def _facts(
    at: Location, labels: Labels, cases: list[_Case], timed: list[Element]
) -> Iterator[Fact]:
    """Yield counts; without a case that ran there is no `failed`, for 0 would look like a pass."""
    tests: dict[tuple[object, ...], list[_Case]] = {}
    for index, case in enumerate(cases):
        tests.setdefault((case.suites, case.classname, case.name or index), []).append(case)
    outcomes = [_combine(attempts) for attempts in tests.values()]
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


def _named(cases: list[_Case]) -> Iterator[Fact]:
    """Yield the outcome of each named test, over all its attempts in all suites."""
    tests: dict[str, list[_Case]] = {}
    for case in cases:
        if case.name:
            tests.setdefault(f"{case.classname}.{case.name}".lstrip("."), []).append(case)
    for name, attempts in tests.items():
        at = max(attempts, key=lambda case: case.outcome != "passed").at
        yield Fact("case", _combine(attempts), "", at, (("case", name),), len(attempts), "derived")


def _produced(suites: list[_Suite]) -> tuple[datetime | None, Location | None, list[Problem]]:
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
        Metric("case", "", "passed, failed, error, flaky or skipped: `classname.name`", ("case",)),
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
