"""`readiness attest` and `verify` on real repositories: what is signed, and every way to be refused."""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import typer
from inline_snapshot import snapshot

from readiness.attest import dsse, statement, verify
from readiness.attest.dsse import PAYLOAD_TYPE, Envelope
from readiness.attest.keys import Signer, generate, read_private
from readiness.attest.refusal import REASONS, Refused
from readiness.cli import attest as cli_attest
from readiness.cli import verify as cli_verify
from readiness.cli.running import run_review
from readiness.errors import ReadinessError
from readiness.model.serial import dump
from tests.cli.running import Done, readiness
from tests.repositories import CHECKLIST, DAY, LAUNCH, commit, git, launch, run

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DEFERRABLE = CHECKLIST.split("items:\n")[1].replace("DEMO-01", "DEMO-02").replace("blocker", "deferrable").replace("800", "100")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = launch(tmp_path / "repo")
    commit(folder, {"evidence/a.json": run(700), "evidence/b.json": run(600)})
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    private, public, _ = generate()
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "key.pem").chmod(0o600)
    (tmp_path / "key.pem.pub").write_bytes(public)
    return tmp_path / "key.pem"


def in_process(module: Any, call: Any) -> Done:
    told: dict[bool, list[str]] = {True: [], False: []}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "say", lambda text, stream=sys.stdout: told[stream is sys.stdout].append(text))
        try:
            code = call()
        except typer.Exit as done:
            code = done.exit_code
        except ReadinessError as error:
            told[False].append(str(error))
            code = error.exit_code
    return Done(code, "".join(told[True]), "".join(told[False]))


def attest(repo: Path, key: Path, cosign: Path | None = None, *, day: str = DAY, locked: bool = False) -> Done:
    return in_process(cli_attest, lambda: cli_attest._attest(repo, key, None, cosign, day, partial(run_review, locked=locked)))


def made(repo: Path, key: Path, at: datetime = NOW, **more: Any) -> Path:
    """Attest at a time, and return the envelope."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_attest, "_when", lambda before, as_of: (at, as_of))
        done = attest(repo, key, **more)
    assert done.code in (0, 1), done
    envelope = key.with_name("envelope.json")
    envelope.write_text(done.out)
    return envelope


def check(envelope: Path, key: Path, repo: Path, *, format: str = "json", now: datetime = NOW, **more: Any) -> Done:
    keys = more.pop("keys", [key.with_name(f"{key.name}.pub")])
    options = {"threshold": 1, "max_age": "7d", "commit": "", "as_of": "", **more}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_verify, "_now", lambda _: now)
        return in_process(cli_verify, lambda: cli_verify.command(envelope, keys, launch=repo, format=format, **options))


def codes(done: Done) -> list[str]:
    value = json.loads(done.out)
    assert done.code == (0 if value["verified"] else 1)
    assert value["verified"] == (not value["refusals"])
    return [refusal["code"] for refusal in value["refusals"]]


def payload(envelope: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64.b64decode(json.loads(envelope.read_text())["payload"]))
    return value


def signer_of(key: Path) -> Signer:
    return read_private(key.read_bytes(), "k")


def resigned(envelope: Path, key: Path, change: Any) -> Path:
    """Sign something else with the same key: only its content can be wrong."""
    value = payload(envelope)
    change(value)
    other = envelope.with_name("other.json")
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    other.write_text(dsse.dump(dsse.signed(Envelope(PAYLOAD_TYPE, data, ()), signer_of(key))))
    return other


# What is signed


def test_the_statement(repo: Path, key: Path) -> None:
    value = payload(made(repo, key))
    head = git(repo, "rev-parse", "HEAD")
    assert value["subject"] == [
        {"digest": {"gitCommit": head}, "name": "candidate"},
        *({"digest": {"sha256": sha256((repo / f"evidence/{n}.json").read_bytes()).hexdigest()}, "name": f"./evidence/{n}.json"} for n in "ab"),
    ]
    predicate = value.pop("predicate")
    assert predicate.pop("review_sha256") == sha256(dump(run_review(repo, DAY)).encode()).hexdigest()
    lines = "".join(f"{sha256((repo / n).read_bytes()).hexdigest()}  {n}\n" for n in ("list.yaml", "readiness.yaml"))
    assert predicate["policy"].pop("sha256") == sha256(lines.encode()).hexdigest()
    assert [file["path"] for file in predicate["policy"].pop("files")] == ["list.yaml", "readiness.yaml"]
    assert (value["_type"], value["predicateType"], predicate) == snapshot(("https://in-toto.io/Statement/v1", "urn:readiness:decision:v1", {"as_of": "2026-11-25", "decision": "GO", "items": [{"accepted": "", "gate": "blocker", "id": "DEMO-01", "outcome": "proven"}], "ledger": None, "made": "2026-11-25T12:00:00Z", "policy": {}, "schema": "readiness/decision@1", "score": 100, "service": "demo", "tool": "readiness 0.1.0", "version": "1.0.0"}))


def test_the_same_input_gives_the_same_bytes(repo: Path, key: Path) -> None:
    first = made(repo, key).read_bytes()
    assert made(repo, key).read_bytes() == first


def test_a_signed_go_is_verified(repo: Path, key: Path) -> None:
    envelope = made(repo, key)
    assert codes(check(envelope, key, repo)) == []
    shown = check(envelope, key, repo, format="terminal").out
    assert re.sub(r"[0-9a-f]{64}", "KEY", shown) == snapshot("""\
signed by KEY
Verified: GO for demo 1.0.0, made 2026-11-25 12:00 UTC
""")


def test_the_commands_themselves(repo: Path, tmp_path: Path) -> None:
    done = readiness("keygen", tmp_path / "k", cwd=repo)
    assert done.code == 0
    assert ((tmp_path / "k").stat().st_mode & 0o777, (tmp_path / "k.pub").stat().st_mode & 0o044) == (0o600, 0o044)
    assert readiness("keygen", tmp_path / "k", cwd=repo).code == 2
    commit(repo, {f"evidence/{n}.json": run(700, datetime.now(UTC).isoformat()) for n in "ab"})
    env = {"READINESS_SIGNING_KEY": (tmp_path / "k").read_text()}
    done = readiness("attest", "--output", tmp_path / "e.json", cwd=repo, env=env)
    assert (done.code, done.out) == (0, "")
    assert "PRIVATE" not in done.err
    done = readiness("verify", tmp_path / "e.json", "--key", tmp_path / "k.pub", cwd=repo)
    assert done.code == 0, done
    done = readiness("attest", "--as-of", DAY, cwd=repo)
    assert (done.code, done.err) == snapshot((2, """\
--key-file: error[no-key]: there is no key to sign with
  help: give --key-file FILE, or put the PEM text into READINESS_SIGNING_KEY, one of them
"""))
    done = readiness("attest", "--key-file", tmp_path / "k", cwd=repo, env=env)
    assert done.code == 2
    done = readiness("verify", tmp_path / "e.json", "--key", tmp_path / "k.pub", "--threshold", "2", cwd=repo)
    assert (done.code, done.err) == snapshot((2, """\
--threshold: error[usage]: 2 of 1 different keys cannot be asked for
  help: give each signer's key with --key
"""))


def test_no_option_takes_a_key_itself() -> None:
    for name in ("attest", "verify", "keygen"):
        text = readiness(name, "--help").out
        options = re.findall(r"--[a-z-]*key[a-z-]*\s+\S+", text)
        assert all(option.endswith(("FILE", "PUB")) for option in options), options


def test_a_no_go_is_signed_and_never_verified(repo: Path, key: Path) -> None:
    commit(repo, {"evidence/b.json": run(900)})
    done = attest(repo, key)
    assert done.code == 1
    envelope = made(repo, key)
    assert codes(check(envelope, key, repo)) == ["no-go"]
    assert re.sub(r"[0-9a-f]{64}", "KEY", check(envelope, key, repo, format="terminal").out) == snapshot("""\
refused[no-go] the decision is NO-GO
signed by KEY
Not verified: NO-GO for demo 1.0.0, made 2026-11-25 12:00 UTC
""")


def test_conditions_are_verified_too(repo: Path, key: Path) -> None:
    commit(repo, {"list.yaml": CHECKLIST + DEFERRABLE})
    assert codes(check(made(repo, key), key, repo)) == []


def test_an_incomplete_review_is_not_signed(repo: Path, key: Path) -> None:
    review = run_review(repo, DAY)
    incomplete = replace(review, complete=False)
    done = in_process(cli_attest, lambda: cli_attest._attest(repo, key, None, None, DAY, lambda *_: incomplete))
    assert (done.code, done.out) == (3, "")


def test_without_a_commit_there_is_nothing_to_bind_to(repo: Path, key: Path) -> None:
    commit(repo, {"readiness.yaml": LAUNCH.replace("HEAD", "nothing")})
    done = attest(repo, key)
    assert (done.code, done.out, done.err.splitlines()[0]) == snapshot((2, "", "readiness.yaml: error[no-candidate]: git does not know the candidate's commit, so there is nothing to bind to"))


def test_the_ledger_is_named(repo: Path, key: Path) -> None:
    assert readiness("lock", ".", "--as-of", DAY, cwd=repo).code == 0
    commit(repo)
    assert payload(made(repo, key, locked=True))["predicate"]["ledger"]["locked"] is True
    assert payload(made(repo, key))["predicate"]["ledger"]["locked"] is False


# Every reason to refuse


def refusals(found: dict[str, Any]) -> None:
    """Nothing: the content stays as it is."""


def put(*path: Any) -> Any:
    *keys, last, value = path

    def change(found: Any) -> None:
        for name in keys:
            found = found[name]
        found[last] = value

    return change


FORGED = [
    ("statement-type", put("_type", "https://in-toto.io/Statement/v0.1")),
    ("statement-type", put("_type", None)),
    ("predicate-type", put("predicateType", "https://slsa.dev/provenance/v1")),
    ("statement", put("extra", 1)),
    ("statement", put("subject", {})),
    ("statement", put("predicate", None)),
    ("statement", put("predicate", "extra", 1)),
    ("statement", put("predicate", "decision", "go")),
    ("statement", put("predicate", "decision", None)),
    ("statement", put("predicate", "schema", "readiness/decision@2")),
    ("statement", put("predicate", "score", True)),
    ("statement", put("predicate", "score", "100")),
    ("statement", put("predicate", "made", "2026-11-25T12:00:00+00:00")),
    ("statement", put("predicate", "made", "2026-11-25")),
    ("statement", put("predicate", "made", 1_764_072_000)),
    ("statement", put("predicate", "made", "9999-99-99T99:99:99Z")),
    ("statement", put("predicate", "as_of", "2026-11-25T00:00:00")),
    ("statement", put("predicate", "as_of", 20_000)),
    ("statement", put("predicate", "items", 0, "outcome", "passed")),
    ("statement", put("subject", 1, "digest", "sha256", 1)),
    ("digest", put("subject", 1, "digest", {"sha256": "00"})),
    ("digest", put("subject", 1, "digest", {"md5": "0" * 32})),
    ("digest", put("subject", 1, "digest", {"foo": "0" * 64})),
    ("digest", put("subject", 1, "digest", {"sha256": "A" * 64})),
    ("digest", put("subject", 1, "digest", {"sha256": "a" * 64 + "\n"})),
    ("digest", put("subject", 1, "digest", {"sha256": "a" * 64, "md5": "0" * 32})),
    ("digest", put("subject", 1, "digest", {})),
    ("digest", put("subject", 0, "digest", {"sha256": "a" * 64})),
    ("digest", put("subject", 0, "digest", {"gitCommit": "HEAD"})),
    ("digest", put("subject", 1, "name", "candidate")),
    ("subject", put("subject", [])),
    ("subject", lambda v: v["subject"].pop(0)),
    ("subject", lambda v: v["subject"].append(v["subject"][1])),
    ("subject", lambda v: v["subject"].append(v["subject"][0])),
    ("service", put("predicate", "service", "another")),
    ("candidate", put("subject", 0, "digest", {"gitCommit": "a" * 40})),
    ("policy", put("predicate", "policy", "sha256", "a" * 64)),
    ("evidence-changed", put("subject", 1, "digest", {"sha256": "a" * 64})),
    ("evidence-missing", put("subject", 1, "name", "./evidence/c.json")),
    ("evidence-missing", put("subject", 1, "name", "./../../../etc/passwd")),
    ("evidence-missing", put("subject", 1, "name", "/etc/passwd")),
    ("evidence-missing", put("subject", 1, "name", "./evidence")),
    ("evidence-missing", put("subject", 1, "name", "./a\0b")),
    ("no-go", put("predicate", "decision", "NO-GO")),
    ("inconsistent", put("predicate", "items", 0, "outcome", "failed")),
    ("inconsistent", put("predicate", "items", 0, "gate", "deferrable")),
    ("inconsistent", put("predicate", "items", 0, "outcome", None)),
    ("inconsistent", put("predicate", "items", [])),
    ("inconsistent", lambda v: v["predicate"]["items"].append(v["predicate"]["items"][0])),
    ("future", put("predicate", "made", "2026-11-25T12:00:01Z")),
    ("future", put("predicate", "as_of", "2026-11-26")),
    ("too-old", put("predicate", "as_of", "2026-11-01")),
    ("too-old", put("predicate", "made", "2026-11-18T12:00:00Z")),
]


@pytest.mark.parametrize(("code", "change"), FORGED)
def test_one_thing_wrong_is_refused_for_that_reason(repo: Path, key: Path, code: str, change: Any) -> None:
    envelope = made(repo, key)
    assert codes(check(resigned(envelope, key, refusals), key, repo)) == []
    found = codes(check(resigned(envelope, key, change), key, repo))
    assert code in found
    assert set(found) - {code} <= {"too-old", "future"}


def test_i36_any_unknown_or_missing_field_anywhere_is_refused(repo: Path, key: Path) -> None:
    value = payload(made(repo, key))

    def holders(found: Any) -> list[dict[str, Any]]:
        inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        return [*([found] if isinstance(found, dict) else []), *(h for part in inner for h in holders(part))]

    for number, holder in enumerate(holders(value)):
        for name in [*holder, "unknown"]:
            other = json.loads(json.dumps(value))
            target = holders(other)[number]
            target.pop(name) if name in target else target.update({name: 1})
            with pytest.raises(Refused):
                statement.parse(json.dumps(other).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b'{"_type":1}', b'{"_type":"a","_type":"b"}', b"\xff", b"[" * 99_999, b"NaN"])
def test_a_signed_payload_that_is_no_statement_is_refused(key: Path, text: bytes) -> None:
    one = signer_of(key)
    data = dsse.dump(dsse.signed(Envelope(PAYLOAD_TYPE, text, ()), one)).encode()
    with pytest.raises(Refused) as caught:
        verify.open_envelope(data, [one.public], 1)
    assert caught.value.refusal.code in ("json", "statement-type")


def test_nothing_of_an_envelope_is_read_before_its_signatures_hold(repo: Path, key: Path, tmp_path: Path) -> None:
    envelope = made(repo, key)
    private, _, _ = generate()
    other = tmp_path / "other"
    other.mkdir()
    (other / "k").write_bytes(private)
    forged = resigned(envelope, other / "k", put("predicate", "score", "not a number"))
    assert codes(check(forged, key, repo)) == ["threshold"]


def test_what_the_tree_changed_is_refused(repo: Path, key: Path) -> None:
    envelope = made(repo, key)
    for name, text, code in (
        ("evidence/a.json", run(701), "evidence-changed"),
        ("list.yaml", CHECKLIST.replace("800", "900"), "policy"),
        ("readiness.yaml", LAUNCH.replace("title: Demo", "title: Other"), "policy"),
        ("decisions.yaml", "schema: readiness/decisions@1\ndecisions: []\n", "policy"),
    ):
        file = repo / name
        before = file.read_text() if file.exists() else None
        file.write_text(text)
        assert codes(check(envelope, key, repo)) == [code]
        file.unlink() if before is None else file.write_text(before)
    (repo / "evidence/b.json").unlink()
    assert codes(check(envelope, key, repo)) == ["evidence-missing"]
    (repo / "evidence/b.json").symlink_to("/etc/passwd")
    assert codes(check(envelope, key, repo)) == ["evidence-missing"]


def test_b3_a_decision_is_not_taken_for_another_commit_or_service(repo: Path, key: Path) -> None:
    envelope = made(repo, key)
    first = git(repo, "rev-parse", "HEAD")
    commit(repo, {"src/app.py": "x"})
    assert codes(check(envelope, key, repo)) == ["candidate"]
    assert codes(check(envelope, key, repo, commit=first)) == []
    assert codes(check(envelope, key, repo, commit=first[:12])) == ["candidate"]
    commit(repo, {"readiness.yaml": LAUNCH.replace("service: demo", "service: other")})
    assert codes(check(envelope, key, repo, commit=first)) == ["service", "policy"]


@pytest.mark.parametrize(("seconds", "code"), [(-1, []), (0, ["too-old"]), (1, ["too-old"])])
def test_a4_the_age_to_the_second(repo: Path, key: Path, seconds: int, code: list[str]) -> None:
    envelope = made(repo, key)
    now = NOW + timedelta(days=7) + timedelta(seconds=seconds)
    assert codes(check(envelope, key, repo, now=now)) == code


def test_a_threshold_counts_different_keys(repo: Path, key: Path, tmp_path: Path) -> None:
    envelope = made(repo, key)
    public, copy = key.with_name("key.pem.pub"), tmp_path / "copy.pub"
    copy.write_bytes(public.read_bytes())
    done = check(envelope, key, repo, keys=[public, copy, public], threshold=2)
    assert (done.code, done.out) == (2, "")
    second = tmp_path / "second"
    private, second_public, _ = generate()
    second.write_bytes(private)
    second.with_name("second.pub").write_bytes(second_public)
    both = [public, second.with_name("second.pub")]
    assert codes(check(envelope, key, repo, keys=both, threshold=2)) == ["threshold"]
    done = attest(repo, second, cosign=envelope)
    assert done.code == 0, done
    envelope.write_text(done.out)
    assert codes(check(envelope, key, repo, keys=both, threshold=2)) == []


def test_nobody_signs_what_they_do_not_come_to_themselves(repo: Path, key: Path) -> None:
    envelope = made(repo, key)
    commit(repo, {"evidence/b.json": run(650)})
    done = attest(repo, key, cosign=envelope)
    assert (done.code, done.out, done.err) == snapshot((2, "", """\
--cosign: error[differs]: this evaluation comes to something else, in subjects, review_sha256; it is not signed
  help: evaluate the same commit and the same files\
"""))
    envelope.write_text("{}")
    assert attest(repo, key, cosign=envelope).code == 2


@pytest.mark.parametrize("max_age", ["", "7", "7 rps", "0d", "-1d", "inf", "nan d", "9999999d", "1e400 d"])
def test_an_age_that_is_none_is_refused(repo: Path, key: Path, max_age: str) -> None:
    done = check(made(repo, key), key, repo, max_age=max_age)
    assert (done.code, done.out) == (2, "")


def test_what_cannot_be_read_is_not_verified(repo: Path, key: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, Path("/dev/zero")):
        done = check(path, key, repo)
        assert (done.code, done.out) == (3, ""), done


def test_every_reason_is_reached_and_told_in_the_docs() -> None:
    reached = {code for code, _ in FORGED} | {"threshold", "too-large", "json", "envelope", "base64", "payload-type"}
    assert reached == set(REASONS)
    page = (ROOT / "docs/attest.md").read_text().partition("| code |")[2]
    assert re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE) == list(REASONS)
    for meaning in REASONS.values():
        assert meaning in page
