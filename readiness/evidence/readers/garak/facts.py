"""A garak report to facts: the success of attacks, and why a run proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.evals.cases import short, stand_in
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.garak.report import Report
from readiness.model.fact import Fact, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGAIN = "run it again to its end"


def read(source: Source) -> Reading:
    """Read a report.

    Raises:
        Unreadable: no report, or a line that is cut off.
    """
    report = Report(source)
    facts = [*_rates(report), *_whole(report)]
    problems = [*_contradictions(report), *_reasons(report)]
    if not report.finished:
        return Reading(tuple(facts), tuple(problems))
    try:
        when, where, naive = read_moment(report.finished, report.ended_at)
    except Unreadable:
        return Reading(tuple(facts), tuple(problems))
    if naive:
        message = "garak writes times without a zone: taken as UTC"
        problems.append(Problem("warning", "naive-time", message, where, "run it with TZ=UTC"))
    return Reading(tuple(facts), tuple(problems), when, where)


def _rates(report: Report) -> Iterator[Fact]:
    """Yield the share of outputs with which an attack succeeded, and the counts behind it."""
    lang = report.text("run.target_lang")
    for (probe, detector), verdict in report.verdicts.items():
        names = {"metric": short(detector), "probe": short(probe)}
        if lang and len(lang) <= 20:  # noqa: PLR2004 - a list of languages is no locale
            names["locale"] = lang
        labels = tuple(sorted(names.items()))
        at, fails = verdict.at, verdict.total - verdict.passed
        yield Fact("cases", verdict.total + verdict.nones, "", at, labels, origin="derived")
        yield Fact("passed", verdict.passed, "", at, labels)
        yield Fact("failed", fails, "", at, labels, origin="derived")
        yield Fact("cases.errored", verdict.nones, "", at, labels)
        if verdict.total:
            rate = fails / verdict.total
            yield Fact("attack.success", rate, "ratio", at, labels, verdict.total, "derived")
        for intent, (passed, total) in verdict.intents.items():
            if total:
                own = tuple(sorted((*labels, ("intent", short(intent)))))
                rate = (total - passed) / total
                yield Fact("attack.success", rate, "ratio", at, own, total, "derived")


def _whole(report: Report) -> Iterator[Fact]:
    at = report.setup_at
    target = report.text("plugins.target_name", "plugins.model_name")
    if target:
        yield Fact("eval.model", target, "", at)
    probes = {probe for probe, _ in report.verdicts}
    yield Fact("probes", len(probes), "", at, origin="derived")


def _reasons(report: Report) -> Iterator[Problem]:
    """Yield why the run proves nothing."""
    at = report.setup_at

    def because(code: str, message: str, help_: str = _AGAIN) -> Problem:
        return Problem("inconclusive", code, message, at, help_)

    if not report.ended or set(report.runs) != set(report.ended):
        yield because("unfinished", "a run has no `completion`: it did not end")
    if len(report.runs) > 1:
        yield because("two-runs", f"{len(report.runs)} runs are in one file", "keep one each")
    total = sum(verdict.total for verdict in report.verdicts.values())
    if not total:
        yield because("no-cases", "no output was judged by a detector")
    probes = dict.fromkeys(probe for probe, _ in report.verdicts)
    if probes and all(_smoke(probe, detector) for probe, detector in report.verdicts):
        message = (
            f"only garak's own test probes ran ({', '.join(probes)[:60]}): nothing was attacked"
        )
        yield because("smoke", message, "choose probes that attack, as in --probes dan,encoding")
    target = report.text("plugins.target_type", "plugins.model_type")
    if target.removeprefix("generators.").startswith("test"):
        yield stand_in(target, at)
    for (probe, detector), verdict in report.verdicts.items():
        if not verdict.total and total:
            message = f"{probe} was judged by {detector} without any output"
            yield Problem("inconclusive", "no-cases", message, verdict.at, _AGAIN)
        elif verdict.nones:
            message = f"{detector} could not judge {verdict.nones} outputs of {probe}"
            yield Problem("warning", "errored", message, verdict.at, "look at these outputs")
    if report.sent:
        message = f"{len(report.sent)} attempts were sent and never scored"
        yield Problem("warning", "unscored", message, at, _AGAIN)


def _smoke(probe: str, detector: str) -> bool:
    """Tell whether a probe attacks nothing, or a detector says the same whatever it sees."""
    return probe.removeprefix("probes.").startswith("test.") or detector.startswith("always.")


def _contradictions(report: Report) -> Iterator[Problem]:
    """Yield where a verdict is impossible, or is not that of the attempts in the same file."""
    help_ = "keep the report as garak wrote it"
    for key, verdict in report.verdicts.items():
        counted = report.counted.get(key)
        told = f"{key[0]} by {key[1]}: {verdict.passed} of {verdict.total} passed"
        if verdict.passed > verdict.total:
            yield Problem("invalid", "contradiction", told, verdict.at, help_)
        elif counted is not None and counted != [verdict.passed, verdict.total]:
            message = f"{told}, and {counted[0]} of {counted[1]} by the attempts"
            yield Problem("invalid", "contradiction", message, verdict.at, help_)
