"""Regular expressions that are compiled when they are first used.

A run imports many modules and uses few of their patterns: `readiness inspect` asks every reader
whether it knows a file, and compiled some 370 patterns for that, where 90 do.
"""

from __future__ import annotations

import re
from typing import Any, overload

_SHARED = (
    "match", "fullmatch", "search", "finditer", "findall", "split", "sub", "subn", "scanner",
    "pattern", "flags", "groups", "groupindex",
)  # fmt: skip


class Used:
    """A pattern that was compiled: its attributes are those of the compiled one."""

    __slots__ = ("_given", *_SHARED)
    _given: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy what was given."""
        return pattern, self._given


class Unused(Used):
    """A pattern that was not compiled yet."""

    __slots__ = ()

    def __init__(self, *given: Any) -> None:
        self._given = given

    def __getattr__(self, name: str) -> Any:
        """Compile it, and never come here again: a class without `__getattr__` is quicker."""
        compiled = re.compile(*self._given)
        for shared in _SHARED:
            setattr(self, shared, getattr(compiled, shared))
        self.__class__ = Used  # type: ignore[assignment]
        return getattr(compiled, name)


@overload
def pattern(text: str, flags: int = 0) -> re.Pattern[str]: ...
@overload
def pattern(text: bytes, flags: int = 0) -> re.Pattern[bytes]: ...
def pattern(text: Any, flags: int = 0) -> Any:
    """Return what works as `re.compile(text, flags)` does, but is compiled when it is first used.

    Call its methods: the functions of `re` do not take it. A mistake in it shows when it is used;
    a test compiles those of all modules.
    """
    return Unused(text, flags)
