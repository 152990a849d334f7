"""`readiness inspect`: what a reader sees in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from readiness.cli.streams import say
from readiness.errors import input_error

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence

Shape = Literal["terminal", "json"]
BROKEN = 1
FAULT = 3


def command(
    file: Annotated[Path, typer.Argument(help="An evidence file.")],
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="terminal|json",
            help="What stdout shows.",
        ),
    ] = "terminal",
    reader: Annotated[
        str,
        typer.Option(
            "--reader", metavar="ID", show_default="by content", help="Read it with this reader."
        ),
    ] = "",
    slot: Annotated[
        str,
        typer.Option(
            "--slot",
            metavar="NAME",
            show_default=False,
            help="Read it as the launch binds this slot, with its map.",
        ),
    ] = "",
) -> None:
    """Show what is read from an evidence file: facts, places, problems.

    Exits with 0 if the file can be believed, 1 if not, 3 if it could not be read.
    """
    if format not in ("terminal", "json"):
        raise input_error(
            "unknown-format",
            f"there is no format `{format}` here",
            "--format",
            "formats: terminal, json",
        )
    evidence = _read(file, reader, slot)
    if format == "json":
        from readiness.model.inspection import inspection  # noqa: PLC0415
        from readiness.model.serial import dump_inspection  # noqa: PLC0415

        say(dump_inspection(inspection(evidence)))
    else:
        say(_text(evidence))
    if evidence.fault:
        raise typer.Exit(FAULT)
    if evidence.invalid:
        raise typer.Exit(BROKEN)


def _read(file: Path, reader: str, slot: str) -> Evidence:
    from readiness.cli.shield import shield  # noqa: PLC0415
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
    return Collector(Roots(folder, folder), shield).read(file.name, readers, fact_map)


def _text(evidence: Evidence) -> str:
    from readiness.evaluation.compare import describe  # noqa: PLC0415
    from readiness.model.text import visible  # noqa: PLC0415

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
        lines.append(f"{problem.kind}[{problem.code}] {problem.at}: {problem.message}")
        lines += [f"  help: {problem.help}"] if problem.help else []
    width = max((len(fact.metric) for fact in evidence.facts), default=0)
    for fact in evidence.facts:
        labels = " ".join(f"{name}={value}" for name, value in fact.labels)
        extra = f"  n={fact.samples:,}" if fact.samples is not None else ""
        origin = f"  ({fact.origin})" if fact.origin != "file" else ""
        value = describe(fact.value, fact.unit)
        lines.append(f"{fact.metric:<{width}}  {value}{extra}{origin}  {labels}  {fact.at}")
    return (
        "\n".join(visible(" ".join(line.split()) if "\n" in line else line) for line in lines)
        + "\n"
    )
