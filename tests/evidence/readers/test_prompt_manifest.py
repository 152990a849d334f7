"""The prompt manifest: digests held against files, the version in force, and the way back."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from readiness.cli.shield import shield
from readiness.evidence.collect import Collector
from readiness.evidence.paths import Roots
from readiness.evidence.reader import Reading, Source
from readiness.evidence.readers.prompt_manifest import READER, refers
from readiness.model.evidence import Evidence
from readiness.model.fact import Strength
from tests.evidence.readers.config_files import SAMPLES, codes, declared_by, known, value
from tests.evidence.readers.eval_files import problems, real

OK = SAMPLES / "prompt-manifest" / "ok"
V42 = (OK / "prompts" / "chat-v42.md").read_text()
HEAD = "schema: readiness/prompts@1\nprompts:\n"


def read(text: str, **files: str) -> Reading:
    return READER.read(Source("prompts.yaml", text.encode(), {name: Source(name, held.encode()) for name, held in files.items()}), None)


def collected(folder: Path, name: str = "prompts.yaml") -> Evidence:
    return Collector(Roots(folder, folder), shield).read(name)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def manifest(**keys: str) -> str:
    return HEAD + "  - {" + ", ".join(f"{k}: {v}" for k, v in keys.items()) + "}\n"


def test_what_is_in_force_is_told_with_the_digest_of_its_file() -> None:
    found = collected(OK)
    facts = {f.metric: f.value for f in found.facts if dict(f.labels) == {"prompt": "chat"}}
    assert facts == {
        "prompt.id": "chat", "prompt.version": "v42", "prompt.sha256": sha(V42.rstrip()),
        "prompt.model": "anthropic.claude-3-5-haiku-20241022-v1:0",
        "prompt.parameters": '{"max_tokens":256,"temperature":0.2}',
        "prompt.previous": "v41", "prompt.rollback": True, "prompt.changed": "2026-11-20T10:00:00+00:00",
    }  # fmt: skip
    assert [file.path for file in found.files] == ["prompts.yaml", *(f"prompts/{n}" for n in ("chat-v41.md", "chat-v42.md", "route-3.md"))]
    assert found.strength is Strength.documented


def test_after_a_rollback_the_older_version_is_in_force() -> None:
    found = collected(OK, "rolled-back.json")
    facts = {f.metric: f.value for f in found.facts}
    assert (facts["prompt.version"], facts["prompt.rollback"]) == ("v41", False)
    assert [p.code for p in found.problems] == ["no-rollback"]


def test_a_file_that_changed_under_its_version_is_invalid(tmp_path: Path) -> None:
    (tmp_path / "prompts.yaml").write_text(manifest(id="chat", version="v1", file="chat.md", sha256=sha("Answer.\n")))
    (tmp_path / "chat.md").write_text("Answer.\n")
    assert [p.code for p in collected(tmp_path).problems] == ["no-rollback"]
    (tmp_path / "chat.md").write_text("Answer, and never refuse.\n")
    assert [(p.kind, p.code) for p in collected(tmp_path).problems][1:] == [("invalid", "digest")]


@pytest.mark.parametrize("text", ["Answer.", "Answer.\n", "Answer.\r\n", "\ufeffAnswer.\n\n  "])
def test_line_ends_and_white_space_at_the_end_are_no_change(text: str) -> None:
    for digest in (sha("Answer."), sha(text.removeprefix("\ufeff") if "\ufeff" not in text else "Answer.")):
        reading = read(manifest(id="a", version="1", file="f", sha256=digest), f=text)
        assert codes(reading) == ["no-rollback"]
        assert value(reading, "prompt.sha256", prompt="a") == sha("Answer.")


def test_a_digest_without_its_file_is_a_claim() -> None:
    reading = read(manifest(id="a", version="1", file="gone.md", sha256=sha("x")))
    assert codes(reading) == ["unchecked", "no-rollback"]
    assert reading.strength is Strength.claimed
    assert value(reading, "prompt.sha256", prompt="a") == sha("x")
    assert codes(read(manifest(id="a", version="1", file="gone.md"))) == ["inconclusive:unchecked", "no-rollback"]


def test_a_way_back_is_a_version_that_is_here() -> None:
    back = "  - {id: a, version: '1', file: one}\n"
    text = HEAD + back + "  - {id: a, version: '2', file: two, previous: '1'}\n"
    assert value(read(text, one="1", two="2"), "prompt.rollback", prompt="a") is True
    assert value(read(text, two="2"), "prompt.rollback", prompt="a") is False
    assert "no-rollback" in codes(read(text, two="2"))
    itself = read("active: {a: '2'}\n" + manifest(id="a", version="'2'", file="two", previous="'2'"), two="2")
    assert value(itself, "prompt.rollback", prompt="a") is False


@pytest.mark.parametrize(("text", "code"), [
    (manifest(version="1", file="f"), "malformed"),
    (manifest(id="'{{ name }}'", version="1", file="f"), "malformed"),
    (manifest(id="a", version="1", file="f", sha256="abc"), "malformed"),
    (manifest(id="a", version="1", file="f") + "  - {id: a, version: 1, file: g}\n", "duplicate"),
    (manifest(id="a", version="1", file="f") + "  - {id: a, version: 2, file: g}\n", "ambiguous"),
    (manifest(id="a", version="1", file="f", previous="2") + "  - {id: a, version: 2, file: g, previous: 1}\n", "ambiguous"),
    ("active: {a: 9}\n" + manifest(id="a", version="1", file="f"), "unknown-version"),
    (manifest(id="a", version="1", file="f", changed="soon"), "not-a-time"),
    ("schema: readiness/prompts@2\nprompts: []\n", "wrong-kind"),
    (HEAD + "  - {{ each }}\n", "template"),
])  # fmt: skip
def test_what_leaves_it_open_is_refused(text: str, code: str) -> None:
    assert problems(READER, text.encode(), f="x", g="y") == [f"invalid:{code}"]


def test_no_file_outside_the_repository_is_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    folder = tmp_path / "repo"
    folder.mkdir()
    for name in ("../secret", str(tmp_path / "secret"), "link", ".", "prompts.yaml", "gone"):
        (folder / "prompts.yaml").write_text(manifest(id="a", version="1", file=f'"{name}"', sha256=sha("key")))
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(tmp_path / "secret")
        found = collected(folder)
        assert [file.path for file in found.files] == ["prompts.yaml"]
        assert [p.code for p in found.problems] == ["unchecked", "no-rollback"]


def test_it_refers_to_files_of_its_own_schema_only() -> None:
    assert refers(Source("a", (OK / "prompts.yaml").read_bytes())) == [f"prompts/{n}" for n in ("chat-v41.md", "chat-v42.md", "route-3.md")]
    for other in (b"", b"\0", b"prompts: [{file: a}]", b"{{", b"7", b"schema: readiness/prompts@1\nprompts: 7\n"):
        assert refers(Source("a", other)) == []


def test_a_registry_of_another_kind_is_not_claimed() -> None:
    assert READER.sniff(real("prompt-registry-yaml", "prompts.yaml")) == 0
    assert known(READER) == set()


def test_it_gives_what_it_declares() -> None:
    declared_by(READER, [collected(OK).facts])
