"""Requirements to evidence: what fails becomes one record, and what the tool cannot do is a fault."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evidence import collect, files
from readiness.evidence.collect import Collector, Found
from readiness.evidence.limits import DEFAULT
from readiness.evidence.outcome import with_dates
from readiness.evidence.paths import Roots, open_file
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.checklist import FactMap
from readiness.model.evidence import Evidence, FileRecord, Produced
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.plan import Bound

MAP = FactMap.model_validate({"metrics": {"p95": {"at": "/p95", "unit": "ms"}}, "produced": "/made"})
GOOD = b'{"p95": 420, "made": "2026-11-20T10:00:00+02:00"}'


class Readers:
    """A registry of readers made for a test."""

    def __init__(self, *readers: Reader) -> None:
        self.shipped = {reader.id: reader for reader in readers}
        self.installed: dict[str, Reader] = {}
        self.all = self.shipped
        self.shipped_ids = tuple(self.shipped)

    def get(self, name: str) -> Reader | None:
        return self.shipped.get(name)


def reader(name: str, read: Callable[[Source, Any], Reading], *, sniff: Callable[[bytes], int] = lambda _: 50,
           family: tuple[str, ...] = ()) -> Reader:  # fmt: skip
    return Reader(name, name.title(), sniff, read, Strength.measured, (Metric("x", "", "x"),), "make it",
                  "here", family=family)  # fmt: skip


def one_fact(source: Source, _map: FactMap | None) -> Reading:
    return Reading((Fact("x", 1.0, "", source.at(1)),))


def collected(folder: Path, *patterns: str, readers: tuple[str, ...] = ("json",), fact_map: FactMap | None = MAP) -> Found:
    bound = Bound("path", patterns, readers, fact_map, None, Strength.claimed, None, False, (), Location("l"))
    return Collector(Roots(folder, folder), shield).collect(bound)


def only(found: Found) -> Evidence:
    assert found.problems == ()
    assert len(found.evidence) == 1
    return found.evidence[0]


def test_a_file_is_hashed_as_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(GOOD)
    evidence = only(collected(tmp_path, "a.json"))
    assert evidence.files == (FileRecord("a.json", hashlib.sha256(GOOD).hexdigest(), len(GOOD)),)
    assert (evidence.reader, evidence.strength, evidence.problems) == ("json", Strength.measured, ())
    assert evidence.produced == Produced(datetime(2026, 11, 20, 8, tzinfo=UTC), "file", Location("a.json", 1, 22, "/made"))


def test_a_file_is_opened_once_for_all_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(GOOD)
    opened: list[str] = []

    def counted(path: str, roots: Roots) -> tuple[int, int]:
        opened.append(path)
        return open_file(path, roots)

    monkeypatch.setattr(files, "open_file", counted)
    collector = Collector(Roots(tmp_path, tmp_path), shield)
    for source, fact_map in (("one", MAP), ("two", MAP), ("three", MAP.model_copy(update={"produced": None}))):
        bound = Bound(source, ("a.json", "*.json"), ("json",), fact_map, None, Strength.claimed, None, False, (), Location("l"))
        assert len(collector.collect(bound).evidence) == 1
    assert opened == ["a.json"]


def test_patterns_without_a_file_are_told_beside_the_evidence(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(GOOD)
    found = collected(tmp_path, "b.json", "a.json", "*.csv")
    assert [e.path for e in found.evidence] == ["a.json"]
    assert [p.code for p in found.problems] == ["not-found", "not-found"]


@pytest.mark.parametrize(("data", "code"), [
    (b"", "empty"), (b" \n", "empty"), (b"\xff\xfe{\x00}\x00", "not-utf8"), (b'{"p95": "\xe9"}', "not-utf8"),
    (b'{"p95": 1\x00}', "not-text"), (b"{", "not-json"), (b'{"p95": 1, "p95": 2}', "duplicate-key"),
])  # fmt: skip
def test_a_broken_file_is_one_invalid_piece_and_no_fault(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.json").write_bytes(data)
    (tmp_path / "b.json").write_bytes(GOOD)
    found = collected(tmp_path, "*.json")
    assert [(e.path, e.invalid, e.fault) for e in found.evidence] == [("a.json", True, False), ("b.json", False, False)]
    assert [p.code for p in found.evidence[0].problems] == [code]
    assert found.evidence[0].facts == ()


@pytest.mark.parametrize("make", ["folder", "pipe", "link", "giant"])
def test_what_is_no_file_is_one_invalid_piece_and_no_fault(tmp_path: Path, make: str) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    (tmp_path / "secret.json").write_bytes(GOOD)
    target = folder / "x.json"
    if make == "folder":
        target.mkdir()
    elif make == "pipe":
        os.mkfifo(target)
    elif make == "link":
        target.symlink_to(tmp_path / "secret.json")
    else:
        with target.open("wb") as file:
            file.truncate(DEFAULT.held + 1)
    found = collected(folder, "x.json") if make != "link" else collected(folder, "*.json")
    evidence = only(found)
    assert (evidence.invalid, evidence.fault, evidence.facts, evidence.files) == (True, False, (), ())
    assert [p.code for p in evidence.problems] == [
        {"link": "outside", "giant": "too-large"}.get(make, "not-a-file")
    ]


def test_a_file_that_may_not_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(GOOD)

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    evidence = only(collected(tmp_path, "a.json"))
    assert (evidence.fault, evidence.invalid, [p.code for p in evidence.problems]) == (True, True, ["unreadable"])


def test_a_folder_that_may_not_be_searched_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(GOOD)

    def denied(_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", denied)
    evidence = only(collected(tmp_path, "*.json"))
    assert (evidence.path, evidence.fault, evidence.invalid) == ("*.json", True, True)
    assert evidence.problems[0].message == "`*.json` cannot be searched: Permission denied"


def test_a_name_too_long_is_no_crash(tmp_path: Path) -> None:
    found = collected(tmp_path, "a" * 300 + ".json")
    assert found.evidence == () or found.evidence[0].invalid
    assert found.problems or found.evidence


class Boom(Exception):  # noqa: N818
    """What no reader should raise."""


def test_a_reader_that_crashes_is_one_invalid_piece_and_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_source: Source, _map: FactMap | None) -> Reading:
        raise Boom("ouch")

    monkeypatch.setattr(collect, "READERS", Readers(reader("bad", crash)))
    (tmp_path / "a.json").write_bytes(GOOD)
    evidence = only(collected(tmp_path, "a.json", readers=("bad",), fact_map=None))
    assert (evidence.fault, evidence.invalid, evidence.reader) == (True, True, "bad")
    assert evidence.problems[0].code == "reader-bug"
    assert "Boom: ouch (at test_collect.py:" in evidence.problems[0].message


def test_a_reader_that_crashes_while_sniffing_is_a_fault_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_head: bytes) -> int:
        raise Boom("ouch")

    monkeypatch.setattr(collect, "READERS", Readers(reader("bad", one_fact, sniff=crash)))
    (tmp_path / "a.json").write_bytes(GOOD)
    evidence = only(collected(tmp_path, "a.json", readers=(), fact_map=None))
    assert (evidence.fault, evidence.invalid) == (True, True)
    assert evidence.problems[0].message.startswith("a reader failed: Boom: ouch")


def test_what_a_reader_cannot_read_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Source, _map: FactMap | None) -> Reading:
        raise Unreadable("odd", "it is odd", source.at(3), "make it even")

    monkeypatch.setattr(collect, "READERS", Readers(reader("strict", refuse)))
    (tmp_path / "a.json").write_bytes(GOOD)
    evidence = only(collected(tmp_path, "a.json", readers=("strict",), fact_map=None))
    assert evidence.problems == (Problem("invalid", "odd", "it is odd", Location("a.json", 3), "make it even"),)
    assert (evidence.fault, len(evidence.files)) == (False, 1)


def family_reader(seen: list[list[str]]) -> Reader:
    def read(source: Source, _map: FactMap | None) -> Reading:
        seen.append([source.path, *sorted(s.path for s in source.companions.values())])
        return one_fact(source, None)

    return reader("run", read, sniff=lambda head: 90 * head.startswith(b"run"), family=("_main.txt", "_more.txt"))


def test_files_of_one_run_are_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(collect, "READERS", Readers(family_reader(seen)))
    for name in ("a_main.txt", "a_more.txt", "b_main.txt", "b_more.txt"):
        (tmp_path / name).write_bytes(b"run")
    (tmp_path / "other.txt").write_bytes(b"run")
    found = collected(tmp_path, "a_main.txt", "b_*", readers=("run",), fact_map=None)
    assert [[f.path for f in e.files] for e in found.evidence] == [["a_main.txt", "a_more.txt"], ["b_main.txt", "b_more.txt"]]
    assert seen == [["a_main.txt", "a_more.txt"], ["b_main.txt", "b_more.txt"]]


def test_a_run_beside_one_of_another_kind_cannot_hide_in_its_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = reader("other", one_fact, sniff=lambda head: 90 * head.startswith(b"other"))
    monkeypatch.setattr(collect, "READERS", Readers(family_reader([]), other))
    (tmp_path / "a_main.txt").write_bytes(b"other, which passes")
    (tmp_path / "a_more.txt").write_bytes(b"other, which fails")
    found = collected(tmp_path, "*", readers=(), fact_map=None)
    assert [(e.path, e.reader) for e in found.evidence] == [("a_main.txt", "other"), ("a_more.txt", "other")]


def test_a_companion_that_leaves_the_repository_is_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "READERS", Readers(family_reader([])))
    folder = tmp_path / "repo"
    folder.mkdir()
    (tmp_path / "secret.txt").write_bytes(b"run")
    (folder / "a_main.txt").write_bytes(b"run")
    (folder / "a_more.txt").symlink_to(tmp_path / "secret.txt")
    evidence = only(collected(folder, "a_main.txt", readers=("run",), fact_map=None))
    assert (evidence.invalid, [p.code for p in evidence.problems]) == (True, ["outside"])


MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


def piece(*paths: str, produced: Produced | None = None) -> Evidence:
    return Evidence("a", tuple(FileRecord(p, "0", 1) for p in paths), "json", Strength.measured, (), (), produced)


def test_git_dates_only_what_does_not_date_itself() -> None:
    own = Produced(MOMENT, "file", Location("a"))
    assert with_dates(piece("a", produced=own), {"a": datetime(2026, 11, 9, tzinfo=UTC)}).produced == own
    dated = with_dates(piece("a"), {"a": MOMENT})
    assert dated.produced == Produced(MOMENT, "git", Location("a"))


def test_a_family_is_dated_by_its_newest_file_and_only_if_all_are_known() -> None:
    newer = datetime(2026, 11, 9, tzinfo=UTC)
    dated = with_dates(piece("a", "b"), {"a": MOMENT, "b": newer}).produced
    assert dated is not None
    assert dated.at == newer
    assert with_dates(piece("a", "b"), {"a": MOMENT}).produced is None
    assert with_dates(piece(), {"a": MOMENT}).produced is None
