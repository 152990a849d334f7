"""What a report format is: one module that turns a review into a file, exported as `FORMAT`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from readiness.discovery import Registry
from readiness.model.record import record
from readiness.model.review import Review
from readiness.model.templates import Templates
from readiness.rendering.limit import LIMIT

VIEWS = ("full", "memo")


class Shown(NamedTuple):
    """How much of a review to show: a view, and of the items `blocker`, `open` or an area."""

    view: str = "full"
    only: str = ""


class Style(NamedTuple):
    """How a report is to look.

    Attributes:
        colour: for terminals.
        width: in columns, for terminals.
        shown: how much of it.
        templates: the team's own.
        folder: where the launch lies below the root of its repository, with `/` between names;
            empty for the root. For formats that a platform lays beside the repository's files.
        room: the most bytes, for formats that cut themselves to fit where they are posted.
    """

    colour: bool = False
    width: int = 80
    shown: Shown = Shown()
    templates: Templates | None = None
    folder: str = ""
    room: int = LIMIT


def nothing() -> str:
    """Say nothing: what a format needs that is always there."""
    return ""


@record
class Format:
    """One report format.

    Attributes:
        id: unique; the module's name with `-` for `_`.
        title: what it is, as a noun.
        purpose: who reads it, and where.
        suffix: the usual file name ending.
        render: from a review to the report: text, or bytes where the format is binary. Pure.
        binary: whether the report is bytes, which a terminal cannot show.
        ready: called before anything is evaluated. Raises InputError if what the format needs is
            not installed; else returns what people should know about how it will be made, or "".
        needs: what its page says besides, for example what it needs or how it maps outcomes.
        items_only: whether it says what was decided about items and nothing of what was measured.
    """

    id: str
    title: str
    purpose: str
    suffix: str
    render: Callable[[Review, Style], str | bytes]
    binary: bool = False
    ready: Callable[[], str] = nothing
    needs: str = ""
    items_only: bool = False


FORMATS: Registry[Format] = Registry(
    "readiness.rendering.formats", "FORMAT", Format, "readiness.formats"
)
