"""The Inspect reader: both forms of a log say the same, and no trial, dead or fake run passes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from readiness.evidence.readers.inspect_ai import READER
from readiness.evidence.readers.inspect_ai.archive import MAX_MEMBER
from tests.evidence.readers.archives import archive
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.eval_files import problems, real, score, shared


def document(name: str = "ok/locales.json") -> Any:
    return json.loads((SAMPLES / "inspect-ai" / name).read_bytes())


def members(method: int = 93, **changes: Any) -> bytes:
    """Return an archive of the sample, its header changed."""
    log = document()
    samples = log.pop("samples")
    header = log | changes
    parts = {"_journal/start.json": {"eval": log["eval"]}, "summaries.json": samples, "header.json": header}
    return archive({name: json.dumps(part).encode() for name, part in parts.items()}, method)


def test_a_real_log_is_counted_as_its_text_says() -> None:
    data = real("inspect", "security-guide.json")
    reading = read(READER, data)
    reduced = [entry["value"] for entry in json.loads(data)["reductions"][0]["samples"]]
    assert sum(reduced) == value(reading, "passed") == 3
    assert (score(reading, "accuracy"), value(reading, "eval.model")) == (1, "openai/gpt-4o-mini")
    template = json.loads(data)["plan"]["steps"][0]["params"]["template"]
    assert value(reading, "eval.prompt_sha256") == hashlib.sha256(template.rstrip().encode()).hexdigest()
    assert str(reading.produced) == "2025-05-13 00:28:36+00:00"


def test_a_real_archive_says_what_its_json_says() -> None:
    told = [
        [(f.metric, f.labels, f.value, f.samples) for f in read(READER, real("inspect", name)).facts]
        for name in ("log_formats.eval", "log_formats.json")
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 5


def test_a_zstd_archive_of_inspect_itself_is_read() -> None:
    """Trap: newer `.eval` files use ZIP method 93, which `zipfile` cannot read before Python 3.14."""
    data = shared("produced/inspect/logs-eval/*.eval")
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert {member.compress_type for member in opened.infolist()} == {93}
    reading = read(READER, data)
    assert {locale: value(reading, "pass_rate", locale=locale) for locale in ("en", "de", "ja")} == {"en": 1, "de": 1, "ja": 0.25}
    assert value(reading, "pass_rate") == score(reading, "accuracy") == 0.75
    assert codes(reading) == ["inconclusive:stand-in"]


@pytest.mark.parametrize("method", [0, 8, 93])
def test_an_archive_packed_in_any_way_gives_the_same(method: int) -> None:
    told = {(f.metric, f.labels, f.value) for f in read(READER, members(method)).facts}
    assert told == {(f.metric, f.labels, f.value) for f in sample(READER, "ok/locales.json").facts}


def test_the_mean_passes_and_a_locale_does_not() -> None:
    reading = sample(READER, "ok/locales.json")
    assert [(f.value, f.samples) for f in found(reading, "pass_rate")] == [(0.75, 12)]
    assert [(f.value, f.samples) for f in found(reading, "pass_rate", locale="ja")] == [(0.25, 4)]
    assert score(reading, "accuracy", locale="ja") == 0.25
    assert value(reading, "eval.parameters") == '{"max_tokens":256,"temperature":0.2}'


def test_a_case_passes_if_it_is_right_at_every_epoch() -> None:
    """Traps: epochs are no cases; P and N are no pass; an error counts; a scale has no passes."""
    reading = sample(READER, "ok/two-scorers.json")
    match = {"metric": "match"}
    told = {f.metric: f.value for f in reading.facts if dict(f.labels) == match}
    assert told == {"cases": 6, "passed": 2, "failed": 3, "cases.errored": 1, "pass_rate": 2 / 6}
    assert not [f for f in reading.facts if f.metric == "pass_rate" and ("metric", "tone") in f.labels]
    assert score(reading, "tone.mean", intent="returns") == score(reading, "tone.mean", group="gold") == 0.7
    assert codes(reading) == ["errored"]


@pytest.mark.parametrize(("changes", "code"), [
    ({"status": "error", "results": None, "samples": [], "error": {"message": "boom\nat line 1"}}, "inconclusive:unfinished"),
    ({"status": "cancelled"}, "inconclusive:unfinished"),
    ({"status": "started"}, "inconclusive:unfinished"),
    ({"status": None}, "inconclusive:unfinished"),
    ({"results": None, "samples": []}, "inconclusive:no-results"),
    ({"invalidated": True}, "inconclusive:invalidated"),
    ({"samples": [{"id": 1, "epoch": 1, "scores": {}}]}, "inconclusive:no-cases"),
    ({"samples": {"a": 1}}, "invalid:malformed"),
    ({"samples": [7]}, "invalid:malformed"),
    ({"eval": None}, "invalid:wrong-kind"),
])  # fmt: skip
def test_what_is_no_whole_run_proves_nothing(changes: dict[str, Any], code: str) -> None:
    assert code in problems(READER, document() | changes)


def test_a_part_of_the_data_set_is_a_trial() -> None:
    assert codes(read(READER, real("inspect", "security-guide.json"))) == ["inconclusive:limited"]
    log = document()
    log["eval"]["dataset"]["samples"] = 13
    assert problems(READER, log) == ["inconclusive:limited"]
    log["samples"][0]["invalidation"] = {"author": "x"}
    assert "inconclusive:invalidated" in problems(READER, log)


def test_an_accuracy_that_is_not_that_of_the_samples_is_invalid() -> None:
    log = document()
    log["samples"][-1]["scores"]["inc"]["value"] = "C" if log["samples"][-1]["scores"]["inc"]["value"] == "I" else "I"
    assert problems(READER, log) == ["invalid:contradiction"]


def test_a_log_without_samples_has_scores_and_no_pass_rate() -> None:
    log = document()
    del log["samples"]
    reading = read(READER, json.dumps(log))
    assert codes(reading) == ["no-samples-logged"]
    assert (value(reading, "cases"), score(reading, "accuracy")) == (12, 0.75)
    assert found(reading, "pass_rate") == []


def test_what_metadata_claims_of_a_prompt_is_not_believed() -> None:
    log = document()
    assert log["metadata"]["prompt_sha256"] == "deadbeef"
    log["plan"]["steps"] = [{"solver": "system_message", "params": {"template": "prompts/chat.txt"}}]
    assert found(read(READER, json.dumps(log)), "eval.prompt_sha256") == []


def test_a_run_that_died_has_no_header() -> None:
    assert codes(sample(READER, "broken/died.eval")) == ["inconclusive:unfinished"]


@pytest.mark.parametrize("lies", [{"crc": 1}, {"flags": 1}, {"packed": 12}, {"packed": 8}, {"packed": 0}])
def test_a_damaged_or_locked_archive_is_corrupt(lies: dict[str, int]) -> None:
    assert refusal(READER, archive({"header.json": b"{}" * 50}, **lies)) == "corrupt"


def test_a_bomb_is_not_unpacked() -> None:
    assert refusal(READER, archive({"header.json": b"0" * (MAX_MEMBER + 9)}, size=2)) == "corrupt"
    assert refusal(READER, archive({"header.json": b"0" * (MAX_MEMBER + 9)}, 8, size=2)) == "corrupt"


def test_an_archive_of_something_else_is_refused() -> None:
    other = archive({"word/document.xml": b"<a/>"})
    assert READER.sniff(other) == 0
    assert refusal(READER, other) == "wrong-kind"


def test_it_knows_its_own_files_only_and_gives_what_it_declares() -> None:
    assert {name.partition("/")[0] for name in known(READER)} == {"logs-json", "logs-eval", "error", "inspect"}
    declared(READER)
