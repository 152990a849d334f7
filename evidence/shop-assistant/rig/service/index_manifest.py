"""What the search indexes were built from, as `readiness/index@1`: written with each build."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from service.config import LOCALES, SERVICE_DIR
from service.search import Index

SOURCES = ("catalogue.json", "help.json")


def now() -> str:
    """Return the time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def manifest(snapshot_at: str, number: int, *indexes: dict[str, Index]) -> dict[str, Any]:
    """Return the manifest of the `number`-th build, whose sources were read at `snapshot_at`.

    It names no embedding model: BM25 has none.
    """
    corpus = hashlib.sha256()
    for name in SOURCES:
        corpus.update((SERVICE_DIR / "data" / name).read_bytes())
    locales = {loc: sum(len(by_locale[loc].documents) for by_locale in indexes) for loc in LOCALES}
    return {
        "schema": "readiness/index@1",
        "index_id": f"catalogue-and-help-{number}",
        "built_at": now(),
        "source_snapshot_at": snapshot_at,
        "documents": sum(locales.values()),
        "corpus_sha256": corpus.hexdigest(),
        "locales": locales,
    }
