"""Texts that promise nothing are refused, and what a team would really write is not."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from readiness.model import vague

NOTHING = [
    "Not a priority now", "Graceful degradation", "It worked well in staging", "We have backups",
    "The system is ready", "Everything is in place", "Reviewed and agreed",
]  # fmt: skip
SOMETHING = [
    "p95 <= 800 ms at 1.5 times the peak", "Alert team-search when errors pass 1 %",
    "The index may be stale for a day", "SHOP-418 tracks it", "Users wait for an outage page",
    "Rolled back by the on-call engineer", "225 lookups are enough to start",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_a_text_that_names_nothing_is_refused(text: str) -> None:
    found = vague.empty_promise(text)
    assert found is not None
    assert found.code == "vague"
    assert text in found.message
    assert found.help


@pytest.mark.parametrize("text", SOMETHING)
def test_a_text_that_names_one_thing_passes(text: str) -> None:
    assert vague.empty_promise(text) is None
    assert vague.names(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("p99 stays low", ("metric",)), ("at most what was agreed", ("limit",)), ("under peak traffic", ("limit", "load")),
        ("an outage of the store", ("failure",)), ("ask team-search", ("owner",)), ("nothing of the kind", ()), ("800 ms", ("limit",)),
    ],
)  # fmt: skip
def test_what_a_text_names(text: str, named: tuple[str, ...]) -> None:
    assert vague.names(text) == named


def test_more_testing_needs_a_kind() -> None:
    assert vague.testing("We will do more testing before the launch") == snapshot(
        vague.Vague(
            code="vague-testing",
            message="`more testing` does not say which kind of test",
            help="name the kind, the load and the limit: `a load test at 1.5 times the peak for 30 min, errors < 1 %`",
        )
    )
    assert vague.testing("Extensive QA was done") is not None
    assert vague.testing("More load tests, at 200 rps for 30 min") is None
    assert vague.testing("A longer soak test follows") is None


@pytest.mark.parametrize("text", ["Monitor closely", "Retry as needed", "p95 is good enough", "Robust error handling", "Details TBD"])
def test_a_word_of_comfort_without_a_limit_is_refused(text: str) -> None:
    found = vague.comfort(text)
    assert found is not None
    assert found.message.endswith("can be neither met nor missed")


@pytest.mark.parametrize(
    "text", ["Watched closely: an alert at 1 % errors", "The index soon covers all 3 locales", "What is to be launched was evaluated"]
)
def test_a_word_of_comfort_beside_a_limit_passes(text: str) -> None:
    assert vague.comfort(text) is None


@pytest.mark.parametrize("text", ["Traffic goes to the secondary region", "A hot standby takes over", "Multi-region deployment"])
def test_redundancy_is_no_degraded_mode(text: str) -> None:
    for found in (vague.fallback(text), vague.redundancy(text)):
        assert found is not None
        assert found.code == "no-degraded-mode"


def test_a_fallback_says_what_users_see() -> None:
    found = vague.fallback("The circuit breaker opens")
    assert found is not None
    assert found.code == "fallback-unseen"
    for text in ("Answers from the FAQ", 'A second model, with the notice "Slower than usual"', "Hand-off to a person", "HTTP status 503"):
        assert vague.fallback(text) is None
        assert vague.redundancy(text) is None


def test_every_rule_says_how_to_write_it_instead() -> None:
    rules = {
        vague.empty_promise: "Reviewed and agreed", vague.comfort: "Handled gracefully", vague.testing: "More testing",
        vague.fallback: "It restarts", vague.redundancy: "A standby node",
    }  # fmt: skip
    for rule, text in rules.items():
        found = rule(text)
        assert found is not None
        assert "`" in found.help or "degraded mode" in found.help


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Restart the service", "vague-step"), ("Identify the blast radius and recent changes", "vague-step"), ("Notify stakeholders", "vague-step"),
        ("Escalate if needed", "vague-word"), ("Do more testing on it", "vague-testing"), ("Watch the dashboard", "vague-step"),
        ("Restart checkout-api", ""), ("Open the board in Grafana", ""), ("Wait for 10 min", ""), ("Page the on-call", ""), ("Look for timeouts", ""),
        ("Set state=closed", ""), ("Follow docs/rollback.md", ""), ("Den Dienst neu starten", ""), ("Scale the deployment to three", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_step_names_what_to_do(text: str, code: str) -> None:
    found = vague.step(text)
    assert (found.code if found else "") == code
    assert found is None or found.help


def test_the_suggestion_fits_what_the_step_does() -> None:
    suggestions = {verb: vague.step(f"{verb} the service") for verb in ("Watch", "Verify", "Notify", "Restart")}
    assert {verb: found.help for verb, found in suggestions.items() if found} == snapshot(
        {
            "Watch": "say which metric, up to which limit and how long: `errors stay below 1 % for 10 min`",
            "Verify": "say where to look and what must be there: `components.model.state` in `/metrics.json` is `closed` for 2 min",
            "Notify": "say who, and after how long: `after 10 min: team-platform on call`",
            "Restart": "give the command, or what is to be pressed: `kubectl rollout undo deployment/gateway`",
        }
    )
