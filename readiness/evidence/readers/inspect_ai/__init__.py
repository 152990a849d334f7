"""A log of Inspect in (`.json`, or `.eval`, a ZIP archive); cases, scores and prompts out.

The types are those of src/inspect_ai/log/_log.py of https://github.com/UKGovernmentBEIS/inspect_ai.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.evals.cases import case_metrics
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_MARKS = (b'"task"', b'"task_id"', b'"run_id"', b'"dataset"', b'"plan"')
_OF_ARCHIVE = (b"_journal/start.json", b"header.json", b"summaries.json")


def sniff(head: bytes) -> int:
    """Return 90 for a JSON log or the archive of one, else 0."""
    if head.startswith(b"PK\3\4"):
        return 90 if any(name in head for name in _OF_ARCHIVE) else 0
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0
    start = head[:4096]
    known = b'"eval"' in start and b'"status"' in start and b'"version"' in start
    return 90 if known and sum(mark in start for mark in _MARKS) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a log.

    Raises:
        Unreadable: no log, or a damaged one.
    """
    from readiness.evidence.readers.inspect_ai import facts  # noqa: PLC0415 - keeps start-up quick

    return facts.read(source)


READER = Reader(
    id="inspect-ai",
    title="Inspect log",
    summary="Which samples of an evaluation were judged right, by locale and intent, and scores.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        *(
            metric
            for metric in case_metrics(("intent", "locale", "metric"))
            if metric.name not in ("score", "skipped")
        ),
        Metric(
            "score",
            "",
            "a metric of a scorer, as the log states it",
            ("group", "intent", "locale", "metric"),
        ),
        Metric("eval.model", "", "the model that was evaluated"),
        Metric("eval.dataset", "", "the name of the data set"),
        Metric("eval.parameters", "", "settings of generation, as sorted JSON"),
        Metric("eval.prompt_sha256", "", "of the one system message of the plan, normalised"),
    ),
    produce="inspect eval task.py --model MODEL --log-dir logs",
    source="https://inspect.aisi.org.uk/eval-logs.html",
    traps=(
        "Newer `.eval` archives are packed with zstd (ZIP method 93): read without Inspect.",
        "A status other than `success` (error, cancelled, started) proves nothing.",
        "A run that died has no `header.json`: unfinished. A log without results proves nothing.",
        "`invalidated` logs and samples prove nothing.",
        "A `limit`, or fewer samples than the data set has, is a trial run: inconclusive.",
        "The mean may pass while a locale fails: each locale has its own pass rate.",
        "A sample that is run in several epochs is one case: it passes if it is right in each.",
        "Partly right (`P`) and no answer (`N`) are no pass.",
        "A scorer that grades on a scale has scores and no pass rate.",
        "Samples that ended in an error, or were not scored, count as not passed.",
        "An accuracy that is not that of the samples is invalid.",
        "`mockllm` is no model: inconclusive. What `metadata` claims of a prompt is not believed.",
    ),
)
