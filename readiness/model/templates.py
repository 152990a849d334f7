"""Templates of a launch's own repository, as they were read."""

from __future__ import annotations

from typing import NamedTuple


class Templates(NamedTuple):
    """Texts by file name, and the folder they lie in, for messages."""

    texts: dict[str, str]
    folder: str = "templates"
