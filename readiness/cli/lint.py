"""`readiness lint`: is what was written right? Of the evidence it reads runbooks only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.streams import say
from readiness.model.text import plural

_KINDS = ("checklist", "decisions")


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="[PATHS]...",
            help="readiness.yaml or decisions.yaml files, folders of one, or checklist files.",
            show_default="the working directory",
            readable=False,
        ),
    ] = [Path()],  # noqa: B006 - typer copies it
) -> None:
    """Check what was written, without reading what was measured.

    Covers readiness.yaml, its checklists and decisions.yaml, or checklists by themselves; and the
    steps of the runbooks that the launch links. Exits with 0 if all is right and 2 if not.
    """
    for path in paths:
        say(f"{path}: {_lint(path)}\n")


def _lint(path: Path) -> str:
    from readiness.loading.files import find_home  # noqa: PLC0415

    kind = _kind(path) if path.is_file() else ""
    if kind == "checklist":
        from readiness.loading.files import Home, repository  # noqa: PLC0415
        from readiness.loading.load import lone_checklist  # noqa: PLC0415

        home = Home(path.absolute(), repository(path.absolute().parent.resolve()))
        found = lone_checklist(f"./{path.name}", home).items
        return f"a valid checklist, {plural(len(found), 'item')}"
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.errors import InputError  # noqa: PLC0415
    from readiness.evidence.apart import AVAILABLE  # noqa: PLC0415
    from readiness.evidence.collect import Collector  # noqa: PLC0415
    from readiness.evidence.paths import Roots  # noqa: PLC0415
    from readiness.gathering import vague_steps  # noqa: PLC0415
    from readiness.pipeline import lint  # noqa: PLC0415

    home = find_home(path.absolute().parent if kind == "decisions" else path)
    plan = lint(home)
    collector = Collector(Roots(home.folder, home.root), shield, apart=AVAILABLE)
    if vague := vague_steps(plan, collector):
        raise InputError(*vague)
    applies = sum(1 for item in plan.items if not item.skipped)
    items, lists = plural(len(plan.items), "item"), plural(len(plan.checklists), "checklist")
    decisions = plural(len(plan.decisions), "decision")
    return f"valid; {items} from {lists}, {applies} apply; {decisions}"


def _kind(path: Path) -> str:
    """Return `checklist` or `decisions` for a file that says it is one; decisions have a launch."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return ""  # whoever reads it then says why it cannot be read
    return next((kind for kind in _KINDS if f"readiness/{kind}@".encode() in head), "")
