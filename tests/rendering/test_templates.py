"""A team's own templates: they fill blocks, cannot get out, cannot run away, and their mistakes are told."""

from __future__ import annotations

import re
import time

import pytest
from inline_snapshot import snapshot

from readiness.errors import InputError
from readiness.model.review import Review
from readiness.model.templates import Templates
from readiness.rendering.engine import stylesheet
from readiness.rendering.format import FORMATS, Style

from .reviews import many, review

BASE = '{% extends "shipped/report.html.j2" %}\n'
CASE = review("no-go-5")


def html(template: str, **others: str) -> str:
    texts = {"report.html.j2": template, **{name.replace("_", "."): text for name, text in others.items()}}
    return rendered("html", Templates(texts))


def rendered(form: str, templates: Templates | None = None, found: Review = CASE) -> str:
    text = FORMATS.shipped[form].render(found, Style(templates=templates))
    assert isinstance(text, str)
    return text


def block(text: str) -> str:
    return f"{BASE}{{% block head_extra %}}{text}{{% endblock %}}"


def refused(template: str, **others: str) -> str:
    with pytest.raises(InputError) as caught:
        html(template, **others)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_nothing_changes_where_nothing_is_overridden() -> None:
    assert html(BASE) == rendered("html")


def test_a_block_is_filled_and_what_it_prints_is_escaped() -> None:
    page = html(block('<meta name="x" content="{{ "<b>&" }}{{ view.title }}">'))
    assert '<meta name="x" content="&lt;b&gt;&amp;Shopping assistant 1.4.0">' in page
    assert page.replace('<meta name="x" content="&lt;b&gt;&amp;Shopping assistant 1.4.0">', "") == html(block(""))


def test_a_block_can_show_the_shipped_one_too() -> None:
    page = html(f"{BASE}{{% block footer %}}<p>Questions: team-assist</p>{{{{ super() }}}}{{% endblock %}}")
    assert re.search(r"<p>Questions: team-assist</p>\s*<footer>", page)


def test_own_files_are_included_and_those_that_are_shipped_are_found() -> None:
    assert "<i>part</i>" in html(block('{% include "part.html.j2" %}'), part_html_j2="<i>part</i>")
    assert "there is no template `nothing.html.j2`" in refused(block('{% include "nothing.html.j2" %}'))


def test_markdown_has_blocks_too() -> None:
    own = Templates({"report.md.j2": '{% extends "shipped/report.md.j2" %}{% block end %}By {{ ["*team*"]|first }}\n{% endblock %}'})
    text = rendered("markdown", own)
    assert text.endswith("By &#42;team&#42;\n")


def test_the_policy_stays_whatever_a_template_does() -> None:
    page = html(block("<script>alert(1)</script><style>p{}</style>"))
    policies = re.findall(r'http-equiv="?Content-Security-Policy"? content="([^"]*)"', page)
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; ")
    assert "unsafe" not in policies[0]
    assert page.index("Content-Security-Policy") < page.index("<script>alert")


@pytest.mark.parametrize("template", [
    "<!doctype html><p>GO", "", " \n", "{# x #}", "x" + BASE, "{{ 1 }}" + BASE, "{% if 1 %}" + BASE + "{% endif %}",
    "{% extends 'report.html.j2' %}", "{% extends 'shipped/report.md.j2' %}", "{% set x = 'shipped/report.html.j2' %}{% extends x %}",
    "{% extends ['shipped/report.html.j2'] %}", "{% block a %}{% endblock %}",
])  # fmt: skip
def test_a_report_that_is_not_the_shipped_one_is_refused(template: str) -> None:
    assert 'a report begins with {% extends "shipped/report.html.j2" %}' in refused(template)


@pytest.mark.parametrize("attack", [
    "{{ ''.__class__.__mro__ }}", "{{ view.__class__ }}", "{{ view._replace(title='x') }}", "{{ view['__class__'] }}",
    "{{ view|attr('__class__') }}", "{{ view|map(attribute='__class__')|list|first }}", "{{ self.__init__.__globals__ }}",
    "{{ range.__self__ }}", "{{ namespace.__init__.__globals__ }}", "{{ ''['format'] }}", "{{ '{0.__class__}'.format(view) }}",
    "{{ ('{0.__class__}'|e).format(view) }}", "{{ '%s' % view }}", "{{ view.title.encode('utf-16') }}",
    "{{ cycler.__init__ }}", "{{ lipsum() }}", "{{ joiner }}", "{{ config }}", "{{ request }}", "{{ environment }}",
    "{{ view|pprint }}", "{{ view|tojson }}", "{{ '<b>'|safe }}", "{{ '<b>'|e|replace('&lt;', '<') }}", "{{ {'a': 1}|xmlattr }}",
    "{% autoescape false %}{{ '<b>' }}{% endautoescape %}", "{% import 'os' as os %}", "{% from 'part.html.j2' import x %}",
    "{% include '/etc/passwd' %}", "{% include '../readiness.yaml' %}", "{% include 'shipped/../report.css' %}",
    "{% include 'report.css' %}", "{% include 'shipped/report.css' %}", "{% include 'C:\\\\x.html.j2' %}",
    "{{ view.items.append(1) }}", "{{ view.items.clear }}", "{% do view %}", "{{ nothing }}", "{{ view.nothing }}",
    "{{ view.items }}", "{{ 1 / 0 }}", "{{ 'a' + 1 }}", "{% endfor %}", "{% for %}{% endfor %}",
    "{{ loop }}", "{{ [].__len__ }}", "{{ caller }}", "{{ super.__class__ }}", "{% extends 'x' %}{% extends 'y' %}",
])  # fmt: skip
def test_attacks_and_mistakes_are_errors_with_their_place(attack: str) -> None:
    message = refused(f"{BASE}\n{{% block head_extra %}}\n{attack}\n{{% endblock %}}", part_html_j2="x")
    assert re.match(r"templates/report\.html\.j2:4: error\[template\]: ", message), message
    assert "/readiness/" not in message
    assert "Traceback" not in message


@pytest.mark.parametrize("attack", [
    "{% for i in range(100000) %}{% endfor %}",
    "{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}",
    "{% for i in range(9999) %}{{ range(9999)|sum }}{% endfor %}",
    "{% set x = range(9999)|list %}{% for i in x %}{{ x|sum }}{% endfor %}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ self.head_extra() }}", "{% include 'part.html.j2' %}",
    "{{ 'x' * 1000000000 }}", "{{ [0] * 1000000000 }}", "{{ 9 ** 999999999 }}", "{{ 10 ** 30 * 10 ** 30 }}",
    "{{ '%1000000000d' % 1 }}", "{{ '{:1000000000}'.format(1) }}", "{{ 'x'.ljust(1000000000) }}", "{{ 'x'|center(1000000000) }}",
    "{{ 'x'|indent(1000000000) }}", "{{ [1]|batch(1000000000, 0)|list }}", "{{ 'x'.zfill(1000000000) }}",
    "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}",
    "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "{% set n = namespace(x=1) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x|upper }}",
    "{% set n = namespace(x=1) %}{% for i in range(99) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ n.x|upper }}",
    "{% set n = namespace(x=1) %}{% for i in range(99) %}{% set n.x = namespace(a=n.x, b=n.x) %}{% endfor %}{{ n.x|upper }}",
    "{% set n = namespace(x=1) %}{% for i in range(99) %}{% set n.x = {'a': n.x, 'b': n.x} %}{% endfor %}",
    "{% for i in range(9999) %}" + "y" * 9999 + "{% endfor %}", "{% filter upper %}{% for i in range(9999) %}" + "y" * 9999
    + "{% endfor %}{% endfilter %}", "{% for i in range(9999) %}{{ view.items|map('upper')|join('x') }}{% endfor %}",
    "{{ range(9999)|join('x' ~ range(9999)|join) }}",
])  # fmt: skip
def test_a_template_cannot_run_away(attack: str) -> None:
    start = time.process_time()
    message = refused(block(attack), part_html_j2="{% include 'part.html.j2' %}{% include 'part.html.j2' %}")
    assert "error[template]" in message
    assert time.process_time() - start < 8


def test_what_a_long_report_needs_is_allowed() -> None:
    found = many(1000)
    own = Templates({"report.html.j2": BASE})
    page = rendered("html", own, found)
    assert page == rendered("html", None, found)


def test_messages() -> None:
    assert refused(block("{{ view.titel }}")) == snapshot("""\
templates/report.html.j2:2: error[template]: a `View` has no attribute 'titel'
  2 | {% block head_extra %}{{ view.titel }}{% endblock %}
    | ^
  help: docs/templates.md lists the blocks of a report and what a template can do\
""")
    assert refused(block("{% if %}")) == snapshot("""\
templates/report.html.j2:2: error[template]: Expected an expression, got 'end of statement block'
  2 | {% block head_extra %}{% if %}{% endblock %}
    | ^
  help: docs/templates.md lists the blocks of a report and what a template can do\
""")
    assert refused(block("{{ x|safe }}")) == snapshot("""\
templates/report.html.j2:2: error[template]: No filter named 'safe'.
  2 | {% block head_extra %}{{ x|safe }}{% endblock %}
    | ^
  help: docs/templates.md lists the blocks of a report and what a template can do\
""")
    assert refused(block('{% include "prat.html.j2" %}'), part_html_j2="x") == snapshot("""\
templates/report.html.j2:2: error[template]: there is no template `prat.html.j2`
  help: did you mean `part.html.j2`?\
""")
    assert refused(block('{% include "part.html.j2" %}'), part_html_j2="\n{{ y }}") == snapshot("""\
templates/part.html.j2:2: error[template]: 'y' is undefined
  2 | {{ y }}
    | ^
  help: docs/templates.md lists the blocks of a report and what a template can do\
""")


def test_an_own_style_sheet_comes_after_the_shipped_one_and_into_the_policy() -> None:
    own = Templates({"report.css": "/* ours */ h1 { color: red }\n"})
    page = rendered("html", own)
    sheet = stylesheet("report.css", "", own.texts["report.css"])
    assert sheet.css.endswith("/* ours */ h1 { color: red }\n")
    assert f"style-src '{sheet.hash}'" in page
    assert page.count("<style>") == 1


def test_a_style_sheet_cannot_end_itself() -> None:
    with pytest.raises(ValueError, match="cannot hold"):
        stylesheet("report.css", "</style><script>")
