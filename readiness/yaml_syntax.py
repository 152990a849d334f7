"""Where a YAML syntax error really is: libyaml's complaint and the lines in, a place and words out.

libyaml notices an unclosed quote, a lost colon or a crooked line only when something below no
longer fits. The true line is found from the text: quotes, brackets, colons and indentation, in
this order.
"""

from __future__ import annotations

from typing import NamedTuple

from readiness.patterns import pattern

_KEY = pattern(r"""(?:- +)*(?:[^\s"'\[\]{}#&*!|>%@`-][^"'\[\]{}#]*?|"[^"]*"|'[^']*')\s*:(?:\s|$)""")
_BLOCK = pattern(r"(?:^|\s)[|>][-+0-9]*\s*(?:#.*)?$")
_GLUED = pattern(r"(?:- +)*([A-Za-z_][\w.\-]*):(?=[^\s:/])")
_WORD = pattern(r"(?:- +)*([A-Za-z_][\w.\-]*)(?=\s|$)")
_HELP = (
    (
        "mapping values are not allowed",
        "is the line above indented like this one? quote a text that holds `: `",
    ),
    ("could not find expected ':'", "a key needs `: ` after it"),
    ("cannot start any token", "quote the text"),
    ("did not find expected key", "is this line indented like its neighbours?"),
    ("did not find expected '-'", "is this line indented like the other entries?"),
    ("unexpected end of stream", "a quote or bracket is not closed"),
    ("unknown escape", "in double quotes `\\` starts an escape: use single quotes"),
    ("did not find expected node content", "is a value missing, or a bracket too many?"),
    ("did not find expected comment", "the text starts in the line below `|` or `>`"),
)


class Mistake(NamedTuple):
    """A syntax error in words, at a 0-based line and column."""

    line: int
    column: int
    message: str
    help: str


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


def explain(
    lines: list[str], problem: str, at: tuple[int, int], context: tuple[int, int] | None
) -> Mistake:
    """Return the most likely mistake behind libyaml's `problem` at a place (and its context)."""
    last = min(at[0], len(lines) - 1)
    tab = next((n for n in range(last + 1) if lines[n].lstrip(" ").startswith("\t")), None)
    if tab is not None and "token" in problem:
        return Mistake(tab, lines[tab].index("\t"), "a tab is used to indent", "indent with spaces")
    written = _structure(lines, last)
    if "document start" in problem:
        return Mistake(*at, "a second document starts here", "one file holds one document")
    if any(word in problem for word in ("escape", "comment or line break")):
        return Mistake(*at, problem, _help(problem))
    found = (
        _open_quote(written)
        or _bracket(written)
        or _crooked(_structure(lines, len(lines) - 1), last)
        or _colon(written, problem)
    )
    if found is not None:
        return found
    if at[0] >= len(lines) and context is not None:
        at = context
    return Mistake(*at, problem, _help(problem))


def swallowed(lines: list[str], first: int, last: int) -> Mistake | None:
    """Find the list entry that a text of several lines, 0-based, has taken in."""
    for number in range(first, min(last, len(lines))):
        if lines[number].lstrip().startswith("- "):
            head = lines[first - 1].strip()
            if _WORD.fullmatch(head) and not head.startswith("- "):
                return _without_colon(_Line(first - 1, _indent(lines[first - 1]), head))
            above = _indent(lines[first - 1])
            crooked = first - 1 if above % 2 and number == first else number
            return Mistake(
                crooked,
                _indent(lines[crooked]),
                "two lines of a list run together as one text",
                "indent this line like the other entries",
            )
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _help(problem: str) -> str:
    return next((text for words, text in _HELP if words in problem), "")


def _structure(lines: list[str], last: int) -> list[_Line]:
    """Return the lines that carry structure: no blanks, no comments, no bodies of block texts."""
    result: list[_Line] = []
    block: int | None = None
    for number, text in enumerate(lines[: last + 1]):
        body = text.strip()
        indent = _indent(text)
        if not body or (block is not None and indent > block):
            continue
        block = indent if _BLOCK.search(text) else None
        if not body.startswith("#"):
            result.append(_Line(number, indent, body))
    return result


def _open_quote(lines: list[_Line]) -> Mistake | None:
    """Find the first quote that opens a value and is not closed in its line."""
    for line in lines:
        quote, start, _ = _scan(line.text)
        if quote:
            return Mistake(
                line.number,
                line.indent + start,
                "a quote is not closed in this line",
                f"end the text with `{quote}`, or double a quote inside it",
            )
        if start >= 0:
            return Mistake(
                line.number,
                line.indent + start,
                "text follows a closed quote",
                "quote the whole text",
            )
    return None


def _bracket(lines: list[_Line]) -> Mistake | None:
    """Find the bracket that is never closed, or closed without being opened."""
    opened: list[tuple[str, _Line, int]] = []
    for line in lines:
        outside = opened and line.indent <= opened[-1][1].indent and line.text[0] not in "]}"
        if outside or (opened and line.text.startswith("- ")):
            break
        for char, column in _scan(line.text)[2]:
            if char in "[{":
                opened.append((char, line, column))
            elif opened and opened[-1][0] + char in ("[]", "{}"):
                opened.pop()
            else:
                return Mistake(
                    line.number,
                    line.indent + column,
                    f"`{char}` closes nothing here",
                    "remove it, or add the bracket that opens",
                )
    if not opened:
        return None
    char, line, column = opened[-1]
    return Mistake(
        line.number,
        line.indent + column,
        f"`{char}` is not closed",
        f"add `{']' if char == '[' else '}'}` where it ends",
    )


def _scan(text: str) -> tuple[str, int, list[tuple[str, int]]]:
    """Read a line: an unclosed quote with its place (or where text follows one), and brackets.

    Quotes and brackets count only where a value can start or, for brackets, inside brackets.
    """
    brackets: list[tuple[str, int]] = []
    depth, start, index = 0, True, 0
    while index < len(text):
        char = text[index]
        if start and char in "\"'":
            end = _closing(text, index, char)
            if end < 0:
                return char, index, brackets
            index = end
            start = False
            rest = text[index + 1 :].lstrip()
            if not depth and rest and rest[0] not in ":#":
                return "", index + 1, brackets
        elif char == "#" and text[index - 1 : index] in ("", " "):
            break
        elif (start and char in "[{") or (depth and char in "]}"):
            brackets.append((char, index))
            depth += 1 if char in "[{" else -1
            start = char in "[{"
        elif not depth and start and char in "]}":
            brackets.append((char, index))
        elif (char == "," and depth) or (
            char in ":-" and text[index + 1 : index + 2] in (" ", "") and (char == ":" or start)
        ):
            start = True
        elif char != " ":
            start = False
        index += 1
    return "", -1, brackets


def _closing(text: str, start: int, quote: str) -> int:
    index = start + 1
    while index < len(text):
        if quote == '"' and text[index] == "\\":
            index += 1
        elif text[index] == quote:
            if quote == "'" and text[index + 1 : index + 2] == quote:
                index += 1
            else:
                return index
        index += 1
    return -1


def _colon(lines: list[_Line], problem: str) -> Mistake | None:
    """Find a key without its colon, at the complaint or just above it."""
    if not any(words in problem for words in ("mapping values", "':'", "expected key", "'-'")):
        return None
    entry = None
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if _KEY.match(line.text):
            if index < len(lines) - 1:
                break
        elif line.text.startswith("- ") and not (index and _KEY.match(lines[index - 1].text)):
            entry = line  # of a list of texts, whose key may be the one without a colon
        elif found := _without_colon(line):
            return found
    return _without_colon(entry) if entry else None


def _without_colon(line: _Line) -> Mistake | None:
    if glued := _GLUED.match(line.text):
        return Mistake(
            line.number,
            line.indent + glued.start(1),
            "a space is missing after the colon",
            f"write `{glued.group(1)}: …`",
        )
    word = _WORD.match(line.text)
    if word is None:
        return None
    return Mistake(
        line.number,
        line.indent + word.start(1),
        f"`{word.group(1)}` has no colon",
        f"write `{word.group(1)}: …`",
    )


def _crooked(lines: list[_Line], last: int) -> Mistake | None:
    """Find the line near the complaint whose indentation is no multiple of the file's step."""
    near = [line for line in lines if last - 12 <= line.number <= last + 1]
    odd = [line for line in near if line.indent % 2]
    if not odd or sum(line.indent % 2 for line in lines) * 4 > len(lines):
        return None
    line = odd[-1]
    others = sorted(
        {other.indent for other in lines if not other.indent % 2},
        key=lambda indent: abs(indent - line.indent),
    )
    hint = " or ".join(str(indent) for indent in sorted(others[:2]))
    return Mistake(
        line.number,
        line.indent,
        f"this line is indented by {line.indent} space{'s' * (line.indent > 1)}",
        f"its neighbours are indented by {hint}",
    )
