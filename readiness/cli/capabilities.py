"""What this installation can do, gathered from the commands, plug-ins and limits themselves."""

from __future__ import annotations

from importlib import import_module

from readiness import __version__
from readiness.cli.app import COMMANDS
from readiness.model import capabilities as c

EXIT_CODES = {
    0: "GO or GO WITH CONDITIONS; of commands without a gate: done",
    1: "NO-GO; of `inspect`: a file that cannot be believed",
    2: "wrong usage, invalid YAML, or nothing to evaluate",
    3: "the review could not be completed: nothing was decided",
    130: "interrupted",
}
_GATES = ("check",)
_PURPOSES = {
    "launch": "readiness.yaml, which a team writes",
    "checklist": "a checklist, which reviewers write",
    "decisions": "decisions.yaml, what people decided about items",
    "review": "`check --format json`: the whole result",
    "evidence": "`inspect FILE --format json`: what is read from a file",
    "comparison": "`inspect FILE OTHER --format json`: two load tests side by side",
    "ranking": "`rank --format json`: what to fix first",
    "walk": "`coach --format json`: each item as a question with its answer",
    "capabilities": "`list --format json`: this document",
}


def capabilities() -> c.Capabilities:
    """Return what there is."""
    from readiness.analysis.analysis import ANALYSES  # noqa: PLC0415 - start-up time
    from readiness.evidence.collect import READERS  # noqa: PLC0415
    from readiness.rendering.format import FORMATS  # noqa: PLC0415

    return c.Capabilities(
        schema=c.SCHEMA,
        tool=f"readiness {__version__}",
        commands=tuple(c.Command(n, _summary(n), n in _GATES) for n in COMMANDS),
        exit_codes=tuple(c.ExitCode(code, meaning) for code, meaning in EXIT_CODES.items()),
        schemas=tuple(
            c.Published(f"readiness/{kind}@1", purpose, f"readiness schema {kind}")
            for kind, purpose in _PURPOSES.items()
        ),
        readers=tuple(
            c.ReaderInfo(
                r.id, r.title, r.strength.name, r.mapped, tuple(metric.name for metric in r.metrics)
            )
            for r in READERS.all.values()
        ),
        formats=tuple(
            c.FormatInfo(f.id, f.title, f.purpose, f.suffix) for f in FORMATS.all.values()
        ),
        analyses=tuple(
            c.AnalysisInfo(a.id, a.title, tuple(name for name, _, _ in a.metrics))
            for a in ANALYSES.all.values()
        ),
        checklists=tuple(_checklists()),
        limits=tuple(_limits()),
    )


def _summary(name: str) -> str:
    module = import_module(f"readiness.cli.{COMMANDS[name]}")
    group = getattr(module, "app", None)  # a command with commands of its own
    text = str(group.info.help) if group else module.command.__doc__ or ""
    return text.strip().partition("\n")[0]


def _checklists() -> list[c.ChecklistInfo]:
    from readiness.cli.list_plugins import checklists  # noqa: PLC0415 - it imports this module

    return [
        c.ChecklistInfo(row["id"], row["title"], row["version"], tuple(row["items"]))
        for row in checklists()
    ]


def _limits() -> list[c.Limit]:
    from readiness import strict_yaml  # noqa: PLC0415 - start-up time
    from readiness.evidence import paths, structured  # noqa: PLC0415
    from readiness.evidence.limits import DEFAULT  # noqa: PLC0415

    return [
        c.Limit("yaml.bytes", strict_yaml.MAX_BYTES, "B", "a YAML file that people write"),
        c.Limit("yaml.depth", strict_yaml.MAX_DEPTH, "", "its nesting"),
        c.Limit("yaml.nodes", strict_yaml.MAX_NODES, "", "its keys and values"),
        c.Limit(
            "evidence.bytes", DEFAULT.held, "B",
            "an evidence file, unpacked; readers that stream take more (`--limit`)",
        ),
        c.Limit("evidence.depth", structured.MAX_DEPTH, "", "nesting of JSON and YAML evidence"),
        c.Limit("pattern.files", paths.MAX_FILES, "", "files that one pattern may match"),
    ]  # fmt: skip
