"""The invariants of a fail-closed gate, over worlds that start from a GO and are wrong somewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from readiness.errors import InputError
from readiness.model.quantity import DIMENSIONS
from readiness.model.serial import dump

from . import properties as check
from .worlds import (
    BLOCKERS,
    DAY,
    DEFERRABLE,
    FAULTS,
    IDS,
    LIMIT_MS,
    OWNER,
    ZERO,
    Item,
    Need,
    Ruling,
    Run,
    World,
    go_world,
    moment,
    reviewed,
    wrong,
)

ROOT = Path(__file__).resolve().parents[2]
ids = st.sampled_from(IDS)
blockers = st.sampled_from(BLOCKERS)
faults = st.sampled_from(tuple(FAULTS))
some_faults = st.dictionaries(ids, faults, max_size=3)
failing_runs = st.one_of(
    st.builds(Run, p95=st.floats(LIMIT_MS, 1e9, exclude_min=True)),
    st.builds(Run, errors=st.floats(0.01, 1)),
    st.builds(Run, raw=st.binary(max_size=20)),
)
runs = st.one_of(
    failing_runs,
    st.builds(Run, p95=st.floats(0, LIMIT_MS), samples=st.integers(1, 100)),
    st.builds(Run, made=st.integers(-30, -1).map(moment)),
)
rulings = st.builds(
    Ruling,
    item=ids,
    kind=st.sampled_from(("waived", "not-applicable", "sign-off")),
    approver=st.sampled_from(("head-of-ops", OWNER)),
    approved=st.integers(-20, 2).map(lambda days: DAY + timedelta(days=days)),
    expires=st.integers(2, 20).map(lambda days: DAY + timedelta(days=days)),
    void_if=st.sampled_from((None, "p95 > 900 ms", "p95 > 100 ms", "errors > 1", "p99 > 1 ms")),
)


def faulty(world: World, broken: dict[str, str]) -> World:
    for item_id, fault in broken.items():
        world = wrong(fault, item_id, world)
    return world


@given(some_faults)
def test_no_go_while_a_blocker_is_unproven(broken: dict[str, str]) -> None:
    check.check_faults_decide(go_world(), broken)


@given(st.dictionaries(st.sampled_from(DEFERRABLE), faults, min_size=1))
def test_deferrable_items_alone_are_never_no_go(broken: dict[str, str]) -> None:
    assert check.check_faults_decide(go_world(), broken).decision == "GO WITH CONDITIONS"


def test_everything_proven_is_go_and_100() -> None:
    review = check.check_faults_decide(go_world(), {})
    assert (review.decision, review.score.readiness, review.complete) == ("GO", 100, True)
    assert review.score.coverage == review.score.current == 1
    assert review.ranking == ()
    assert review.path_to_go.steps == ()


@given(some_faults, st.sampled_from(("aa", "one-b", "zz")), failing_runs)
def test_adding_evidence_that_fails_never_helps(broken: dict[str, str], name: str, run: Run) -> None:
    check.check_adding_never_helps(faulty(go_world(), broken), f"evidence/runs/{name}.json", run)


@given(st.dictionaries(ids, faults, max_size=2), st.sampled_from(
    ("load", "a", "b", "c", "later", "z", "runs/one", "runs/two")))  # fmt: skip
def test_removing_a_file_never_helps(broken: dict[str, str], name: str) -> None:
    if name.startswith("runs/"):  # a glob names no file: only a good run's removal is told apart
        broken = {item: fault for item, fault in broken.items() if item != "RUNS-01"}
    check.check_removing_never_helps(faulty(go_world(), broken), f"evidence/{name}.json")


@given(st.lists(runs, min_size=1, max_size=3))
def test_the_worst_of_several_runs_counts(several: list[Run]) -> None:
    check.check_worst_run_counts(several)


@given(some_faults, rulings)
def test_people_never_raise_the_score_or_change_an_outcome(broken: dict[str, str], ruling: Ruling) -> None:
    check.check_ruling_earns_nothing(faulty(go_world(), broken), ruling)


@given(some_faults, st.sampled_from(DEFERRABLE))
def test_deferring_never_raises_the_score_or_changes_an_outcome(broken: dict[str, str], item: str) -> None:
    check.check_ruling_earns_nothing(faulty(go_world(), broken), Ruling(item, kind="deferred"))


@given(blockers)
def test_a_blocker_cannot_be_deferred(item: str) -> None:
    check.check_deferred_blocker_refused(wrong("failing", item), item)


@given(blockers, faults, st.sampled_from(("waived", "not-applicable")))
def test_go_with_conditions_when_validly_waived(item: str, fault: str, kind: str) -> None:
    check.check_valid_ruling_conditions(go_world(), Ruling(item, kind=kind), fault)


@given(blockers, faults, rulings)
def test_go_with_conditions_only_when_validly_waived(item: str, fault: str, ruling: Ruling) -> None:
    review = reviewed(wrong(fault, item).with_rulings(ruling))
    status = review.records[0].status
    if ruling.item != item or ruling.kind == "sign-off" or status != "active":
        assert review.decision == "NO-GO"
    assert (status == "not-yet") == (ruling.approved > DAY)
    assert (status == "self-approved") == (ruling.approver == OWNER and ruling.approved <= DAY)
    assert review.decision != "GO"


@given(some_faults, ids, st.integers(1, 60), st.integers(0, 30))
def test_an_expired_record_equals_an_absent_one(broken: dict[str, str], item: str, ago: int, lasted: int) -> None:
    expires = DAY - timedelta(days=ago)
    ruling = Ruling(item, approved=expires - timedelta(days=lasted), expires=expires)
    check.check_record_counts_as_absent(faulty(go_world(), broken), ruling, "expired")


@given(some_faults, ids, st.integers(1, 60))
def test_a_record_of_tomorrow_equals_an_absent_one(broken: dict[str, str], item: str, ahead: int) -> None:
    approved = DAY + timedelta(days=ahead)
    ruling = Ruling(item, approved=approved, expires=approved)
    check.check_record_counts_as_absent(faulty(go_world(), broken), ruling, "not-yet")


@given(some_faults, ids, st.sampled_from((OWNER, "Team Shop", " TEAM-shop ", "@team_shop", "ｔｅａｍ-shop")))
def test_a_record_by_the_owner_equals_an_absent_one(broken: dict[str, str], item: str, who: str) -> None:
    ruling = Ruling(item, approver=who)
    check.check_record_counts_as_absent(faulty(go_world(), broken), ruling, "self-approved")


VOID = ("p95 > 100 ms", "p95 >= 420 ms", "errors < 1 %", "errors = 0.001 ratio", "p99 > 1 s",
        "p95 > 900", "p95 > 900 B", "p95 is 420ms", "p95 in [420ms, 430ms]",
        "p95 != 421 ms")  # fmt: skip


@given(st.sampled_from(VOID), st.sampled_from(("too weak", "stale", "second run fails")))
def test_a_void_record_equals_an_absent_one(void_if: str, fault: str) -> None:
    world = wrong(fault, "LOAD-01")
    check.check_record_counts_as_absent(world, Ruling("LOAD-01", void_if=void_if), "void")


@given(
    st.permutations(range(len(IDS))),
    st.permutations(sorted(go_world().files)),
    st.dictionaries(ids, st.sampled_from(("failing", "stale", "cut off")), max_size=3),
)
def test_order_of_items_and_files_never_changes_the_bytes(items: list[int], files: list[str], broken: dict[str, str]) -> None:
    world = faulty(go_world(), broken)
    check.check_order_is_free(world, items, [path for path in files if path in world.files])


def test_order_is_free_where_two_items_read_one_file_by_two_maps() -> None:
    world = shared_file_world()
    check.check_order_is_free(world, range(len(world.items))[::-1], sorted(world.files))


def shared_file_world() -> World:
    """Two items that read the same file: one by a map that fits, one by a map with a wrong unit."""
    shared = Need("evidence/load.json", unit="ratio", expect=("errors < 1 %",), dated=False)
    return replace(go_world(), items=(*go_world().items, Item("MORE-01", (shared,))))


@given(st.dictionaries(ids, st.sampled_from(("failing", "few samples", "stale")), max_size=2),
       st.integers(-2, 20), st.integers(0, 40))  # fmt: skip
def test_a_later_day_never_proves_more(broken: dict[str, str], start: int, days: int) -> None:
    first = DAY + timedelta(days=start)
    check.check_later_never_proves_more(faulty(go_world(), broken), first, days)


@given(ids, st.one_of(st.floats(0, 20_000), st.sampled_from((0.0, 1e-6, 1.0))), st.booleans())
def test_evidence_of_the_future_never_proves(item: str, ahead: float, fresh: bool) -> None:
    world = go_world().with_run(item, made=moment(ahead))
    if not fresh:
        world = world.with_need(item, fresh=None)
    check.check_never_proves(world, item)


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 2000))
def test_a_tighter_limit_never_helps(value: int, one: int, two: int) -> None:
    low, high = sorted((one, two))
    pairs = [
        (f"p95 <= {high} ms", f"p95 <= {low} ms"), (f"p95 < {high} ms", f"p95 < {low} ms"),
        (f"p95 >= {low} ms", f"p95 >= {high} ms"), (f"p95 > {low} ms", f"p95 > {high} ms"),
        (f"p95 <= {low} ms", f"p95 < {low} ms"), (f"p95 >= {low} ms", f"p95 > {low} ms"),
        (f"p95 <= {low} ms", f"p95 = {low} ms"), (f"p95 in [{low}ms, {high}ms]", f"p95 is {low}ms"),
    ]  # fmt: skip
    check.check_tighter_never_helps(value, pairs)


@given(st.integers(0, 3_000), st.integers(1, 3_000))
def test_units_of_a_dimension_are_equal(value: int, limit: int) -> None:
    values = ((value, "ms"), (value * 1000, "us"), (value / 1000, "s"), (f"{value} ms", ""))
    check.check_units_are_equal(values, (f"{limit} ms", f"{limit * 1000} us", f"{limit / 1000} s"))


@given(ids, st.sampled_from(sorted(u for u, d in DIMENSIONS.items() if d != "time")),
       st.sampled_from(("<=", "<", ">=", ">", "!=")), st.floats(0, 1))  # fmt: skip
def test_a_wrong_dimension_never_proves(item: str, unit: str, op: str, value: float) -> None:
    world = go_world().with_run(item, p95=value)
    check.check_never_proves(world.with_need(item, unit=unit, expect=(f"p95 {op} 0.5 ms",)), item)
    plain = world.with_need(item, expect=(f"p95 {op} 0.5 {unit}",))
    check.check_never_proves(plain, item)


@given(some_faults, st.lists(rulings, max_size=2))
def test_rendering_the_saved_review_equals_rendering_the_run(broken: dict[str, str], people: list[Ruling]) -> None:
    check.check_renders_again(reviewed(faulty(go_world(), broken).with_rulings(*people)))


@given(st.dictionaries(ids, faults, min_size=1, max_size=3))
def test_the_path_to_go_turns_the_decision_and_no_part_of_it_does(broken: dict[str, str]) -> None:
    check.check_path_turns(go_world(), broken)


items = st.builds(
    Item,
    id=st.integers(1, 99).map(lambda n: f"IT-{n:02d}"),
    needs=st.sampled_from((
        (Need("evidence/a.json"),), (Need("evidence/gone.json"),), (Need("evidence/old.json"),),
        (Need("evidence/a.json", expect=("p95 <= 1 ms",)),),
    )),
    gate=st.sampled_from(("blocker", "deferrable")),
    harm=st.sampled_from(("negligible", "minor", "moderate", "major", "severe")),
    risk=st.sampled_from(("rare", "unlikely", "possible", "likely", "expected")),
)  # fmt: skip


@given(st.lists(items, min_size=1, max_size=12, unique_by=lambda item: item.id))
def test_the_ranking_is_a_permutation_with_open_blockers_first(several: list[Item]) -> None:
    assume(any(item.gate == "blocker" for item in several))
    files = {"evidence/a.json": Run(), "evidence/old.json": Run(made="2026-01-01")}
    check.check_ranking(reviewed(World(tuple(several), files)))


@given(st.sampled_from(ZERO), st.sampled_from(ZERO))
def test_which_zero_credit_it_is_never_changes_the_score(one: str, two: str) -> None:
    first, second = reviewed(wrong(one, "LOAD-01")), reviewed(wrong(two, "LOAD-01"))
    assert first.score.exact == second.score.exact
    assert first.ranking == second.ranking


comparisons = st.builds(
    "{} {} {}".format,
    st.sampled_from(("p95", "errors", "cases")),
    st.sampled_from(("<=", "<", ">=", ">", "=", "!=", "is", "in")),
    st.sampled_from(("0", "1", "800", "nan", "inf", "x")),
).filter(lambda text: not (text.split()[1][0] in "<>" and not text.split()[2].isdigit()))
hollow = st.one_of(
    st.tuples(st.sampled_from((float("nan"), float("inf"), float("-inf"))), st.none()),
    st.tuples(st.sampled_from((0.0, 1.0, 800.0, 5.0)), st.integers(-5, 0)),
)


@given(comparisons, hollow)
def test_nan_infinity_and_zero_samples_never_prove(expect: str, fact: tuple[float, int | None]) -> None:
    value, samples = fact
    check.check_hollow_never_proves(expect, value, samples, "")


@pytest.mark.parametrize("world", [
    replace(go_world(), items=tuple(i for i in go_world().items if i.gate == "deferrable")),
    replace(go_world(), items=tuple(replace(i, when=("region",)) for i in go_world().items)),
    replace(go_world(), items=tuple(
        replace(i, when=("region",)) if i.gate == "blocker" else i for i in go_world().items)),
    replace(go_world(), items=()),
], ids=["only deferrable", "nothing applies", "no blocker applies", "no item"])  # fmt: skip
def test_no_applicable_blocker_is_an_error_and_never_a_go(world: World) -> None:
    with pytest.raises(InputError) as error:
        reviewed(world)
    assert error.value.exit_code == 2
    assert [d.code for d in error.value.diagnostics] == ["nothing-to-evaluate"]


def test_the_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    broken = {"LOAD-01": "failing", "BOTH-01": "missing", "LATER-01": "stale", "RUNS-01": "NaN"}
    faulty(go_world(), broken).with_rulings(Ruling("BOTH-01")).write(tmp_path)
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from tests.pipeline.worlds import review_folder\n"
        "from readiness.model.serial import dump\n"
        "sys.stdout.write(dump(review_folder(Path(sys.argv[1]))))\n"
    )
    texts = []
    for seed, zone in (("0", "UTC"), ("1", "Pacific/Pago_Pago"), ("4242", "Pacific/Kiritimati")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path), str(ROOT)],
            env=environment, capture_output=True, check=True, cwd=tmp_path,
        )  # fmt: skip
        texts.append(done.stdout)
    assert texts[0] == texts[1] == texts[2]
    assert b'"contested"' in texts[0] or b'"firm"' in texts[0]
    assert texts[0].decode() == dump(reviewed(faulty(go_world(), broken).with_rulings(Ruling("BOTH-01"))))
