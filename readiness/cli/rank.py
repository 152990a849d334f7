"""`readiness rank`: what to fix first, what fits into some days, and what a supposition changes."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from readiness.cli.options import AsOf, Launch
from readiness.cli.running import load_or_run
from readiness.cli.streams import columns, say, wants_colour
from readiness.errors import InputError, input_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.decision.rank import Exponents
    from readiness.decision.ranking import Asked
    from readiness.decision.whatif import Supposition
    from readiness.model.review import Review

_FORMATS = ("terminal", "json", "markdown")
_WAIVED = "waived"

Top = Annotated[
    int | None,
    typer.Option(
        "--top", metavar="N", show_default=False, help="Show the first N places; all by default."
    ),
]
Days = Annotated[
    str,
    typer.Option(
        "--days",
        metavar="D",
        show_default=False,
        help="Show what its owners can do within D working days; `launch` for those until then.",
    ),
]
If = Annotated[
    list[str],
    typer.Option(
        "--if",
        metavar="ITEM=OUTCOME",
        show_default=False,
        help="Suppose an outcome, or `waived` for an accepted risk; may be repeated.",
    ),
]
Weights = Annotated[
    list[str],
    typer.Option(
        "--weights",
        metavar="FACTOR=N",
        show_default=False,
        help="How much harm, risk and gap count: exponents, 1 by default; as harm=2,risk=0.5.",
    ),
]
Shown = Annotated[
    str,
    typer.Option("--format", "-f", metavar="|".join(_FORMATS), help="What stdout shows."),
]


def command(
    launch: Launch = Path(),
    top: Top = None,
    days: Days = "",
    if_: If = [],  # noqa: B006 - typer copies it
    weights: Weights = [],  # noqa: B006
    format: Shown = "terminal",
    as_of: AsOf = "",
) -> None:
    """Rank what is open: what to fix first, and how firm that is.

    Takes a launch, or a review saved as JSON. With --if or --weights it shows what would change:
    decision, readiness, places and path to GO. A supposition decides nothing: the exit code is 0.
    """
    if format not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise input_error(
            "unknown-format", f"there is no format `{format}` here", "--format", f"formats: {known}"
        )
    exponents = _exponents(weights)
    if top is not None and top < 1:
        raise input_error("value", f"`{top}` places are none", "--top", "give 1 or more")
    review = load_or_run(launch, as_of)
    say(_text(review, _asked(review, if_, exponents, days, top), format))


def _text(review: Review, asked: Asked, format: str) -> str:
    from readiness.decision.ranking import ranking  # noqa: PLC0415

    found = ranking(review, asked)
    if format == "json":
        from readiness.model.serial import dump_ranking  # noqa: PLC0415

        return dump_ranking(found)
    from readiness.rendering.format import Style  # noqa: PLC0415
    from readiness.rendering.rank import markdown, terminal  # noqa: PLC0415

    if format == "markdown":
        return markdown(found)
    return terminal(found, Style(wants_colour(sys.stdout), columns()))


def _asked(
    review: Review, supposed: list[str], exponents: Exponents, days: str, top: int | None
) -> Asked:
    from readiness.decision.ranking import Asked  # noqa: PLC0415

    return Asked(_supposition(review, supposed, exponents), _days(days, review), top)


def _supposition(review: Review, words: list[str], exponents: Exponents) -> Supposition:
    """Read what is supposed of which items.

    Raises:
        InputError: not ITEM=OUTCOME, no such item, no such outcome, or two of them for one item.
    """
    from readiness.decision.whatif import Supposition  # noqa: PLC0415
    from readiness.model.review import Outcome  # noqa: PLC0415
    from readiness.model.text import and_list, did_you_mean  # noqa: PLC0415

    named = {name: name for name in get_args(Outcome)}
    known = (*named, _WAIVED)
    outcomes: dict[str, Outcome] = {}
    waived: dict[str, None] = {}
    for name, value in _pairs(words, "--if", "ITEM=OUTCOME", "LOAD-01=proven"):
        item, word = _item(name, review), value.lower()
        if word not in known:
            hint = did_you_mean(word, known) or f"outcomes: {and_list(known)}"
            raise input_error("unknown-outcome", f"there is no outcome `{value}`", "--if", hint)
        if word == _WAIVED:
            waived[item] = None
        elif outcomes.setdefault(item, named[word]) != word:
            message = f"{item} is supposed to be {outcomes[item]} and {word}"
            raise input_error("usage", message, "--if", "suppose one outcome for an item")
    return Supposition(outcomes, tuple(waived), exponents)


def _item(name: str, review: Review) -> str:
    """Return the id of an item that applies.

    Raises:
        InputError: there is none.
    """
    from readiness.model.text import did_you_mean  # noqa: PLC0415

    by_id = {item.id: item for item in review.items}
    found = by_id.get(name) or by_id.get(name.upper())
    if found is None:
        hint = did_you_mean(name.upper(), by_id) or "`readiness rank` shows those that are open"
        raise input_error("unknown-item", f"the launch has no item {name}", "--if", hint)
    if found.outcome is None:
        message = f"{found.id} does not apply to this launch: it {found.skipped}"
        raise input_error("not-applicable", message, "--if", "suppose something of another item")
    return found.id


def _exponents(words: list[str]) -> Exponents:
    """Read how much each factor counts.

    Raises:
        InputError: no such factor, not a number from 0 to 10, or a factor twice.
    """
    from readiness.decision.dominance import MOST  # noqa: PLC0415
    from readiness.decision.rank import Exponents  # noqa: PLC0415
    from readiness.model.text import and_list, did_you_mean  # noqa: PLC0415

    found: dict[str, float] = {}
    for name, value in _pairs(words, "--weights", "FACTOR=NUMBER", "harm=2,risk=0.5"):
        factor = name.lower()
        if factor not in Exponents._fields:
            known = Exponents._fields
            hint = did_you_mean(factor, known) or f"factors: {and_list(known)}"
            raise input_error("unknown-factor", f"there is no factor `{name}`", "--weights", hint)
        if factor in found:
            message = f"the weight of {factor} is given twice"
            raise input_error("usage", message, "--weights", "give each factor one weight")
        found[factor] = _number(value, "--weights", f"weight of {factor}", MOST)
    return Exponents(**found)


def _days(text: str, review: Review) -> float | None:
    """Read a number of working days, or how many there are until the launch.

    Raises:
        InputError: neither a number of days nor `launch`.
    """
    if not text:
        return None
    if text.lower() == "launch":
        from readiness.decision.path import working_days  # noqa: PLC0415

        return float(working_days(review.as_of, review.launch.launch_date))
    return _number(text, "--days", "number of working days, nor `launch`", 1e4)


def _number(text: str, option: str, what: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most:
        message = f"`{text}` is no {what}"
        raise input_error("value", message, option, f"give a number from 0 to {most:g}")
    return value


def _pairs(words: Iterable[str], option: str, form: str, example: str) -> Iterator[tuple[str, str]]:
    """Split `NAME=VALUE` pairs; several of them may be in one word, with commas.

    Raises:
        InputError: not such a pair.
    """
    for pair in (pair for word in words for pair in word.split(",")):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (name and equals and value):
            raise _no_pair(pair, option, form, example)
        yield name, value


def _no_pair(pair: str, option: str, form: str, example: str) -> InputError:
    hint = f"write for example {option} {example}"
    return input_error("usage", f"`{pair}` is not {form}", option, hint)
