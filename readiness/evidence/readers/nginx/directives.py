"""nginx's directives with inheritance: what a location does not say, its server or http says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

_DEEPEST = 40
_TEMPLATE = pattern(r"\{\{-?\s*[.$\w]|\{%|<%")
_MISSING = "pip install 'readiness[nginx]' (or crossplane) where the review is decided"


class Directive(NamedTuple):
    """One directive: its name, line, arguments, and what its block holds."""

    name: str
    line: int
    args: tuple[str, ...]
    block: tuple[Directive, ...]

    def all(self, name: str) -> list[Directive]:
        """Return the directives of a name directly inside."""
        return [inner for inner in self.block if inner.name == name]


class Scope(NamedTuple):
    """A block and those around it, the innermost first."""

    blocks: tuple[Directive, ...]

    def find(self, name: str) -> Directive | None:
        """Return a directive where it is given first, from the inside out."""
        return next((found[0] for block in self.blocks if (found := block.all(name))), None)

    def every(self, name: str) -> list[Directive]:
        """Return all of a name from the innermost block that has any: they are not added up."""
        return next((found for block in self.blocks if (found := block.all(name))), [])


def parse(source: Source) -> Directive:
    """Parse a configuration; `include` is not followed.

    Raises:
        Unreadable: not nginx's syntax, or crossplane is not installed.
    """
    try:
        import crossplane  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
    except ImportError:
        message = "reading nginx's configuration needs the library crossplane"
        raise Unreadable("missing-library", message, source.at(), _MISSING) from None
    text = source.text
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "was it cut off?")
    template = _TEMPLATE.search(text)
    if template and "_by_lua" not in text:  # where `{{` may be a table in a table
        line = text.count("\n", 0, template.start()) + 1
        message = f"a template: line {line} holds a placeholder that is not filled in"
        raise Unreadable("template", message, source.at(line), "render it, and give the result")
    _check_depth(source, text)
    try:
        payload = _payload(crossplane, text)
        if not payload["errors"]:
            return Directive("", 1, (), _tree(payload["config"][0]["parsed"]))
    except RecursionError:  # what crossplane takes for a block it does not bound
        message, hint = "blocks are nested too deeply", "is it another kind of file?"
        raise Unreadable("too-deep", message, source.at(), hint) from None
    error = payload["errors"][0]
    shown = re.sub(r" in \S+?(?::[0-9]+)?$", "", str(error["error"]))
    line = int(error.get("line") or 0)
    hint = "`nginx -t` shows more; was the file cut off?"
    raise Unreadable("syntax", f"not nginx's syntax: {shown[:80]}", source.at(line), hint)


def _payload(crossplane: Any, text: str) -> dict[str, Any]:
    import tempfile  # noqa: PLC0415 - costs start-up time

    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        payload: dict[str, Any] = crossplane.parse(
            file.name, single=True, check_ctx=False, check_args=False, catch_errors=True
        )
    return payload


def _check_depth(source: Source, text: str) -> None:
    """Refuse blocks nested deeper than any configuration, before they are parsed."""
    depth = 0
    for brace in re.finditer(r"[{}]", text):
        depth += 1 if brace.group() == "{" else -1
        if depth > _DEEPEST:
            hint = "is it another kind of file?"
            raise Unreadable("too-deep", "blocks are nested too deeply", source.at(), hint)


def _tree(parsed: list[dict[str, Any]]) -> tuple[Directive, ...]:
    return tuple(
        Directive(d["directive"], d["line"], tuple(d["args"]), _tree(d.get("block") or []))
        for d in parsed
    )


def locations(root: Directive) -> Iterator[tuple[str, Scope]]:
    """Yield the locations of every server with their scopes, nested ones and bare servers too."""
    for http in root.all("http") or [root]:
        for server in http.all("server"):
            names = server.all("server_name")
            host = names[0].args[0] if names and names[0].args else ""
            yield host, Scope((server, http))
            yield from _inner(host, server, (server, http))


def _inner(
    host: str, block: Directive, around: tuple[Directive, ...]
) -> Iterator[tuple[str, Scope]]:
    for location in block.all("location"):
        yield f"{host} {' '.join(location.args)}".strip(), Scope((location, *around))
        yield from _inner(host, location, (location, *around))


def place(source: Source, directive: Directive) -> Location:
    """Return where a directive stands."""
    return source.at(directive.line, 0, f"/{directive.name}")
