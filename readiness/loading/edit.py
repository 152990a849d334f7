"""Change values in a YAML text that people wrote, keeping their comments and layout."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return a YAML text with top-level keys set, everything else as it was.

    Args:
        text: a mapping in YAML.
        values: new value by key; keys that are not there are added at the end.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - 60 ms, and only writing needs it

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(text)
    document.update(values)
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()
