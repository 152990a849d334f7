"""`readiness inspect`: what a reader sees in a file, or how two load tests differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readiness.cli.limits import parse_limits
from readiness.cli.options import Limit
from readiness.cli.streams import Progress, say
from readiness.errors import input_error

if TYPE_CHECKING:
    from readiness.evidence.limits import Limits
    from readiness.model.evidence import Evidence

BROKEN = 1
FAULT = 3

Other = Annotated[
    Path | None,
    typer.Argument(
        help="A later load test, to compare with the first.", show_default=False, readable=False
    ),
]
Shown = Annotated[
    str,
    typer.Option("--format", "-f", metavar="terminal|json", help="What stdout shows."),
]
ReaderId = Annotated[
    str,
    typer.Option(
        "--reader", metavar="ID", show_default="by content", help="Read it with this reader."
    ),
]
Slot = Annotated[
    str,
    typer.Option(
        "--slot",
        metavar="NAME",
        show_default=False,
        help="Read it as the launch binds this slot, with its map.",
    ),
]


def command(
    file: Annotated[Path, typer.Argument(help="An evidence file.", readable=False)],
    other: Other = None,
    format: Shown = "terminal",
    reader: ReaderId = "",
    slot: Slot = "",
    limit: Limit = [],  # noqa: B006 - typer copies it
) -> None:
    """Show what is read from an evidence file: facts, places, problems.

    With a second file, two load tests side by side: what changed, tested on their samples; if one
    of them cannot be believed, what is wrong with it.
    Exits with 0 if the files can be believed, 1 if not, 3 if one could not be read.
    """
    if format not in ("terminal", "json"):
        raise input_error(
            "unknown-format",
            f"there is no format `{format}` here",
            "--format",
            "formats: terminal, json",
        )
    limits = parse_limits(limit)
    found = [_read(path, reader, slot, limits) for path in (file, other) if path is not None]
    broken = any(evidence.invalid for evidence in found)
    if other is not None:  # two files may have one name, in two folders
        found = [e._replace(path=str(p)) for e, p in zip(found, (file, other), strict=True)]
    if other is None or (broken and format == "terminal"):
        for evidence in found:
            if other is None or evidence.invalid:
                say(_one(evidence, format))
    else:
        say(_two(found, format))
    if any(evidence.fault for evidence in found):
        raise typer.Exit(FAULT)
    if broken:
        raise typer.Exit(BROKEN)


def _one(evidence: Evidence, format: str) -> str:
    if format == "json":
        from readiness.model.inspection import inspection  # noqa: PLC0415
        from readiness.model.serial import dump_inspection  # noqa: PLC0415

        return dump_inspection(inspection(evidence))
    from readiness.rendering.inspect import evidence_text  # noqa: PLC0415

    return evidence_text(evidence)


def _two(found: list[Evidence], format: str) -> str:
    from readiness.analysis.beside import compare_loads  # noqa: PLC0415

    before, after = found
    for evidence in found:
        if not evidence.invalid and not any(fact.metric == "requests" for fact in evidence.facts):
            raise input_error(
                "no-load-test",
                f"{evidence.reader or 'this'} gives no `requests`: it is no load test",
                evidence.path,
                "compare two load tests, the earlier one first",
            )
    comparison = compare_loads(before, after)
    if format == "json":
        from readiness.model.serial import dump_comparison  # noqa: PLC0415

        return dump_comparison(comparison)
    from readiness.rendering.inspect import comparison_text  # noqa: PLC0415

    return comparison_text(comparison)


def _read(file: Path, reader: str, slot: str, limits: Limits) -> Evidence:
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.evidence.apart import AVAILABLE  # noqa: PLC0415
    from readiness.evidence.collect import Collector  # noqa: PLC0415
    from readiness.evidence.paths import Roots  # noqa: PLC0415

    if not file.exists():
        raise input_error(
            "not-found", "there is no such file", str(file), "give the path of a file"
        )
    readers: tuple[str, ...] = (reader,) if reader else ()
    fact_map = None
    if slot:
        from readiness.loading.files import find_home  # noqa: PLC0415
        from readiness.pipeline import binding  # noqa: PLC0415

        readers, fact_map = binding(find_home(file.absolute().parent), slot)
    folder = file.absolute().parent
    progress = Progress()
    try:
        roots = Roots(folder, folder)
        collector = Collector(roots, shield, progress, limits, apart=AVAILABLE)
        return collector.read(file.name, readers, fact_map)
    finally:
        progress.done()
