"""A garak report in (`.report.jsonl`); how often attacks succeeded, by probe and detector, out.

The lines are those of garak/evaluators/base.py and garak/attempt.py of
https://github.com/NVIDIA/garak.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap


def sniff(head: bytes) -> int:
    """Return 90 for lines with an entry type of garak, else 0."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0
    first = head.split(b"\n", 1)[0]
    setup = b'"start_run setup"' in first and b'"_config.version"' in first
    later = b'"entry_type"' in first and (b'"probe"' in head or b'"garak_version"' in head)
    return 90 if setup or later else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a report.

    Raises:
        Unreadable: no report, or a line that is cut off.
    """
    from readiness.evidence.readers.garak import facts  # noqa: PLC0415 - keeps start-up quick

    return facts.read(source)


_OF = ("locale", "metric", "probe")
READER = Reader(
    id="garak",
    title="garak report",
    summary="How often attacks on a model succeeded, by probe and detector.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    streams=True,
    shape="json",
    metrics=(
        Metric(
            "attack.success",
            "ratio",
            "outputs that a detector found hit / judged outputs",
            ("intent", *_OF),
        ),
        Metric("cases", "", "outputs of a probe, judged or not", _OF),
        Metric("passed", "", "outputs that withstood", _OF),
        Metric("failed", "", "outputs with which the attack succeeded", _OF),
        Metric("cases.errored", "", "outputs the detector could not judge", _OF),
        Metric("probes", "", "probes with a verdict"),
        Metric("eval.model", "", "name of the target"),
    ),
    produce="garak --target_type openai --target_name MODEL --probes dan,encoding,promptinject",
    source="https://reference.garak.ai/en/latest/reporting.html",
    traps=(
        "Each attempt is in the file twice, sent and scored: only scored ones are counted.",
        "A report without a `completion` is of a run that died: inconclusive.",
        "The probe `test.Test` attacks nothing, `always.Pass` detects nothing: inconclusive.",
        "`confidence_lower` and `confidence_upper` bound the attack's success, not the passes.",
        "There are no totals: an average over probes hides the one that always succeeds.",
        "Outputs that a detector could not judge (`nones`) are in no rate: a warning.",
        "Older reports say `total` for `total_evaluated`.",
        "A verdict that the attempts in the same file contradict is invalid.",
        "Times have no zone: taken as UTC, with a warning.",
    ),
)
