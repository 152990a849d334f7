"""Common output of the measurements: where the file goes and when it was made."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def output_path(description: str | None) -> Path:
    """Return the path given by `--out`, with its folder made."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    path: Path = parser.parse_args().out
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write_json(path: Path, content: dict[str, Any], when: str = "generated_at") -> None:
    """Write `content` to `path`, with the time of writing in front under the name `when`."""
    stamped = {when: datetime.now(UTC).isoformat(timespec="seconds"), **content}
    path.write_text(json.dumps(stamped, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
