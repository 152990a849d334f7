"""A page as its elements: the rules of HTML by which elements close without an end tag."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input"}
OPTIONAL = {"p", "li", "td", "th", "tr", "thead", "tbody", "dt", "dd", "option"}
CLOSES = {
    "li": {"p", "li"}, "dt": {"p", "dt", "dd"}, "dd": {"p", "dt", "dd"}, "td": {"p", "td", "th"},
    "th": {"p", "td", "th"}, "tr": {"p", "td", "th", "tr"}, "tbody": {"p", "td", "th", "tr", "thead", "tbody"},
    "option": {"option"}, "optgroup": {"option"}, **{tag: {"p"} for tag in ("p", "ul", "ol", "dl", "div", "table", "pre", "section", "details", "figure", "h2", "h3",
                              "h4", "header", "main", "footer", "blockquote", "aside")},
}  # fmt: skip


class Page(HTMLParser):
    """The elements of a page in order, its text, and where each element stands: `html/body/main/p`."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.paths: list[str] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self.open and self.open[-1] in CLOSES.get(tag, ()):
            self.open.pop()
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] in OPTIONAL and self.open[-1] != tag:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & {*self.open}:
            self.words.append(data)

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.paths.append("/".join([*self.open, tag]))

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))
