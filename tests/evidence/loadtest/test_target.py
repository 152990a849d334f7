"""The endpoint of a run of one address: which path it is, and which facts carry it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.target import by_endpoint, path_of
from readiness.evidence.reader import Source
from readiness.model.fact import Fact

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
AT = Location("a.json", 1)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://127.0.0.1:8080/chat", "/chat"),
        ("https://user:secret@host/chat?token=secret#part", "/chat"),
        ("http://host", "/"),
        ("http://host/", "/"),
        ("http://host?token=secret", "/"),
        ("host:8080/chat?a=/b", "/chat"),
        ("/chat?token=secret", "/chat"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("http://host/a:b@c//d", "/a:b@c//d"),
        ("127.0.0.1", ""),
        ("localhost:3000", ""),
        ("", ""),
        (None, ""),
        (["http://host/a"], ""),
    ],
)
def test_the_path_of_an_address(url: object, path: str) -> None:
    assert path_of(url) == path


@given(st.text())
def test_a_path_of_any_text_holds_no_query_and_is_short(url: str) -> None:
    path = path_of(url)
    assert len(path) <= 200
    assert not path or path.startswith("/")
    assert not set(path) & {"?", "#"}


def fact(metric: str, *labels: tuple[str, str]) -> Fact:
    return Fact(metric, 1, "", AT, labels)


def test_of_the_only_run_what_an_endpoint_has_is_there_beside_the_whole() -> None:
    names = ("requests", "failures.status", "errors", "rate", "throughput", "mean", "p95", "p99.9", "steady.p95")
    facts = [fact(name) for name in (*names, "duration", "concurrency", "rate.requested", "arrivals", "ramp")]
    found = by_endpoint(facts, ["/chat"])
    assert found == [*facts, *(fact(name, ("endpoint", "/chat")) for name in names)]


def test_labels_that_are_there_stay_in_order() -> None:
    found = by_endpoint([fact("p95", ("response", "expected"))], ["/chat"])
    assert found[1].labels == (("endpoint", "/chat"), ("response", "expected"))


def test_each_of_several_runs_has_its_endpoint_and_none_where_none_is_named() -> None:
    facts = [fact("duration", ("run", str(number))) for number in (1, 2, 3)]
    assert [f.labels for f in by_endpoint(facts, ["/a", "", "/c"])] == [
        (("endpoint", "/a"), ("run", "1")),
        (("run", "2"),),
        (("endpoint", "/c"), ("run", "3")),
    ]


@pytest.mark.parametrize("endpoints", [[""], []])
def test_without_an_endpoint_facts_are_as_they_were(endpoints: list[str]) -> None:
    assert by_endpoint([fact("p95"), fact("duration")], endpoints) == [fact("p95"), fact("duration")]


@pytest.mark.parametrize(
    ("tool", "name", "endpoint"),
    [
        ("ab", "chat.txt", "/chat"),
        ("wrk", "wrk2.txt", "/chat"),
        ("autocannon", "chat.json", "/chat"),
        ("autocannon", "flaky-tables.txt", "/flaky"),
        ("autocannon", "version-4-colours.txt", "/chat"),
        ("bombardier", "chat.json", "/chat"),
        ("bombardier", "chat.txt", "/chat"),
        ("fortio", "chat.json", "/chat"),
        ("fortio", "nighthawk.json", ""),  # its URL is a host
        ("ghz", "chat.json", "chat.Chat.Reply"),
        ("ghz", "summary-only.json", "chat.Chat.Reply"),
    ],
)
def test_a_tool_that_names_its_address_gives_the_figures_of_the_endpoint(
    tool: str, name: str, endpoint: str
) -> None:
    data = (SAMPLES / tool / "ok" / name).read_bytes()
    reader = import_module(f"readiness.evidence.readers.{tool}").READER
    facts = reader.read(Source(name, data), None).facts
    whole = {f.metric: (f.value, f.at) for f in facts if not f.labels}
    part = {f.metric: (f.value, f.at) for f in facts if f.labels == (("endpoint", endpoint),)}
    assert part == {metric: found for metric, found in whole.items() if metric in part}
    named = {"requests", "rate", "mean", "p99"} - (set() if "mean" in whole else {"mean"})
    assert not named - set(part) if endpoint else not part
    assert ("duration" in whole, "duration" in part) == (True, False)
    assert data.decode(errors="replace").count(endpoint or "127.0.0.1") > 0
