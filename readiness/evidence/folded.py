"""JSON documents of any size whose long lists are folded into little, element by element.

A plan says where the lists are: members of an object by their names, elements of a list that is
kept by a list of one plan, and a list that is folded by the class of its `Fold`. What the plan does
not name is kept as it is. A file that is held gives the same folds, from the parsed document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from readiness.evidence.json_text import Text
from readiness.evidence.reader import Unreadable
from readiness.evidence.structured import JsonDocument

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from readiness.errors import Location
    from readiness.evidence.reader import Source

Step = str | int


class Fold:
    """Takes the elements of a list, and stands where the list stood.

    The first element that is refused ends it; `check` tells. So a list that nobody needs refuses no
    file.

    Attributes:
        key: the name of the list.
        beside: the members before it of the object that it is in.
        total: how many elements there are.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        self._document, self._steps = document, steps
        self.key = str(steps[-1]) if steps else ""
        self.beside = beside
        self.total = 0
        self._refused: Unreadable | None = None

    def __len__(self) -> int:
        return self.total

    def at(self, *steps: Step) -> Location:
        """Return the place of the list, or of what is in it."""
        return self._document.at(*self._steps, *steps)

    def extend(self, elements: Sequence[Any]) -> None:
        """Take the next elements."""
        for index, element in enumerate(elements, self.total):
            if self._refused is None:
                try:
                    self.take(index, element)
                except Unreadable as error:
                    self._refused = error
        self.total += len(elements)

    def take(self, index: int, element: Any) -> None:
        """Take an element: what each kind of list does.

        Raises:
            Unreadable: it is not what it should be.
        """

    def check(self) -> None:
        """Raise what was wrong with an element.

        Raises:
            Unreadable: something was.
        """
        if self._refused is not None:
            raise self._refused

    def refuse(self, code: str, message: str, *steps: Step) -> NoReturn:
        """Refuse an element, or what is in it."""
        raise Unreadable(code, message, self.at(*steps), "was the file edited, or cut off?")


Plan = type[Fold] | Mapping[str, "Plan"] | list["Plan"]


def fold(document: JsonDocument, plan: Plan) -> JsonDocument:
    """Fold the lists of a document that is held."""
    document.value = _held(document.value, plan, document, (), {})
    return document


def read_folded(
    source: Source, plan: Plan, *, infinite: Collection[str] = ()
) -> Iterator[tuple[int, JsonDocument]]:
    """Yield the documents of a streamed file with their lines.

    Args:
        source: one JSON value, or several.
        plan: which lists are folded.
        infinite: keys that may be a bare `Infinity`, which is read as the text `inf`.

    Raises:
        Unreadable: no strict JSON, cut off, or what is not folded is larger than 64 million
            characters.
    """
    text = Text(source)
    empty = True
    while text.peek():
        document, line = JsonDocument(source), text.line
        document.value = _Reading(text, document, infinite).value(plan, (), {})
        yield line, document
        empty = False
    if empty:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")


def read_one(source: Source, plan: Plan) -> JsonDocument:
    """Return the one document of a file, held or streamed.

    Raises:
        Unreadable: as `read_folded`, or a second value follows.
    """
    if not source.streaming:
        return fold(JsonDocument(source), plan)
    documents = read_folded(source, plan)
    _, document = next(documents)
    for line, _ in documents:
        message, help_ = "not valid JSON: Extra data", "keep each result in a file of its own"
        raise Unreadable("not-json", message, source.at(line), help_)
    return document


def _held(
    value: Any, plan: Plan, document: JsonDocument, steps: tuple[Step, ...], beside: Any
) -> Any:
    if isinstance(plan, list) and isinstance(value, list):
        return [_held(v, plan[0], document, (*steps, i), {}) for i, v in enumerate(value)]
    if isinstance(plan, Mapping) and isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, inner in value.items():
            known = key in plan
            found[key] = _held(inner, plan[key], document, (*steps, key), found) if known else inner
        return found
    if isinstance(plan, type) and isinstance(value, list):
        folded = plan(document, steps, beside)
        folded.extend(value)
        return folded
    return _other(value, plan, document, steps)


def _other(value: Any, plan: Plan | None, document: JsonDocument, steps: tuple[Step, ...]) -> Any:
    """Return a value that has no list to be folded.

    Raises:
        Unreadable: it is a member that should have one: who reads on would take it for none.
    """
    if plan is not None and value is not None and steps and isinstance(steps[-1], str):
        kind = "an object" if isinstance(plan, Mapping) else "a list"
        message = f"`{steps[-1]}` is not {kind}"
        raise Unreadable("wrong-shape", message, document.at(*steps), "was the file edited?")
    return value


class _Reading:
    """Reads one document from a text."""

    def __init__(self, text: Text, document: JsonDocument, infinite: Collection[str]) -> None:
        self._text, self._document, self._infinite = text, document, infinite

    def value(self, plan: Plan | None, steps: tuple[Step, ...], beside: Any) -> Any:
        """Return the value that begins here, its lists folded."""
        text, first = self._text, self._text.peek()
        if isinstance(plan, type) and first == "[":
            folded = plan(self._document, steps, beside)
            for elements in text.batches():
                folded.extend(elements)
            return folded
        if isinstance(plan, list) and first == "[":
            return [self.value(plan[0], (*steps, i), {}) for i in text.elements()]
        if isinstance(plan, Mapping) and first == "{":
            found: dict[str, Any] = {}
            for key in text.members():
                if key in self._infinite and text.infinity():
                    found[key] = "inf"
                else:
                    found[key] = self.value(plan.get(key), (*steps, key), found)
            return found
        return _other(text.value(), plan, self._document, steps)
