"""Ask git, as one asks a witness: no hooks, no helpers, no network, and silence where it fails."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 60
_SETTINGS = (
    "core.fsmonitor=false", "core.quotePath=false", "core.hooksPath=/dev/null",
    "log.showSignature=false", "diff.external=",
)  # fmt: skip
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone must not reach for its server
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
}
# What may point git at another repository, at other objects, or start a program.
_DROPPED = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE",
    "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_PAGER", "GIT_REPLACE_REF_BASE",
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip


def ask(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, run in a folder; None where it fails, is absent or takes a minute.

    The settings of the machine hold (a `safe.directory` of the CI among them). Nothing that a
    judged tree can hold starts a program, and replaced or grafted commits are seen as they are.
    """
    command = ["git", "--no-pager", "-C", str(folder)]
    command += [part for setting in _SETTINGS for part in ("-c", setting)]
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *arguments],
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**kept, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None


def whole(folder: Path) -> bool:
    """Tell whether a folder is in a repository whose history is all there."""
    return (ask(folder, "rev-parse", "--is-shallow-repository") or "").strip() == "false"
