"""How much of a review a report shows: the memo alone, or of the items only some.

What is shown never changes what was decided: decision, score and ranking stay those of the review,
and a report that leaves something out says so. JSON and CSV-like formats are always whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import input_error
from readiness.model.text import and_list, did_you_mean, plural
from readiness.rendering.format import VIEWS, Shown

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.parts import ItemView, View

RESERVED = {"blocker": "blockers", "open": "open items"}


def asked(view: str, only: str) -> Shown:
    """Return what was asked for, before anything is evaluated.

    Raises:
        InputError: no such view, or items are chosen for a memo, which lists none.
    """
    if view not in VIEWS:
        hint = did_you_mean(view, VIEWS) or "views: full and memo"
        raise input_error("unknown-view", f"there is no view `{view}`", "--view", hint)
    if view == "memo" and only:
        raise input_error(
            "usage",
            "the memo does not list the items that `--only` chooses from",
            "--only",
            "leave out --view memo",
        )
    return Shown(view, only)


def check_only(review: Review, only: str) -> None:
    """Make sure that a choice of items is one of the review.

    Raises:
        InputError: neither `blocker` nor `open` nor an area of the review.
    """
    areas = sorted({item.area for item in review.items})
    if not only or only in RESERVED or only in areas:
        return
    hint = did_you_mean(only, [*RESERVED, *areas]) or f"areas: {and_list(areas)}"
    raise input_error("unknown-area", f"the review has no area `{only}`", "--only", hint)


def narrowed(view: View, shown: Shown) -> View:
    """Leave out what is not to be shown, and say how much that is."""
    if shown.view == "memo":
        return _memo(view)
    if not shown.only:
        return view
    items = tuple(item for item in view.items if _chosen(item, shown.only))
    left = len(view.items) - len(items)
    name = RESERVED.get(shown.only, f"items of the area {shown.only}")
    return view._replace(
        items=items,
        left_out=f"Only {name} are listed: {len(items):,} of {len(view.items):,}, {left:,} left "
        f"out (--only {shown.only}). Decision, score and ranking are those of all.",
    )


def _memo(view: View) -> View:
    leading = tuple(item for item in view.items if item.leads)
    left = plural(len(view.items) - len(leading), "other item")
    return view._replace(
        full=False,
        items=leading,
        loads=(),
        comparisons=(),
        latency=(),
        headroom=None,
        history=None,
        doubts=(),
        evidence=(),
        left_out=f"This is the memo. The full report (--view full) has {left}, the evidence, and "
        "what was measured.",
    )


def _chosen(item: ItemView, only: str) -> bool:
    if only == "blocker":
        return item.gate == "Blocker" and item.state.icon != "dash"
    return item.open if only == "open" else item.area == only
