"""What went wrong, where, and what to do about it: the one error type every layer raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: repository-relative path, 1-based line and column (0: not known), pointer.

    `pointer` names the place inside structured data (an RFC 6901 JSON pointer, a CSV cell).
    """

    path: str
    line: int = 0
    column: int = 0
    pointer: str = ""

    def __str__(self) -> str:
        text = self.path
        if self.line:
            text += f":{self.line}"
            if self.column:
                text += f":{self.column}"
        if self.pointer:
            text += f" {self.pointer}"
        return text

    def __reduce__(self) -> tuple[type[Location], tuple[str, int, int, str]]:
        """Pickle it as a call: evidence holds thousands of these."""
        return Location, (self.path, self.line, self.column, self.pointer)


class Diagnostic(NamedTuple):
    """One message for a person: code, what is wrong, where, how to mend it, the source line."""

    code: str
    message: str
    at: Location
    help: str = ""
    excerpt: str = ""
    width: int = 1

    def __str__(self) -> str:
        lines = [f"{self.at}: error[{self.code}]: {self.message}"]
        if self.excerpt and self.at.line:
            lines += _excerpt(self)
        lines += [f"  help: {line}" for line in self.help.splitlines()]
        return "\n".join(lines)


def _excerpt(diagnostic: Diagnostic) -> list[str]:
    """Return the source line with a caret below it, cut to 100 characters around the caret."""
    column = max(diagnostic.at.column, 1)
    start = max(0, column - 60)
    text = "".join(c if c.isprintable() else "\ufffd" for c in diagnostic.excerpt)
    shown = text[start : start + 100]
    gutter = str(diagnostic.at.line)
    carets = "^" * max(1, min(diagnostic.width, len(shown) - (column - 1 - start)))
    return [
        f"  {gutter} | {shown}",
        f"  {' ' * len(gutter)} | {' ' * (column - 1 - start)}{carets}",
    ]


class ReadinessError(Exception):
    """Something the user can act on; carries one or more diagnostics and the exit code."""

    exit_code = 2

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


class InputError(ReadinessError):
    """Wrong usage, invalid YAML, or nothing to evaluate: exit code 2."""


class IncompleteError(ReadinessError):
    """The review could not be completed, for example unreadable input: exit code 3."""

    exit_code = 3


def input_error(code: str, message: str, at: Location | str, help: str = "") -> InputError:
    """Build an `InputError` with a single diagnostic."""
    where = Location(at) if isinstance(at, str) else at
    return InputError(Diagnostic(code, message, where, help))
