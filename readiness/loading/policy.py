"""A launch under the policy of another state of itself: its evidence and candidate, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.loading.build import build
from readiness.loading.checklists import Loaded, load_checklists
from readiness.loading.files import Home, read_yaml
from readiness.model.checklist import TEXT_UNIT
from readiness.model.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Collection

    from readiness.strict_yaml import Node

_FILES = ("path", "previous")  # of a binding: where the files are; the rest is how they are read


def launch_under(policy: Home, tree: Node) -> tuple[Node, Loaded]:
    """Return a launch as its policy has it, with the tree's evidence, and the policy's checklists.

    Raises:
        InputError: the policy is wrong.
        IncompleteError: it cannot be read.
    """
    node, _ = read_yaml(policy.file, policy.file.name)
    build(Launch, node)
    names = node.get("checklists")
    assert names is not None  # the model requires it  # noqa: S101
    loaded = load_checklists(names, policy)
    words = {name for name, spec in loaded.parameters.items() if spec.unit == TEXT_UNIT}
    return judged_by(node, tree, loaded.slots, words), loaded


def judged_by(
    policy: Node, tree: Node, slots: Collection[str], words: Collection[str] = ()
) -> Node:
    """Lay the evidence and the candidate of a tree into the launch that it is judged by.

    Where a slot's files are is the tree's to say; how they are read is not. A slot that the policy
    binds stays bound, and one that only the tree binds is taken if the policy's items ask for it.
    Parameters that are words (the id of a prompt, a digest) say what the candidate is. What the
    launch changes and which locales it serves are those of both, so that no item falls away.
    """
    content = dict(policy.content)
    content["candidate"] = tree.content["candidate"]
    content.pop("report", None)
    if "report" in tree.content:
        content["report"] = tree.content["report"]
    for name in ("changes", "locales"):
        if name in tree.content:
            content[name] = _union(policy.get(name), *tree.content[name])
    content |= _parameters(policy, tree, words)
    theirs, ours = policy.get("evidence"), tree.get("evidence")
    if ours is None:
        return policy.with_content(content)
    bound = dict(theirs.content) if theirs is not None else {}
    for slot, (key, mine) in ours.content.items():
        if slot in bound:
            bound[slot] = (bound[slot][0], _files_of(bound[slot][1], mine))
        elif slot in slots:
            bound[slot] = (key, mine)
    content["evidence"] = (tree.content["evidence"][0], ours.with_content(bound))
    return policy.with_content(content)


def _union(theirs: Node | None, key: Node, mine: Node) -> tuple[Node, Node]:
    """Return a list with what both say, each once."""
    if not isinstance(mine.content, list) or (theirs and not isinstance(theirs.content, list)):
        return key, mine
    before = list(theirs.content) if theirs else []
    said = {str(node.content) for node in before}
    more = [node for node in mine.content if str(node.content) not in said]
    return key, mine.with_content([*before, *more])


def _parameters(policy: Node, tree: Node, words: Collection[str]) -> dict[str, tuple[Node, Node]]:
    """Return the policy's parameters with those of the tree that are words."""
    theirs, ours = policy.get("parameters"), tree.get("parameters")
    if ours is None or not isinstance(ours.content, dict):
        return {}
    kept = dict(theirs.content) if theirs is not None else {}
    mine = {name: pair for name, pair in ours.content.items() if name in words}
    return {"parameters": (tree.content["parameters"][0], ours.with_content({**kept, **mine}))}


def _files_of(theirs: Node, mine: Node) -> Node:
    """Return a binding with the files of one and the way of reading of another."""
    if not isinstance(theirs.content, dict):
        if not isinstance(mine.content, dict):
            return mine
        return mine.with_content({k: v for k, v in mine.content.items() if k in _FILES})
    files = mine.content if isinstance(mine.content, dict) else {"path": (mine, mine)}
    kept = {key: pair for key, pair in theirs.content.items() if key not in _FILES}
    return theirs.with_content({**kept, **{k: v for k, v in files.items() if k in _FILES}})
