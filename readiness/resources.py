"""Where the shipped checklists and templates are: a checkout, an installed wheel or a zip."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PACKAGE = Path(__file__).parent


@cache
def shipped(kind: Literal["checklists", "templates"]) -> Traversable:
    """Return the folder of the shipped `checklists` or `templates`.

    In a checkout they lie beside the package; in a wheel under `readiness/_bundled/`.
    """
    beside = PACKAGE.parent / kind
    if beside.is_dir() and (PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    from importlib.resources import files  # noqa: PLC0415 - costs 10 ms, and only a wheel needs it

    return files("readiness") / "_bundled" / kind
