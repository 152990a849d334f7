"""A record is added to decisions.yaml, and every byte that was there stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import InputError
from readiness.loading.append import Value, with_record
from readiness.strict_yaml import parse_yaml

RECORD: dict[str, Value] = {"item": "LOAD-01", "kind": "waived", "reason": "short", "revisit_when": {"share": "25 %"}}
EXAMPLE = Path(__file__).resolve().parents[2] / "evidence" / "shop-assistant" / "decisions.yaml"
ADDED = "  - item: LOAD-01\n    kind: waived\n    reason: short\n    revisit_when: {share: 25 %}\n"


def test_the_example_keeps_every_byte() -> None:
    before = EXAMPLE.read_text()
    assert with_record(before, RECORD, "decisions.yaml") == before + ADDED


@pytest.mark.parametrize(("before", "after"), [
    ("schema: s\ndecisions:\n  - item: A\n# the end\n", "schema: s\ndecisions:\n  - item: A\n" + ADDED + "# the end\n"),
    ("decisions:\n  - item: A\n\n# of the schema\nschema: s\n",
     "decisions:\n  - item: A\n" + ADDED + "\n# of the schema\nschema: s\n"),
    ("schema: s\ndecisions: []\n", "schema: s\ndecisions:\n" + ADDED),
    ("schema: s\ndecisions: []  # none\nx: y\n", "schema: s\ndecisions: # none\n" + ADDED + "x: y\n"),
    ("schema: s", "schema: s\ndecisions:\n" + ADDED),
    ("schema: s\ndecisions:\n  - item: A\n...\n", "schema: s\ndecisions:\n  - item: A\n" + ADDED + "...\n"),
    ("decisions:\n- item: A\n", "decisions:\n- item: A\n" + ADDED.replace("\n  ", "\n")[2:]),
    ("decisions:\n  -   item: A\n      kind: x",
     "decisions:\n  -   item: A\n      kind: x\n" + ADDED.replace("  - ", "  -   ").replace("\n    ", "\n      ")),
    ("decisions:\n  -\n    item: A\n", "decisions:\n  -\n    item: A\n" + ADDED),
    ("decisions:\r\n  - item: A\r\n", "decisions:\r\n  - item: A\r\n" + ADDED.replace("\n", "\r\n")),
    ("decisions:\n  - reason: |\n      # a\n\n      # b\n", "decisions:\n  - reason: |\n      # a\n\n      # b\n" + ADDED),
    ('{"decisions": [\n {"item": "A"}\n]}\n',
     ('{"decisions": [\n {"item": "A"}, {"item": "LOAD-01", "kind": "waived", "reason": "short", '
     '"revisit_when": {"share": "25 %"}}\n]}\n')),
    ('{"decisions": []}', ('{"decisions": [{"item": "LOAD-01", "kind": "waived", "reason": "short", '
     '"revisit_when": {"share": "25 %"}}]}')),
])  # fmt: skip
def test_layouts(before: str, after: str) -> None:
    assert with_record(before, RECORD, "decisions.yaml") == after


def test_a_new_file_has_its_schema() -> None:
    text = with_record(None, RECORD, "decisions.yaml")
    assert text.startswith("# What people decided")
    assert text.endswith(f"schema: readiness/decisions@1\ndecisions:\n{ADDED}")


@pytest.mark.parametrize("before", [
    'decisions:\n  - reason: "a\n# b"\n', "decisions: [{a: b}] # ]\n", "{}", "decisions: [{a: b} # c\n  ]\n",
])  # fmt: skip
def test_a_layout_that_is_not_understood_is_refused_with_the_record_to_add(before: str) -> None:
    try:
        text = with_record(before, RECORD, "decisions.yaml")
    except InputError as error:
        assert error.diagnostics[0].code in ("layout", "syntax")
        if error.diagnostics[0].code == "layout":
            assert "item: LOAD-01" in error.diagnostics[0].help
    else:  # where it can be done, it is right
        assert parse_yaml(text.encode(), "x").data()["decisions"][-1]["item"] == "LOAD-01"


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=200)
lines = st.sampled_from(["# c", "", "   ", "  # d", "#  - item: B", "    # e"])
values = st.sampled_from(["x", "'q # r'", '"s: t"', "|\n      # u\n\n      v", ">-\n      w\n      x", "[1, 2]"])


@given(texts, st.lists(st.tuples(values, st.lists(lines, max_size=3)), min_size=1, max_size=3), st.booleans())
def test_any_text_reads_back_and_all_else_stays(reason: str, entries: list[tuple[str, list[str]]], after: bool) -> None:
    body = "".join(f"  - item: A\n    reason: {value}\n" + "".join(f"{c}\n" for c in comments)
                   for value, comments in entries)  # fmt: skip
    before = f"decisions:\n{body}" + ("schema: s\n" if after else "")
    record: dict[str, Value] = {"item": "LOAD-01", "reason": reason}
    text = with_record(before, record, "decisions.yaml")
    found = parse_yaml(text.encode(), "decisions.yaml").data()
    assert found["decisions"][-1] == record
    assert found["decisions"][:-1] == parse_yaml(before.encode(), "x").data()["decisions"]
    assert any(text.startswith(before[:n]) and text.endswith(before[n:]) for n in range(len(before) + 1))
