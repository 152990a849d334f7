"""A deepeval test run in; which test cases passed every metric, and the mean of each metric, out.

The fields are those of deepeval/test_run/test_run.py of https://github.com/confident-ai/deepeval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.evals.cases import (
    Case,
    Outcome,
    case_doubts,
    case_facts,
    case_metrics,
    slices_of,
)
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

Steps = tuple[str | int, ...]
_KEEP = "keep the file as deepeval wrote it"
_PRODUCE = "DEEPEVAL_RESULTS_FOLDER=results deepeval test run test_chat.py"
_MARKS = (b'"metricsData"', b'"metricsScores"', b'"testPassed"', b'"actualOutput"')


def sniff(head: bytes) -> int:
    """Return 90 for a run, 85 for a file with only the link of one, else 0."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0
    if b'"testCases"' in head and any(mark in head for mark in _MARKS):
        return 90
    return 85 if b'"testRunLink"' in head or b'"testRunData"' in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a run.

    Raises:
        Unreadable: a file that only points to a run, or no run at all.
    """
    document = JsonDocument(source)
    steps: Steps = ("testRunData",) if document.get("testRunData") is not None else ()
    if not isinstance(document.get(*steps, "testCases"), list):
        if document.get("testRunLink") is not None:
            message = "the file holds only a link to a run, and no result"
            help_ = f"keep the run itself: {_PRODUCE}"
            raise Unreadable("pointer", message, document.at("testRunLink"), help_)
        raise Unreadable("wrong-kind", "this is no deepeval run", document.at(), f"run {_PRODUCE}")
    cases = list(_cases(document, steps))
    at = document.at(*steps, "testCases")
    facts = (*case_facts(cases, at), *_identity(document, steps))
    problems = (*_contradictions(document, steps, cases), *case_doubts(cases, at))
    return Reading(facts, problems)


def _cases(document: JsonDocument, steps: Steps) -> Iterator[Case]:
    """Yield single-turn and conversational test cases."""
    for key in ("testCases", "conversationalTestCases"):
        listed = document.get(*steps, key)
        for index, entry in enumerate(listed if isinstance(listed, list) else []):
            at = document.at(*steps, key, index)
            if not isinstance(entry, dict):
                raise Unreadable("malformed", "a test case is no mapping", at, _KEEP)
            metrics = [m for m in _list(entry.get("metricsData")) if isinstance(m, dict)]
            scores = tuple(
                (str(m["name"]), float(m["score"]))
                for m in metrics
                if str(m.get("name") or "").strip() and is_number(m.get("score"))
            )
            slices = slices_of(entry.get("metadata"), entry.get("additionalMetadata"))
            yield Case(_outcome(entry, metrics), at, (), slices, scores)


def _outcome(entry: dict[str, Any], metrics: list[dict[str, Any]]) -> Outcome:
    """Return what came of a case: a metric with an error gave no verdict."""
    if any(metric.get("error") for metric in metrics):
        return "errored"
    if not metrics:
        return "skipped" if entry.get("success") is not False else "failed"
    passed = all(metric.get("success") is True for metric in metrics)
    return "passed" if passed and entry.get("success") is not False else "failed"


def _identity(document: JsonDocument, steps: Steps) -> Iterator[Fact]:
    """Yield the model and prompt that the run declares; the judge of a metric is another model."""
    for metric, name in {"eval.model": "model", "prompt.id": "prompt"}.items():
        value = document.get(*steps, "hyperparameters", name)
        if isinstance(value, str) and value.strip():
            yield Fact(metric, value[:500], "", document.at(*steps, "hyperparameters", name))


def _contradictions(document: JsonDocument, steps: Steps, cases: list[Case]) -> Iterator[Problem]:
    """Yield where a summary is not that of its parts."""
    for key in ("testCases", "conversationalTestCases"):
        for index, entry in enumerate(_list(document.get(*steps, key))):
            metrics = [m for m in _list(entry.get("metricsData")) if isinstance(m, dict)]
            failed = [m for m in metrics if m.get("success") is False]
            if entry.get("success") is True and failed:
                message = f"a test case is a success, and its metric {failed[0].get('name')} failed"
                at = document.at(*steps, key, index, "success")
                yield Problem("invalid", "contradiction", message, at, _KEEP)
    passed = sum(case.outcome in ("passed", "skipped") for case in cases)
    for key, counted in {"testPassed": passed, "testFailed": len(cases) - passed}.items():
        stated = document.get(*steps, key)
        if is_number(stated) and stated != counted:
            message = f"`{key}` is {stated:g}, and {counted} of the test cases did so"
            yield Problem("invalid", "contradiction", message, document.at(*steps, key), _KEEP)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


READER = Reader(
    id="deepeval",
    title="deepeval test run",
    summary="Which test cases passed every metric, by locale and intent, and the mean scores.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        *case_metrics(("intent", "locale")),
        Metric("eval.model", "", "`model` of the hyperparameters that the run declares"),
        Metric("prompt.id", "", "`prompt` of these hyperparameters: a name, and no digest"),
    ),
    produce=_PRODUCE,
    source="https://deepeval.com/docs/evaluation-introduction",
    traps=(
        "`.latest_test_run.json` may hold only a link: a pointer is no result.",
        "`evaluationModel` is the judge, and not the model that was evaluated.",
        "A metric with an error gave no verdict: its case did not pass.",
        "A case without any metric is judged by nothing.",
        "A case that is a success although a metric failed, or other totals: invalid.",
        "There is no text of the prompt and no time in the file.",
    ),
)
