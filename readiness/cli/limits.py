"""What reading a file may cost, from the command line: `--limit time=5min --limit memory=4GB`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from readiness.cli.streams import say
from readiness.errors import input_error
from readiness.evidence.apart import AVAILABLE
from readiness.evidence.limits import DEFAULT, UNITS, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_OPTION = "--limit"
_PER_SECOND = 1000


def parse_limits(words: Sequence[str]) -> Limits:
    """Return the limits for a file, from `NAME=VALUE` words.

    Raises:
        InputError: no such limit, or not a value of its kind above zero.
    """
    limits = DEFAULT
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            help_ = "write for example --limit time=5min"
            raise input_error("usage", f"`{word}` is not NAME=VALUE", _OPTION, help_)
        limits = limits._replace(**{name: _value(name, text)})
    if not AVAILABLE:
        say("note: on Windows, the limits of time and memory do not hold\n", sys.stderr)
    return limits


def _value(name: str, text: str) -> Any:
    from readiness.model.quantity import CANONICAL, parse  # noqa: PLC0415
    from readiness.model.text import and_list, did_you_mean  # noqa: PLC0415

    if name not in Limits._fields:
        hint = did_you_mean(name, Limits._fields) or f"limits: {and_list(Limits._fields)}"
        raise input_error("unknown-limit", f"there is no limit `{name}`", _OPTION, hint)
    example = {"ms": "5min", "B": "4GB"}.get(UNITS.get(name, ""), str(getattr(DEFAULT, name)))
    help_ = f"write for example --limit {name}={example}"
    try:
        quantity = parse(text)
    except ValueError as error:
        raise input_error("value", str(error), _OPTION, help_) from None
    wanted = UNITS.get(name, "")
    if CANONICAL[quantity.dimension] != wanted or quantity.value <= 0:
        raise input_error("value", f"`{text}` is no limit of {name}", _OPTION, help_)
    return float(quantity.value) / _PER_SECOND if wanted == "ms" else int(quantity.value)
