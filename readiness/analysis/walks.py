"""The path of a request: components in the order of their calls, and how often each is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from readiness.model.launch import Component

_MOST = 1_000_000  # visits: more of them are not told apart


class Step(NamedTuple):
    """A component where it is first reached: how many calls from the entry, and who calls it."""

    name: str
    depth: int
    caller: str


class Walk(NamedTuple):
    """What one entry reaches: depth first, calls by component, and the chains that lead back."""

    steps: tuple[Step, ...]
    visits: dict[str, int]
    loops: tuple[str, ...]


def walks(components: dict[str, Component]) -> list[Walk]:
    """Return the path from each component that nobody else calls, then from what is left."""
    called = {callee for name, c in components.items() for callee in c.calls if callee != name}
    found: list[Walk] = []
    seen: set[str] = set()
    for name in [*(n for n in components if n not in called), *components]:
        if name not in seen:
            found.append(_walk(components, name))
            seen |= set(found[-1].visits)
    return found


def _walk(components: dict[str, Component], entry: str) -> Walk:
    """Follow calls depth first without the calls that lead back, and count how often each is made.

    The count of a component is the sum of its callers'. Callers come before what they call in the
    reverse order of finishing (Tarjan 1976), so one pass adds them up.
    """
    steps, loops, finished = [Step(entry, 0, "")], [], []
    followed: dict[str, list[str]] = {entry: []}
    chain = [(entry, iter(components[entry].calls))]
    place = {entry: 0}
    while chain:
        name, calls = chain[-1]
        callee = next(calls, None)
        if callee is None:
            finished.append(name)
            chain.pop()
            del place[name]
            continue
        if callee in place:
            loops.append(" → ".join((*(link for link, _ in chain[place[callee] :]), callee)))
            continue
        followed[name].append(callee)
        if callee not in followed:
            followed[callee] = []
            place[callee] = len(chain)
            steps.append(Step(callee, len(chain), name))
            chain.append((callee, iter(components[callee].calls)))
    visits = dict.fromkeys(reversed(finished), 0) | {entry: 1}
    for name in reversed(finished):
        for callee in followed[name]:
            visits[callee] = min(visits[callee] + visits[name], _MOST)
    return Walk(tuple(steps), visits, tuple(dict.fromkeys(loops)))
