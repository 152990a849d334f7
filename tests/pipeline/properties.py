"""What must hold of reviews, as plain checks: hypothesis draws worlds for them, and the seeded bugs
must make them fail. Each raises AssertionError and nothing else where a property is broken."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from readiness.errors import InputError, Location
from readiness.evaluation.evaluate import Gathered, evaluate
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Strength
from readiness.model.plan import Bound, Check
from readiness.model.review import CREDIT, ItemResult, RequirementResult, Review
from readiness.model.serial import dump, load
from readiness.rendering.format import FORMATS, Style

from .worlds import DAY, FAULTS, VERDICTS, Item, Need, Ruling, Run, World, reviewed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RANKS = {verdict: place for place, verdict in enumerate(VERDICTS)}


def item_of(review: Review, item_id: str) -> ItemResult:
    return next(item for item in review.items if item.id == item_id)


def assert_not_better(before: Review, after: Review) -> None:
    """No outcome, no credit, no score and no decision went up."""
    assert RANKS[after.decision] <= RANKS[before.decision], f"{before.decision} to {after.decision}"
    assert after.score.exact <= before.score.exact
    assert after.score.readiness <= before.score.readiness
    for item in before.items:
        now = item_of(after, item.id)
        if item.outcome is not None:
            assert now.outcome is not None, f"{item.id} does not apply any more"
            assert CREDIT[now.outcome] <= CREDIT[item.outcome], f"{item.outcome} to {now.outcome}"
            assert now.credit <= item.credit


def check_faults_decide(world: World, faults: Mapping[str, str]) -> Review:
    """Exactly the faulty items are unproven, and they alone decide; 100 means that none is."""
    broken = world
    for item_id, fault in faults.items():
        broken = FAULTS[fault][1](broken, item_id)
    review = reviewed(broken)
    for item in review.items:
        wanted = FAULTS[faults[item.id]][0] if item.id in faults else "proven"
        assert item.outcome == wanted, f"{item.id}: {item.outcome}, and not {wanted}"
        assert (item.credit == 1) == (wanted == "proven")
        assert item.credit <= CREDIT[wanted]
    blockers = {item.id for item in world.items if item.gate == "blocker"}
    expected = "NO-GO" if blockers & set(faults) else "GO WITH CONDITIONS" if faults else "GO"
    assert review.decision == expected
    assert 0 <= review.score.readiness <= 100
    assert review.score.readiness <= review.score.exact <= 100
    assert (review.score.readiness == 100) == (not faults)
    assert set(review.score.held_by) == blockers & set(faults)
    weights = {item.id: item.weight for item in review.items}
    unproven = sum(weights[item_id] * (1 - CREDIT[FAULTS[fault][0]]) for item_id, fault in faults.items())
    most = 100 * (1 - unproven / sum(weights.values()))
    assert review.score.exact <= most + 1e-9, "what proves nothing was left out of the sum"
    return review


def check_adding_never_helps(world: World, path: str, run: Run) -> None:
    """One more run under a glob, which fails, helps nothing."""
    assert_not_better(reviewed(world), reviewed(world.with_files(**{path: run})))


def check_removing_never_helps(world: World, path: str) -> None:
    """Without a file that a requirement names, or without the only good run, nothing is better."""
    assert_not_better(reviewed(world), reviewed(world.without_file(path)))


def check_worst_run_counts(runs: Sequence[Run]) -> None:
    """The credit of several runs under one glob is that of the worst one alone."""
    item = Item("RUN-01", (Need("evidence/*.json"),))
    files = {f"evidence/{number}.json": run for number, run in enumerate(runs)}
    together = item_of(reviewed(World((item,), files)), item.id)
    alone = [item_of(reviewed(World((item,), {path: run})), item.id) for path, run in files.items()]
    assert together.credit == min(one.credit for one in alone)
    assert (together.outcome == "proven") == all(one.outcome == "proven" for one in alone)


def check_ruling_earns_nothing(world: World, ruling: Ruling) -> None:
    """People's decisions change no outcome and no score, and never make a GO of something open."""
    before, after = reviewed(world), reviewed(world.with_rulings(ruling))
    assert after.score.exact == before.score.exact
    assert after.score.readiness == before.score.readiness
    assert after.score.coverage == before.score.coverage
    for item in before.items:
        assert item_of(after, item.id).outcome == item.outcome
        assert item_of(after, item.id).credit == item.credit
    if any(item.open for item in after.items):
        assert after.decision != "GO"
    closed = {ruling.item} if item_of(before, ruling.item).open else set()
    assert set(before.score.held_by) - set(after.score.held_by) <= closed


def check_valid_ruling_conditions(world: World, ruling: Ruling, fault: str) -> None:
    """A record that holds turns the NO-GO of its only open blocker into a GO WITH CONDITIONS."""
    review = reviewed(FAULTS[fault][1](world, ruling.item).with_rulings(ruling))
    assert review.decision == "GO WITH CONDITIONS"
    assert review.records[0].status == "active"


def check_record_counts_as_absent(world: World, ruling: Ruling, status: str) -> None:
    """A record that does not hold changes nothing but the list of records."""
    without, review = reviewed(world), reviewed(world.with_rulings(ruling))
    assert [record.status for record in review.records] == [status]
    assert dump(replace(review, records=())) == dump(without)


def check_deferred_blocker_refused(world: World, item_id: str) -> None:
    """A blocker cannot be deferred."""
    try:
        review = reviewed(world.with_rulings(Ruling(item_id, kind="deferred")))
    except InputError as error:
        assert [d.code for d in error.diagnostics] == ["blocker-deferred"]
    else:
        raise AssertionError(f"a deferred blocker was accepted: {review.decision}")


def check_order_is_free(world: World, items: Sequence[int], files: Sequence[str]) -> None:
    """The order of items and of files on disk is in no byte but the places in the checklist."""
    other = replace(
        world,
        items=tuple(world.items[index] for index in items),
        files={path: world.files[path] for path in files},
    )
    assert normal(reviewed(other)) == normal(reviewed(world))


def normal(review: Review) -> Any:
    """Return a review's JSON without lines of the checklist, which differ with its order."""
    return json.loads(dump(review), object_hook=_unplaced)


def _unplaced(node: dict[str, Any]) -> dict[str, Any]:
    if node.get("path") == "list.yaml":
        return {key: value for key, value in node.items() if key in ("path", "pointer", "id")}
    return node


def check_later_never_proves_more(world: World, first: date, days: int) -> None:
    """Evidence does not get better with time."""
    assert_not_better(reviewed(world, first), reviewed(world, first + timedelta(days=days)))


def check_never_proves(world: World, item_id: str) -> None:
    """The item is not proven, and the review not a GO."""
    review = reviewed(world)
    assert item_of(review, item_id).outcome != "proven"
    assert item_of(review, item_id).credit < 1
    assert review.score.readiness < 100
    assert review.decision != "GO"


def check_tighter_never_helps(value: float, pairs: Sequence[tuple[str, str]]) -> None:
    """A tighter limit is met by no more than a looser one."""
    expectations = [text for pair in pairs for text in pair]
    found = outcomes_of({"evidence/f.json": Run(p95=value)},
                        [Need("evidence/f.json", (text,)) for text in expectations])  # fmt: skip
    for loose, tight in zip(found[::2], found[1::2], strict=True):
        assert tight.credit <= loose.credit
        assert CREDIT[tight.outcome or "missing"] <= CREDIT[loose.outcome or "missing"]


def check_units_are_equal(values: Sequence[tuple[Any, str]], limits: Iterable[str]) -> None:
    """The same quantities in other units give the same outcome."""
    files = {f"evidence/{index}.json": Run(p95=value) for index, (value, _) in enumerate(values)}
    needs = [
        Need(path, (f"p95 <= {limit}",), unit)
        for path, (_, unit) in zip(files, values, strict=True)
        for limit in limits
    ]
    outcomes = {item.outcome for item in outcomes_of(files, needs)}
    assert len(outcomes) == 1, outcomes


def outcomes_of(files: dict[str, Run], needs: Sequence[Need]) -> list[ItemResult]:
    """Review a launch with one blocker for each requirement."""
    items = [Item(f"IT-{number:03d}", (need,)) for number, need in enumerate(needs)]
    return list(reviewed(World(tuple(items), files)).items)


def check_renders_again(review: Review) -> None:
    """Every report of the saved review is that of the run."""
    text = dump(review)
    saved = load(text.encode(), "review.json")
    assert dump(saved) == text
    for name, form in FORMATS.all.items():
        for style in (Style(), Style(colour=True, width=100)) if not form.binary else ():
            assert form.render(saved, style) == form.render(review, style), name


def check_path_turns(world: World, faults: Mapping[str, str]) -> None:
    """Mending the steps of the path turns the decision; mending all but one does not."""
    broken = world
    for item_id, fault in faults.items():
        broken = FAULTS[fault][1](broken, item_id)
    path = reviewed(broken).path_to_go
    steps = {step.item for step in path.steps}
    assert _mended(world, faults, steps).decision == path.becomes != "NO-GO"
    assert set(path.without) == steps
    for left_out in steps:
        verdict = _mended(world, faults, steps - {left_out}).decision
        assert verdict == path.without[left_out] == "NO-GO", left_out
    assert path.effort_days == sum(step.effort_days for step in path.steps)
    assert path.earliest == max((step.done_by for step in path.steps), default=None)
    assert all(step.done_by.weekday() < 5 for step in path.steps)


def _mended(world: World, faults: Mapping[str, str], items: set[str]) -> Review:
    for item_id, fault in faults.items():
        if item_id not in items:
            world = FAULTS[fault][1](world, item_id)
    return reviewed(world)


def check_ranking(review: Review) -> None:
    """Every open item has one place: unheld blockers first, then by priority; ranges hold places."""
    ranks, items = review.ranking, {item.id: item for item in review.items}
    assert sorted(rank.item for rank in ranks) == sorted(i.id for i in review.items if i.open)
    assert [rank.rank for rank in ranks] == list(range(1, len(ranks) + 1))
    first = [not items[r.item].holds and items[r.item].gate == "blocker" for r in ranks]
    assert first == sorted(first, reverse=True), "an open blocker stands behind something else"
    for group in (True, False):
        priorities = [r.priority for r, urgent in zip(ranks, first, strict=True) if urgent is group]
        assert priorities == sorted(priorities, reverse=True)
    split = sum(first)
    for rank, urgent in zip(ranks, first, strict=True):
        assert 1 <= rank.best <= rank.rank <= rank.worst <= len(ranks)
        assert rank.worst <= split if urgent else rank.best > split
        assert 0 <= rank.top_five <= 1
        assert (rank.top_five == 1) == (rank.worst <= 5)
        assert (rank.place == "firm") == (rank.worst - rank.best <= 2)


def requirement(expect: str, facts: Sequence[Fact], *, confident: bool = False,
                needs: Strength = Strength.claimed, strength: Strength = Strength.drilled,
                ) -> RequirementResult:  # fmt: skip
    """Judge some facts by one expectation, in memory."""
    expectation = parse_expectation(expect)
    at = Location("list.yaml", 1, 1)
    bound = Bound("path f", ("f",), (), None, None, needs, None, confident,
                  (Check(expectation, "", at),), at)  # fmt: skip
    evidence = Evidence("f", (), "json", strength, tuple(facts), ())
    return evaluate(Gathered(bound, (evidence,), ()), DAY)


def check_hollow_never_proves(expect: str, value: float, samples: int | None, unit: str) -> None:
    """A number that is none, or that no sample stands behind, meets no expectation."""
    hollow = not math.isfinite(value) or (samples is not None and samples <= 0)
    assert hollow, "the example is no example"
    metric = parse_expectation(expect).metric
    fact = Fact(metric, value, unit, Location("f", 1), (), samples)
    result = requirement(expect, [fact])
    assert result.outcome != "proven"
    assert result.credit == 0
