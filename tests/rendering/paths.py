"""The places that an SVG path of a chart goes through."""

from __future__ import annotations

import re


def walked(path: str) -> list[tuple[int, int]]:
    """Return the places a path goes through, by the rules of SVG."""
    x = y = 0
    places = []
    for command, numbers in re.findall(r"([Mlhv])([^Mlhv]*)", path):
        steps = [int(n) for n in re.findall(r"-?\d+", numbers)]
        if command in "Ml":
            for dx, dy in zip(steps[::2], steps[1::2], strict=True):
                x, y = (dx, dy) if command == "M" else (x + dx, y + dy)
                places.append((x, y))
        else:
            for step in steps:
                x, y = (x + step, y) if command == "h" else (x, y + step)
                places.append((x, y))
    return places
