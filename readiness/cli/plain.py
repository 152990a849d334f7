"""The arguments of `check` and `inspect` when they are plain: both start without typer (40 ms).

Anything else (help, an abbreviation, a mistake) is left to typer; a test holds both to the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from readiness.cli.asked import Asked, AskedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK = {
    "--format": "shown",
    "-f": "shown",
    "--output": "outputs",
    "-o": "outputs",
    "--as-of": "as_of",
    "--record": "record",
    "--view": "view",
    "--only": "only",
    "--limit": "limits",
    "--policy-from": "policy_from",
    "--baseline": "baseline",
}
CHECK_FLAGS = {"--no-regressions": "no_regressions"}
INSPECT = {
    "--format": "shown",
    "-f": "shown",
    "--reader": "reader",
    "--slot": "slot",
    "--limit": "limits",
}


def parse_check(words: list[str]) -> Asked | None:
    """Return the arguments after `check`, or None if they are not plain."""
    found = _parse(words, CHECK, CHECK_FLAGS)
    if found is None or len(found.paths) > 1:
        return None
    return Asked(
        Path(*found.paths),
        found.last("shown", "terminal"),
        found.all("outputs"),
        found.last("as_of"),
        found.last("record"),
        found.last("view", "full"),
        found.last("only"),
        found.all("limits"),
        policy_from=found.last("policy_from"),
        baseline=found.last("baseline"),
        no_regressions=bool(found.all("no_regressions")),
    )


def parse_inspect(words: list[str]) -> AskedFile | None:
    """Return the arguments after `inspect`, or None if they are not plain."""
    found = _parse(words, INSPECT, {})
    if found is None or len(found.paths) not in (1, 2):
        return None
    file, *others = map(Path, found.paths)
    return AskedFile(
        file,
        others[0] if others else None,
        found.last("shown", "terminal"),
        found.last("reader"),
        found.last("slot"),
        found.all("limits"),
    )


class _Words:
    """Words by what they are: paths, and the values of each option."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.values: dict[str, list[str]] = {}

    def put(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self.values.get(name, ()))

    def last(self, name: str, default: str = "") -> str:
        return self.values.get(name, [default])[-1]


def _parse(words: list[str], options: Mapping[str, str], flags: Mapping[str, str]) -> _Words | None:
    """Sort words by what they are; None if one of them is for typer to understand."""
    found = _Words()
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in flags:
            found.put(flags[word], word)
        elif word in options:
            following = next(rest, None)
            if following is None or following.startswith("-"):
                return None
            found.put(options[word], following)
        elif equals and name.startswith("--") and name in options:
            found.put(options[name], value)
        elif word.startswith("-") or not word:
            return None
        else:
            found.paths.append(word)
    return found
