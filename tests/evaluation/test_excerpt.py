"""Excerpts: the right lines, cut around the column, without secrets, and never more than was asked for."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evaluation.excerpt import REDACTED, WIDTH, excerpt, lines_of
from readiness.evaluation.secrets import secrets_in
from readiness.model.excerpt import Excerpt

# Drawn once; joined here so that no scanner takes this file for a leak.
RANDOM = "q8Zr2Vx7Lw0Tn5Kd" + "Yb3Hs9Fj1Gc6Mp4A"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----"
END = "-----END RSA " + "PRIVATE KEY-----"


def shown(text: str, line: int, column: int = 0) -> tuple[str, ...]:
    found = excerpt(text.split("\n"), line, column)
    assert found is not None
    return found.lines


def redacted(line: str) -> str:
    return shown(line, 1)[0]


def test_a_line_before_and_one_after() -> None:
    lines = ["a", "b", "c", "d"]
    assert excerpt(lines, 1, 0) == Excerpt(1, ("a", "b"))
    assert excerpt(lines, 3, 1) == Excerpt(2, ("b", "c", "d"))
    assert excerpt(lines, 4, 1) == Excerpt(3, ("c", "d"))
    assert excerpt(lines, 5, 1) is None
    assert excerpt(lines, 0, 1) is None
    assert excerpt([], 1, 1) is None


def test_long_lines_are_cut_around_the_column() -> None:
    line = "".join(f"{n:05} " for n in range(1000))
    assert shown(line, 1, 3001)[0] == f"…{line[2940:3060]}…"
    assert shown(line, 1, 0)[0] == f"{line[:120]}…"
    assert shown(line, 1, 10**9)[0] == f"…{line[-120:]}"
    assert shown(f"short\n{line}", 1, 3001)[0] == "short"


def test_control_characters_are_made_visible() -> None:
    assert shown("a\x1b[31mb\u202ec\x07d", 1) == ("a\\u{1b}[31mb\\u{202e}c\\u{7}d",)
    assert shown("\ta\tb", 1) == ("    a   b",)


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfe\x00a", "ä".encode("latin-1"), b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_text_has_no_lines(data: bytes) -> None:
    assert lines_of(data) is None


def test_lines_are_those_that_readers_count() -> None:
    assert lines_of("\ufeffa\r\nb\u2028c\x0bd\ne\n".encode()) == ["a", "b\u2028c\x0bd", "e"]
    assert lines_of(b"") == [""]


@pytest.mark.parametrize(("line", "safe"), [
    ('"password": "hunter2",', f'"password": {REDACTED},'),
    ("password=hunter2", f"password={REDACTED}"),
    ("db.password = correct horse battery", f"db.password = {REDACTED}"),
    ("url?password=a+b&user=x", f"url?password={REDACTED}&user=x"),
    ("{password: 'it''s', user: x}", f"{{password: {REDACTED}, user: x}}"),
    ("api_key: 0123abcd", f"api_key: {REDACTED}"),
    ("X-API-Key: abc", f"X-API-Key: {REDACTED}"),
    ("apiKey: abc", f"apiKey: {REDACTED}"),
    ('"clientSecret":"s3cr3t"', f'"clientSecret":{REDACTED}'),
    ("client_secret=s3cr3t", f"client_secret={REDACTED}"),
    ("AZURE_ACCOUNT_KEY=abc", f"AZURE_ACCOUNT_KEY={REDACTED}"),
    ("token: abcdef", f"token: {REDACTED}"),
    ("Cookie: sid=1", f"Cookie: {REDACTED}"),
    ("curl --password hunter2 -v", f"curl --password {REDACTED} -v"),
    ("<db:password type='x'>hunter2</db:password>", f"<db:password type='x'>{REDACTED}</db:password>"),
    ("Authorization: Bearer abc.def", f"Authorization: {REDACTED}"),
    ("-H 'Bearer abcdef0123'", f"-H 'Bearer {REDACTED}'"),
    ("postgres://me:hunter2@db/x", f"postgres://me:{REDACTED}@db/x"),
    ("key " + "AKIA" + "IOSFODNN7EXAMPLE end", f"key {REDACTED} end"),
    ("t=" + "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2", f"t={REDACTED}"),
    ("t=" + "github_pat_" + "11ABCDEFG0abcdefghij", f"t={REDACTED}"),
    ("t=" + "glpat-" + "abcdefghij0123456789", f"t={REDACTED}"),
    ("t=" + "xoxb-" + "123456789012-abcdef", f"t={REDACTED}"),
    ("at https://" + "hooks.slack.com/services/T0/B0/xyz now", f"at https://{REDACTED} now"),
    ("t=" + "AIza" + "SyA1234567890abcdefghijklmnopqrstuv", f"t={REDACTED}"),
    ("t=" + "sk-" + "ant-api03-abcdefghijklmnop", f"t={REDACTED}"),
    ("t=" + "sk_live_" + "abcdefghijklmnop1234", f"t={REDACTED}"),
    ("jwt " + "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.abc_d-e end", f"jwt {REDACTED} end"),
    (f"blob {RANDOM} end", f"blob {REDACTED} end"),
    ("salt 9f86d081884c7d659a2feaa0c55ad015 end", f"salt {REDACTED} end"),
    ('"pem": "' + PEM + '\\nMIIE\\n"', REDACTED),
])  # fmt: skip
def test_what_looks_like_a_secret_is_left_out(line: str, safe: str) -> None:
    assert redacted(line) == safe


@pytest.mark.parametrize("line", [
    '"p95": 168.08,', '"output_tokens": 512,', '"max_token": 512', "tokens.output.rate: 41.5", "first_token = 0.21",
    "session-store: {budget: 50 ms, timeout: 400 ms}", "author: team-search", "passed: 93", "bypass: true",
    "sha256: 93cba35910c112e1bf59ecff0dc71ed8215b1d83fe138a170fa06b953242b35e",
    '"commit": "4f2a9c1d0e5b6a7988776655443322110fedcba9"', "id 123e4567-e89b-12d3-a456-426614174000",
    "image: repo/app@sha256:93cba35910c112e1bf59ecff0dc71ed8215b1d83fe138a170fa06b953242b35e",
    "test_answers_fall_back_within_the_promised_time_when_the_model_is_down[intent-42]",
    "1795425395,106,,Aggregated,52.900000,0.000000,780,910,1100,1100,1200,1400,1500,1600,2300,3800,3800,9844",
    "evidence/load/peak_stats_history_2026-11-23_team-perf_run-0001_attempt-2.csv",
    "https://example.invalid/runs/2026/11/23/steps?stage=3", "0000000000000000000000000000000000000000",
])  # fmt: skip
def test_measurements_stay(line: str) -> None:
    assert secrets_in(line) == []


def test_a_private_key_is_left_out_wherever_one_looks_into_it() -> None:
    body = [base64.b64encode(bytes(range(n, n + 48))).decode() for n in range(20)]
    text = "\n".join(["before", PEM, *body, END, "after"])
    for line in range(1, 25):
        for row in shown(text, line):
            assert row in (REDACTED, "before", "after")
    assert shown(text, 23) == (REDACTED, REDACTED, "after")
    assert shown(f"{END}\nvalue: 1", 2) == (REDACTED, "value: 1")


def test_a_secret_on_the_line_below_its_name_is_left_out() -> None:
    assert shown("a: 1\npassword: |\n  hunter2\nb: 2", 3) == (f"password: {REDACTED}", REDACTED, "b: 2")
    assert shown('"api_key":\n  "x"', 2) == ('"api_key":', REDACTED)
    assert shown("<password>\nhunter2\n</password>", 2)[1] == REDACTED


def test_a_secret_that_begins_before_what_is_shown_is_left_out() -> None:
    line = f"{'x ' * 500}{RANDOM}{' y' * 500}"
    for column in range(940, 1100, 7):
        part = shown(line, 1, column)[0]
        assert not any(RANDOM[n : n + 6] in part for n in range(len(RANDOM) - 6))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(-2, 9), st.integers(-3, 500))
def test_an_excerpt_is_bounded_and_printable(text: str, line: int, column: int) -> None:
    lines = lines_of(text.encode())
    found = excerpt(lines, line, column) if lines else None
    if found is None:
        return
    assert 1 <= len(found.lines) <= 3
    assert found.first <= line < found.first + len(found.lines)
    for row in found.lines:
        assert "\n" not in row
        assert "\x1b" not in row
        assert len(row) <= 12 * WIDTH


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=24, max_size=60), st.integers(0, 90))
def test_a_named_secret_never_shows(secret: str, column: int) -> None:
    for line in (f'{{"password": "{secret}", "n": 1}}', f"export API_KEY={secret}", f"Authorization: Bearer {secret}"):
        assert secret not in shown(line, 1, column)[0]


@pytest.mark.parametrize("line", ["a" * 8192, "password" * 1024, "_" * 8192, "token=" * 1400, "<" * 8192,
                                  "eyJ" * 2700, "-" * 8192, ":" * 8192, "p." * 4096, "://" * 2700])  # fmt: skip
def test_no_line_takes_long(line: str) -> None:
    import time

    start = time.process_time()
    secrets_in(line)
    assert time.process_time() - start < 2
