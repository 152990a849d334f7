"""A launch's folder to a plan: everything written is read, checked against itself and bound."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, InputError
from readiness.loading.build import build
from readiness.loading.checklists import Loaded, LoadedItem, load_checklists
from readiness.loading.files import Home, read_yaml
from readiness.model.checklist import FactMap, Item, ParameterSpec, Requirement
from readiness.model.decisions import Decisions
from readiness.model.expectation import Expectation, Reference
from readiness.model.launch import Launch
from readiness.model.plan import Bound, Check, Plan, PlannedDecision, PlannedItem
from readiness.model.quantity import DIMENSIONS, Quantity, parse
from readiness.model.text import and_list, did_you_mean

if TYPE_CHECKING:
    from readiness.strict_yaml import Node

TEXT_UNIT = "text"


def load_plan(home: Home) -> Plan:
    """Load a launch with its checklists and decisions.

    Raises:
        InputError: every mistake that was found, each with its place and help.
        IncompleteError: a file cannot be read.
    """
    shown = home.file.name
    node, _ = read_yaml(home.file, shown)
    launch = build(Launch, node)
    names = node.get("checklists")
    assert names is not None  # the model requires it  # noqa: S101
    loaded = load_checklists(names, home)
    binder = _Binder(launch, node, loaded)
    items = tuple(binder.planned(item) for item in loaded.items.values())
    binder.check_names()
    if binder.diagnostics:
        raise InputError(*dict.fromkeys(binder.diagnostics))
    decisions = _decisions(home, loaded)
    return Plan(shown, launch, items, tuple(loaded.records.values()), decisions)


def _decisions(home: Home, loaded: Loaded) -> tuple[PlannedDecision, ...]:
    """Read decisions.yaml beside the launch, if there is one; each record names a real item."""
    file = home.folder / "decisions.yaml"
    if not file.exists():
        return ()
    node, _ = read_yaml(file, file.name)
    decisions = build(Decisions, node).decisions
    entries = node.get("decisions")
    nodes = entries.content if entries else []
    wrong: list[Diagnostic] = []
    for decision, entry in zip(decisions, nodes, strict=True):
        place = entry.find(("item",))[0]
        if decision.item not in loaded.items:
            wrong.append(place.error("unknown-item", f"no checklist has an item {decision.item}",
                                     did_you_mean(decision.item, loaded.items)))  # fmt: skip
        elif decision.kind == "deferred" and loaded.items[decision.item].item.gate == "blocker":
            wrong.append(entry.find(("kind",))[0].error(
                "blocker-deferred", f"{decision.item} is a blocker and cannot be deferred",
                "prove it, or accept the risk with `kind: waived`"))  # fmt: skip
    if wrong:
        raise InputError(*wrong)
    return tuple(PlannedDecision(d, n.at) for d, n in zip(decisions, nodes, strict=True))


class _Binder:
    """Binds slots and parameters of items to what the launch says, and gathers what is missing."""

    def __init__(self, launch: Launch, node: Node, loaded: Loaded) -> None:
        self.launch = launch
        self.node = node
        self.loaded = loaded
        self.diagnostics: list[Diagnostic] = []

    def planned(self, loaded: LoadedItem) -> PlannedItem:
        """Return the item with its requirements bound; those of one that does not apply are not."""
        item = loaded.item
        skipped = _skipped(item, self.launch)
        requirements = () if skipped else tuple(self._requirements(loaded))
        if item.domain and self.launch.failure_domains and not skipped \
                and item.domain not in self.launch.failure_domains:  # fmt: skip
            self._add(self.node.find(("failure_domains",), key=True)[0].error(
                "unknown-domain", f"{item.id} needs the failure domain `{item.domain}`",
                did_you_mean(item.domain, self.launch.failure_domains)
                or f"add `failure_domains: {{{item.domain}: …}}` here"))  # fmt: skip
        return PlannedItem(item, loaded.node.at, loaded.checklist,
                           self.launch.owner_of(item.id, item.area), skipped, requirements)  # fmt: skip

    def _requirements(self, loaded: LoadedItem) -> list[Bound]:
        bound = []
        for index, requirement in enumerate(loaded.item.evidence):
            node = loaded.node.find(("evidence", index))[0]
            checks = tuple(
                self._check(expectation, node.find(("expect", i))[0])
                for i, expectation in enumerate(requirement.expect)
            )
            bound.append(self._bound(loaded.item, requirement, node, checks))
        return bound

    def _bound(
        self, item: Item, requirement: Requirement, node: Node, checks: tuple[Check, ...]
    ) -> Bound:
        patterns: tuple[str, ...] = (requirement.path,) if requirement.path else ()
        readers: tuple[str, ...] = (requirement.reader,) if requirement.reader else ()
        fact_map, produced = requirement.map, requirement.produced
        slot = self.loaded.slots.get(requirement.slot) if requirement.slot else None
        if requirement.slot:
            binding = self.launch.evidence.get(requirement.slot)
            if slot is None:
                place = node.find(("slot",))[0]
                self._add(place.error("unknown-slot", f"no checklist declares `{requirement.slot}`",
                          did_you_mean(requirement.slot, self.loaded.slots)
                          or f"add it under `slots`"))  # fmt: skip
            elif binding is None:
                self._unbound("evidence", requirement.slot, item.id, slot.title)
            else:
                patterns, fact_map = tuple(binding.path), binding.map
                readers = (binding.reader,) if binding.reader else tuple(slot.readers)
                produced = binding.produced
        mapped = FactMap(metrics=fact_map, produced=produced) if fact_map else None
        fresh = float(requirement.fresh.value) if requirement.fresh else None
        return Bound(requirement.source, patterns, readers, mapped, requirement.analysis,
                     requirement.strength, fresh, requirement.confident, checks, node.at,
                     slot.how if slot else "")  # fmt: skip

    def _check(self, expectation: Expectation, node: Node) -> Check:
        limit = expectation.limit
        if not isinstance(limit, Reference):
            return Check(expectation, "", node.at)
        resolved = self._resolve(limit, node)
        if resolved is None:
            return Check(expectation, "", node.at)
        text = resolved.text if isinstance(resolved, Quantity) else resolved
        return Check(expectation._replace(limit=resolved), text, node.at)

    def _resolve(self, reference: Reference, node: Node) -> Quantity | str | None:
        spec = self.loaded.parameters.get(reference.name)
        written = self.launch.parameters.get(reference.name)
        if spec is None and written is None:
            known = [*self.loaded.parameters, *self.launch.parameters]
            offset = str(node.content).find(f"launch.{reference.name}")
            self._add(node.error(
                "unknown-parameter", f"no checklist declares `launch.{reference.name}`",
                did_you_mean(reference.name, known) or "declare it under `parameters`",
                offset=max(offset, 0), width=len(reference.name) + 7))  # fmt: skip
            return None
        text = written or (spec.default if spec else None)
        if text is None:
            meaning = spec.meaning if spec else ""
            self._unbound("parameters", reference.name, "", meaning, spec)
            return None
        place = self.node.find(("parameters", reference.name))[0]
        return self._value(text, reference, spec, place)

    def _value(
        self, text: str, reference: Reference, spec: ParameterSpec | None, place: Node
    ) -> Quantity | str | None:
        unit = spec.unit if spec else ""
        if unit == TEXT_UNIT:
            return text
        try:
            value = parse(text)
        except ValueError as error:
            if spec is None and not text[0].isdigit():
                return text
            message, _, hint = str(error).partition("; ")
            self._add(place.error("value", message, hint))
            return None
        if spec and value.dimension != DIMENSIONS.get(unit):
            self._add(place.error(
                "unit", f"`{reference.name}` needs a unit like `{unit}`, and `{text}` is a "
                f"{value.dimension}", f"meaning: {spec.meaning}"))  # fmt: skip
            return None
        return value if reference.factor == 1 else value.times(
            reference.factor, _times(reference.factor, value))  # fmt: skip

    def _unbound(self, section: str, name: str, item_id: str, meaning: str,
                 spec: ParameterSpec | None = None) -> None:  # fmt: skip
        """Say where to add a slot or parameter, or that a similar name there is a typo."""
        holder, _ = self.node.find((section,))
        written = holder.content if isinstance(holder.content, dict) else {}
        known = self.loaded.slots if section == "evidence" else self.loaded.parameters
        kind = "slot" if section == "evidence" else "parameter"
        for key, (key_node, _) in written.items() if section in self.node.content else ():
            if key not in known and did_you_mean(key, [name]):
                self._add(key_node.error(f"unknown-{kind}", f"no checklist has a {kind} `{key}`",
                                         f"did you mean `{name}`?"))  # fmt: skip
                return
        place = self.node.find((section,), key=True)[0]
        needed = f"{item_id} needs" if item_id else "an item needs"
        example = f"1 {spec.unit}" if spec and spec.unit != TEXT_UNIT else "…"
        self._add(place.error(f"missing-{kind}", f"{needed} the {kind} `{name}` ({meaning})",
                              f"add under `{section}`: `{name}: {example}`"))  # fmt: skip

    def check_names(self) -> None:
        """Report names in `readiness.yaml` that no checklist knows, and dangling references."""
        used = {c.name for name in self.loaded.items.values()
                for r in name.item.evidence for e in r.expect
                if isinstance(c := e.limit, Reference)}  # fmt: skip
        self._unknown("parameters", "parameter", {*self.loaded.parameters, *used})
        self._unknown("evidence", "slot", self.loaded.slots)
        areas = {loaded.item.area for loaded in self.loaded.items.values()}
        self._unknown("owners", "item or area", {*areas, *self.loaded.items})
        for name, component in self.launch.components.items():
            for index, callee in enumerate(component.calls):
                if callee not in self.launch.components:
                    place = self.node.find(("components", name, "calls", index))[0]
                    self._add(place.error("unknown-component", f"no component `{callee}`",
                                          did_you_mean(callee, self.launch.components)))  # fmt: skip
        for name, domain in self.launch.failure_domains.items():
            if domain.drill and domain.drill not in self.loaded.slots:
                place = self.node.find(("failure_domains", name, "drill"))[0]
                self._add(place.error("unknown-slot", f"no checklist declares `{domain.drill}`",
                                      did_you_mean(domain.drill, self.loaded.slots)))  # fmt: skip

    def _unknown(self, section: str, kind: str, known: object) -> None:
        names = sorted(known)  # type: ignore[call-overload]
        holder = self.node.get(section)
        for key, (key_node, _) in (holder.content if holder and holder.content else {}).items():
            if key not in names:
                hint = did_you_mean(key, names) or f"known: {and_list(names)}"
                code = f"unknown-{kind.split()[0]}"
                self._add(key_node.error(code, f"no checklist has a {kind} `{key}`", hint))

    def _add(self, diagnostic: Diagnostic) -> None:
        if all(diagnostic.at != other.at for other in self.diagnostics) or diagnostic.at.line == 1:
            self.diagnostics.append(diagnostic)


def _times(factor: Fraction, value: Quantity) -> str:
    """Write a multiplied limit with what it came from: `180 (1.5 × 120 rps)`."""
    product = float(factor * value.value)
    from readiness.model.quantity import CANONICAL, show  # noqa: PLC0415

    return f"{show(product, CANONICAL[value.dimension])} ({float(factor):g} × {value.text})"


def _skipped(item: Item, launch: Launch) -> str:
    """Return why an item does not apply to a launch, or an empty text."""
    if item.when is None:
        return ""
    if item.when.changes and set(item.when.changes) & set(launch.changes):
        return ""
    if item.when.locales and set(item.when.locales) & set(launch.locales):
        return ""
    conditions = [f"changes {and_list(item.when.changes, last='or')}"] if item.when.changes else []
    if item.when.locales:
        conditions.append(f"serves {and_list(item.when.locales, last='or')}")
    return f"applies when the launch {' or '.join(conditions)}"


