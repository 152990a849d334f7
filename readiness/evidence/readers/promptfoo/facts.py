"""A promptfoo result to facts, from a document of any version or from JSON Lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.evals.cases import case_doubts, case_facts, stand_in
from readiness.evidence.evals.lines import json_line, lines_of_json
from readiness.evidence.evals.prompts import digest, parameters_text
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.promptfoo.checks import contradictions
from readiness.evidence.readers.promptfoo.rows import STAND_INS, Column, Row, read_row
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

Steps = tuple[str | int, ...]
_AS = "promptfoo eval --no-cache --output results.json"


def read(source: Source) -> Reading:
    """Read a result.

    Raises:
        Unreadable: a configuration, or no result of promptfoo.
    """
    head = source.text.lstrip()
    if not head.startswith("{"):
        raise _wrong(source, "this is a configuration: what is to be run, and no result")
    if _is_row(source, head.split("\n", 1)[0].strip()):
        return _of_lines(source)
    return _of_document(JsonDocument(source), source)


def _is_row(source: Source, line: str) -> bool:
    """Tell whether the first line is a whole result by itself, as in JSON Lines."""
    if not (line.endswith("}") and '"success"' in line):
        return False
    try:
        row = json_line(source, 1, line.encode())
    except Unreadable:
        return False
    return isinstance(row, dict) and "success" in row and "results" not in row


def _wrong(source: Source, message: str) -> Unreadable:
    return Unreadable("wrong-kind", message, source.at(1), f"give what this writes: {_AS}")


def _of_lines(source: Source) -> Reading:
    """Read JSON Lines: rows alone, without totals, time or the text of the prompts."""

    def column_of(_row: dict[str, Any], label: str, provider: str) -> Column:
        return Column(label, None, provider)

    rows = [read_row(value, source.at(line), column_of) for line, value in lines_of_json(source)]
    help_ = f"keep the JSON as well: {_AS}"
    problem = Problem(
        "warning",
        "no-prompt",
        "JSON Lines hold neither the text of the prompts nor a time",
        source.at(1),
        help_,
    )
    at = source.at(1)
    facts = (*case_facts([row.case for row in rows], at), *_identity(rows, at, {}))
    return Reading(facts, (*_doubts(rows, at), problem))


def _of_document(document: JsonDocument, source: Source) -> Reading:
    steps = _summary_steps(document, source)
    rows_steps = (*steps, "results")
    listed = document.get(*rows_steps)
    if not isinstance(listed, list):
        message = "the results are no list"
        raise Unreadable("malformed", message, document.at(*steps), "keep the file as written")
    prompts = _columns(document, steps)

    def column_of(row: dict[str, Any], label: str, provider: str) -> Column:
        index = row.get("promptIdx")
        if isinstance(index, int) and 0 <= index < len(prompts):
            return prompts[index]
        same = (c for c in prompts if c.label == label and c.model in (provider, ""))
        return next(same, Column(label, None, provider))

    rows = [
        read_row(row, document.at(*rows_steps, index), column_of)
        for index, row in enumerate(listed)
    ]
    at = document.at(*rows_steps)
    facts = [*case_facts([row.case for row in rows], at)]
    facts += _identity(rows, document.at(*steps), _parameters(document))
    problems = [*contradictions(document, steps, [row.case for row in rows])]
    problems += _doubts(rows, at)
    produced, where = _produced(document, steps)
    return Reading(tuple(facts), tuple(problems), produced, where)


def _summary_steps(document: JsonDocument, source: Source) -> Steps:
    """Return where the summary stands: at the top, or in `results` beside the configuration."""
    inner = document.get("results")
    if isinstance(inner, dict) and "results" in inner:
        return ("results",)
    if isinstance(inner, list) and document.get("stats") is not None:
        return ()
    if document.get("providers") is not None:
        raise _wrong(source, "this is a configuration: what is to be run, and no result")
    raise _wrong(source, "this is no result of promptfoo")


def _columns(document: JsonDocument, steps: Steps) -> list[Column]:
    """Return the prompts in order: `prompts` since version 3, `table.head.prompts` before."""
    listed = document.get(*steps, "prompts")
    if not isinstance(listed, list):
        listed = document.get(*steps, "table", "head", "prompts")
    columns = []
    for entry in listed if isinstance(listed, list) else []:
        known = entry if isinstance(entry, dict) else {}
        raw, label = known.get("raw"), known.get("label") or known.get("display")
        provider = known.get("provider")
        columns.append(
            Column(
                label if isinstance(label, str) else "",
                raw if isinstance(raw, str) and raw.strip() else None,
                provider if isinstance(provider, str) else "",
            )
        )
    return columns


def _parameters(document: JsonDocument) -> dict[str, str]:
    """Return the parameters of each provider, by its id; `{}` where its defaults are in force."""
    providers = document.get("config", "providers")
    found = {}
    for provider in providers if isinstance(providers, list) else []:
        known = provider if isinstance(provider, dict) else {"id": provider}
        settings = known.get("config", {})
        if isinstance(known.get("id"), str) and isinstance(settings, dict):
            found[known["id"]] = parameters_text(settings)
    return found


def _identity(rows: list[Row], at: Location, parameters: dict[str, str]) -> Iterator[Fact]:
    """Yield which prompt and model were evaluated, and how many answers came from the cache."""
    columns = {row.case.column: row.column for row in rows}
    for labels, column in columns.items():
        names = labels if len(columns) > 1 else ()
        if column.model:
            yield Fact("eval.model", column.model, "", at, names)
        if column.raw:
            yield Fact("eval.prompt_sha256", digest(column.raw), "", at, names, None, "derived")
        if column.model in parameters:
            yield Fact("eval.parameters", parameters[column.model], "", at, names)
    if rows:
        cached = sum(row.cached for row in rows) / len(rows)
        yield Fact("eval.cached", cached, "ratio", at, (), len(rows), "derived")


def _doubts(rows: list[Row], at: Location) -> Iterator[Problem]:
    yield from case_doubts([row.case for row in rows], at)
    models = dict.fromkeys(row.column.model for row in rows)
    yield from (stand_in(model, at) for model in models if model in STAND_INS)
    cached = [row for row in rows if row.cached]
    if cached:
        message = f"{len(cached)} of {len(rows)} answers came from promptfoo's cache"
        yield Problem("warning", "cached", message, cached[0].case.at, f"ask again: {_AS}")


def _produced(document: JsonDocument, steps: Steps) -> tuple[datetime | None, Location | None]:
    for path in ((*steps, "timestamp"), ("metadata", "evaluationCreatedAt"), ("createdAt",)):
        if isinstance(value := document.get(*path), str):
            try:
                return read_moment(value, document.at(*path))[:2]
            except Unreadable:
                continue
    return None, None
