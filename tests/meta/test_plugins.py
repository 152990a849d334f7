"""Readers, formats and analyses: each with its samples and pages, and each found by itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from readiness.analysis.analysis import ANALYSES, Analysis
from readiness.discovery import Registry
from readiness.evidence.collect import READERS
from readiness.evidence.reader import Reader
from readiness.model.quantity import CANONICAL
from readiness.rendering.format import FORMATS, Format

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
KINDS: dict[str, tuple[Registry[Any], Path]] = {
    "reader": (READERS, ROOT / "readiness" / "evidence" / "readers"),
    "format": (FORMATS, ROOT / "readiness" / "rendering" / "formats"),
    "analysis": (ANALYSES, ROOT / "readiness" / "analysis" / "analyses"),
}


@pytest.mark.parametrize("reader", READERS.shipped_ids)
def test_a_reader_has_an_ok_and_a_broken_sample_and_a_page(reader: str) -> None:
    for kind in ("ok", "broken"):
        folder = TESTS / "samples" / reader / kind
        assert any(folder.iterdir()) if folder.is_dir() else False, f"add a file to {folder}"
    assert (ROOT / "docs" / "readers" / f"{reader}.md").is_file(), "run `make docs`"
    module = reader.replace("-", "_")
    assert (TESTS / "evidence" / "readers" / f"test_{module}.py").is_file()


@pytest.mark.parametrize("form", FORMATS.shipped_ids)
def test_a_format_has_a_golden_report_and_a_page(form: str) -> None:
    folder = TESTS / "golden" / form
    assert any(folder.iterdir()) if folder.is_dir() else False, f"add a report to {folder}"
    page = ROOT / "docs" / "formats" / f"{form}.md"
    assert page.is_file(), "run `make docs`"
    assert not FORMATS.shipped[form].needs or FORMATS.shipped[form].needs in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("analysis", ANALYSES.shipped_ids)
def test_an_analysis_has_a_test_and_a_page(analysis: str) -> None:
    assert (ROOT / "docs" / "analyses" / f"{analysis}.md").is_file(), "run `make docs`"
    assert (TESTS / "analysis" / f"test_{analysis.replace('-', '_')}.py").is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_the_names_of_the_modules(kind: str) -> None:
    registry, folder = KINDS[kind]
    files = [*folder.glob("*.py"), *(file.parent for file in folder.glob("*/__init__.py"))]
    modules = {f.stem.replace("_", "-") for f in files if not f.stem.startswith("_")}
    assert set(registry.shipped_ids) == modules
    assert list(registry.shipped_ids) == sorted(modules)
    assert {record.id for record in registry.shipped.values()} == modules
    assert {name: record.id for name, record in registry.shipped.items()} == {name: name for name in modules}


def test_each_reader_says_what_it_needs_to_say() -> None:
    for reader in READERS.shipped.values():
        assert reader.title
        assert reader.produce
        assert reader.source
        assert reader.metrics
        assert len({m.name for m in reader.metrics}) == len(reader.metrics)
        for metric in reader.metrics:
            assert metric.unit in CANONICAL.values(), f"{reader.id}: {metric.name} in {metric.unit!r}"
        assert reader.sniff(b"") == 0
        assert 0 <= reader.sniff(b"\x00\xff" * 40) <= 100


MODULE = """
from readiness.analysis.analysis import Analysed, Analysis
from readiness.model.fact import Strength

def run(launch, path, evidence):
    return Analysed((), (), Strength.claimed)

ANALYSIS = Analysis({id!r}, "T", run, (), "f", "s")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package `dropped_in` on the path, forgotten afterwards."""
    folder = tmp_path / "dropped_in"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] in ("dropped_in", "others_plugins")]:
        del sys.modules[name]


def registry(group: str = "test.none") -> Registry[Analysis]:
    return Registry("dropped_in", "ANALYSIS", Analysis, group)


def test_a_module_dropped_in_is_found_and_others_are_not_imported(package: Path) -> None:
    (package / "new_one.py").write_text(MODULE.format(id="new-one"))
    (package / "explodes.py").write_text("raise RuntimeError('imported too early')")
    (package / "_helper.py").write_text("raise RuntimeError('no plug-in')")
    found = registry()
    assert found.shipped_ids == ("explodes", "new-one")
    record = found.get("new-one")
    assert record is not None
    assert record.id == "new-one"
    assert found.get("other") is None
    with pytest.raises(RuntimeError, match="imported too early"):
        _ = found.all


@pytest.mark.parametrize(("text", "error", "message"), [
    (MODULE.format(id="another"), ValueError, "the id is 'another' and not the module's name"),
    (MODULE.format(id="new_one"), ValueError, "not the module's name"),
    ("ANALYSIS = 'text'", TypeError, "no Analysis named ANALYSIS"),
    ("READER = 1", TypeError, "no Analysis named ANALYSIS"),
    ("from readiness.evidence.readers.json import READER as ANALYSIS", TypeError, "no Analysis"),
])  # fmt: skip
def test_a_record_of_another_id_or_type_is_refused(package: Path, text: str, error: type[Exception], message: str) -> None:
    (package / "new_one.py").write_text(text)
    with pytest.raises(error, match=message):
        registry().get("new-one")
    with pytest.raises(error, match=message):
        _ = registry().all


def install(folder: Path, module: str, *points: str, group: str = "test.analyses") -> None:
    """Put a distribution with entry points beside a package."""
    (folder / "others_plugins.py").write_text(module)
    info = folder / "others_plugins-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others-plugins\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n" + "\n".join(points) + "\n")


def test_records_of_other_distributions_load(package: Path) -> None:
    (package / "own.py").write_text(MODULE.format(id="own"))
    install(package.parent, MODULE.format(id="theirs"), "theirs = others_plugins:ANALYSIS")
    found = registry("test.analyses")
    assert list(found.all) == ["own", "theirs"]
    record = found.get("theirs")
    assert record is not None
    assert record.title == "T"


@pytest.mark.parametrize(("module", "points", "error"), [
    ("ANALYSIS = 3", ("x = others_plugins:ANALYSIS",), TypeError),
    (MODULE.format(id="own"), ("own = others_plugins:ANALYSIS",), ValueError),
    (MODULE.format(id="twice"), ("a = others_plugins:ANALYSIS", "b = others_plugins:ANALYSIS"), ValueError),
    ("", ("x = others_plugins:ANALYSIS",), AttributeError),
])  # fmt: skip
def test_a_wrong_entry_point_is_refused(package: Path, module: str, points: tuple[str, ...], error: type[Exception]) -> None:
    (package / "own.py").write_text(MODULE.format(id="own"))
    install(package.parent, module, *points)
    with pytest.raises(error):
        _ = registry("test.analyses").installed


@pytest.mark.parametrize(("registry_", "kind", "group"), [
    (READERS, Reader, "readiness.readers"), (FORMATS, Format, "readiness.formats"),
    (ANALYSES, Analysis, "readiness.analyses"),
])  # fmt: skip
def test_the_three_registries_take_entry_points_of_their_group(registry_: Registry[Any], kind: type, group: str) -> None:
    assert (registry_._kind, registry_._group) == (kind, group)
    assert isinstance(sys.modules[kind.__module__], ModuleType)
