"""The promptfoo reader: public and produced files counted another way, and every trap by name."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from readiness.evidence.readers.promptfoo import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.eval_files import problems, real, score, shared

V8 = {"model": "chat-model", "prompt": "prompts/chat_v8.txt"}


def document(name: str = "ok/errors-and-cache.json") -> Any:
    return json.loads((SAMPLES / "promptfoo" / name).read_bytes())


def test_a_real_run_is_counted_as_its_text_says() -> None:
    data = real("promptfoo", "krystian-results.json")
    reading = read(READER, data)
    passes = len(re.findall(rb'\n        "success": true', data))
    rows = len(re.findall(rb'\n        "success": ', data))
    assert (passes, rows) == (2, 3)
    assert (value(reading, "passed"), value(reading, "cases")) == (passes, rows)
    assert [(f.value, f.samples) for f in found(reading, "pass_rate")] == [(2 / 3, 3)]
    assert value(reading, "eval.model") == "openai:chat:gpt-4o-mini"
    assert value(reading, "eval.parameters") == '{"max_tokens":256,"temperature":0}'
    assert str(reading.produced) == "2026-04-22 15:48:05.620000+00:00"
    assert codes(reading) == []


def test_the_digest_is_of_the_prompt_and_not_the_id() -> None:
    """Trap: `prompts[].id` is sha256(label); the text keeps or loses its last line end by chance."""
    reading = read(READER, shared("produced/promptfoo/results.json"))
    stored = shared("produced/promptfoo/prompts/chat_v8.txt")
    names = V8 | {"model": "stub-model"}
    assert value(reading, "eval.prompt_sha256", **names) == hashlib.sha256(stored.rstrip()).hexdigest()
    raw = json.loads(real("promptfoo", "krystian-results.json"))["results"]["prompts"][0]
    told = value(read(READER, real("promptfoo", "krystian-results.json")), "eval.prompt_sha256")
    assert raw["raw"].endswith("\n")
    assert told == hashlib.sha256(raw["raw"].rstrip().encode()).hexdigest() != raw["id"]


def test_two_prompts_have_no_totals() -> None:
    reading = sample(READER, "ok/two-prompts.json")
    assert codes(reading) == ["several-columns"]
    assert found(reading, "pass_rate") == []
    assert value(reading, "pass_rate", **V8) == 0.5
    assert value(reading, "pass_rate", locale="ja", **V8) == 0
    assert value(reading, "cases", locale="en", **V8) == 2
    assert score(reading, "language", **V8) == 0.5


def test_lines_give_the_same_counts_and_no_prompt() -> None:
    lines, whole = sample(READER, "ok/rows.jsonl"), sample(READER, "ok/two-prompts.json")
    counts = [[f.value for f in r.facts if f.metric in ("cases", "passed", "failed")] for r in (lines, whole)]
    assert counts[0] == counts[1]
    assert codes(lines) == ["several-columns", "no-prompt"]
    assert not [f for f in lines.facts if f.metric == "eval.prompt_sha256"]
    assert lines.produced is None
    one = (SAMPLES / "promptfoo/ok/rows.jsonl").read_bytes().split(b"\n")[0]
    assert value(read(READER, one), "cases") == 1


def test_an_error_is_no_failure_and_no_pass() -> None:
    """Traps: errors apart from failures; no assertion is no judgement; the cache was not asked."""
    reading = sample(READER, "ok/errors-and-cache.json")
    counts = {m: value(reading, m) for m in ("cases", "passed", "failed", "cases.errored", "skipped")}
    assert counts == {"cases": 5, "passed": 2, "failed": 1, "cases.errored": 1, "skipped": 1}
    assert [(f.value, f.samples) for f in found(reading, "pass_rate")] == [(2 / 4, 4)]
    assert value(reading, "eval.cached") == 1 / 5
    assert codes(reading) == ["errored", "unjudged", "cached"]
    assert value(reading, "pass_rate", intent="returns") == 1


def test_version_2_tells_an_error_from_a_failure_by_its_grading() -> None:
    reading = sample(READER, "ok/version-2.json")
    assert [value(reading, m) for m in ("passed", "failed", "cases.errored")] == [2, 1, 1]
    assert value(reading, "eval.prompt_sha256") == hashlib.sha256(b"Answer in {{locale}}. Question: {{q}}").hexdigest()
    assert value(reading, "pass_rate", locale="de") == 0


def test_a_bare_summary_and_the_wrapper_of_version_4_are_results() -> None:
    whole = document()
    bare, wrapped = whole["results"], whole | {"version": 4, "createdAt": "2026-11-23T02:46:29Z"}
    del wrapped["results"]["timestamp"]
    assert value(read(READER, json.dumps(bare)), "cases") == 5
    reading = read(READER, json.dumps(wrapped | {"metadata": {}}))
    assert (value(reading, "cases"), str(reading.produced)) == (5, "2026-11-23 02:46:29+00:00")


def test_a_configuration_is_no_result() -> None:
    for name in ("krystian-promptfooconfig.yaml", "voyage-promptfoo.yaml"):
        data = real("promptfoo", name)
        assert READER.sniff(data[:65_536]) > 0
        assert refusal(READER, data) == "wrong-kind"
    assert refusal(READER, json.dumps({"providers": ["x"], "prompts": ["y"], "tests": []})) == "wrong-kind"


def test_a_stub_proves_nothing() -> None:
    data = real("promptfoo", "aleksey-empty-results.json")
    assert READER.sniff(data) > 0
    assert codes(read(READER, data)) == ["inconclusive:no-cases"]


def test_a_stand_in_is_no_model() -> None:
    assert "inconclusive:stand-in" in codes(read(READER, shared("produced/promptfoo/results.json")))


@pytest.mark.parametrize(("change", "code"), [
    (lambda d: d["results"]["stats"].update(successes=4), "invalid:contradiction"),
    (lambda d: d["results"]["stats"].update(failures=0, errors=0), "invalid:contradiction"),
    (lambda d: d["results"]["stats"].update(failures=2, errors=0), None),
    (lambda d: d["results"].update(results={"a": 1}), "invalid:malformed"),
    (lambda d: d["results"]["results"].append({"score": 1}), "invalid:malformed"),
    (lambda d: d["results"]["results"].append(None), "invalid:malformed"),
    (lambda d: d.update(results=None), "invalid:wrong-kind"),
])  # fmt: skip
def test_what_contradicts_itself_or_is_misshapen_is_invalid(change: Any, code: str | None) -> None:
    whole = document()
    change(whole)
    wrong = [text for text in problems(READER, whole) if not text.startswith("warning")]
    assert set(wrong) == ({code} if code else set())


def test_a_free_text_is_no_locale() -> None:
    whole = document()
    row = whole["results"]["results"][0]
    whole["results"]["results"] = [row | {"vars": {"language": f"sentence {n}"}} for n in range(101)]
    whole["results"]["stats"] = {}
    reading = read(READER, json.dumps(whole))
    assert "free-text" in codes(reading)
    assert not [f for f in reading.facts if "locale" in dict(f.labels) and f.metric == "cases"]


def test_it_knows_its_own_files_only() -> None:
    assert known(READER) == {
        "promptfoo/results.json", "promptfoo/results.jsonl", "promptfoo/promptfooconfig.yaml",
        "promptfoo/krystian-results.json", "promptfoo/krystian-promptfooconfig.yaml",
        "promptfoo/voyage-promptfoo.yaml", "promptfoo/aleksey-empty-results.json",
    }  # fmt: skip
