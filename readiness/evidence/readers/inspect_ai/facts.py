"""A log of Inspect to facts: cases and pass rates, scores, and what was evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.evals.cases import OF_CASES, case_facts, short
from readiness.evidence.evals.prompts import digest, parameters_text
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.inspect_ai import checks
from readiness.evidence.readers.inspect_ai.log import Log
from readiness.evidence.readers.inspect_ai.samples import judged
from readiness.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.evals.cases import Labels
    from readiness.evidence.readers.inspect_ai.samples import Judged

_DATA_FILES = (".txt", ".md", ".prompt", ".jinja", ".j2")


def read(source: Source) -> Reading:
    """Read a log.

    Raises:
        Unreadable: no log, or a damaged one.
    """
    log = Log(source)
    found = judged(log)
    facts: list[Fact] = []
    for one in found:
        if one.decides:
            names = one.cases[0].column
            facts += [_with(fact, names) for fact in case_facts(one.cases, log.at_samples)]
    facts += _without_samples(log) if not any(one.decides for one in found) else ()
    facts += _scores(log, found)
    facts += _identity(log)
    problems = (*checks.reasons(log), *checks.of_samples(log, found))
    for steps in (("stats", "completed_at"), ("eval", "created")):
        try:
            when, where, _naive = read_moment(log.get(*steps), log.at(*steps))
        except Unreadable:
            continue
        return Reading(tuple(facts), problems, when, where)
    return Reading(tuple(facts), problems)


def _with(fact: Fact, names: Labels) -> Fact:
    """Return a fact with the label of its scorer, where there are several."""
    return fact._replace(labels=tuple(sorted({*fact.labels, *names})))


def _without_samples(log: Log) -> Iterator[Fact]:
    """Yield the number of cases where none is in the log, or a scale has no passes."""
    total, done = (log.get("results", f"{name}_samples") for name in ("total", "completed"))
    if is_number(total):
        at = log.at("results", "total_samples")
        yield Fact("cases", total, "", at)
        if is_number(done):
            yield Fact("cases.errored", max(0, total - done), "", at, origin="derived")


def _scores(log: Log, found: list[Judged]) -> Iterator[Fact]:
    """Yield every metric of every scorer; of a grouped one, each group by its key."""
    listed = log.get("results", "scores")
    several = isinstance(listed, list) and len(listed) > 1
    sizes = {one.scorer: len(one.cases) for one in found}
    for index, score in enumerate(listed if isinstance(listed, list) else []):
        metrics = score.get("metrics") if isinstance(score, dict) else None
        if not isinstance(metrics, dict):
            continue
        scorer = str(score.get("name") or "")
        samples = score.get("scored_samples")
        count = int(samples) if is_number(samples) else sizes.get(scorer)
        for key, metric in metrics.items():
            if not isinstance(metric, dict):
                continue
            value = metric.get("value")
            at = log.at("results", "scores", index, "metrics", key)
            labels = _labels(key, metric, scorer if several else "")
            if is_number(value) and labels is not None:
                whole = len(labels) == 1
                yield Fact("score", float(value), "", at, labels, count if whole else None)


def _labels(key: str, metric: dict[str, Any], scorer: str) -> Labels | None:
    """Return the labels of a metric; None for the group of all, which is told without a group."""
    params = metric.get("params")
    inner = params.get("metric") if isinstance(params, dict) else None
    group = params.get("group_key") if isinstance(params, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    prefix = f"{scorer}." if scorer else ""
    if not isinstance(group, str):
        return (("metric", short(f"{prefix}{key}")),) if key.strip() else None
    if key == "all" or not key.strip():
        return None
    label = group if group in OF_CASES else "group"
    return tuple(sorted((("metric", short(f"{prefix}{name or 'grouped'}")), (label, short(key)))))


def _identity(log: Log) -> Iterator[Fact]:
    """Yield the model, its parameters, the data set, and the one system message of the plan."""
    for metric, steps in {
        "eval.model": ("eval", "model"),
        "eval.dataset": ("eval", "dataset", "name"),
    }.items():
        value = log.get(*steps)
        if isinstance(value, str) and value.strip():
            yield Fact(metric, value[:500], "", log.at(*steps))
    settings = log.get("eval", "model_generate_config")
    planned = log.get("plan", "config")
    merged = {
        key: value
        for part in (planned, settings)
        if isinstance(part, dict)
        for key, value in part.items()
        if key not in ("max_connections", "max_retries", "timeout", "cache")
    }
    if isinstance(planned, dict) or isinstance(settings, dict):
        yield Fact("eval.parameters", parameters_text(merged), "", log.at("plan", "config"))
    steps = log.get("plan", "steps")
    templates = {
        index: step["params"]["template"]
        for index, step in enumerate(steps if isinstance(steps, list) else [])
        if isinstance(step, dict)
        and step.get("solver") == "system_message"
        and isinstance(step.get("params"), dict)
        and isinstance(step["params"].get("template"), str)
    }
    if len(templates) == 1:
        ((index, text),) = templates.items()
        if text.strip() and not text.strip().endswith(_DATA_FILES):
            at = log.at("plan", "steps", index, "params", "template")
            yield Fact("eval.prompt_sha256", digest(text), "", at, (), None, "derived")
