"""A team's own templates and brand, by the command line: where they are looked for, and how they fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from .running import DAY, LAUNCH, Done, demo, readiness

BASE = '{% extends "shipped/report.html.j2" %}\n{% block footer %}OUR OWN{{ super() }}{% endblock %}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "templates").mkdir(parents=True)
    return demo(home)


def check(folder: Path, form: str = "html") -> Done:
    return readiness("check", ".", "--as-of", DAY, "-f", form, cwd=folder)


def test_a_report_by_an_own_template_and_the_gate_as_before(folder: Path) -> None:
    (folder / "templates" / "report.html.j2").write_text(BASE)
    (folder / "templates" / "report.css").write_text("h1 { font-style: italic }\r\n")
    (folder / "templates" / "report.js").write_text("alert(1)")
    done = check(folder)
    assert done.code == 1
    assert "OUR OWN" in done.out
    assert "h1 { font-style: italic }\n</style>" in done.out
    assert "alert(1)" not in done.out
    assert "OUR OWN" not in check(folder, "markdown").out


def test_a_saved_review_is_rendered_with_the_templates_of_its_launch(folder: Path, tmp_path: Path) -> None:
    (folder / "templates" / "report.html.j2").write_text(BASE)
    saved = folder / "build" / "review.json"
    saved.parent.mkdir()
    saved.write_text(check(folder, "json").out)
    assert "OUR OWN" in readiness("report", saved, "-f", "html", cwd=tmp_path).out
    (tmp_path / "review.json").write_text(saved.read_text())
    assert "OUR OWN" not in readiness("report", tmp_path / "review.json", "-f", "html", cwd=folder).out


def test_other_files_in_the_folder_are_the_services(folder: Path) -> None:
    (folder / "templates" / "index.html.j2").write_text("{% broken")
    (folder / "templates" / "nested").mkdir()
    assert check(folder).code == 1
    (folder / "templates" / "report.html.j2").write_text(BASE)
    assert check(folder).code == 1


def test_mistakes(folder: Path) -> None:
    own = folder / "templates" / "report.html.j2"
    own.write_text(BASE.replace("OUR OWN", "{{ view.nobody }}"))
    done = check(folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == snapshot("""\
templates/report.html.j2:2: error[template]: a `View` has no attribute 'nobody'
  2 | {% block footer %}{{ view.nobody }}{{ super() }}{% endblock %}
    | ^
  help: docs/templates.md lists the blocks of a report and what a template can do
""")
    own.write_text("<p>GO</p>")
    assert check(folder).err == snapshot("""\
templates/report.html.j2:1: error[template]: a report begins with {% extends "shipped/report.html.j2" %}
  1 | <p>GO</p>
    | ^
  help: docs/templates.md lists the blocks of a report and what a template can do
""")
    own.write_bytes(b"\xff\xfe")
    assert check(folder).err == snapshot("""\
templates/report.html.j2:1: error[not-utf8]: byte 0 is not UTF-8 text
  help: save it as UTF-8
""")
    own.write_text(BASE)
    (folder / "templates" / "report.css").write_text("/* */\np { content: '</STYLE>' }")
    assert check(folder).err == snapshot("""\
templates/report.css:2:15: error[style]: `</style` would end the style sheet
  2 | p { content: '</STYLE>' }
    |               ^^^^^^^
  help: write `<\\/style`
""")
    (folder / "templates" / "report.css").write_text("a\x00b")
    assert check(folder).err == snapshot("""\
templates/report.css:1: error[not-text]: the control character \\u{0} cannot stand in a template
  help: remove it
""")


def test_a_template_stays_in_the_repository(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.j2").write_text(BASE)
    own = folder / "templates" / "report.html.j2"
    own.symlink_to(tmp_path / "outside.j2")
    done = check(folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == snapshot("""\
templates/report.html.j2: error[outside]: it is a link that leaves the repository
  help: keep templates in the repository
""")
    own.unlink()
    own.symlink_to("/etc/passwd")
    assert check(folder).code == 2
    own.unlink()
    (folder / "base.j2").write_text(BASE)
    own.symlink_to(folder / "base.j2")
    assert "OUR OWN" in check(folder).out


@pytest.mark.parametrize("kind", ["loop", "pipe", "folder", "gone", "large"])
def test_what_is_no_template_is_an_error(folder: Path, kind: str) -> None:
    own = folder / "templates" / "report.html.j2"
    if kind == "loop":
        own.symlink_to("report.html.j2")
    elif kind == "pipe":
        os.mkfifo(own)
    elif kind == "folder":
        own.mkdir()
    elif kind == "gone":
        own.symlink_to("nowhere.j2")
    else:
        own.write_text(BASE + " " * 256_000)
    done = check(folder)
    assert done.out == ""
    assert done.code == (2 if kind == "large" else 3)
    assert done.err.startswith("templates/report.html.j2: error[")


def test_a_template_that_runs_away_ends(folder: Path) -> None:
    loop = "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}"
    (folder / "templates" / "report.html.j2").write_text(BASE.replace("OUR OWN", loop))
    done = check(folder)
    assert done.code == 2
    assert "the template takes more than 300,000 steps" in done.err


def test_a_brand_is_in_the_review_and_on_the_page(folder: Path) -> None:
    (folder / "readiness.yaml").write_text(f"{LAUNCH}report: {{title: ACME, accent: '#7a1fa2'}}\n")
    assert "--link:#7a1fa2" in check(folder).out
    assert '"title": "ACME"' in check(folder, "json").out
