"""Items to planned items: slots and parameters are bound to what the launch says, names checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.loading.limits import Limits
from readiness.loading.references import references
from readiness.model.checklist import TEXT_UNIT, FactMap
from readiness.model.plan import Bound, Check, Mention, Place, PlannedItem
from readiness.model.text import and_list, did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Diagnostic
    from readiness.loading.checklists import Loaded, LoadedItem
    from readiness.model.checklist import Item, ParameterSpec, Requirement
    from readiness.model.expectation import Expectation
    from readiness.model.launch import Launch, Rollout
    from readiness.strict_yaml import Node


class Binder:
    """Binds the items of checklists to a launch, and gathers every mistake on the way."""

    def __init__(self, launch: Launch, node: Node, loaded: Loaded) -> None:
        self._launch = launch
        self._node = node
        self._loaded = loaded
        self._found: dict[Diagnostic, None] = {}
        self._undescribed: dict[Diagnostic, None] = {}
        self._unbound: dict[str, dict[str, str]] = {"evidence": {}, "parameters": {}}
        self._limits = Limits(
            node, launch.parameters, loaded.parameters, self._report, self._no_parameter
        )

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every mistake found so far, each once, and what is still to be written."""
        return (*self._found, *self._undescribed, *self._missing())

    @property
    def mistakes(self) -> tuple[Diagnostic, ...]:
        """Every mistake found so far, each once."""
        return tuple(self._found)

    def planned(self, loaded: LoadedItem) -> PlannedItem:
        """Return the item with its requirements bound; those of one that does not apply are not."""
        item = loaded.item
        skipped = why_skipped(item, self._launch)
        if skipped:
            self._names_only(loaded)
        requirements = () if skipped else tuple(self._requirements(loaded))
        domains = self._launch.failure_domains
        if item.domain and domains and not skipped and item.domain not in domains:
            meant = did_you_mean(item.domain, domains)
            wrong = self._node.find(("failure_domains",), key=True)[0].error(
                "unknown-domain",
                f"{item.id} needs the failure domain `{item.domain}` (it is named "
                f"in {loaded.node.find(('domain',))[0].at})",
                meant or f"add `{item.domain}: …` under `failure_domains`",
            )
            (self._found if meant else self._undescribed).setdefault(wrong)
        return PlannedItem(
            item,
            loaded.node.at,
            loaded.checklist,
            self._launch.owner_of(item.id, item.area),
            skipped,
            requirements,
        )

    def check(self, expectation: Expectation, node: Node) -> Check:
        """Return an expectation of the launch or of a decision with its limit known."""
        return self._limits.check(expectation, node)

    def rollout(self) -> Rollout | None:
        """Return the rollout with the limits of its abort criteria known."""
        rollout = self._launch.rollout
        if rollout is None:
            return None
        stages = []
        for index, stage in enumerate(rollout.stages):
            nodes = [
                self._node.find(("rollout", "stages", index, "abort", i))[0]
                for i in range(len(stage.abort))
            ]
            abort = [self.check(*pair).expectation for pair in zip(stage.abort, nodes, strict=True)]
            stages.append(stage.model_copy(update={"abort": abort}))
        return rollout.model_copy(update={"stages": stages})

    def _report(self, diagnostic: Diagnostic) -> None:
        self._found.setdefault(diagnostic)

    def _requirements(self, loaded: LoadedItem) -> list[Bound]:
        bound = []
        for requirement, node in _with_nodes(loaded):
            checks = tuple(
                self._limits.check(expectation, node.find(("expect", index))[0])
                for index, expectation in enumerate(requirement.expect)
            )
            bound.append(self._bound(loaded.item, requirement, node, checks))
        return bound

    def _names_only(self, loaded: LoadedItem) -> None:
        """Check the names in an item that does not apply: it may apply to the next launch."""
        for requirement, node in _with_nodes(loaded):
            self._known_slot(requirement, node)
            for index, expectation in enumerate(requirement.expect):
                self._limits.known(expectation, node.find(("expect", index))[0])

    def _known_slot(self, requirement: Requirement, node: Node) -> bool:
        if requirement.slot in self._loaded.slots:
            return True
        if requirement.slot is not None:
            hint = did_you_mean(requirement.slot, self._loaded.slots)
            self._report(
                node.find(("slot",))[0].error(
                    "unknown-slot",
                    f"no checklist declares the slot `{requirement.slot}`",
                    hint or f"add `{requirement.slot}: …` under `slots`",
                )
            )
        return False

    def _bound(
        self, item: Item, requirement: Requirement, node: Node, checks: tuple[Check, ...]
    ) -> Bound:
        patterns: tuple[str, ...] = (requirement.path,) if requirement.path else ()
        readers: tuple[str, ...] = (requirement.reader,) if requirement.reader else ()
        fact_map, produced, how = requirement.map, requirement.produced, ""
        if requirement.slot and self._known_slot(requirement, node):
            slot = self._loaded.slots[requirement.slot]
            how, readers = slot.how, tuple(slot.readers)
            binding = self._launch.evidence.get(requirement.slot)
            if binding is None:
                needs = f"`{requirement.slot}` ({slot.title}; for {item.id})"
                self._unbound["evidence"].setdefault(requirement.slot, needs)
            else:
                patterns, fact_map, produced = tuple(binding.path), binding.map, binding.produced
                readers = self._readers(requirement.slot, slot.readers, binding.reader)
        mapped = FactMap(metrics=fact_map, produced=produced) if fact_map else None
        fresh = float(requirement.fresh.value) if requirement.fresh else None
        return Bound(
            requirement.source,
            patterns,
            readers,
            mapped,
            requirement.analysis,
            requirement.strength,
            fresh,
            requirement.confident,
            checks,
            node.at,
            how,
            invalidated_by=tuple(item.invalidated_by or ()),
        )

    def _readers(self, slot: str, allowed: list[str], chosen: str | None) -> tuple[str, ...]:
        """Return the readers of a binding: it may choose among the slot's, and add none."""
        if chosen is None:
            return tuple(allowed)
        if chosen not in allowed:
            if close := nearest(chosen, allowed):
                listed = self._loaded.nodes["slots", slot].find(
                    ("readers", allowed.index(close[0]))
                )[0]
                self._report(
                    listed.error(
                        "unknown-reader",
                        f"the launch reads the slot `{slot}` with `{chosen}`",
                        f"did you mean `{chosen}`?",
                    )
                )
            self._report(
                self._node.find(("evidence", slot, "reader"))[0].error(
                    "unknown-reader",
                    f"the slot `{slot}` does not take the reader `{chosen}`",
                    did_you_mean(chosen, allowed) or f"it takes {and_list(allowed, last='or')}",
                )
            )
        return (chosen,)

    def _no_parameter(self, name: str, spec: ParameterSpec) -> None:
        self._unbound["parameters"].setdefault(name, f"`{name}` ({spec.meaning})")

    def _missing(self) -> list[Diagnostic]:
        """Say where to add slots and parameters, or that a similar name there is a typo."""
        found = []
        for section, kind in (("parameters", "parameter"), ("evidence", "slot")):
            strangers = self._strangers(section)
            declared = [*self._declared(section)]
            meant = {name for key in strangers for name in nearest(key, declared)}
            unbound = self._unbound[section].items()
            names = {name: words for name, words in unbound if name not in meant}
            if names:
                plural = "s" if len(names) > 1 else ""
                place = self._node.find((section,), key=True)[0]
                lines = [
                    f"add under `{section}`:"
                    if section in self._node.content
                    else f"add `{section}:` with",
                    *(f"  {self._example(section, n)}" for n in names),
                ]
                found.append(
                    place.error(
                        f"missing-{kind}",
                        f"items need the {kind}{plural} {and_list(names.values())}",
                        "\n".join(lines),
                    )
                )
        return found

    def _example(self, section: str, name: str) -> str:
        if section == "evidence":
            return f"{name}: path/to/the/evidence"
        unit = self._loaded.parameters[name].unit
        return f"{name}: …" if unit == TEXT_UNIT else f"{name}: 1 {unit}".rstrip()

    def _declared(self, section: str) -> Iterable[str]:
        return self._loaded.slots if section == "evidence" else self._loaded.parameters

    def _strangers(self, section: str) -> list[str]:
        holder = self._node.get(section)
        written = holder.content if holder and isinstance(holder.content, dict) else {}
        return [key for key in written if key not in self._declared(section)]

    def check_names(self) -> None:
        """Report names in `readiness.yaml` that nothing knows, once everything else is bound."""
        items = self._loaded.items
        self._limits.values()
        self._unknown("parameters", "parameter", {*self._loaded.parameters, *self._limits.used})
        self._unknown("evidence", "slot", self._loaded.slots)
        self._unknown("owners", "item or area", {*items, *(i.item.area for i in items.values())})
        for kind, name, known, path in references(self._launch, self._loaded.slots):
            if name not in known:
                self._dangling(kind, name, known, path)

    def _dangling(
        self, kind: str, name: str, known: Iterable[str], path: tuple[int | str, ...]
    ) -> None:
        names = sorted(known)
        hint = did_you_mean(name, names) or f"known: {and_list(names)}"
        place = self._node.find(path)[0]
        self._report(place.error(f"unknown-{kind}", f"there is no {kind} `{name}`", hint))

    def _unknown(self, section: str, kind: str, known: Iterable[str]) -> None:
        names = sorted(known)
        holder = self._node.get(section)
        for key, (key_node, _) in (holder.content if holder and holder.content else {}).items():
            if key not in names:
                hint = did_you_mean(key, names) or (
                    f"known: {and_list(names)}" if names else "remove it: the checklists use none"
                )
                code = f"unknown-{kind.split(maxsplit=1)[0]}"
                self._report(key_node.error(code, f"no checklist has the {kind} `{key}`", hint))

    def mentions(self) -> tuple[Mention, ...]:
        """Return every name of a reader and an analysis that was written, with its place."""
        found = []
        for name in self._loaded.slots:
            readers = self._loaded.nodes["slots", name].get("readers")
            found += [_mention("reader", node) for node in (readers.content if readers else ())]
        bindings = [self._node.find(("evidence", name))[0] for name in self._launch.evidence]
        requirements = [node for i in self._loaded.items.values() for _, node in _with_nodes(i)]
        for node in (*bindings, *requirements):
            found += [
                _mention(kind, at) for kind in ("reader", "analysis") if (at := node.get(kind))
            ]
        return tuple(dict.fromkeys(found))


def _with_nodes(loaded: LoadedItem) -> list[tuple[Requirement, Node]]:
    return [
        (requirement, loaded.node.find(("evidence", index))[0])
        for index, requirement in enumerate(loaded.item.evidence)
    ]


def _mention(kind: str, node: Node) -> Mention:
    shown = node.error("", "")
    return Mention(kind, str(node.content), Place(shown.at, shown.excerpt, shown.width))


def why_skipped(item: Item, launch: Launch) -> str:
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
