"""Coverage-guided fuzzing of one reader with Atheris, by hand: `python -m tests.fuzz.guided READER [libFuzzer options]`.

Atheris is no dependency: `pip install atheris` first. The samples of the reader are the first corpus.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-untyped,unused-ignore,import-not-found]

with atheris.instrument_imports(include=["readiness"]):
    from readiness.evidence.collect import READERS

    from .mutations import seeds, tried

    READERS.get(sys.argv[1] if len(sys.argv) > 1 else "json")  # imported here, it is instrumented too


def main() -> None:
    """Fuzz until stopped."""
    name, *options = sys.argv[1:]
    reader = READERS.shipped[name]
    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for sample, data in seeds(name):
        (corpus / sample).write_bytes(data)
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: tried(reader, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
