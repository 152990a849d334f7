"""How a report looks like one's own: complete enough to render it again from the saved review."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from readiness.model.colour import HEX
from readiness.model.record import record

LOGO = r"^(?:data:image/(?:png|svg\+xml);base64,[A-Za-z0-9+/]+={0,2})?$"
COLOUR = f"{HEX[:-1]}$|^$"
MAX_LOGO = 32_000  # bytes of the file

Colour = Annotated[str, Field(pattern=COLOUR)]


@record
class Branding:
    """What a launch sets under `report`; what it does not set is empty.

    Attributes:
        title: stands above the name of the launch.
        logo: a picture as a `data:` address.
        accent: colour of links and bars on a light page, as `#0b57a8`.
        accent_dark: the same on a dark page; given or computed where there is an accent.
    """

    title: str = ""
    logo: Annotated[str, Field(pattern=LOGO)] = ""
    accent: Colour = ""
    accent_dark: Colour = ""
