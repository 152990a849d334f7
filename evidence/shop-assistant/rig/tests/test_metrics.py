"""What Prometheus sees, and that the alerts over it are written for series that exist."""

import re

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from client import Rig
from load.mix import RIG
from service.config import load_limits
from service.telemetry import OUTCOMES

RULES = yaml.safe_load((RIG / "alerts/rules.yaml").read_text(encoding="utf-8"))["groups"]


def samples(rig: Rig) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the value of each series by its name and the values of its labels."""
    text = httpx.get(f"{rig.gateway}/metrics", trust_env=False).text
    families = text_string_to_metric_families(text)
    found = [sample for family in families for sample in family.samples]
    return {(s.name, tuple(s.labels.values())): s.value for s in found}


def test_every_series_exists_before_the_first_failure(rig: Rig) -> None:
    found = samples(rig)
    for component in load_limits():
        assert ("assistant_degraded_total", (component,)) in found
        for outcome in OUTCOMES:
            assert ("assistant_attempts_total", (component, outcome)) in found


def test_an_answer_is_counted_and_timed(rig: Rig) -> None:
    before = samples(rig)
    rig.ask("Is the Rimo tent waterproof?", fresh=True)
    after = samples(rig)
    for key in (
        ("assistant_answers_total", ()),
        ("assistant_answer_seconds_count", ()),
        ("assistant_attempts_total", ("model", "ok")),
        ("assistant_attempt_seconds_count", ("model",)),
    ):
        assert after[key] == before[key] + 1, key


def test_every_alert_reads_series_that_the_gateway_has(rig: Rig) -> None:
    names = {name for name, _ in samples(rig)}
    for group in RULES:
        for rule in group["rules"]:
            read = set(re.findall(r"assistant_\w+", rule["expr"]))
            assert read, rule["alert"]
            assert read <= names, rule["alert"]
