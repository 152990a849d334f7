"""The review as a Slack message (Block Kit): the decision, what to do first, what was accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from readiness.model.text import plural
from readiness.rendering.format import Format, Style
from readiness.rendering.limit import size
from readiness.rendering.machine import (
    by_standing,
    dumped,
    entries,
    fit,
    folded,
    todo,
    told,
    unread,
)
from readiness.rendering.view import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.review import Review
    from readiness.rendering.machine import Entry
    from readiness.rendering.parts import View

HEADER = 150
TEXT = 3_000
# The documented limits are 50 blocks and 3,000 characters of a text. A message of blocks is also
# refused past about 13,000 characters in all (slackapi/bolt-js#2509).
ALL = 12_000
_LINE = 600
_FALLBACK = 300
_SHOWN = 5
_HELD = 5
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKS = {"*": "∗", "~": "∼", "`": "ˋ"}  # Slack knows no escape for them
_CLAIMS = {"&": "＆", "<": "‹", ">": "›"}
_NEEDS = """\
For an incoming webhook, or `chat.postMessage`:

```console
readiness check --output slack=message.json
curl -H 'Content-Type: application/json' --data @message.json "$SLACK_WEBHOOK"
```

Texts of the review are never markup: `&`, `<` and `>` are entities, so nobody is mentioned and
nothing is linked, `verbatim` keeps Slack from finding links by itself, and the characters that
would make text bold, struck or code are shown as look-alikes (`∗`, `∼`, `ˋ`).
"""


def render(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the message: `text` for notifications, and `blocks`."""
    view = build(review)
    found = entries(review, view)
    blocks = [_header(view), _section(_plain(view.sentence, _LINE)), _context(_figures(view))]
    if fault := unread(review):
        blocks.append(_section(f":warning: {_plain(fault, _LINE)}"))
    blocks += _first(by_standing(found, "blocks") or by_standing(found, "open"))
    blocks += _held(by_standing(found, "held"))
    foot = _context(_plain(view.footer, _LINE))
    message = {
        "text": _plain(f"{view.decision.word}: {view.sentence}", _FALLBACK),
        "blocks": [*_fitting(blocks, ALL - size(dumped(foot))), foot],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return dumped(message)


def _fitting(blocks: Sequence[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    """Return the first blocks that fit in all into a number of bytes."""
    kept = []
    for block in blocks:
        room -= size(dumped(block))
        if room < 0:
            break
        kept.append(block)
    return kept


def _header(view: View) -> dict[str, Any]:
    """Return the heading. It is plain text, where an entity might be shown as it is written."""
    title = folded(f"{view.decision.shape} {view.decision.word}: {view.title}")
    for char, other in _CLAIMS.items():
        title = title.replace(char, other)
    text = {"type": "plain_text", "text": fit(title, HEADER), "emoji": False}
    return {"type": "header", "text": text}


def _figures(view: View) -> str:
    figures = (f"{figure.label} {figure.value} ({figure.note})" for figure in view.figures)
    return _plain(" · ".join(figures), 2 * _LINE)


def _first(open_: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the first items to do, and how many more there are."""
    blocks = [
        _section(
            f"*{entry.view.rank}. {_plain(entry.name, _LINE // 2)}*\n"
            f"{_plain(told(entry), _LINE)}\n{_plain(todo(entry), _LINE)}"
        )
        for entry in open_[:_SHOWN]
    ]
    left = len(open_) - _SHOWN
    more = f"{plural(left, 'more item')} like these in the full report." if left > 0 else ""
    return [*blocks, *([_context(more)] if more else [])]


def _held(held: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return what people decided about, the first few by name."""
    if not held:
        return []
    lines = [
        f"• {_plain(f'{e.item.id}: {e.view.note}', _LINE // 3)}" for e in held[:_HELD]
    ]  # fmt: skip
    left = len(held) - _HELD
    lines += [f"• and {left:,} more"] if left > 0 else []
    return [_section("\n".join(["*Open, and decided about by people*", *lines]))]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str, most: int) -> str:
    """Write a text so that Slack shows it as it is: no mention, no link, no format, no emoji.

    It takes at most that many bytes, its entities included.
    """
    line = folded(text)
    for char, other in _MARKS.items():
        line = line.replace(char, other)
    line = re.sub(r"(?<!\w)_|_(?!\w)", "ˍ", line)
    line = re.sub(r":(?=[\w+-]+:)", "∶", line)
    line = fit(line, most)
    while size(text := "".join(_ENTITIES.get(char, char) for char in line)) > most:
        line = fit(line, size(line) - (size(text) - most) // 5 - 1)
    return text


FORMAT = Format(
    id="slack",
    title="Slack message",
    purpose="for a channel: the decision, the first five things to do, and what was accepted",
    suffix=".json",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
