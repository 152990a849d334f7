"""What `readiness lock` writes down: the evidence of a launch as it is read now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.history import added
from readiness.evidence.lineage import Lineage
from readiness.evidence.locked import locked_files
from readiness.evidence.outcome import with_dates
from readiness.gathering import collected
from readiness.locking import recorded_before
from readiness.model.ledger import Forgotten, Ledger, Recorded
from readiness.pipeline import lint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from readiness.evidence.history import Added
    from readiness.loading.files import Home
    from readiness.model.evidence import Evidence
    from readiness.model.ledger import Entry
    from readiness.pipeline import Options


class Seen(NamedTuple):
    """The evidence of a launch as entries, what earlier commits recorded, what cannot be recorded.

    `unread` are lines for people: a path, and why it is not recorded.
    """

    entries: tuple[Recorded, ...]
    before: tuple[Entry, ...]
    unread: tuple[str, ...]


class Given(NamedTuple):
    """What a person gives up: the paths, and why."""

    paths: tuple[str, ...]
    reason: str


class Change(NamedTuple):
    """What recording does to a ledger.

    Attributes:
        ledger: the ledger after it.
        added: entries of evidence that were new, or linked to more.
        restored: entries that earlier commits had and the file had not.
        forgotten: entries that give evidence up.
        open: lines for people: a path, and why the ledger is not true of it.
        unknown: paths that were to be forgotten, and that the ledger does not hold.
    """

    ledger: Ledger
    added: tuple[Recorded, ...]
    restored: tuple[Entry, ...]
    forgotten: tuple[Forgotten, ...]
    open: tuple[str, ...]
    unknown: tuple[str, ...]


def look(home: Home, options: Options) -> Seen:
    """Read the evidence of every item that applies; nothing is judged.

    Raises:
        InputError: what was written is wrong.
        IncompleteError: what was written, or the history of the ledger, cannot be read.
    """
    plan = lint(home)
    collector = options.collector(home)
    bounds = [bound for item in plan.items for bound in item.requirements]
    found = collected(bounds, collector)
    linked: dict[Evidence, set[str]] = {}
    for bound in bounds:
        for evidence in found[id(bound)].evidence if id(bound) in found else ():
            linked.setdefault(evidence._replace(facts=(), load=None, times=None), set()).add(
                bound.source
            )
    origins = added({file.path for e in linked for file in e.files}, home.folder)
    dates = {path: origin.at for path, origin in origins.items()}
    candidate = Lineage(plan.launch.candidate.commit or "", home.folder, origins).commit
    entries: dict[object, Recorded] = {}
    unread = []
    for evidence, sources in linked.items():
        if why := _unread(evidence):
            unread.append(f"{evidence.path}: {why}")
            continue
        dated = with_dates(evidence, dates)
        entry = _entry(dated, sources, origins.get(evidence.path), candidate, options.as_of)
        same = entries.get(entry.key)
        entries[entry.key] = entry if same is None else _joined(same, entry)
    ordered = sorted(entries.values(), key=lambda e: (e.path, e.reader, e.sources))
    return Seen(tuple(ordered), recorded_before(home), tuple(sorted(set(unread))))


def _entry(
    evidence: Evidence, sources: Iterable[str], origin: Added | None, candidate: str, on: date
) -> Recorded:
    produced = evidence.produced
    return Recorded(
        "recorded",
        evidence.path,
        evidence.reader,
        locked_files(evidence.files),
        produced.at if produced else None,
        "" if produced is None else "git" if produced.source == "git" else "file",
        origin.commit if origin else "",
        candidate,
        tuple(sorted(sources)),
        on,
    )


def _joined(one: Recorded, other: Recorded) -> Recorded:
    """Join what two items see in one file: a date that it says itself, and the older of two."""
    dated = [e for e in (one, other) if e.produced] or [one]
    chosen = min(dated, key=lambda e: (e.produced_from == "git", e.produced or e.on))
    sources = tuple(sorted({*one.sources, *other.sources}))
    return replace(chosen, sources=sources)


def _unread(evidence: Evidence) -> str:
    """Return why evidence cannot be recorded; an empty text if it can."""
    if not evidence.path.isprintable():
        return "its name cannot be written down: rename it"
    if evidence.invalid:
        return next(p.message for p in evidence.problems if p.kind == "invalid")
    return "" if evidence.files else "it was not read whole"


def record(ledger: Ledger, seen: Seen, given: Given, on: date) -> Change:
    """Bring a ledger up to date: nothing that it holds is taken out.

    Evidence whose recorded content changed is recorded again only if the old content is given up.
    """
    known = set(ledger.entries)
    restored = tuple(e for e in dict.fromkeys(seen.before) if e not in known)
    ledger = ledger.also(restored)
    unknown = tuple(path for path in given.paths if not ledger.at(path))
    forgotten = tuple(_forgotten(ledger, seen, given, on))
    gone = {entry.path for entry in forgotten}
    kept = [path for path in dict.fromkeys(given.paths) if path not in {*gone, *unknown}]
    ledger = Ledger((*ledger.entries, *forgotten))
    new = tuple(e for e in seen.entries if not _holds(ledger, e) and not _older(ledger, e))
    here = {*(entry.path for entry in seen.entries), *(line.split(": ")[0] for line in seen.unread)}
    lost = [h.entry for h in ledger.held.values() if h.entry.path not in here]
    still_open = (
        *seen.unread,
        *(f"{path}: it is still there as it was recorded; take it away first" for path in kept),
        *(f"{e.path}: it changed since it was recorded on {old.on}"
          for e in seen.entries if (old := _older(ledger, e))),
        *(f"{entry.path}: it was recorded on {entry.on}, and is gone" for entry in lost),
    )  # fmt: skip
    return Change(Ledger((*ledger.entries, *new)), new, restored, forgotten, still_open, unknown)


def _older(ledger: Ledger, entry: Recorded) -> Recorded | None:
    """Return what is recorded of the same file as other content."""
    held = (h.entry for h in ledger.at(entry.path) if h.entry.reader == entry.reader)
    return next((old for old in held if old.files != entry.files), None)


def _holds(ledger: Ledger, entry: Recorded) -> bool:
    """Tell whether a ledger says already all that an entry says."""
    held = ledger.held.get(entry.key)
    if held is None or not set(entry.sources) <= set(held.entry.sources):
        return False
    return entry.produced is None or held.entry.produced is not None


def _forgotten(ledger: Ledger, seen: Seen, given: Given, on: date) -> Iterable[Forgotten]:
    """Yield an entry for each content of a path that is given up: not the one that is there."""
    here = {(entry.path, entry.reader): entry.files for entry in seen.entries}
    for path in dict.fromkeys(given.paths):
        contents = {
            held.entry.files[0].sha256: None
            for held in ledger.at(path)
            if here.get((path, held.entry.reader)) != held.entry.files
        }
        for digest in contents:
            yield Forgotten("forgotten", path, digest, given.reason, on)
