"""PromQL expressions to the metric names they read, and their threshold, without evaluating them.

A lexer and the few rules that tell a metric from a function, a label or a keyword (Prometheus,
promql/parser/lex.go and generated_parser.y). What these rules do not cover is not guessed at.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEXEMES = r"""(?P<skip>\s+|\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+(?:ms|[smhdwy]))+\b
        |(?:[0-9]*\.[0-9]+|[0-9]+\.?)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<op>=~|!~|==|!=|<=|>=|[-+*/%^<>=,(){}\[\]@:])"""
_GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
_WORDS = {"and", "or", "unless", "bool", "offset", "atan2"}
_NUMBERS = {"inf", "nan"}
_COMPARE = {"==", "!=", "<", "<=", ">", ">="}
_CLOSES = {")": "(", "}": "{", "]": "["}
_LABELS = "labels"  # a parenthesis that holds label names
_PLAIN = pattern(r"[A-Za-z_:][A-Za-z0-9_:]*(?:\|[A-Za-z_:][A-Za-z0-9_:]*)*")
_DURATION = "".join(rf"(?:([0-9]{{1,12}}){unit})?" for unit in ["y", "w", "d", "h", "m", "s", "ms"])
_MS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1)
_LONGEST = 20_000


class Query(NamedTuple):
    """What an expression reads.

    Attributes:
        metrics: names in the order in which they stand, each once; `~pattern` for a pattern.
        functions: functions and aggregations, in lower case.
        threshold: the comparison that the whole expression is, with a number: (">", 0.05).
    """

    metrics: tuple[str, ...]
    functions: frozenset[str]
    threshold: tuple[str, float] | None


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Query | None:
    """Return what an expression reads; None where it cannot be read as PromQL."""
    tokens = _lex(text) if len(text) <= _LONGEST else None
    if not tokens:
        return None
    metrics: dict[str, None] = {}
    functions: set[str] = set()
    open_: list[str] = []
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else _Token("", "")
        after = tokens[place + 1] if place + 1 < len(tokens) else _Token("", "")
        if token.text in ("(", "{", "[") and token.kind == "op":
            grouping = token.text == "(" and before.text.lower() in _GROUPING
            open_.append(_LABELS if grouping and before.kind == "name" else token.text)
        elif token.kind == "op" and token.text in _CLOSES:
            if not open_ or (open_.pop(), _CLOSES[token.text]) not in _PAIRS:
                return None
        elif open_ and open_[-1] == "{":
            metrics.update(dict.fromkeys(_named(tokens, place)))
        elif token.kind != "name" or (open_ and open_[-1] in ("[", _LABELS)):
            continue
        elif not _word(token, after, metrics, functions):
            return None
    if open_ or not (metrics or functions or tokens[0].kind == "number"):
        return None
    return Query(tuple(metrics), frozenset(functions), _threshold(tokens))


_PAIRS = {("(", "("), ("{", "{"), ("[", "["), (_LABELS, "(")}


def _word(token: _Token, after: _Token, metrics: dict[str, None], functions: set[str]) -> bool:
    """Tell a metric from a function or keyword; False where two operands stand side by side."""
    lowered = token.text.lower()
    if lowered in _GROUPING | _WORDS | _NUMBERS:
        return True
    grouped = after.kind == "name" and after.text.lower() in ("by", "without")
    if after.text == "(" or grouped:
        functions.add(lowered)
        return True
    if after.kind in ("number", "string"):
        return False
    if after.kind == "name" and after.text.lower() not in _GROUPING | _WORDS:
        return False
    metrics[token.text] = None
    return True


def _named(tokens: list[_Token], place: int) -> list[str]:
    """Return the metric named within braces: `{__name__="a"}`, `{"a", …}`, `{__name__=~"a|b"}`."""
    token = tokens[place]
    before, after = tokens[place - 1], tokens[place + 1] if place + 1 < len(tokens) else token
    if token.kind != "string":
        return []
    value = token.text[1:-1]
    if before.text in ("{", ",") and after.text in ("}", ","):
        return [value]
    if place < 2 or tokens[place - 2].text.strip("\"'`") != "__name__":  # noqa: PLR2004 - two before
        return []
    if before.text == "=":
        return [value]
    if before.text == "=~":
        return value.split("|") if _PLAIN.fullmatch(value) else [f"~{value}"]
    return []


def _lex(text: str) -> list[_Token] | None:
    token = re.compile(_LEXEMES, re.VERBOSE)  # here, and kept by re: few runs read PromQL
    tokens, place = [], 0
    while place < len(text):
        match = token.match(text, place)
        if match is None:
            return None
        if match.lastgroup and match.lastgroup != "skip":
            tokens.append(_Token(match.lastgroup, match.group()))
        place = match.end()
    return tokens


def _threshold(tokens: list[_Token]) -> tuple[str, float] | None:
    depth, found = 0, []
    for place, token in enumerate(tokens):
        if token.kind == "op" and token.text in ("(", "{", "["):
            depth += 1
        elif token.kind == "op" and token.text in _CLOSES:
            depth -= 1
        elif depth == 0 and token.kind == "name" and token.text.lower() in ("and", "or", "unless"):
            return None
        elif depth == 0 and token.kind == "op" and token.text in _COMPARE:
            found.append(place)
    if len(found) != 1:
        return None
    rest = tokens[found[0] + 1 :]
    rest = rest[1:] if rest and rest[0].text.lower() == "bool" else rest
    sign = -1.0 if rest and rest[0].text == "-" else 1.0
    rest = rest[1:] if rest and rest[0].text in ("-", "+") else rest
    if len(rest) != 1 or rest[0].kind != "number":
        return None
    try:
        number = float(rest[0].text)
    except ValueError:
        return None
    return (tokens[found[0]].text, sign * number) if math.isfinite(number) else None


def resolve(names: tuple[str, ...], records: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return names with all that their recording rules read after them, each once.

    Args:
        names: metrics of an expression.
        records: the metrics that each recording rule reads, by its own name.
    """
    found = dict.fromkeys(names)
    queue = list(names)
    while queue:
        for name in records.get(queue.pop(0), ()):
            if name not in found:
                found[name] = None
                queue.append(name)
    return tuple(found)


def duration(value: object) -> float | None:
    """Return the ms of a duration of Prometheus: `5m`, `1h30m`, `0`; None where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0.0 if value == 0 else None
    if not isinstance(value, str):
        return None
    match = re.fullmatch(_DURATION, value.strip())
    if match and value.strip():
        return float(sum(int(n or 0) * ms for n, ms in zip(match.groups(), _MS, strict=True)))
    return 0.0 if value.strip() == "0" else None


_UNITS = {
    "_seconds": ("ms", 1e3),
    "_milliseconds": ("ms", 1.0),
    "_bytes": ("B", 1.0),
    "_ratio": ("ratio", 1.0),
}


def unit_of(name: str) -> tuple[str, float]:
    """Return the unit that a metric's name ends in, and what makes its values canonical.

    By Prometheus' naming practice a name ends in its base unit; that of a recording rule is
    `level:metric:operations`, and a rate is no longer in the unit. Else no unit is known.
    """
    parts = name.split(":")
    if len(parts) > 2 and "rate" in parts[2]:  # noqa: PLR2004 - level, metric, operations
        return "", 1.0
    metric = parts[min(1, len(parts) - 1)]
    return next((unit for end, unit in _UNITS.items() if metric.endswith(end)), ("", 1.0))
