"""Drill records: what a team wrote down is complete, in order and of one drill, or proves nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.drill import READER, read, sniff
from readiness.evidence.readers.drill.record import NEEDED
from readiness.model.fact import Problem, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "drill"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
COMPLETE = (SAMPLES / "ok" / "complete.yaml").read_text()
BAD = {
    "alert-before-the-fault": ("invalid", "order"),
    "alert-is-true": ("invalid", "alert"),
    "alert-without-a-time": ("invalid", "alert"),
    "commit-is-a-word": ("invalid", "not-a-text"),
    "completion-in-ms": ("invalid", "not-a-ratio"),
    "completion-of-97": ("invalid", "not-a-ratio"),
    "day-without-a-time": ("invalid", "naive-time"),
    "detected-before-injected": ("invalid", "order"),
    "empty-value": ("inconclusive", "half-filled"),
    "fill-in": ("inconclusive", "half-filled"),
    "half-filled": ("inconclusive", "half-filled"),
    "injected-never": ("invalid", "not-a-time"),
    "misspelt-key": ("invalid", "unknown-key"),
    "no-mapping": ("invalid", "wrong-shape"),
    "not-yaml": ("invalid", "syntax"),
    "placeholder": ("inconclusive", "half-filled"),
    "pre-failed": ("inconclusive", "pre-failed"),
    "recovered-before-failed-over": ("invalid", "order"),
    "requests-of-zero": ("invalid", "not-a-count"),
    "steady-is-a-word": ("invalid", "not-a-truth-value"),
    "template": ("inconclusive", "half-filled"),
    "time-without-a-zone": ("invalid", "naive-time"),
    "to-do": ("inconclusive", "half-filled"),
    "two-documents": ("invalid", "documents"),
    "version-2": ("invalid", "schema"),
    "zones-mixed-up": ("invalid", "order"),
}


def load(text: str | bytes) -> Reading:
    return read(Source("drill.yaml", text if isinstance(text, bytes) else text.encode()))


def sample(name: str) -> Reading:
    return load((SAMPLES / "ok" / name).read_bytes())


def values(reading: Reading) -> dict[str, Value]:
    return {fact.metric: fact.value for fact in reading.facts}


def problems(text: str | bytes) -> tuple[Problem, ...]:
    try:
        return load(text).problems
    except Unreadable as error:
        return (error.problem,)


def edited(key: str, value: str | None) -> str:
    """Return the complete record with another value for a key, or without it."""
    lines = [line for line in COMPLETE.splitlines() if not line.startswith(f"{key}:")]
    return "\n".join([*lines, *([f"{key}: {value}"] if value is not None else [])]) + "\n"


def test_a_complete_record_gives_the_facts_of_a_drill() -> None:
    reading = sample("complete.yaml")
    assert values(reading) == snapshot(
        {
            "drill.completed": True,
            "fault": "model backend answers 503",
            "title": "Model backend away for ten minutes",
            "environment": "staging",
            "commit": "4f1c2ab",
            "domain": "llm-backend",
            "steady_before": True,
            "steady_after": True,
            "completion": 0.972,
            "alert": "ModelBackendDown",
            "alert_fired": True,
            "detection": 12400.0,
            "degrade": 14000.0,
            "recovery": 31000.0,
            "drill.started": "2026-11-20T10:00:00.000Z",
            "drill.ended": "2026-11-20T10:10:31.000Z",
            "duration": 631000.0,
            "rollbacks.failed": 0,
            "actions": 1,
        }
    )
    assert reading.problems == ()
    completion = next(f for f in reading.facts if f.metric == "completion")
    assert (completion.samples, completion.unit, str(completion.at)) == (1840, "ratio", "drill.yaml:14:13 /completion")
    assert str(reading.produced) == "2026-11-20 10:10:31+00:00"


def test_front_matter_is_the_same_record_a_line_lower() -> None:
    assert values(sample("front-matter.md")) == values(sample("complete.yaml"))
    assert next(f for f in sample("front-matter.md").facts if f.metric == "completion").at.line == 15


def test_what_did_not_happen_is_said_and_is_no_mistake() -> None:
    nobody, no_fallback = values(sample("nobody-noticed.yaml")), values(sample("no-fallback.yaml"))
    assert (nobody["drill.completed"], nobody["alert_fired"], "detection" in nobody) == (True, False, False)
    assert (no_fallback["drill.completed"], "degrade" in no_fallback) == (False, False)
    assert values(load(edited("recovered", "never")))["drill.completed"] is False
    assert values(load(edited("steady_after", "false")))["drill.completed"] is False


def test_an_alert_after_the_recovery_did_not_help() -> None:
    assert values(sample("alert-after-the-recovery.yaml"))["alert_fired"] is False


def test_without_removal_recovery_counts_from_the_injection() -> None:
    got = values(sample("no-alert-and-not-removed.yaml"))
    assert (got["recovery"], "rollbacks.failed" in got) == (631_000, False)


@pytest.mark.parametrize(("written", "share"), [("0.972", 0.972), ("97.2 %", 0.972), ("97.2%", 0.972), ("1", 1), ("0", 0), ("'98 %'", 0.98)])
def test_completion_is_a_ratio_or_in_percent(written: str, share: float) -> None:
    assert values(load(edited("completion", written)))["completion"] == pytest.approx(share)


@pytest.mark.parametrize("key", [*NEEDED])
@pytest.mark.parametrize("nothing", [None, "", "TBD", "todo", "'?'", "<when?>", "n/a", "${VALUE}", "null", "[]"])
def test_a_record_with_any_gap_proves_nothing(key: str, nothing: str | None) -> None:
    reading = load(edited(key, nothing))
    assert values(reading)["drill.completed"] is False
    (problem,) = [p for p in reading.problems if p.kind != "warning"]
    assert (problem.kind, problem.code) == ("inconclusive", "half-filled")
    assert problem.message == f"half a record: `{key}` is not filled in"


@pytest.mark.parametrize("key", ["title", "domain", "removed", "requests", "observers", "links", "notes"])
def test_the_rest_may_be_left_out(key: str) -> None:
    reading = load(edited(key, None))
    assert (values(reading)["drill.completed"], reading.problems) == (True, ())


def test_a_drill_of_seconds_is_a_warning() -> None:
    text = COMPLETE.replace("10:10:31+01:00", "10:00:31+01:00")
    text = edited("removed", None).replace("2026-11-20T11:10:31+01:00", "2026-11-20T10:00:04Z")
    text = text.replace("10:00:12.400Z", "10:00:01Z").replace("10:00:14Z", "10:00:02Z").replace("10:01:05Z", "10:00:03Z")
    assert [(p.kind, p.message) for p in load(text).problems] == snapshot(
        [("warning", "the whole drill took 4 s: too short for much to be seen")]
    )


def test_messages() -> None:
    told = [f"{p.at.line}: {p.message} ({p.help})" for name in ("misspelt-key", "zones-mixed-up", "alert-without-a-time", "completion-of-97")
            for p in problems((SAMPLES / "broken" / f"{name}.yaml").read_bytes())]  # fmt: skip
    assert told == snapshot(
        [
            "10: unknown key `failedover` (did you mean `failed_over`?)",
            "12: `recovered` is before `injected` (check both times and their zones)",
            "16: `alert` is no name with the time it fired (write `alert: {name: ModelBackendDown, fired: 2026-11-20T10:01:05Z}`, or `never`)",
            "14: `completion` of 97 is not from 0 to 1 (write 97.2 % or 0.972)",
        ]
    )


@pytest.mark.parametrize("path", sorted((SAMPLES / "broken").iterdir()), ids=lambda p: p.stem)
def test_broken_sample_is_never_a_pass(path: Path) -> None:
    found = [p for p in problems(path.read_bytes()) if p.kind != "warning"]
    assert (found[0].kind, found[0].code) == BAD[path.stem]
    with contextlib.suppress(Unreadable):
        assert values(load(path.read_bytes()))["drill.completed"] is False


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in (SAMPLES / "broken").iterdir()} == set(BAD)


HOSTILE = [b"", b"\0", b"\xff\xfes\0c\0", b"schema: " + b"[" * 5000, b"schema: readiness/drill@1\n" * 2, b"schema: readiness/drill@1",
           b"schema: readiness/drill@1\ncompletion: 1e999\n", b"schema: readiness/drill@1\ninjected: " + b"9" * 4000 + b"\n",
           b"schema: &a readiness/drill@1\nfault: *a\n", b"---\n---\n"]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_files_are_never_a_pass(data: bytes) -> None:
    assert any(p.kind != "warning" for p in problems(data))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: f"schema: readiness/drill@1\n{t}".encode(errors="replace")))
def test_random_bytes_are_never_a_pass(data: bytes) -> None:
    assert any(p.kind != "warning" for p in problems(data))


@given(st.sampled_from(NEEDED), st.sampled_from(["1", "true", "[1]", "{a: 1}", "0x10", "-1", "1e400", "2026-13-40T99:00:00Z", "'\\u202e'", "never"]))
def test_junk_in_any_part_is_told_or_a_fact(key: str, junk: str) -> None:
    for problem in problems(edited(key, junk)):
        assert problem.message
        assert problem.help


def test_sniff_knows_no_shared_sample_and_each_of_its_own() -> None:
    for path in (SAMPLES / "ok").iterdir():
        assert sniff(path.read_bytes()) == 95
    if SHARED.is_dir():
        assert not [p for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])]


def test_reader_names_every_metric_it_gives() -> None:
    given_ = {metric for p in (SAMPLES / "ok").iterdir() for metric in values(load(p.read_bytes()))}
    assert given_ == {metric.name for metric in READER.metrics}


def test_the_example_in_the_docs_page_is_a_complete_record() -> None:
    text = READER.produce.removeprefix("cat > drill.yaml <<END\n").removesuffix("END")
    reading = load(text)
    assert (values(reading)["drill.completed"], reading.problems) == (True, ())
