"""JSON and YAML configuration to parts that know their place, whatever tool wrote the file.

YAML is read as tools write it (several documents, anchors, merge keys). A template that is not
filled in (Helm, Jinja, Go) is told as such, and never read for what its placeholders leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.errors import InputError, Location
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument, escape
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Step = str | int
_BRACES = pattern(r"\{\{|\{%|<%")
_RENDER = "render it first (`helm template`, `envsubst` or the like) and give the result"
_FOLD = str.maketrans("", "", "-_")


class Tree(NamedTuple):
    """A parsed document: its content, and the place of what stands at, or nearest to, a path."""

    value: Any
    at: Callable[[tuple[Step, ...]], Location]
    fold: bool


class Part:
    """What stands at a path of a document, or that nothing does.

    Attributes:
        value: the plain value; None where there is none, or null.
        steps: the keys and indexes that lead to it, as they are written.
    """

    __slots__ = ("_tree", "steps", "value")

    def __init__(self, tree: Tree, steps: tuple[Step, ...], value: Any) -> None:
        self._tree = tree
        self.steps = steps
        self.value = value

    def __bool__(self) -> bool:
        return self.value is not None

    def __getitem__(self, step: Step) -> Part:
        """Return the value of a key or index; a part without a value where there is none.

        Raises:
            Unreadable: two spellings of the key stand beside each other.
        """
        value, found = self.value, step
        if isinstance(value, dict):
            if self._tree.fold and isinstance(step, str):
                found = self._spelled(step)
            return Part(self._tree, (*self.steps, found), value.get(found))
        if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            return Part(self._tree, (*self.steps, step), value[step])
        return Part(self._tree, (*self.steps, step), None)

    def _spelled(self, step: str) -> str:
        wanted = folded(step)
        spellings = [key for key in self.value if folded(key) == wanted]
        if len(spellings) > 1:
            message = f"`{spellings[0]}` and `{spellings[1]}` are the same setting"
            at = self._tree.at((*self.steps, spellings[1]))
            raise Unreadable("duplicate-key", message, at, "keep one of them")
        return spellings[0] if spellings else step

    def get(self, *steps: Step) -> Part:
        """Return the part at a path below this one."""
        part = self
        for step in steps:
            part = part[step]
        return part

    def first(self, *names: str) -> Part:
        """Return the first of some keys that has a value, else the first."""
        return next((part for name in names if (part := self[name])), self[names[0]])

    def inside(self, name: str, value: Any) -> Part:
        """Return a value that is written within this one, as in `name=value,name=value`."""
        return Part(self._tree, (*self.steps, name), value)

    @property
    def at(self) -> Location:
        """Where it stands; for what is absent, where the nearest thing around it does."""
        return self._tree.at(self.steps)

    @property
    def name(self) -> str:
        """The last key or index."""
        return str(self.steps[-1]) if self.steps else ""

    @property
    def text(self) -> str:
        """The value where it is a text or number, else an empty text."""
        if isinstance(self.value, str):
            return self.value
        plain = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        return str(getattr(self.value, "written", self.value)) if plain else ""

    def items(self) -> Iterator[tuple[str, Part]]:
        """Yield the pairs of a mapping; none where there is nothing.

        Raises:
            Unreadable: it is something else.
        """
        if self.value is not None and not isinstance(self.value, dict):
            raise self.malformed("a mapping")
        for key, value in (self.value or {}).items():
            yield key, Part(self._tree, (*self.steps, key), value)

    def list(self) -> Iterator[Part]:
        """Yield the entries of a list; none where there is nothing.

        Raises:
            Unreadable: it is something else.
        """
        if self.value is not None and not isinstance(self.value, list):
            raise self.malformed("a list")
        for index, value in enumerate(self.value or ()):
            yield Part(self._tree, (*self.steps, index), value)

    def malformed(self, wanted: str) -> Unreadable:
        """Return the refusal of a value of the wrong type."""
        shown = f"`{self.name}` is no {wanted.removeprefix('a ').removeprefix('an ')}"
        if isinstance(self.value, str) and is_template(self.value):
            message = f"`{self.name}` is a placeholder: this is a template"
            return Unreadable("template", message, self.at, _RENDER)
        return Unreadable("malformed", shown, self.at, "was the file edited, or cut off?")


def folded(key: str) -> str:
    """Return a key without its spelling: maxAttempts, max-attempts and max_attempts are one."""
    return key.translate(_FOLD).lower()


_PLACEHOLDER = pattern(
    r"\$\{|\{\{|\$\(|\{%|<%|#\{|\$[A-Za-z_]|os\.environ/|![A-Za-z]|%[A-Za-z_]+%|__[A-Z_]+__"
)


def is_template(text: str) -> bool:
    """Tell whether a text stands for what something else will put in its place."""
    return _PLACEHOLDER.search(text) is not None


def read_documents(source: Source, *, fold: bool = False) -> list[Part]:
    """Parse a JSON or YAML file, whichever it is; a list of one for JSON.

    Args:
        source: the file.
        fold: whether keys are found in any spelling (snake, camel and kebab case).

    Raises:
        Unreadable: neither, empty, a template, or too large or deep.
    """
    text = source.text
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the export finish?")
    if text.lstrip()[:1] in ("{", "[") and not text.lstrip().startswith("{{"):
        return [_json(source, fold)]
    return _yaml(source, text, fold)


def _json(source: Source, fold: bool) -> Part:
    try:
        document = JsonDocument(source)
    except Unreadable as error:
        raise _template(source, error.problem.at.line) or error from None

    def at(steps: tuple[Step, ...]) -> Location:
        for end in range(len(steps), 0, -1):
            place = document.at(*steps[:end])
            if place.line:
                return place
        return document.at()

    return Part(Tree(document.value, at, fold), (), document.value)


def _yaml(source: Source, text: str, fold: bool) -> list[Part]:
    from readiness.lenient_yaml import parse_documents  # noqa: PLC0415 - imports yaml

    try:
        roots = parse_documents(text, source.path, source.limits.depth, source.limits.nodes)
    except InputError as error:
        found = error.diagnostics[0]
        template = _template(source, found.at.line)
        raise template or Unreadable(
            found.code, found.message, found.at, found.help or "was the file cut off?"
        ) from None
    if not roots:
        raise Unreadable("empty", "the file holds no value", source.at(1), "was it cut off?")
    parts = []
    for root in roots:

        def at(steps: tuple[Step, ...], root: Any = root) -> Location:
            node, there = root.find(steps)
            end = len(steps)
            while not there:
                end -= 1
                node, there = root.find(steps[:end])
            pointer = "".join(f"/{escape(str(step))}" for step in steps[:end])
            return source.at(node.line, node.column, pointer)

        value = root.data()
        parts.append(Part(Tree(value, at, fold), (), value))
    return parts


def _template(source: Source, line: int) -> Unreadable | None:
    """Return that a file which does not parse is a template, if it holds the braces of one."""
    found = _BRACES.search(source.text)
    if found is None:
        return None
    first = source.text.count("\n", 0, found.start()) + 1
    message = f"a template: line {first} holds a placeholder that is not filled in"
    return Unreadable("template", message, source.at(first or line), _RENDER)
