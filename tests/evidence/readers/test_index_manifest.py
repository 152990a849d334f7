"""The index manifest: age of the sources at the build, documents by locale, and what it lacks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.evidence.readers.index_manifest import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.eval_files import problems, real

WHOLE = {
    "schema": "readiness/index@1", "index_id": "faq-3", "built_at": "2026-11-20T02:00:00Z", "source_snapshot_at": "2026-11-19T23:00:00Z",
    "documents": 10, "embedding_model": "m", "dims": 8, "corpus_sha256": "ab" * 32, "locales": {"en": 6, "de": 4},
}  # fmt: skip


def test_it_says_what_was_built_from_what_and_when() -> None:
    reading = sample(READER, "ok/index-manifest.yaml")
    assert value(reading, "index.age") == 15 * 60 * 1000
    assert [value(reading, "index.documents", **names) for names in ({}, {"locale": "en-US"}, {"locale": "de-DE"})] == [5210, 3000, 2210]
    assert value(reading, "index.built") == "2026-11-23T04:10:00+00:00"
    assert (str(reading.produced), codes(reading)) == ("2026-11-23 04:10:00+00:00", [])


def test_what_it_does_not_say_is_told() -> None:
    reading = sample(READER, "ok/short.json")
    assert codes(reading) == ["incomplete"]
    assert {fact.metric for fact in reading.facts} == {"index.id", "index.documents", "index.built"}


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, []),
    ({"built_at": "2026-11-19T22:59:59Z"}, ["invalid:contradiction"]),
    ({"documents": 11}, ["invalid:contradiction"]),
    ({"documents": 0, "locales": None}, ["inconclusive:empty-index", "warning:incomplete"]),
    ({"locales": {"en": 10, "de": 0}}, ["warning:empty-locale"]),
    ({"built_at": None}, ["inconclusive:incomplete"]),
    ({"documents": None, "locales": None}, ["inconclusive:incomplete"]),
    ({"index_id": None}, ["inconclusive:incomplete"]),
    ({"built_at": "yesterday"}, ["invalid:not-a-time"]),
    ({"documents": "5,210"}, ["invalid:number"]),
    ({"documents": 1.5}, ["invalid:number"]),
    ({"dims": True}, ["invalid:number"]),
    ({"locales": {"en": "many"}}, ["invalid:number"]),
    ({"locales": ["en"]}, ["invalid:malformed"]),
    ({"corpus_sha256": "abc"}, ["invalid:malformed"]),
    ({"model": "m"}, ["invalid:unknown-key"]),
    ({"schema": "readiness/index@2"}, ["invalid:wrong-kind"]),
])  # fmt: skip
def test_a_manifest_must_hold_together(changes: dict[str, Any], expected: list[str]) -> None:
    whole = {key: held for key, held in (WHOLE | changes).items() if held is not None}
    assert problems(READER, whole) == expected


def test_a_store_has_neither_time_nor_model() -> None:
    data = real("index-manifest", "index_store.json")
    assert READER.sniff(data) > 0
    assert refusal(READER, data) == "wrong-kind"


def test_a_placeholder_is_no_value() -> None:
    reading = read(READER, json.dumps(WHOLE | {"index_id": "${INDEX}"}))
    assert codes(reading) == ["template"]
    assert "index.id" not in {fact.metric for fact in reading.facts}
    text = (SAMPLES / "index-manifest/ok/index-manifest.yaml").read_text()
    assert refusal(READER, text.replace("5210\n", "{{ count }}\n")) in ("template", "number")


def test_it_knows_its_own_files_only_and_gives_what_it_declares() -> None:
    assert known(READER) == {"index-manifest/index_store.json"}
    declared(READER)
