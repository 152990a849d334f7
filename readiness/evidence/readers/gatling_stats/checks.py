"""What the statistics of a Gatling run say against themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.model.fact import Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.gatling_stats.document import Node, Stats

_SIDES = ("total", "ok", "ko")
_EXACT = ("minResponseTime", "meanResponseTime", "maxResponseTime")
_SPANS = 4
_APPROXIMATE = 0.02  # how far a t-digest may be off in rank


def contradictions(stats: Stats) -> Iterator[Problem]:
    """Compare each node with itself, then the whole with its requests."""
    for node in (stats.root, *stats.nodes):
        total, passed, failed = (node.count(side) for side in _SIDES)
        if total != passed + failed:
            message = f"{total} requests, {passed} of them passed and {failed} failed"
            yield contradiction(message, node.at("numberOfRequests", "total"))
        spans = node.spans()
        listed = sum(number for _, number in spans)
        if len(spans) == _SPANS and listed != total:
            message = f"{total} requests, `group1` to `group4` count {listed}"
            yield contradiction(message, node.at("numberOfRequests", "total"))
        yield from _of_one_side(node)
    requests = [node for node in stats.nodes if node.kind == "REQUEST"]
    for side in _SIDES if requests else ():
        listed, stated = sum(node.count(side) for node in requests), stats.root.count(side)
        if listed != stated:
            message = f"the run counts {stated} ({side}), its requests add up to {listed}"
            yield contradiction(message, stats.root.at("numberOfRequests", side))


def _of_one_side(node: Node) -> Iterator[Problem]:
    """Yield times of failed requests where none failed, or of passed ones where none passed."""
    for side, other, word in (("ok", "ko", "passed"), ("ko", "ok", "failed")):
        for name in _EXACT if node.count() and not node.count(side) else ():
            if value := node.value(name, side):
                message = f"no request {word}, and `{name}.{side}` is {digits(value)}"
            elif node.value(name) != node.value(name, other):
                message = f"no request {word}, and `{name}` of `total` is not that of `{other}`"
            else:
                continue
            yield contradiction(message, node.at(name, side))
            break


def misranked(stats: Stats) -> tuple[str, Location] | None:
    """Return why the percentiles are not the 50th, 75th, 95th and 99th, and where, if so."""
    for node in (stats.root, *stats.nodes):
        if node.count():
            values = [(name, node.value(name)) for name in node.ranks()]
            known = [(name, value) for name, value in values if value is not None]
            for (_, below), (name, value) in pairwise(known):
                if value < below:
                    return f"`{name}` is below the one before it", node.at(name, "total")
        if (found := _outside(node)) is not None:
            return found
    return None


def _outside(node: Node) -> tuple[str, Location] | None:
    """Compare percentiles of the passed requests with the share below 800 and 1200 ms."""
    passed = node.count("ok")
    for bound, share in node.shares():
        slack = _APPROXIMATE + 1 / passed
        for name, rank in node.ranks().items():
            value = node.value(name, "ok")
            if value is None:
                continue
            below, above = rank / 100 < share - slack, rank / 100 > share + slack
            if (below and value > bound) or (above and value < bound):
                message = f"`{name}` is {digits(value)} ms, "
                message += f"and {share:.0%} took less than {digits(bound)} ms"
                return message, node.at(name, "ok")
    return None
