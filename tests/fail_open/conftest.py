"""The judged tree, and the count of cases that is printed at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trees import Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def good(tmp_path: Path) -> Tree:
    """A tree that is a GO until a case spoils it."""
    return Tree(tmp_path, good=True)
