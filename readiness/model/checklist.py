"""Checklists: reusable lists of items, each with the evidence that must prove it."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from readiness.model.base import Duration, Expect, Model, Name, PathGlob, Text, fail
from readiness.model.fact import Strength
from readiness.model.quantity import DIMENSIONS, parse, unknown_unit
from readiness.model.text import did_you_mean

Gate = Literal["blocker", "deferrable"]
Harm = Literal["negligible", "minor", "moderate", "major", "severe"]
Risk = Literal["rare", "unlikely", "possible", "likely", "expected"]
Needs = Literal["claimed", "documented", "measured", "drilled"]
Change = Literal[
    "model", "region", "prompt", "index", "guardrail", "language", "traffic", "contract"
]

TEXT_UNIT = "text"
HARM: dict[str, int] = {"negligible": 1, "minor": 3, "moderate": 10, "major": 30, "severe": 100}
RISK: dict[str, int] = {"rare": 1, "unlikely": 3, "possible": 10, "likely": 30, "expected": 90}


class Tightness(IntEnum):
    """Order of gates, for the rule that a child may tighten an item and never loosen it."""

    deferrable = 0
    blocker = 1


class MapEntry(Model):
    """Which value of a team's own file is a metric, and in which unit.

    Attributes:
        at: JSON pointer (RFC 6901) for json and yaml; one `*` segment matches every key.
        column: column of a CSV file.
        unit: unit the file has it in; empty for a plain number.
        where: `COLUMN = VALUE`, which rows of a CSV file count.
        label: name of the label that the `*` segment, or a CSV column, gives to each fact.
        labels: fixed labels.
        samples: pointer or column that says how many observations stand behind the value.
    """

    at: Text | None = None
    column: Text | None = None
    unit: Annotated[str, Field(max_length=20)] = ""
    where: Text | None = None
    label: Name | None = None
    labels: dict[Name, Text] = {}
    samples: Text | None = None

    @model_validator(mode="after")
    def _one_place(self) -> MapEntry:
        if self.unit not in DIMENSIONS:
            message, _, hint = unknown_unit(self.unit).partition("; ")
            raise fail(message, help=hint, key="unit")
        if (self.at is None) == (self.column is None):
            raise fail(
                "a mapped value needs one place",
                help="give `at` (a JSON pointer) for json and yaml, or `column` for csv",
            )
        return self


def _entries(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


MapEntries = Annotated[list[MapEntry], BeforeValidator(_entries), Field(min_length=1)]


class FactMap(Model):
    """How to read a team's own file: metric to place(s), and where it says when it was made."""

    metrics: dict[str, MapEntries]
    produced: str | None = None


class Requirement(Model):
    """What must prove an item: one of a slot, a path or an analysis, and what is expected.

    Attributes:
        slot: kind of file that the launch binds to a path.
        path: file or glob, relative to the folder of readiness.yaml.
        analysis: analysis that derives the facts.
        needs: how strong the proof must be.
        fresh: how old the evidence may be.
        confident: whether the bad end of the confidence interval must hold too.
        reader: reader of a `path`, where the content does not tell.
        map: metric name to where its value stands, for the readers csv, json and yaml.
        produced: where the file says when it was made: a JSON pointer or a column.
        expect: comparisons that must all hold: `METRIC [where LABEL = VALUE] OP LIMIT`.
    """

    slot: Name | None = None
    path: Text | None = None
    analysis: Name | None = None
    needs: Needs = "claimed"
    fresh: Duration | None = None
    confident: bool = False
    reader: Name | None = None
    map: dict[Name, MapEntries] | None = None
    produced: Text | None = None
    expect: Annotated[list[Expect], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_source(self) -> Requirement:
        sources = [s for s in (self.slot, self.path, self.analysis) if s is not None]
        if len(sources) != 1:
            raise fail(
                f"an evidence requirement names one source, and this names {len(sources)}",
                help="give exactly one of `slot`, `path` and `analysis`",
            )
        for name in ("reader", "map", "produced"):
            if self.path is None and getattr(self, name) is not None:
                hint = "the launch gives it where it binds the slot" if self.slot else "remove it"
                raise fail(
                    f"`{name}` goes with `path`, not with {self.source}", help=hint, key=name
                )
        if self.map is not None and self.reader is None:
            raise fail("`map` needs a `reader`", help="readers with a map: csv, json, yaml")
        return self

    @property
    def source(self) -> str:
        """The source in words: `slot load-test`, `path load/*.csv`, `analysis retry-chain`."""
        if self.slot is not None:
            return f"slot {self.slot}"
        return f"path {self.path}" if self.path is not None else f"analysis {self.analysis}"

    @property
    def strength(self) -> Strength:
        """How strong the proof must be."""
        return Strength[self.needs]


class When(Model):
    """Which launches an item applies to: any of the changes, or any of the locales.

    Attributes:
        changes: applies when the launch changes one of these.
        locales: applies when the launch serves one of these.
    """

    changes: Annotated[list[Change], Field(min_length=1)] | None = None
    locales: Annotated[list[Text], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> When:
        if self.changes is None and self.locales is None:
            raise fail("`when` names no condition", help="give `changes` or `locales`")
        return self


class Item(Model):
    """One requirement of a launch.

    Attributes:
        id: unique, like LOAD-01.
        title: what holds when the item is proven, as a sentence.
        area: topic, for grouping and for owners.
        gate: `blocker` (the launch waits) or `deferrable` (it may follow, if decided in writing).
        harm: what users suffer if it is not met.
        risk: how likely that is.
        effort: working time to close it.
        when: which launches it applies to; all if it is not given.
        domain: failure domain it belongs to.
        evidence: what must prove it; every requirement counts.
        invalidated_by: paths from the root of the repository; evidence older than their last
            change is stale.
        why: why users need it.
        fix: what to do when it fails.
        run: command that makes the evidence.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-[0-9]{2,3}$")]
    title: Text
    area: Name
    gate: Gate
    harm: Harm
    risk: Risk
    effort: Duration
    when: When | None = None
    domain: Name | None = None
    evidence: Annotated[list[Requirement], Field(min_length=1)]
    invalidated_by: Annotated[list[PathGlob], Field(min_length=1, max_length=20)] | None = None
    why: Text
    fix: Text
    run: Text | None = None

    @model_validator(mode="after")
    def _sources_once(self) -> Item:
        sources = [requirement.source for requirement in self.evidence]
        for source in sources:
            if sources.count(source) > 1:
                raise fail(
                    f"{self.id} asks for {source} twice", help="put the expectations in one list"
                )
        if self.invalidated_by and all(requirement.analysis for requirement in self.evidence):
            hint = "add the files that the analysis reads as evidence of the item too"
            raise fail("an analysis has no date to compare", help=hint, key="invalidated_by")
        return self

    @property
    def effort_days(self) -> float:
        """The effort in working days of 8 hours, weeks of 5 days: `4h` is 0.5, `1w` is 5."""
        unit = self.effort.text.lstrip("0123456789.eE+ ")
        per_day = {"w": 5.0, "d": 1.0, "h": 1 / 8, "min": 1 / 480}.get(unit)
        if per_day is None:
            return float(self.effort.value) / 28_800_000
        return float(self.effort.text.removesuffix(unit)) * per_day


class Slot(Model):
    """A kind of file a checklist asks for; a launch binds it to paths.

    Attributes:
        title: what kind of file, as a noun.
        readers: readers that can read it.
        how: how to make such a file, and what a binding maps.
    """

    title: Text
    readers: Annotated[list[Name], Field(min_length=1)]
    how: Text


class ParameterSpec(Model):
    """A number or a word that the launch sets; expectations refer to it as `launch.<name>`.

    Attributes:
        unit: unit of the value, `count` for a plain number, `text` for a word.
        meaning: what it means.
        default: value where the launch gives none.
    """

    unit: Text
    meaning: Text
    default: Text | None = None

    @model_validator(mode="after")
    def _unit_and_default(self) -> ParameterSpec:
        if self.unit == TEXT_UNIT:
            return self
        if self.unit not in DIMENSIONS:
            message, _, hint = unknown_unit(self.unit).partition("; ")
            if close := did_you_mean(self.unit, (TEXT_UNIT,)):
                hint = close
            raise fail(message, help=hint or "`text` is the unit of words", key="unit")
        if self.default is not None:
            self._check_default(self.default)
        return self

    def _check_default(self, default: str) -> None:
        try:
            value = parse(default)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            raise fail(message, help=hint, key="default") from None
        if value.dimension != DIMENSIONS[self.unit]:
            message = f"`{default}` is not a {DIMENSIONS[self.unit]}, as the unit `{self.unit}` is"
            raise fail(message, help=f"write for example `1 {self.unit}`", key="default")


class ChecklistHeader(Model):
    """A checklist but for its items, which are built one by one (they may be patches)."""

    schema_: Literal["readiness/checklist@1"] = Field(alias="schema")
    id: Name
    title: Text
    version: Text
    extends: list[Text] = []
    slots: dict[Name, Slot] = {}
    parameters: dict[Name, ParameterSpec] = {}


class Checklist(ChecklistHeader):
    """A versioned list of items with the slots and parameters they use.

    Attributes:
        schema: format of this file.
        id: name of the checklist.
        title: name for people.
        version: version of the checklist.
        extends: checklists whose items it takes over and may tighten.
        slots: kinds of files that its items ask for, by name.
        parameters: values that the launch sets, by name.
        items: the items; one with the id of an extended checklist changes that item.
    """

    items: list[Item] = []
