"""`readiness list --format json`: the capabilities document says what there is, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from readiness.cli.app import COMMANDS, root
from readiness.cli.capabilities import EXIT_CODES
from readiness.strict_yaml import MAX_BYTES
from tests.cli.running import EXAMPLE, ROOT, readiness


@pytest.fixture(scope="module")
def document() -> Any:
    done = readiness("list", "--format", "json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_it_is_of_its_schema(document: Any) -> None:
    Draft202012Validator(json.loads((ROOT / "docs" / "schema" / "capabilities.json").read_text())).validate(document)


def test_it_names_every_command_and_the_one_gate(document: Any) -> None:
    assert [command["name"] for command in document["commands"]] == list(COMMANDS)
    assert [command["name"] for command in document["commands"] if command["gate"]] == ["check"]
    assert all(command["summary"].endswith(".") for command in document["commands"])


def test_exit_codes_are_those_of_the_help(document: Any) -> None:
    told = " ".join((root.__doc__ or "").split())
    assert [code["code"] for code in document["exit_codes"]] == list(EXIT_CODES)
    assert all(f"{code} " in told for code in EXIT_CODES)


def test_every_schema_it_names_is_printed_and_is_that_one(document: Any) -> None:
    for published in document["schemas"]:
        words = published["schema"].split()
        assert words[0] == "readiness"
        done = readiness(*words[1:])
        assert done.code == 0
        assert published["id"] in done.out


@pytest.mark.parametrize("kind", ["readers", "formats", "analyses", "checklists"])
def test_it_names_what_the_lists_name(document: Any, kind: str) -> None:
    rows = json.loads(readiness("list", kind, "--format", "json").out)[kind]
    assert [entry["id"] for entry in document[kind]] == [row["id"] for row in rows]


def test_limits_are_those_of_the_code(document: Any) -> None:
    limits = {limit["name"]: limit["value"] for limit in document["limits"]}
    assert limits["yaml.bytes"] == MAX_BYTES
    assert all(value > 0 for value in limits.values())


def test_it_is_the_same_in_any_folder(document: Any) -> None:
    assert json.loads(readiness("list", "--format", "json", cwd=EXAMPLE).out) == document


def test_without_json_readers_are_listed_as_ever() -> None:
    assert readiness("list").out == readiness("list", "readers").out
