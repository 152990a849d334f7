"""Attacks D1 to D5 and D9: what a stranger wrote, in what people and browsers read.

D1 in a real browser: tests/rendering/test_browser.py. D6 to D8: tests of the formats for machines.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from itertools import cycle
from pathlib import Path

import pytest

from readiness.model.review import Review
from readiness.rendering.engine import markdown
from readiness.rendering.format import FORMATS, Style
from readiness.rendering.formats.html import render as html
from readiness.rendering.formats.terminal import render as terminal
from readiness.rendering.whiteboard import BOARDS
from readiness.resources import PACKAGE, shipped
from tests.pipeline.worlds import go_world
from tests.rendering.change import with_texts
from tests.rendering.page import Page
from tests.rendering.reviews import CASES, review
from tests.rendering.test_hostile import shape

from .attacks import HOSTILE, gate, home, values

TEXTS = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' autofocus onfocus=alert(1) x='", "javascript:alert(1)",
    "[x](javascript:alert(1))", "[x](data:text/html,<script>alert(1)</script>)", "![x](http://127.0.0.1:1/x.png)", "<svg/onload=alert(1)>",
    "</title></style></script><script>alert(1)</script>", "<!--", "]]>", "<a href=jav&#x09;ascript:alert(1)>x</a>", "{{ 7*7 }}{% raw %}",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:1/'>", "<base href=http://127.0.0.1:1/>", "&lt;script&gt;", "<x" * 300,
    "\x1b]8;;http://127.0.0.1:1\x07x\x1b]8;;\x07", "\x1b]52;c;cm0gLXJm\x07", "\x9b31m", "\u202egnp.exe", "\u2066\u2069", "\x00\x07\x08\r\n::error::x",
    "[red]x[/red]", "[/red]", "\ud800", "\ufeff", "\U000e0041", "a\u0301" * 50, "GO", "✓ GO", "\n\n✓ GO\n\n", "`code` | cell", "<b>", "@everyone",
]  # fmt: skip
PAGES = {"report": html, **{f"board {name}": board.render for name, board in BOARDS.items() if name == "html"}}


def poisoned(case: str = "no-go-5") -> Review:
    return with_texts(review(case), cycle(TEXTS).__next__, keep=("why", "fix"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("case", CASES)
def test_d1_no_text_becomes_an_element_or_an_attribute(page: str, case: str) -> None:
    plain = with_texts(review(case), cycle([f"harmless {n}" for n in range(len(TEXTS))]).__next__, keep=("why", "fix"))
    hostile = with_texts(review(case), cycle(TEXTS).__next__, keep=("why", "fix"))
    tags = {tag for tag, _ in Page(str(PAGES[page](hostile, Style()))).tags}
    assert tags <= {tag for tag, _ in Page(str(PAGES[page](plain, Style()))).tags} | {"code"}
    for tag, attributes in Page(str(PAGES[page](hostile, Style()))).tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("href", "src", "action", "formaction", "xlink:href"):
            link = dict(attributes).get(name, "") if isinstance(attributes, dict) else ""
            assert not re.match(r"\s*(?:javascript|data:text|vbscript)", link or "", re.IGNORECASE)


@pytest.mark.parametrize("text", TEXTS)
def test_d1_prose_keeps_no_live_link_or_picture(text: str) -> None:
    page = str(markdown(text))
    assert not re.search(r"<(?:script|img|svg|iframe|meta|base|object|style|form)", page, re.IGNORECASE)
    assert not re.search(r"href=\"(?!https?:|mailto:)", page)


@pytest.mark.parametrize("page", PAGES)
def test_d2_the_policy_comes_first_and_allows_nothing_else(page: str) -> None:
    text = str(PAGES[page](poisoned(), Style()))
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    assert policy
    for tag in ("<style", "<script", "<link", "<body", "<img"):
        assert policy.start() < (text.find(tag) if tag in text else len(text))
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";") if rule.strip())
    assert rules["default-src"] == "'none'"
    assert rules.get("base-uri") == rules.get("form-action") == "'none'"
    assert all(re.fullmatch(r"'none'|data:|(?:'sha256-[A-Za-z0-9+/=]+' ?)+", value) for value in rules.values()), rules
    metas = [attributes for tag, attributes in Page(text).tags if tag == "meta" and "http-equiv" in attributes]
    assert len(metas) == 1, "no refresh, which no policy stops"


def test_d3_only_one_module_marks_text_as_safe() -> None:
    """A grep, as a gate: `Markup(` in the engine, `|safe` nowhere."""
    found = {path.name for path in PACKAGE.rglob("*.py") if re.search(r"\bMarkup\(", path.read_text())}
    assert found == {"engine.py"}
    for file in shipped("templates").joinpath("reports").iterdir():
        if file.name.endswith(".j2"):
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"\|\s*safe\b|autoescape", text), file.name


@pytest.mark.parametrize("case", ["no-go-5", "conditions"])
def test_d3_charts_are_drawn_by_us(case: str) -> None:
    """Texts stand in no attribute of a drawing but as escaped text."""
    text = str(html(poisoned(case), Style()))
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert "alert(1)" not in re.sub(r">[^<]*<", "><", drawing)


TEMPLATES = [
    "{% block decision %}<h2>GO</h2>{% endblock %}", "{% block decision %}<!-- {{ super() }} -->GO{% endblock %}",
    "{% block footer %}{{ view.decision.__class__.__mro__ }}{% endblock %}", "{% block footer %}{{ ''.__class__.__base__.__subclasses__() }}{% endblock %}",
    "{% block footer %}{% for a in range(10**9) %}{% for b in range(10**9) %}x{% endfor %}{% endfor %}{% endblock %}",
    "{% block footer %}{{ 'x' * 10**10 }}{% endblock %}", "{% block footer %}{{ '%1000000000d' % 1 }}{% endblock %}",
    "{% block footer %}{{ cycler.__init__.__globals__.os.system('touch owned') }}{% endblock %}",
    "{% block footer %}{% include '../../readiness.yaml' %}{% endblock %}", "{% block footer %}{% include '/etc/passwd' %}{% endblock %}",
    "{% block footer %}{% autoescape false %}{{ view.title }}{% endautoescape %}{% endblock %}", "{% block footer %}{{ view.title|safe }}{% endblock %}",
    "{% block footer %}{{ view.decision._replace(word='GO') }}{% endblock %}", "{% block footer %}{{ lipsum.__globals__ }}{% endblock %}",
    "{% block footer %}{{ self.footer() }}{% endblock %}", "{% block footer %}{{ view.title.format.__globals__ }}{% endblock %}",
    "{% block footer %}{{ '{0.__class__}'.format(view) }}{% endblock %}", "{% set x = namespace() %}{% block footer %}{{ namespace.__init__ }}{% endblock %}",
]  # fmt: skip


@pytest.mark.parametrize("body", TEMPLATES)
def test_d4_a_template_of_the_judged_tree_changes_no_decision(body: str, tmp_path: Path) -> None:
    """Refused with its place, or harmless: the page says NO-GO, and the exit code too."""
    folder = home(tmp_path, go_world().with_run("LOAD-01", p95=900))
    (folder / "templates").mkdir()
    (folder / "templates/report.html.j2").write_text('{% extends "shipped/report.html.j2" %}\n' + body)
    start = time.monotonic()
    done = gate(folder, "-f", "html", cwd=tmp_path)
    assert time.monotonic() - start < 60
    assert done.code in (1, 2)
    assert not (tmp_path / "owned").exists()
    if done.code == 1:
        assert "NO-GO</span></h2>" in re.sub(r"<!--.*?-->", "", done.out, flags=re.DOTALL)
        assert "root:" not in done.out
        assert "posix" not in done.out
    else:
        assert done.out == ""
        assert "templates/report.html.j2" in done.err


SHOWN = [name for name in FORMATS.shipped_ids if name not in ("pdf",)]
OURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("form", SHOWN)
@pytest.mark.parametrize("colour", [False, True])
def test_d5_no_control_or_format_character_is_sent(form: str, colour: bool) -> None:
    text = FORMATS.shipped[form].render(poisoned(), Style(colour=colour))
    shown = OURS.sub("", text if isinstance(text, str) else text.decode())
    if form == "json":
        assert json.loads(shown)
    if form == "csv":
        shown = shown.replace("\r\n", "\n")  # RFC 4180 ends lines so
    odd = {char for char in shown if char not in "\n\u200b" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}}
    assert not odd, sorted(map(ord, odd))


def test_d5_the_decision_is_the_last_word_whatever_texts_say() -> None:
    lines = terminal(poisoned(), Style()).splitlines()
    said = [number for number, line in enumerate(lines) if re.match(r"\S+ (?:NO-GO|GO)\b", line)]
    assert said
    assert "NO-GO" in lines[said[-1]]
    assert len(lines) - said[-1] <= 20


SECRETS = {
    "a key of a cloud": "AKIAIOSFODNN7EXAMPLE", "a token of a forge": "ghp_" + "a1B2" * 9, "a web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "a password by name": "hunter2hunter2",
}  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_d9_a_secret_in_evidence_is_not_in_a_report(name: str, tmp_path: Path) -> None:
    """Beside the value that fails, where an excerpt shows it."""
    secret = SECRETS[name]
    folder = home(tmp_path)
    raw = values(p95=9000).replace(b'"p95": 9000', f'\n"password": "{secret}", "p95": 9000,\n"token": "{secret}"'.encode())
    (folder / "evidence/load.json").write_bytes(raw)
    for form in SHOWN:
        done = gate(folder, "-f", form)
        assert done.code == 1
        assert secret not in done.out, form


def test_d9_nothing_of_the_runner_is_in_a_report(tmp_path: Path) -> None:
    """A variable of the environment, the folder, the user and the host stand nowhere."""
    folder = home(tmp_path / "a-folder-of-the-runner", go_world().with_run("LOAD-01", raw=b"{"))
    for form in SHOWN:
        done = gate(folder, "-f", form, env={"CANARY": "canary-7f3a", "API_TOKEN": "canary-7f3a"})
        assert done.code == 1
        assert "canary-7f3a" not in done.out
        assert "a-folder-of-the-runner" not in done.out, form


@pytest.mark.skipif(not HOSTILE.is_dir(), reason=f"no corpora in {HOSTILE}")
def test_d1_every_payload_in_the_page_is_text(request: pytest.FixtureRequest) -> None:
    """All of the corpora's payloads through the page: no element is gained (the browser: test_browser.py)."""
    payloads = (HOSTILE / "xss-payloadbox/Intruder/xss-payload-list.txt").read_text(errors="replace").splitlines()
    payloads += json.loads((HOSTILE / "blns/blns.json").read_text())
    texts = [text for text in payloads if text.strip() and " where " not in text][::4]
    harmless = shape(str(html(with_texts(review("no-go-1"), map("harmless {}".format, range(10**9)).__next__, keep=("why", "fix")), Style())))
    for start in range(0, len(texts), 400):
        found = with_texts(review("no-go-1"), cycle(texts[start : start + 400]).__next__, keep=("why", "fix"))
        assert shape(str(html(found, Style()))) == harmless
    print(f"\n{len(texts)} payloads, 0 elements gained")
