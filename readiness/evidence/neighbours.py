"""Summaries of load tests held against samples of their run that lie beside them, not linked.

Such samples are no evidence: they prove nothing, are in no ledger, and can only contradict, or show
that linked ones are of another run.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evidence.agreement import compared, held
from readiness.evidence.files import Job
from readiness.evidence.fingerprint import as_many, same_run
from readiness.evidence.pairs import Pair, has_samples, part_of, stem, tool
from readiness.evidence.pairs import beside as nearby
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.evidence.collect import Collector
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Value
    from readiness.model.load import Labels

# Readers of the samples that a tool writes into a file of their own.
SAMPLES = {
    "ab": ("ab-samples",),
    "aiperf": ("aiperf-records",),
    "gatling": ("gatling-log",),
    "h2load": ("h2load-log",),
    "hdrhistogram": ("hdrhistogram-log",),
    "inference": ("inference-perf",),
    "jmeter": ("jmeter-jtl", "jmeter-xml"),
    "k6": ("k6-csv", "k6-json"),
    "llmperf": ("llmperf",),
    "locust": ("locust-json",),
    "tsung": ("tsung-dump",),
    "vegeta": ("vegeta-results",),
}
_FOLDERS = ("jmeter-statistics", "gatling-stats")  # reports in a folder beside their samples
_LOG = "simulation.log"  # in the folder of a run, in which Gatling lays its report: `js`
# inference-perf lays both into the folder of a run
_LIFECYCLE = ("summary_lifecycle_metrics.json", "per_request_lifecycle_metrics.json")
_ALL_OF = 1.02  # times the requests of all samples
_GLANCED = 200  # files of a folder
_READ, _ALL = 4, 16  # files for one summary, and for all


def contradicted(
    evidence: Iterable[Evidence], collector: Collector, rounding: Mapping[str, float]
) -> dict[str, tuple[Problem, ...]]:
    """Return what samples that lie beside summaries say against them, by the path of the summary.

    Looked at are the files of its folder, and for reports that are a folder of their own those
    beside it; read are the few that hold samples of its tool. Only those count whose figures are
    of the same run. A summary whose samples are linked is held against those; where only a
    name that every run has ties them to it and they contradict it, samples beside it that are its
    own decide.

    Args:
        evidence: all that is linked.
        collector: what reads files.
        rounding: how far the times of a reader may be from the exact ones, by its id: a share.
    """
    linked = list(evidence)
    pairs = held(linked, rounding)
    paired = {_key(one.pair.summary) for one in pairs}
    sure = {_key(p.summary) for p, against in pairs if not against or _sure(p)}
    alone = [summary for summary in _summaries(linked) if _key(summary) not in sure]
    if not alone:
        return {}
    chosen = _chosen(alone, linked, collector)
    jobs = {p: Job(p, (), SAMPLES[tool(s)], None) for s in alone for p in chosen[s.path]}
    few = list(jobs.values())[:_ALL]
    read = {e.path: e for e in collector.read_beside(few)} if few else {}
    found = {}
    for summary in alone:
        beside = [read[path] for path in chosen[summary.path] if path in read]
        known = [e for e in beside if has_samples(e) and not e.invalid]
        if own := [other for other in known if _own(summary, other)]:
            against = min((compared(Pair(summary, o), rounding) for o in own), key=len)
            found[summary.path] = against
        elif _key(summary) not in paired:
            with_it = [e for e in linked if not e.invalid and nearby(summary, e)]
            found[summary.path] = (
                *_twins(summary, [*known, *with_it], rounding),
                *_lacking(summary, with_it),
                *_unread(summary, beside),
            )
    return found


def _key(evidence: Evidence) -> tuple[str, str]:
    return evidence.path, evidence.reader


def _sure(pair: Pair) -> bool:
    return pair.sure or same_run(pair.summary, pair.samples, named=False)


def _summaries(linked: list[Evidence]) -> list[Evidence]:
    """Return the summaries of whose tool there may be samples."""
    found = {
        _key(e): e
        for e in linked
        if tool(e) in SAMPLES and not e.invalid and not has_samples(e)
        and any(fact.metric == "requests" for fact in e.facts)
    }  # fmt: skip
    return [found[key] for key in sorted(found)]


def _chosen(
    alone: list[Evidence], linked: list[Evidence], collector: Collector
) -> dict[str, list[str]]:
    """Return the files to be read for each summary: those with its name, else others."""
    taken = {path for e in linked for path in (e.path, *(file.path for file in e.files))}
    folders = {folder: _files(folder, taken, collector) for e in alone for folder in _places(e)}
    wanted = tuple(dict.fromkeys(name for e in alone for name in SAMPLES[tool(e)]))
    names = sorted({path for files in folders.values() for path in files})
    known = collector.glance(names, wanted) if names else {}
    found = {}
    for summary in alone:
        beside = [
            path for folder in _places(summary) for path in folders[folder]
            if known.get(path) in SAMPLES[tool(summary)]
        ]  # fmt: skip
        named = [path for path in beside if stem(path, tool(summary)) == _stem(summary)]
        found[summary.path] = [*named, *(p for p in beside if p not in named)][:_READ]
    return found


def _places(summary: Evidence) -> tuple[str, ...]:
    """Return the folders in which the samples of a summary may lie."""
    folder = PurePosixPath(summary.path).parent
    both = (folder, folder.parent) if summary.reader in _FOLDERS else (folder,)
    return tuple(dict.fromkeys(map(str, both)))


def _files(folder: str, taken: set[str], collector: Collector) -> list[str]:
    names = (str(PurePosixPath(folder, name)) for name in collector.files_in(folder))
    return [path for path in names if path not in taken][:_GLANCED]


def _stem(evidence: Evidence) -> str:
    return stem(evidence.path, tool(evidence))


def _own(summary: Evidence, samples: Evidence) -> bool:
    """Whether samples are of the run of a summary: by figures, or by the folder of a run."""
    stem_ = _stem(summary)
    if same_run(summary, samples, named=bool(stem_) and stem_ == _stem(samples)):
        return True
    one, other = PurePosixPath(summary.path), PurePosixPath(samples.path)
    if summary.reader == "inference-perf":
        laid = (one.name, other.name) == _LIFECYCLE and one.parent == other.parent
        return laid and _requests(summary).get(()) == _requests(samples).get(())
    laid = one.parent.name == "js" and other.parent == one.parent.parent
    laid = laid and other.name.startswith(_LOG)
    return summary.reader == "gatling-stats" and laid and as_many(summary, samples)


def _requests(evidence: Evidence) -> dict[Labels, Value]:
    return {fact.labels: fact.value for fact in evidence.facts if fact.metric == "requests"}


def _twins(
    summary: Evidence, beside: list[Evidence], rounding: Mapping[str, float]
) -> Iterator[Problem]:
    """Yield that samples with the name and the requests of a summary differ: edited, or others.

    Nothing tells which, as a loop count gives every run the same number of requests.
    """
    alike = [other for other in beside if _twin(summary, other)]
    if alike and all(compared(Pair(summary, other), rounding) for other in alike):
        message = (
            f"samples with as many requests lie beside it in {alike[0].path} and differ from it"
        )
        help_ = "link them if they are of this run, else take them away or give them another name"
        yield Problem("warning", "neighbour-differs", message, Location(summary.path), help_)


def _twin(summary: Evidence, samples: Evidence) -> bool:
    """Whether names may be those of one run, and each number of requests is the same."""
    alike = _stem(summary) == _stem(samples)
    if not alike and (_stem(summary) or summary.reader not in _FOLDERS):
        return False
    folder = stem(PurePosixPath(summary.path).parent.name, tool(summary))
    if not alike and folder not in ("", _stem(samples)):
        return False
    stated, exact = _requests(summary), _requests(samples)
    return () in exact and all(exact.get(k, n if k else None) == n for k, n in stated.items())


def _lacking(summary: Evidence, beside: list[Evidence]) -> Iterator[Problem]:
    """Yield that a summary counts more requests than all samples beside it that are linked."""
    parts = [other for other in beside if part_of(summary, other)]
    stated = float(_requests(summary).get((), 0.0))
    total = sum(float(_requests(other).get((), 0.0)) for other in beside)
    if parts and total * _ALL_OF < stated:
        message = f"it counts {stated:,.0f} requests, and the samples beside it {total:,.0f}"
        help_ = f"keep those of every generator with {parts[0].path}: it is held against none"
        yield Problem("warning", "neighbour-differs", message, Location(summary.path), help_)


def _unread(summary: Evidence, beside: list[Evidence]) -> Iterator[Problem]:
    """Yield that samples with the name of a summary cannot be read."""
    broken = [e for e in beside if e.invalid and stem(e.path, tool(summary)) == _stem(summary)]
    for other in broken[:1]:
        why = next(problem.message for problem in other.problems if problem.kind == "invalid")
        message = f"samples lie beside it in {other.path} and cannot be read: {why}"
        help_ = "keep the whole file, or take it away: the summary is held against nothing"
        yield Problem("warning", "neighbour-unread", message, Location(summary.path), help_)
