"""A guardrail sheet in (CSV, YAML or JSON); what each policy blocks wrongly and lets through, out.

Our own format: counts of both directions, by policy and locale. A rate needs its number of cases.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.evals.cases import short
from readiness.evidence.mapping import NOTHING, read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

SCHEMA = "readiness/guardrails@1"
_NEEDED = ("policy", "benign", "false_positives", "harmful", "false_negatives")
_COLUMNS = (*_NEEDED, "locale", "intent", "model")
_DIRECTIONS = {
    "guardrail.false_positive": ("benign", "false_positives", "harmless cases that were blocked"),
    "guardrail.false_negative": ("harmful", "false_negatives", "harmful cases let through"),
}
_WANTED = (
    "a sheet has the columns policy, locale, benign, false_positives, harmful, false_negatives"
)
_COUNTS = "write the counts alone: 10, not `10 (expected to be rejected)`"
_MOST = 999_999_999


class _Row(NamedTuple):
    """One row: its texts by column, and the place of each."""

    values: dict[str, str]
    places: dict[str, Location]
    at: Location


def sniff(head: bytes) -> int:
    """Return 95 for the schema's name, 90 for the columns, 60 for prose that is refused."""
    if SCHEMA.encode() in head:
        return 95
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"["):
        both = b'"false_negatives": "' in text and b'"false_positives": "' in text
        return 60 if both else 0
    first = text.split(b"\n", 1)[0].strip().replace(b'"', b"")
    names = {name.strip() for name in first.split(b",")}
    return 90 if {b"policy", b"false_positives", b"false_negatives"} <= names else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a sheet.

    Raises:
        Unreadable: no sheet, a count that is none, or more wrong than there were cases.
    """
    text = source.text.lstrip()
    if not text:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    produced, where, model = None, None, None
    if text[:1] in ("{", "[") or SCHEMA in text[:4096]:
        root = read_documents(source)[0]
        if root["schema"].value != SCHEMA:
            raise Unreadable(
                "prose",
                "numbers stand inside prose, or there is no schema",
                root.at,
                f"{_COUNTS}; begin it with `schema: {SCHEMA}`",
            )
        rows = [_of_part(part) for part in root["results"].list()]
        model = root["model"]
        if root["evaluated_at"]:
            moment = root["evaluated_at"]
            produced, where, _naive = read_moment(moment.value, moment.at)
    else:
        rows = list(_of_csv(source))
    facts = [fact for row in rows for fact in _facts(row)]
    if model:
        facts.append(Fact("eval.model", model.text, "", model.at))
    return Reading(tuple(facts), tuple(_problems(rows, facts, source)), produced, where)


def _of_part(part: Part) -> _Row:
    values, places = {}, {}
    for name, inner in part.items():
        if name not in _COLUMNS:
            raise Unreadable(
                "unknown-column", f"`{name}` is no column of a sheet", inner.at, _WANTED
            )
        if inner.value is not None and (isinstance(inner.value, bool) or not inner.text):
            raise inner.malformed("a text or number")
        values[name], places[name] = inner.text, inner.at
    return _Row(values, places, part.at)


def _of_csv(source: Source) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(source.text), strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        message, help_ = f"not valid CSV: {error}", "was the file cut off?"
        raise Unreadable("not-csv", message, source.at(reader.line_num), help_) from None
    head = [cell.strip() for cell in lines[0][1]] if lines else []
    missing = [name for name in _NEEDED if name not in head]
    unknown = [name for name in head if name not in _COLUMNS]
    if missing or unknown or len(set(head)) < len(head):
        told = f"no `{missing[0]}`" if missing else f"`{(unknown or head)[0]}` is none, or twice"
        raise Unreadable("unknown-column", f"the columns: {told}", source.at(1), _WANTED)
    for number, cells in lines[1:]:
        at = source.at(number)
        if len(cells) != len(head):
            message = f"the row has {len(cells)} cells, and the header {len(head)}"
            raise Unreadable("row-length", message, at, "was the file cut off?")
        yield _Row(dict(zip(head, map(str.strip, cells), strict=True)), dict.fromkeys(head, at), at)


def _facts(row: _Row) -> Iterator[Fact]:
    names = ("policy", "locale", "intent", "model")
    labels = tuple(
        sorted((n, short(v)) for n in names if (v := row.values.get(n, "")).lower() not in NOTHING)
    )
    if "policy" not in dict(labels):
        raise Unreadable("malformed", "a row names no policy", row.at, _WANTED)
    for metric, (cases, wrong, what) in _DIRECTIONS.items():
        known, bad = _count(row, cases), _count(row, wrong)
        if known is None and bad is None:
            continue
        if known is None or bad is None:
            pair = (wrong, cases) if known is None else (cases, wrong)
            message = f"`{pair[0]}` stands without `{pair[1]}`"
            raise Unreadable("malformed", message, row.at, _WANTED)
        if bad > known:
            message, at = f"{bad} {what} of {known}", row.places.get(wrong, row.at)
            raise Unreadable("contradiction", message, at, "count both over the same cases")
        if known:
            at = row.places.get(wrong, row.at)
            yield Fact(metric, bad / known, "ratio", at, labels, known, "derived")


def _count(row: _Row, name: str) -> int | None:
    """Return a count, None where the direction was not measured."""
    text = row.values.get(name, "")
    if text.lower() in NOTHING:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:12]) > _MOST:
        message = f"`{name}` is `{text[:60]}`, and not a count"
        raise Unreadable("number", message, row.places.get(name, row.at), _COUNTS)
    return int(text)


def _problems(rows: list[_Row], facts: list[Fact], source: Source) -> Iterator[Problem]:
    """Yield what was not measured: one direction hides behind the other."""
    if not rows:
        message = "the sheet has no row"
        yield Problem("inconclusive", "no-cases", message, source.at(1), "measure the guardrails")
        return
    by = {metric: {f.labels for f in facts if f.metric == metric} for metric in _DIRECTIONS}
    whole = by["guardrail.false_positive"] | by["guardrail.false_negative"]
    seen: set[object] = set()
    for fact in facts:
        if fact.metric not in by:
            continue
        if (fact.metric, fact.labels) in seen:
            message = f"{', '.join(v for _, v in fact.labels)} is there twice"
            raise Unreadable("duplicate", message, fact.at, "tell the rows apart by locale")
        seen.add((fact.metric, fact.labels))
    for metric, labels in by.items():
        cases = _DIRECTIONS[metric][0]
        if len(labels) < max(1, len(whole)):
            lacking = ", ".join(" ".join(v for _, v in each) for each in sorted(whole - labels))
            message = f"no {cases} cases were sent" + (f" for {lacking[:80]}" if lacking else "")
            help_ = (
                f"send {cases} cases too: a guardrail that blocks all, or none, is right one way"
            )
            yield Problem("inconclusive", "one-direction", message, source.at(1), help_)


_OF = ("intent", "locale", "model", "policy")
READER = Reader(
    id="guardrail-sheet",
    title="Guardrail sheet",
    summary="How often guardrails block what is harmless, and let through what is harmful.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="csv",
    metrics=(
        Metric("guardrail.false_positive", "ratio", "harmless cases blocked / harmless cases", _OF),
        Metric(
            "guardrail.false_negative", "ratio", "harmful cases let through / harmful cases", _OF
        ),
        Metric("eval.model", "", "the model behind the guardrails, where the sheet says so"),
    ),
    produce=(
        "cat > guardrails.csv <<'END'\n"
        "policy,locale,benign,false_positives,harmful,false_negatives\n"
        "prompt-injection,en-US,400,6,200,3\nprompt-injection,de-DE,380,19,180,4\nEND"
    ),
    source="this page; YAML: `schema: readiness/guardrails@1`, `evaluated_at`, `model`, `results`",
    traps=(
        "Numbers inside prose, as in `10 (expected to be rejected but passed)`, are refused.",
        "Rates are made from counts: more wrong than there were cases is a contradiction.",
        "Both directions are needed: a guardrail that blocks everything lets nothing through.",
        "An empty cell was not measured; a 0 of 0 gives no rate.",
        "There are no totals: an average over locales hides the worst.",
    ),
)
