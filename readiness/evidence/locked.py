"""Evidence against the ledger: dates come from it, and what is recorded cannot be hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evidence.git import ask, whole
from readiness.model.evidence import Produced
from readiness.model.fact import Problem
from readiness.model.ledger import Corrupt, LockedFile, entry_of
from readiness.model.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from readiness.model.evidence import Evidence, FileRecord
    from readiness.model.ledger import Entry, Held, Ledger, Lost, Recorded
    from readiness.model.plan import Bound

_FORGET = 'record the new run: readiness lock --forget {} --reason "why the old one does not count"'


def locked_files(files: Iterable[FileRecord]) -> tuple[LockedFile, ...]:
    """Return files as the ledger holds them."""
    return tuple(LockedFile(file.path, file.sha256, file.size) for file in files)


class Lock:
    """A ledger, and whether evidence that it does not hold is refused (`--locked`)."""

    def __init__(self, ledger: Ledger, path: str, *, strict: bool) -> None:
        """Take the ledger, its path for messages, and whether all evidence must be in it."""
        self.ledger, self.path, self.strict = ledger, path, strict

    def held(self, bound: Bound, evidence: Evidence) -> Evidence:
        """Return evidence with the date that was recorded; what was not so recorded is invalid."""
        if bound.analysis is not None or evidence.invalid or not evidence.files:
            return evidence
        files = locked_files(evidence.files)
        here = self.ledger.at(evidence.path)
        mine = [held for held in here if held.entry.reader == evidence.reader]
        same = next((held for held in mine if held.entry.files == files), None)
        problem = self._refused(bound, evidence, here, same)
        if problem is not None:
            return evidence._replace(problems=(*evidence.problems, problem))
        if same is None or (same.entry.produced is None and not self.strict):
            return evidence
        at, when = Location(self.path, same.number + 1), same.entry.produced
        return evidence._replace(produced=Produced(when, "ledger", at) if when else None)

    def recorded(self, evidence: Evidence) -> Recorded | None:
        """Return the entry of a piece of evidence, if it has one."""
        key = evidence.path, evidence.reader, locked_files(evidence.files)
        held = self.ledger.held.get(key)
        return held.entry if held else None

    def _refused(
        self, bound: Bound, evidence: Evidence, here: list[Held], same: Held | None
    ) -> Problem | None:
        at = Location(evidence.path)
        other = next((h for h in here if h.entry.files[0].sha256 != evidence.files[0].sha256), None)
        other = other or next((h for h in here if h.entry.reader == evidence.reader
                               and h is not same), None)  # fmt: skip
        if other is not None:
            text = f"it changed since it was recorded on {other.entry.on}"
            return Problem("invalid", "changed", text, at, _FORGET.format(evidence.path))
        if same is None and (others := [h for h in here if bound.source in h.entry.sources]):
            text = f"it was recorded as read by {others[0].entry.reader}, and not by this reader"
            return Problem("invalid", "other-reader", text, at, _FORGET.format(evidence.path))
        if same is None:
            help_ = "`readiness lock` records it"
            problem = Problem("invalid", "unrecorded", f"{self.path} does not hold it", at, help_)
            return problem if self.strict else None
        return _redated(evidence, same.entry)

    def missing(self, bound: Bound, evidence: Iterable[Evidence]) -> tuple[Problem, ...]:
        """Return what was recorded for a requirement, and is neither here nor replaced."""
        here = [e for e in evidence if e.files]
        paths = {e.path for e in here}
        gone = [held.entry for held in self.ledger.linked(bound.source)
                if held.entry.path not in paths]  # fmt: skip
        lost = [lost for lost in self.ledger.lost if bound.source in lost.held.entry.sources]
        return (
            *map(_gone, gone),
            *(_unreplaced(part) for part in lost if not self.replaced(part, here)),
        )

    def replaced(self, lost: Lost, evidence: Iterable[Evidence]) -> bool:
        """Tell whether a later run is among the evidence: by its date, else by its entry."""
        before = lost.held.entry.produced
        for later in evidence:
            if later.invalid:
                continue
            if before is not None and later.produced is not None:
                if later.produced.at > before:
                    return True
                continue
            held = self.ledger.held.get((later.path, later.reader, locked_files(later.files)))
            if held is None or held.number > lost.held.number:
                return True
        return False


def _redated(evidence: Evidence, entry: Recorded) -> Problem | None:
    """Say that a file tells another date than was recorded; a rebase may date its commit anew."""
    now = evidence.produced
    if now is None or now.source != "file" or now.at == entry.produced:
        return None
    was = f"{entry.produced:%Y-%m-%d %H:%M} UTC" if entry.produced else "no date"
    text = f"it says that it was made on {now.at:%Y-%m-%d %H:%M} UTC; {was} was recorded"
    return Problem("invalid", "re-dated", text, now.where, _FORGET.format(evidence.path))


def _gone(entry: Recorded) -> Problem:
    text = f"{entry.path} was recorded on {entry.on} and is not among the evidence"
    return Problem("inconclusive", "gone", text, Location(entry.path), "put it back where it was")


def _unreplaced(lost: Lost) -> Problem:
    """Say that forgetting a run takes a later one: else the best of several could be kept."""
    entry = lost.held.entry
    why = visible(lost.forgotten.reason)
    text = f"{entry.path} was recorded, then forgotten ({why}), and no later run is here"
    return Problem("inconclusive", "forgotten", text, Location(entry.path), "run it again")


def once_recorded(folder: Path, name: str) -> tuple[Entry, ...] | None:
    """Return every entry that any commit of the history ever added to a lock file.

    None where the history is not all there: no git, or a shallow clone. The other side of a merge
    that is under way counts too. Whatever `.gitattributes` says, the file is read as text.
    """
    if not whole(folder):
        return None
    heads = [head for head in ("HEAD", "MERGE_HEAD")
             if ask(folder, "rev-parse", "--verify", "--quiet", f"{head}^{{commit}}")]  # fmt: skip
    if not heads:
        return ()
    how = (
        "--reverse", "--full-history", "-m", "-p", "--unified=0", "--text", "--no-renames",
        "--no-ext-diff", "--no-textconv", "--no-color", "--format=",
    )  # fmt: skip
    log = ask(folder, "--literal-pathspecs", "log", *how, *heads, "--", name)
    if log is None:
        return None
    found: dict[Entry, None] = {}
    for line in log.split("\n"):
        if line.startswith('+{"kind":'):
            try:
                found[entry_of(line[1:].encode("utf-8", "surrogateescape"))] = None
            except Corrupt:  # a commit with a broken ledger recorded nothing by that line
                continue
    return tuple(found)
