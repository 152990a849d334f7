"""Bugs put into the deciding core on purpose: each must break a property, by an AssertionError.

The checks of the properties are run on worlds that are wrong in exactly one respect. What a bug makes
crash in another way does not count as found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from readiness import assemble, pipeline
from readiness.decision import decide, path, rank, records, score
from readiness.evaluation import compare, confidence, evaluate, void
from readiness.loading import load as loading
from readiness.model.evidence import Evidence
from readiness.model.fact import Strength
from readiness.model.quantity import Quantity
from readiness.model.review import CREDIT, ItemResult

from . import properties as check
from .test_properties import VOID, shared_file_world
from .worlds import (
    BLOCKERS,
    DAY,
    FAULTS,
    IDS,
    OWNER,
    Item,
    Need,
    Ruling,
    Run,
    World,
    go_world,
    reviewed,
    wrong,
)

Check = Callable[[], object]


def battery() -> Iterator[tuple[str, Check]]:
    """The checks on targeted worlds, the quickest to find something first."""
    world = go_world()
    yield "everything proven", lambda: check.check_faults_decide(world, {})
    for fault in FAULTS:
        yield f"decides: {fault}", lambda f=fault: check.check_faults_decide(world, {"LOAD-01": f})  # type: ignore[misc]
    yield "one of two", lambda: check.check_faults_decide(world, {"BOTH-01": "failing"})
    yield "deferrable", lambda: check.check_faults_decide(world, {"LATER-01": "failing"})
    yield "nearly 100", lambda: check.check_faults_decide(world, {"LATER-01": "stale"})
    for op in ("<=", ">=", "!=", "is", "in"):
        for value in (math.nan, math.inf, -math.inf):
            yield f"hollow {op} {value}", lambda o=op, v=value: check.check_hollow_never_proves(f"p95 {o} 0", v, None, "")  # type: ignore[misc]
        yield f"no samples {op}", lambda o=op: check.check_hollow_never_proves(f"cases {o} 5", 5.0, 0, "")  # type: ignore[misc]
    yield "NaN is no word", lambda: check.check_hollow_never_proves("verdict != fail", math.nan, None, "")
    yield from _records(world)
    yield from _runs(world)
    yield "order of items", lambda: check.check_order_is_free(shared_file_world(), [5, 4, 3, 2, 1, 0], sorted(world.files))
    yield "order of files", lambda: check.check_order_is_free(world, range(5), sorted(world.files)[::-1])
    yield "units", lambda: check.check_units_are_equal(((420, "ms"), (420_000, "us"), ("0.42 s", "")), ("800 ms", "0.8 s"))
    yield "tighter", lambda: check.check_tighter_never_helps(500, [("p95 <= 800 ms", "p95 < 500 ms"), ("p95 <= 500 ms", "p95 < 500 ms")])
    yield "path", lambda: check.check_path_turns(world, {"LOAD-01": "failing", "BOTH-01": "stale", "LATER-01": "missing"})
    yield "ranking", lambda: check.check_ranking(reviewed(ranked_world()))
    yield "later", lambda: check.check_later_never_proves_more(world, DAY, 40)


def _records(world: World) -> Iterator[tuple[str, Check]]:
    broken = wrong("failing", "LOAD-01")
    day = timedelta(days=1)
    absent = {
        "expired yesterday": (Ruling("LOAD-01", expires=DAY - day), "expired"),
        "approved tomorrow": (Ruling("LOAD-01", approved=DAY + day), "not-yet"),
        "by the owner": (Ruling("LOAD-01", approver=f" {OWNER.title()}"), "self-approved"),
        **{f"void {text}": (Ruling("LOAD-01", void_if=text), "void") for text in VOID},
    }
    weak = wrong("too weak", "LOAD-01")
    for name, (ruling, status) in absent.items():
        base = weak if status == "void" else broken
        yield f"record {name}", lambda b=base, r=ruling, s=status: check.check_record_counts_as_absent(b, r, s)  # type: ignore[misc]
    last = Ruling("LOAD-01", approved=DAY, expires=DAY, void_if="errors > 0.5 %")
    yield "record of today", lambda: check.check_valid_ruling_conditions(world, last, "failing")
    for name in ("a", "b", "c"):
        hiding = world.with_files(**{f"evidence/{name}.json": Run(errors=0.5)}).with_rulings(
            Ruling("BOTH-01", void_if="errors > 10 %"))  # fmt: skip
        yield f"hidden from void_if: {name}", lambda h=hiding, n=name: check.check_removing_never_helps(h, f"evidence/{n}.json")  # type: ignore[misc]
    for kind in ("waived", "not-applicable", "sign-off"):
        for fault in ("failing", "stale"):
            yield f"{kind} {fault}", lambda k=kind, f=fault: check.check_ruling_earns_nothing(wrong(f, "LOAD-01"), Ruling("LOAD-01", kind=k))  # type: ignore[misc]
    yield "deferred", lambda: check.check_deferred_blocker_refused(broken, "LOAD-01")
    signed = broken.with_rulings(Ruling("LOAD-01", kind="sign-off"))
    yield "sign-off", lambda: _no_go(signed)
    yield "other item", lambda: _no_go(broken.with_rulings(Ruling("RUNS-01")))


def _no_go(world: World) -> None:
    assert reviewed(world).decision == "NO-GO"


def _runs(world: World) -> Iterator[tuple[str, Check]]:
    fails, stale = Run(p95=900), Run(made="2026-01-01")
    for name, several in {"fails last": (Run(), fails), "fails first": (fails, Run()),
                          "stale": (Run(), stale), "both": (fails, stale)}.items():  # fmt: skip
        yield f"worst run, {name}", lambda s=several: check.check_worst_run_counts(s)  # type: ignore[misc]
    for name in ("b", "c"):
        yield f"removing {name}", lambda n=name: check.check_removing_never_helps(world, f"evidence/{n}.json")  # type: ignore[misc]
        yield f"missing {name}", lambda n=name: check.check_never_proves(world.without_file(f"evidence/{n}.json"), "BOTH-01")  # type: ignore[misc]
    yield "adding", lambda: check.check_adding_never_helps(world, "evidence/runs/zz.json", fails)
    held = wrong("few samples", "RUNS-01")
    yield "adding to a doubt", lambda: check.check_adding_never_helps(held, "evidence/runs/zz.json", Run(raw=b"{"))
    for fault in ("stale", "few samples", "failing"):
        for item in BLOCKERS:
            broken = wrong(fault, item)
            if not broken.item(item).needs[0].path.endswith("*.json"):
                name = broken.first_file(item)
                yield f"removing {fault} {item}", lambda b=broken, n=name: check.check_removing_never_helps(b, n)  # type: ignore[misc]


def ranked_world() -> World:
    needs = (Need("evidence/gone.json"),)
    kinds = [("minor", "likely", "blocker"), ("severe", "expected", "deferrable"), ("major", "rare", "blocker"),
             ("moderate", "possible", "blocker"), ("moderate", "possible", "deferrable")]  # fmt: skip
    items = [Item(f"IT-0{n}", needs, gate=g, harm=h, risk=r) for n, (h, r, g) in enumerate(kinds)]
    return World(tuple(items), {})


# Each bug replaces one attribute of the core: (module or class, its attribute, how it goes wrong).
def _old(module: Any, name: str, wrap: Callable[[Any], Any]) -> tuple[Any, str, Any]:
    return module, name, wrap(getattr(module, name))


def _best_of(judge: Any) -> Any:
    def judged(gathered: Any, as_of: Any) -> Any:
        results = [judge(gathered._replace(evidence=(e,)), as_of) for e in gathered.evidence]
        return max(results, key=lambda r: r.credit) if results else judge(gathered, as_of)

    return judged


def _unfindable(old: Any) -> Any:
    def judged(gathered: Any, as_of: Any) -> Any:
        result = old(gathered, as_of)
        if result.outcome != "missing":
            return result
        return replace(result, outcome="proven", credit=1.0)

    return judged


def _only_outcomes(*wanted: str) -> Any:
    return lambda old: lambda items: old([i for i in items if i.outcome in wanted])


def _credited(old: Any) -> Any:
    def result(planned: Any, results: Any, holding: Any, plan: Any) -> Any:
        made = old(planned, results, holding, plan)
        return replace(made, credit=1.0) if made.disposition else made

    return result


def _accepted(old: Any) -> Any:
    def result(planned: Any, results: Any, holding: Any, plan: Any) -> Any:
        made = old(planned, results, holding, plan)
        return replace(made, outcome="proven") if made.disposition else made

    return result


def _skipping(outcome: str) -> Any:
    def wrap(old: Any) -> Any:
        def result(planned: Any, results: Any, holding: Any, plan: Any) -> Any:
            made = old(planned, results, holding, plan)
            return replace(made, outcome=None) if made.outcome == outcome else made

        return result

    return wrap


def _status_never(status: str) -> Any:
    def wrap(old: Any) -> Any:
        def judged(*arguments: Any) -> Any:
            found = old(*arguments)
            return ("active", "") if found[0] == status else found

        return judged

    return wrap


def _expired_a_day_late(old: Any) -> Any:
    def judged(planned: Any, launch: Any, owners: Any, as_of: Any, voided: Any) -> Any:
        found = old(planned, launch, owners, as_of, voided)
        late = as_of - timedelta(days=1) == planned.decision.expires
        return ("active", "") if found[0] == "expired" and late else found

    return judged


def _expired_a_day_early(old: Any) -> Any:
    def judged(planned: Any, launch: Any, owners: Any, as_of: Any, voided: Any) -> Any:
        return ("expired", "") if as_of >= planned.decision.expires else old(planned, launch, owners, as_of, voided)

    return judged


def _without(rule: str) -> Any:
    """Forget the findings of one rule."""
    return lambda old: lambda *a: [f for f in old(*a) if not f.rule.startswith(rule)]


def _no_limit(old: Any) -> Any:
    return lambda check, fact, limit, **k: old(check, fact, Quantity(limit.value, "time", limit.text), **k)


def _unit_blind(old: Any) -> Any:
    def judged(check: Any, fact: Any, limit: Quantity, **keywords: Any) -> Any:
        unit = {"ratio": "ratio", "time": "ms", "number": "", "size": "B"}.get(limit.dimension, fact.unit)
        return old(check, fact._replace(unit=unit), limit, **keywords)

    return judged


def _rounding(old: Any) -> Any:
    def scored(items: Any) -> Any:
        made = old(items)
        return replace(made, readiness=math.ceil(made.exact))

    return scored


def _problems_ignored(old: Any) -> Any:
    return lambda bound, evidence, as_of: old(bound, evidence._replace(problems=()), as_of)


def _last_reading(old: Any) -> Any:
    def listed(gathered: Any, as_of: Any) -> Any:
        first = {e.path: e for parts in gathered.values() for part in parts for e in part.evidence}
        kept = {item: tuple(p._replace(evidence=tuple(first[e.path] for e in p.evidence)) for p in parts)
                for item, parts in gathered.items()}  # fmt: skip
        return old(kept, as_of)

    return listed


def _fresh_a_moment_longer(old: Any) -> Any:
    return lambda bound, evidence, as_of: old(
        bound._replace(fresh_ms=bound.fresh_ms and bound.fresh_ms + 0.01), evidence, as_of)  # fmt: skip


def _short_path(old: Any) -> Any:
    def shortened(items: Any, order: Any, as_of: Any) -> Any:
        made = old(items, order, as_of)
        return replace(made, steps=made.steps[:-1])

    return shortened


def _priority_first(old: Any) -> Any:
    return lambda items, study=rank.STUDY: tuple(
        replace(r, rank=n) for n, r in enumerate(sorted(old(items, study), key=lambda r: -r.priority), 1))  # fmt: skip


def _greedy_decide(old: Any) -> Any:
    def decided(items: Any) -> Any:
        verdict = old(items)
        return "GO" if verdict == "GO WITH CONDITIONS" else verdict

    return decided


def _by_score(_old: Any) -> Any:
    def decided(items: Any) -> Any:
        made = score.score(items)
        return "GO" if made.readiness == 100 else "GO WITH CONDITIONS" if made.readiness >= 70 else "NO-GO"

    return decided


def _hard(old: Any) -> Any:
    return lambda items: "NO-GO" if any(i.open for i in items) else old(items)


def _credit(**changes: float) -> Any:
    return lambda old: {**old, **changes}


def _first_outcome(_old: Any) -> Any:
    return lambda outcomes: outcomes[0]


def _max_credit(old: Any) -> Any:
    def judged(gathered: Any, as_of: Any) -> Any:
        result = old(gathered, as_of)
        return replace(result, credit=max(f.credit for f in result.findings))

    return judged


def _trusting(**changes: Any) -> Any:
    def wrap(old: Any) -> Any:
        return lambda bound, evidence, as_of: old(bound._replace(**changes), evidence, as_of)

    return wrap


def _dimension_is_no_matter(_old: Any) -> Any:
    return lambda expectation, gathered, gives: "" if any(
        compare.compare(check_of(expectation), e.facts, compare_at(e), confident=False).outcome == "failed"
        for g in gathered for e in g.evidence) else "holds"  # fmt: skip


def check_of(expectation: Any) -> Any:
    from readiness.errors import Location
    from readiness.model.plan import Check as Planned

    return Planned(expectation, "", Location(""))


def compare_at(evidence: Evidence) -> Any:
    from readiness.errors import Location

    return Location(evidence.path)


def _true(_old: Any) -> Any:
    return property(lambda _self: True)


def _nothing(_old: Any) -> Any:
    return lambda *_a, **_k: None


def _unchecked(node: Any, loaded: Any, *others: Any) -> Any:
    """`_decisions` without the check of gates."""
    from readiness.loading.build import build
    from readiness.model.decisions import Decisions
    from readiness.model.plan import PlannedDecision

    if node is None:
        return ()
    return tuple(PlannedDecision(d, node.at) for d in build(Decisions, node).decisions)


BUGS: dict[str, list[tuple[Any, str, Any]]] = {
    "accept NaN and zero samples": [_old(compare, "_hollow", _nothing)],
    "zero samples are enough": [_old(compare, "_hollow", lambda old: lambda f: old(f._replace(samples=None)))],
    "accept NaN": [_old(compare, "_hollow", lambda old: lambda f: (
        None if isinstance(f.value, float) and not math.isfinite(f.value) else old(f))),
        (compare, "exact", lambda v: 0 if not math.isfinite(v) else Fraction(repr(v)))],
    "ignore the unit": [_old(compare, "_number", _unit_blind)],
    "never stale": [_old(evaluate, "_freshness", _without("fresh"))],
    "stale a moment too late": [_old(evaluate, "_freshness", _fresh_a_moment_longer)],
    "unknown date is fresh": [_old(evaluate, "_freshness", lambda old: lambda b, e, d: old(b, e, d) if e.produced else [])],
    "the future is fine": [_old(evaluate, "_freshness", _without("produced"))],
    "tomorrow is today": [_old(evaluate, "end_of", lambda old: lambda day: old(day) + timedelta(seconds=2))],
    "strength ignored": [_old(evaluate, "_strength", lambda _old: lambda *_: [])],
    "strength the other way": [_old(evaluate, "_strength", lambda old: lambda b, e: old(
        b._replace(needs=e.strength), e._replace(strength=Strength(b.needs))))],
    "confident ignored": [_old(evaluate, "compare", lambda old: lambda *a, **_: old(*a, confident=False))],
    "samples of a percentile ignored": [_old(compare, "enough_samples", lambda _old: lambda *_a, **_k: "")],
    "problems ignored": [_old(evaluate, "_judge", _problems_ignored)],
    "only invalid counts": [_old(Evidence, "invalid", lambda _old: property(lambda _: False)),
                            _old(evaluate, "_judge", _problems_ignored)],
    "missing counts as proven": [_old(pipeline, "evaluate", _unfindable)],
    "a missing one of two files is ignored": [_old(pipeline, "evaluate", lambda old: lambda g, d: old(
        g._replace(problems=()) if g.evidence else g, d))],
    "no finding is proven": [_old(evaluate, "_observation", lambda old: lambda rule, outcome, *a: old(
        rule, "proven" if a[2] == "no evidence is linked" else outcome, *(("x", *a[1:]) if a[2] == "no evidence is linked" else a))),
        _old(evaluate, "_pattern_finding", lambda _old: lambda b, p: evaluate._observation(
            b.source, "missing", "", "", "no evidence is linked", b.at))],
    "absent metric is proven": [_old(compare, "_absent", lambda old: lambda *a: replace(old(*a), outcome="proven", credit=1.0))],
    "best run counts": [_old(pipeline, "evaluate", _best_of)],
    "first outcome counts": [_old(evaluate, "worst_of", _first_outcome)],
    "first run counts": [_old(pipeline, "evaluate", lambda old: lambda g, d: old(g._replace(evidence=g.evidence[:1]), d))],
    "last run counts": [_old(pipeline, "evaluate", lambda old: lambda g, d: old(g._replace(evidence=g.evidence[-1:]), d))],
    "credit of the best finding": [_old(pipeline, "evaluate", _max_credit)],
    "first requirement counts": [_old(pipeline, "item_result", lambda old: lambda p, r, h, plan: old(p, r[:1], h, plan))],
    "last requirement counts": [_old(pipeline, "item_result", lambda old: lambda p, r, h, plan: old(p, r[-1:], h, plan))],
    "a strict limit is not strict": [_old(compare, "ordered", lambda old: lambda v, op, x: old(v, {"<": "<=", ">": ">="}.get(op, op), x))],
    "a comparison turned round": [_old(compare, "ordered", lambda old: lambda v, op, x: old(x, op, v))],
    "first expectation counts": [_old(evaluate, "_judge", lambda old: lambda b, e, d: old(b._replace(checks=b.checks[:1]), e, d))],
    "a waiver gives credit": [_old(pipeline, "item_result", _credited)],
    "a waiver proves": [_old(pipeline, "item_result", _accepted)],
    "a waived item is left out": [_old(pipeline, "score", lambda old: lambda items: old([i for i in items if not i.disposition]))],
    "a record expires a day late": [_old(records, "_status", _expired_a_day_late)],
    "a record expires a day early": [_old(records, "_status", _expired_a_day_early)],
    "a record never expires": [_old(records, "_status", _status_never("expired"))],
    "a record holds before its day": [_old(records, "_status", _status_never("not-yet"))],
    "self-approval is fine": [_old(records, "_status", _status_never("self-approved"))],
    "void_if ignored": [_old(records, "_status", _status_never("void"))],
    "any failed comparison rules void_if out": [_old(pipeline, "void_reason", _dimension_is_no_matter)],
    "a lost file rules void_if out": [_old(void, "compare", lambda old: old),
        _old(pipeline, "void_reason", lambda old: lambda x, parts, gives: old(
            x, [p._replace(problems=()) for p in parts if p.evidence], lambda *_: False))],
    "every record holds": [(records, "HOLDING", ("active", "expired", "not-yet", "void", "self-approved", "revisit"))],
    "a sign-off holds": [_old(pipeline, "judge", lambda old: lambda decisions, *a: old(
        tuple(p._replace(decision=p.decision.model_copy(update={"kind": "waived"})) for p in decisions), *a))],
    "a record holds for every item": [_old(pipeline, "judge", lambda old: lambda *a: (
        lambda judged: judged._replace(holding=dict.fromkeys(IDS, next(iter(judged.holding.values()), None))))(old(*a)))],
    "a blocker can be deferred": [_old(loading, "_decisions", lambda _old: _unchecked)],
    "inconclusive is skipped": [_old(pipeline, "item_result", _skipping("inconclusive"))],
    "stale is skipped": [_old(pipeline, "item_result", _skipping("stale"))],
    "inconclusive is left out of the score": [_old(pipeline, "score", lambda old: lambda items: old([i for i in items if i.outcome != "inconclusive"]))],
    "missing is left out of the score": [_old(pipeline, "score", lambda old: lambda items: old([i for i in items if i.outcome != "missing"]))],
    "the score is rounded up": [_old(pipeline, "score", _rounding)],
    "failing earns credit": [_old(compare, "CREDIT", _credit(failed=0.1))],
    "stale earns everything": [_old(evaluate, "CREDIT", _credit(stale=1.0))],
    "the score decides": [_old(pipeline, "decide", _by_score)],
    "conditions are a go": [_old(pipeline, "decide", _greedy_decide)],
    "deferrable items block": [_old(pipeline, "decide", _hard)],
    "every item holds": [_old(ItemResult, "holds", _true)],
    "nothing is open": [_old(ItemResult, "open", lambda _old: property(lambda _: False))],
    "stale is not open": [_old(ItemResult, "open", lambda _old: property(lambda i: i.outcome not in (None, "proven", "stale")))],
    "only failures are open": [_old(pipeline, "decide", _only_outcomes("proven", "failed"))],
    "the path leaves one out": [_old(pipeline, "path_to_go", _short_path)],
    "priority alone ranks": [_old(pipeline, "rank", _priority_first)],
    "the order of items decides": [_old(pipeline, "rank", lambda old: lambda items, *a: old(items, *a)[::-1])],
    "the last reading is listed": [_old(pipeline, "evidence_results", _last_reading)],
    "items as written": [(pipeline, "sorted", lambda items, key=None: tuple(items))],
}  # fmt: skip


@contextmanager
def seeded(patches: list[tuple[Any, str, Any]]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for target, name, value in patches:
            patch.setattr(target, name, value, raising=False)
        yield


def killers(patches: list[tuple[Any, str, Any]], *, first: bool = True) -> list[str]:
    """Return the checks that fail by an AssertionError while a bug is in."""
    found = []
    with seeded(patches):
        for name, run in battery():
            try:
                run()
            except AssertionError:
                found.append(name)
                if first:
                    break
            except Exception:  # noqa: BLE001, S112 - a crash is not a property that caught it
                continue
    return found


def test_no_check_fails_without_a_bug() -> None:
    for name, run in battery():
        try:
            run()
        except Exception as error:  # noqa: BLE001
            pytest.fail(f"{name}: {type(error).__name__}: {error}")


@pytest.mark.parametrize("bug", BUGS)
def test_each_seeded_bug_breaks_a_property(bug: str) -> None:
    assert killers(BUGS[bug]), f"the bug survives: {bug}"


def test_there_are_many_bugs_and_each_is_another() -> None:
    assert len(BUGS) >= 40
    assert set(CREDIT) == {outcome for outcome, _ in FAULTS.values()} | {"proven"}
    assert all(hasattr(target, name) or name == "sorted" for p in BUGS.values() for target, name, _ in p)
    assert {assemble, confidence, decide, path} is not None
