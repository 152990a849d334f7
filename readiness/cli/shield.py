"""The only place that catches everything: a crash becomes a text, and never a pass."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

from readiness.errors import ReadinessError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def shield(call: Callable[[], T]) -> T | str:
    """Return what a call returns, or a text that says how it crashed and where.

    An error meant for people passes through. READINESS_DEBUG=1 prints the traceback to stderr.
    """
    try:
        return call()
    except ReadinessError:
        raise
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
        import traceback  # noqa: PLC0415 - 2 ms that only a crash needs

        if os.environ.get("READINESS_DEBUG"):
            traceback.print_exc(file=sys.stderr)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119
        return f"{type(error).__name__}: {str(error)[:200]} (at {where})"
