"""Add a record to the text of decisions.yaml; every byte that was there stays as it is.

In: the text that people wrote, and the fields of a record. Out: the text with the record as the
last of `decisions`, in the file's own indentation and line ends. What the result means is checked
against what was meant, so a layout that is not understood is refused and never spoilt.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from readiness.errors import InputError, input_error
from readiness.patterns import pattern
from readiness.strict_yaml import BREAK, Node, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.errors import Location

Value = str | dict[str, str]
HEAD = (
    "# What people decided about open items. A record never changes an outcome or the score.\n"
    "schema: readiness/decisions@1\n"
)
_WIDTH = 98
_FOLD = 60
_COMMENT = pattern(r"[ \t]*(?:#.*)?")


def with_record(text: str | None, record: Mapping[str, Value], path: str) -> str:
    """Return the text of decisions.yaml with one more record.

    Args:
        text: what the file holds; None if there is no file.
        record: key to value, in the order to be written; a dict is written as `{key: value}`.
        path: the file's path for messages.

    Raises:
        InputError: the file is not YAML in our profile, or is laid out in a way that no record can
            be added to without touching the rest.
    """
    before = text if text is not None else HEAD
    node = parse_yaml(before.encode("utf-8", "surrogatepass"), path)
    start, end, added = _insertion(before, node, record)
    after = before[:start] + added + before[end:]
    wanted = _plain(node)
    wanted = {**wanted, "decisions": [*(wanted.get("decisions") or []), dict(record)]}
    try:
        right = _plain(parse_yaml(after.encode("utf-8", "surrogatepass"), path)) == wanted
    except InputError:
        right = False
    if not right:
        raise _unclear(node.at, record)
    return after


def _insertion(text: str, node: Node, record: Mapping[str, Value]) -> tuple[int, int, str]:
    """Return what to replace, as offsets into the text, and with what."""
    if not isinstance(node.content, dict) or text.lstrip()[:1] == "{":
        return _flow(text, node, record)
    held = node.get("decisions")
    if held is None:
        lead = "" if text.endswith(("\n", "\r")) else _newline(text)
        return len(text), len(text), lead + _block(record, 2, 4, text, head="decisions:")
    lines = _lines(text)
    first = sum(len(line) for line in lines[: held.line - 1]) + held.column - 1
    if text[first : first + 1] == "[":
        return _flow(text, node, record)
    entry: Node = held.content[0]
    dash = _dash(lines, entry)
    last = _last_line(lines, node, held, dash)
    place = sum(len(line) for line in lines[:last])
    lead = "" if text[:place].endswith(("\n", "\r")) else _newline(text)
    return place, place, lead + _block(record, dash, entry.column - 1, text)


def _last_line(lines: list[str], node: Node, held: Node, dash: int) -> int:
    """Return how many lines the records take: to the next key, less comments that lead over to it.

    A `#` at or before the dash can be no part of a record's text, which is indented further.
    """
    after = [key.line - 1 for key, _ in node.content.values() if key.line > held.line]
    last = min(after, default=len(lines))
    ends = (n for n, line in enumerate(lines[:last]) if n >= held.line and line[:3] == "...")
    last = int(next(ends, last))
    while last > held.line:
        line = lines[last - 1].rstrip("\r\n")
        if not _COMMENT.fullmatch(line) or len(line) - len(line.lstrip()) > dash:
            break
        last -= 1
    return last


def _dash(lines: list[str], entry: Node) -> int:
    """Return the column of an entry's dash, from 0."""
    before: str = lines[entry.line - 1][: entry.column - 1]
    if before.strip() == "-":
        return before.index("-")
    dashes = (line for line in reversed(lines[: entry.line - 1]) if line.strip()[:1] == "-")
    return next(dashes, "").find("-")


def _flow(text: str, node: Node, record: Mapping[str, Value]) -> tuple[int, int, str]:
    """Add to `[…]`: a file that is JSON, or records in one line."""
    held = node.get("decisions")
    if held is None:
        raise _unclear(node.at, record)
    lines = _lines(text)
    first = sum(len(line) for line in lines[: held.line - 1]) + held.column - 1
    after = [key for key, _ in node.content.values() if key.line > held.line]
    stop = sum(len(line) for line in lines[: after[0].line - 1]) if after else len(text)
    close = text.rfind("]", first, stop)
    if not held.content and text.lstrip()[:1] != "{" and text[first + 1 : close].strip() == "":
        ended = BREAK.search(text, close)
        comment = text[close + 1 : ended.start() if ended else len(text)].rstrip()
        start = first if comment else len(text[:first].rstrip(" "))
        block = f"{comment.lstrip()}{_newline(text)}{_block(record, 2, 4, text)}"
        return start, ended.end() if ended else len(text), block
    kept = len(text[:close].rstrip())
    comma = ", " if held.content else ""
    return kept, kept, comma + json.dumps(dict(record), ensure_ascii=False)


def _block(record: Mapping[str, Value], dash: int, column: int, text: str, head: str = "") -> str:
    """Write a record as an entry of a block list, its dash and its keys in given columns."""
    pad = " " * max(column, dash + 2)
    lines = [head] if head else []
    for key, value in record.items():
        lines += [f"{pad}{line}" for line in _entry(key, value, len(pad))]
    first = 1 if head else 0
    lines[first] = f"{' ' * dash}-{pad[dash + 1 :]}{lines[first].lstrip()}"
    newline = _newline(text)
    return "".join(f"{line}{newline}" for line in lines)


def _entry(key: str, value: Value, indent: int) -> list[str]:
    """Write a key and its value: as it is where YAML takes it so, folded if it is long."""
    if isinstance(value, dict):
        inside = ", ".join(f"{name}: {_scalar(text)}" for name, text in value.items())
        return [f"{key}: {{{inside}}}"]
    scalar = _scalar(value)
    words = value.split(" ")
    plain = len(words) > 1 and all(words) and value.isprintable()
    if plain and len(key) + len(scalar) > _FOLD and value[0] not in "#&*!|>'\"%@`":
        width = max(_WIDTH - indent - 2, 40)
        folded = textwrap.wrap(value, width, break_long_words=False, break_on_hyphens=False)
        if len(folded) > 1:
            return [f"{key}: >-", *(f"  {line}" for line in folded)]
    return [f"{key}: {scalar}"]


def _scalar(text: str) -> str:
    """Write a text as YAML: without quotes where it then reads as the same text."""
    try:
        read = parse_yaml(f"k: {text}\nl: [{text}]".encode(), "").data()
        if read == {"k": text, "l": [text]} and "\n" not in text:
            return text
    except (InputError, UnicodeEncodeError):
        pass
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


def _plain(node: Node) -> Any:
    """Return what a file says, numbers as they were written."""
    if isinstance(node.content, dict):
        return {key: _plain(value) for key, (_, value) in node.content.items()}
    if isinstance(node.content, list):
        return [_plain(value) for value in node.content]
    return getattr(node.content, "written", node.content)


def _lines(text: str) -> list[str]:
    """Split a text into its lines, each with its end: as libyaml counts them."""
    ends = [found.end() for found in BREAK.finditer(text)]
    starts = [0, *ends]
    return [text[a:b] for a, b in zip(starts, [*ends, len(text)], strict=True) if b > a]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _unclear(at: Location, record: Mapping[str, Value]) -> InputError:
    by_hand = _block(record, 2, 4, "")
    return input_error(
        "layout",
        "no record can be added here without touching the rest",
        at,
        f"add it by hand under `decisions:`\n{by_hand}".rstrip(),
    )
