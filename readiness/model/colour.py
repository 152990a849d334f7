"""Colours on a page: contrast as WCAG 2.2 defines it, and the nearest colour that has enough.

Lightness is moved in Oklab (Björn Ottosson 2020), where equal steps look equal and the hue stays.
"""

from __future__ import annotations

from typing import NamedTuple

from readiness.patterns import pattern

HEX = r"^#[0-9a-fA-F]{6}$"
LEAST = 4.5  # WCAG 2.2, success criterion 1.4.3
# What text of the accent's colour stands on: --bg and --soft of templates/reports/report.css.
LIGHT = ("#ffffff", "#f4f6f8")
DARK = ("#14171b", "#1e2329")
_SHORT = pattern(r"#[0-9a-fA-F]{3}")
_LONG = pattern(HEX)
_STEPS = 500


class Oklab(NamedTuple):
    """Lightness from 0 to 1, and two axes of colour."""

    light: float
    a: float
    b: float


def normal(text: str) -> str:
    """Return a colour as `#0b57a8`, also from `#05A`.

    Raises:
        ValueError: it is not written so.
    """
    if _SHORT.fullmatch(text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    if not _LONG.fullmatch(text):
        raise ValueError(f"`{text}` is not a colour such as `#0b57a8`")
    return text.lower()


def contrast(colour: str, background: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def least_contrast(colour: str, backgrounds: tuple[str, ...]) -> tuple[float, str]:
    """Return the smallest contrast ratio of a colour, and the background it has it on."""
    return min((contrast(colour, background), background) for background in backgrounds)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def nearest_with_contrast(colour: str, backgrounds: tuple[str, ...]) -> str:
    """Return the colour of the same hue, nearest in lightness, that has enough contrast.

    Black or white always has it on a background that is light or dark enough to be one.
    """
    if least_contrast(colour, backgrounds)[0] >= LEAST:
        return normal(colour)
    lab = _to_oklab(colour)
    end = 0.0 if luminance(backgrounds[0]) > 0.18 else 1.0  # noqa: PLR2004 - middle grey
    for step in range(1, _STEPS):
        share = step / _STEPS
        fade = 1 - share**4  # in the end also the colour goes, or black and white stay out of reach
        moved = Oklab(lab.light + (end - lab.light) * share, lab.a * fade, lab.b * fade)
        found = _to_hex(moved)
        if least_contrast(found, backgrounds)[0] >= LEAST:
            return found
    return "#000000" if end == 0 else "#ffffff"


def _linear(colour: str) -> tuple[float, float, float]:
    text = normal(colour)
    parts = (int(text[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)  # noqa: PLR2004 - sRGB
    return red, green, blue


def _to_oklab(colour: str) -> Oklab:
    r, g, b = _linear(colour)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return Oklab(
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _to_hex(lab: Oklab) -> str:
    long = (lab.light + 0.3963377774 * lab.a + 0.2158037573 * lab.b) ** 3
    middle = (lab.light - 0.1055613458 * lab.a - 0.0638541728 * lab.b) ** 3
    short = (lab.light - 0.0894841775 * lab.a - 1.2914855480 * lab.b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_byte(part):02x}" for part in linear)


def _byte(part: float) -> int:
    value = min(max(part, 0.0), 1.0)
    shown = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055  # noqa: PLR2004 - sRGB
    return round(255 * shown)
