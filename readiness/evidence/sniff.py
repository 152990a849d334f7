"""Pick the reader of a file, by content; a file no reader knows names the closest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.evidence.reader import Unreadable, check_utf16
from readiness.model.fact import Problem
from readiness.model.text import and_list, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.discovery import Registry
    from readiness.evidence.reader import Reader
    from readiness.model.checklist import FactMap

HEAD = 65_536
_CLOSEST = 5  # readers that are named; more would be no help
SURE = 80  # a sniff from which a reader that is asked for needs no comparison with all others
_ENDINGS = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".csv": "csv", ".tsv": "csv"}


class Choice(NamedTuple):
    """The reader for a file."""

    reader: Reader


def choose(
    path: str,
    data: bytes,
    readers: tuple[str, ...],
    fact_map: FactMap | None,
    registry: Registry[Reader],
) -> Choice | Problem:
    """Return the reader of a file, or why there is none.

    Args:
        path: path for messages, and to tell which mapped reader (those know no file by content).
        data: the whole content.
        readers: ids the requirement takes; none means any.
        fact_map: the requirement's map, which calls for a mapped reader.
        registry: the readers there are.
    """
    at = Location(path)
    if not data:
        return Problem("invalid", "empty", "the file is empty (0 bytes)", at, "did the run finish?")
    if fact_map is not None:
        return _strange(readers, registry, at) or _mapped(path, readers, registry)
    if len(readers) == 1 and (only := registry.get(readers[0])) is not None and only.mapped:
        return Choice(only)
    return _sniffed(path, data[:HEAD], readers, registry)


def _strange(readers: tuple[str, ...], registry: Registry[Reader], at: Location) -> Problem | None:
    """Return the problem of a reader that does not exist."""
    for name in readers:
        if registry.get(name) is None:
            return Problem(
                "invalid",
                "unknown-reader",
                f"there is no reader `{name}`",
                at,
                did_you_mean(name, registry.all) or "`readiness list readers`",
            )
    return None


def _mapped(path: str, readers: tuple[str, ...], registry: Registry[Reader]) -> Choice | Problem:
    ending = _ENDINGS.get(path[path.rfind(".") :].lower(), "")
    wanted = [n for n in readers if (r := registry.get(n)) is not None and r.mapped]
    name = wanted[0] if len(wanted) == 1 else ending
    reader = registry.get(name) if name and (not readers or name in wanted) else None
    if reader is None:
        return Problem(
            "invalid",
            "which-reader",
            "a map is given, but not for which reader",
            Location(path),
            f"add `reader:` {and_list(wanted, last='or')}",
        )
    return Choice(reader)


def _sniffed(
    path: str, head: bytes, readers: tuple[str, ...], registry: Registry[Reader]
) -> Choice | Problem:
    """Ask the readers the requirement takes; if none knows it, all shipped ones, then others."""
    taken: list[tuple[int, Reader]] = []
    for name in dict.fromkeys(readers):
        known = registry.get(name)
        score = known.sniff(head) if known is not None else 0
        if known is not None and score >= SURE:
            return Choice(known)
        if known is not None and score:
            taken.append((score, known))
    if strange := _strange(readers, registry, Location(path)):
        return strange
    if taken:  # a runbook that quotes a load test is read as what the item takes: a runbook
        return _best(path, taken)
    scores = _scores(registry.shipped, head)
    if not scores:  # those of others are found only now: looking for entry points takes 25 ms
        scores = _scores(registry.installed, head)
    if not scores:
        return _unknown(path, head, readers, registry)
    chosen = _best(path, scores)
    if not isinstance(chosen, Choice):
        return chosen
    reader = chosen.reader
    if readers:
        return Problem(
            "invalid",
            "wrong-kind",
            f"this is {reader.title}, and the item takes {and_list(readers, last='or')}",
            Location(path),
            "link the file that proves this item",
        )
    return Choice(reader)


def _scores(readers: Mapping[str, Reader], head: bytes) -> list[tuple[int, Reader]]:
    """Return the readers that know a file with their scores, sorted by id."""
    known = ((reader.sniff(head), reader) for _, reader in sorted(readers.items()))
    return [(score, reader) for score, reader in known if score > 0]


def _best(path: str, scores: list[tuple[int, Reader]]) -> Choice | Problem:
    """Return the reader with the highest score; that of two readers is no answer.

    Outputs of several tools in one text are told as that when it was read (`others.py`).
    """
    highest = max(score for score, _ in scores)
    best = [reader for score, reader in scores if score == highest]
    if len(best) == 1 or all(reader.pasted for reader in best):
        return Choice(best[0])
    return Problem(
        "invalid",
        "ambiguous",
        f"both {best[0].id} and {best[1].id} know this file",
        Location(path),
        "say which with `reader:`",
    )


def _unknown(
    path: str, head: bytes, readers: tuple[str, ...], registry: Registry[Reader]
) -> Problem:
    """Name what the file looks like, and the readers of files of that look."""
    try:
        check_utf16(head, Location(path))
    except Unreadable as error:
        return error.problem
    look = _look(head)
    if look == "binary":
        return Problem(
            "invalid",
            "unknown-format",
            "no reader knows this binary file",
            Location(path),
            "link a text export of it",
        )
    mapped = _ENDINGS.get(f".{look}", "")
    takes = [name for name in readers if (r := registry.get(name)) is not None and r.mapped]
    close = [r for r in registry.shipped.values() if r.shape == look and not r.mapped]
    close = [r for r in close if r.id in readers] or close
    named = and_list([f"{r.id} ({r.title})" for r in close], last="or")
    parts = [f"closest: {named}"] if close else []
    if len(close) > _CLOSEST:
        parts = [f"{len(close)} readers take {look} files: `readiness list readers` shows them"]
    if mapped and (mapped in takes or not readers):
        parts.append(f"or say which value is which metric: `reader: {mapped}` with a `map`")
    return Problem(
        "invalid",
        "unknown-format",
        f"no reader knows this {look} file",
        Location(path),
        "; ".join(parts) or "`readiness list readers` shows what can be read",
    )


def _look(head: bytes) -> str:
    """Return the rough shape of a file: binary, json, xml, csv, markdown, yaml or text."""
    if b"\0" in head:
        return "binary"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] in (b"{", b"["):
        return "json"
    if text[:1] == b"<":
        return "xml"
    lines = text.splitlines()[:5]
    if text.startswith((b"# ", b"---\n", b"## ")) and not lines[0].startswith(b"# HELP"):
        return "markdown"
    for delimiter in (b",", b"\t", b";"):
        counts = {line.count(delimiter) for line in lines if line}
        if len(counts) == 1 and counts != {0}:
            return "csv"
    return "yaml" if lines and all(b":" in line or line[:1] in b"# -" for line in lines) else "text"
