"""The language of expectations: one comparison over facts, such as `p95 <= 800 ms`.

`METRIC [where LABEL = VALUE] OP LIMIT`, where OP is one of `<= < >= > = != is in` and LIMIT is a
quantity, `launch.NAME`, `NUMBER * launch.NAME`, a word, or a list of words for `in`. The grammar
is closed: anything cleverer is an analysis. See docs/expectations.md.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from readiness.model.quantity import Quantity, parse
from readiness.model.text import did_you_mean
from readiness.patterns import pattern

OPERATORS = ("<=", "<", ">=", ">", "=", "!=", "is", "in")
ORDERINGS = frozenset({"<=", "<", ">=", ">"})
_METRIC = pattern(r"[A-Za-z][A-Za-z0-9_.\-]*")
_WHERE = pattern(r"""\s+where\s+([A-Za-z][\w.\-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>=!]+))""")
_OPERATOR = pattern(r"\s*(<=|>=|!=|<|>|=|is\b|in\b)\s*")
_REFERENCE = pattern(r"(?:([0-9]+(?:\.[0-9]+)?)\s*\*\s*)?launch\.([A-Za-z][\w\-]*)")
_NEAR_REFERENCE = pattern(
    r"(?:([0-9]+(?:\.[0-9]+)?)[\s*x×]*)?([A-Za-z]+)[.\s,:/]+([A-Za-z][\w\-]*)"
)
_SWAPPED = {
    "=<": "<=", "=>": ">=", "==": "=", "<>": "!=", "≤": "<=", "≥": ">=", "=!": "!=", "≠": "!=",
    "<<": "<", ">>": ">", "~=": "=", "<-": "<=", ">-": ">=", "<==": "<=", ">==": ">=", "=<=": "<=",
    "=>=": ">=", "===": "=", "!==": "!=",
}  # fmt: skip
_MORE_OPERATOR = pattern(r"[<>=!]+|-(?=\s)")
_WORD = pattern(r"""[^\s,\[\]"']+|"[^"]*"|'[^']*'""")


class Reference(NamedTuple):
    """A limit that the launch sets: a factor times one of its parameters."""

    name: str
    factor: Fraction = Fraction(1)


class Expectation(NamedTuple):
    """One comparison. `limit` is a quantity, a reference, a word, or the words of an `in`."""

    metric: str
    op: str
    limit: Quantity | Reference | str | tuple[str, ...]
    text: str
    label: str = ""
    label_value: str = ""

    def key(self) -> tuple[str, str, str, str]:
        """Return what two expectations share when one restates the other: all but the limit."""
        direction = self.op.rstrip("=") if self.op in ORDERINGS else self.op
        if self.op == "!=":
            direction += str(self.limit)
        return self.metric, self.label, self.label_value, direction


class ExpectationError(ValueError):
    """An expectation that does not parse: message, 0-based offset and width of the fault, help."""

    def __init__(self, message: str, offset: int, width: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.offset, self.width, self.hint = message, offset, width, hint


def spans(text: str) -> dict[str, tuple[int, int]]:
    """Return offset and width of `metric`, `label` and `limit` in a text that parses."""
    metric = _METRIC.match(text)
    if metric is None:
        return {}
    found, end = {"metric": metric.span()}, metric.end()
    if where := _WHERE.match(text, end):
        found["label"], end = where.span(1), where.end()
    if operator := _OPERATOR.match(text, end):
        found["limit"] = (operator.end(), len(text.rstrip()))
    return {part: (start, stop - start) for part, (start, stop) in found.items()}


@lru_cache(maxsize=1024)
def parse_expectation(text: str) -> Expectation:
    """Parse one expectation.

    Raises:
        ExpectationError: the text is not in the grammar; says where in the text and why.
    """
    metric = _METRIC.match(text)
    if not metric:
        hint = "an expectation is `METRIC OP LIMIT`, for example `p95 <= 800 ms`"
        raise ExpectationError("an expectation starts with the metric", 0, max(len(text), 1), hint)
    end, label, value = metric.end(), "", ""
    if where := _WHERE.match(text, end):
        label = where.group(1)
        value = next(g for g in where.groups()[1:] if g is not None)
        end = where.end()
    operator = _OPERATOR.match(text, end)
    if not operator:
        raise _no_operator(text, end)
    limit = _limit(text, operator.end(), operator.group(1))
    return Expectation(metric.group(), operator.group(1), limit, text, label, value)


def _no_operator(text: str, end: int) -> ExpectationError:
    """Say what stands where an operator should, with a suggestion."""
    rest = text[end:].strip()
    offset = len(text) - len(text[end:].lstrip()) if rest else len(text)
    found = re.match(r"[^\w\s\"']+|\w+", rest)
    token = found.group() if found else ""
    if not token:
        return ExpectationError("no comparison after the metric", offset, 1, _OPS_HINT)
    if token in _SWAPPED:
        hint = f"did you mean `{_SWAPPED[token]}`?"
    elif token.isalpha():
        hint = did_you_mean(token, ("where", "is", "in")) or _OPS_HINT
    else:
        hint = _OPS_HINT
    return ExpectationError(f"`{token}` is not a comparison", offset, len(token), hint)


_OPS_HINT = f"comparisons: {' '.join(OPERATORS)}"


def _limit(text: str, start: int, op: str) -> Quantity | Reference | str | tuple[str, ...]:
    rest = text[start:].rstrip()
    if not rest:
        raise ExpectationError(
            "no limit after the comparison", len(text), 1, "write `p95 <= 800 ms`"
        )
    if more := _MORE_OPERATOR.match(rest):
        token = op + more.group()
        hint = f"did you mean `{_SWAPPED[token]}`?" if token in _SWAPPED else _OPS_HINT
        offset = text.rindex(op, 0, start)
        raise ExpectationError(f"`{token}` is not a comparison", offset, len(token), hint)
    if op == "in":
        return _words(rest, start)
    if reference := _REFERENCE.fullmatch(rest):
        factor, name = reference.groups()
        return Reference(name, Fraction(factor or 1))
    _refuse_near_reference(rest, start)
    if op == "is":
        return _one_word(rest, start)
    try:
        return parse(rest)
    except ValueError as error:
        if op in ORDERINGS or rest[0].isdigit():
            message, _, hint = str(error).partition("; ")
            raise ExpectationError(message, start, len(rest), hint) from None
    return _one_word(rest, start)


def _refuse_near_reference(rest: str, start: int) -> None:
    """Refuse what is meant as a reference and is none: a misspelt `launch`, a lost `*`."""
    if rest[0] in "\"'":
        return
    near = _NEAR_REFERENCE.fullmatch(rest)
    meant = near and ("launch" in near.group(2) or did_you_mean(near.group(2), ("launch",)))
    if near and meant:
        factor = f"{near.group(1)} * " if near.group(1) else ""
        hint = f"did you mean `{factor}launch.{near.group(3)}`?"
    elif "launch." in rest or "*" in rest:
        hint = "write `launch.NAME` or `NUMBER * launch.NAME`"
    else:
        return
    raise ExpectationError(f"`{rest}` is not a reference", start, len(rest), hint)


def _one_word(rest: str, start: int) -> str:
    if not _WORD.fullmatch(rest):
        hint = "quote a text of several words"
        raise ExpectationError(f"`{rest}` is not one word", start, len(rest), hint)
    return rest.strip("\"'")


def _words(rest: str, start: int) -> tuple[str, ...]:
    inner = rest[1:-1] if rest.startswith("[") and rest.endswith("]") else rest
    parts = [part.strip() for part in inner.split(",")]
    if any(_REFERENCE.fullmatch(part) for part in parts):
        hint = "give the words here, or compare with `is launch.NAME`"
        raise ExpectationError("`in` takes words and no reference", start, len(rest), hint)
    if not all(_WORD.fullmatch(part) for part in parts):
        hint = "write `in [en-US, de-DE]`"
        raise ExpectationError(f"`{rest}` is not a list of words", start, len(rest), hint)
    return tuple(part.strip("\"'") for part in parts)
