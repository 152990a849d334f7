"""Which reader reads a file: by content, of the kind that is asked for, or with the closest named."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.collect import READERS
from readiness.evidence.reader import Metric, Reader, Reading
from readiness.evidence.readers import ab, envoy, markdown, nginx
from readiness.evidence.sniff import HEAD, Choice, choose
from readiness.model.checklist import FactMap
from readiness.model.fact import Problem, Strength
from readiness.strict_yaml import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = (ROOT / "tests" / "samples", ROOT.parent / "shared" / "samples")
PACKED = (b"\x1f\x8b", b"BZ", b"\x28\xb5")  # compressed samples are unpacked before they are sniffed
MAP = FactMap.model_validate({"metrics": {"p95": {"at": "/p95"}}})


class Readers:
    def __init__(self, shipped: list[Reader], installed: list[Reader] | None = None) -> None:
        self.shipped = {reader.id: reader for reader in shipped}
        self.installed = {reader.id: reader for reader in installed or []}
        self.all = {**self.shipped, **self.installed}

    def get(self, name: str) -> Reader | None:
        return self.all.get(name)


def reader(name: str, score: int, *, mapped: bool = False, shape: str = "json") -> Reader:
    return Reader(name, name.title(), lambda head: score if head else 0, lambda *_: Reading(), Strength.measured,
                  (Metric("x", "", ""),), "", "", mapped=mapped, shape=shape)  # type: ignore[arg-type]  # fmt: skip


def chosen(registry: Readers, *readers: str, data: bytes = b'{"a": 1}', path: str = "a.json",
           fact_map: FactMap | None = None) -> str:  # fmt: skip
    choice = choose(path, data, readers, fact_map, registry)  # type: ignore[arg-type]
    assert isinstance(choice, Choice), choice
    return choice.reader.id


def refused(registry: Readers, *readers: str, data: bytes = b'{"a": 1}', path: str = "a.json",
            fact_map: FactMap | None = None) -> Problem:  # fmt: skip
    choice = choose(path, data, readers, fact_map, registry)  # type: ignore[arg-type]
    assert isinstance(choice, Problem), choice
    assert choice.kind == "invalid"
    return choice


def test_the_surest_reader_reads() -> None:
    registry = Readers([reader("weak", 40), reader("sure", 90), reader("none", 0)])
    assert chosen(registry) == chosen(registry, "sure") == chosen(registry, "weak", "sure") == "sure"


def test_a_file_of_the_wrong_kind_is_refused_and_named() -> None:
    registry = Readers([reader("weak", 0), reader("other", 0), reader("sure", 90)])
    problem = refused(registry, "weak", "other")
    assert problem.code == "wrong-kind"
    assert problem.message == "this is Sure, and the item takes weak or other"


def test_a_reader_of_the_item_comes_before_a_surer_one() -> None:
    """A runbook that quotes a load test is a runbook where the item takes one."""
    registry = Readers([reader("load", 90), reader("runbook", 30), reader("weak", 10)])
    assert chosen(registry) == "load"
    assert chosen(registry, "runbook") == chosen(registry, "weak", "runbook") == "runbook"
    assert chosen(registry, "runbook", "load") == "load"
    assert chosen(registry, "weak", "weak") == "weak"


def test_a_sure_reader_of_the_item_is_taken_without_asking_the_others() -> None:
    asked: list[str] = []

    class Watched(Readers):
        def get(self, name: str) -> Reader | None:
            asked.append(name)
            return super().get(name)

    registry = Watched([reader("one", 10), reader("sure", 80), reader("last", 100)])
    assert choose("a.json", b"{}", ("one", "sure", "last"), None, registry) == Choice(registry.all["sure"])  # type: ignore[arg-type]
    assert "last" not in asked


def test_equals_are_ambiguous_unless_the_item_says_which() -> None:
    registry = Readers([reader("one", 70), reader("two", 70), reader("weak", 10), reader("none", 0)])
    problem = refused(registry)
    assert (problem.code, problem.message) == ("ambiguous", "both one and two know this file")
    assert refused(registry, "one", "two").code == "ambiguous"
    assert chosen(registry, "two") == "two"
    assert refused(registry, "none").code == "ambiguous"


def test_shipped_readers_come_before_installed_ones() -> None:
    registry = Readers([reader("shipped", 10)], [reader("other", 100)])
    assert chosen(registry) == "shipped"
    assert chosen(Readers([reader("shipped", 0)], [reader("other", 100)])) == "other"


def test_installed_readers_are_not_looked_for_if_a_shipped_one_knows_the_file() -> None:
    """Finding them costs 25 ms: importlib.metadata, and a look at every distribution."""

    class Slow(Readers):
        def __init__(self, shipped: list[Reader]) -> None:
            super().__init__(shipped)
            del self.installed

    assert chosen(Slow([reader("shipped", 10)])) == "shipped"
    with pytest.raises(AttributeError):
        chosen(Slow([reader("shipped", 0)]))


def test_an_empty_file_and_an_unknown_reader_are_refused() -> None:
    registry = Readers([reader("locust", 90)])
    assert refused(registry, data=b"").code == "empty"
    problem = refused(registry, "locus")
    assert (problem.code, problem.help) == ("unknown-reader", "did you mean `locust`?")


QUICK = ((ab, "_LINES"), (envoy, "_WORDS"), (markdown, "_SIGNS"), (nginx, "_WORDS"))  # what is looked for first


@pytest.mark.parametrize(("module", "words"), QUICK, ids=[module.READER.id for module, _ in QUICK])
def test_a_quick_look_changes_no_answer(module: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no part of one, and no text of any two of its lines gets another score without it."""
    files = [file for folder in SAMPLES for file in sorted(folder.rglob("*")) if file.is_file()]
    heads = [head for file in files for whole in [file.read_bytes()[:4096]] for head in (whole, whole[: len(whole) // 2])]
    own = [f.read_bytes().splitlines() for f in sorted((SAMPLES[0] / module.READER.id / "ok").iterdir()) if f.stat().st_size < HEAD]
    heads += [b"\n".join(pair) for lines in own for pair in combinations([*dict.fromkeys(lines)][:30], 2)]
    found = [module.READER.sniff(head) for head in heads]
    assert any(found)
    monkeypatch.setattr(module, words, (b"", b""))
    assert [module.READER.sniff(head) for head in heads] == found


def test_only_the_head_is_sniffed() -> None:
    seen: list[int] = []

    def sniff(head: bytes) -> int:
        seen.append(len(head))
        return 50

    one = Reader("one", "One", sniff, lambda *_: Reading(), Strength.measured, (), "", "")
    chosen(Readers([one]), data=b"x" * (HEAD * 2))
    assert seen == [HEAD]


def test_a_mapped_reader_is_known_by_name_or_ending() -> None:
    registry = Readers([reader("json", 0, mapped=True), reader("yaml", 0, mapped=True), reader("k6", 90)])
    assert chosen(registry, "json", path="a.txt", fact_map=MAP) == "json"
    assert chosen(registry, "json") == "json"
    assert chosen(registry, path="a.JSON", fact_map=MAP) == "json"
    assert chosen(registry, "json", "yaml", path="a.yml", fact_map=MAP) == "yaml"
    assert refused(registry, path="a.txt", fact_map=MAP).code == "which-reader"
    assert refused(registry, "k6", fact_map=MAP).code == "which-reader"
    assert refused(registry, "yaml", "k6", "json", path="a.txt", fact_map=MAP).help == "add `reader:` yaml or json"


@pytest.mark.parametrize(("data", "look"), [
    (b'{"a": 1}', "json"), (b"  [1]", "json"), (b"\xef\xbb\xbf{}", "json"), (b"<a/>", "xml"), (b"a,b\n1,2\n", "csv"),
    (b"a;b\n1;2\n", "csv"), (b"a\tb\n1\t2\n", "csv"), (b"a: 1\nb: 2\n", "yaml"), (b"# HELP x y\nx 1\n", "text"),
    (b"\x00\x01", "binary"), (b"hello world\nthis is\n", "text"),
])  # fmt: skip
def test_an_unknown_file_is_told_by_its_look(data: bytes, look: str) -> None:
    near = [reader(f"r-{shape}", 0, shape=shape) for shape in ("json", "xml", "csv", "yaml", "text", "binary")]
    problem = refused(Readers(near), data=data)
    assert problem.code == "unknown-format"
    assert look in problem.message
    if look != "binary":
        assert problem.help.startswith(f"closest: r-{look} (R-{look.title()})")


def test_the_shipped_readers_name_the_closest() -> None:
    problem = choose("a.json", b'{"hello": "world"}', (), None, READERS)
    assert isinstance(problem, Problem)
    assert problem.code == "unknown-format"
    assert "`readiness list readers` shows them" in problem.help
    assert "`reader: json` with a `map`" in problem.help
    narrow = choose("a.json", b'{"hello": "world"}', ("k6-summary",), None, READERS)
    assert isinstance(narrow, Problem)
    assert narrow.help.startswith("closest: k6-summary (k6 summary)")


def test_the_readers_of_a_slot_know_their_own_samples() -> None:
    """Among all readers that the load-test slot takes, in its order, each is found for its samples."""
    text = (ROOT / "checklists" / "load-test.yaml").read_text(encoding="utf-8")
    takes = tuple(parse_yaml(text.encode(), "load-test.yaml").data()["slots"]["load-test"]["readers"])
    tried = 0
    for name in takes:
        for file in sorted((ROOT / "tests" / "samples" / name / "ok").glob("*.*")):
            data = file.read_bytes()
            if data[:2] in PACKED:
                continue
            choice = choose(file.name, data, takes, None, READERS)
            assert isinstance(choice, Choice), (file, choice)
            assert choice.reader.id == name, file
            tried += 1
    assert tried > len(takes)


@pytest.mark.parametrize("mark", ["utf-16", "utf-16-be"])
@pytest.mark.parametrize("readers", [(), ("ghz",), ("ghz", "k6-summary")])
def test_a_json_file_of_powershell_says_that_it_is_utf_16(mark: str, readers: tuple[str, ...]) -> None:
    data = ("\ufeff" * (mark != "utf-16") + '{"count": 1, "rps": 2}').encode(mark)
    found = choose("a.json", data, readers, None, READERS)
    assert isinstance(found, Problem)
    assert f"{found.code}: {found.message}" == "not-utf8: the file is UTF-16"
    assert "PowerShell" in found.help
