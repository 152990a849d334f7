"""What evaluations can claim: bounds of each pass rate, of the worst slice, and cases needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import Analysed, Analysis
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.quantity import parse, show
from readiness.model.text import and_list
from readiness.stats.exact import clopper_pearson, incomplete_beta
from readiness.stats.histogram import Interval
from readiness.stats.proportions import ALPHA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

_SLICES = ("intent", "locale", "policy", "probe")
_MOST = 10_000_000  # cases; what needs more is not shown by testing
_FEWEST = 30  # cases of a slice under which a note says that it tells little
_BOTH = ("guardrail.false_positive", "guardrail.false_negative")


class _Kind(NamedTuple):
    """A rate: whether more of it is good, and the parameter of the launch that claims it."""

    good: bool
    claim: str
    negated: bool = False


_KINDS = {
    "pass_rate": _Kind(good=True, claim="eval_pass_rate"),
    "guardrail.false_positive": _Kind(good=False, claim="guardrail_false_blocks"),
    "guardrail.false_negative": _Kind(good=False, claim="guardrail_block_rate", negated=True),
    "attack.success": _Kind(good=False, claim="attack_success"),
}


class _Rate(NamedTuple):
    """A rate of one slice of one file, with its exact interval."""

    fact: Fact
    file: str
    cases: int
    hits: int
    bounds: Interval

    @property
    def kind(self) -> _Kind:
        return _KINDS[self.fact.metric]

    @property
    def bad_end(self) -> float:
        return self.bounds.low if self.kind.good else self.bounds.high

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted((*self.fact.labels, ("file", self.file))))


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Bound every rate; of each file the worst slice, and the cases that the claim needs."""
    told = [e for e in evidence if any(_is_rate(e, fact) for fact in e.facts)]
    used = [e for e in told if all(p.kind == "warning" for p in e.problems)]
    if not used:
        message = "no evaluation proves anything"
        if not told:
            message = "no evaluation with a number of cases is linked"
        help_ = "link results of promptfoo, Inspect, deepeval or garak, or a guardrail sheet"
        problem = Problem("inconclusive", "no-evaluations", message, Location(path), help_)
        return Analysed((), (problem,), Strength.claimed)
    found = [_rate(e, fact) for e in used for fact in e.facts if _is_rate(e, fact)]
    rates = list(
        {(rate.fact.metric, rate.labels, rate.hits, rate.cases): rate for rate in found}.values()
    )
    facts = [fact for rate in rates for fact in _facts(rate, _claim(launch, rate.kind))]
    facts += _worst(rates)
    problems = [_unused(e) for e in told if e not in used]
    problems += [*_lacking(launch, path, rates), *_small(rates), *_below(rates)]
    return Analysed(tuple(facts), tuple(problems), min(e.strength for e in used))


def _is_rate(evidence: Evidence, fact: Fact) -> bool:
    """Tell whether a fact is a rate over cases; those of a test suite are no sample of anything."""
    number = isinstance(fact.value, int | float) and not isinstance(fact.value, bool)
    known = fact.metric in _KINDS and bool(fact.samples) and evidence.reader != "junit"
    return known and number and 0 <= float(fact.value) <= 1


def _rate(evidence: Evidence, fact: Fact) -> _Rate:
    cases = fact.samples or 1
    hits = min(cases, round(float(fact.value) * cases))
    return _Rate(fact, evidence.path, cases, hits, clopper_pearson(hits, cases))


def _facts(rate: _Rate, claim: float | None) -> Iterator[Fact]:
    def fact(metric: str, value: float, unit: str) -> Fact:
        return Fact(metric, value, unit, rate.fact.at, rate.labels, rate.cases, "derived")

    yield fact(f"{rate.fact.metric}.low", rate.bounds.low, "ratio")
    yield fact(f"{rate.fact.metric}.high", rate.bounds.high, "ratio")
    if claim is not None and (needed := cases_needed(rate.hits, rate.cases, claim, rate.kind.good)):
        yield fact(f"{rate.fact.metric}.needed", needed, "")


def cases_needed(hits: int, cases: int, claim: float, good: bool) -> int:
    """Return how many cases, with the rate that was seen, show a claim; 0 if none do.

    Without a single failure that is n with cⁿ ≤ 0.025, close to 3.7 ⁄ (1 − c); by the rule of three
    3 ⁄ (1 − c) would do one-sided (Hanley and Lippman-Hand 1983, JAMA 249:1743).

    Args:
        hits: how many cases passed (or went wrong, where less is good).
        cases: number of cases.
        claim: the rate that is claimed, 0 to 1: at least it, or at most.
        good: whether more is good.
    """
    bad = cases - hits if good else hits
    limit = 1 - claim if good else claim
    if not 0 < limit < 1 or bad / cases >= limit:
        return 0

    share = bad / cases

    def shown(number: int) -> bool:  # the upper end is at most the limit
        wrong = share * number
        return incomplete_beta(limit, wrong + 1, number - wrong) >= 1 - ALPHA / 2

    low, high = 0, 1
    while not shown(high):
        low, high = high, high * 2
        if high > _MOST:
            return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle, high)
    return high


def _claim(launch: Launch, kind: _Kind) -> float | None:
    """Return the rate that the launch claims, None where it claims none."""
    written = launch.parameters.get(kind.claim)
    try:
        quantity = parse(written) if written is not None else None
    except ValueError:
        return None
    if quantity is None or quantity.dimension != "ratio":
        return None
    value = float(quantity.value)
    return 1 - value if kind.negated else value


def _worst(rates: list[_Rate]) -> Iterator[Fact]:
    """Yield, by file, metric and kind of slice, the slice of which least can be claimed."""
    groups: dict[tuple[str, str, str], list[_Rate]] = {}
    for rate in rates:
        for name in _SLICES:
            if name in dict(rate.fact.labels):
                groups.setdefault((rate.file, rate.fact.metric, name), []).append(rate)
    for (_, metric, name), group in groups.items():
        good = group[0].kind.good
        worst = (min if good else max)(group, key=lambda rate: rate.bad_end)
        labels = tuple(sorted((*worst.labels, ("by", name))))
        at, end = worst.fact.at, worst.bad_end
        yield Fact(f"{metric}.worst", end, "ratio", at, labels, worst.cases, "derived")


def _lacking(launch: Launch, path: str, rates: list[_Rate]) -> Iterator[Problem]:
    """Yield launch locales without a slice, and guardrails measured in one direction."""
    metrics = {rate.fact.metric for rate in rates}
    seen = {dict(rate.fact.labels).get("locale") for rate in rates}
    missing = [locale for locale in launch.locales if locale not in seen]
    if missing:
        message = f"no evaluation has a slice for {and_list(missing)}"
        help_ = "give each case its locale, as in `vars` or `metadata`, written as in the launch"
        yield Problem(
            "inconclusive", "no-slice", message, Location(path, pointer="/locales"), help_
        )
    one = [metric for metric in _BOTH if metric in metrics]
    if len(one) == 1:
        message = f"of the guardrails only {one[0].partition('.')[2].replace('_', ' ')}s are known"
        help_ = "a guardrail that blocks all, or none, is right in one direction: measure both"
        yield Problem("inconclusive", "one-direction", message, Location(path), help_)


def _small(rates: list[_Rate]) -> Iterator[Problem]:
    few = [rate for rate in rates if rate.cases < _FEWEST]
    if few:
        least = min(few, key=lambda rate: rate.cases)
        told = _told(least)
        ends = f"{show(least.bounds.low, 'ratio')} to {show(least.bounds.high, 'ratio')}"
        message = f"{len(few)} rates have under {_FEWEST} cases; {told} of {least.cases} is {ends}"
        yield Problem("warning", "few-cases", message, least.fact.at, "add cases")


def _below(rates: list[_Rate]) -> Iterator[Problem]:
    """Yield slices that are worse than the whole of their file beyond chance."""
    for rate in rates:
        names = dict(rate.fact.labels)
        own = [name for name in _SLICES if name in names]
        rest = tuple((k, v) for k, v in rate.fact.labels if k not in own)
        whole = [r for r in rates if (r.file, r.fact.metric, r.fact.labels)
                 == (rate.file, rate.fact.metric, rest)]  # fmt: skip
        if not own or not whole:
            continue
        low, high = rate.bounds, whole[0].bounds
        if low.high < high.low if rate.kind.good else low.low > high.high:
            message = f"{_told(rate)} is worse than the whole of {rate.file}, beyond chance"
            yield Problem("warning", "worse-slice", message, rate.fact.at, "look at its failures")


def _told(rate: _Rate) -> str:
    names = " ".join(value for _, value in rate.fact.labels)
    return f"{rate.fact.metric} of {names}" if names else rate.fact.metric


def _unused(evidence: Evidence) -> Problem:
    reason = next(p.message for p in evidence.problems if p.kind != "warning")
    message = f"{evidence.path} is left out: {reason}"
    return Problem("warning", "left-out", message, Location(evidence.path), "mend it")


def _metrics() -> Iterator[tuple[str, str, str]]:
    for metric, kind in _KINDS.items():
        which = "at least" if kind.good else "at most"
        claim = f"1 − {kind.claim}" if kind.negated else kind.claim
        yield f"{metric}.low", "ratio", "lower end of its exact 95 % interval; label file, slice"
        yield f"{metric}.high", "ratio", "upper end; label file, slice"
        yield f"{metric}.worst", "ratio", "bad end of the worst slice; label by, file, slice"
        yield f"{metric}.needed", "", f"cases to show {which} `{claim}`; label file, slice"


ANALYSIS = Analysis(
    id="eval-confidence",
    title="What evaluations can claim",
    run=run,
    metrics=tuple(_metrics()),
    formula="For k of n cases the exact interval of Clopper and Pearson: its ends are the rates "
    "at which k or more, or k or fewer, have a chance of 2.5 %. With no failure in n cases the "
    "rate of failures is at most 1 − 0.025^(1⁄n), about 3.7 ⁄ n (the rule of three, 3 ⁄ n, is its "
    "one-sided form). Cases needed: the least n at which the seen rate would show what the launch "
    "claims in the parameter named. Worst: the slice (locale, intent, policy, probe) of which "
    "least can be claimed. An item that asks for confidence uses Wilson's interval, which is "
    "mostly a little narrower, and a little wider where none of 46 or more cases failed",
    source="Clopper and Pearson 1934, Biometrika 26:404; "
    "Hanley and Lippman-Hand 1983, JAMA 249:1743",
    example="pass_rate.worst >= 80 %",
)
