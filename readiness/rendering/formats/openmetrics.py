"""The review as OpenMetrics text, so that readiness can be watched like any other metric."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple, get_args

from readiness.model.review import Outcome, Verdict
from readiness.model.text import inert
from readiness.rendering.format import Format, Style
from readiness.rendering.machine import entries, fit, folded, key
from readiness.rendering.view import build

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from readiness.model.review import Review
    from readiness.rendering.machine import Entry

_LABEL = 1_024
_GATES = ("blocker", "deferrable")
_NOT_APPLICABLE = "not-applicable"
_NEEDS = """\
OpenMetrics 1.0 that is valid in the older Prometheus text format too, so that node_exporter's
textfile collector and a push gateway take it. Every series carries the label `service`.
`readiness_decision` is 1 for the decision that was taken and 0 for the other two, and
`readiness_items` counts every outcome of both gates, also where there is none, so these series do
not come and go. An alert on the gate:

```promql
readiness_decision{decision="NO-GO"} == 1 or readiness_complete == 0
```
"""


class Family(NamedTuple):
    """A gauge: its name, what it means, and its samples by labels."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], str], ...]


def render(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the exposition, ended by `# EOF`."""
    found = entries(review, build(review))
    families = (*_launch(review), *_decision(review), *_items(review, found))
    return "".join(_exposed(family, review.launch.service) for family in families) + "# EOF\n"


def _launch(review: Review) -> Iterable[Family]:
    launch = review.launch
    facts = {"version": launch.version, "commit": launch.commit, "tool": review.tool}
    yield Family("readiness_candidate", "1, with what was reviewed as labels.", ((facts, "1"),))
    for name, meaning, day in (
        ("readiness_review_timestamp_seconds", "The day of the review, 0:00 UTC.", review.as_of),
        ("readiness_launch_timestamp_seconds", "The day of the launch, 0:00 UTC.",
         launch.launch_date),
    ):  # fmt: skip
        yield Family(name, meaning, (({}, str(_seconds(day))),))


def _decision(review: Review) -> Iterable[Family]:
    verdicts = get_args(Verdict)
    taken = tuple(({"decision": word}, str(int(word == review.decision))) for word in verdicts)
    score, path = review.score, review.path_to_go
    yield Family("readiness_decision", "1 for the decision taken, 0 for the others.", taken)
    yield Family(
        "readiness_complete",
        "1 if everything could be read and evaluated.",
        (({}, str(int(review.complete))),),
    )
    yield Family("readiness_score", "Readiness, 0 to 100.", (({}, str(score.readiness)),))
    for name, meaning, value in (
        ("readiness_coverage_ratio", "Share of the weight that has any evidence.", score.coverage),
        ("readiness_current_ratio", "Share of the weight whose evidence is current.",
         score.current),
        ("readiness_effort_days", "Working days on the path to GO.", path.effort_days),
    ):  # fmt: skip
        yield Family(name, meaning, (({}, f"{value:.10g}"),))


def _items(review: Review, found: Iterable[Entry]) -> Iterable[Family]:
    counts = {(gate, o): 0 for gate in _GATES for o in (*get_args(Outcome), _NOT_APPLICABLE)}
    for item in review.items:
        counts[item.gate, item.outcome or _NOT_APPLICABLE] += 1
    waiting = sum(item.waits for item in review.items)
    counted = tuple(({"gate": g, "outcome": o}, str(n)) for (g, o), n in counts.items())
    yield Family(
        "readiness_open_blockers", "Blockers that the launch waits for.", (({}, str(waiting)),)
    )
    yield Family("readiness_items", "Items by gate and outcome.", counted)
    each = tuple((_labels(entry), f"{entry.item.credit:.10g}") for entry in found)
    yield Family("readiness_item_credit", "Proof of an item, 0 to 1, and its outcome.", each)


def _labels(entry: Entry) -> Mapping[str, str]:
    item = entry.item
    return {
        "item": key(item.id, _LABEL),
        "area": item.area,
        "gate": item.gate,
        "outcome": item.outcome or _NOT_APPLICABLE,
        "standing": entry.standing,
    }


def _exposed(family: Family, service: str) -> str:
    lines = [f"# TYPE {family.name} gauge", f"# HELP {family.name} {family.help}"]
    for labels, value in family.samples:
        named = {"service": service, **labels}
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in named.items())
        lines.append(f"{family.name}{{{inside}}} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    line = fit(inert(folded(text)), _LABEL)
    return line.replace("\\", r"\\").replace('"', r"\"")


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


FORMAT = Format(
    id="openmetrics",
    title="OpenMetrics",
    purpose="for Prometheus and what speaks its language: decision, score, and every item",
    suffix=".prom",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
