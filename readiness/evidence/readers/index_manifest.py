"""An index manifest in; what a retrieval index was built from, when, and with which model, out.

Our own format: the stores of retrieval libraries have neither the time nor the model of a build.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.evals.cases import short
from readiness.evidence.evals.prompts import SHA256, placeholders, plain_text
from readiness.evidence.loadtest.numbers import count
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

SCHEMA = "readiness/index@1"
_KEYS = (
    "schema", "index_id", "built_at", "source_snapshot_at", "documents", "embedding_model", "dims",
    "corpus_sha256", "locales",
)  # fmt: skip
_HELP = "let the job that builds the index write it: " + ", ".join(_KEYS[1:])


def sniff(head: bytes) -> int:
    """Return 95 for the schema's name beside a key, 60 for a store that is refused, else 0."""
    if SCHEMA.encode() in head and (b"index_id" in head or b"built_at" in head):
        return 95
    store = b'"index_store/data"' in head or b'"docstore/data"' in head
    return 60 if store and b'"__type__"' in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest.

    Raises:
        Unreadable: none, or one that is not laid out as its schema says.
    """
    (root, *more) = read_documents(source)
    if root["schema"].value != SCHEMA or more:
        message = "this is no index manifest"
        if root["index_store/data"] or root["docstore/data"]:
            message = "a LlamaIndex store says neither when it was built nor with which model"
        raise Unreadable("wrong-kind", message, root.at, _HELP)
    for name, part in root.items():
        if name not in _KEYS:
            raise Unreadable("unknown-key", f"`{name}` is no key of a manifest", part.at, _HELP)
    built, snapshot = _moment(root["built_at"]), _moment(root["source_snapshot_at"])
    facts = (*_identity(root), *_counts(root), *_times(root, built, snapshot))
    where = root["built_at"].at if built else None
    return Reading(facts, tuple(_problems(root, built, snapshot)), built, where)


def _moment(part: Part) -> datetime | None:
    return read_moment(part.value, part.at)[0] if part else None


def _identity(root: Part) -> Iterator[Fact]:
    for metric, key in {"index.id": "index_id", "index.model": "embedding_model"}.items():
        if text := plain_text(root[key]):
            yield Fact(metric, text, "", root[key].at)
    digest = root["corpus_sha256"]
    if digest:
        if not SHA256.fullmatch(digest.text.lower()):
            message = "`corpus_sha256` is no digest of 64 hexadecimal digits"
            raise Unreadable("malformed", message, digest.at, "write the digest of the sources")
        yield Fact("index.sha256", digest.text.lower(), "", digest.at)


def _counts(root: Part) -> Iterator[Fact]:
    for metric, key in {"index.documents": "documents", "index.dims": "dims"}.items():
        if root[key]:
            yield Fact(metric, count(root[key].value, root[key].at, f"`{key}`"), "", root[key].at)
    for name, part in root["locales"].items():
        if name.strip():
            number = count(part.value, part.at, f"the documents of {short(name)}")
            yield Fact("index.documents", number, "", part.at, (("locale", short(name)),))


def _times(root: Part, built: datetime | None, snapshot: datetime | None) -> Iterator[Fact]:
    if built is not None:
        yield Fact("index.built", built.isoformat(), "", root["built_at"].at)
    if built is not None and snapshot is not None and built >= snapshot:
        age = (built - snapshot).total_seconds() * 1000
        yield Fact("index.age", age, "ms", root["source_snapshot_at"].at, (), None, "derived")


def _problems(root: Part, built: datetime | None, snapshot: datetime | None) -> Iterator[Problem]:
    if built is not None and snapshot is not None and built < snapshot:
        message = "the index was built before its sources were taken"
        yield Problem("invalid", "contradiction", message, root["built_at"].at, "correct the times")
    yield from placeholders(root["index_id"], root["embedding_model"])
    total = root["documents"].value
    parts = [part.value for _, part in root["locales"].items()]
    if parts and total is not None and sum(parts) != total:
        message = f"the locales have {digits(sum(parts))} documents, and the index {digits(total)}"
        help_ = "count each document once, under its locale"
        yield Problem("invalid", "contradiction", message, root["locales"].at, help_)
    if total == 0:
        message = "the index holds no document"
        yield Problem(
            "inconclusive", "empty-index", message, root["documents"].at, "build it again"
        )
    lacking = [key for key in _KEYS[1:] if not root[key]]
    needed = [key for key in ("index_id", "built_at", "documents") if key in lacking]
    if needed:
        message = f"the manifest lacks {', '.join(needed)}"
        yield Problem("inconclusive", "incomplete", message, root.at, _HELP)
    elif lacking:
        message = f"the manifest does not say {', '.join(lacking)}"
        yield Problem("warning", "incomplete", message, root.at, _HELP)
    for name, part in root["locales"].items():
        if part.value == 0:
            message = f"the index holds no document for {short(name)}"
            yield Problem("warning", "empty-locale", message, part.at, "is that locale launched?")


READER = Reader(
    id="index-manifest",
    title="Index manifest",
    summary="What a retrieval index holds, when it was built, and how old its sources were.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("index.id", "", "the index"),
        Metric("index.documents", "", "documents in it", ("locale",)),
        Metric("index.built", "", "when it was built, in ISO 8601"),
        Metric("index.age", "ms", "how old the snapshot of its sources was when it was built"),
        Metric("index.model", "", "the model that embedded the documents"),
        Metric("index.dims", "", "dimensions of the vectors"),
        Metric("index.sha256", "", "digest of the corpus"),
    ),
    produce=(
        "cat > index-manifest.yaml <<'END'\nschema: readiness/index@1\nindex_id: products-7\n"
        "built_at: 2026-11-23T04:10:00Z\nsource_snapshot_at: 2026-11-23T03:55:00Z\n"
        "documents: 5210\nembedding_model: model-1\ndims: 1024\n"
        "corpus_sha256: …                # of the sources, in a fixed order\n"
        "locales: {en-US: 3000, de-DE: 2210}   # together `documents`\nEND"
    ),
    source="this page",
    traps=(
        "A LlamaIndex store has neither the time nor the model of a build: refused.",
        "An index that is built every hour from a snapshot of last week is old: `index.age`.",
        "An index of no document proves nothing; a locale without any is told.",
        "Documents by locale that do not add up to `documents` are a contradiction.",
        "An index built before its sources were taken is a contradiction.",
    ),
)
