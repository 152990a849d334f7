"""References to limits: an expectation with `launch.peak` goes in, one with its value comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.checklist import TEXT_UNIT, ParameterSpec
from readiness.model.expectation import ORDERINGS, Expectation, Reference, spans
from readiness.model.plan import Check, Place
from readiness.model.quantity import CANONICAL, DIMENSIONS, Quantity, parse, show
from readiness.model.text import and_list, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from fractions import Fraction

    from readiness.errors import Diagnostic
    from readiness.strict_yaml import Node

    Report = Callable[[Diagnostic], None]
    Missing = Callable[[str, ParameterSpec], None]


class Limits:
    """The parameters of a launch, with what checklists say of them; `used` are those referred to.

    Args:
        root: the node of `readiness.yaml`.
        written: the launch's parameters as written.
        specs: the parameters that checklists declare.
        report: takes each mistake.
        missing: takes a declared parameter that is needed and has neither value nor default.
    """

    def __init__(
        self,
        root: Node,
        written: Mapping[str, str],
        specs: Mapping[str, ParameterSpec],
        report: Report,
        missing: Missing,
    ) -> None:
        self._root = root
        self._written = written
        self._specs = specs
        self._report = report
        self._missing = missing
        self.used: set[str] = set()

    def check(self, expectation: Expectation, node: Node) -> Check:
        """Return the expectation with its limit known. A mistake is reported, and stays in it."""
        places = _places(expectation, node)
        limit = expectation.limit
        if not isinstance(limit, Reference):
            return Check(expectation, "", node.at, places)
        place = dict(places)["limit"]
        resolved = self._resolve(limit, place)
        if resolved is None:
            return Check(expectation, "", node.at, places)
        if isinstance(resolved, str) and (expectation.op in ORDERINGS or limit.factor != 1):
            self._report(
                place.error(
                    "unit",
                    f"`launch.{limit.name}` is a text and has no order",
                    "compare it with `is`, `=`, `!=` or `in`",
                )
            )
        text = resolved.text if isinstance(resolved, Quantity) else resolved
        return Check(expectation._replace(limit=resolved), text, node.at, places)

    def known(self, expectation: Expectation, node: Node) -> None:
        """Check only that a reference names a parameter, for an item that does not apply."""
        limit = expectation.limit
        if isinstance(limit, Reference):
            self._declared(limit.name, dict(_places(expectation, node))["limit"])

    def values(self) -> None:
        """Check every written value against its declaration, also of those that nothing uses."""
        for name, text in self._written.items():
            if spec := self._specs.get(name):
                self._value(name, text, spec)

    def _declared(self, name: str, place: Place) -> bool:
        self.used.add(name)
        if name in self._specs or name in self._written:
            return True
        known = [*self._specs, *self._written]
        hint = did_you_mean(name, known) or (
            f"known: {and_list(sorted(known))}" if known else "declare it under `parameters`"
        )
        self._report(
            place.error("unknown-parameter", f"no checklist declares `launch.{name}`", hint)
        )
        return False

    def _resolve(self, reference: Reference, place: Place) -> Quantity | str | None:
        if not self._declared(reference.name, place):
            return None
        spec = self._specs.get(reference.name)
        text = self._written.get(reference.name) or (spec.default if spec else None)
        if text is None:
            if spec is not None:
                self._missing(reference.name, spec)
            return None
        value = self._value(reference.name, text, spec)
        if isinstance(value, Quantity) and reference.factor != 1:
            return value.times(reference.factor, _times(reference.factor, value))
        return value

    def _value(self, name: str, text: str, spec: ParameterSpec | None) -> Quantity | str | None:
        if spec is not None and spec.unit == TEXT_UNIT:
            return text
        node = self._root.find(("parameters", name))[0]
        try:
            value = parse(text)
        except ValueError as error:
            if spec is None and not text[0].isdigit():
                return text
            message, _, hint = str(error).partition("; ")
            self._report(node.error("value", message, hint))
            return None
        if spec and value.dimension != DIMENSIONS[spec.unit]:
            what = "plain number" if value.dimension == "number" else value.dimension
            self._report(
                node.error(
                    "unit",
                    f"`{name}` needs a unit like `{spec.unit}`, and `{text}` is a {what}",
                    f"{name}: {spec.meaning}",
                )
            )
            return None
        if value.value < 0 or (value.value == 0 and value.dimension not in ("number", "ratio")):
            hint = f"{name}: {spec.meaning}" if spec else "write what the launch must hold"
            self._report(node.error("value", f"`{text}` demands nothing: it is not above 0", hint))
            return None
        return value


def _places(expectation: Expectation, node: Node) -> tuple[tuple[str, Place], ...]:
    """Return where the parts of an expectation stand, in its text or in its object form."""
    result = []
    for part, (offset, width) in spans(expectation.text).items():
        key = "where" if part == "label" else part
        at = node.get(key)
        diagnostic = at.error("", "") if at else node.error("", "", offset=offset, width=width)
        result.append((part, Place(diagnostic.at, diagnostic.excerpt, diagnostic.width)))
    return tuple(result)


def _times(factor: Fraction, value: Quantity) -> str:
    """Write a multiplied limit with what it came from: `180 1/s (1.5 × 120 rps)`."""
    product = float(factor * value.value)
    return f"{show(product, CANONICAL[value.dimension])} ({float(factor):g} × {value.text})"
