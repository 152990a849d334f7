"""The results of one SARIF run: which are findings, of what level, and which are suppressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.findings import Finding, Steps, entries, text_of, word
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from readiness.evidence.structured import JsonDocument

_LEVELS = {"error", "warning", "note", "none"}
_KINDS = {"pass", "notApplicable", "informational"}  # section 3.27.9: no finding
# GitHub's reading of `security-severity`, which is a CVSS score
_GRADES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.0, "low"))


class Run(NamedTuple):
    """One run of a tool."""

    steps: Steps
    tool: str
    has_results: bool


class Result(NamedTuple):
    """One finding with its level, and its severity where the rule has one."""

    level: str
    grade: str
    steps: Steps
    suppressed: bool

    @property
    def graded(self) -> bool:
        """Whether its severity is known."""
        return bool(self.grade)

    @property
    def by_level(self) -> Finding:
        """The finding, graded by its level."""
        return Finding(self.level, self.steps, suppressed=self.suppressed)

    @property
    def by_grade(self) -> Finding:
        """The finding, graded by its severity."""
        return Finding(self.grade, self.steps, suppressed=self.suppressed)


def run_of(document: JsonDocument, index: int) -> Run:
    """Return a run.

    Raises:
        Unreadable: it names no tool, or its results are no list of objects.
    """
    steps: Steps = ("runs", index)
    tool = text_of(document, *steps, "tool", "driver", "name")
    if not tool:
        message = "the run does not name its tool"
        hint = "SARIF wants tool.driver.name: was the file edited?"
        raise Unreadable("malformed", message, document.at(*steps), hint)
    entries(document, *steps, "results")
    return Run(steps, tool, document.get(*steps, "results") is not None)


def findings_of(document: JsonDocument, run: Run) -> list[Result]:
    """Return the findings of a run, suppressed ones included."""
    rules = _rules(document, run.steps)
    found = []
    for index, result in enumerate(entries(document, *run.steps, "results")):
        kind = word(result, "kind", "fail")
        if kind in _KINDS or result.get("baselineState") == "absent":
            continue
        steps = (*run.steps, "results", index)
        rule = _rule(result, rules)
        level = word(result, "level")
        if not level:  # section 3.27.10
            level = _default(rule)
            level = level if kind == "fail" else "none"
        if level not in _LEVELS:
            message = f"the level `{level[:20]}` is none of SARIF's"
            raise Unreadable("malformed", message, document.at(*steps), "was it edited?")
        suppressed = _suppressed(document, steps)
        found.append(Result(level, _grade(result, rule), steps, suppressed))
    return found


def _default(rule: dict[str, Any]) -> str:
    """Return the level of a rule; a warning where it has none."""
    configuration = rule.get("defaultConfiguration")
    return word(configuration if isinstance(configuration, dict) else {}, "level", "warning")


def _inside(value: Any, *steps: str) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _rules(document: JsonDocument, steps: Steps) -> list[list[dict[str, Any]]]:
    """Return the rules of the driver, and after them those of each extension."""
    tool = (*steps, "tool")
    places: list[Steps] = [(*tool, "driver")]
    places += [(*tool, "extensions", n) for n in range(len(entries(document, *tool, "extensions")))]
    return [entries(document, *place, "rules") for place in places]


def _rule(result: dict[str, Any], rules: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the rule of a result: by its component and index, else by its id."""
    index = result.get("ruleIndex", _inside(result, "rule", "index"))
    component = _inside(result, "rule", "toolComponent", "index")
    own = rules[0]
    if isinstance(component, int) and 0 <= component < len(rules) - 1:
        own = rules[component + 1]
    if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < len(own):
        return own[index]
    name = result.get("ruleId", _inside(result, "rule", "id"))
    known = (rule for part in rules for rule in part if name and rule.get("id") == name)
    found: dict[str, Any] = next(known, {})
    return found


def _grade(result: dict[str, Any], rule: dict[str, Any]) -> str:
    """Return the severity of the result's or its rule's CVSS score; empty without one."""
    for holder in (result, rule):
        score = _inside(holder, "properties", "security-severity")
        try:
            number = float(score)
        except (TypeError, ValueError):
            continue
        if 0 <= number <= 10:  # noqa: PLR2004 - the scale of CVSS
            return next(grade for least, grade in _GRADES if number >= least)
    return ""


def _suppressed(document: JsonDocument, steps: Steps) -> bool:
    """Tell whether a result is suppressed: by one suppression at least, and all accepted.

    Without a `status` a suppression is accepted (section 3.35.3). An unknown one is not.
    """
    states = [s.get("status", "accepted") for s in entries(document, *steps, "suppressions")]
    return bool(states) and all(state == "accepted" for state in states)
