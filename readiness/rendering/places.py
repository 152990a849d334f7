"""Why an item stands where it does, in numbers that can be done again by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.model.text import and_list
from readiness.rendering import words

if TYPE_CHECKING:
    from readiness.model.rank import Duel, Proof, Rank, Weights
    from readiness.model.review import ItemResult, Review
    from readiness.rendering.paint import Paint

_FIRM = {"firm": "at most 2 apart", "contested": "more than 2 apart"}


def place_lines(item: ItemResult, proof: Proof, review: Review, paint: Paint) -> list[str]:
    """Return the arithmetic of a rank: priority, its logarithm, both neighbours, and the study."""
    rank = next(rank for rank in review.ranking if rank.item == item.id)
    count = len(review.ranking)
    lines = paint.wrap(
        f"priority = {_product(item)} = {exact(rank.priority)}: rank {rank.rank} of {count}, "
        f"{rank.place}",
        2,
    )
    lines += paint.wrap(_logarithm(item), 2)
    lines += paint.wrap(_class(item, proof), 2)
    for duel, word in ((proof.before, "Behind"), (proof.after, "Ahead of")):
        if duel is not None:
            lines += _beside(rank, duel, word, review, paint)
    return lines + paint.wrap(_study(rank, proof, review), 2)


def _product(item: ItemResult) -> str:
    return f"{item.harm_weight} × {item.risk_weight} ⁄ 100 × {exact(item.gap)}"


def _logarithm(item: ItemResult) -> str:
    """Write ln of the priority as a sum, because weights are exponents and multiply its parts."""
    values = (item.harm_weight, item.risk_weight / 100, item.gap)
    if min(values) <= 0:
        return "ln priority is not defined: a factor is 0"
    names = " + ".join(f"ln {exact(value)}" for value in values)
    parts = [math.log(value) for value in values]
    return f"ln priority = {names} = {_sum(parts)} = {decimals(sum(parts))}"


def _sum(parts: list[float]) -> str:
    first, *rest = parts
    text = decimals(first)
    return text + "".join(f" {'−' if part < 0 else '+'} {decimals(abs(part))}" for part in rest)


def _class(item: ItemResult, proof: Proof) -> str:
    first = "" if proof.before else ", and it is the first of them"
    last = "" if proof.after else ", and it is the last of them"
    if item.waits:
        kind = "The launch waits for it: such blockers come before every other item"
    else:
        kind = "The launch does not wait for it: it comes after the blockers that nothing holds"
    return f"{kind}{first}{last}."


def _beside(rank: Rank, duel: Duel, word: str, review: Review, paint: Paint) -> list[str]:
    other = next(other for other in review.ranking if other.item == duel.other)
    theirs = next(item for item in review.items if item.id == duel.other)
    return [
        *paint.wrap(
            f"{word} {other.item}, rank {other.rank}: {exact(rank.priority)} against "
            f"{_product(theirs)} = {exact(other.priority)}",
            2,
        ),
        *paint.wrap(_difference(duel.logs), 4),
        *paint.wrap(_weightings(duel), 4),
    ]


def _difference(logs: Weights) -> str:
    parts = [logs.harm, logs.risk, logs.gap]
    return (
        f"ln: harm {_signed(logs.harm)}, risk {_signed(logs.risk)}, gap {_signed(logs.gap)}, "
        f"together {_signed(sum(parts))}"
    )


def _weightings(duel: Duel) -> str:
    """Say under which weights an item is ahead of another, and where the two change places."""
    if not any(vars(duel.logs).values()):
        return "The same factors: level under all weights, so the ids decide."
    if duel.share in (0, 1):
        side, less = ("ahead", "less") if duel.share else ("behind", "more")
        return f"{duel.item} is {side} under all weights: no factor is {less}. {_draws(duel)}"
    return f"{duel.item} is ahead {words.weightings(duel.share)}. {_swap(duel)} {_draws(duel)}"


def _swap(duel: Duel) -> str:
    """Say by how much one weight alone makes two items tie, and the nearest weights that do."""
    near = sorted(duel.alone.items(), key=lambda pair: (abs(pair[1] - 1), pair[0]))
    if not duel.distance or duel.swap is None:
        return f"Level: any change of {and_list((name for name, _ in near), last='or')} decides."
    alone = ""
    if near:
        (name, count), *rest = near
        times = [f"{name} counted {decimals(count)} times as much"]
        times += [f"{name} {decimals(count)}" for name, count in rest]
        alone = f"They change places if {and_list(times, last='or')}. "
    weights = vars(duel.swap).items()
    at = ", ".join(f"{name} {decimals(count)}" for name, count in weights)
    return f"{alone}Nearest tie: {at}, which is {decimals(duel.distance)} from 1, 1, 1."


def _draws(duel: Duel) -> str:
    if duel.draws == "either":
        sure = duel.share in (0, 1)
        return f"{'Moved bands' if sure else 'Some weightings'} of the study change that."
    return "No weighting of the study changes that."


def _study(rank: Rank, proof: Proof, review: Review) -> str:
    study = review.study
    low, high = study.exponents
    taken = f"it always takes place {rank.best}"
    if rank.best != rank.worst:
        apart = rank.worst - rank.best
        taken = f"it takes places {rank.best} to {rank.worst}, {apart} apart"
    return (
        f"Study: in {study.draws} weightings (seed {study.seed}; exponents {low:g} to {high:g}, "
        f"bands moved by up to {words.percent(study.bands)}) {taken}: {rank.place}, which means "
        f"{_FIRM[rank.place]}. It is among the first five in {words.percent(rank.top_five)}. "
        f"Exact: no weighting of the study puts it before place {proof.first} or after place "
        f"{proof.last}."
    )


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+' if value > 0 else ''}{decimals(abs(value))}"


def decimals(value: float) -> str:
    """Write a number to four decimals at most."""
    text = f"{abs(value):.4f}".rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 and text != "0" else text


def exact(value: float) -> str:
    """Write a number to its last digit, without a trailing `.0`."""
    return f"{value:.17g}" if value != round(value, 6) else f"{value:g}"
