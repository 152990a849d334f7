"""Templates to text, with everything from outside escaped: the only module that marks text as safe.

In: a template of `templates/reports` and plain values. Out: the report, where every value went
through `visible` and the escaping of the template's language, named by its suffix.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from readiness.model.text import visible
from readiness.patterns import pattern
from readiness.resources import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment
    from markdown_it import MarkdownIt

    from readiness.model.templates import Templates

_MOST_MARKDOWN = 4_000
_LINK = pattern(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_SPECIAL = pattern(r"[&<>\"'`*_~\[\]|\\!#^$]|^[-+=:]|^\d+(?=[.)](?:\s|$))")
_SPACE = pattern(r"(?<![+-]) (?=[^\w$])|(?<=[^\w$]) (?![+-])|(?<=[;{,])\n|\n(?=})")
_ENTITY = pattern(r"&#(?:64|35|33);|&amp;|://|www\.|\bGH-", re.IGNORECASE)


class Stylesheet(NamedTuple):
    """A style sheet to place in a page, and the hash by which its policy allows it."""

    css: Markup
    hash: str


class Script(NamedTuple):
    """A script to place in a page, and the hash by which its policy allows it."""

    js: Markup
    hash: str


def render(template_name: str, templates: Templates | None = None, /, **context: object) -> str:
    """Fill a template of `templates/reports`: `*.html.j2`, or `*.md.j2` for GitHub Markdown.

    A team's own template of that name is used instead; it fills blocks of the shipped one.

    Raises:
        InputError: a team's own template is wrong.
    """
    language = template_name.removesuffix(".j2").rsplit(".", 1)[-1]
    if templates is not None and any(name.endswith(".j2") for name in templates.texts):
        from readiness.rendering.own import fill  # noqa: PLC0415 - few teams have their own

        return fill(template_name, templates, _source, _settings(language), context)
    return _environment(language).get_template(template_name).render(**context)


@cache
def stylesheet(name: str, *added: str) -> Stylesheet:
    """Return a shipped style sheet without comments and indentation, and its CSP hash.

    `added` are further rules, as they are: a brand's colour, a team's own style sheet. The policy
    of the page keeps them from fetching anything.

    Raises:
        ValueError: they would end the sheet.
    """
    text = re.sub(r"/\*.*?\*/", "", _source(name), flags=re.DOTALL)
    lines = "".join(map(str.strip, text.splitlines()))
    css = re.sub(r"(?<=[;{},:]) | (?=[{}])|;(?=\s*})", "", lines) + "".join(added)
    if "</style" in css.lower():
        raise ValueError("a style sheet cannot hold `</style`")
    return Stylesheet(Markup(css), _hash(css))  # noqa: S704 - it cannot end the sheet


@cache
def script(name: str) -> Script:
    """Return a shipped script without comments and needless space, and its CSP hash.

    The script keeps to what this can shorten safely: a comment has lines of its own, a text or a
    template ends on its line and holds no other, and a regular expression has neither space nor
    quote. Spaces stay between words and between signs that would become others (`+ +`), and line
    ends wherever they may end a statement.
    """
    lines = (line.strip() for line in _source(name).splitlines())
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    parts = re.split(r"(\"[^\"\n]*\"|`[^`\n]*`)", text)
    parts[::2] = [_SPACE.sub("", part) for part in parts[::2]]
    js = "".join(parts)
    return Script(Markup(js), _hash(js))  # noqa: S704 - our own file


def json_block(value: object) -> Markup:
    """Write values as JSON for a block in a page: nothing in it can end the block or be markup."""
    text = json.dumps(value, separators=(",", ":"))  # ASCII: U+2028 and the like are escaped
    return Markup(re.sub("[<>&]", lambda m: f"\\u{ord(m[0]):04x}", text))  # noqa: S704 - no markup


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def markdown(text: str) -> Markup:
    """Turn the Markdown of a `why` or `fix` into HTML: no HTML, images or headings from the text.

    Links lead to http, https and mailto only. What is past 4,000 characters is cut. Paragraphs are
    not closed: HTML does that by itself before the next block and at the end of what holds them.
    """
    if len(text) > _MOST_MARKDOWN:
        text = f"{text[:_MOST_MARKDOWN]}…"
    rendered = _parser().render(visible(text, keep="\n"))
    short = rendered.strip().replace(">\n", ">").replace("</p>", "")
    return Markup(short)  # noqa: S704 - the parser escapes


def ticked(text: str) -> Markup:
    """Write a message as HTML, with `code` in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(content(text))))  # noqa: S704 - escaped


def content(text: str) -> Markup:
    """Write a text as content of an element, where only < and & mean something.

    Never use it in an attribute or a comment.
    """
    short = _shown(text).replace("&", "&amp;").replace("<", "&lt;")
    return Markup(short)  # noqa: S704 - nothing in it can open a tag or an entity


def plain_markdown(text: str) -> Markup:
    """Write a text so that GitHub Markdown shows it as it is, on one line.

    Characters with a meaning become entities. A zero-width space keeps people from being mentioned
    and other issues from being linked; GitHub does that after it has decoded the entities.
    """
    line = visible(re.sub(r"\s+", " ", text).strip())
    line = _SPECIAL.sub(lambda m: "".join(f"&#{ord(c)};" for c in m[0]), line)
    line = line.replace("@", "&#64;")
    return Markup(_ENTITY.sub(_apart, line))  # noqa: S704 - entities stand for what has a meaning


def _apart(found: re.Match[str]) -> str:
    text = found[0]
    if text == "://":
        return ":&#8203;//"
    return f"{text[:-1]}&#8203;." if text.endswith(".") else f"{text}&#8203;"


def _source(name: str) -> str:
    return shipped("templates").joinpath("reports", name).read_text(encoding="utf-8")


@cache
def _environment(language: str) -> Environment:
    from jinja2 import FunctionLoader  # noqa: PLC0415 - costs 30 ms
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    settings = _settings(language)
    filters = settings.pop("filters")
    environment = ImmutableSandboxedEnvironment(**settings, loader=FunctionLoader(_source))
    environment.filters |= filters
    return environment


def _settings(language: str) -> dict[str, Any]:
    """Return what every environment of a language has in common."""
    from jinja2 import StrictUndefined  # noqa: PLC0415

    clean: Callable[[str], str] = plain_markdown if language == "md" else _shown
    return {
        "autoescape": True,
        "undefined": StrictUndefined,
        "auto_reload": False,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "keep_trailing_newline": True,
        "finalize": lambda value: _cleaned(value, clean),
        "filters": {"markdown": markdown, "ticked": ticked, "content": content},
    }


def _shown(text: str) -> str:
    return visible(text, keep="\n")


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only reports need it

    parser = MarkdownIt("js-default", {"html": False, "linkify": False, "maxNesting": 12})
    parser.disable(["image", "heading", "lheading", "hr", "table", "html_block", "html_inline"])
    parser.validateLink = _allowed  # type: ignore[method-assign]
    return parser


def _allowed(url: str) -> bool:
    return _LINK.match(url) is not None
