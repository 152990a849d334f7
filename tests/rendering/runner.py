"""What a GitHub runner does with what a step prints and writes, as far as it concerns reports.

After actions/runner: ActionCommand.cs (two spellings of a command), ActionCommandManager.cs (names are
compared without case, `stop-commands` silences the rest), FileCommandManager.cs (files of outputs).
"""

from __future__ import annotations

import re
from typing import NamedTuple

KNOWN = {
    "error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "set-env", "set-output", "save-state",
    "add-path", "add-matcher", "remove-matcher", "echo", "stop-commands",
}  # fmt: skip


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def commands(printed: str) -> list[Command]:
    """Return every command that a runner would obey, in order; it ends a line at CR, LF or both."""
    found = [_modern(line) or _legacy(line) for line in re.split(r"\r\n|\r|\n", printed)]
    return [command for command in found if command is not None]


def _modern(line: str) -> Command | None:
    """`::name key=value,key=value::data`, after any white space."""
    line = line.lstrip()
    head, separator, data = line[2:].partition("::")
    if not line.startswith("::") or not separator:
        return None
    name, _, pairs = head.partition(" ")
    if name.lower() not in KNOWN:
        return None
    split = [pair.split("=", 1) for pair in pairs.strip().split(",") if pair]
    properties = {pair[0]: _unescaped(pair[1], "\r\n:,%") for pair in split if len(pair) == 2}
    return Command(name.lower(), properties, _unescaped(data, "\r\n%"))


def _legacy(line: str) -> Command | None:
    """`##[name key=value;key=value]data`, anywhere in the line."""
    head, separator, data = line.partition("##[")[2].partition("]")
    name = head.partition(" ")[0]
    if not separator or name.lower() not in KNOWN:
        return None
    return Command(name.lower(), {}, _unescaped(data, ";\r\n]%"))


def _unescaped(text: str, escaped: str) -> str:
    for char in escaped:  # `%` comes last
        text = text.replace(f"%{ord(char):02X}", char)
    return text


def outputs(text: str) -> dict[str, str]:
    """Return the outputs in a file, or raise ValueError as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
        elif heredoc > 0:
            name, delimiter = line.split("<<", 1)
            value = "\n".join(_until(delimiter, lines))
        else:
            raise ValueError(line)
        found[name] = value
    return found


def _until(delimiter: str, lines: object) -> list[str]:
    kept: list[str] = []
    for line in lines:  # type: ignore[attr-defined]
        if line == delimiter:
            return kept
        kept.append(line)
    raise ValueError(delimiter)
