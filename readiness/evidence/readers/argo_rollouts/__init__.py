"""Argo Rollouts in: steps and weights of a Rollout, and whether an AnalysisRun passed, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.kubernetes import marks, resources
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.argo_rollouts.analysis import analysis_run, template
from readiness.evidence.readers.argo_rollouts.steps import rollout
from readiness.evidence.settings import Settings, wrong_kind
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_GROUP = "argoproj.io"
_TEMPLATES = ("AnalysisTemplate", "ClusterAnalysisTemplate")
_MARKS = marks(rb"argoproj\.io", rb"Rollout|AnalysisRun|AnalysisTemplate|ClusterAnalysisTemplate")


def sniff(head: bytes) -> int:
    """Return 90 if there is a resource of a kind that is read, outside of Markdown."""
    return 90 if b"\n```" not in head and _MARKS(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest.

    Raises:
        Unreadable: neither YAML nor JSON, a template, or without a resource of Argo Rollouts.
    """
    settings = Settings()
    found = [r for r in resources(source) if r.group == _GROUP]
    runs = [r for r in found if r.kind == "AnalysisRun"]
    rollouts = [r for r in found if r.kind == "Rollout"]
    templates = [r for r in found if r.kind in _TEMPLATES]
    if not (runs or rollouts or templates):
        message = "this has no Rollout, AnalysisRun or AnalysisTemplate"
        raise wrong_kind(message, source.at(1), "give what `kubectl get` shows after the rollout")
    for resource in rollouts:
        rollout(settings, resource)
    for resource in templates:
        template(settings, resource)
    finished = [analysis_run(settings, resource) for resource in runs]
    strength = Strength.measured if runs and all(finished) else Strength.documented
    reading = settings.reading(source.at(1), "the resources say nothing")
    return reading._replace(strength=strength)


_BY = ("rollout",)
_METRIC = ("analysis", "metric")
READER = Reader(
    id="argo-rollouts",
    title="Argo Rollouts",
    summary="Steps and weights of a canary, and what its analysis measured.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="yaml",
    metrics=(
        Metric("rollout.strategy", "", "canary or blueGreen", _BY),
        Metric("rollout.steps", "", "steps of the canary", _BY),
        Metric("rollout.weight", "ratio", "share of the traffic at a step", ("rollout", "step")),
        Metric("rollout.pause", "ms", "how long a step waits, or `manual`", ("rollout", "step")),
        Metric("rollout.mirror", "ratio", "share that a step copies", ("rollout", "step")),
        Metric("rollout.analysis", "", "whether an analysis can stop it", _BY),
        Metric("rollout.phase", "", "phase, of a rollout or an analysis", ("analysis", "rollout")),
        Metric("rollout.passed", "", "whether it ran and passed", ("analysis", "rollout")),
        Metric("analysis.condition", "", "what a metric is held against", _METRIC),
        Metric("analysis.measurements", "", "measurements that were taken", _METRIC),
        Metric("analysis.successful", "", "measurements that passed", _METRIC),
        Metric("analysis.failed", "", "measurements that failed", _METRIC),
        Metric("analysis.inconclusive", "", "measurements without an answer", _METRIC),
        Metric("analysis.errors", "", "measurements that could not be taken", _METRIC),
    ),
    produce="kubectl get rollout,analysisrun -n NAMESPACE -o yaml > rollout.yaml",
    source="https://argo-rollouts.readthedocs.io/en/stable/features/analysis/",
    traps=(
        "A Rollout or template without `status` is intent: no `rollout.passed`, only documented.",
        "Inconclusive, Error and Running are no pass; nor is a run without any measurement.",
        "A metric with neither success nor failure condition passes whatever is measured.",
        "A metric in `dryRun` stops nothing, and its result does not count.",
        "`pause: {}` waits for a person: `manual`.",
        "A canary without analysis goes on by time alone: `rollout.analysis` is false.",
        "A rollout that was aborted is Degraded, and has not passed.",
        "A success that its own measurements contradict is invalid.",
    ),
)
