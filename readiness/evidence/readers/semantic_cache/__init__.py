"""An evaluation of a semantic cache, JSON Lines, in; its hit ratio and share of wrong hits out.

Our own format. Each line is a question, the nearest question in the cache, how similar they are,
and whether the cached answer would have been right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.semantic_cache.figures import facts, problems
from readiness.evidence.readers.semantic_cache.lines import KEYS, SCHEMA, SLICES, count
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap


def sniff(head: bytes) -> int:
    """Return 95 for the schema's name, 90 for the keys of a line on the first one, else 0."""
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    if line[:1] != b"{":
        return 0
    if SCHEMA.encode() in line:
        return 95
    return 90 if all(f'"{key}"'.encode() in line for key in KEYS[:4]) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read an evaluation, of any length.

    Raises:
        Unreadable: a line that is none, or a file without a lookup.
    """
    run = count(source)
    where = run.header if run.produced else None
    found = tuple(facts(source, run))
    return Reading(found, tuple(problems(source, run)), run.produced, where)


READER = Reader(
    id="semantic-cache",
    title="evaluation of a semantic cache",
    summary="Hit ratio and share of wrong hits at the configured threshold, by locale and tenant.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    streams=True,
    metrics=(
        Metric("lookups", "", "questions that were asked", SLICES),
        Metric("hits", "", "questions whose neighbour is similar enough", SLICES),
        Metric("hit_ratio", "ratio", "share of the questions that hit", SLICES),
        Metric("false_hits", "", "hits whose answer is wrong for the question", SLICES),
        Metric("false_hit_ratio", "ratio", "share of the hits that are wrong", SLICES),
        Metric("false_hit_ratio.upper", "ratio", "upper end of its 95 % interval", SLICES),
        Metric("false_hit_ratio.worst_locale", "ratio", "of the locale whose upper end is highest"),
        Metric("locale.worst", "", "that locale"),
        Metric("cross_tenant_hits", "", "hits on an answer of another tenant"),
        Metric("hit_ratio.at", "ratio", "share that hits at another threshold", ("threshold",)),
        Metric("false_hit_ratio.at", "ratio", "share of wrong hits there", ("threshold",)),
        Metric("cache.threshold", "ratio", "the configured threshold"),
        Metric("cache.name", "", "the cache"),
        Metric("cache.embedding_model", "", "the model that embeds the questions"),
    ),
    produce=(
        "cat > cache-eval.jsonl <<'END'\n"
        '{"schema": "readiness/semantic-cache@1", "threshold": 0.92, "cache": "answers"}\n'
        '{"query": "can I return shoes", "neighbour": "can I return a gift card", '
        '"similarity": 0.93, "same_answer": false, "locale": "en-US", "tenant": "a"}\nEND'
    ),
    source="this page; the interval: Wilson 1927, JASA 22:209",
    traps=(
        "A share of wrong hits is of the hits, not of the questions; no hit at all proves nothing.",
        "0 wrong of 20 hits leaves 16 % open: `false_hit_ratio.upper` says so.",
        "The whole may pass while a locale fails: `false_hit_ratio.worst_locale`.",
        "Hits on the very same text are never wrong, and make a cache look safe: told.",
        "Without a threshold in the header there is no `hit_ratio`, only `hit_ratio.at`.",
        "Lines that repeat an earlier one are told: they are no cases of their own.",
    ),
)
