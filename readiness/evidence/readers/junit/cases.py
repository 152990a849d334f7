"""The cases of a JUnit file: every suite with its place, and the outcome of each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import MAX_DEPTH
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from readiness.errors import Location

_TAG = pattern(
    r"(?s)<!--.*?-->|<!\[CDATA\[.*?]]>|<\?.*?\?>|<([\w.-]+:)?(testsuites?|testcase)(?=[\s/>])"
)
_FAILURES = {"failure", "rerunfailure", "rerunerror"}
BAD = _FAILURES | {"error", "flakyfailure", "flakyerror"}
_RAN = {"", "run", "ran", "completed", "pass", "passed", "ok", "success", "successful"}
_NOT_RUN = {"notrun", "not_run", "skip", "skipped", "disabled", "suppressed", "ignored", "pending"}
_FAILED = {"fail", "failed", "failure"}
NOT_PASSED = {"failed", "error", "flaky"}


class Case(NamedTuple):
    """One `testcase` element: one attempt at a test."""

    element: Element
    at: Location
    suites: tuple[str, ...]
    classname: str
    name: str
    outcome: str


class Suite(NamedTuple):
    """The root or a suite: the names down to it, all its cases, and how many are direct."""

    element: Element
    at: Location
    names: tuple[str, ...]
    cases: list[Case]
    direct: int


def tag(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _lines(text: str) -> Iterator[int]:
    """Yield the line of each `testsuites`, `testsuite` and `testcase` start tag, in order."""
    line, seen = 1, 0
    for match in _TAG.finditer(text):
        if not match[0].startswith(("<!", "<?")):
            line, seen = line + text.count("\n", seen, match.start()), match.start()
            yield line


def suites_of(source: Source, root: Element) -> list[Suite]:
    """Return the root and every suite, in document order."""
    placed = (e for e in root.iter() if tag(e) in ("testsuites", "testsuite", "testcase"))
    lines = dict(zip(placed, _lines(source.text), strict=True))
    suites: list[Suite] = []

    def visit(element: Element, pointer: str, names: tuple[str, ...]) -> list[Case]:
        at = source.at(lines[element], 0, pointer)
        if len(names) > MAX_DEPTH:
            raise Unreadable("too-deep", "the suites are nested too deeply", at)
        if tag(element) == "testsuite":
            names = (*names, element.get("name") or "(no name)")
        cases: list[Case] = []
        here, counts = len(suites), {"testcase": 0, "testsuite": 0}
        for child in element:
            kind = tag(child)
            if kind not in counts:
                continue
            below = f"{pointer}/{kind}[{counts[kind]}]".removeprefix("testsuites/")
            counts[kind] += 1
            if kind == "testsuite":
                cases += visit(child, below, names)
            else:
                where = source.at(lines[child], 0, below)
                words = child.get("classname") or "", child.get("name") or ""
                cases.append(Case(child, where, names, *words, _outcome(child)))
        suites.insert(here, Suite(element, at, names, cases, counts["testcase"]))
        return cases

    cases = visit(root, "testsuites" if tag(root) == "testsuites" else "testsuite[0]", ())
    if len(cases) + len(suites) != len(lines):
        raise Unreadable("nesting", "a testcase or suite stands outside any suite", source.at())
    return suites


def _outcome(case: Element) -> str:
    """Return the outcome of one attempt; a status word that is not known is an error."""
    marks = {tag(child).lower() for child in case}
    words = {(case.get(key) or "").strip().lower() for key in ("status", "result")}
    if marks & _FAILURES or words & _FAILED:
        return "failed"
    if marks & BAD:
        return "error" if "error" in marks else "flaky"
    if "skipped" in marks or words & _NOT_RUN:
        return "skipped"
    return "passed" if words <= _RAN else "error"


def combine(attempts: list[Case]) -> str:
    """Return the outcome of a test from those of its attempts: one that failed is not passed."""
    outcomes = {case.outcome for case in attempts}
    if outcomes & NOT_PASSED:
        mixed = outcomes & {"flaky", "passed"}
        return "flaky" if mixed else "failed" if "failed" in outcomes else "error"
    return "skipped" if "skipped" in outcomes else "passed"
