"""`report` in readiness.yaml to a brand: the logo as data, colours with enough contrast."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from readiness.errors import InputError
from readiness.loading.files import Home, check_inside
from readiness.model.branding import MAX_LOGO, Branding
from readiness.model.colour import DARK, LEAST, LIGHT, least_contrast, nearest_with_contrast, normal

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.errors import Diagnostic
    from readiness.model.launch import Report
    from readiness.strict_yaml import Node

MAX_SIDE = 2_000  # pixels: a small file can hold a huge picture
_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = 24  # bytes of a PNG up to its width and height
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "handler", "animate", "set"}


def branding(report: Report, node: Node, home: Home) -> Branding:
    """Return what a launch sets under `report`.

    Without `accent_dark` the accent is made lighter until it has enough contrast on a dark page.

    Raises:
        InputError: a colour without enough contrast, or a logo that cannot be taken.
    """
    wrong: list[Diagnostic] = []
    accent = _accent(report.accent, "accent", node, LIGHT, wrong)
    if report.accent_dark and not report.accent:
        place = node.find(("accent_dark",))[0]
        wrong.append(place.error("value", "there is no `accent` to go with", "add `accent: …`"))
    dark = _accent(report.accent_dark, "accent_dark", node, DARK, wrong)
    if accent and not report.accent_dark:
        dark = nearest_with_contrast(accent, DARK)
    logo = ""
    if report.logo:
        place = node.find(("logo",))[0]
        try:
            logo = _logo(report.logo, place, home)
        except InputError as error:
            wrong += error.diagnostics
    if wrong:
        raise InputError(*wrong)
    return Branding(report.title or "", logo, accent, dark)


def _accent(
    text: str | None, key: str, node: Node, backgrounds: tuple[str, ...], wrong: list[Diagnostic]
) -> str:
    """Return a colour in its normal form; one that cannot be read or told apart is a mistake."""
    if text is None:
        return ""
    place = node.find((key,))[0]
    try:
        colour = normal(text)
    except ValueError as error:
        wrong.append(place.error("value", str(error), "write six digits, quoted: '#0b57a8'"))
        return ""
    ratio, background = least_contrast(colour, backgrounds)
    if ratio < LEAST:
        page = "light" if backgrounds is LIGHT else "dark"
        message = (
            f"`{colour}` has a contrast of {_floor(ratio):.2f}:1 against {background}, the "
            f"{page} page; text needs {LEAST:g}:1"
        )
        hint = f"the nearest that has it is '{nearest_with_contrast(colour, backgrounds)}'"
        wrong.append(place.error("contrast", message, hint))
    return colour


def _floor(ratio: float) -> float:
    """Round a ratio down, so that 4.496 does not read as 4.5."""
    return int(ratio * 100) / 100


def _logo(name: str, place: Node, home: Home) -> str:
    """Return a picture as a `data:` address.

    Raises:
        InputError: it is none, outside the repository, too large, or more than a picture.
    """
    path = home.folder / name
    if name.startswith("/") or "\\" in name or not name.isprintable():
        raise InputError(place.error("path", "a logo has a relative path with `/`"))
    try:
        check_inside(path, name, home)
        data = _content(path)
    except InputError:
        help_ = "keep the logo in the repository"
        raise InputError(place.error("outside", "it leaves the repository", help_)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise InputError(place.error("not-found", f"`{name}` cannot be read: {reason}")) from None
    if len(data) > MAX_LOGO:
        message = f"the logo has more than {MAX_LOGO // 1000} kB, and stands in every report"
        raise InputError(place.error("too-large", message, "save it smaller, or as SVG"))
    kind, problem = ("png", _png(data)) if data.startswith(_PNG) else ("svg+xml", _svg(data))
    if problem:
        raise InputError(place.error("logo", problem, "give a plain SVG or PNG picture"))
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


def _content(path: Path) -> bytes:
    """Read a regular file, one byte more than allowed at most; a pipe must not make us wait."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as stream:  # noqa: PTH123 - needs the descriptor
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return stream.read(MAX_LOGO + 1)


def _png(data: bytes) -> str:
    """Return what is wrong with a PNG, by its first chunk (ISO/IEC 15948), or an empty text."""
    if len(data) < _HEAD or data[12:16] != b"IHDR":
        return "the PNG is cut off"
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (16, 20))
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        return f"the picture has {width:,} × {height:,} pixels; at most {MAX_SIDE:,} each way"
    return ""


def _svg(data: bytes) -> str:
    """Return what is wrong with an SVG, or an empty text.

    In an `img` element nothing in it runs or is fetched; but a picture can be opened alone, where
    it would.
    """
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - only with a logo
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

    try:
        root: Any = fromstring(data, forbid_dtd=True)
    except (ParseError, ValueError, LookupError, DefusedXmlException):
        return "the file is neither a PNG nor an SVG without a document type"
    if _local(root.tag) != "svg":
        return f"the file is XML, but its root is <{_local(root.tag)[:40]}> and not <svg>"
    for element in root.iter():
        name = _local(element.tag)
        if name in _ACTIVE:
            return f"the SVG has <{name}>, and a logo is a still picture"
        for key, value in element.attrib.items():
            local, target = _local(key), value.strip().lower()
            if local.startswith("on"):
                return f"the SVG has `{local[:40]}`, and a logo runs nothing"
            if local in ("href", "src") and not target.startswith(("#", "data:image/")):
                return "the SVG fetches something, and a report fetches nothing"
    return _styles(root)


def _styles(root: Any) -> str:
    """Return whether style sheets or attributes of an SVG fetch something."""
    for element in root.iter():
        texts = [
            *element.attrib.values(),
            element.text or "" if _local(element.tag) == "style" else "",
        ]
        for text in map(str.lower, texts):
            plain = text.replace(" ", "").replace("'", "").replace('"', "")
            outside = plain.replace("url(#", "").replace("url(data:image/", "")
            if "url(" in outside or "@import" in plain or "\\" in plain:
                return "the SVG fetches something, and a report fetches nothing"
    return ""


def _local(name: Any) -> str:
    """Return the name of an element or attribute without its namespace, in small letters."""
    return str(name).rpartition("}")[2].lower() if isinstance(name, str) else ""
