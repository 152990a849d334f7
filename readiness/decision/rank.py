"""What to fix first: priority = user harm × launch risk × operational gap, and how firm that is."""

from __future__ import annotations

import math
import random
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.dominance import LEAST, factors, logs, neighbour, share
from readiness.model.rank import Rank, Study

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.model.review import ItemResult

STUDY = Study(seed=20_240, draws=400, exponents=(0.5, 1.5), bands=0.3)
TOP = 5
FIRM_SPREAD = 2


class Exponents(NamedTuple):
    """How much harm, risk and gap count, 0 to 10: harm^a × risk^b × gap^c. All 1 is the ranking."""

    harm: float = 1.0
    risk: float = 1.0
    gap: float = 1.0


EQUAL = Exponents()


def priority(item: ItemResult, exponents: Exponents = EQUAL) -> float:
    """Return harm^a × risk^b (as a fraction) × gap^c: the expected harm that is left unproven.

    Other exponents than 1 give nine significant digits, so that no order hangs on the last bits of
    a power.
    """
    if exponents == EQUAL:
        return item.harm_weight * item.risk_weight / 100 * item.gap
    return float(f"{math.prod(map(power, factors(item), exponents)):.9g}")


def power(base: float, exponent: float) -> float:
    """Return base^exponent: for whole and quarter exponents the same bits on every machine.

    Products and square roots are rounded alike everywhere (IEEE 754); libraries differ in the last
    bits of other powers. The page's own what-if takes quarters alone and computes them like this.
    """
    if exponent * 4 % 1:
        return base**exponent
    whole, quarters = divmod(int(exponent * 4), 4)
    root = math.sqrt(math.sqrt(base))
    return math.prod([*repeat(base, whole), *repeat(root, quarters)], start=1.0)


def ordered(items: Iterable[ItemResult], exponents: Exponents = EQUAL) -> list[ItemResult]:
    """Return the open items: blockers that nothing holds first, then by priority, then by id."""
    return sorted(
        (item for item in items if item.open),
        key=lambda i: (not i.waits, -priority(i, exponents), i.id),
    )


def rank(items: Sequence[ItemResult], study: Study = STUDY) -> tuple[Rank, ...]:
    """Rank the open items: blockers that nothing holds first, then by priority, then by id.

    The study draws exponents for harm, risk and gap, uniform in `exponents`, and shifts each band
    of harm and risk by a factor uniform in 1 ± `bands`; it gives every item its best and worst
    place and its chance to be among the first five (SMAA; Lahdelma and Salminen 2001). A place is
    firm when best and worst are at most two apart. Ties are broken by chance in each draw, so items
    of equal weight share their range.
    """
    ranked = ordered(items)
    places = _study(ranked, study)
    return tuple(
        Rank(
            index + 1,
            item.id,
            priority(item),
            min(seen),
            max(seen),
            sum(place <= TOP for place in seen) / len(seen),
            "firm" if max(seen) - min(seen) <= FIRM_SPREAD else "contested",
            share(logs(item, after)) if (after := neighbour(ranked, index, 1)) else None,
        )
        for index, (item, seen) in enumerate(zip(ranked, places, strict=True))
    )


def _study(ranked: Sequence[ItemResult], study: Study) -> list[list[int]]:
    """Return for each item its place in each draw."""
    random_ = random.Random(study.seed)  # noqa: S311 - a study, not a secret
    uniform = random_.uniform
    first = [not item.waits for item in ranked]
    harms = sorted({item.harm_weight for item in ranked})
    risks = sorted({item.risk_weight for item in ranked})
    logs = [
        (harms.index(i.harm_weight), risks.index(i.risk_weight), math.log(factors(i)[2]))
        for i in ranked
    ]
    places: list[list[int]] = [[] for _ in ranked]
    order = range(len(ranked))
    for _ in range(study.draws):
        a, b, c = (uniform(*study.exponents) for _ in range(3))
        harm = [
            a * math.log(max(w, LEAST) * uniform(1 - study.bands, 1 + study.bands)) for w in harms
        ]
        risk = [
            b * math.log(max(w, LEAST) * uniform(1 - study.bands, 1 + study.bands)) for w in risks
        ]
        chance = [random_.random() for _ in order]
        value = [harm[h] + risk[r] + c * gap for h, r, gap in logs]
        drawn = sorted(order, key=lambda i: (first[i], -value[i], chance[i]))
        for place, index in enumerate(drawn, 1):
            places[index].append(place)
    return places
