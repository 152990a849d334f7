"""Reads `assertions.json` of a Gatling report (until 3.9): which assertions of the run held.

Format: AssertionsJsonTemplate.scala in https://github.com/gatling/gatling, which 3.10 removed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_MARKS = (b'"simulation"', b'"simulationId"', b'"assertions"')
_EPOCH = (1e12, 1e13)  # milliseconds, the years 2001 to 2286
_COMPARED = pattern(r"is (less|greater) than(?: or equal to)?")
_HINT = "keep the file as Gatling wrote it"


class Assertion(NamedTuple):
    """One assertion, with what came of it."""

    at: Location
    message: str
    held: bool
    condition: str
    expected: tuple[float, ...]
    actual: tuple[float, ...]

    @property
    def unproven(self) -> bool:
        """Whether it held without a value behind it, or without a limit."""
        return self.held and not (self.actual and self.expected)


def sniff(head: bytes) -> int:
    """Return 90 for a JSON object with three names of Gatling's list of assertions."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0
    return 90 if all(mark in head for mark in _MARKS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the assertions.

    Raises:
        Unreadable: not strict JSON, or no list of assertions.
    """
    document = JsonDocument(source)
    found = tuple(_assertions(document))
    facts = list(_facts(document, tuple(a for a in found if not a.unproven)))
    problems = [*_contradictions(found), *_unproven(found)]
    if not found:
        message, at = "the run has no assertions", document.at("assertions")
        help_ = "add `.assertions(…)` to its `setUp`, or link `stats.json` of the same report"
        problems.append(Problem("inconclusive", "no-assertions", message, at, help_))
    start = document.get("start")
    if not is_number(start) or not _EPOCH[0] <= start < _EPOCH[1]:
        return Reading(tuple(facts), tuple(problems))
    produced = datetime.fromtimestamp(start / 1000, UTC)
    return Reading(tuple(facts), tuple(problems), produced, document.at("start"))


def _assertions(document: JsonDocument) -> Iterator[Assertion]:
    entries = document.get("assertions")
    if not isinstance(entries, list):
        message, at = "`assertions` is not a list", document.at("assertions")
        raise Unreadable("wrong-shape", message, at, _HINT)
    for index, entry in enumerate(entries):
        at = document.at("assertions", index)
        held = entry.get("result") if isinstance(entry, dict) else None
        text = entry.get("message") if isinstance(entry, dict) else None
        if not isinstance(held, bool) or not isinstance(text, str) or not text.strip():
            raise Unreadable("wrong-shape", "an assertion has no message or result", at, _HINT)
        expected = _numbers(entry.get("expectedValues", entry.get("conditionValues")))
        actual = _numbers(entry.get("actualValue", entry.get("values")))
        condition = str(entry.get("condition"))
        at = document.at("assertions", index, "result")
        yield Assertion(at, text, held, condition, expected, actual)


def _numbers(values: Any) -> tuple[float, ...]:
    """Return the numbers of a list, or none if it is something else."""
    if not isinstance(values, list) or not all(is_number(value) for value in values):
        return ()
    return tuple(float(value) for value in values)


def _facts(document: JsonDocument, found: tuple[Assertion, ...]) -> Iterator[Fact]:
    """Yield the verdicts; of two with the same words, the one that failed."""
    verdicts: dict[str, Assertion] = {}
    for assertion in found:
        known = verdicts.setdefault(assertion.message, assertion)
        if known.held and not assertion.held:
            verdicts[assertion.message] = assertion
    for message, assertion in verdicts.items():
        yield Fact("threshold", assertion.held, "", assertion.at, (("expression", message),))
    at = document.at("assertions")
    for name, held in (("passed", True), ("failed", False)) if found else ():
        number = sum(assertion.held is held for assertion in found)
        yield Fact(f"thresholds.{name}", number, "", at, (), None, "derived")


def _contradictions(found: tuple[Assertion, ...]) -> Iterator[Problem]:
    """Yield verdicts that their own numbers contradict.

    Equal numbers decide nothing: `less than` meant `or equal` before 3.0.
    """
    for assertion in found:
        if len(assertion.expected) != 1 or len(assertion.actual) != 1:
            continue
        limit, actual = assertion.expected[0], assertion.actual[0]
        compared = _COMPARED.fullmatch(assertion.condition)
        if not compared or limit == actual:
            continue
        if (actual < limit if compared[1] == "less" else actual > limit) is assertion.held:
            continue
        verdict = "held" if assertion.held else "failed"
        message = f"`{assertion.message}` is said to have {verdict} at {actual:g}"
        yield contradiction(message, assertion.at)


def _unproven(found: tuple[Assertion, ...]) -> Iterator[Problem]:
    """Yield verdicts that held without a value, which Gatling does not write."""
    for assertion in found:
        if assertion.unproven:
            message = f"`{assertion.message}` held, and no value or no limit stands behind it"
            yield Problem("inconclusive", "no-value", message, assertion.at, _HINT)


READER = Reader(
    id="gatling-assertions",
    title="Gatling assertions",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("threshold", "", "whether an assertion held", ("expression",)),
        Metric("thresholds.passed", "", "assertions that held"),
        Metric("thresholds.failed", "", "assertions that did not hold"),
    ),
    produce="gatling.sh  # of Gatling 2 to 3.9, then results/<run>/js/assertions.json",
    source="https://github.com/gatling/gatling (AssertionsJsonTemplate.scala, removed in 3.10)",
    traps=(
        "Gatling 3.10 and later write no such file: link `stats.js` or `simulation.log`.",
        "A run without assertions has an empty list and proves nothing: `no-assertions`.",
        "A verdict that its own numbers contradict is invalid.",
        "One that held without a number, as in an edited file, is no pass: `no-value`.",
        "The values of an assertion are no facts: link the statistics of the same report too.",
        "The date is that of the start of the run.",
    ),
    shape="json",
    summary="the assertions of a Gatling run, and whether they held",
)
