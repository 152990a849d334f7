"""YAML as tools write it, to nodes that know their place: several documents, anchors, merge keys.

What `strict_yaml` refuses in files of our own is read here: aliases and merge keys (YAML 1.1),
directives, tags and many documents. Duplicate keys stay an error, dates and `yes` stay text, and
size, depth and the number of values are bounded with every alias written out, so that a few lines
cannot stand for millions of values.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from readiness.errors import Diagnostic, InputError, Location
from readiness.strict_yaml import BREAK, Builder, Document, Node
from readiness.yaml_scalars import plain

MAX_CHARACTERS = 8_000_000
MAX_DEPTH = 100
MAX_NODES = 500_000
_CORE = "tag:yaml.org,2002:"
_CONTAINERS = {_CORE + name for name in ("map", "seq", "set", "omap", "pairs")}


def parse_documents(
    text: str, path: str, depth: int = MAX_DEPTH, nodes: int = MAX_NODES
) -> list[Node]:
    """Parse every document of a YAML text; empty ones are left out.

    Args:
        text: the content, decoded, without a byte-order mark.
        path: the path for messages.
        depth: most levels.
        nodes: most values, aliases written out; never over 500,000.

    Raises:
        InputError: no YAML, too large, or an alias that leads to nothing or too much.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the file has more than {MAX_CHARACTERS:,} characters"
        raise InputError(Diagnostic("too-large", message, Location(path, 1, 1), "split it"))
    builder = _Lenient(Document(path, BREAK.split(text), []))
    builder.depth, builder.most = depth, min(nodes, MAX_NODES)
    builder.build(text)
    return [root for root in builder.roots if root.content is not None]


class _Anchor(NamedTuple):
    """A complete value that aliases may name: how many nodes and levels it has, written out."""

    node: Node
    nodes: int
    height: int


class _Lenient(Builder):
    """Turns the events of a stream into nodes."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.roots: list[Node] = []
        self.anchors: dict[str, _Anchor] = {}
        self.opened: list[tuple[str | None, int]] = []  # of each container: anchor, nodes before
        self.heights: list[int] = []
        self.anchor: str | None = None

    def _document(self, event: Any, documents: int) -> None:  # noqa: ARG002
        self.anchors = {}

    def _refuse_extras(self, event: Any) -> None:
        self.anchor = event.anchor

    def _scalar(self, event: Any) -> Node:
        start, end, content = event.start_mark, event.end_mark, event.value
        if event.tag is not None:
            content = _tagged(event.tag, content)
        elif not event.style:
            parent, key = self.stack[-1] if self.stack else (None, None)
            if parent is None or key is not None or type(parent.content) is list:
                content = plain(content)  # a key stays as it is written
        width = max(1, end.column - start.column) if end.line == start.line else 1
        node = Node(self.document, start, content, width)
        if self.anchor is not None:
            self.anchors[self.anchor] = _Anchor(node, 1, 0)
        return node

    def _open(self, event: Any, content: Any) -> None:
        if event.tag is not None and event.tag != "!" and event.tag not in _CONTAINERS:
            raise self._refused(
                event, "tag", f"the tag `{event.tag[:40]}` is not known", "remove it"
            )
        self.opened.append((self.anchor, self.nodes))
        self.heights.append(0)
        super()._open(event, content)

    def _close(self, node: Node) -> None:
        if isinstance(node.content, dict) and "<<" in node.content:
            _merge(node.content)
        anchor, before = self.opened.pop()
        height = self.heights.pop() + 1
        self._rise(height)
        if anchor is not None:
            self.anchors[anchor] = _Anchor(node, self.nodes - before, height)

    def _alias(self, event: Any) -> None:
        found = self.anchors.get(event.anchor)
        if found is None:
            message = f"`*{event.anchor[:40]}` names no anchor that is complete"
            raise self._refused(event, "alias", message, "write it out")
        if len(self.stack) + found.height > self.depth:
            raise self._refused(event, "too-deep", "aliases nest too deeply", "write it out")
        self.nodes += found.nodes - 1
        self._rise(found.height)
        self._add(found.node)

    def _rise(self, height: int) -> None:
        if self.heights:
            self.heights[-1] = max(self.heights[-1], height)

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.roots.append(node)
        super()._add(node)

    def _check_key(self, parent: Node, key: Node) -> None:
        if key.content != "<<" or "<<" in parent.content:
            super()._check_key(parent, key)


def _tagged(tag: str, text: str) -> Any:
    """Return a scalar with a tag: a text, by the core schema, or with the tag left before it."""
    if tag == "!":
        return text
    if not tag.startswith(_CORE):
        return f"{tag} {text}"  # `!Sub …`: what it will be is not known here
    return plain(text) if tag[len(_CORE) :] in ("int", "float", "bool", "null") else text


def _merge(content: dict[str, tuple[Node, Node]]) -> None:
    """Put the pairs of a merge key in; what stands there itself, and what comes first, wins."""
    key, value = content.pop("<<")
    sources = value.content if isinstance(value.content, list) else [value]
    for source in sources:
        if not isinstance(source.content, dict):
            hint = "write `<<: *anchor` of a mapping"
            raise InputError(key.error("merge-key", "`<<` takes a mapping", hint))
        for name, pair in source.content.items():
            content.setdefault(name, pair)
