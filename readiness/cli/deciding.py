"""What `readiness decide` does: a record into decisions.yaml, and the records by how they stand."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from readiness.cli.running import day, load_or_run
from readiness.cli.streams import columns, say, wants_colour
from readiness.errors import InputError, input_error
from readiness.model.decided_result import LAUNCH
from readiness.model.text import and_list
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from readiness.loading.append import Value
    from readiness.loading.files import Home
    from readiness.model.plan import Plan, PlannedDecision

_LONG = pattern(r"([0-9]{1,3})\s*d(?:ays?)?")
_TRIGGERS = ("date", "change", "locale", "share")
_DONE = {"waived": "waived", "deferred": "deferred", "not-applicable": "declared not applicable",
         "sign-off": "signed off"}  # fmt: skip


class Asked(NamedTuple):
    """A record as asked for on the command line."""

    item: str
    kind: str
    texts: Mapping[str, str]
    approved: str
    expires: str
    void_if: str
    revisit_when: list[str]
    ticket: str


def write(launch: Path, asked: Asked) -> None:
    """Add a record to decisions.yaml, once what results has been loaded and would count.

    Raises:
        InputError: the record is wrong, vague, or would not count; nothing is written.
        IncompleteError: the file cannot be read or written; it is as it was.
    """
    from readiness.loading.files import check_inside, find_home  # noqa: PLC0415
    from readiness.loading.load import DECISIONS  # noqa: PLC0415
    from readiness.writing import update  # noqa: PLC0415

    home = find_home(launch)
    file = home.folder / DECISIONS
    check_inside(file, DECISIONS, home)
    approved = _day(asked.approved, "--approved")
    expires = _end(asked.expires, approved)
    update(file, lambda before: _changed(before, asked, (approved, expires), home))
    what = "the launch" if asked.item == LAUNCH else asked.item
    say(
        f"wrote {file}: {what} {_DONE[asked.kind]} by {asked.texts['approver']} until {expires}\n"
        "Next: commit it; a proposed change is judged by the records that are merged already\n"
    )


def _changed(before: bytes | None, asked: Asked, days: tuple[date, date], home: Home) -> bytes:
    from readiness.loading.append import with_record  # noqa: PLC0415
    from readiness.loading.load import DECISIONS  # noqa: PLC0415
    from readiness.pipeline import lint  # noqa: PLC0415
    from readiness.strict_yaml import parse_yaml  # noqa: PLC0415

    if before is not None:
        parse_yaml(before, DECISIONS)  # says what is wrong with the file before it is decoded
    plan = lint(home)
    _known(asked.item, asked.kind, plan)
    record = _fields(asked, days, plan.launch.candidate.version)
    text = with_record(before.decode() if before is not None else None, record, DECISIONS)
    after = text.encode()
    found = lint(home, after).decisions[-1]
    _would_count(found, plan, days[0])
    return after


def _fields(asked: Asked, days: tuple[date, date], version: str) -> dict[str, Value]:
    """Return the fields of a record, in the order in which they are written."""
    record: dict[str, Value] = {"item": asked.item, "kind": asked.kind, **asked.texts}
    record |= {"approved": days[0].isoformat(), "expires": days[1].isoformat()}
    if asked.void_if:
        record["void_if"] = asked.void_if
    if asked.revisit_when:
        record["revisit_when"] = dict(map(_trigger, asked.revisit_when))
    if asked.ticket:
        record["ticket"] = asked.ticket
    if asked.kind == "sign-off":
        record["candidate"] = version
    return record


def _trigger(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or key not in _TRIGGERS or not value:
        hint = f"triggers: {and_list(f'{name}=…' for name in _TRIGGERS)}"
        raise input_error("usage", f"`{text}` is no trigger", "--revisit-when", hint)
    return key, value


def _known(item: str, kind: str, plan: Plan) -> None:
    from readiness.model.text import did_you_mean  # noqa: PLC0415

    ids = [planned.item.id for planned in plan.items]
    if item not in ids and (item, kind) != (LAUNCH, "sign-off"):
        raise input_error(
            "unknown-item",
            f"the launch has no item {item}",
            "ITEM",
            did_you_mean(item, ids) or "`readiness list items` shows them",
        )


def _would_count(found: PlannedDecision, plan: Plan, today: date) -> None:
    """Refuse a record that no review would count, whatever the evidence says.

    Raises:
        InputError: its approver owns the item, or is not allowed to decide about it.
    """
    from readiness.decision.authority import subject_of  # noqa: PLC0415
    from readiness.decision.records import judge  # noqa: PLC0415

    subjects = {i.item.id: subject_of(i.item, i.owner, open=True) for i in plan.items}
    record = judge((found,), plan.launch, subjects, today, lambda *_: "").records[0]
    if record.status in ("self-approved", "unauthorised", "over-budget"):
        raise input_error(
            record.status, record.why_status, "--approver", "it would not count: ask someone else"
        )


def _day(text: str, option: str) -> date:
    try:
        return day(text)
    except InputError as error:
        first = error.diagnostics[0]
        raise input_error(first.code, first.message, option, first.help) from None


def _end(text: str, approved: date) -> date:
    """Return the last day of a record: a date, or so many days after it was approved."""
    if match := _LONG.fullmatch(text.strip()):
        return approved + timedelta(days=int(match[1]))
    if not text:
        raise input_error("value", "a decision without an end", "--expires", "30d, or a date")
    return _day(text, "--expires")


def listed(launch: Path, as_of: str, within: int, format: str) -> None:
    """Print the records of a launch, or of a review saved as JSON, by how they stand."""
    from readiness.decision.standing import record_list  # noqa: PLC0415

    found = record_list(load_or_run(launch, as_of), within)
    if format == "json":
        from readiness.model.serial import dump_records  # noqa: PLC0415

        say(dump_records(found))
        return
    from readiness.rendering.decided import terminal  # noqa: PLC0415
    from readiness.rendering.format import Style  # noqa: PLC0415

    say(terminal(found, Style(wants_colour(sys.stdout), columns())))
