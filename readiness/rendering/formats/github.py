"""The review as workflow commands: annotations in a pull request, within what GitHub shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import inert, plural
from readiness.rendering.format import Format, Style
from readiness.rendering.machine import (
    by_standing,
    entries,
    findings,
    fit,
    folded,
    place,
    todo,
    told,
    unread,
    verdict,
)
from readiness.rendering.view import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.errors import Location
    from readiness.model.review import Review
    from readiness.rendering.machine import Entry
    from readiness.rendering.parts import View

MOST = 10  # annotations of a kind that GitHub shows of one step; 50 of a job
_TITLE = 255
_MESSAGE = 3_072  # the runner cuts a message after 4,096 characters
_LEVELS = {"NO-GO": "error", "GO WITH CONDITIONS": "warning", "GO": "notice"}
_NEEDS = """\
Printed by a step of a workflow, each line is an annotation: an `error` for the decision NO-GO, for
what could not be read, and for each blocker that the launch waits for; a `warning` for each
deferrable item that is open and undecided; a `notice` for each item that people decided about. At
most ten of a kind, the first of the ranking, because GitHub shows no more; the rest follows as
plain text in a folded group.

In a workflow, `--format github` also appends the Markdown summary to the file that
`GITHUB_STEP_SUMMARY` names, and the outputs `decision`, `readiness`, `open_blockers`, `open_items`,
`complete`, `earliest_go` and `sentence` to the one that `GITHUB_OUTPUT` names. The exit code is the
decision's, whether or not those files can be written.
"""


def render(review: Review, style: Style) -> str:
    """Return the commands, then in plain text what has no annotation, the decision last."""
    view = build(review)
    found = entries(review, view)
    head: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    title = fit(folded(f"{view.decision.word} {view.title}"), _TITLE)
    head[_LEVELS[review.decision]].append(_command(_LEVELS[review.decision], title, verdict(view)))
    if fault := unread(review):
        head["error"].append(_command("error", "The review is incomplete", fault))
    lines: list[str] = []
    rest: list[Entry] = []
    kinds = {
        "error": by_standing(found, "blocks"),
        "warning": by_standing(found, "open"),
        "notice": by_standing(found, "held"),
    }
    for level, chosen in kinds.items():
        room = MOST - len(head[level])
        shown = [_annotation(level, entry, review, style) for entry in chosen[:room]]
        lines += [*head[level], *shown]
        rest += chosen[room:]
    return "\n".join([*lines, *_rest(rest), *_end(view)]) + "\n"


def _annotation(level: str, entry: Entry, review: Review, style: Style) -> str:
    worst = next(iter(findings(entry.item)), None)
    return _command(
        level,
        fit(entry.name, _TITLE),
        f"{told(entry)}\n{todo(entry)}",
        place(worst, review, style.folder),
    )


def _command(level: str, title: str, message: str, at: Location | None = None) -> str:
    """Return one workflow command, escaped as the runner takes it apart."""
    properties = {"title": title}
    if at is not None:
        properties = {"file": folded(at.path)}
        properties |= {"line": str(at.line)} if at.line else {}
        properties |= {"col": str(at.column)} if at.column else {}
        properties["title"] = title
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(fit(message, _MESSAGE))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _rest(rest: Sequence[Entry]) -> list[str]:
    """List what has no annotation, folded, and no line of it a command."""
    if not rest:
        return []
    lines = (inert(f"{entry.view.state.word} {entry.name}: {told(entry)}") for entry in rest)
    return [f"::group::{plural(len(rest), 'more open item')}", *lines, "::endgroup::"]


def _end(view: View) -> list[str]:
    return [inert(f"{view.decision.shape} {verdict(view)}")]


FORMAT = Format(
    id="github",
    title="GitHub annotations",
    purpose="for a step of a GitHub workflow: what blocks, beside the lines it is about",
    suffix=".txt",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
