"""A launch's folder to a plan: everything written is read, checked against itself and bound."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, InputError, Location
from readiness.loading.bind import Binder
from readiness.loading.build import build
from readiness.loading.checklists import Loaded, load_checklist, load_checklists
from readiness.loading.files import Home, check_inside, read_yaml
from readiness.loading.promises import vague_decision, vague_domains, vague_items
from readiness.model.decided_result import LAUNCH
from readiness.model.evidence import FileRecord
from readiness.model.launch import Launch
from readiness.model.plan import Plan, PlannedDecision
from readiness.model.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.branding import Branding
    from readiness.model.decisions import Decision
    from readiness.strict_yaml import Node

DECISIONS = "decisions.yaml"


def load_plan(
    home: Home,
    decisions: bytes | None = None,
    *,
    policy: Home | None = None,
    base: bool = False,
    draft: bool = False,
) -> Plan:
    """Load a launch with its checklists and decisions.

    Args:
        home: where the launch lives.
        decisions: the content of decisions.yaml, if it is not that of the file.
        policy: where all but evidence, candidate and looks come from, if not from the same place.
        base: whether it is only to be compared with: mistakes that leave its items readable pass.
        draft: whether slots and parameters may be unbound and failure domains not described yet:
            such a slot has no patterns, and the limit of such a parameter stays a reference.

    Raises:
        InputError: every mistake that was found, each with its place and help.
        IncompleteError: a file cannot be read.
    """
    node, launch, loaded, written = _read(home, policy)
    binder = Binder(launch, node, loaded)
    items = tuple(binder.planned(item) for item in loaded.items.values())
    launch = launch.model_copy(update={"rollout": binder.rollout()})
    wrong: list[Diagnostic] = []
    planned: tuple[PlannedDecision, ...] = ()
    try:
        planned = _decisions(_decisions_node(policy or home, decisions, written), loaded, binder)
    except InputError as error:
        wrong += error.diagnostics
    binder.check_names()
    wrong += _senseless(launch, node, loaded)
    brand = None if base else _brand(launch, node, home, wrong)
    if (wrong := [*(binder.mistakes if draft else binder.diagnostics), *wrong]) and not base:
        raise InputError(*dict.fromkeys(wrong))
    return Plan(
        home.file.name,
        launch,
        items,
        tuple(loaded.records.values()),
        planned,
        binder.mentions(),
        brand,
        loaded.slots,
        loaded.parameters,
        tuple(written),
    )


def _read(home: Home, policy: Home | None) -> tuple[Node, Launch, Loaded, list[FileRecord]]:
    """Read readiness.yaml and its checklists, those of a trusted place if there is one."""
    shown = home.file.name
    check_inside(home.file, shown, home)
    node, data = read_yaml(home.file, shown)
    launch = build(Launch, node)
    if policy is None:
        loaded = load_checklists(_checklists(node), home)
    else:
        from readiness.loading.policy import launch_under  # noqa: PLC0415 - if asked

        node, loaded = launch_under(policy, node)
        launch = build(Launch, node)
    return node, launch, loaded, [_record(shown, data)]


def _record(shown: str, data: bytes) -> FileRecord:
    return FileRecord(shown, sha256(data).hexdigest(), len(data))


def _checklists(node: Node) -> Node:
    names = node.get("checklists")
    assert names is not None  # the model requires it  # noqa: S101
    return names


def _senseless(launch: Launch, node: Node, loaded: Loaded) -> Iterator[Diagnostic]:
    """Yield what is written right and means nothing."""
    if launch.approvers or launch.sign_offs:
        from readiness.loading.approvers import wrong_approvers  # noqa: PLC0415 - if declared

        yield from wrong_approvers(launch, node, {i.item.area for i in loaded.items.values()})
    yield from vague_items(loaded.items.values())
    yield from vague_domains(launch.failure_domains, node)


def _brand(launch: Launch, node: Node, home: Home, wrong: list[Diagnostic]) -> Branding | None:
    """Return how the report looks, if the launch says so; mistakes are added to `wrong`."""
    if launch.report is None:
        return None
    from readiness.loading.branding import branding  # noqa: PLC0415 - few launches have one

    try:
        return branding(launch.report, node.find(("report",))[0], home)
    except InputError as error:
        wrong += error.diagnostics
        return None


def lone_checklist(name: str, home: Home) -> Loaded:
    """Load one checklist, a shipped one by id or a file by path, with all it extends.

    Raises:
        InputError: there is none, or it is wrong.
    """
    import json  # noqa: PLC0415 - only `lint` and `list` need it

    from readiness.strict_yaml import parse_yaml  # noqa: PLC0415

    asked = parse_yaml(json.dumps(name).encode(), "command line")
    loaded = load_checklist(name, home, asked)
    if wrong := tuple(vague_items(loaded.items.values())):
        raise InputError(*wrong)
    return loaded


def _decisions_node(home: Home, given: bytes | None, written: list[FileRecord]) -> Node | None:
    """Read decisions.yaml beside the launch, if there is one."""
    if given is not None:
        from readiness.strict_yaml import parse_yaml  # noqa: PLC0415 - only `decide` needs it

        return parse_yaml(given, DECISIONS)
    file = home.folder / DECISIONS
    try:
        file.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IncompleteError(
            Diagnostic(
                "unreadable",
                f"cannot be read: {error.strerror}",
                Location(DECISIONS),
                "check its permissions",
            )
        ) from None
    check_inside(file, DECISIONS, home)
    node, data = read_yaml(file, DECISIONS)
    written.append(_record(DECISIONS, data))
    return node


def _decisions(node: Node | None, loaded: Loaded, binder: Binder) -> tuple[PlannedDecision, ...]:
    """Build the records; each names a real item, or the launch if it is a sign-off."""
    if node is None:
        return ()
    from readiness.model.decisions import Decisions  # noqa: PLC0415 - many launches have none

    records = build(Decisions, node).decisions
    entries = node.get("decisions")
    pairs = list(zip(records, entries.content if entries else [], strict=True))
    wrong = [found for pair in pairs for found in _mistakes(*pair, loaded)]
    if wrong:
        raise InputError(*wrong)
    return tuple(_planned(decision, entry, binder) for decision, entry in pairs)


def _mistakes(decision: Decision, entry: Node, loaded: Loaded) -> Iterator[Diagnostic]:
    known = loaded.items.get(decision.item)
    if known is None and (decision.item, decision.kind) == (LAUNCH, "sign-off"):
        pass
    elif known is None:
        yield entry.find(("item",))[0].error(
            "unknown-item",
            f"no checklist has an item {decision.item}",
            did_you_mean(decision.item, loaded.items) or "`readiness list` shows the items",
        )
    elif decision.kind == "deferred" and known.item.gate == "blocker":
        yield entry.find(("kind",))[0].error(
            "blocker-deferred",
            f"{decision.item} is a blocker and cannot be deferred",
            "prove it, or accept the risk with `kind: waived`",
        )
    yield from vague_decision(decision, entry)


def _planned(decision: Decision, entry: Node, binder: Binder) -> PlannedDecision:
    """Plan a record; what `void_if` refers to is resolved, so that it can be evaluated."""
    if decision.void_if is None:
        return PlannedDecision(decision, entry.at)
    check = binder.check(decision.void_if, entry.find(("void_if",))[0])
    resolved = decision.model_copy(update={"void_if": check.expectation})
    return PlannedDecision(resolved, entry.at, check)
