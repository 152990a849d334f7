"""Steps of runbooks: which list items are one, and which of them nobody could do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source
from readiness.evidence.readers.markdown import READER
from tests.evidence.readers.config_files import SHARED
from tests.evidence.readers.test_markdown import HERE, PROSE

ROOT = HERE.parents[2]
HEAD = f"# Store outage\n\n{PROSE}\n"


def read(text: str, *, head: str = HEAD) -> Reading:
    return READER.read(Source("a.md", f"{head}{text}".encode()), None)


def counts(text: str, *, head: str = HEAD) -> tuple[object, object]:
    facts = {f.metric: f.value for f in read(text, head=head).facts if not f.labels}
    return facts["steps"], facts.get("steps.vague")


def refused(reading: Reading) -> list[tuple[int, str]]:
    return [(p.at.line, p.message) for p in reading.problems if p.code.startswith("vague")]


def test_a_vague_step_is_told_with_its_line_and_how_to_write_it() -> None:
    reading = read("## Recovery\n\n1. Restart it with `make restart`.\n2. Verify that the service is fine.\n3. Watch it closely.\n")
    assert counts("## Recovery\n\n1. Restart it with `make restart`.\n2. Verify that the service is fine.\n3. Watch it closely.\n") == (3, 2)
    assert [str(p.at) for p in reading.problems] == ["a.md:8", "a.md:9"]
    first, second = reading.problems
    assert (first.kind, first.code) == ("warning", "vague-step")
    assert first.message == "`Verify that the service is fine.` names no command, metric, limit, load, failure or owner"
    assert first.help == "say where to look and what must be there: `components.model.state` in `/metrics.json` is `closed` for 2 min"
    assert second.message == "`closely` can be neither met nor missed"


@pytest.mark.parametrize("text", [
    "1. Restart the gateway:\n\n   ```\n   make restart\n   ```\n",
    "1. Restart the gateway:\n\n```\nmake restart\n```\n",
    "- [ ] Restart it with `make restart`.\n",
    "1. Restart it as [told here](restart.md).\n",
    "1. Go to the page and press **Restart** there.\n",
    "1. Wait until the queue has 20 entries or fewer.\n",
    "1. Open Grafana and look at the board of the store.\n",
    "1. Do the following with the store:\n   - `make stop`\n   - `make start`\n",
    "1. Tell the on-call of the store.\n",
    "1. Setze den Dienst zurück.\n",
    "1. Is the alert `StoreDown` gone?\n",
])  # fmt: skip
def test_a_concrete_step_is_not_told(text: str) -> None:
    assert refused(read(f"## Recovery\n\n{text}")) == []
    assert counts(f"## Recovery\n\n{text}")[1] == 0


@pytest.mark.parametrize("text", [
    "1. Restart the service.\n", "- [ ] Restart the service.\n", "* Restart the service.\n", "1. Restart the service:\n\nDone.\n",
    "1. **Restart** the service.\n", "- [x] Investigate\n", "1. Restart if needed, and see whether it is fine\n",
    "1. Prepare for it:\n   - restart the service\n",
])  # fmt: skip
def test_a_step_that_names_nothing_is_told(text: str) -> None:
    assert counts(f"## Recovery\n\n{text}") == (1, 1)


def test_only_runbooks_have_steps() -> None:
    text = "## Ideas\n\n1. Make the service better.\n- [ ] Make it the best.\n"
    assert counts(text, head=f"# Design\n\n{PROSE}\n") == (0, None)
    assert counts(text) == (2, 2)
    assert counts(f"{text}\n## Rollback\n\nText.\n\n## Escalation\n\n- Ask the others.\n", head=f"# The store\n\n{PROSE}\n") == (3, 3)
    assert counts(text, head=f"---\ntitle: Runbook of the store\n---\n\n# The store\n\n{PROSE}\n") == (2, 2)


def test_other_items_are_steps_only_below_a_heading_of_doing() -> None:
    assert counts("## What users see\n\n- An answer of the search.\n") == (0, None)
    assert counts("## What to do\n\n### First\n\n- Look at the service.\n") == (1, 1)


def test_sections_count_their_steps() -> None:
    facts = read("## Recovery\n\n1. Restart the service.\n\n## Rollback\n\n1. Run `make back`.\n").facts
    told = {(f.metric, dict(f.labels).get("section", "")): f.value for f in facts if f.metric.startswith("steps")}
    assert told == {
        ("steps", ""): 2, ("steps.vague", ""): 1, ("steps", "store outage"): 2, ("steps.vague", "store outage"): 1,
        ("steps", "recovery"): 1, ("steps.vague", "recovery"): 1, ("steps", "rollback"): 1, ("steps.vague", "rollback"): 0,
    }  # fmt: skip


def test_no_more_than_twenty_are_told_one_by_one() -> None:
    text = "## Recovery\n\n" + "- Restart the service.\n" * 50
    assert counts(text) == (50, 50)
    assert len(refused(read(text))) == 20


@pytest.mark.parametrize("name", ["conversation-store-outage", "model-backend-outage", "prompt-rollback", "load-test-design"])
def test_the_worked_examples_runbooks_can_be_done(name: str) -> None:
    data = (ROOT / "evidence" / "shop-assistant" / "runbooks" / f"{name}.md").read_bytes()
    reading = READER.read(Source(name, data), None)
    assert refused(reading) == []
    steps = next(f.value for f in reading.facts if f.metric == "steps" and not f.labels)
    assert (steps == 0) == (name == "load-test-design")


def test_no_public_document_that_is_no_runbook_has_steps() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    for file in sorted(SHARED.rglob("*.md")):
        assert refused(READER.read(Source(file.name, file.read_bytes()), None)) == [], file


@given(st.lists(st.sampled_from([
    "# Runbook", "## Rollback", "1. Restart the service", "   - Look at it", "- [ ] Ask them:", "```\nx\n```", "> 1. Ask the others", "Text.",
    "| a | b |\n|---|---|\n| 1 | 2 |", "", "    - Deep", "2) If needed, stop", "- - - nested", "1. \n", "***", "- [ ]",
])).map("\n".join))  # fmt: skip
def test_pieces_of_runbooks_are_counted(text: str) -> None:
    facts = {f.metric: f.value for f in read(text).facts if not f.labels}
    assert 0 <= float(facts.get("steps.vague", 0)) <= float(facts["steps"])
    assert ("steps.vague" in facts) == (facts["steps"] != 0)


@pytest.mark.parametrize("step", ["a" * 100_000, "a " * 50_000, "-_/" * 30_000, '"' * 100_000, "restart the " * 9_000, "aB" * 50_000, " " * 100_000 + "x"])
def test_a_step_four_times_as_long_takes_about_four_times_as_long(step: str) -> None:
    short = _cpu_seconds(step[: len(step) // 4])
    assert _cpu_seconds(step) < max(0.2, 9 * short)


def _cpu_seconds(step: str) -> float:
    """Return the least CPU time of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        read(f"1. {step}\n")
        taken.append(time.process_time() - start)
    return min(taken)
