"""Kubernetes manifests to resources: every document, and every item of a `List`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import read_documents
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from readiness.evidence.documents import Part
    from readiness.evidence.reader import Source


class Resource(NamedTuple):
    """One resource.

    Attributes:
        group: its API group, `networking.istio.io`; empty for the core group.
        kind: `VirtualService`.
        name: of its metadata.
        part: the whole of it.
    """

    group: str
    kind: str
    name: str
    part: Part

    @property
    def spec(self) -> Part:
        """What it asks for."""
        return self.part["spec"]


def resources(source: Source) -> list[Resource]:
    """Return the resources of a manifest, in order; documents of another kind are left out.

    Raises:
        Unreadable: neither YAML nor JSON, empty, or a template as a whole.
    """
    return [found for document in read_documents(source) for found in _resources(document)]


def _resources(part: Part) -> Iterator[Resource]:
    if not isinstance(part.value, dict):
        return
    kind, version = part["kind"].text, part["apiVersion"].text
    if kind.endswith("List") and part["items"]:
        for item in part["items"].list():
            yield from _resources(item)
    elif kind and version:
        group = version.rpartition("/")[0]
        yield Resource(group, kind, part.get("metadata", "name").text, part)


def marks(group: bytes, kinds: bytes) -> Callable[[bytes], bool]:
    """Return what tells whether there is a resource of an API group, with one of the kinds near it.

    Args:
        group: the group as a regular expression.
        kinds: the kinds, as alternatives of one.
    """
    version = rb"[\"']?apiVersion[\"']?\s*:\s*[\"']?(?:" + group + rb")/"
    kind = rb"[\"']?kind[\"']?\s*:\s*[\"']?(?:" + kinds + rb")\b"
    near = pattern(
        rb"(?:%b)[^\n]{1,40}\n[ \t]*%b|%b[^\n]{0,9}\n[ \t]*%b" % (version, kind, kind, version)
    )
    return lambda head: b"apiVersion" in head and near.search(head) is not None
