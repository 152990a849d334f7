"""Which samples are of the run of a summary: by names, else by figures that no other run has."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.fingerprint import same_run
from readiness.evidence.rounded import half_unit, is_number
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence

_WORDS = (
    "summary|export|samples?|results?|raw|points?|statistics|stats|reports?|history|aggregated?|"
    "individual|responses|profile|records?|metrics|simulation|global|js|json|csv|tsv|jtl|xml|log|"
    "txt|out|stdout|stderr|md|gz|bz2|zst|ndjson|jsonl|bin|dashboard|html|web|lifecycle|per|requests?"
)
_OPTION = pattern(r"[._-][eg](?=\.)")  # of ab, that wrote a file: run.e.csv, run.g.tsv
_ONE_OF_TWO = {"hey"}  # a run prints its summary or its samples: two files are two runs
_REPORT = "jmeter-statistics"
_SAME_RUN, _FEW = 0.02, 2  # of the requests, and requests


class Pair(NamedTuple):
    """A summary and the samples of its run.

    Attributes:
        sure: whether more than a name that every run has ties them.
    """

    summary: Evidence
    samples: Evidence
    sure: bool = True


def pairs(evidence: Iterable[Evidence]) -> Iterator[Pair]:
    """Yield summaries with samples of the same tool that are of the same run.

    They are if they lie in one folder, or in one and the folder in it, and have the same name but
    for words such as `summary` or `raw`; that of the folder in it is a part of the name. Where no
    samples have its name, those are with which it shares figures that no other run has: other runs
    have the same labels and number of requests where the script, or a constant rate, says how many.
    JMeter gives every report one name: of its run may be a JTL anywhere in the launch.
    """
    read = {(e.path, e.reader): e for e in evidence if not e.invalid}
    known = [read[key] for key in sorted(read)]
    samples = [e for e in known if has_samples(e)]
    for summary in known:
        if not has_samples(summary) and summary.reader:
            own = [o for o in samples if _same_tool(summary, o)]
            near = [o for o in own if _near(summary, o)]
            named = [o for o in near if _one_name(summary, o) and not part_of(summary, o)]
            anywhere = summary.reader == _REPORT and not _stem(summary)
            alike = named or [o for o in (own if anywhere else near) if _alike(summary, o)]
            sure = bool(_stem(summary)) or not named
            yield from (Pair(summary, other, sure) for other in alike)


def _one_name(one: Evidence, other: Evidence) -> bool:
    """Whether names are those of one run, with the folder of that which lies deeper."""
    names = _names(one, other)
    return names[0] == names[1]


def _names(one: Evidence, other: Evidence) -> list[str]:
    paths = [PurePosixPath(e.path) for e in (one, other)]
    folder = min((path.parent for path in paths), key=lambda parent: len(parent.parts))
    return [stem(" ".join(path.relative_to(folder).parts), tool(one)) for path in paths]


def beside(summary: Evidence, samples: Evidence) -> bool:
    """Whether samples are of the tool of a summary and lie in its folder, or one folder apart."""
    return has_samples(samples) and _same_tool(summary, samples) and _near(summary, samples)


def part_of(summary: Evidence, samples: Evidence) -> bool:
    """Whether a summary counts more requests than samples of a name that every run has.

    It may be that of several generators, or attacks.
    """
    if any(_names(summary, samples)):
        return False
    stated, exact = (
        next((float(f.value) for f in e.facts if f.metric == "requests" and not f.labels), 0.0)
        for e in (summary, samples)
    )
    return 0 < exact * (1 + _SAME_RUN) + _FEW < stated


def has_samples(evidence: Evidence) -> bool:
    """Whether a file has the requests of a run, or the histogram of them that Locust keeps."""
    return evidence.load is not None or evidence.times is not None


def _same_tool(one: Evidence, other: Evidence) -> bool:
    return tool(one) == tool(other) and tool(one) not in _ONE_OF_TWO


def tool(evidence: Evidence) -> str:
    """Return the tool that wrote a file, by its reader."""
    return evidence.reader.split("-")[0]


def _near(one: Evidence, other: Evidence) -> bool:
    first, second = (PurePosixPath(e.path).parent for e in (one, other))
    return first in (second, second.parent) or second == first.parent


def _stem(evidence: Evidence) -> str:
    return stem(evidence.path, tool(evidence))


def stem(path: str, tool: str) -> str:
    """Return what a file's name says of its run: without tool, endings and words for its kind.

    Numbers stay apart: run-1-2 is not run-12.
    """
    name = PurePosixPath(path).name.lower()
    if tool == "ab":
        name = _OPTION.sub(" ", name)
    words = rf"(?<![a-z])(?:{_WORDS}|{re.escape(tool)})+(?![a-z])"
    parts = re.sub(r"[^a-z0-9]+", " ", re.sub(words, " ", name))
    return re.sub(r"(?<![0-9]) | (?![0-9])", "", parts)


def _alike(summary: Evidence, samples: Evidence) -> bool:
    """Whether figures can only be of one run; fewer do where minimum, mean and maximum agree."""
    stated, exact = (
        {f.metric: float(f.value) for f in e.facts if not f.labels and is_number(f)}
        for e in (summary, samples)
    )
    close = all(
        abs(stated[name] - exact[name]) <= 2 * half_unit(stated[name])
        if name in stated and name in exact
        else False
        for name in ("min", "mean", "max")
    )
    return same_run(summary, samples, named=close)
