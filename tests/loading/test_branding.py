"""`report` in readiness.yaml: what is taken, and what is refused with its place and a way out."""

from __future__ import annotations

import os
import struct
from base64 import b64decode
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from readiness.errors import ReadinessError
from readiness.loading.files import find_home
from readiness.loading.load import load_plan
from readiness.model.branding import Branding
from tests.cli.running import LAUNCH, demo

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def png(width: int = 8, height: int = 8) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII5B", 13, b"IHDR", width, height, 8, 6, 0, 0, 0) + b"\0" * 8


def loaded(folder: Path, report: str, logo: bytes | None = None) -> Branding:
    demo(folder, LAUNCH + f"report: {report}\n")
    if logo is not None:
        (folder / "logo.svg").write_bytes(logo)
    brand = load_plan(find_home(folder)).branding
    assert brand is not None
    return brand


def refused(folder: Path, report: str, logo: bytes | None = None) -> str:
    with pytest.raises(ReadinessError) as caught:
        loaded(folder, report, logo)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_no_report_is_no_brand(tmp_path: Path) -> None:
    assert load_plan(find_home(demo(tmp_path))).branding is None


def test_a_whole_brand(tmp_path: Path) -> None:
    found = loaded(tmp_path, "{title: ACME, logo: logo.svg, accent: '#0B57A8', accent_dark: '#8bf'}", SVG.format("").encode())
    assert (found.title, found.accent, found.accent_dark) == ("ACME", "#0b57a8", "#88bbff")
    head, _, data = found.logo.partition(",")
    assert head == "data:image/svg+xml;base64"
    assert b64decode(data) == SVG.format("").encode()


def test_a_dark_accent_is_computed(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{accent: '#0b57a8'}") == Branding("", "", "#0b57a8", "#478bdf")


def test_a_png_is_known_by_its_content(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{logo: logo.svg}", png()).logo.startswith("data:image/png;base64,")


def test_messages(tmp_path: Path) -> None:
    assert refused(tmp_path, "{accent: '#ffcc00', accent_dark: '#333'}") == snapshot("""\
readiness.yaml:9:18: error[contrast]: `#ffcc00` has a contrast of 1.39:1 against #f4f6f8, the light page; text needs 4.5:1
  9 | report: {accent: '#ffcc00', accent_dark: '#333'}
    |                  ^^^^^^^^^
  help: the nearest that has it is '#976800'
readiness.yaml:9:42: error[contrast]: `#333333` has a contrast of 1.25:1 against #1e2329, the dark page; text needs 4.5:1
  9 | report: {accent: '#ffcc00', accent_dark: '#333'}
    |                                          ^^^^^^
  help: the nearest that has it is '#898989'\
""")
    assert refused(tmp_path, "{accent: red}") == snapshot("""\
readiness.yaml:9:18: error[value]: `red` is not a colour such as `#0b57a8`
  9 | report: {accent: red}
    |                  ^^^
  help: write six digits, quoted: '#0b57a8'\
""")
    assert refused(tmp_path, "{accent_dark: '#fff'}") == snapshot("""\
readiness.yaml:9:23: error[value]: there is no `accent` to go with
  9 | report: {accent_dark: '#fff'}
    |                       ^^^^^^
  help: add `accent: …`\
""")
    assert refused(tmp_path, "{acent: '#000'}") == snapshot("""\
readiness.yaml:9:10: error[unknown-key]: unknown key `acent`
  9 | report: {acent: '#000'}
    |          ^^^^^
  help: did you mean `accent`?\
""")
    assert refused(tmp_path, "{logo: nowhere.svg}") == snapshot("""\
readiness.yaml:9:16: error[not-found]: `nowhere.svg` cannot be read: No such file or directory
  9 | report: {logo: nowhere.svg}
    |                ^^^^^^^^^^^\
""")
    assert refused(tmp_path, "{logo: ../logo.svg}") == snapshot("""\
readiness.yaml:9:16: error[outside]: it leaves the repository
  9 | report: {logo: ../logo.svg}
    |                ^^^^^^^^^^^
  help: keep the logo in the repository\
""")
    assert refused(tmp_path, "{logo: logo.svg}", SVG.format("<script/>").encode()) == snapshot("""\
readiness.yaml:9:16: error[logo]: the SVG has <script>, and a logo is a still picture
  9 | report: {logo: logo.svg}
    |                ^^^^^^^^
  help: give a plain SVG or PNG picture\
""")


@pytest.mark.parametrize(("inside", "message"), [
    ("<script>alert(1)</script>", "the SVG has <script>"),
    ("<SCRIPT xmlns=''/>", "the SVG has <script>"),
    ("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>", "the SVG has <foreignobject>"),
    ("<g onload='alert(1)'/>", "the SVG has `onload`"),
    ("<a href='javascript:alert(1)'/>", "the SVG fetches something"),
    (f"<image {XLINK} xlink:href='https://example.invalid/x.png'/>", "the SVG fetches something"),
    ("<image href='//example.invalid/x.png'/>", "the SVG fetches something"),
    ("<use href='other.svg#x'/>", "the SVG fetches something"),
    ("<rect style='fill: url( https://example.invalid )'/>", "the SVG fetches something"),
    ("<rect fill='url(https://example.invalid)'/>", "the SVG fetches something"),
    ("<style>@import 'https://example.invalid'</style>", "the SVG fetches something"),
    ("<style>rect { fill: u\\72l(https://example.invalid) }</style>", "the SVG fetches something"),
    ("<animate attributeName='href' to='javascript:alert(1)'/>", "the SVG has <animate>"),
    ("<set attributeName='onload'/>", "the SVG has <set>"),
])  # fmt: skip
def test_a_logo_that_does_something_is_refused(tmp_path: Path, inside: str, message: str) -> None:
    assert message in refused(tmp_path, "{logo: logo.svg}", SVG.format(inside).encode())


@pytest.mark.parametrize(("logo", "message"), [
    (b"", "neither a PNG nor an SVG"),
    (b"GIF89a", "neither a PNG nor an SVG"),
    (b"<svg", "neither a PNG nor an SVG"),
    (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", "without a document type"),
    (b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>", "without a document type"),
    (b"<html/>", "its root is <html>"),
    (png()[:20], "the PNG is cut off"),
    (b"\x89PNG\r\n\x1a\n" + b"x" * 40, "the PNG is cut off"),
    (png(50_000, 50_000), "50,000 × 50,000 pixels"),
    (png(0, 8), "0 × 8 pixels"),
    (b"<svg>" + b" " * 32_000 + b"</svg>", "more than 32 kB"),
    (b"\xff\xfe<svg/>", "neither a PNG nor an SVG"),
])  # fmt: skip
def test_a_logo_that_is_no_picture_is_refused(tmp_path: Path, logo: bytes, message: str) -> None:
    assert message in refused(tmp_path, "{logo: logo.svg}", logo)


@pytest.mark.parametrize("inside", [
    "<style>.a { fill: url(#x) }</style><path class='a' d='M0 0h8'/>", "<linearGradient id='x'/><rect fill='url(#x)'/>",
    "<use href='#x'/>", "<image href='data:image/png;base64,AAAA'/>", "<title>ACME &amp; Co</title>",
])  # fmt: skip
def test_a_plain_drawing_is_taken(tmp_path: Path, inside: str) -> None:
    assert loaded(tmp_path, "{logo: logo.svg}", SVG.format(inside).encode()).logo


def test_a_logo_stays_in_the_repository(tmp_path: Path) -> None:
    outside = tmp_path / "outside.svg"
    outside.write_text(SVG.format(""))
    home = tmp_path / "home"
    home.mkdir()
    (home / "link.svg").symlink_to(outside)
    assert "it leaves the repository" in refused(home, "{logo: link.svg}")
    (home / "loop.svg").symlink_to("loop.svg")
    assert "logo" in refused(home, "{logo: loop.svg}")
    os.mkfifo(home / "pipe.svg")
    assert "it is not a regular file" in refused(home, "{logo: pipe.svg}")
    for name in ("/etc/passwd", "a\\b.svg"):
        assert "a relative path" in refused(home, f"{{logo: '{name}'}}")
