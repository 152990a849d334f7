"""The runs that siege reports as JSON, as lines of its log, or as text, under the same names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.embedded import json_documents
from readiness.evidence.loadtest.numbers import number, parse_number
from readiness.evidence.loadtest.pasted import plain_lines
from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

HEADER = pattern(r"\s*Date & Time,\s*Trans,\s*Elap Time,")
_TEXT = pattern(r"Transactions:\s*[0-9]")
_USERS = pattern(r"\*\* Preparing ([0-9]{1,9}) concurrent users")
_VALUE = pattern(r"([A-Z][a-z]+(?: [a-z]+)?):\s*(-?[0-9.]{1,20}|-?nan|inf)\s*([A-Za-z/%]{0,12})")
_ABORT = "siege aborted due to excessive socket failure"
_NOT_A_NUMBER = pattern(r"-?nan|inf", re.IGNORECASE)
_COLUMNS = (
    "date", "transactions", "elapsed_time", "data_transferred", "response_time",
    "transaction_rate", "throughput", "concurrency", "successful_transactions",
    "failed_transactions",
)  # fmt: skip
NEEDED = ("transactions", "elapsed_time", "failed_transactions", "transaction_rate")
_SIZES = ("data_transferred", "throughput")
_HINT = "keep the output as siege wrote it"


@dataclass
class Siege:
    """One run.

    Attributes:
        at: its place.
        values: values by the names that the JSON has, times in seconds, sizes in MB of 1024 × 1024
            bytes, with their places; None where siege wrote `nan` or `inf`.
        aborted: the place of the remark that siege gave up.
    """

    at: Location
    values: dict[str, tuple[float | None, Location]] = field(default_factory=dict)
    aborted: Location | None = None


def read_runs(source: Source) -> list[Siege]:
    """Return the runs of a file.

    Raises:
        Unreadable: none, one that is cut off, or a value that is no number.
    """
    lines = source.text.split("\n")
    if any(HEADER.match(line) for line in lines):
        runs = _from_log(source, lines)
    elif re.search(r'"transactions"\s*:', source.text):
        runs = _from_json(source)
    else:
        runs = _from_text(source)
    for run in runs:
        missing = [name for name in NEEDED if name not in run.values]
        if missing:
            message = f"`{missing[0]}` is missing: the output is cut off"
            raise Unreadable("cut-off", message, run.at, _HINT)
    return runs


def _from_json(source: Source) -> list[Siege]:
    runs = []
    for document in json_documents(source, ("transactions", "availability")):
        run = Siege(document.at("transactions"))
        for key in document.value:
            at = document.at(key)
            run.values[key] = number(document.get(key), at, f"`{key}`"), at
        runs.append(run)
    return runs


def _from_log(source: Source, lines: list[str]) -> list[Siege]:
    runs: list[Siege] = []
    for number_of, line in enumerate(lines, 1):
        at = source.at(number_of)
        if HEADER.match(line) or not line.strip():
            continue
        if line.startswith("****"):
            if _ABORT in line and runs:
                runs[-1].aborted = at
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != len(_COLUMNS) or number_of == len(lines):
            message = f"a line of {len(cells)} cells without its end: the log is cut off"
            if number_of < len(lines):
                message = f"a line of {len(cells)} cells, not of {len(_COLUMNS)}"
            raise Unreadable("ragged", message, at, _HINT)
        run = Siege(at)
        for name, cell in zip(_COLUMNS[1:], cells[1:], strict=True):
            if name == "data_transferred":  # in whole MB
                continue
            run.values[name] = _parse(cell, source.at(number_of, pointer=name), name), at
        runs.append(run)
    return runs


def _from_text(source: Source) -> list[Siege]:
    runs: list[Siege] = []
    users: tuple[float, Location] | None = None
    aborted: Location | None = None
    for line in plain_lines(source):
        at = source.at(line.number)
        if match := _USERS.search(line.text):
            users = float(match[1]), at
        aborted = at if _ABORT in line.text else aborted
        if _TEXT.match(line.text):
            runs.append(Siege(at, {"users": users} if users else {}, aborted))
            users = aborted = None
        match = _VALUE.match(line.text)
        if match and runs:
            name = match[1].lower().replace(" ", "_")
            value = _parse(match[2], at, name)
            scale = 0.001 if match[3] == "ms" else 1.0
            if name in _SIZES and not match[3].startswith("MB"):
                continue
            runs[-1].values.setdefault(name, (None if value is None else value * scale, at))
    if not runs:
        message = "there is no `Transactions:` of siege in it"
        raise Unreadable("wrong-shape", message, source.at(1), _HINT)
    return runs


def _parse(text: str, at: Location, name: str) -> float | None:
    return None if _NOT_A_NUMBER.fullmatch(text) else parse_number(text, at, f"`{name}`")
