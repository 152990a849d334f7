"""The groups of a final-stats file of Taurus, CSV or XML: one per label, and one for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import parse_number
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from readiness.errors import Location

_HINT = "keep the file as Taurus wrote it"
_NEEDED = ("throughput", "succ", "fail", "avg_rt")


@dataclass
class Group:
    """What stands at one label; the empty label is the whole run.

    Attributes:
        label: as in the file.
        at: the place of the group.
        texts: the values by name, with their places; percentiles are `perc_95.0`.
    """

    label: str
    at: Location
    texts: dict[str, tuple[str, Location]] = field(default_factory=dict)

    def number(self, name: str) -> tuple[float, Location] | None:
        """Return a value, None if there is none or it is empty.

        Raises:
            Unreadable: it is no number.
        """
        text, at = self.texts.get(name, ("", self.at))
        return (parse_number(text, at, f"`{name}`"), at) if text else None

    def whole(self, name: str) -> tuple[int, Location]:
        """Return a count that must be there.

        Raises:
            Unreadable: it is missing, or no whole number.
        """
        found = self.number(name)
        if found is None or found[0] != int(found[0]):
            message = f"`{name}` of the label `{self.label}` is no whole number"
            raise Unreadable("number", message, self.at, _HINT)
        return int(found[0]), found[1]

    def ranks(self) -> Iterator[tuple[float, float, Location]]:
        """Yield rank in percent, seconds and place of each percentile."""
        for name in self.texts:
            kind, _, rank = name.partition("_")
            if kind == "perc" and (found := self.number(name)):
                yield parse_number(rank, found[1], "a rank"), *found


@dataclass
class FinalStats:
    """A parsed file: its groups by label, and the stated duration in s, which only XML has."""

    groups: dict[str, Group]
    duration: tuple[float, Location] | None = None


def read_final_stats(source: Source) -> FinalStats:
    """Parse a file of either format.

    Raises:
        Unreadable: it is neither, is cut off, or lacks the group of the whole run.
    """
    text = source.text.lstrip()
    stats = _from_xml(source) if text.startswith("<") else _from_csv(source)
    for group in stats.groups.values():
        missing = [name for name in _NEEDED if not group.texts.get(name, ("",))[0]]
        if missing:
            message = f"the label `{group.label}` has no `{missing[0]}`"
            raise Unreadable("wrong-shape", message, group.at, _HINT)
    if "" not in stats.groups:
        message = "the group with the empty label, which is the whole run, is missing"
        raise Unreadable("no-total", message, source.at(1), _HINT)
    return stats


def _add(stats: FinalStats, group: Group) -> None:
    if group.label in stats.groups:
        message = f"the label `{group.label}` is there twice"
        raise Unreadable("duplicate-row", message, group.at, _HINT)
    stats.groups[group.label] = group


def _from_csv(source: Source) -> FinalStats:
    from csv import Error, reader  # noqa: PLC0415 - only a CSV file needs it

    rows, start = [], 1
    records = reader(source.text.splitlines(keepends=True), strict=True)
    try:
        for cells in records:
            rows.append((start, cells))
            start = records.line_num + 1
    except Error as error:
        at = source.at(start)
        raise Unreadable("not-csv", f"not valid CSV: {error}", at, "is a quote open?") from None
    if not rows or rows[0][1][:1] != ["label"]:
        message = "the first row is not that of Taurus's final stats"
        raise Unreadable("wrong-header", message, source.at(1), _HINT)
    columns = rows[0][1]
    if not source.text.endswith("\n"):
        message = "the last line has no end: the file is cut off"
        raise Unreadable("cut-off", message, source.at(rows[-1][0]), "did the disk fill up?")
    stats = FinalStats({})
    for line, cells in rows[1:]:
        if len(cells) != len(columns):
            message = f"{len(cells)} cells in a table of {len(columns)} columns"
            raise Unreadable("ragged", message, source.at(line), "was the file cut off?")
        group = Group(cells[0], source.at(line, pointer="label"))
        for column, cell in zip(columns[1:], cells[1:], strict=True):
            group.texts[column] = cell, source.at(line, pointer=column)
        _add(stats, group)
    return stats


def _from_xml(source: Source) -> FinalStats:
    root = parse_xml(source)
    if root.tag != "FinalStatus":
        message = f"the root is `{root.tag[:40]}`, not `FinalStatus`"
        raise Unreadable("wrong-shape", message, source.at(1), _HINT)
    stats = FinalStats({})
    duration = root.find("TestDuration")
    if duration is not None:
        at = source.at(pointer="/FinalStatus/TestDuration")
        stats.duration = parse_number((duration.text or "").strip(), at, "`TestDuration`"), at
    for element in root.findall("Group"):
        _add(stats, _xml_group(source, element))
    return stats


def _xml_group(source: Source, element: Element) -> Group:
    label = element.get("label")
    base = f"/FinalStatus/Group[@label='{label}']"
    at = source.at(pointer=base)
    if label is None:
        raise Unreadable("wrong-shape", "a group without a label", at, _HINT)
    group = Group(label, at)
    for child in element:
        param = child.get("param")
        name = child.tag if param is None else f"{child.tag}_{param}"
        inner = "" if param is None else f"[@param='{param}']"
        where = source.at(pointer=f"{base}/{child.tag}{inner}")
        if name in group.texts:
            message = f"`{name}` is there twice at the label `{label}`"
            raise Unreadable("duplicate-key", message, where, "which one holds is a guess")
        group.texts[name] = (child.get("value") or "").strip(), where
    return group
