"""Settings of a configuration file to facts; absent, off and unreadable are three states.

Absent: the tool's documented default, if given, becomes a fact of origin `tool-default`. Off: a
limit that 0 switches off is the text `off`, so that no `timeout <= 2 s` holds for what is endless.
Unreadable: a placeholder is a warning and no fact, and neither is a default, for something was set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from readiness.evidence.documents import is_template
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Reading, Unreadable
from readiness.model.fact import Fact, Problem, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.errors import Location
    from readiness.evidence.documents import Part

Labels = tuple[tuple[str, str], ...]
Origin = Literal["file", "tool-default", "derived"]
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_OF_NUMBERS = set("0123456789.+-eE")
_FILLED = "give the file with its placeholders filled in"


def labels(**names: str | None) -> Labels:
    """Return labels, sorted, without those that are empty."""
    return tuple(sorted((name, value) for name, value in names.items() if value))


class Settings:
    """The facts and problems of one file while it is read."""

    def __init__(self) -> None:
        self._facts: dict[tuple[str, Labels, Value], Fact] = {}
        self.problems: list[Problem] = []

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts so far."""
        return tuple(self._facts.values())

    def put(
        self,
        metric: str,
        value: Value,
        unit: str,
        at: Location,
        names: Labels = (),
        origin: Origin = "file",
    ) -> None:
        """Add a fact; what was said already with the same labels is not said twice."""
        found = float(value) if is_number(value) else value
        fact = Fact(metric, found, unit, at, names, None, origin)
        self._facts.setdefault((metric, names, found), fact)

    def warn(self, code: str, message: str, at: Location, help: str = "") -> None:
        """Add a warning."""
        self.problems.append(Problem("warning", code, message, at, help))

    def wrong(self, code: str, message: str, at: Location, help: str) -> None:
        """Add what makes the file invalid."""
        self.problems.append(Problem("invalid", code, message, at, help))

    def time(
        self,
        metric: str,
        part: Part,
        parse: Callable[[object], float | None],
        names: Labels = (),
        default: float | None = None,
        *,
        off: bool = False,
    ) -> float | None:
        """Add a time; return its ms, the default's, or None where there is none.

        Args:
            metric: the name of the fact.
            part: the setting.
            parse: from its plain value to ms, None where it is no time.
            names: labels of the fact.
            default: ms in force where the setting is absent; None if not documented.
            off: whether 0 means that there is no limit: the fact is the text `off`.
        """
        return self._given(metric, part, parse, ("a time", "ms"), names, default, off=off)

    def number(
        self,
        metric: str,
        part: Part,
        names: Labels = (),
        default: float | None = None,
        *,
        add: float = 0,
        scale: float = 1,
        unit: str = "",
        off: bool = False,
    ) -> float | None:
        """Add a number as `value * scale + add`; return that, the default, or None.

        The default is given as the fact's value: nothing is added to it. With `off`, 0 means that
        there is no limit.
        """

        def parse(value: object) -> float | None:
            found = to_number(value)
            if found is None or found < 0 or (unit == "ratio" and found * scale > 1):
                return None
            return round(found * scale + add, 12)

        what = "a share" if unit == "ratio" else "a number of 0 or more"
        return self._given(metric, part, parse, (what, unit), names, default, off=off)

    def truth(
        self, metric: str, part: Part, names: Labels = (), *, default: bool | None = None
    ) -> bool | None:
        """Add a truth value; return it, the default, or None."""
        if not part:
            if default is not None:
                self.put(metric, default, "", part.at, names, "tool-default")
            return default
        found = part.value
        if isinstance(found, str):
            found = _TRUTHS.get(found.lower(), found)
        if isinstance(found, bool):
            self.put(metric, found, "", part.at, names)
            return found
        self._refuse(part, "true or false")
        return None

    def text(self, metric: str, part: Part, names: Labels = ()) -> str:
        """Add a text, or a list of texts joined by commas; return it."""
        value = part.value
        if isinstance(value, list):
            value = ", ".join(entry.text for entry in part.list())
        elif not isinstance(value, bool):
            value = part.text
        if not isinstance(value, str) or not value:
            if part:
                self._refuse(part, "a text")
            return ""
        if is_template(value):
            self._refuse(part, "a text")
            return ""
        self.put(metric, value[:500], "", part.at, names)
        return value

    def reading(self, at: Location, nothing: str, *, defaults: bool = False) -> Reading:
        """Return what was found; a file that sets nothing proves nothing.

        Args:
            at: where to say so.
            nothing: how to say so.
            defaults: whether the defaults of the tool are worth knowing alone.
        """
        told = self.facts if defaults else [f for f in self.facts if f.origin != "tool-default"]
        if not told and all(problem.kind == "warning" for problem in self.problems):
            help_ = "give the file that sets timeouts, retries, breakers or fallback"
            self.problems.append(Problem("inconclusive", "no-settings", nothing, at, help_))
        return Reading(self.facts, tuple(self.problems))

    def _given(
        self,
        metric: str,
        part: Part,
        parse: Callable[[object], float | None],
        wanted: tuple[str, str],
        names: Labels,
        default: float | None,
        *,
        off: bool,
    ) -> float | None:
        what, unit = wanted
        if not part:
            if default is not None:
                self.put(metric, default, unit, part.at, names, "tool-default")
            return default
        found = parse(part.value)
        if found is None:
            self._refuse(part, what)
            return None
        if off and found == 0:
            self.put(metric, "off", "", part.at, names)
        else:
            self.put(metric, found, unit, part.at, names)
        return found

    def _refuse(self, part: Part, what: str) -> None:
        shown = str(part.value).replace("\n", " ")[:60]
        if isinstance(part.value, str) and is_template(part.value):
            message = f"`{part.name}` is `{shown}`: its value is not known from this file"
            self.warn("template", message, part.at, _FILLED)
        else:
            message = f"`{part.name}` is `{shown}`, not {what}"
            self.wrong("number", message, part.at, "write it as the tool documents it")


def to_number(value: object) -> float | None:
    """Return a number, also one written as a text or wrapped as protobuf does; None if it is none.

    A wrapped number is `{value: 10}` (google.protobuf.UInt32Value and its like).
    """
    if isinstance(value, dict) and set(value) == {"value"}:
        value = value["value"]
    if isinstance(value, str) and not set(value) - _OF_NUMBERS:
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if is_number(value) else None


def wrong_kind(message: str, at: Location, help: str) -> Unreadable:
    """Return the refusal of a file that is of another kind."""
    return Unreadable("wrong-kind", message, at, help)
