"""A brand on a report: its title and logo, and the rules that set its colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.branding import LOGO
from readiness.model.colour import HEX
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.branding import Branding

_HEX = pattern(HEX)
_LOGO = pattern(LOGO)
_PLACE = (
    ".logo{align-self:center;height:1.8rem;max-width:10rem;object-fit:contain}"
    ".top .brand{flex-basis:100%;font-weight:600}.logo+.brand{flex:1 1 70%;align-self:center}"
    "@media print{.logo{height:1.2em}.top .brand,.logo+.brand{flex:none}}"
)


class BrandView(NamedTuple):
    """A title, empty if none is set, and a logo as a `data:` address, empty if there is none."""

    title: str
    logo: str


def brand_view(branding: Branding | None) -> BrandView:
    """Return what stands at the top of a report. A logo that is no picture is left out."""
    if branding is None:
        return BrandView("", "")
    return BrandView(branding.title, branding.logo if _LOGO.fullmatch(branding.logo) else "")


def brand_rules(branding: Branding | None) -> str:
    """Return the rules that place title and logo and set the accent; on paper the light page's.

    What is not a plain colour is left out: it could hold other rules.
    """
    view = brand_view(branding)
    rules = _PLACE if view.title or view.logo else ""
    if branding is None or not _HEX.fullmatch(branding.accent):
        return rules
    rules += f":root{{--link:{branding.accent}}}"
    if _HEX.fullmatch(branding.accent_dark):
        dark = f":root{{--link:{branding.accent_dark}}}"
        rules += f"@media screen and (prefers-color-scheme:dark){{{dark}}}"
    return rules
