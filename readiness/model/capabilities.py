"""What this installation can do, told to programs: the contract `readiness/capabilities@1`."""

from __future__ import annotations

from typing import Literal

from readiness.model.record import record

SCHEMA: Literal["readiness/capabilities@1"] = "readiness/capabilities@1"


@record
class Command:
    """A command: what it does, and whether its exit code is the decision."""

    name: str
    summary: str
    gate: bool


@record
class ExitCode:
    """An exit code and what it means, whatever the format is."""

    code: int
    meaning: str


@record
class Published:
    """A file format with a schema, and the command that prints the schema."""

    id: str
    purpose: str
    schema: str


@record
class ReaderInfo:
    """A reader; `mapped` tells whether it needs a map, `metrics` what it can give (`*`: any)."""

    id: str
    title: str
    strength: str
    mapped: bool
    metrics: tuple[str, ...]


@record
class FormatInfo:
    """A report format."""

    id: str
    title: str
    purpose: str
    suffix: str


@record
class AnalysisInfo:
    """An analysis and the metrics it gives."""

    id: str
    title: str
    metrics: tuple[str, ...]


@record
class ChecklistInfo:
    """A shipped checklist with the ids of its items, those it takes over included."""

    id: str
    title: str
    version: str
    items: tuple[str, ...]


@record
class Limit:
    """A limit that holds for every file; what is beyond it is refused, never cut."""

    name: str
    value: int
    unit: str
    meaning: str


@record
class Capabilities:
    """What this installation can do. `readiness list KIND --format json` says more of one kind."""

    schema: Literal["readiness/capabilities@1"]
    tool: str
    commands: tuple[Command, ...]
    exit_codes: tuple[ExitCode, ...]
    schemas: tuple[Published, ...]
    readers: tuple[ReaderInfo, ...]
    formats: tuple[FormatInfo, ...]
    analyses: tuple[AnalysisInfo, ...]
    checklists: tuple[ChecklistInfo, ...]
    limits: tuple[Limit, ...]
