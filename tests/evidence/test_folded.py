"""JSON whose lists are folded: the same facts and problems, whether the file is held or comes in pieces."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence import json_text, structured
from readiness.evidence.collect import READERS
from readiness.evidence.folded import Fold, Plan, fold, read_folded, read_one
from readiness.evidence.loadtest import gathered, serving_lists
from readiness.evidence.reader import Reader, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.load import Load
from readiness.stats.histogram import quantile
from tests.evidence.test_json_stream import VALUES, Pieces

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "samples" / "loadtest"
FORMATS = ("vllm-bench", "sglang-bench", "guidellm", "ghz", "inference-perf", "llmperf")
SIZES = (1, 7, 300, 1 << 20)


def samples() -> Iterator[tuple[Reader, Path]]:
    """Yield the files that are read in pieces once they are large, those of others included."""
    readers = [READERS.shipped[name] for name in FORMATS]
    paths = [p for name in FORMATS for p in sorted((SAMPLES / name).rglob("*.json*"))]
    for path in (*paths, *sorted(SHARED.rglob("*.json*"))):
        head = path.read_bytes()[: 1 << 16] if path.is_file() else b""
        yield from ((reader, path) for reader in readers if reader.sniff(head) and reader.in_pieces(head))


def outcome(reader: Reader, source: Source) -> object:
    try:
        reading = reader.read(source, None)
        load = reading.load or Load(())
        windows = [(w.start, w.users, {name: (c.ok, c.failed) for name, c in w.groups.items()}) for w in load.windows]
        return reading._replace(load=None), windows, load.began, load.seconds, load.width, load.arrivals
    except Unreadable as error:
        found = error.problem
        return found.code, "" if found.code == "not-json" else found.message  # whose places differ a little


@pytest.mark.parametrize(("reader", "path"), list(samples()), ids=lambda value: getattr(value, "name", ""))
def test_a_file_in_pieces_gives_what_it_gives_when_it_is_held(
    reader: Reader, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structured, "_INDEXED", 0)  # as in a large file, where a place is its pointer
    data = path.read_bytes()
    held = outcome(reader, Source(path.name, data))
    for size in SIZES if len(data) < 20_000 else SIZES[2:]:
        streamed = outcome(reader, Source.streamed(path.name, Pieces(data, size)))
        assert streamed == held


class Listed(Fold):
    """Keeps what it is given, and refuses `null`."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.kept: list[Any] = []

    def take(self, index: int, element: Any) -> None:
        if element is None:
            self.refuse("number", "a null", index)
        self.kept.append(element)


def in_pieces(text: str, plan: Plan, size: int = 3) -> list[tuple[int, JsonDocument]]:
    return list(read_folded(Source.streamed("f.json", Pieces(text.encode(), size)), plan))


@given(st.lists(VALUES.filter(lambda value: value is not None), max_size=30), st.integers(1, 50), st.booleans(), st.data())
def test_every_list_comes_back_whole_however_it_is_cut(
    values: list[Any], size: int, spaced: bool, data: st.DataObject
) -> None:
    text = json.dumps({"a": [{"b": values}], "c": 1}, indent=1 if spaced else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "BATCH", data.draw(st.integers(1, 200)))
        ((line, document),) = in_pieces(text, {"a": [{"b": Listed}]}, size)
    held = fold(JsonDocument(Source("f.json", text.encode())), {"a": [{"b": Listed}]})
    for found in (document, held):
        listed = found.get("a", 0, "b")
        assert isinstance(listed, Listed)
        assert listed.kept == values
        assert len(listed) == len(values)
        assert found.get("c") == 1
    assert line == 1


def test_a_fold_tells_the_first_element_that_is_wrong_if_it_is_asked() -> None:
    ((_, document),) = in_pieces('{"a": {"b": [1, null, 2, null]}}', {"a": {"b": Listed}})
    listed = document.get("a", "b")
    assert (listed.total, listed.kept, listed.key) == (4, [1], "b")
    with pytest.raises(Unreadable) as caught:
        listed.check()
    assert str(caught.value.problem.at) == snapshot("f.json /a/b/1")


def test_what_stood_before_a_list_is_known_to_it() -> None:
    ((_, document),) = in_pieces('{"n": 3, "b": [], "m": 4}', {"b": Listed})
    assert document.get("b").beside["n"] == 3


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [,1]}', '{"a": [1,,2], "b": [1, 2]}', '{"a": [1,], "b": [1, 2]}', '{"a": ["",], "b": [1, 2]}', '{"a": [1, 2', '{"a": [1, 2}', '{"a": [1 2]}', '{"a": [1, 2]', '{"a": [1,]}', '{"a": [NaN]}', '{"a": [Infinity]}',
        '{"a": ["x, "y"]}', '{"a": [{"x": 1}, {"x": 2, "x": 3}]}', '{"a": [], "a": []}', '{"a": [1e-400, 2]}',
        '{"a": ["\\ud800", "b"]}', '{"a": [' + "[" * 200 + "]" * 200 + "]}", '{"a": []} {"a": []}', '{"a": []} done', "",
    ],
)  # fmt: skip
def test_what_is_no_strict_json_is_refused_in_pieces_as_it_is_when_held(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        JsonDocument(Source("f.json", text.encode()))
    with pytest.raises(Unreadable) as streamed:
        read_one(Source.streamed("f.json", Pieces(text.encode(), 5)), {"a": Listed})
    assert streamed.value.problem.code == caught.value.problem.code


def test_only_a_key_that_may_be_infinite_is() -> None:
    source = Source.streamed("f.json", Pieces(b'{"r": Infinity, "x": 1}', 4))
    ((_, document),) = read_folded(source, {}, infinite=("r",))
    assert document.value == {"r": "inf", "x": 1}


@pytest.mark.parametrize(
    ("name", "key", "steps"),
    [
        ("ghz/ok/chat.json", "details", ()),
        ("guidellm/ok/with-requests.json", "successful", ("benchmarks", 0, "requests")),
        ("guidellm/ok/with-requests.json", "requests", ("benchmarks", 0)),
        ("vllm-bench/ok/detailed.json", "ttfts", ()),
        ("vllm-bench/ok/detailed.json", "errors", ()),
        ("vllm-bench/ok/detailed.json", "generated_texts", ()),
    ],
)
def test_what_stands_where_a_list_should_be_is_refused(name: str, key: str, steps: tuple[str | int, ...]) -> None:
    """Else the summary would be taken without a word, as where there is no list."""
    report = json.loads((SAMPLES / name).read_text())
    place = report
    for step in steps:
        place = place[step]
    reader = READERS.shipped[name.partition("/")[0]]
    kind = "an object" if key == "requests" else "a list"
    other: object = [] if key == "requests" else {}
    for wrong in (other, "", "x", 0, 7, False, True):
        place[key] = wrong
        data = json.dumps(report).encode()
        for source in (Source("f", data), Source.streamed("f", Pieces(data, 99))):
            assert outcome(reader, source) == ("wrong-shape", f"`{key}` is not {kind}")
    place[key] = None
    assert READERS.shipped[reader.id].read(Source("f", json.dumps(report).encode()), None).facts


def test_documents_that_follow_each_other_have_their_lines() -> None:
    assert [(line, d.value) for line, d in in_pieces('{"a": 1}\n\n{"a": 2}', {})] == [(1, {"a": 1}), (3, {"a": 2})]


def test_beyond_a_million_values_are_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathered, "MOST", 500)
    drawn = random.Random(4)
    values = [0.0, *(drawn.lognormvariate(3, 2) for _ in range(20_000))]
    found = gathered.Gathered()
    for start in range(0, len(values), 70):
        found.extend(values[start : start + 70])
    counted = found.histogram(1000)
    assert counted.size == len(values)
    assert counted.values[0] == 0
    for share in (0.1, 0.5, 0.99):
        exact = sorted(values)[int(share * len(values))] * 1000
        assert quantile(counted, share) == pytest.approx(exact, rel=1e-3)


def result(ok: list[bool], *, lengths_last: bool = False) -> dict[str, Any]:
    """Return a result of vLLM; a request that failed broke off after two gaps."""
    drawn = random.Random(7)
    gaps = [[drawn.uniform(0.01, 0.05) for _ in range(9 if fine else 2)] for fine in ok]
    lists: dict[str, Any] = {
        "input_lens": [20] * len(ok),
        "output_lens": [10 if fine else 0 for fine in ok],
        "ttfts": [drawn.uniform(0.1, 0.2) for _ in ok],
        "itls": gaps,
        "errors": ["" if fine else "the connection broke" for fine in ok],
    }
    if lengths_last:
        lists["output_lens"] = lists.pop("output_lens")
    return {
        "date": "20260101-120000", "model_id": "m", "tokenizer_id": "m", "num_prompts": len(ok), "burstiness": 1.0,
        "request_rate": 5.0, "duration": 100.0, "completed": sum(ok), "request_throughput": sum(ok) / 100, **lists,
    }  # fmt: skip


def itl(document: dict[str, Any]) -> tuple[dict[str, object], list[str]]:
    data = json.dumps(document).encode()
    reading = READERS.shipped["vllm-bench"].read(Source.streamed("r.json", Pieces(data, 999)), None)
    found: dict[str, object] = {fact.metric: fact.value for fact in reading.facts if fact.metric.startswith("itl.")}
    return found, [problem.code for problem in reading.problems]


def test_gaps_of_failures_are_left_out_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    ok = [index % 5 != 3 for index in range(200)]
    exact, told = itl(result(ok))
    monkeypatch.setattr(gathered, "MOST", 100)
    monkeypatch.setattr(serving_lists, "KEPT", 100)
    rounded, again = itl(result(ok))
    assert told == again
    assert rounded == pytest.approx(exact, rel=1e-3)
    assert rounded["itl.max"] != exact["itl.max"]


def test_gaps_of_which_it_is_known_too_late_who_failed_are_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_lists, "KEPT", 100)
    late = result([index % 5 != 3 for index in range(200)], lengths_last=True)
    found, told = itl(late)
    assert found == {}
    assert "not-recomputed" in told
    fine, told = itl(result([True] * 200, lengths_last=True))
    assert fine
    assert "not-recomputed" not in told
