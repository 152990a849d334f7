"""Fuzz every reader for some seconds each: `python -m tests.fuzz.long [SECONDS] [READER...]`.

Prints the figures, and writes each input that crashed a reader to build/fuzz/. Exits with 1 if any did.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
import traceback
from pathlib import Path

from .mutations import by_chance, readers

OUT = Path("build/fuzz")


def main() -> int:
    """Fuzz, print, and return the exit code."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    names = sys.argv[2:] or readers()
    total = refused = crashes = 0
    slowest = (0.0, "")
    for name in names:
        draw, until, count = random.Random(f"{name}{time.time_ns()}"), time.monotonic() + seconds, 0
        while time.monotonic() < until:
            data, attempt = by_chance(name, draw)
            start = time.monotonic()
            try:
                refused += attempt() is None
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                crashes += 1
                path = OUT / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
                OUT.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                frame = traceback.extract_tb(error.__traceback__)[-1]
                print(f"{name}: {type(error).__name__}: {str(error)[:200]} at {Path(frame.filename).name}:{frame.lineno} ({path})", flush=True)
            slowest = max(slowest, (time.monotonic() - start, name))
            count += 1
        total += count
        print(f"{name}: {count:,} inputs", file=sys.stderr, flush=True)
    print(f"{total:,} inputs for {len(names)} readers, {refused:,} refused, {crashes} crashes, slowest {slowest[0]:.2f} s ({slowest[1]})")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
