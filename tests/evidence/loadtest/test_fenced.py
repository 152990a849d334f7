"""Tables of ab and hey that were pasted into Markdown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from readiness.evidence.collect import READERS
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.sniff import Choice, choose

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ABOVE = "# Load test\n\nWe ran it:\n\n```csv\n"
TABLES = ("ab-percentiles", "ab-samples", "hey-csv")


def table(reader: str) -> str:
    return min((SAMPLES / reader / "ok").iterdir()).read_text()


def read(name: str, text: str) -> Reading:
    reader = READERS.get(name)
    assert reader is not None
    return reader.read(Source("notes.md", text.encode()), None)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("fence", "end"), [("```", "```\n\nAll is well.\n"), ("~~~", "~~~"), ("```", "")])
def test_a_pasted_table_gives_the_same_facts_by_the_lines_of_the_document(name: str, fence: str, end: str) -> None:
    above = ABOVE.replace("```", fence)
    document = f"{above}{table(name)}{end}"
    choice = choose("notes.md", document.encode(), (), None, READERS)
    assert isinstance(choice, Choice)
    assert choice.reader.id == name
    plain, pasted = read(name, table(name)), read(name, document)
    down = above.count("\n")
    shifted = [f._replace(at=replace(f.at, line=f.at.line + down) if f.at.line else f.at) for f in plain.facts]
    assert list(pasted.facts) == shifted
    assert [p.code for p in pasted.problems] == [p.code for p in plain.problems]
    assert str(pasted.load) == str(plain.load)


@pytest.mark.parametrize("name", TABLES)
def test_of_two_tables_neither_is_read(name: str) -> None:
    once = f"{ABOVE}{table(name)}```\n"
    with pytest.raises(Unreadable) as caught:
        read(name, once + once)
    problem = caught.value.problem
    assert (problem.code, problem.at.line) == ("several-runs", once.count("\n") + ABOVE.count("\n") + 1)


@pytest.mark.parametrize("name", TABLES)
def test_a_mistake_in_a_pasted_table_is_told_by_its_line(name: str) -> None:
    lines = f"{ABOVE}{table(name)}```\n".splitlines(keepends=True)
    lines[7] = "nonsense\n"
    with pytest.raises(Unreadable) as caught:
        read(name, "".join(lines))
    assert caught.value.problem.at.line == 8


@pytest.mark.parametrize("name", TABLES)
def test_a_runbook_stays_a_runbook(name: str) -> None:
    document = f"{ABOVE}{table(name)}```\n\n## Steps\n\n1. Run it again.\n"
    choice = choose("notes.md", document.encode(), ("markdown",), None, READERS)
    assert isinstance(choice, Choice)
    assert choice.reader.id == "markdown"
