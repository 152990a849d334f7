"""`readiness list`: what there is: readers, formats, analyses, checklists and their items."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from readiness.cli.streams import say
from readiness.errors import input_error


class What(StrEnum):
    """What can be listed."""

    readers = "readers"
    formats = "formats"
    analyses = "analyses"
    checklists = "checklists"
    items = "items"


def command(
    what: Annotated[
        What | None,
        typer.Argument(
            help="What to list.", show_default="readers; as JSON: all this installation can do"
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="terminal|json",
            help="What stdout shows.",
        ),
    ] = "terminal",
) -> None:
    """List readers, formats, analyses, checklists or their items.

    With `--format json` and nothing named: what this installation can do, for programs; commands,
    exit codes, schemas and limits too.
    """
    if format not in ("terminal", "json"):
        raise input_error(
            "unknown-format",
            f"there is no format `{format}` here",
            "--format",
            "formats: terminal, json",
        )
    if format == "json" and what is None:
        from readiness.cli.capabilities import capabilities  # noqa: PLC0415 - if asked
        from readiness.model.serial import dump_capabilities  # noqa: PLC0415

        say(dump_capabilities(capabilities()))
        return
    what = what or What.readers
    found = rows(what)
    if format == "json":
        say(
            json.dumps(
                {"schema": f"readiness/{what.value}@1", what.value: found},
                indent=2,
                ensure_ascii=False,
            )
            + "\n"
        )
        return
    width = max((len(row["id"]) for row in found), default=0)
    say("".join(f"{row['id']:<{width}}  {row['title']}\n" for row in found))


def rows(what: str) -> list[dict[str, Any]]:
    """Return what there is of a kind, each with its id and title."""
    return _ROWS[What(what)]()


def _readers() -> list[dict[str, Any]]:
    from readiness.evidence.collect import READERS  # noqa: PLC0415

    return [
        {
            "id": r.id,
            "title": r.title,
            "strength": r.strength.name,
            "mapped": r.mapped,
            "produce": r.produce,
            "source": r.source,
            "metrics": [
                {"name": m.name, "unit": m.unit, "meaning": m.meaning, "labels": list(m.labels)}
                for m in r.metrics
            ],
        }
        for r in READERS.all.values()
    ]


def _formats() -> list[dict[str, Any]]:
    from readiness.rendering.format import FORMATS  # noqa: PLC0415

    return [
        {"id": f.id, "title": f.title, "purpose": f.purpose, "suffix": f.suffix}
        for f in FORMATS.all.values()
    ]


def _analyses() -> list[dict[str, Any]]:
    from readiness.analysis.analysis import ANALYSES  # noqa: PLC0415

    return [
        {
            "id": a.id,
            "title": a.title,
            "formula": a.formula,
            "source": a.source,
            "metrics": [{"name": n, "unit": u, "meaning": m} for n, u, m in a.metrics],
        }
        for a in ANALYSES.all.values()
    ]


def checklists() -> list[dict[str, Any]]:
    """Return the shipped checklists, each with the ids of its items."""
    from readiness.loading.files import Home, shipped_checklists  # noqa: PLC0415
    from readiness.loading.load import lone_checklist  # noqa: PLC0415

    home = Home(Path.cwd() / "readiness.yaml", Path.cwd())
    rows = []
    for name in shipped_checklists():
        loaded = lone_checklist(name, home)
        record = list(loaded.records.values())[-1]
        rows.append(
            {
                "id": record.id,
                "title": record.title,
                "version": record.version,
                "items": sorted(loaded.items),
            }
        )
    return rows


def _items() -> list[dict[str, Any]]:
    from readiness.loading.files import Home, shipped_checklists  # noqa: PLC0415
    from readiness.loading.load import lone_checklist  # noqa: PLC0415

    home = Home(Path.cwd() / "readiness.yaml", Path.cwd())
    rows: dict[str, dict[str, Any]] = {}
    for name in shipped_checklists():
        for item_id, loaded in lone_checklist(name, home).items.items():
            item = loaded.item
            rows.setdefault(
                item_id,
                {
                    "id": item.id,
                    "title": item.title,
                    "checklist": loaded.checklist,
                    "area": item.area,
                    "gate": item.gate,
                    "harm": item.harm,
                    "risk": item.risk,
                    "why": item.why,
                    "fix": item.fix,
                    "run": item.run,
                },
            )
    return [rows[item_id] for item_id in sorted(rows)]


_ROWS = {
    What.readers: _readers,
    What.formats: _formats,
    What.analyses: _analyses,
    What.checklists: checklists,
    What.items: _items,
}
