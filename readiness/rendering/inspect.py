"""What `readiness inspect` prints: one piece of evidence, or two load tests side by side."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from readiness.model.load_result import NOT_TESTED, TOO_FEW
from readiness.model.quantity import show, show_difference
from readiness.model.text import visible
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.load import Labels
    from readiness.model.load_result import ChangeResult, ComparisonResult


_ENDS = (21, 31, 44)  # of the columns of a comparison
_INTERVAL = 20
_BLOCK = 3  # facts
_PERCENTILE = pattern(r"(?:^|\.)p[0-9.]+$")


def evidence_text(evidence: Evidence, percentiles: str = "", rounding: float = 0.0) -> str:
    """Write what a reader sees in a file: dates, digests, problems, then facts by their labels.

    Args:
        evidence: what was made of the file.
        percentiles: how the tool computes those that the file states.
        rounding: how far times that the file states may be from the exact ones: a share of them.
    """
    lines = [f"{evidence.path}: {evidence.reader or 'no reader'}, {evidence.strength.name}"]
    produced = evidence.produced
    lines.append(
        f"produced {produced.at:%Y-%m-%d %H:%M} UTC (from the {produced.source}, {produced.where})"
        if produced
        else "produced: the file does not say; git may, in a review"
    )
    lines += [
        f"  {file.path}  {file.size:,} bytes  sha256 {file.sha256[:16]}…" for file in evidence.files
    ]
    for problem in evidence.problems:
        first, *rest = _wrapped(
            f"{problem.kind}[{problem.code}] {problem.at}: {problem.message}", "  "
        )
        lines += [first[2:], *rest]
        lines += _wrapped(f"help: {problem.help}", "  ") if problem.help else []
    off = f"±{100 * rounding:g} %" if rounding else ""
    lines += _facts(evidence.facts, f"{percentiles} {off}".strip())
    return _joined(lines)


def _facts(facts: Iterable[Fact], computed: str) -> Iterator[str]:
    """Write facts with the same labels together, below a line with what most of them share."""
    blocks = _blocks(tuple(facts))
    width = max((len(fact.metric) for block in blocks.values() for fact in block), default=0)
    for labels, block in blocks.items():
        usual = _usual(block)
        indent = "  " if labels or usual else ""
        if indent:
            yield from ("", "  ".join([f"{_names(labels) or 'overall'}:", *usual]))
        for fact in block:
            parts = [
                _interval(fact),
                f"n={fact.samples:,}" if fact.samples is not None else "",
                computed if _is_percentile(fact) else "",
                _names(fact.labels) if fact.labels != labels else "",
                *(_source(fact) if _source(fact) != usual else ()),
            ]
            yield indent + "  ".join(
                [f"{fact.metric:<{width}}", _value(fact), *filter(None, parts)]
            )


def _blocks(facts: tuple[Fact, ...]) -> dict[Labels, list[Fact]]:
    """Group facts by their labels; few of a kind stay with those that have none."""
    known = Counter(fact.labels for fact in facts)
    blocks: dict[Labels, list[Fact]] = {}
    for fact in facts:
        own = fact.labels if known[fact.labels] >= _BLOCK else ()
        blocks.setdefault(own, []).append(fact)
    return blocks


def _usual(block: list[Fact]) -> tuple[str, ...]:
    """Return where most facts of a block are from, if that is one place."""
    source, times = Counter(map(_source, block)).most_common(1)[0]
    return source if times >= max(_BLOCK, len(block) / 2) else ()


def _source(fact: Fact) -> tuple[str, ...]:
    return (*((f"({fact.origin})",) if fact.origin != "file" else ()), str(fact.at))


def _names(labels: Labels) -> str:
    return "  ".join(f"{name}={value}" for name, value in labels)


def _is_percentile(fact: Fact) -> bool:
    """Tell whether a tool stated a percentile, which it may have rounded or estimated."""
    return fact.origin == "file" and fact.unit == "ms" and bool(_PERCENTILE.search(fact.metric))


def _value(fact: Fact) -> str:
    if isinstance(fact.value, bool):
        return "true" if fact.value else "false"
    return fact.value if isinstance(fact.value, str) else show(fact.value, fact.unit)


def _interval(fact: Fact) -> str:
    if fact.bounds is None:
        return ""
    high = show(fact.bounds.high, fact.unit) if math.isfinite(fact.bounds.high) else "not bounded"
    return f"95 %: {show(fact.bounds.low, fact.unit)} to {high}"


def comparison_text(comparison: ComparisonResult) -> str:
    """Write two load tests side by side, in 80 columns."""
    lines = [f"before  {comparison.before}", f"after   {comparison.after}", ""]
    lines += [*_verdict(comparison), *_wrapped(comparison.note, "  ")]
    if comparison.changes:
        header = f"{_columns('', 'before', 'after', 'change')}  95 % of the change"
        lines += ["", header, *(_change(change) for change in comparison.changes)]
    if comparison.method:
        lines += ["", *_wrapped(f"Method: {comparison.method}.")]
    return _joined(lines)


def _verdict(comparison: ComparisonResult) -> list[str]:
    if comparison.superiority is None or comparison.p is None or comparison.verdict == TOO_FEW:
        return _marked(comparison.headline)
    chance = "P < 0.001" if comparison.p < 0.001 else f"P = {comparison.p:.3f}"  # noqa: PLR2004
    share = f"{100 * comparison.superiority:.0f} %"
    return [
        *_marked(f"{comparison.headline} ({comparison.magnitude} effect, {chance})"),
        f"  a later response takes longer than an earlier one in {share} of all pairs",
    ]


def _marked(text: str) -> list[str]:
    first, *rest = _wrapped(text, "  ")
    return [f"■ {first[2:]}", *rest]


def _change(change: ChangeResult) -> str:
    before, after = (show(value, change.unit) for value in (change.before, change.after))
    difference = change.after - change.before
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    moved = f"{sign}{show_difference(difference, change.unit)}"
    interval = ""
    if change.verdict != NOT_TESTED:
        verdict = change.verdict.removesuffix(" shown").removesuffix(" samples")
        interval = f"  {_within(change):<{_INTERVAL}} {verdict}"
    return f"{_columns(change.metric, before, after, moved)}{interval}"


def _columns(name: str, *cells: str) -> str:
    """Write a name and what is right of it; what is too long takes room from what follows."""
    line = name
    for cell, end in zip(cells, _ENDS, strict=True):
        line += f" {cell:>{max(0, end - len(line) - 1)}}"
    return line


def _within(change: ChangeResult) -> str:
    """Write the interval of a change, its unit once if both ends have it; points if there is room.

    The change itself, to the left, is in points as well.
    """
    ends = [_signed(end, change.unit) for end in (change.low, change.high)]
    shared = f" {ends[1].partition(' ')[2]}"
    text = f"{ends[0].removesuffix(shared)} to {ends[1]}"
    return text if len(text) <= _INTERVAL else text.replace(" points", "")


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return "?"
    return f"{'−' if value < 0 else ''}{show_difference(value, unit)}"


def _wrapped(text: str, indent: str = "", width: int = 79) -> list[str]:
    from textwrap import wrap  # noqa: PLC0415

    return wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _joined(lines: Iterable[str]) -> str:
    return (
        "\n".join(visible(" ".join(line.split()) if "\n" in line else line) for line in lines)
        + "\n"
    )
