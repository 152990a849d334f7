"""What a report format is: one module that turns a review into text, exported as `FORMAT`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from readiness.discovery import Registry
from readiness.model.review import Review
from readiness.model.templates import Templates


class Style(NamedTuple):
    """How a report is to look.

    Attributes:
        colour: for terminals.
        width: in columns, for terminals.
        templates: the team's own.
    """

    colour: bool = False
    width: int = 80
    templates: Templates | None = None


@dataclass(frozen=True)
class Format:
    """One report format.

    Attributes:
        id: unique; the module's name with `-` for `_`.
        title: what it is, as a noun.
        purpose: who reads it, and where.
        suffix: the usual file name ending.
        render: from a review to the report's text. Pure.
    """

    id: str
    title: str
    purpose: str
    suffix: str
    render: Callable[[Review, Style], str]


FORMATS: Registry[Format] = Registry(
    "readiness.rendering.formats", "FORMAT", Format, "readiness.formats"
)
