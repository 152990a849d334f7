"""The ledger theorem: what was recorded can neither be deleted nor replaced to good effect.

Worst-of over a recorded ledger in which an absent file counts as missing: adding a good run does not
make up for a bad one, and taking the bad one away does not either. Seeded bugs must break it.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.cli.lock import write
from readiness.cli.running import day
from readiness.cli.shield import shield
from readiness.evidence.locked import Lock
from readiness.loading.files import Home
from readiness.model.ledger import Ledger
from readiness.pipeline import Options, review
from readiness.recording import Given, look
from tests.repositories import CHECKLIST, DAY, LAUNCH, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ("a", "b", "c")
OPTIONS = Options(day(DAY), shield, lambda _: None)


class Run(NamedTuple):
    """A run: whether it is good, and the day of November it was made on."""

    good: bool
    made: int

    @property
    def text(self) -> str:
        return run(700 if self.good else 900, f"2026-11-{self.made:02}T10:00:00Z")


class World:
    """A launch in a folder of its own, its evidence, and what was forgotten."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "readiness.yaml", folder)
        (folder / "evidence").mkdir()
        (folder / "readiness.yaml").write_text(LAUNCH.replace(", commit: HEAD", ""))
        (folder / "list.yaml").write_text(CHECKLIST)

    def put(self, name: str, found: Run | None) -> None:
        file = self.folder / f"evidence/{name}.json"
        if found is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(found.text)

    def lock(self, *forget: str) -> None:
        given_ = Given(tuple(f"evidence/{name}.json" for name in forget), "why" if forget else "")
        write(self.folder / "readiness.lock", look(self.home, OPTIONS), given_, DAY)

    def go(self, *, strict: bool = True) -> bool:
        return review(self.home, OPTIONS._replace(locked=strict)).decision == "GO"


def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp())
    try:
        yield World(folder)
    finally:
        shutil.rmtree(folder)


runs = st.builds(Run, st.booleans(), st.integers(1, 25))
good = st.builds(Run, st.just(value=True), st.integers(1, 25))
recorded = st.dictionaries(st.sampled_from(NAMES), runs, min_size=1)
tampering = st.dictionaries(st.sampled_from(NAMES), st.none() | good, min_size=1)


def check_nothing_helps(before: dict[str, Run], after: dict[str, Run | None]) -> None:
    """After recording, files are taken away, replaced and added: it is GO only as it was before."""
    for here in world():
        for name, found in before.items():
            here.put(name, found)
        here.lock()
        was = here.go()
        assert was is all(found.good for found in before.values())
        for name, changed in after.items():
            here.put(name, changed)
        now = {**before, **after}
        untouched = all(now.get(name) == found for name, found in before.items())
        assert here.go() is (was and untouched and set(now) == set(before) | {n for n, f in now.items() if f is None})
        assert here.go(strict=False) is (was and untouched)


def check_forgetting_takes_a_later_run(bad: Run, others: dict[str, Run]) -> None:
    """A bad run that is given up counts as missing until a later one is there."""
    for here in world():
        here.put("a", bad)
        here.lock()
        here.put("a", None)
        for name, found in others.items():
            here.put(name, found)
        here.lock("a")
        wanted = all(found.good for found in others.values()) and any(found.made > bad.made for found in others.values())
        assert here.go() is here.go(strict=False) is wanted


@settings(max_examples=60)
@given(recorded, tampering)
def test_i02_i17_i26_nothing_done_to_recorded_evidence_helps(before: dict[str, Run], after: dict[str, Run | None]) -> None:
    check_nothing_helps(before, after)


@settings(max_examples=60)
@given(st.builds(Run, st.just(value=False), st.integers(1, 25)), st.dictionaries(st.sampled_from(NAMES), runs, max_size=2))
def test_b4_giving_up_a_bad_run_takes_a_later_good_one(bad: Run, others: dict[str, Run]) -> None:
    check_forgetting_takes_a_later_run(bad, others)


# Reviews that are wrong in exactly one respect: each bug must be noticed by one of them

G1, G2, B1 = Run(good=True, made=10), Run(good=True, made=12), Run(good=False, made=11)
CASES: list[Callable[[], None]] = [
    lambda: check_nothing_helps({"a": G1}, {"a": G1}),
    lambda: check_nothing_helps({"a": G1, "b": B1}, {"b": None}),
    lambda: check_nothing_helps({"a": B1}, {"a": G2}),
    lambda: check_nothing_helps({"a": G1}, {"b": G2}),
    lambda: check_nothing_helps({"a": G1}, {"a": G2}),
    lambda: check_forgetting_takes_a_later_run(B1, {"b": G1}),
    lambda: check_forgetting_takes_a_later_run(B1, {"a": G1}),
    lambda: check_forgetting_takes_a_later_run(B1, {"b": G2}),
    lambda: check_forgetting_takes_a_later_run(B1, {}),
]
BUGS: dict[str, tuple[object, str, object]] = {
    "gone files are not missed": (Ledger, "linked", lambda *_: []),
    "nothing is missed": (Lock, "missing", lambda *_: ()),
    "content is not compared": (Lock, "_refused", lambda *_: None),
    "any run replaces a forgotten one": (Lock, "replaced", lambda *_: True),
    "no run replaces a forgotten one": (Lock, "replaced", lambda *_: False),
    "the ledger is not asked": (Lock, "held", lambda self, bound, evidence: evidence),
    "locked is like not locked": (Lock, "strict", False),
}


def kills() -> bool:
    """Whether an assertion fails; any other error is none of our business."""
    for case in CASES:
        try:
            case()
        except AssertionError:
            return True
    return False


def test_the_cases_hold_without_a_bug() -> None:
    assert not kills()


@pytest.mark.parametrize("bug", BUGS)
def test_every_seeded_bug_dies(monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    owner, name, broken = BUGS[bug]
    if name == "strict":
        original = Lock.__init__
        monkeypatch.setattr(Lock, "__init__", lambda self, ledger, path, *, strict: original(self, ledger, path, strict=False))
    else:
        monkeypatch.setattr(owner, name, broken)
    assert kills(), bug
