"""Fields of a contract to facts: how many, which must be there, and each with its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric
from readiness.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.evidence.contract import Field, Steps

Labels = tuple[tuple[str, str], ...]


def contract_facts(
    fields: Sequence[Field], at: Callable[[Steps], Location], names: Labels = ()
) -> Iterator[Fact]:
    """Yield the facts of one schema; the fields are those of `contract.fields`.

    Args:
        fields: the schema itself first, then what is below it.
        at: from steps to a place.
        names: labels of all facts.
    """
    root, below = fields[0], fields[1:]
    place = at(root.steps)
    must = sum(field.required for field in below)
    yield Fact("contract.fields", len(below), "", place, names, origin="derived")
    yield Fact("contract.required", must, "", place, names, origin="derived")
    if root.closed is not None:
        yield Fact("contract.closed", root.closed, "", place, names)
    for field in fields:
        labels = tuple(sorted((*names, ("field", field.path))))
        here = at(field.steps)
        yield Fact("field.type", field.types, "", here, labels)
        yield Fact("field.required", field.required, "", here, labels)
        if field.enum:
            yield Fact("field.enum", field.enum, "", here, labels)
        if field.limits:
            yield Fact("field.limits", field.limits, "", here, labels)
        if field.closed is not None:
            yield Fact("field.closed", field.closed, "", here, labels)


def accepts_nothing(fields: Sequence[Field]) -> bool:
    """Tell whether an empty object, or anything at all, satisfies a schema."""
    root = fields[0]
    if root.enum or root.limits:
        return False
    inside = [f for f in fields[1:] if f.path.count("/") == 1]
    named = [f for f in inside if "<" in f.path or f.path == "/[]"]
    kinds = set(root.types.split("|"))
    return kinds <= {"any", "object", "null"} and not named and not any(f.required for f in inside)


def contract_metrics(names: tuple[str, ...] = ()) -> tuple[Metric, ...]:
    """Return the metrics of `contract_facts`, with the labels of all of them."""
    by = ("field", *names)
    return (
        Metric("contract.fields", "", "fields at any depth", names),
        Metric("contract.required", "", "fields that must be there", names),
        Metric("contract.closed", "", "whether unknown keys of the whole are refused", names),
        Metric("field.type", "", "JSON types of a field, `any` without", by),
        Metric("field.required", "", "whether it must be there", by),
        Metric("field.enum", "", "values it may have, as sorted JSON", by),
        Metric("field.limits", "", "other rules, as sorted JSON", by),
        Metric("field.closed", "", "whether unknown keys in it are refused", by),
    )
