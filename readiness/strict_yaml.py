"""Strict YAML to nodes that know their place: libyaml's events, walked by hand.

The profile is YAML 1.2 core without what hides or repeats things: no anchors, aliases, merge keys,
tags, directives, second documents or duplicate keys, and caps on size, depth and nodes. Everything
is refused on events, before anything is built (PyYAML's CSafeLoader dies on 100,000 `[`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from readiness.errors import Diagnostic, InputError, Location
from readiness.patterns import pattern
from readiness.yaml_scalars import plain
from readiness.yaml_syntax import Mistake, explain, swallowed

MAX_BYTES = 2_000_000
MAX_DEPTH = 32
MAX_NODES = 200_000
BREAK = pattern("\r\n|[\r\n\x85\u2028\u2029]")  # what libyaml takes as the end of a line


class Document(NamedTuple):
    """The text a node came from: its path, its lines for excerpts, lines with an empty value."""

    path: str
    lines: list[str]
    empty: list[int]


class _Mark(NamedTuple):
    line: int  # 0-based, as libyaml counts
    column: int


class Node:
    """A YAML value and where it stands; `content` is a scalar, a list of nodes or a dict of pairs.

    A dict maps each key to (key node, value node), so keys have places too.
    """

    __slots__ = ("column", "content", "document", "line", "width")

    def __init__(self, document: Document, mark: Any, content: Any, width: int = 1) -> None:
        self.document = document
        self.line = mark.line + 1
        self.column = mark.column + 1
        self.content = content
        self.width = width

    def data(self) -> Any:
        """Return the plain value: dicts, lists and scalars."""
        if isinstance(self.content, dict):
            return {key: value.data() for key, (_, value) in self.content.items()}
        if isinstance(self.content, list):
            return [node.data() for node in self.content]
        return self.content

    def with_content(self, content: Any) -> Node:
        """Return a node at the same place with another content."""
        return Node(self.document, _Mark(self.line - 1, self.column - 1), content, self.width)

    def get(self, key: str) -> Node | None:
        """Return the value of a key of a mapping, or None."""
        pair = self.content.get(key) if isinstance(self.content, dict) else None
        return pair[1] if pair else None

    def find(self, path: tuple[int | str, ...], *, key: bool = False) -> tuple[Node, bool]:
        """Return the node at a path, and whether it was there; else the last node on the way.

        With `key`, the node of the last key instead of its value.
        """
        node = self
        for index, step in enumerate(path):
            content = node.content
            if isinstance(content, dict) and step in content:
                last = key and index == len(path) - 1
                node = content[step][0 if last else 1]
            elif isinstance(content, list) and isinstance(step, int) and step < len(content):
                node = content[step]
            else:
                return node, False
        return node, True

    @property
    def at(self) -> Location:
        """Where the node starts."""
        return Location(self.document.path, self.line, self.column)

    def error(
        self,
        code: str,
        message: str,
        help: str = "",
        *,
        offset: int = 0,
        width: int = 0,
    ) -> Diagnostic:
        """Return a diagnostic that points at this node, or `offset` characters into its text.

        A folded text, and one with escapes, is pointed at as a whole.
        """
        lines = self.document.lines
        excerpt = lines[self.line - 1] if 0 < self.line <= len(lines) else ""
        column, width = self._within(excerpt, offset, width)
        at = Location(self.document.path, self.line, column)
        return Diagnostic(code, message, at, help, excerpt, width or self.width)

    def _within(self, excerpt: str, offset: int, width: int) -> tuple[int, int]:
        text, rest = str(getattr(self.content, "written", self.content)), excerpt[self.column - 1 :]
        quoted = rest[:1] in ("'", '"') and rest[1:].startswith(text)
        if not (offset or width) or not (quoted or rest.startswith(text)):
            return self.column, 0
        return self.column + quoted + offset, width


def parse_yaml(data: bytes, path: str) -> Node:
    """Parse one YAML document.

    Args:
        data: the bytes of the file, UTF-8.
        path: the path for messages.

    Raises:
        InputError: not in the profile; says where and how to mend it.
    """
    text = _decode(data, path)
    document = Document(path, BREAK.split(text), [])
    root = Builder(document).build(text)
    if root is None:
        hint = "`readiness init` writes a file to start from"
        raise InputError(Diagnostic("empty", "the file is empty", Location(path, 1, 1), hint))
    return root


def _decode(data: bytes, path: str) -> str:
    def refuse(code: str, message: str, hint: str, line: int = 1) -> InputError:
        return InputError(Diagnostic(code, message, Location(path, line, 1), hint))

    if len(data) > MAX_BYTES:
        raise refuse("too-large", f"the file has more than {MAX_BYTES:,} bytes", "split it")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse("not-utf8", "the file is not UTF-8 text", "save it as UTF-8", line) from None
    if text.startswith("\ufeff"):
        mark = "the file starts with a byte-order mark"
        raise refuse("byte-order-mark", mark, "save it as UTF-8 without BOM")
    return text


class Builder:
    """Turns the events of one document into nodes; `lenient_yaml` relaxes what it refuses."""

    depth = MAX_DEPTH
    most = MAX_NODES

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Node | None = None
        self.nodes = 0
        self.stack: list[tuple[Node, Node | None]] = []  # container, and the key that waits

    def build(self, text: str) -> Node | None:
        """Return the root of a text, or None if it is empty.

        Raises:
            InputError: what is not in the profile.
        """
        documents = 0
        try:
            parser = CParser(text)
            while True:
                event = parser.get_event()
                kind = type(event)
                if kind is yaml.ScalarEvent:
                    self._refuse_extras(event)
                    self._add(self._scalar(event))
                elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                    self._refuse_extras(event)
                    self._open(event, {} if kind is yaml.MappingStartEvent else [])
                elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                    self._close(self.stack.pop()[0])
                elif kind is yaml.AliasEvent:
                    self._alias(event)
                elif kind is yaml.DocumentStartEvent:
                    documents += 1
                    self._document(event, documents)
                elif event is None or kind is yaml.StreamEndEvent:
                    return self.root
        except yaml.MarkedYAMLError as error:
            context, mark = error.context_mark, error.problem_mark or error.context_mark
            place = (mark.line, mark.column) if mark else (0, 0)
            found = explain(
                self.document.lines,
                str(error.problem),
                place,
                (context.line, context.column) if context else None,
            )
            raise self._told("syntax", found) from None
        except yaml.reader.ReaderError as error:
            before = BREAK.split(text.encode()[: error.position].decode(errors="ignore"))
            message = f"the character U+{error.character:04X} is not allowed in YAML"
            found = Mistake(len(before) - 1, len(before[-1]), message, "remove it")
            raise self._told("character", found) from None

    def _alias(self, event: Any) -> None:
        raise self._refused(event, "alias", "aliases are not allowed", "write it out")

    def _close(self, node: Node) -> None:
        """Take note that a mapping or list is complete."""

    def _document(self, event: Any, documents: int) -> None:
        if documents > 1:
            message, hint = "a second document starts here", "one file holds one document"
            raise self._refused(event, "documents", message, hint)
        if event.version or event.tags:
            raise self._refused(event, "directive", "directives are not allowed", "remove `%…`")

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            raise self._refused(event, "anchor", "anchors are not allowed", "write it out")
        if event.tag is not None:
            raise self._refused(event, "tag", "tags are not allowed", f"remove `{event.tag}`")

    def _scalar(self, event: Any) -> Node:
        start, end, content = event.start_mark, event.end_mark, event.value
        if not event.style:
            parent, key = self.stack[-1] if self.stack else (None, None)
            if parent is None or key is not None or type(parent.content) is list:
                content = plain(content)  # a key stays as it is written
                if content is None:
                    self.document.empty.append(start.line + 1)
            if end.line != start.line:
                last = end.line + (end.column > 0)
                if found := swallowed(self.document.lines, start.line + 1, last):
                    raise self._told("indentation", found)
        width = max(1, end.column - start.column) if end.line == start.line else 1
        return Node(self.document, start, content, width)

    def _open(self, event: Any, content: Any) -> None:
        node = Node(self.document, event.start_mark, content)
        self._add(node)
        self.stack.append((node, None))
        if len(self.stack) > self.depth:
            raise self._refused(
                event,
                "too-deep",
                "the file is nested too deeply",
                f"at most {self.depth} levels are read",
            )

    def _add(self, node: Node) -> None:
        self.nodes += 1
        if self.nodes > self.most:
            raise InputError(
                node.error(
                    "too-many", "the file has too many values", f"at most {self.most:,} are read"
                )
            )
        if not self.stack:
            self.root = node
            return
        parent, key = self.stack[-1]
        if isinstance(parent.content, list):
            parent.content.append(node)
        elif key is None:
            self._check_key(parent, node)
            self.stack[-1] = (parent, node)
        else:
            parent.content[key.content] = (key, node)
            self.stack[-1] = (parent, None)

    def _check_key(self, parent: Node, key: Node) -> None:
        content = key.content
        if isinstance(content, (dict, list)):
            raise InputError(key.error("key", "a key is one word", "quote it if it has a `{`"))
        if not content:
            raise InputError(key.error("key", "a key is empty", "write `key: value`"))
        if content == "<<":
            raise InputError(key.error("merge-key", "merge keys are not allowed", "write it out"))
        if content in parent.content:
            first = parent.content[content][0].line
            raise InputError(
                key.error(
                    "duplicate-key",
                    f"the key `{content[:80]}` is given twice; the first is in line {first}",
                    "keep one of them",
                )
            )

    def _refused(self, event: Any, code: str, message: str, hint: str) -> InputError:
        return InputError(Node(self.document, event.start_mark, None).error(code, message, hint))

    def _told(self, code: str, found: Mistake) -> InputError:
        return InputError(Node(self.document, found, None).error(code, found.message, found.help))
