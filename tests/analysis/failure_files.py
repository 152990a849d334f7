"""A launch with one failure domain, and the files that speak of it, for tests of its analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from readiness.analysis.analysis import Analysed
from readiness.evidence.collect import READERS
from readiness.evidence.reader import Source
from readiness.model.checklist import FactMap
from readiness.model.evidence import Evidence, Produced
from tests.analysis.linked_files import SAMPLES, launch, read
from tests.evidence.readers.config_files import SHARED

if TYPE_CHECKING:
    from readiness.model.launch import Launch

EXAMPLE = SAMPLES.parents[1] / "evidence" / "shop-assistant"
COMPONENTS: dict[str, Any] = {
    "gateway": {"budget": "50 ms", "calls": ["model", "search"]},
    "model": {"budget": "1900 ms", "timeout": "2 s", "fate": {"region": "eu-west-1", "provider": "one"}},
    "search": {"budget": "120 ms", "fate": {"region": "eu-central-1"}},
}
INTENTS = {"returns": "30 %", "products": "60 %", "greeting": "10 %"}
ANSWER = {"answer": "The three best matches of the search", "notice": "Answers are limited right now", "uses": ["search"]}
DRILL = "drills/model.json"


def domain(**given: Any) -> dict[str, Any]:
    """Return a failure domain that lacks nothing, with some keys laid over it."""
    whole = {
        "title": "Model down", "likelihood": "possible", "breaks": ["model"], "intents": ["returns", "products"],
        "answers": {"all": ANSWER}, "alerts": {"completion": "ChatCompletionRateLow"}, "drill": "drill-model", **given,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


def subject(domains: dict[str, Any], **given: Any) -> Launch:
    filled = {"components": COMPONENTS, "intents": INTENTS, "evidence": {"drill-model": DRILL}, **given}
    return launch(failure_domains=domains, **filled)


def dated(reader: str, path: str, data: bytes) -> Evidence:
    """Read bytes as evidence that knows when it was made, where they say so."""
    found = read(f"{reader}/x", path, data)
    made = READERS.all[reader].read(Source(path, data), None)
    if made.produced is None or made.produced_where is None:
        return found
    return found._replace(produced=Produced(made.produced, "file", made.produced_where))


def example(reader: str, name: str, path: str = "") -> Evidence:
    """Read a file of the worked example."""
    return dated(reader, path or name, (EXAMPLE / name).read_bytes())


def shared(reader: str, name: str, path: str = "") -> Evidence:
    """Read a public or really produced file; the test is skipped where it is absent."""
    file = SHARED / name
    if not file.exists():
        pytest.skip(f"{file} is absent")
    return dated(reader, path or name, file.read_bytes())


def breakers() -> Evidence:
    """Read the limits of the worked example's breakers, mapped as its launch maps them."""
    reader = READERS.all["yaml"]
    at = {"label": "component"}
    wanted = FactMap.model_validate({"metrics": {
        "timeout": [{"at": "/components/*/timeout_ms", "unit": "ms", **at}],
        "breaker.failures": [{"at": "/components/*/breaker/failures", **at}],
        "breaker.reset": [{"at": "/components/*/breaker/reset_s", "unit": "s", **at}],
    }})  # fmt: skip
    path = "rig/service/resilience.yaml"
    reading = reader.read(Source(path, (EXAMPLE / path).read_bytes()), wanted)
    return Evidence(path, (), "yaml", reader.strength, reading.facts, reading.problems)


def value(found: Analysed, metric: str, /, **labels: str) -> Any:
    (fact,) = (f for f in found.facts if f.metric == metric and dict(f.labels) == labels)
    return fact.value


def texts(found: Analysed, *codes: str) -> list[str]:
    return [p.message for p in found.problems if not codes or p.code in codes]
