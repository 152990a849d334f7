"""What a run of `check` or `inspect` was asked for, however its words were read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Asked(NamedTuple):
    """The options of `check`, as written.

    Attributes:
        launch: the launch, or its folder.
        shown: the format on stdout.
        outputs: `FORMAT=PATH` pairs.
        as_of: the day of the review, today if empty.
        record: folder that keeps the review.
        view: `full` or `memo`.
        only: which items are shown.
        limits: `NAME=VALUE` pairs: what reading a file may cost.
        locked: whether evidence that readiness.lock does not hold is refused.
        policy_from: git ref whose checklists, approvers and decisions judge.
        baseline: review or git ref to compare with.
        no_regressions: whether what is worse than the baseline is a NO-GO.
    """

    launch: Path = Path()
    shown: str = "terminal"
    outputs: tuple[str, ...] = ()
    as_of: str = ""
    record: str = ""
    view: str = "full"
    only: str = ""
    limits: tuple[str, ...] = ()
    locked: bool = False
    policy_from: str = ""
    baseline: str = ""
    no_regressions: bool = False


class AskedFile(NamedTuple):
    """The options of `inspect`, as written.

    Attributes:
        file: an evidence file.
        other: a later load test, to compare with the first.
        shown: the format on stdout.
        reader: the reader that reads it; by content if empty.
        slot: the slot of the launch as which it is read.
        limits: `NAME=VALUE` pairs: what reading a file may cost.
    """

    file: Path
    other: Path | None = None
    shown: str = "terminal"
    reader: str = ""
    slot: str = ""
    limits: tuple[str, ...] = ()
