"""No edit of what judges a tree gives it a better verdict or score than the policy of its base.

Each mutation changes one field of an item, a slot, the launch or the records in the tree; the
baseline is the review of the same evidence under the base's policy.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness import pipeline
from readiness.cli.shield import shield
from readiness.errors import InputError
from readiness.loading.basis import Base, Basis
from readiness.loading.files import Home
from readiness.model.checklist import Item, Requirement
from readiness.model.review import Review

from .properties import RANKS, item_of
from .worlds import DAY, FAULTS, IDS, LIMIT_MS, OWNER, SCRATCH, Ruling, World, go_world, wrong

Written = dict[str, Any]  # launch, list (the checklist), decisions
Mutation = Callable[[Written, str], None]


def written(world: World, folder: Path) -> Written:
    world.write(folder)
    found = {name: json.loads((folder / f"{name}.yaml").read_text()) for name in ("readiness", "list")}
    found["readiness"]["parameters"] = {"limit": f"{LIMIT_MS} ms"}
    found["readiness"]["approvers"] = {
        "head-of-ops": {"role": "r", "areas": ["load"], "harm": "major", "risk_budget": 100},
        "lead": {"role": "r", "areas": ["load"], "harm": "minor"},
    }
    found["list"]["parameters"] = {"limit": {"unit": "ms", "meaning": "limit"}}
    for item in found["list"]["items"]:
        item["when"] = {"changes": ["traffic", "model"]}
        need = item["evidence"][0]
        need["expect"] = ["p95 <= launch.limit", f"p95 <= {LIMIT_MS} ms", "errors < 1 %"]
        if item["id"] == "LATER-01":  # the interval of a p95 needs more than a summary
            need |= {"expect": ["errors < 1 %"], "confident": True}
    records = folder / "decisions.yaml"
    found["decisions"] = json.loads(records.read_text()) if records.exists() else {
        "schema": "readiness/decisions@1", "decisions": []}  # fmt: skip
    return found


def save(folder: Path, found: Written) -> Home:
    for name, content in found.items():
        (folder / f"{name}.yaml").write_text(json.dumps(content, indent=1))
    return Home(folder / "readiness.yaml", folder)


def review(home: Home, basis: Basis | None) -> Review:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "unknown_metrics", lambda *_, **__: [])
        return pipeline.review(home, pipeline.Options(DAY, shield, lambda _: None, basis=basis))


def both(
    world: World, mutation: Mutation, item: str, *, trusted: bool = False, compared: bool = True
) -> tuple[Review, Review | None]:
    """Return the review under the base's policy, and that of the mutated tree; None if it is refused."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        base, tree = Path(name) / "base", Path(name) / "tree"
        base.mkdir()
        tree.mkdir()
        start = written(world, base)
        home = save(base, start)
        written(world, tree)
        mutated = copy.deepcopy(start)
        mutation(mutated, item)
        save(tree, mutated)
        basis = Basis(trusted, (Base("main", "c0ffee" * 6 + "0000", home),), "")
        before = review(home, None)
        try:
            return before, review(Home(tree / "readiness.yaml", tree), basis if compared else None)
        except InputError:
            return before, None


def entry(found: Written, item: str) -> Any:
    return next(i for i in found["list"]["items"] if i["id"] == item)


def need(found: Written, item: str) -> Any:
    return entry(found, item)["evidence"][0]


def _set(where: Callable[[Written, str], Any], key: str, value: Any) -> Mutation:
    def change(found: Written, item: str) -> None:
        where(found, item)[key] = value

    return change


def _drop(where: Callable[[Written, str], Any], key: str) -> Mutation:
    return lambda found, item: where(found, item).pop(key, None)


def _instead(other: dict[str, Any]) -> Mutation:
    def change(found: Written, item: str) -> None:
        entry(found, item)["evidence"][0] = other

    return change


def launch(found: Written, _item: str) -> Any:
    return found["readiness"]


def _without(found: Written, item: str) -> None:
    found["list"]["items"].remove(entry(found, item))


def _easy(found: Written, item: str) -> None:
    """Add an item that is proven by the file of another."""
    easy = copy.deepcopy(entry(found, "LOAD-01"))
    easy |= {"id": "EASY-01", "harm": "severe", "risk": "expected"}
    easy["evidence"][0]["expect"] = ["p95 >= 0 ms"]
    found["list"]["items"].append(easy)


def _record(**changes: Any) -> Mutation:
    def change(found: Written, item: str) -> None:
        found["decisions"]["decisions"].append({**Ruling(item).written(), **changes})

    return change


def _heavier(found: Written, item: str) -> None:
    for other in found["list"]["items"]:
        if other["id"] != item:
            other |= {"harm": "severe", "risk": "expected"}


ITEM: dict[str, list[Mutation]] = {
    "id": [_set(entry, "id", "NEW-01")],
    "title": [_set(entry, "title", "p95 under 800 ms")],
    "area": [_set(entry, "area", "other")],
    "gate": [_set(entry, "gate", "deferrable"), _set(entry, "gate", "blocker")],
    "harm": [_set(entry, "harm", "negligible"), _set(entry, "harm", "severe"), _heavier],
    "risk": [_set(entry, "risk", "rare"), _set(entry, "risk", "expected")],
    "effort": [_set(entry, "effort", "1h")],
    "when": [_set(entry, "when", {"changes": ["model"]}), _set(entry, "when", {"locales": ["de-DE"]}),
             _set(entry, "when", {"changes": ["traffic"]}), _drop(entry, "when")],
    "domain": [_set(entry, "domain", "search")],
    "invalidated_by": [_set(entry, "invalidated_by", ["src/**"])],
    "evidence": [lambda found, item: entry(found, item)["evidence"].__delitem__(slice(1, None)),
                 lambda found, item: entry(found, item)["evidence"].reverse()],
    "why": [_set(entry, "why", "other")],
    "fix": [_set(entry, "fix", "other")],
    "run": [_set(entry, "run", "true")],
}  # fmt: skip
NEED: dict[str, list[Mutation]] = {
    "slot": [_instead({"slot": "pair", "expect": ["p95 <= 9 s"]})],
    "path": [_set(need, "path", "evidence/z.json"), _set(need, "path", "evidence/nothing.json")],
    "analysis": [_instead({"analysis": "retry-chain", "expect": ["calls.worst <= 9"]})],
    "needs": [_set(need, "needs", "claimed"), _drop(need, "needs"), _set(need, "needs", "drilled")],
    "fresh": [_set(need, "fresh", "365d"), _drop(need, "fresh"), _set(need, "fresh", "1d")],
    "confident": [_set(need, "confident", False), _drop(need, "confident")],
    "reader": [_set(need, "reader", "yaml")],
    "map": [lambda found, item: need(found, item)["map"]["p95"].update(at="/errors"),
            lambda found, item: need(found, item)["map"]["p95"].update(unit="us"),
            lambda found, item: need(found, item)["map"]["p95"].pop("samples"),
            lambda found, item: need(found, item)["map"]["errors"].update(at="/n", unit="us")],
    "produced": [_drop(need, "produced"), _set(need, "produced", "/other")],
    "expect": [_set(need, "expect", ["p95 <= 9 s", "errors < 1 %"]), _set(need, "expect", ["errors < 1 %"]),
               _set(need, "expect", ["p95 >= 0 ms"]), _set(need, "expect", ["p95 <= launch.limit", "errors <= 1 %"]),
               _set(need, "expect", ["p95 <= 2 * launch.limit", "p95 <= 800 ms", "errors < 1 %"]),
               _set(need, "expect", ["p95 < 700 ms", "p95 <= launch.limit", "errors < 0.5 %"])],
}  # fmt: skip
REST: dict[str, list[Mutation]] = {
    "an item dropped": [_without],
    "an easy item added": [_easy],
    "a parameter": [_set(lambda f, i: f["readiness"]["parameters"], "limit", "9 s"),
                    _set(lambda f, i: f["readiness"]["parameters"], "limit", "1 ms")],
    "changes": [_set(launch, "changes", ["model"]), _set(launch, "changes", ["prompt"]), _set(launch, "changes", [])],
    "owners": [_set(launch, "owners", {"load": "team-other"}), _set(launch, "owner", "team-other")],
    "approvers": [_drop(launch, "approvers"), _set(lambda f, i: f["readiness"]["approvers"]["lead"], "harm", "severe"),
                  _set(lambda f, i: f["readiness"]["approvers"]["lead"], "areas", "all"),
                  _drop(lambda f, i: f["readiness"]["approvers"]["head-of-ops"], "risk_budget"),
                  _set(lambda f, i: f["readiness"]["approvers"], "new", {"role": "r", "areas": "all", "harm": "severe"})],
    "records": [_record(), _record(kind="not-applicable"), _record(approver="lead"), _record(approver=OWNER)],
    "a slot's readers": [lambda f, i: f["list"]["slots"]["pair"].update(readers=["yaml", "json"])],
    "a slot's binding": [lambda f, i: f["readiness"]["evidence"]["pair"]["map"]["p95"].update(at="/errors")],
}  # fmt: skip
MUTATIONS = {
    f"{kind} {name} {number}": mutation
    for kind, group in (("item", ITEM), ("requirement", NEED), ("", REST))
    for name, several in group.items()
    for number, mutation in enumerate(several, 1)
}


def test_every_field_of_an_item_and_a_requirement_has_a_mutation() -> None:
    assert set(ITEM) == set(Item.model_fields)
    assert set(NEED) == set(Requirement.model_fields)


def assert_no_better(before: Review, after: Review | None) -> None:
    if after is None:  # refused as wrong: exit code 2
        return
    assert RANKS[after.decision] <= RANKS[before.decision], f"{before.decision} to {after.decision}"
    assert after.score.exact <= before.score.exact + 1e-9
    assert after.score.readiness <= before.score.readiness
    changes = after.policy.changes if after.policy else ()
    if any(change.effect == "loosened" for change in changes):
        assert after.decision == "NO-GO"
        assert after.score.held_by[0] == "policy"


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("fault", [None, "failing"])
def test_a1_no_mutation_beats_the_base(name: str, fault: str | None) -> None:
    """On a blocker and a deferrable item that is proven or failed."""
    for item in ("BOTH-01", "LATER-01"):
        world = wrong(fault, item) if fault else go_world()
        before, after = both(world, MUTATIONS[name], item)
        assert_no_better(before, after)


@given(st.sampled_from(tuple(MUTATIONS)), st.sampled_from(IDS), st.sampled_from(IDS),
       st.sampled_from(tuple(FAULTS)), st.booleans())  # fmt: skip
def test_a1_no_mutation_beats_the_base_whatever_is_wrong(name: str, item: str, faulty: str, fault: str, waived: bool) -> None:
    world = wrong(fault, faulty)
    if waived:
        world = world.with_rulings(Ruling(faulty))
    before, after = both(world, MUTATIONS[name], item)
    assert_no_better(before, after)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_trusted_policy_is_not_moved_by_the_tree(name: str) -> None:
    """With the policy of a ref, the tree's own changes nothing but where evidence is."""
    for fault in (None, "failing"):
        world = wrong(fault, "BOTH-01") if fault else go_world()
        before, after = both(world, MUTATIONS[name], "BOTH-01", trusted=True)
        if after is not None:
            assert after.decision == before.decision
            assert after.score == before.score
            assert [i.outcome for i in after.items] == [i.outcome for i in before.items]
            assert after.policy is not None
            assert after.policy.taken_from == "ref"
            assert after.holds == ()


def test_without_a_base_many_of_them_do() -> None:
    """The mutations are attacks: judged by its own policy alone, a tree gains by them."""
    gained = set()
    for name, mutation in MUTATIONS.items():
        for fault in ("failing", "stale"):
            for item in ("BOTH-01", "LATER-01"):
                before, after = both(wrong(fault, item), mutation, item, compared=False)
                if after is not None and (
                    RANKS[after.decision] > RANKS[before.decision] or after.score.exact > before.score.exact
                ):
                    gained.add(name)
    assert len(gained) >= 15, sorted(gained)


def test_the_same_policy_has_no_drift() -> None:
    before, after = both(go_world(), lambda found, item: None, "LOAD-01")
    assert after is not None
    assert after.policy is not None
    assert after.policy.changes == ()
    assert (after.decision, after.score) == (before.decision, before.score) == ("GO", after.score)


def test_a_waiver_of_the_base_holds_and_one_of_the_tree_does_not() -> None:
    world = wrong("failing", "LOAD-01").with_rulings(Ruling("LOAD-01"))

    def severe(found: Written, _item: str) -> None:
        found["readiness"]["approvers"]["head-of-ops"]["harm"] = "severe"

    before, after = both(world, severe, "LOAD-01")
    assert before.records[0].status == "unauthorised"
    assert after is not None
    assert after.decision == "NO-GO"
    assert [c.what for c in after.policy.changes] == ["approver head-of-ops"]  # type: ignore[union-attr]
    _, own = both(wrong("failing", "BOTH-01"), MUTATIONS[" records 1"], "BOTH-01")
    assert own is not None
    assert [record.status for record in own.records] == ["unmerged"]
    assert item_of(own, "BOTH-01").disposition is None


@pytest.mark.parametrize(("name", "effect"), [
    ("requirement fresh 3", "tightened"), ("requirement expect 6", "tightened"), ("item title 1", None),
    ("requirement needs 3", "tightened"), (" an easy item added 1", "tightened"), ("item gate 2", "tightened"),
    ("item harm 2", "tightened"), ("requirement path 1", "loosened"), ("item domain 1", "changed"),
])  # fmt: skip
def test_what_does_not_loosen_is_listed_and_holds_nothing(name: str, effect: str | None) -> None:
    _, after = both(go_world(), MUTATIONS[name], "LATER-01")
    assert after is not None
    assert after.policy is not None
    effects = {change.effect for change in after.policy.changes}
    assert effects == {effect} if effect and effect != "loosened" else not effects or effect in effects
    assert bool(after.holds) is (effect == "loosened")


@pytest.mark.parametrize("item", IDS)
def test_a2_easy_items_lift_nothing(item: str) -> None:
    """An item that is proven by the file of another adds nothing to what the base says."""
    before, after = both(wrong("failing", item), MUTATIONS[" an easy item added 1"], item)
    assert before is not None
    assert after is not None
    assert after.score.exact <= before.score.exact
    assert after.decision == before.decision
