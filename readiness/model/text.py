"""Words for people: the nearest known name, lists in a sentence, text made safe to print."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 4_000
_LONGEST = 200
_TIES = 3


def nearest(word: str, known: Iterable[str], *, most: int = 1) -> list[str]:
    """Return the known names closest to a word, best first; only close ones."""
    return [name for _, name in _scored(word, known)][:most]


def _scored(word: str, known: Iterable[str]) -> list[tuple[float, str]]:
    """Return (negative closeness, name) of each close name, best first and then by name."""
    folded = _fold(word[:_LONGEST])
    scored = []
    for name in set(known):
        other = _fold(name)
        size = max(len(folded), len(other), 1)
        score = 1 - _distance(folded, other) / size
        if min(len(folded), len(other)) >= 3 and (folded in other or other in folded):  # noqa: PLR2004
            score = max(score, 0.6)
        if score >= 0.5 and size > 1:  # noqa: PLR2004
            scored.append((-score, name))
    return sorted(scored)


def _distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance: edits and swaps (Boytsov 2011)."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _fold(word: str) -> str:
    return word.lower().replace("_", "-").replace(".", "-").replace(" ", "-")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean `x`?", naming up to three that are equally close, or an empty text."""
    close = _scored(word, known)
    best = [f"`{name}`" for score, name in close if score == close[0][0]]
    return f"did you mean {and_list(best[:_TIES], last='or')}?" if best else ""


def is_slip(word: str, known: Iterable[str]) -> bool:
    """Tell whether a word is at most one edit or swap away from a known name, case aside."""
    return any(_distance(_fold(word[:_LONGEST]), _fold(name)) <= 1 for name in known)


def and_list(words: Iterable[str], *, last: str = "and", most: int = 0) -> str:
    """Join words as a sentence does: `a`, `a and b`, `a, b and c`.

    Of more than `most`, if that is given, those many are named: `a, b and 7 more`.
    """
    items = list(words)
    if 0 < most < len(items):
        items[most:] = [f"{len(items) - most:,} more"]
    if len(items) < 2:  # noqa: PLR2004
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return the count with its noun: `1 item`, `3 items`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def plain_name(text: str) -> str:
    """Return a name without what can be written in several ways: `@Team Shop` is `teamshop`."""
    if text.isascii():
        return "".join(char for char in text.lower() if char.isalnum())
    from unicodedata import normalize  # noqa: PLC0415 - plain text does not need it

    return "".join(char for char in normalize("NFKC", text).casefold() if char.isalnum())


def visible(text: str, *, keep: str = "") -> str:
    r"""Return text with control, format and surrogate characters made visible as `\u{...}`.

    Guards a terminal, an annotation and a reader against escape sequences and bidi tricks
    (CVE-2021-42574). `keep` lists characters to leave, such as a newline.
    """
    if len(text) > _MOST:
        text = f"{text[:_MOST]}…"
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in keep or not _hidden(c) else f"\\u{{{ord(c):x}}}" for c in text
    )


def inert(text: str) -> str:
    r"""Return text in which no line is a command to a GitHub runner, which reads what is printed.

    It obeys `::name::` at the start of a line, after any white space, and the older `##[name]`
    anywhere in it (actions/runner, ActionCommand.cs). The first of the two colons and the second
    `#` become visible escapes.
    """
    if "::" not in text and "##[" not in text:
        return text
    lines = (
        f"{line[: -len(rest)]}\\u{{3a}}{rest[1:]}" if rest.startswith("::") else line
        for line in text.split("\n")
        for rest in [line.lstrip()]
    )
    return "\n".join(lines).replace("##[", r"#\u{23}[")


def inert_json(text: str) -> str:
    r"""Write `##[` in JSON text as `#\u0023[`: the same value, and no command to a runner."""
    return text.replace("##[", r"#\u0023[")


@lru_cache(4096)
def _hidden(char: str) -> bool:
    import unicodedata  # noqa: PLC0415 - plain text does not need it

    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
