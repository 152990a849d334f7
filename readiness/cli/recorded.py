"""A folder of recorded reviews: keep one more, read those before it, say what could not be used."""

from __future__ import annotations

import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from readiness.cli.saved import MOST_BYTES, read_regular
from readiness.cli.streams import say
from readiness.decision.history import Recorded, history
from readiness.errors import InputError, Location, input_error
from readiness.model.evidence_result import Note
from readiness.model.serial import dump, load
from readiness.model.text import and_list, plural, visible
from readiness.patterns import pattern
from readiness.writing import locked, unwritable, write_new

if TYPE_CHECKING:
    from readiness.model.review import Review

MOST_FILES = 200
_DIGITS = 12
_NAME = pattern(r"(\d{4}-\d{2}-\d{2})-(\d{2,6})-([0-9a-f]{12})\.json")
_NAMED = 5


class _File(NamedTuple):
    name: str
    review: Review
    digest: str

    @property
    def place(self) -> tuple[str, int, str]:
        """Where it stands in time: its day, its number on that day, its name."""
        match = _NAME.fullmatch(self.name)
        return self.review.as_of.isoformat(), int(match[2]) if match else 0, self.name


def open_folder(folder: Path, option: str, *, make: bool) -> Path:
    """Return a folder for reviews, made if it is to be written to, before anything is evaluated.

    Raises:
        InputError: there is no such folder, or it is a file.
        IncompleteError: it cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise input_error("usage", f"`{folder}` is not a folder", option, "name a folder")
    if not folder.exists():
        if not make:
            help_ = "`readiness check --record DIR` makes one"
            raise input_error("not-found", f"there is no folder `{folder}`", option, help_)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from None
    return folder


def with_history(review: Review, folder: Path) -> Review:
    """Return a review with those recorded before it; each file that is left out is told."""
    files, notes = _read(folder)
    mine = [file for file in files if file.review.launch.service == review.launch.service]
    others = [file for file in files if file.review.launch.service != review.launch.service]
    if others:
        services = sorted({file.review.launch.service for file in others})
        named = and_list([*services[:_NAMED], *(["others"] if len(services) > _NAMED else [])])
        count = plural(len(others), "review")
        message = f"{count} of another service left out: {named}"
        notes.append(Note("warning", "another-service", message, Location(visible(others[0].name))))
    before, late = _before(review, sorted(mine, key=lambda file: file.place))
    notes += [_late(file, review) for file in late]
    past = [Recorded(file.review, file.digest) for file in before]
    for note in notes:
        say(f"{visible(str(note.at))}: warning[{note.code}]: {visible(note.message)}\n", sys.stderr)
    return replace(review, history=history(review, past, tuple(notes)))


def keep(review: Review, folder: Path) -> Path:
    """Write a review into a folder, under its day, a running number and its digest.

    The same review is kept once, and no file is ever written over. Its own history is left out, so
    that what is kept does not depend on what was kept before.

    Raises:
        IncompleteError: it cannot be written.
    """
    text = dump(replace(review, history=None))
    data = text.encode("utf-8", "backslashreplace")
    digest = sha256(data).hexdigest()
    day, number = review.as_of.isoformat(), 0
    with locked(folder / "any"):
        try:
            names = sorted(entry.name for entry in folder.iterdir())
            for name in names:
                match = _NAME.fullmatch(name)
                if match is None or match[1] != day:
                    continue
                number = max(number, int(match[2]))
                if match[3] == digest[:_DIGITS] and (folder / name).read_bytes() == data:
                    return folder / name
        except OSError as error:
            raise unwritable(folder, error) from None
        path = folder / f"{day}-{number + 1:02}-{digest[:_DIGITS]}.json"
        write_new(path, data)
    return path


def _before(review: Review, files: list[_File]) -> tuple[list[_File], list[_File]]:
    """Split files into those made before a review and those made after it; itself is neither."""
    own = replace(review, history=None)
    ours = [n for n, file in enumerate(files) if replace(file.review, history=None) == own]
    end = ours[0] if ours else len(files)
    before = [file for file in files[:end] if file.review.as_of <= review.as_of]
    after = [file for n, file in enumerate(files) if n not in ours and file not in before]
    return before, after


def _late(file: _File, review: Review) -> Note:
    day, today = file.review.as_of, review.as_of
    when = f"is of {day}, after this review's day {today}" if day > today else "was made after this"
    return Note("warning", "later-review", f"it {when}: left out", Location(visible(file.name)))


def _read(folder: Path) -> tuple[list[_File], list[Note]]:
    """Read every review in a folder; what is none, or cannot be read, becomes a note."""
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise unwritable(folder, error, "cannot be read") from None
    names = [name for name in names if name.endswith(".json") and not name.startswith(".")]
    notes: list[Note] = []
    if len(names) > MOST_FILES:
        left = plural(len(names) - MOST_FILES, "file")
        message = f"{left} before this one by name left out; at most {MOST_FILES} are read"
        names = names[-MOST_FILES:]
        notes.append(Note("warning", "too-many-reviews", message, Location(visible(names[0]))))
    files = []
    for name in names:
        found = _one(folder, name)
        if isinstance(found, Note):
            notes.append(found)
        else:
            files.append(found)
    return files, notes


def _one(folder: Path, name: str) -> _File | Note:
    at = Location(visible(name))
    try:
        data = read_regular(folder / name, MOST_BYTES)
        review = load(data, name)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Note("warning", "unreadable", f"cannot be read: {reason}; left out", at)
    except InputError as error:
        return Note("warning", "not-a-review", f"{error.diagnostics[0].message}; left out", at)
    digest = sha256(data).hexdigest()
    match = _NAME.fullmatch(name)
    if match is not None and match[3] != digest[:_DIGITS]:
        message = "it is not what was recorded: its digest is another; left out"
        return Note("warning", "changed-review", message, at)
    return _File(name, review, digest)
