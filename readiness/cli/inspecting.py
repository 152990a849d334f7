"""What `inspect` does, without typer: read one file or two, show them, and say how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.cli.limits import parse_limits
from readiness.cli.streams import Progress, say
from readiness.errors import input_error

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.cli.asked import AskedFile
    from readiness.evidence.limits import Limits
    from readiness.model.evidence import Evidence

BROKEN = 1
FAULT = 3


def inspect(asked: AskedFile) -> int:
    """Show what is read from a file or how two differ, and return the exit code."""
    shown, other = asked.shown, asked.other
    if shown not in ("terminal", "json"):
        raise input_error(
            "unknown-format",
            f"there is no format `{shown}` here",
            "--format",
            "formats: terminal, json",
        )
    limits = parse_limits(asked.limits)
    paths = [path for path in (asked.file, other) if path is not None]
    found = [_read(path, asked, limits) for path in paths]
    broken = any(evidence.invalid for evidence in found)
    if other is not None:  # two files may have one name, in two folders
        found = [e._replace(path=str(p)) for e, p in zip(found, paths, strict=True)]
    if other is None or (broken and shown == "terminal"):
        for evidence in found:
            if other is None or evidence.invalid:
                say(_one(evidence, shown))
    else:
        say(_two(found, shown))
    if any(evidence.fault for evidence in found):
        return FAULT
    return BROKEN if broken else 0


def _one(evidence: Evidence, shown: str) -> str:
    from readiness.evidence.collect import READERS  # noqa: PLC0415

    reader = READERS.get(evidence.reader)
    computed = reader.percentiles if reader else ""
    if shown == "json":
        from readiness.model.inspection import inspection  # noqa: PLC0415
        from readiness.model.serial import dump_inspection  # noqa: PLC0415

        return dump_inspection(inspection(evidence, computed))
    from readiness.rendering.inspect import evidence_text  # noqa: PLC0415

    return evidence_text(evidence, computed, reader.rounding if reader else 0.0)


def _two(found: list[Evidence], shown: str) -> str:
    from readiness.analysis.beside import compare_loads  # noqa: PLC0415

    before, after = found
    for evidence in found:
        if not evidence.invalid and not any(fact.metric == "requests" for fact in evidence.facts):
            unitless = next((p for p in evidence.problems if p.code == "unknown-unit"), None)
            why = unitless.message if unitless else "it is no load test"
            help_ = unitless.help if unitless else "compare two load tests, the earlier one first"
            message = f"{evidence.reader or 'this'} gives no `requests`: {why}"
            raise input_error("no-load-test", message, evidence.path, help_)
    comparison = compare_loads(before, after)
    if shown == "json":
        from readiness.model.serial import dump_comparison  # noqa: PLC0415

        return dump_comparison(comparison)
    from readiness.rendering.inspect import comparison_text  # noqa: PLC0415

    return comparison_text(comparison)


def _read(file: Path, asked: AskedFile, limits: Limits) -> Evidence:
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.evidence.apart import AVAILABLE  # noqa: PLC0415
    from readiness.evidence.collect import Collector  # noqa: PLC0415
    from readiness.evidence.paths import Roots  # noqa: PLC0415

    if not file.exists():
        raise input_error(
            "not-found", "there is no such file", str(file), "give the path of a file"
        )
    readers: tuple[str, ...] = (asked.reader,) if asked.reader else ()
    fact_map = None
    if asked.slot:
        from readiness.loading.files import find_home  # noqa: PLC0415
        from readiness.pipeline import binding  # noqa: PLC0415

        readers, fact_map = binding(find_home(file.absolute().parent), asked.slot)
    folder = file.absolute().parent
    progress = Progress()
    try:
        roots = Roots(folder, folder)
        compared = asked.other is not None
        collector = Collector(roots, shield, progress, limits, apart=AVAILABLE, samples=compared)
        return collector.read(file.name, readers, fact_map)
    finally:
        progress.done()
