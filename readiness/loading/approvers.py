"""Refuses `approvers` and `sign_offs` that could not mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.approvers import EVERY_AREA
from readiness.model.text import and_list, did_you_mean, plain_name, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from readiness.errors import Diagnostic
    from readiness.model.launch import Launch
    from readiness.strict_yaml import Node


def wrong_approvers(launch: Launch, node: Node, areas: Collection[str]) -> Iterator[Diagnostic]:
    """Yield what is wrong: one person under two names, an unknown area, too few to sign off."""
    seen: dict[str, str] = {}
    for name, approver in launch.approvers.items():
        place = node.find(("approvers", name), key=True)[0]
        first = seen.setdefault(plain_name(name), name)
        if first != name:
            yield place.error(
                "duplicate-approver",
                f"`{name}` is the same name as `{first}`",
                "each approver counts once: remove one",
            )
        for index, area in enumerate(approver.areas):
            if area not in areas and area != EVERY_AREA:
                hint = did_you_mean(area, areas) or f"areas: {and_list(sorted(areas))}"
                at = node.find(("approvers", name, "areas", index))[0]
                yield at.error("unknown-area", f"no item has the area `{area}`", hint)
    if launch.sign_offs > len(seen):
        declared = plural(len(seen), "approver")
        yield node.find(("sign_offs",))[0].error(
            "too-few-approvers",
            f"{launch.sign_offs} sign-offs are needed, and {declared} declared",
            "declare who signs off under `approvers`",
        )
