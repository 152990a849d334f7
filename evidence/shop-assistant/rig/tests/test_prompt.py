"""The prompt manifest, the version in the answers and the way back to the previous version."""

from collections.abc import Iterator

import pytest

from client import Rig
from service.config import SERVICE_DIR, load_yaml
from service.prompts import digest

MANIFEST = load_yaml("prompts/prompts.yaml")
ENTRIES = {entry["version"]: entry for entry in MANIFEST["prompts"]}
ACTIVE = ENTRIES[MANIFEST["active"]["shop-assistant"]]
QUESTION = "Is the Torne backpack in stock?"
STOCK_SENTENCES = ("In stock.", "Not in stock at the moment.")


@pytest.fixture
def restored(rig: Rig) -> Iterator[None]:
    """Put the active version of the manifest back afterwards."""
    yield
    rig.admin("prompt", version=ACTIVE["version"])


@pytest.mark.parametrize("version", ENTRIES)
def test_sha256_of_the_manifest_matches_the_file(version: str) -> None:
    text = (SERVICE_DIR / "prompts" / ENTRIES[version]["file"]).read_text(encoding="utf-8")
    assert digest(text) == ENTRIES[version]["sha256"]


def test_previous_version_is_in_the_manifest() -> None:
    assert ACTIVE["previous"] in ENTRIES


def test_answers_name_the_active_version_and_model(rig: Rig) -> None:
    body = rig.ask(QUESTION)
    assert (body["prompt_version"], body["model"]) == (ACTIVE["version"], ACTIVE["model"])


@pytest.mark.usefixtures("restored")
def test_rollback_takes_effect_on_the_next_answer(rig: Rig) -> None:
    assert rig.ask(QUESTION)["answer"].endswith(STOCK_SENTENCES)
    rig.admin("prompt", version=ACTIVE["previous"])
    body = rig.ask(QUESTION)
    assert body["prompt_version"] == ACTIVE["previous"]
    assert not body["answer"].endswith(STOCK_SENTENCES)


@pytest.mark.usefixtures("restored")
def test_unknown_version_is_rejected_and_changes_nothing(rig: Rig) -> None:
    assert rig.try_admin("prompt", version="v0") == 422
    assert rig.ask(QUESTION)["prompt_version"] == ACTIVE["version"]
