"""Evidence that an analysis looks for: by path, and facts of it that can be believed."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.launch import Launch


_ID = 4  # characters; `1` at the end of `gpt-4.1` names no model


def sound(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return what can be believed: nothing in it is invalid."""
    return [found for found in evidence if not found.invalid]


def proving(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return what proves something: nothing in it is invalid, empty, skipped or unfinished."""
    return [e for e in evidence if not any(p.kind != "warning" for p in e.problems)]


def at_path(evidence: Iterable[Evidence], name: str, launch: str) -> Evidence | None:
    """Return the evidence that a path of `readiness.yaml` names, if it was read.

    Args:
        evidence: all that was read.
        name: the path as the launch writes it.
        launch: path of readiness.yaml.
    """
    plain = posixpath.normpath(name)
    wanted = (plain, posixpath.normpath(posixpath.join(posixpath.dirname(launch), name)))
    return next((found for found in evidence if posixpath.normpath(found.path) in wanted), None)


def in_slot(evidence: Iterable[Evidence], slot: str, launch: Launch, path: str) -> list[Evidence]:
    """Return the evidence that was read for a slot: what its paths and globs match.

    Args:
        evidence: all that was read.
        slot: a name under `evidence` of the launch; one that is not bound has none.
        launch: says where the files of the slot are.
        path: of readiness.yaml; paths of evidence may start at its folder, or at that of the
            repository.
    """
    binding = launch.evidence.get(slot)
    folder = posixpath.dirname(path)
    globs = [
        posixpath.normpath(start).split("/")
        for name in (binding.path if binding else ())
        for start in (name, posixpath.join(folder, name))
    ]
    return [
        found
        for found in evidence
        if any(
            _matches(glob, posixpath.normpath(name).split("/"))
            for glob in globs
            for name in (found.path, *(file.path for file in found.files))
        )
    ]


def _matches(glob: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a glob matches a path, both by segment, as the search for evidence does."""
    if not glob or not names:
        return not glob and not names
    segment, rest = glob[0], glob[1:]
    hidden = names[0].startswith(".")
    if segment == "**":
        below = not hidden and _matches(glob, names[1:])
        return below or (_matches(rest, names) if rest else len(names) == 1 and not hidden)
    if any(sign in segment for sign in "*?["):
        fits = fnmatchcase(names[0], segment) and (not hidden or segment.startswith("."))
    else:
        fits = names[0] == segment
    return fits and _matches(rest, names[1:])


def facts_of(evidence: Iterable[Evidence], *metrics: str) -> Iterator[tuple[Evidence, Fact]]:
    """Yield the facts of some metrics, each with its evidence."""
    for found in evidence:
        for fact in found.facts:
            if fact.metric in metrics:
                yield found, fact


def same_model(one: str, other: str) -> bool:
    """Tell whether two ids name one model; a provider or region in front does not count."""
    short, long = sorted((one.strip(), other.strip()), key=len)
    told = len(short) >= _ID and any(long.endswith(f"{mark}{short}") for mark in "/:.@")
    return short == long or told
