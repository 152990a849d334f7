"""A drill that a team recorded itself: `schema: readiness/drill@1` in YAML or front matter.

For what was done by hand, or with a tool that has no reader. It says when the fault was injected,
noticed, answered and over; a record of which a part is not filled in proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.drills import COMPLETED, WINDOW
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_SCHEMA = pattern(rb"""(?m:^)[ \t]*(?:\{\s*)?["']?schema["']?\s*:\s*["']?readiness/drill\b""")


def sniff(head: bytes) -> int:
    """Return 95 for the name of the schema, which no other file has as its own."""
    return 95 if _SCHEMA.search(head.removeprefix(b"\xef\xbb\xbf")) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a record.

    Raises:
        Unreadable: not YAML, another version of the schema, or a key or value that cannot be.
    """
    from readiness.evidence.readers.drill import record  # noqa: PLC0415 - imports yaml

    return record.reading(source)


READER = Reader(
    id="drill",
    title="Drill record",
    summary="A drill as a team recorded it: what was broken, when it was noticed, survived, over.",
    sniff=sniff,
    read=read,
    strength=Strength.drilled,
    shape="yaml",
    metrics=(
        COMPLETED,
        Metric("steady_before", "", "the steady state was met before the drill"),
        Metric("steady_after", "", "the steady state was met after the drill"),
        Metric("detection", "ms", "from injected to detected"),
        Metric("degrade", "ms", "from injected to failed_over"),
        Metric("recovery", "ms", "from removed to recovered; from injected without removed"),
        Metric("completion", "ratio", "requests that were answered while the fault was there"),
        Metric("alert_fired", "", "the alert fired between injected and recovered"),
        *WINDOW,
        Metric("actions", "", "1: the fault"),
        Metric("rollbacks.failed", "", "0 where removed says that the fault was taken away"),
        *(Metric(name, "", f"`{name}` as written")
          for name in ("fault", "title", "alert", "environment", "commit", "domain")),
    ),
    produce="""cat > drill.yaml <<END
schema: readiness/drill@1
fault: model backend answers 503
environment: staging
commit: 4f1c2ab
steady_before: true
injected: 2026-11-20T10:00:00Z
detected: 2026-11-20T10:00:12Z
failed_over: 2026-11-20T10:00:14Z
removed: 2026-11-20T10:10:00Z
recovered: 2026-11-20T10:10:31Z
steady_after: true
completion: 97.2 %
requests: 1840
alert: {name: ModelBackendDown, fired: 2026-11-20T10:01:05Z}
END""",
    source="docs/drills.md",
    traps=(
        "Everything but title, domain, removed, requests, observers, links and notes is needed.",
        "TODO, TBD, `<fill in>`, `${…}` and an empty value are not filled in: inconclusive.",
        "What did not happen is `never`: the drill is then not completed, and that is no mistake.",
        "Times need a zone and an order: nothing is noticed or over before it was injected.",
        "An alert that fired before the fault was injected is another one's: invalid.",
        "An alert that fired after the recovery did not help: `alert_fired` is false.",
        "Without `removed`, recovery counts from the injection: longer than it was, never shorter.",
        "A key that does not exist is invalid, with the nearest one that does.",
    ),
)  # fmt: skip
