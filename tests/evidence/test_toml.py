"""TOML whose values know their line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.toml import read_toml

TEXT = b"""# note
[http.services.a]
  x = 1
  [[http.services.a.servers]]
    url = "u"
  [[http.services.a.servers]]
    url = "v"
    [http.services.a.servers.more]
      y.z = 2
["a b".'c']
q = {r = 3}
"""


@pytest.mark.parametrize(
    ("steps", "value", "line"),
    [
        (("http", "services", "a", "x"), 1, 3),
        (("http", "services", "a", "servers", 0, "url"), "u", 5),
        (("http", "services", "a", "servers", 1, "url"), "v", 7),
        (("http", "services", "a", "servers", 1, "more", "y", "z"), 2, 9),
        (("a b", "c", "q", "r"), 3, 11),
        (("http", "services", "a", "gone"), None, 2),
    ],
)
def test_lines(steps: tuple[str | int, ...], value: object, line: int) -> None:
    part = read_toml(Source("a.toml", TEXT)).get(*steps)
    assert (part.value, part.at.line) == (value, line)


@pytest.mark.parametrize(("text", "code"), [("a = ", "syntax"), ("", "empty"), ("a = 1\na = 2", "syntax"), ("a = " + "[" * 2000, "too-deep"), ("#" * 4_000_001, "too-large")])
def test_refused(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_toml(Source("a.toml", text.encode()))
    assert caught.value.problem.code == code


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        part = read_toml(Source("a.toml", text.encode()))
    except Unreadable as error:
        assert error.problem.message
    else:
        assert all(inner.at.line for _, inner in part.items())
