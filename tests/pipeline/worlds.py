"""Small launches on disk from a compact description, and ways to make one wrong in one respect.

`go_world()` is a GO with 100 points. Each fault in `FAULTS` makes one item of it unproven and changes
nothing else: a property that starts from there cannot pass by being wrong twice.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness import pipeline
from readiness.cli.shield import shield
from readiness.loading.files import Home
from readiness.model.review import Review

DAY = date(2026, 11, 23)  # a Monday
MADE = "2026-11-20T10:00:00Z"
LIMIT_MS = 800
OWNER = "team-shop"
SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - worlds are tiny and many
VERDICTS = ("NO-GO", "GO WITH CONDITIONS", "GO")


@dataclass(frozen=True)
class Run:
    """One evidence file: p95 in the item's unit, error ratio, sample count, when it was made.

    `raw` replaces the whole content; `extra` adds keys.
    """

    p95: Any = 420
    errors: Any = 0.001
    samples: Any = 5000
    made: str | None = MADE
    raw: bytes | None = None
    extra: tuple[tuple[str, Any], ...] = ()

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        values = {"p95": self.p95, "errors": self.errors, "n": self.samples, **dict(self.extra)}
        if self.made is not None:
            values["made"] = self.made
        return json.dumps(values).encode()


@dataclass(frozen=True)
class Need:
    """One evidence requirement: a path or glob, how it is read, what is expected.

    With a `slot`, the launch binds it to the path and to `also`.
    """

    path: str
    expect: tuple[str, ...] = (f"p95 <= {LIMIT_MS} ms", "errors < 1 %")
    unit: str = "ms"
    fresh: str | None = "14d"
    needs: str = "measured"
    confident: bool = False
    dated: bool = True
    slot: str = ""
    also: tuple[str, ...] = ()

    def reading(self, path: Any) -> dict[str, Any]:
        """Return how the files are found and read."""
        entry: dict[str, Any] = {
            "path": path,
            "reader": "json",
            "map": {
                "p95": {"at": "/p95", "unit": self.unit, "samples": "/n"},
                "errors": {"at": "/errors", "unit": "ratio", "samples": "/n"},
            },
        }
        return {**entry, "produced": "/made"} if self.dated else entry

    def written(self) -> dict[str, Any]:
        source = {"slot": self.slot} if self.slot else self.reading(self.path)
        entry: dict[str, Any] = {**source, "needs": self.needs, "expect": list(self.expect)}
        if self.fresh:
            entry["fresh"] = self.fresh
        if self.confident:
            entry["confident"] = True
        return entry


@dataclass(frozen=True)
class Item:
    """One checklist item."""

    id: str
    needs: tuple[Need, ...]
    gate: str = "blocker"
    harm: str = "major"
    risk: str = "possible"
    effort: str = "1d"
    area: str = "load"
    when: tuple[str, ...] = ()

    def written(self) -> dict[str, Any]:
        entry = {
            "id": self.id, "title": f"Title of {self.id}", "area": self.area, "gate": self.gate,
            "harm": self.harm, "risk": self.risk, "effort": self.effort,
            "evidence": [need.written() for need in self.needs], "why": "why", "fix": "fix",
        }  # fmt: skip
        return {**entry, "when": {"changes": list(self.when)}} if self.when else entry


@dataclass(frozen=True)
class Ruling:
    """One record of decisions.yaml."""

    item: str
    kind: str = "waived"
    approver: str = "head-of-ops"
    approved: date = DAY - timedelta(days=10)
    expires: date = DAY + timedelta(days=10)
    void_if: str | None = None

    def written(self) -> dict[str, Any]:
        entry = {
            "item": self.item, "kind": self.kind, "reason": "errors", "harm_if_wrong": "h",
            "mitigation": "m", "approver": self.approver, "approved": str(self.approved),
            "expires": str(self.expires),
        }  # fmt: skip
        return {**entry, "void_if": self.void_if} if self.void_if else entry


@dataclass(frozen=True)
class World:
    """A launch: items in their written order, files in the order of their creation, records."""

    items: tuple[Item, ...]
    files: dict[str, Run]
    rulings: tuple[Ruling, ...] = ()
    changes: tuple[str, ...] = ("traffic",)
    owners: dict[str, str] = field(default_factory=dict)

    def item(self, item_id: str) -> Item:
        return next(item for item in self.items if item.id == item_id)

    def with_item(self, item: Item) -> World:
        items = tuple(item if other.id == item.id else other for other in self.items)
        return replace(self, items=items)

    def with_need(self, item_id: str, **changes: Any) -> World:
        """Change the first requirement of an item."""
        item = self.item(item_id)
        first = replace(item.needs[0], **changes)
        return self.with_item(replace(item, needs=(first, *item.needs[1:])))

    def with_run(self, item_id: str, **changes: Any) -> World:
        """Change the first file of an item."""
        path = self.first_file(item_id)
        return replace(self, files={**self.files, path: replace(self.files[path], **changes)})

    def with_files(self, **files: Run) -> World:
        return replace(self, files={**self.files, **files})

    def without_file(self, path: str) -> World:
        return replace(self, files={p: r for p, r in self.files.items() if p != path})

    def with_rulings(self, *rulings: Ruling) -> World:
        return replace(self, rulings=(*self.rulings, *rulings))

    def first_file(self, item_id: str) -> str:
        """Return a file that the item's first requirement names, or matches, by its name."""
        path = self.item(item_id).needs[0].path
        prefix = path.split("*", maxsplit=1)[0]
        return next(name for name in sorted(self.files) if name.startswith(prefix))

    def write(self, folder: Path) -> None:
        """Write the launch, its checklist, its evidence and its records (JSON is YAML)."""
        launch = {
            "schema": "readiness/launch@1", "service": "shop", "title": "Shop", "owner": OWNER,
            "owners": self.owners, "launch": "2026-12-07", "candidate": {"version": "1.0"},
            "checklists": ["./list.yaml"], "changes": list(self.changes),
        }  # fmt: skip
        items = [item.written() for item in self.items]
        bound = {n.slot: n.reading([n.path, *n.also]) for i in self.items for n in i.needs if n.slot}
        if bound:
            launch["evidence"] = bound
        slots = {name: {"title": name, "readers": ["json"], "how": "run it"} for name in bound}
        checklist = {"schema": "readiness/checklist@1", "id": "list", "title": "List",
                     "version": "1", "slots": slots, "items": items}  # fmt: skip
        _write(folder / "readiness.yaml", launch)
        _write(folder / "list.yaml", checklist)
        if self.rulings:
            records = [ruling.written() for ruling in self.rulings]
            schema = "readiness/decisions@1"
            _write(folder / "decisions.yaml", {"schema": schema, "decisions": records})
        for path, run in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(run.content())


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")


def reviewed(world: World, as_of: date = DAY) -> Review:
    """Write a world into a fresh folder and review it."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        folder = Path(name)
        world.write(folder)
        return review_folder(folder, as_of)


def review_folder(folder: Path, as_of: date = DAY) -> Review:
    """Review a launch that was written."""
    home = Home(folder / "readiness.yaml", folder)
    # What is written wrongly is refused before evidence is read; the core must hold without that.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "unknown_metrics", lambda *_, **__: [])
        return pipeline.review(home, pipeline.Options(as_of, shield, lambda _: None))


def go_world() -> World:
    """Return a launch whose every item is proven: three blockers and two deferrable items."""
    runs = Need("evidence/runs/*.json")
    pair = Need("evidence/b.json", slot="pair", also=("evidence/c.json",))
    items = (
        Item("LOAD-01", (Need("evidence/load.json"),), harm="severe", risk="likely", effort="2d"),
        Item("RUNS-01", (runs,), harm="moderate", effort="4h"),
        Item("BOTH-01", (Need("evidence/a.json"), pair), risk="rare"),
        Item("LATER-01", (Need("evidence/later.json"),), gate="deferrable", harm="minor"),
        Item("LATER-02", (Need("evidence/z.json"),), gate="deferrable", risk="unlikely"),
    )
    names = ("load", "runs/one", "runs/two", "a", "b", "c", "later", "z")
    return World(items, {f"evidence/{name}.json": Run() for name in names})


BLOCKERS = ("LOAD-01", "RUNS-01", "BOTH-01")
DEFERRABLE = ("LATER-01", "LATER-02")
IDS = (*BLOCKERS, *DEFERRABLE)

Fault = Callable[[World, str], World]


def moment(days: float, seconds: float = 0) -> str:
    """Return a time so many days after the end of the review's day, in UTC."""
    end = datetime(2026, 11, 24, tzinfo=UTC)
    return (end + timedelta(days=days, seconds=seconds)).isoformat()


def _raw(text: str) -> Fault:
    return lambda world, item: world.with_run(item, raw=text.encode())


def _run(**changes: Any) -> Fault:
    return lambda world, item: world.with_run(item, **changes)


def _need(**changes: Any) -> Fault:
    return lambda world, item: world.with_need(item, **changes)


def _missing(world: World, item: str) -> World:
    need = world.item(item).needs[0]
    prefix = need.path.split("*", maxsplit=1)[0]
    gone = {p: r for p, r in world.files.items() if not p.startswith(prefix)}
    return replace(world, files=gone)


def _dropped(world: World, item: str) -> World:
    """Ask for one more file, and have none."""
    whole = world.item(item)
    return world.with_item(replace(whole, needs=(*whole.needs, Need(f"evidence/{item}-more.json"))))


def _second_fails(world: World, item: str) -> World:
    """Give the item a glob over two runs, of which the second fails."""
    prefix = f"evidence/{item}"
    files = {f"{prefix}/1.json": Run(), f"{prefix}/2.json": Run(p95=LIMIT_MS + 1)}
    return world.with_files(**files).with_need(item, path=f"{prefix}/*.json")


def _second_broken(world: World, item: str) -> World:
    prefix = f"evidence/{item}"
    files = {f"{prefix}/1.json": Run(raw=b"{"), f"{prefix}/2.json": Run()}
    return world.with_files(**files).with_need(item, path=f"{prefix}/*.json")


OLD = moment(-14)  # exactly 14 days before the end of the review's day
FAULTS: dict[str, tuple[str, Fault]] = {
    # name: (the outcome it must give, what it does)
    "failing": ("failed", _run(p95=LIMIT_MS + 1)),
    "barely failing": ("failed", _run(p95=LIMIT_MS + 0.0001)),
    "errors": ("failed", _run(errors=0.01)),
    "missing": ("missing", _missing),
    "dropped": ("missing", _dropped),
    "stale": ("stale", _run(made="2026-10-01T00:00:00Z")),
    "just stale": ("stale", _run(made=moment(-14, -0.000001))),
    "undated": ("stale", _need(dated=False)),
    "future": ("invalid", _run(made=moment(1))),
    "one second into the future": ("invalid", _run(made=moment(0, 1))),
    "future and not asked to be fresh": (
        "invalid", lambda w, i: _need(fresh=None)(_run(made=moment(0, 1))(w, i), i),
    ),
    "date of no day": ("invalid", _run(made="2026-02-30")),
    "NaN": ("invalid", _raw('{"p95": NaN, "errors": 0, "n": 5000, "made": "2026-11-20"}')),
    "minus infinity": (
        "invalid", _raw('{"p95": -Infinity, "errors": 0, "n": 5000, "made": "2026-11-20"}'),
    ),
    "minus 1e400": ("invalid", _raw('{"p95": -1e400, "errors": 0, "n": 50, "made": "2026-11-20"}')),
    "NaN as text": ("invalid", _run(p95="NaN")),
    "truth value": ("invalid", _run(p95=True)),
    "negative": ("invalid", _run(p95=-1)),
    "null": ("inconclusive", _run(p95=None)),
    "zero samples": ("inconclusive", _run(samples=0)),
    "few samples": ("inconclusive", _run(samples=10)),
    "not a count": ("invalid", _run(samples=0.5)),
    "unknown samples, confident": ("inconclusive", lambda w, i: _need(confident=True)(
        _run(samples=30)(w, i), i)),
    "wrong dimension": ("failed", _need(unit="B")),
    "no unit": ("failed", _need(unit="")),
    "wrong unit": ("failed", _need(unit="s")),
    "limit without unit": ("failed", _need(expect=("p95 <= 800", "errors < 1 %"))),
    "metric not there": ("inconclusive", _need(expect=("p99 <= 800 ms",))),
    "label not there": ("inconclusive", _need(expect=("p95 where endpoint = x <= 800 ms",))),
    "value not there": ("invalid", _raw('{"errors": 0, "n": 5000, "made": "2026-11-20"}')),
    "too weak": ("failed", _need(needs="drilled")),
    "cut off": ("invalid", _raw('{"p95": 420, "errors": 0')),
    "empty": ("invalid", _raw("")),
    "blank": ("invalid", _raw(" \n")),
    "binary": ("invalid", _run(raw=b"\x00\x01\x02")),
    "UTF-16": ("invalid", _run(raw='{"p95": 1}'.encode("utf-16"))),
    "given twice": (
        "invalid", _raw('{"p95": 900, "p95": 4, "errors": 0, "n": 50, "made": "2026-11-20"}'),
    ),
    "second run fails": ("failed", _second_fails),
    "other run broken": ("invalid", _second_broken),
}  # fmt: skip
ZERO = tuple(name for name, (outcome, _) in FAULTS.items() if outcome in ("failed", "missing", "invalid"))
FAILING = ("failing", "barely failing", "errors", "cut off", "empty", "future", "NaN", "given twice")


def wrong(fault: str, item_id: str, world: World | None = None) -> World:
    """Return a world that is wrong in exactly one respect."""
    return FAULTS[fault][1](world or go_world(), item_id)
