"""The arguments of `check` when they are plain, so that the gate starts without typer (40 ms).

Anything else (help, an abbreviation, a mistake) is left to typer; a test holds both to the same.
"""

from __future__ import annotations

from pathlib import Path

from readiness.cli.asked import Asked

_OPTIONS = {
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
_FLAGS = {"--no-regressions": "no_regressions"}
_NAMES = ("launch", *_OPTIONS.values(), *_FLAGS.values())


def parse_check(words: list[str]) -> Asked | None:
    """Return the arguments after `check`, or None if they are not plain."""
    values: dict[str, list[str]] = {name: [] for name in _NAMES}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            values[_FLAGS[word]].append(word)
        elif word in _OPTIONS:
            following = next(rest, None)
            if following is None or following.startswith("-"):
                return None
            values[_OPTIONS[word]].append(following)
        elif equals and name.startswith("--") and name in _OPTIONS:
            values[_OPTIONS[name]].append(value)
        elif word.startswith("-") or not word or values["launch"]:
            return None
        else:
            values["launch"].append(word)
    last = {name: found[-1] if found else "" for name, found in values.items()}
    return Asked(
        Path(*values["launch"]),
        last["shown"] if values["shown"] else "terminal",
        tuple(values["outputs"]),
        last["as_of"],
        last["record"],
        last["view"] if values["view"] else "full",
        last["only"],
        tuple(values["limits"]),
        policy_from=last["policy_from"],
        baseline=last["baseline"],
        no_regressions=bool(values["no_regressions"]),
    )
