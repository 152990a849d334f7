"""nginx: what a location inherits, how many servers are asked, what a cache keeps by."""

from __future__ import annotations

import sys

import pytest

from readiness.evidence.readers.nginx import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    read,
    real,
    refusal,
    sample,
    value,
    values,
)

CHAT = {"route": "chat.example.com /chat", "upstream": "model"}
SEARCH = {"route": "chat.example.com /search", "upstream": "alone"}


def server(inside: str) -> str:
    return f"http {{ server {{ listen 80; location / {{ proxy_pass http://a; {inside} }} }} }}"


A = {"route": "/", "upstream": "a"}


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"nginx/dsb-nginx.conf", "nginx/nginx.conf"}
    assert READER.sniff(b"function server() { listen(80); }\nhttp {\n}") == 0
    assert READER.sniff(b"# A\n```nginx\nhttp { server { listen 80; } }\n```\n") == 0


def test_produced_file() -> None:
    reading = sample(READER, "ok/produced.conf")
    assert value(reading, "attempts", route="/", upstream="llm") == 2
    assert value(reading, "retry.time", route="/", upstream="llm") == 12_000
    assert value(reading, "timeout.connect", route="/", upstream="llm") == 2000
    assert value(reading, "cache.key", route="/", upstream="llm") == "request_uri"
    assert value(reading, "cache.ttl", route="/", upstream="llm") == 60_000
    assert value(reading, "fallback.targets", upstream="llm") == 1
    assert value(reading, "breaker.consecutive_failures", upstream="llm", target="127.0.0.1:18801") == 3


def test_public_file_that_proxies_nothing_proves_nothing() -> None:
    assert codes(read(READER, real("nginx", "dsb-nginx.conf"))) == ["inconclusive:no-settings"]


def test_a_location_inherits_and_replaces() -> None:
    reading = sample(READER, "ok/gateway.conf")
    assert value(reading, "timeout.connect", **CHAT) == 1000
    assert value(reading, "timeout.stream", **CHAT) == 8000
    assert value(reading, "fallback.order", **CHAT) == "model > old answer > /sorry.json"
    assert values(reading, "fallback", **SEARCH) == []  # its own error_page replaces the server's
    assert values(reading, "cache.on", **SEARCH) == [(False, "file")]


def test_no_server_is_asked_twice() -> None:
    reading = sample(READER, "ok/gateway.conf")
    assert values(reading, "attempts", **CHAT) == [(2, "file")]
    assert values(reading, "attempts", **SEARCH) == [(1, "derived")]
    assert values(reading, "attempts", route="chat.example.com = /once", upstream="model") == [(1, "file")]
    everyone = {"route": "chat.example.com /all", "upstream": "model"}
    assert values(reading, "attempts", **everyone) == [(3, "derived")]  # one of four is down
    assert values(reading, "retry.time", **everyone) == [("off", "tool-default")]
    assert values(reading, "attempts.on", **everyone) == [("error, timeout", "tool-default")]


def test_a_single_server_is_never_left_out() -> None:
    reading = sample(READER, "ok/gateway.conf")
    assert values(reading, "breaker.consecutive_failures", upstream="alone", target="one:443") == [("off", "tool-default")]
    assert values(reading, "breaker.consecutive_failures", upstream="model", target="model-b:443") == [("off", "file")]
    assert values(reading, "breaker.max_connections", upstream="model", target="model-spare:443") == [("off", "file")]


def test_key_limits_and_warnings() -> None:
    reading = sample(READER, "ok/gateway.conf")
    assert value(reading, "cache.key", **CHAT) == "host, request_uri, http_accept_language"
    everyone = {"route": "chat.example.com /all", "upstream": "model"}
    assert values(reading, "cache.key", **everyone) == [("scheme, proxy_host, request_uri", "tool-default")]
    assert value(reading, "ratelimit", route="chat.example.com /chat") == 0.5
    assert set(codes(reading)) == {"retry-unsafe", "template", "include"}


@pytest.mark.parametrize(("text", "expected"), [("0", "off"), ("5s", 5000)])
def test_time_for_other_servers(text: str, expected: object) -> None:
    reading = read(READER, server(f"proxy_next_upstream_timeout {text};"))
    assert value(reading, "retry.time", **A) == expected


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crossplane", None)
    assert refusal(READER, server("")) == "missing-library"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("time-in-words.conf", "invalid:number"),
        ("failures-in-words.conf", "invalid:number"),
        ("nothing-proxied.conf", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}"))


@pytest.mark.parametrize(("name", "code"), [("cut-off.conf", "syntax"), ("template.conf", "template")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "nginx" / "broken" / name).read_bytes()) == code


def test_blocks_nested_too_deeply_are_refused() -> None:
    assert refusal(READER, "a {" * 60 + "}" * 60) == "too-deep"
