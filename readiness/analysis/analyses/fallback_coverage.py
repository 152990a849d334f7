"""Whether every intent has a fallback in every failure domain, and whether that is proven."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.alerting import Alerts
from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.degraded import Cells, Hole, redundancy, served_without_model, undegraded
from readiness.analysis.domains import drill_of, intents_of, no_domains, place, weakest
from readiness.analysis.fate import Fates
from readiness.analysis.linked import proving
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

_HELP = {
    "no-answer": "write under `answers` what users get; `all` stands for what is not named",
    "no-notice": "write it as `notice`, word for word",
    "shared-fate": "let something else answer, or name in `uses` only what makes the answer",
    "fate-unknown": "say what each stands and falls with: `fate: {region: …, provider: …}`",
    "no-alert": "name it under `alerts`, and link the rules that hold it",
    "no-drill": "drill it with traffic, and link the journal or record under `drill`",
}
_OF_CELLS = ("cells.covered", "coverage", "holes", "served_without_model")
_OF_FATE = ("fallbacks.shared",)
_DOUBTFUL = ("shared-fate", "fate-unknown")


class _Shared(NamedTuple):
    """Fallbacks in settings that break, or may, with their primary; and who tells of any."""

    problems: list[Problem]
    used: list[Evidence]


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Look in each cell of failure domain × intent for an answer, its words, and its proofs."""
    if not launch.failure_domains:
        return Analysed((), (no_domains(path),), Strength.claimed)
    at = place(path, "failure_domains")
    fates, alerts = Fates(launch, evidence), Alerts(evidence)
    drills = {name: drill_of(launch, path, name, evidence) for name in launch.failure_domains}
    cells = Cells(launch, drills, fates, alerts)
    facts: list[Fact] = []
    holes: list[Hole] = []
    total = uncovered = 0
    for name, domain in launch.failure_domains.items():
        intents = intents_of(launch, domain)
        own = [hole for intent in intents for hole in cells.holes(name, intent)]
        bare = len({hole.intent for hole in own})
        where, labels = place(path, "failure_domains", name), (("domain", name),)
        share = (len(intents) - bare) / len(intents)
        facts.append(Fact("coverage", share, "ratio", where, labels, None, "derived"))
        facts.append(Fact("holes", len(own), "", where, labels, None, "derived"))
        together = len(_doubted(own)) if domain.answers else math.nan
        facts.append(Fact("fallbacks.shared", together, "", where, labels, None, "derived"))
        total, uncovered, holes = total + len(intents), uncovered + bare, holes + own
    shared, alone = _shared(evidence), _undegraded(launch, path, evidence)
    without = served_without_model(launch, cells)
    whole = {
        "cells": (total, ""),
        "cells.covered": ((total - uncovered) / total, "ratio"),
        "holes": (len(holes), ""),
        "fallbacks.shared": (_together(launch, holes, shared), ""),
        "redundancy.undegraded": (len(alone), ""),
        **({"served_without_model": (without, "ratio")} if without is not None else {}),
    }
    facts += [Fact(m, value, unit, at, (), None, "derived") for m, (value, unit) in whole.items()]
    problems = [*_problems(path, holes), *shared.problems, *alone]
    problems += [] if without is not None else [_no_shares(launch, path)]
    named = {name for domain in launch.failure_domains.values() for name in domain.alerts.values()}
    used = [found for drill in drills.values() for found in drill.evidence]
    used += [found for name in sorted(named) for found in alerts.sources(name)]
    return Analysed(tuple(facts), tuple(problems), weakest([*used, *fates.used, *shared.used]))


def _problems(path: str, holes: list[Hole]) -> list[Problem]:
    """Say what is missing once for all intents of a failure domain that lack the same."""
    groups: dict[Hole, list[str]] = {}
    for hole in holes:
        groups.setdefault(hole._replace(intent=""), []).append(hole.intent)
    return [
        Problem(
            "warning",
            hole.code,
            f"{hole.domain} × {and_list(intents)}: {hole.why}",
            place(path, "failure_domains", hole.domain, *hole.steps),
            _HELP[hole.code],
            (*_OF_CELLS, *(_OF_FATE if hole.code in _DOUBTFUL else ())),
        )
        for hole, intents in groups.items()
    ]


def _shared(evidence: tuple[Evidence, ...]) -> _Shared:
    """Return the fallbacks in settings that share what their primary needs, or may."""
    problems, used = [], []
    for found in proving(evidence):
        for fact in found.facts:
            if fact.metric != "fallback.shared":
                continue
            used.append(found)
            if fact.value == "none":
                continue
            labels = dict(fact.labels)
            primary = next((labels[key] for key in ("model", "route") if key in labels), "")
            of = f" of {primary}" if primary else ""
            target = f" to {labels['target']}" if "target" in labels else ""
            what = f"shares {fact.value}" if fact.value != "unknown" else "may share its fate"
            text = f"the fallback{of}{target} {what} with what it stands in for"
            hint = "fall back on another provider, region and key, and name them in the file"
            problems.append(Problem("warning", "shared-fallback", text, fact.at, hint, _OF_FATE))
    return _Shared(problems, used)


def _together(launch: Launch, holes: list[Hole], shared: _Shared) -> float:
    """Return how many fallbacks break, or may, with what they stand in for; NaN without any."""
    if not shared.used and not any(domain.answers for domain in launch.failure_domains.values()):
        return math.nan
    return len(_doubted(holes)) + len(shared.problems)


def _doubted(holes: list[Hole]) -> set[tuple[str, ...]]:
    """Return the answers that break, or may, with what they stand in for."""
    return {(hole.domain, *hole.steps) for hole in holes if hole.code in _DOUBTFUL}


def _undegraded(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> list[Problem]:
    """Return the failure domains with a second of the same, and nothing for when that fails."""
    problems = []
    for name, domain in launch.failure_domains.items():
        where = redundancy(domain, launch, evidence)
        bare = undegraded(launch, domain) if where else []
        if bare:
            text = (
                f"{name}: redundancy without a degraded mode: by {where}; when that fails too, "
                f"{and_list(bare)} get nothing that is written down"
            )
            hint = "say under `answers` what is answered without it, and with which `notice`"
            at = place(path, "failure_domains", name)
            about = ("redundancy.undegraded",)
            problems.append(Problem("warning", "no-degraded-mode", text, at, hint, about))
    return problems


def _no_shares(launch: Launch, path: str) -> Problem:
    if not launch.intents:
        text = "the share served without the model is not known: the launch has no `intents`"
        hint = "write under `intents` each with its share of the questions"
        return Problem("warning", "no-shares", text, place(path, "intents"), hint)
    text = "the share served without the model is not known: no failure domain breaks a model"
    hint = "name the model's component `model` or `llm`, and the failure domain that `breaks` it"
    return Problem("warning", "no-model-domain", text, place(path, "failure_domains"), hint)


ANALYSIS = Analysis(
    id="fallback-coverage",
    title="Fallback coverage",
    run=run,
    metrics=(
        ("cells", "", "failure domains × the intents that each one hits"),
        ("cells.covered", "ratio", "share of them that lack nothing"),
        ("coverage", "ratio", "the same of one failure domain; label domain"),
        ("holes", "", "parts that cells lack: over all, and with the label domain"),
        (
            "fallbacks.shared",
            "",
            "those that break with what they stand in for, or may: the same",
        ),
        ("redundancy.undegraded", "", "failure domains with a second of the same and nothing else"),
        ("served_without_model", "ratio", "share of the questions answered without the model"),
    ),
    formula="A cell is a failure domain and an intent that it hits (all intents where it names "
    "none). It lacks nothing if it has an answer under its name or `all`; the `notice` that users "
    "see; an answer that stands while the domain is broken; an alert that is named and in rules "
    "that were read; and a drill in the domain's slot that was completed. An answer does not stand "
    "if what it `uses`, or reaches by `calls`, is in `breaks`, or has the region, provider, quota, "
    "key or index of what is; regions and providers of settings that name the component count "
    "too. A component that nothing calls is the entry, where a fallback is chosen: what it calls "
    "counts only where it is named, and it needs no `fate`. Whether an answer stands is not known, "
    "and that is a hole, without `breaks`, without `uses` (`[]` says that a fixed text needs "
    "nothing), or where another component on either side has no `fate`. Each of these counts as a "
    "shared fallback, and each that settings tell of. Redundancy is a second region, replica, "
    "model or the like in texts, or several targets or a fallback in settings of what breaks. A "
    "model is a component whose name or `stage` has the word model, llm, inference or generation; "
    "an intent is served without it if the domains that break one do not hit it, or have an answer "
    "for it that stands and reaches no model",
    source="Site Reliability Engineering (Beyer et al. 2016), chapter 22 (graceful degradation); "
    "Nygard 2018, Release It!, 2nd edition, chapter 5; AWS Well-Architected Framework, REL05-BP01 "
    "and REL10 (fault isolation)",
    example="cells.covered = 100 %, fallbacks.shared = 0, served_without_model >= 80 %",
)
