"""The engine: what is escaped, what Markdown may become, and who may mark text as safe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

from readiness.rendering import engine
from readiness.resources import shipped

ROOT = Path(__file__).parents[2]


def test_only_the_engine_marks_text_as_safe() -> None:
    sources = [*ROOT.glob("readiness/**/*.py"), *ROOT.glob("templates/**/*.j2")]
    marking = {p.relative_to(ROOT).as_posix() for p in sources
               if re.search(r"\bMarkup\b|\|\s*safe\b|autoescape\s+false", p.read_text(encoding="utf-8"))}  # fmt: skip
    assert marking == {"readiness/rendering/engine.py"}
    assert len(sources) > 20


def test_templates_are_escaped_sandboxed_and_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = {
        "a.html.j2": '<p title="{{ x }}">{{ x }}</p>', "undefined.html.j2": "{{ y }}",
        "change.html.j2": "{{ x.append(1) }}", "inside.html.j2": "{{ x.__class__.__mro__ }}", "a.md.j2": "{{ x }} {{ 2 }}",
    }  # fmt: skip
    monkeypatch.setattr(engine, "_source", templates.__getitem__)
    engine._environment.cache_clear()
    try:
        assert engine.render("a.html.j2", x='"><b>\x1b') == (
            '<p title="&#34;&gt;&lt;b&gt;\\u{1b}">&#34;&gt;&lt;b&gt;\\u{1b}</p>')  # fmt: skip
        assert engine.render("a.md.j2", x="a|b\n<c>") == "a&#124;b &#60;c&#62; 2"
        for name, error in (("undefined", UndefinedError), ("change", SecurityError), ("inside", SecurityError)):
            with pytest.raises(error):
                engine.render(f"{name}.html.j2", x=[])
    finally:
        engine._environment.cache_clear()


def test_a_template_that_is_not_shipped_is_an_error() -> None:
    with pytest.raises((TemplateNotFound, FileNotFoundError)):
        engine.render("nothing.html.j2")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Run *it* `now`", "<p>Run <em>it</em> <code>now</code>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;"),
        ("![x](https://a.invalid/x.png)", '<p>!<a href="https://a.invalid/x.png">x</a>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))"),
        ("[x](//a.invalid)", "<p>[x](//a.invalid)"),
        ("# not a heading", "<p># not a heading"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert engine.markdown(text) == html


def test_markdown_is_cut() -> None:
    assert len(engine.markdown("word " * 10_000)) < 5_000


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("p95 <= 800 ms", "p95 &#60;= 800 ms"), ("1.5 days", "1.5 days"), ("1. one", "&#49;. one"),
        ("@team #12", "&#64;&#8203;team &#35;&#8203;12"), ("- x", "&#45; x"), ("a\u202eb", "a&#92;u{202e}b"),
        ("https://a.invalid", "https:&#8203;//a.invalid"),
    ],
)  # fmt: skip
def test_plain_markdown(text: str, plain: str) -> None:
    assert engine.plain_markdown(text) == plain


def test_style_sheet_says_the_same_when_shortened() -> None:
    source = shipped("templates").joinpath("reports", "report.css").read_text(encoding="utf-8")
    css, digest = engine.stylesheet("report.css")
    assert css.count("{") == source.count("{") == css.count("}")
    assert re.sub(r"[\s;]", "", css) == re.sub(r"/\*.*?\*/|[\s;]", "", source, flags=re.DOTALL)
    assert digest.startswith("sha256-")


def _luminance(colour: str) -> float:
    full = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_have_contrast_in_light_and_dark() -> None:
    blocks = re.findall(r":root\{([^}]*--bg[^}]*)\}", str(engine.stylesheet("report.css").css))
    assert len(blocks) == 2, "paper takes the light ones"
    for block in blocks:
        colours = dict(re.findall(r"--([\w-]+):(#\w+)", block))
        for back in ("bg", "good-bg", "bad-bg", "doubt-bg", "soft"):
            for front in ("fg", "mute", "link", "good", "bad", "doubt"):
                high, low = sorted((_luminance(colours[front]), _luminance(colours[back])), reverse=True)
                assert (high + 0.05) / (low + 0.05) >= 4.5, (front, back, block[:40])
