"""JUnit XML in; counts of cases by suite and the outcome of each named case out.

There is no standard: the reader follows the schemas of Jenkins
(https://github.com/jenkinsci/xunit-plugin, `junit-10.xsd`) and Maven Surefire
(https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report.xsd), and what
pytest, GoogleTest and CTest write.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import MAX_DEPTH, parse_xml
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_ROOT = re.compile(rb"<(?![?!])([A-Za-z_][\w.:-]*)")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_MARK = re.compile(rb"<testcase[\s/>]|<testsuite\s|\s(?:tests|failures|errors)\s*=")
_SKIPPABLE = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?:[\w.-]+:)?(?:testsuites?|testcase)(?=[\s/>])",
    re.DOTALL,
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_PLACED = ("testsuites", "testsuite", "testcase")
_BAD = {"failure", "error", "rerunfailure", "rerunerror", "flakyfailure", "flakyerror"}
_RAN = {"", "run", "ran", "completed", "pass", "passed", "ok", "success", "successful"}
_NOT_RUN = {"notrun", "not_run", "skip", "skipped", "disabled", "suppressed", "ignored", "pending"}
_FAILED = {"fail", "failed", "failure"}

Outcome = Literal["passed", "failed", "error", "flaky", "skipped"]


class _Suite(NamedTuple):
    """A `testsuite` (or the root), with the range of `testcase` elements below it."""

    element: Element
    at: Location
    names: tuple[str, ...]
    first: int
    end: int
    direct: int


class _Case(NamedTuple):
    """One `testcase` element: one attempt at a test."""

    element: Element
    at: Location
    suites: tuple[str, ...]
    classname: str
    name: str
    outcome: Outcome


class _Test(NamedTuple):
    """A test: all attempts at it in one suite, with one outcome."""

    suites: tuple[str, ...]
    classname: str
    outcome: Outcome


def sniff(head: bytes) -> int:
    """Return 90 if the root is `testsuite(s)` and holds a mark of JUnit, else 0."""
    if b"<testsuite" not in head:
        return 0
    bare = _COMMENT.sub(b"", head)
    root = _ROOT.search(bare)
    if not root or root[1] not in (b"testsuite", b"testsuites"):
        return 0
    return 90 if _MARK.search(bare, root.end()) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a JUnit XML file.

    Raises:
        Unreadable: not well-formed, with a DTD, or of another kind.
    """
    root = parse_xml(source)
    if _tag(root) not in ("testsuites", "testsuite"):
        message = f"the root element is <{_tag(root)}>, not <testsuites> or <testsuite>"
        raise Unreadable("wrong-kind", message, source.at(1), "is it a JUnit XML file?")
    suites, cases = _walk(source, root)
    tests = _tests(cases)
    problems = [*_emptiness(suites[0].at, [t.outcome for t in tests]), *_unknown_statuses(cases)]
    for suite in suites:
        problems += _contradictions(suite, cases[suite.first : suite.end], suites[0])
        problems += _suite_errors(suite)
    facts = [*_overall(suites, cases, tests), *_per_suite(suites, cases, tests), *_named(cases)]
    produced, where, times = _produced(suites)
    return Reading(tuple(facts), (*problems, *times), produced, where)


def _tag(element: Element) -> str:
    """Return the name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _lines(text: str) -> Iterator[int]:
    """Yield the line of each `testsuites`, `testsuite` and `testcase` start tag, in order."""
    line, seen = 1, 0
    for match in _SKIPPABLE.finditer(text):
        if match[0].startswith(("<!", "<?")):
            continue
        line += text.count("\n", seen, match.start())
        seen = match.start()
        yield line


def _walk(source: Source, root: Element) -> tuple[list[_Suite], list[_Case]]:
    """Return the root and every suite, and every testcase, in document order."""
    placed = (e for e in root.iter() if _tag(e) in _PLACED)
    lines = dict(zip(placed, _lines(source.text), strict=False))
    suites: list[_Suite] = []
    cases: list[_Case] = []

    def suite(element: Element, pointer: str, names: tuple[str, ...], depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unreadable("too-deep", "the suites are nested too deeply", source.at())
        here, first = len(suites), len(cases)
        at = source.at(lines.get(element, 0), 0, pointer)
        suites.append(_Suite(element, at, names, first, first, 0))
        counts: dict[str, int] = {}
        for child in element:
            tag = _tag(child)
            step = f"{tag}[{counts.get(tag, 0)}]"
            below = step if pointer == "testsuites" else f"{pointer}/{step}"
            counts[tag] = counts.get(tag, 0) + 1
            if tag == "testcase":
                cases.append(_case(child, source.at(lines.get(child, 0), 0, below), names))
            elif tag in ("testsuite", "testsuites"):
                suite(child, below, (*names, child.get("name") or "(no name)"), depth + 1)
        direct = counts.get("testcase", 0)
        suites[here] = _Suite(element, at, names, first, len(cases), direct)

    top = _tag(root)
    if top == "testsuites":
        suite(root, top, (), 0)
    else:
        suite(root, "testsuite[0]", (root.get("name") or "(no name)",), 0)
    return suites, cases


def _case(element: Element, at: Location, suites: tuple[str, ...]) -> _Case:
    """Return one attempt."""
    classname, name = element.get("classname") or "", element.get("name") or ""
    return _Case(element, at, suites, classname, name, _outcome(element))


def _statuses(case: Element) -> set[str]:
    """Return what GoogleTest, CTest and others write beside or instead of child elements."""
    return {(case.get(key) or "").strip().lower() for key in ("status", "result")}


def _outcome(case: Element) -> Outcome:
    """Return the outcome of one attempt; a status word that is not known is an error."""
    marks, words = {_tag(child).lower() for child in case}, _statuses(case)
    if marks & {"failure", "rerunfailure", "rerunerror"} or words & _FAILED:
        return "failed"
    if "error" in marks:
        return "error"
    if marks & _BAD:
        return "flaky"
    if "skipped" in marks or words & _NOT_RUN:
        return "skipped"
    return "passed" if words <= _RAN else "error"


def _combine(outcomes: list[Outcome]) -> Outcome:
    """Return the outcome of a test from those of its attempts: one that failed is not passed."""
    bad = [o for o in outcomes if o in ("failed", "error", "flaky")]
    if bad and ("flaky" in bad or "passed" in outcomes):
        return "flaky"
    if bad:
        return "error" if set(bad) == {"error"} else "failed"
    return "skipped" if "skipped" in outcomes else "passed"


def _tests(cases: list[_Case]) -> list[_Test]:
    """Join the attempts at each test of each suite; a case without a name stands alone."""
    attempts: dict[tuple[tuple[str, ...], str, str], list[Outcome]] = {}
    for index, case in enumerate(cases):
        key = (case.suites, case.classname, case.name or f"#{index}")
        attempts.setdefault(key, []).append(case.outcome)
    return [_Test(key[0], key[1], _combine(outcomes)) for key, outcomes in attempts.items()]


def _emptiness(at: Location, outcomes: list[Outcome]) -> Iterator[Problem]:
    """Yield a problem if nothing ran."""
    if not outcomes:
        yield Problem("inconclusive", "no-tests", "the file holds no testcase", at,
                      "were tests found? a run that collects none can look green")  # fmt: skip
    elif set(outcomes) == {"skipped"}:
        message = f"all {len(outcomes)} cases were skipped"
        yield Problem("inconclusive", "all-skipped", message, at, "run them where they can run")


def _unknown_statuses(cases: list[_Case]) -> Iterator[Problem]:
    for case in cases:
        unknown = _statuses(case.element) - _RAN - _NOT_RUN - _FAILED
        if unknown and not {_tag(child).lower() for child in case.element} & _BAD:
            message = f"the status `{sorted(unknown)[0]}` is not known: taken as an error"
            yield Problem("warning", "status", message, case.at)


def _declared(suite: _Suite, *names: str) -> int | None:
    """Return the first of some declared counts, None if there is none.

    Raises:
        Unreadable: it is not a count.
    """
    for name in names:
        text = (suite.element.get(name) or "").strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004
            message = f'{name}="{text[:20]}" is not a count'
            raise Unreadable("count", message, suite.at, "was the file changed by hand?")
        if text:
            return int(text)
    return None


def _contradictions(suite: _Suite, cases: list[_Case], root: _Suite) -> Iterator[Problem]:
    """Yield where a suite declares other totals than its parts show."""
    bad, skipped = _marks(suite.element, cases)
    failures, errors = _declared(suite, "failures"), _declared(suite, "errors")
    pairs = [
        ("failures and errors", (failures or 0) + (errors or 0), bad),
        ("skipped", _declared(suite, "skipped", "skips", "skip") or 0, skipped),
    ]
    for what, declared, counted in pairs:
        if declared > counted:
            message = f"the suite declares {declared} {what}, its cases show {counted}"
            yield _contradiction(message, suite)
    declared_tests = _declared(suite, "tests")
    if declared_tests is None or _total_fits(suite, cases, declared_tests):
        return
    message = f"the suite declares {declared_tests} tests, {len(cases)} testcases were counted"
    if cases and declared_tests > len(cases) and _is_pytest(suite, root):
        message += ": pytest counts subtests that passed, and writes no testcase for them"
        yield Problem("warning", "subtests", message, suite.at)
    else:
        yield _contradiction(message, suite)


def _contradiction(message: str, suite: _Suite) -> Problem:
    return Problem("invalid", "contradiction", message, suite.at, "was the file cut or changed?")


def _marks(suite: Element, cases: list[_Case]) -> tuple[int, int]:
    """Return how many marks of failure a suite holds at most, and how many skipped cases."""
    words = sum(bool(_statuses(c.element) & _FAILED) for c in cases)
    bad = sum(_tag(e).lower() in _BAD for e in suite.iter())
    skips = sum(_tag(e).lower() == "skipped" for e in suite.iter())
    return bad + words, max(skips, sum(c.outcome == "skipped" for c in cases))


def _total_fits(suite: _Suite, cases: list[_Case], declared: int) -> bool:
    """Tell whether a declared total is that of all cases below a suite, or of its own.

    A repeated case may count once. Before 9.1, pytest counted a case twice when its teardown failed.
    """
    unique = len({(c.suites, c.classname, c.name) for c in cases})
    twice = sum(
        _tag(child) == "error" and (child.get("message") or "").startswith("failed on teardown")
        for case in cases
        for child in case.element
    )
    nested = suite.direct != len(cases)
    return unique <= declared <= len(cases) + twice or (nested and declared == suite.direct)


def _is_pytest(suite: _Suite, root: _Suite) -> bool:
    return suite.element.get("name") == "pytest" or root.element.get("name") == "pytest tests"


def _suite_errors(suite: _Suite) -> Iterator[Problem]:
    """Yield a problem where a suite failed outside its cases, for example in its set-up."""
    for child in suite.element:
        if _tag(child).lower() in _BAD:
            name = suite.names[-1] if suite.names else "the run"
            message = f"{name} has a <{_tag(child)}> outside any testcase"
            yield Problem("inconclusive", "suite-error", message, suite.at, "mend it and run again")


def _seconds(text: str | None) -> float | None:
    """Return a time in seconds; Surefire writes `1,234.5`."""
    text = (text or "").strip()
    try:
        value = float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _sum(elements: list[Element]) -> float | None:
    """Return the sum of the times of some elements in ms, None unless each has one."""
    times = [_seconds(element.get("time")) for element in elements]
    known = [t for t in times if t is not None]
    return round(math.fsum(known) * 1000, 6) if times and len(known) == len(times) else None


def _overall(suites: list[_Suite], cases: list[_Case], tests: list[_Test]) -> Iterator[Fact]:
    """Yield the facts about the whole file."""
    root = suites[0]
    yield from _counts([t.outcome for t in tests], root.at)
    top = [s.element for s in suites if len(s.names) == 1]
    written, summed = _sum([root.element]), _sum(top)
    yield from _duration(written, summed if summed is not None else _elements(cases), root.at)


def _elements(cases: list[_Case]) -> float | None:
    return _sum([case.element for case in cases])


def _per_suite(suites: list[_Suite], cases: list[_Case], tests: list[_Test]) -> Iterator[Fact]:
    """Yield the facts by suite name, and by class name where there is only one suite."""
    named: dict[str, list[_Suite]] = {}
    for suite in suites:
        if suite.names and suite.names[-1] not in suite.names[:-1]:
            named.setdefault(suite.names[-1], []).append(suite)
    for name, members in named.items():
        labels = (("suite", name),)
        at = members[0].at
        yield from _counts([t.outcome for t in tests if name in t.suites], at, labels)
        written = _sum([s.element for s in members])
        parts = [c for c in cases if name in c.suites]
        yield from _duration(written, _elements(parts), at, labels)
    if sum(bool(s.direct) for s in suites) > 1:
        return
    classes: dict[str, list[_Case]] = {}
    for case in cases:
        if case.classname and case.classname not in named:
            classes.setdefault(case.classname, []).append(case)
    for name, parts in classes.items():
        labels = (("suite", name),)
        at = parts[0].at
        yield from _counts([t.outcome for t in tests if t.classname == name], at, labels)
        yield from _duration(None, _elements(parts), at, labels)


def _counts(
    outcomes: list[Outcome], at: Location, labels: tuple[tuple[str, str], ...] = ()
) -> Iterator[Fact]:
    """Yield counts; without a case that ran there is no `failed`, for 0 would look like a pass."""
    cases, skipped = len(outcomes), outcomes.count("skipped")
    passed, flaky, ran = outcomes.count("passed"), outcomes.count("flaky"), cases - skipped

    def fact(metric: str, value: float, unit: str = "") -> Fact:
        return Fact(metric, value, unit, at, labels, ran if unit else None, "derived")

    yield fact("cases", cases)
    yield fact("passed", passed)
    yield fact("skipped", skipped)
    if ran:
        yield fact("failed", ran - passed)
        yield fact("flaky", flaky)
        yield fact("pass_rate", passed / ran, "ratio")


def _duration(
    written: float | None,
    summed: float | None,
    at: Location,
    labels: tuple[tuple[str, str], ...] = (),
) -> Iterator[Fact]:
    if written is not None:
        yield Fact("duration", written, "ms", at, labels)
    elif summed is not None:
        yield Fact("duration", summed, "ms", at, labels, None, "derived")


def _named(cases: list[_Case]) -> Iterator[Fact]:
    """Yield the outcome of each named test, over all its attempts in all suites."""
    attempts: dict[str, list[_Case]] = {}
    for case in cases:
        if case.name:
            full = f"{case.classname}.{case.name}" if case.classname else case.name
            attempts.setdefault(full, []).append(case)
    for full, parts in attempts.items():
        outcome = _combine([case.outcome for case in parts])
        at = next((c.at for c in parts if c.outcome != "passed"), parts[0].at)
        yield Fact("case", outcome, "", at, (("case", full),), len(parts), "derived")


def _produced(
    suites: list[_Suite],
) -> tuple[datetime | None, Location | None, list[Problem]]:
    """Return the latest end of a suite, where it stands, and what is doubtful about it."""
    latest: datetime | None = None
    where: Location | None = None
    problems: list[Problem] = []
    for suite in suites:
        text = (suite.element.get("timestamp") or "").strip()
        if not text:
            continue
        try:
            start = datetime.fromisoformat(text)
            aware = start if start.tzinfo else start.replace(tzinfo=UTC)
            end = aware + timedelta(seconds=_seconds(suite.element.get("time")) or 0)
        except (ValueError, OverflowError):
            problems.append(Problem("warning", "time", f"`{text[:40]}` is not a time", suite.at))
            continue
        if not start.tzinfo and all(p.code != "naive-time" for p in problems):
            message = f"the timestamp {text} has no time zone: taken as UTC"
            problems.append(Problem("warning", "naive-time", message, suite.at))
        if latest is None or end > latest:
            latest, where = end, suite.at
    return latest, where, problems
