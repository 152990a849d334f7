"""The endpoint of a run whose tool names the one address that it asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.model.fact import Fact

SHOWN = "`endpoint` is the path of the URL, without its query."
_ADDRESS = pattern(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_OF_ENDPOINT = pattern(
    r"(?:steady\.)?(?:requests|failures(?:\..+)?|errors|rate|throughput|min|mean|max|p[0-9.]+)"
)
_END = pattern(r"[?#;]")
_LONGEST = 200


def path_of(url: object) -> str:
    """Return the path of an address: what may hold a secret, user and query, is left out.

    Empty for what is no text, or for a host alone without a scheme.
    """
    if not isinstance(url, str):
        return ""
    address = _ADDRESS.match(url)
    rest = url[address.end() :] if address else url
    slash, path = "/" if address or "/" in rest else "", _END.split(rest, 1)[0]
    return f"{slash}{path.partition('/')[2]}"[:_LONGEST]


def by_endpoint(facts: Iterable[Fact], endpoints: Sequence[str]) -> list[Fact]:
    """Return facts with the endpoint of their run.

    Of several runs each fact gets it beside its label `run`. The facts of the only run are those of
    the whole, and stay: what an endpoint has is there once more under its name, as samples of one
    endpoint give it.

    Args:
        facts: of all runs.
        endpoints: of each run by its number; empty where the tool names none.
    """
    whole: list[Fact] = []
    named: list[Fact] = []
    for fact in facts:
        run = dict(fact.labels).get("run")
        endpoint = endpoints[int(run or 1) - 1] if endpoints else ""
        labels = tuple(sorted((*fact.labels, ("endpoint", endpoint))))
        if not (endpoint and run):
            whole.append(fact)
        if endpoint and (run or _OF_ENDPOINT.fullmatch(fact.metric)):
            (whole if run else named).append(fact._replace(labels=labels))
    return [*whole, *named]
