"""A report by a team's own template: it fills blocks of the shipped one, and its mistakes are told.

In: templates that were read, and the values of a report. Out: the text, or an error with its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Template, TemplateNotFound, nodes
from jinja2.exceptions import SecurityError, TemplateError, TemplateSyntaxError

from readiness.errors import Diagnostic, InputError, Location
from readiness.model.text import did_you_mean, visible
from readiness.patterns import pattern
from readiness.rendering.bounded import Bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

    from jinja2 import Environment

    from readiness.model.templates import Templates

SHIPPED = "shipped/"
_MISTAKES = (TemplateError, RecursionError, ArithmeticError, LookupError, TypeError, ValueError,
             AttributeError)  # fmt: skip
_RECORD = pattern(r"'readiness\.[\w.]*?(\w+) object'")  # as jinja names a part of the view
_DECISION = pattern(r"<h2 id=decision>.*?</h2>", re.DOTALL)
_COMMENT = pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HELP = "docs/templates.md lists the blocks of a report and what a template can do"


def fill(
    name: str,
    templates: Templates,
    shipped: Callable[[str], str],
    settings: Mapping[str, Any],
    context: Mapping[str, object],
) -> str:
    """Render a report by a team's own template.

    Args:
        name: of the report's template.
        templates: the team's own.
        shipped: returns the text of a shipped template.
        settings: of the environment; `filters` are added to those that are allowed.
        context: what the template is given.

    Raises:
        InputError: the template is wrong, or does too much.
    """
    loader = _Loader(templates, shipped)
    plain = {key: value for key, value in settings.items() if key != "filters"}
    environment = Bounded(**plain, loader=loader)
    environment.filters |= settings["filters"]
    try:
        text = environment.get_template(name).render(**context)
        if wanted := _DECISION.search(environment.get_template(SHIPPED + name).render(**context)):
            _check_decision(text, wanted[0], templates, name)
    except _MISTAKES as error:
        found = _diagnostic(error, templates, name)
        if found is None:
            raise
        raise InputError(found) from None
    return text


def _check_decision(text: str, heading: str, templates: Templates, name: str) -> None:
    """Refuse a page that does not say the decision as the shipped one does.

    Raises:
        InputError: it does not.
    """
    if name in templates.texts and heading not in _COMMENT.sub("", text):
        message = "the page leaves out the decision, or words it anew"
        help_ = "keep `{{ super() }}` in the block `decision`"
        raise InputError(
            Diagnostic("template", message, Location(f"{templates.folder}/{name}"), help_)
        )


class _Loader(BaseLoader):
    """Finds a team's own templates first; `shipped/NAME` is always the shipped one."""

    def __init__(self, templates: Templates, shipped: Callable[[str], str]) -> None:
        self._own = templates
        self._shipped = shipped

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """Return a compiled template with the counting in it."""
        assert isinstance(environment, Bounded)  # noqa: S101 - made in `fill`
        own = name in self._own.texts and name.endswith(".j2")
        text = self._own.texts[name] if own else self._original(name)
        shown = f"{self._own.folder}/{name}" if own else f"{SHIPPED}{name.removeprefix(SHIPPED)}"
        tree = environment.parse(text, name, shown)
        try:
            if own and self._known(name):
                _extends(tree, name)
            tree = environment.bound(tree, own=own)
        except TemplateSyntaxError as error:
            error.name, error.filename = name, shown
            raise
        code = environment.compile(tree, name, shown)
        return environment.template_class.from_code(environment, code, globals or {})

    def _original(self, name: str) -> str:
        base = name.removeprefix(SHIPPED)
        if not self._known(base):
            raise TemplateNotFound(name, f"there is no template `{visible(name)}`")
        return self._shipped(base)

    def _known(self, name: str) -> bool:
        """Whether a template of that name is shipped."""
        if "/" in name or "\\" in name or not name.endswith(".j2"):
            return False
        try:
            return bool(self._shipped(name))
        except (OSError, ValueError):
            return False


def _extends(tree: nodes.Template, name: str) -> None:
    """Refuse a report that is not the shipped one with other blocks: its policy must stay."""
    first = tree.body[0] if tree.body else None
    while isinstance(first, nodes.Output) and not "".join(
        part.data if isinstance(part, nodes.TemplateData) else "x" for part in first.nodes
    ).strip():  # fmt: skip
        tree.body.pop(0)
        first = tree.body[0] if tree.body else None
    wanted = f"{SHIPPED}{name}"
    base = first.template if isinstance(first, nodes.Extends) else None
    if not (isinstance(base, nodes.Const) and base.value == wanted):
        message = f'a report begins with {{% extends "{wanted}" %}}'
        raise TemplateSyntaxError(message, first.lineno if first else 1)


def _diagnostic(error: Exception, templates: Templates, name: str) -> Diagnostic | None:
    """Say what is wrong and where in a team's own template; None if it is in none of them."""
    path, line = _place(error, f"{templates.folder}/")
    if not path and isinstance(error, SecurityError) and name in templates.texts:
        path = f"{templates.folder}/{name}"  # it has gone too far in sum, at no place of its own
    if not path:
        return None
    text = templates.texts[path.removeprefix(f"{templates.folder}/")].split("\n")
    message = visible(str(getattr(error, "message", None) or error or type(error).__name__))
    message = _RECORD.sub(r"a `\1`", message)
    if isinstance(error, RecursionError):
        message = "it goes in circles: a template or macro that ends in itself"
    if isinstance(error, TemplateNotFound):
        known = [
            *templates.texts,
            *(f"{SHIPPED}{name}" for name in ("report.html.j2", "report.md.j2")),
        ]
        message = f"there is no template `{visible(str(error.name))}`"
        return Diagnostic(
            "template", message, Location(path, line), did_you_mean(str(error.name), known)
        )
    excerpt = text[line - 1].rstrip() if 0 < line <= len(text) else ""
    return Diagnostic("template", message, Location(path, line), _HELP, excerpt.lstrip())


def _place(error: Exception, folder: str) -> tuple[str, int]:
    """Return the innermost place of an error in a folder of templates."""
    found = ("", 0)
    if isinstance(error, TemplateSyntaxError) and str(error.filename).startswith(folder):
        return str(error.filename), error.lineno
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(folder):
            found = (name, trace.tb_lineno)
        trace = trace.tb_next
    return found
