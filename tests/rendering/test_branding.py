"""A brand: colours that can be read, a logo that only shows, and nothing of it that breaks out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import InputError
from readiness.model import colour
from readiness.model.branding import Branding
from readiness.model.serial import dump, load
from readiness.rendering.brand import brand_rules
from readiness.rendering.engine import stylesheet
from readiness.rendering.format import FORMATS, Style
from readiness.resources import shipped

from .reviews import review

PIXEL = "data:image/png;base64,iVBORw0KGgo="
BRAND = Branding("ACME launches", PIXEL, "#7a1fa2", "#d9a7f0")
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def html(branding: Branding) -> str:
    page = FORMATS.shipped["html"].render(replace(review("go"), branding=branding), Style())
    assert isinstance(page, str)
    return page


def variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w[\w-]*): *(#[0-9a-f]+)", block))


def test_the_backgrounds_are_those_of_the_style_sheet() -> None:
    css = (shipped("templates") / "reports" / "report.css").read_text(encoding="utf-8")
    light, dark = (variables(block) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2])
    assert tuple(colour.normal(light[name]) for name in ("bg", "soft")) == colour.LIGHT
    assert tuple(colour.normal(dark[name]) for name in ("bg", "soft")) == colour.DARK


@pytest.mark.parametrize(("one", "other", "ratio"), [
    ("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54), ("#0000ff", "#ffffff", 8.59),
    ("#fff", "#FFF", 1), ("#ff0000", "#ffffff", 4.0),
])  # fmt: skip
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colour.contrast(one, other) == colour.contrast(other, one)


@pytest.mark.parametrize("text", ["", "red", "#12", "#1234567", "#ggg", "0b57a8", "#0b57a8 ", "#0b57a8;}", "#0b57a8\n", "#٣٣٣"])
def test_what_is_no_colour(text: str) -> None:
    with pytest.raises(ValueError, match="is not a colour such as"):
        colour.normal(text)


@given(COLOURS, st.sampled_from([colour.LIGHT, colour.DARK]))
def test_the_nearest_colour_has_enough_contrast(start: str, backgrounds: tuple[str, ...]) -> None:
    found = colour.nearest_with_contrast(start, backgrounds)
    assert colour.least_contrast(found, backgrounds)[0] >= colour.LEAST
    if colour.least_contrast(start, backgrounds)[0] >= colour.LEAST:
        assert found == start


def test_the_nearest_colour_keeps_its_hue() -> None:
    assert colour.nearest_with_contrast("#ff0000", colour.LIGHT) == "#e40000"
    assert colour.nearest_with_contrast("#0b57a8", colour.DARK) == "#478bdf"


def test_the_brand_is_on_the_page_and_in_the_policy() -> None:
    page = html(BRAND)
    colours = (":root{--link:#7a1fa2}@media screen and (prefers-color-scheme:dark){:root{--link:#d9a7f0}}")
    sheet = stylesheet("report.css", brand_rules(BRAND), "")
    assert sheet.css.endswith(colours)
    assert brand_rules(Branding(accent=BRAND.accent, accent_dark=BRAND.accent_dark)) == colours
    assert f"style-src '{sheet.hash}'" in page
    assert f'<img class=logo src="{PIXEL}" alt="">' in page
    assert "<p class=brand>ACME launches<h1>" in page
    assert "<img" not in html(Branding())
    assert html(Branding()) == FORMATS.shipped["html"].render(review("go"), Style())


def test_a_saved_review_keeps_its_brand() -> None:
    found = replace(review("go"), branding=BRAND)
    assert load(dump(found).encode(), "x") == found


@pytest.mark.parametrize("change", [
    {"accent": "red"}, {"accent": "#fff;}*{display:none"}, {"accent_dark": "url(x)"}, {"logo": "https://example.invalid/x.png"},
    {"logo": "data:text/html;base64,PHNjcmlwdD4="}, {"logo": "javascript:alert(1)"}, {"logo": 'data:image/png;base64,"><script>'},
])  # fmt: skip
def test_a_saved_review_with_another_brand_is_refused(change: dict[str, str]) -> None:
    bad = replace(review("go"), branding=replace(BRAND, **change))
    with pytest.raises(InputError, match="branding"):
        load(dump(bad).encode(), "x")


@pytest.mark.parametrize("text", ["red", "#fff}</style><script>alert(1)</script>", "#7a1fa2;background:url(https://x.invalid)"])
def test_what_is_no_colour_or_picture_is_left_out_of_a_page(text: str) -> None:
    page = html(Branding("<b>x</b>", text, text, text))
    assert "<img" not in page
    assert "alert(1)" not in page
    assert "x.invalid" not in page
    assert "&lt;b>x" in page or "&lt;b&gt;x" in page
