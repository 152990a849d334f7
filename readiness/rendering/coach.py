"""A walk for a terminal, 80 columns: one text before it, one for each stop, one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import plural
from readiness.rendering.paint import Paint, shown
from readiness.rendering.words import DECISIONS, STATES, State, adds_limit, away, day, days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.walk import Asked, FoundFile, Paste, Question, Stop, Topic, Walk
    from readiness.rendering.format import Style

_OPEN = State("Not answered", "·", "quiet", "dash")
_ANSWERS = {
    "met": ("Met", "good"),
    "not met": ("Not met", "bad"),
    "accepted": ("Not met, and accepted", "doubt"),
    "not applicable": ("Does not apply", "quiet"),
}
_PATH = 10
_NAMED = 6


def text(walk: Walk, style: Style) -> str:
    """Return the whole walk."""
    parts = [opening(walk, style)]
    parts += [stop(walk, one, style) for topic in walk.topics for one in topic.stops]
    return "\n".join([*parts, closing(walk, style)])


def opening(walk: Walk, style: Style) -> str:
    """Return what comes first: the launch, what is to be walked through, what is not bound yet."""
    paint = Paint(style)
    stops = sum(len(topic.stops) for topic in walk.topics)
    lines = [*map(paint.strong, paint.wrap(f"{walk.title}: a walk through its review", 0))]
    when = f"launch {day(walk.launch_date)} ({away(walk.launch_date, walk.as_of)})"
    lines += paint.wrap(f"{walk.service} · {when} · reviewed {day(walk.as_of)}", 0)
    left = f"; {walk.left_out:,} left out" if walk.left_out else ""
    topics = plural(len(walk.topics), "topic")
    lines += ["", *paint.wrap(f"{plural(stops, 'question')} in {topics}{left}.", 0)]
    if not stops:
        lines += paint.wrap("Nothing is left to ask of what was chosen.", 0)
    if walk.unbound:
        lines += paint.wrap(f"Not bound yet: {_named(walk.unbound, 'slot')}.", 0)
    if walk.unset:
        lines += paint.wrap(f"Not set yet: {_named(walk.unset, 'parameter')}.", 0)
    return _joined(lines)


def _named(names: tuple[str, ...], what: str) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{plural(len(names), what)} ({', '.join(names[:_NAMED])}{more})"


def stop(walk: Walk, one: Stop, style: Style) -> str:
    """Return one stop; before the first one of a topic, the topic."""
    paint = Paint(style)
    topic = next(topic for topic in walk.topics if one in topic.stops)
    lines = _topic(topic, paint) if one == topic.stops[0] else []
    count = sum(len(topic.stops) for topic in walk.topics)
    rank = f" · rank {one.rank}" if one.rank else ""
    head = f"{one.number} of {count} · {one.id} · {one.gate} · {one.owner}{rank}"
    lines += paint.wrap(head, 2)
    lines += [*map(paint.strong, paint.wrap(one.question, 2))]
    if one.answer == "not applicable":
        return _joined([*lines, *_answer(one, paint)])
    if one.answer != "met":
        lines += paint.wrap(f"Why: {one.why}", 4)
    for asked in one.asked:
        lines += _asked(asked, paint)
    lines += _answer(one, paint)
    lines += _to_do(walk, one, paint) if one.answer == "not met" else []
    return _joined(lines)


def _topic(topic: Topic, paint: Paint) -> list[str]:
    title = topic.title if topic.title == topic.id else f"{topic.title} ({topic.id})"
    kind = topic.kind.capitalize()
    lines = ["─" * paint.width]
    lines += [*map(paint.strong, paint.wrap(f"{kind}: {title}", 0))]
    lines += paint.wrap(f"{topic.open} open, {topic.met} met", 0)
    for told in topic.told:
        lines += paint.wrap(told, 2)
    return [*lines, ""]


def _asked(asked: Asked, paint: Paint) -> list[str]:
    """Say which evidence was asked for, what was found, and what it says."""
    age = f", younger than {asked.fresh_days:g} d" if asked.fresh_days else ""
    needs = "" if asked.needs == "claimed" and not age else f"; {asked.needs}{age}"
    what = f": {asked.what}" if asked.what else ""
    lines = paint.wrap(f"Asked: {asked.source}{what}{needs}", 6, "    ")
    lines += [line for text in _found(asked) for line in paint.wrap(f"Found: {text}", 6, "    ")]
    for remark in asked.remarks:
        lines += _question(remark, paint)
    for question in asked.questions:
        lines += _question(question, paint)
    return lines


def _found(asked: Asked) -> Iterator[str]:
    if not asked.bound:
        yield "nothing: the launch does not say where it is"
    elif asked.looked_in and not asked.found:
        yield f"nothing at {', '.join(asked.looked_in)}"
    for file in asked.found:
        yield f"{file.path} ({_made(file)})"


def _made(file: FoundFile) -> str:
    reader = file.reader or "no reader"
    if file.produced is None or file.age_days is None:
        return f"{reader}, its date is not known"
    return f"{reader}, made {day(file.produced.date())}, {int(file.age_days)} d old"


def _question(question: Question, paint: Paint) -> list[str]:
    """Write a question with its answer beside it, and below where that stands and what is wrong."""
    state = STATES[question.outcome] if question.outcome else _OPEN
    observed = f" {question.observed}" if question.observed else ""
    subject = f" ({question.subject})" if question.subject else ""
    asks = question.text or question.message
    lines = paint.wrap(f"{asks}{observed}{subject}", 8, f"      {state.shape} ")
    lines[0] = lines[0].replace(state.shape, paint.tone(state.shape, state.tone), 1)
    if question.outcome in (None, "proven"):
        return lines
    limit = f"the limit is {question.limit}" if adds_limit(question.text, question.limit) else ""
    message = question.message if question.text else ""
    if said := "; ".join(filter(None, (message, limit))):
        lines += paint.wrap(said, 8)
    if question.at is not None and question.at.path:
        lines += paint.wrap(f"at {question.at}", 8)
    return [*lines, *(paint.wrap(f"help: {question.help}", 8) if question.help else [])]


def _answer(one: Stop, paint: Paint) -> list[str]:
    word, tone = _ANSWERS[one.answer]
    state = STATES[one.outcome]
    why = f" ({state.word.lower()})" if one.answer == "not met" else ""
    lines = paint.wrap(f"{word}{why}{f': {one.decided}' if one.decided else ''}", 4)
    return [f"    {paint.tone(lines[0].strip(), tone)}", *lines[1:]]


def _to_do(walk: Walk, one: Stop, paint: Paint) -> list[str]:
    """Say how to bind what is missing, how to make the evidence, and what to fix.

    What an earlier stop has shown already is named with the number of that stop.
    """
    lines = paint.wrap(
        f"To do, {days(one.effort_days)} of work, by {one.due}: {one.fix}", 6, "    "
    )
    lines += paint.wrap(one.run, 8, "      $ ") if one.run else []
    before = _shown_before(walk, one)
    for asked in one.asked:
        if asked.how and not asked.found and (asked.source, "") not in before:
            lines += paint.wrap(f"How to make {asked.source}: {asked.how}", 8, "      ")
    pastes = _pastes(one)
    new = [paste for paste in pastes if (paste.section, paste.name) not in before]
    if new:
        lines += paint.wrap("Add to readiness.yaml, with your own value for each …:", 6, "    ")
    for section in dict.fromkeys(paste.section for paste in new):
        lines.append(f"        {section}:")
        rows = [line for paste in new if paste.section == section for line in paste.lines]
        lines += [f"        {_verbatim(line)}" for line in rows]
    old = [f"{p.name} (stop {before[p.section, p.name]})" for p in pastes if p not in new]
    return [*lines, *(paint.wrap(f"Shown already: {', '.join(old)}", 6, "    ") if old else [])]


def _pastes(one: Stop) -> list[Paste]:
    bound = [asked.bind for asked in one.asked if asked.bind is not None]
    return list({(p.section, p.name): p for p in (*bound, *one.settle)}.values())


def _shown_before(walk: Walk, one: Stop) -> dict[tuple[str, str], int]:
    """Return what earlier stops have shown, by section and name, and by source with no name."""
    shown_at: dict[tuple[str, str], int] = {}
    for stop_ in (stop_ for topic in walk.topics for stop_ in topic.stops):
        if stop_.number >= one.number or stop_.answer != "not met":
            continue
        for paste in _pastes(stop_):
            shown_at.setdefault((paste.section, paste.name), stop_.number)
        for asked in stop_.asked:
            shown_at.setdefault((asked.source, ""), stop_.number)
    return shown_at


def _verbatim(line: str) -> str:
    """Return a line to paste with its indent, control characters made visible."""
    bare = line.lstrip(" ")
    return f"{line[: len(line) - len(bare)]}{shown(bare)}"


def closing(walk: Walk, style: Style) -> str:
    """Return what comes last: the decision, the path to GO, the next step, what the gate says."""
    paint = Paint(style)
    state = DECISIONS[walk.decision]
    lines = ["─" * paint.width, paint.tone(f"{state.shape} {state.word}", state.tone)]
    lines += paint.wrap(walk.sentence, 2)
    if not walk.complete:
        said = "The review could not be completed: a reader or an analysis failed, see above."
        lines += paint.wrap(said, 2, "! ")
    if walk.path:
        lines += ["", *paint.wrap(f"Path to {walk.becomes}, in this order:", 0)]
        for number, step in enumerate(walk.path[:_PATH], 1):
            told = f"{step.item} · {step.owner} · {days(step.effort_days)} · by {day(step.done_by)}"
            lines += paint.wrap(told, 5, f"{number:>3}. ")
        if len(walk.path) > _PATH:
            lines += paint.wrap(f"and {len(walk.path) - _PATH} more: readiness rank", 5)
    if walk.next:
        lines += ["", *paint.wrap(f"Next: {walk.next}", 0)]
    return _joined([*lines, "", *paint.wrap(_gate(walk), 0)])


def _gate(walk: Walk) -> str:
    if walk.gate is None:
        return (
            "This walk is no gate. `readiness check` refuses the launch (exit code 2) until every "
            "slot is bound, every parameter set and every failure domain described."
        )
    return f"This walk is no gate. `readiness check` exits with {walk.gate} now."


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"
