"""What a step of a GitHub workflow leaves behind in files: its summary and its outputs.

The runner names the files in the environment. Whether they can be written changes a note on stderr
and nothing else: the exit code is the decision's.
"""

from __future__ import annotations

import os
import stat
import sys
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from readiness.cli.streams import say
from readiness.errors import ReadinessError
from readiness.model.text import inert, visible
from readiness.rendering.words import folded, headline

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.format import Style

SUMMARY = 1_024_000  # bytes; GitHub refuses the summary of a step past 1 MiB
_SENTENCE = 1_000


class _Refused(NamedTuple):
    """Why something was not written."""

    reason: str


def publish(review: Review, style: Style) -> None:
    """Append the summary and the outputs to the files of this step, where the runner names them."""
    files = {name: os.environ.get(name, "") for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for name, path in files.items():
        if not path:
            continue
        summary = name == "GITHUB_STEP_SUMMARY"
        refused = _summarise(path, review, style) if summary else _append(path, outputs(review))
        if refused is not None:
            reason = inert(visible(refused.reason))
            say(f"note: the file of {name} was not written: {reason}\n", sys.stderr)


def outputs(review: Review) -> str:
    """Return the outputs, each between two lines that no value can know beforehand."""
    path, waiting = review.path_to_go, sum(item.waits for item in review.items)
    values = {
        "decision": review.decision,
        "readiness": str(review.score.readiness),
        "open_blockers": str(waiting),
        "open_items": str(sum(item.open for item in review.items)),
        "complete": str(review.complete).lower(),
        "earliest_go": path.earliest.isoformat() if path.earliest else "",
        "sentence": visible(folded(headline(review)))[:_SENTENCE],
    }
    end = f"ghadelimiter_{token_hex(16)}"
    return "".join(f"{name}<<{end}\n{value}\n{end}\n" for name, value in values.items())


def _summarise(path: str, review: Review, style: Style) -> _Refused | None:
    """Append the Markdown report, cut to what the step's summary still takes."""
    from readiness.rendering.format import FORMATS  # noqa: PLC0415
    from readiness.rendering.limit import size  # noqa: PLC0415

    try:
        used = os.path.getsize(path) if os.path.exists(path) else 0  # noqa: PTH110, PTH202
    except OSError as error:
        return _Refused(error.strerror or type(error).__name__)
    room = SUMMARY - used - len("\n\n")
    try:
        markdown = FORMATS.shipped["markdown"].render(review, style._replace(room=room))
    except ReadinessError as error:  # a team's own template
        return _Refused(error.diagnostics[0].message)
    text = f"\n\n{markdown!s}" if used else str(markdown)
    if size(text) > SUMMARY - used:
        return _Refused(f"it holds {used:,} bytes already, and the summary of a step takes 1 MiB")
    return _append(path, text)


def _append(path: str, text: str) -> _Refused | None:
    """Add text to a regular file; a pipe or a device is refused, and never waited for."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags, 0o666), "ab") as stream:  # noqa: PTH123 - needs the handle
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return _Refused("it is not a regular file")
            stream.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:  # also a NUL in the name
        return _Refused(getattr(error, "strerror", None) or type(error).__name__)
    return None
