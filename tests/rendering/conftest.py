"""What the tests of reports share: where hostile texts lie, and the reviews made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

HOSTILE = Path(__file__).resolve().parents[3] / "shared" / "hostile"
XSS = HOSTILE / "xss-payloadbox/Intruder/xss-payload-list.txt"
NAUGHTY = HOSTILE / "blns/blns.json"


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    """Every hostile text of the corpora, or a skip where they are not."""
    if not XSS.is_file() or not NAUGHTY.is_file():
        pytest.skip(f"no hostile texts in {HOSTILE}")
    lines = XSS.read_text(encoding="utf-8", errors="replace").splitlines()
    naughty = [text for text in json.loads(NAUGHTY.read_text(encoding="utf-8")) if isinstance(text, str)]
    return [text for text in [*naughty, *lines, *OWN] if text.strip()]


OWN = [
    "a | b | c", "`code` ``two``", "[x](javascript:alert(1))", "![x](https://example.invalid/x.png)",
    "@everyone and @octocat/team", "fixes #1, GH-2, o/r#3", "line\nbreak\r\n# heading\n- list",
    "\x1b[31mred\x1b]8;;https://example.invalid\x07link", "\u202eevil\u2066", "{{ 7 * 7 }}{% raw %}",
    "</title></style></script><script>alert(1)</script>", '" onmouseover="alert(1)', "1. one", "+ plus",
    "https://example.invalid/issues/1 www.example.invalid", "--- ===", "&lt;b&gt; &#60;", "\\| \\` \\<", "$x$ ~~y~~",
]  # fmt: skip
