"""Whether evidence belongs to the candidate: made at one of its commits, and after its changes."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.evidence.git import ask, whole
from readiness.model.fact import COMMITS, Fact, Problem
from readiness.model.text import visible
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from readiness.evidence.history import Added
    from readiness.evidence.locked import Lock
    from readiness.model.evidence import Evidence
    from readiness.model.plan import Bound

_HASH = pattern(r"[0-9a-f]{7,64}")
_SHOWN = 12
_REASONS = 10
_MOST = 100  # of evidence's own commits that git is asked about
_AGAIN = "run it again on the candidate"
_CLONE = "fetch the whole history (in GitHub Actions `fetch-depth: 0`)"


class Change(NamedTuple):
    """The last change of some paths: when, in which commit, and one of the paths."""

    at: datetime
    commit: str
    path: str

    def __str__(self) -> str:
        where = f"in commit {self.commit[:_SHOWN]}"
        return f"`{visible(self.path)}` changed on {self.at:%Y-%m-%d %H:%M} UTC {where}"


class Lineage:
    """The history of a candidate, as git tells it; what git cannot tell makes evidence stale."""

    def __init__(
        self, candidate: str, folder: Path, added: Mapping[str, Added], lock: Lock | None = None
    ) -> None:
        """Take the candidate's commit as written, and what is known of the evidence's commits.

        Args:
            candidate: a name of a commit; empty if the launch names none.
            folder: a folder of the repository.
            added: the commit that brought the present content of a file, by path, where known.
            lock: the ledger, which says for which candidate evidence was recorded.
        """
        self._written, self._folder, self._added, self._lock = candidate, folder, added, lock
        self._changes: dict[tuple[str, ...], Change | str] = {}
        self._others: dict[tuple[str, tuple[str, ...]], str] = {}

    def problems(self, bound: Bound, evidence: Evidence) -> tuple[Problem, ...]:
        """Return why evidence does not belong to the candidate, each reason once."""
        if evidence.invalid or bound.analysis is not None:
            return ()
        named = tuple(fact for fact in evidence.facts if fact.metric in COMMITS)
        entry = self._lock.recorded(evidence) if self._lock else None
        if self._lock and entry and entry.candidate:
            named = (*named, Fact(COMMITS[0], entry.candidate, "", Location(self._lock.path)))
        found = [p for fact in named if (p := self._foreign(fact)) is not None]
        if bound.invalidated_by:
            found += self._outdated(bound.invalidated_by, evidence, named)
        return tuple(dict.fromkeys(found))[:_REASONS]

    @cached_property
    def commit(self) -> str:
        """The full hash of the candidate's commit, HEAD where the launch names none, or empty."""
        name = self._written or "HEAD"
        if name.startswith("-") or not whole(self._folder):
            return ""
        found = ask(self._folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return (found or "").strip()

    @cached_property
    def _ancestors(self) -> list[str]:
        """The commits of the candidate's history, itself among them, sorted."""
        known = ask(self._folder, "rev-list", self.commit, "--") if self.commit else None
        return sorted((known or "").split())

    def full(self, short: str) -> str:
        """Return the full hash of a commit in the candidate's history; empty if not the only one.

        Names of branches and tags are not looked at: one could be named like a hash.
        """
        start = bisect_left(self._ancestors, short)
        found = [h for h in self._ancestors[start : start + 2] if h.startswith(short)]
        return found[0] if len(found) == 1 else ""

    def _foreign(self, fact: Fact) -> Problem | None:
        """Say that the commit evidence names is not one of the candidate's."""
        if not self._written:
            return None
        name, code = str(fact.value).lower(), "other-commit"
        shown = f"commit {visible(str(fact.value))[:_SHOWN]}"
        if not _HASH.fullmatch(name):
            return _stale(code, f"`{shown[7:]}` is not the hash of a commit", fact.at, _AGAIN)
        if not self.commit:
            text = f"whether {shown} is in the history of the candidate cannot be told: "
            return _stale("unknown-history", f"{text}{self._why_not()}", fact.at, _CLONE)
        if not self.full(name):
            text = f"{shown} is not in the history of the candidate ({self.commit[:_SHOWN]})"
            return _stale(code, text, fact.at, _AGAIN)
        return None

    def _why_not(self) -> str:
        """Say why git knows no commit of the candidate."""
        if ask(self._folder, "rev-parse", "--git-dir") is None:
            return "git knows no repository here"
        if not whole(self._folder):
            return "the clone is shallow"
        return f"there is no commit `{visible(self._written or 'HEAD')[:40]}`"

    def _outdated(
        self, globs: tuple[str, ...], evidence: Evidence, named: Iterable[Fact]
    ) -> list[Problem]:
        """Say that paths changed after evidence was made, by its date and by its commits."""
        at, code = Location(evidence.path), "outdated"
        change = self._change(globs)
        if isinstance(change, str):
            return [_stale("unknown-history", change, at, _CLONE)]
        produced = evidence.produced
        if produced is None:
            text = f"when it was made is not known, and {change}"
            return [_stale(code, text, at, "commit the file, or use a format with a date")]
        if produced.at < change.at:
            made = f"made on {produced.at:%Y-%m-%d %H:%M} UTC, before {change}"
            return [_stale(code, made, produced.where, _AGAIN)]
        own = {self.full(str(fact.value).lower()) for fact in named}
        own |= {self._added[f.path].commit for f in evidence.files if f.path in self._added}
        return [
            _stale(code, text, at, _AGAIN)
            for c in sorted(own - {""})
            if (text := self._other(c, globs))
        ]

    def _change(self, globs: tuple[str, ...]) -> Change | str:
        if globs not in self._changes:
            self._changes[globs] = self._asked(globs)
        return self._changes[globs]

    def _asked(self, globs: tuple[str, ...]) -> Change | str:
        """Return the last change of some paths in the candidate's history, or why it is unknown."""
        shown = ", ".join(f"`{glob}`" for glob in globs)
        unknown = f"when {shown} changed cannot be told: "
        if not self.commit:
            return f"{unknown}{self._why_not()}"
        dirty = ask(self._folder, "status", "--porcelain=v1", "-z", "--no-renames", "--",
                    *_specs(globs))  # fmt: skip
        if dirty is None:
            return f"{unknown}git does not answer"
        if dirty:
            return f"`{visible(dirty.split(chr(0))[0][3:])}` has changes that are not committed"
        for glob in globs:  # each must be one that exists: a typo would watch nothing
            if self._last(self.commit, (glob,)) is None:
                return f"no commit of the candidate ever changed a file that matches `{glob}`"
        return self._last(self.commit, globs) or f"{unknown}git does not answer"

    def _other(self, commit: str, globs: tuple[str, ...]) -> str:
        """Say which path is another one in the candidate than in a commit; empty if none is.

        Dates alone do not tell: a change may have been made earlier, and merged later.
        """
        key = commit, globs
        if key not in self._others:
            if len(self._others) >= _MOST:
                return f"the evidence comes from more than {_MOST} commits"
            how = ("-r", "--name-only", "--no-renames", "-z")
            found = ask(self._folder, "diff-tree", *how, commit, self.commit, "--", *_specs(globs))
            path = visible((found or "").split("\0")[0])
            both = f"commit {commit[:_SHOWN]}, which the evidence is of, and in the candidate"
            other = f"`{path}` is not the same in {both}" if path else ""
            silent = f"git cannot tell what changed since commit {commit[:_SHOWN]}"
            self._others[key] = silent if found is None else other
        return self._others[key]

    def _last(self, commits: str, globs: tuple[str, ...]) -> Change | None:
        """Return the latest of some commits that changed paths, by the committer's time."""
        log = ask(self._folder, "log", "--format=%ct %H", commits, "--", *_specs(globs))
        lines = [line.split() for line in (log or "").splitlines()]
        if not lines:
            return None
        seconds, commit = max(lines, key=lambda line: int(line[0]))
        named = ask(self._folder, "diff-tree", "-r", "-m", "--root", "--no-commit-id",
                    "--name-only", "--no-renames", "-z", commit, "--", *_specs(globs))  # fmt: skip
        path = (named or "").split("\0")[0] or globs[0]
        return Change(datetime.fromtimestamp(int(seconds), UTC), commit, path)


def _specs(globs: tuple[str, ...]) -> list[str]:
    """Return globs in git's form, relative to the repository's root; a folder holds its files."""
    return [f":(top,glob){glob}" for glob in globs]


def _stale(code: str, message: str, at: Location, help_: str) -> Problem:
    return Problem("stale", code, message, at, help_)
