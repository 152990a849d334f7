"""Evidence that an analysis looks for: by path, and facts of it that can be believed."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact


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
