"""Every platform's limit holds for 1,000 failing items with the worst texts that Unicode has.

The limits, with their sources, stand in docs/integrations.md; the names here are those of its table.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml.ElementTree import fromstring

from readiness.rendering.format import FORMATS, Style
from readiness.rendering.formats import sarif
from readiness.rendering.formats.markdown import render as markdown

from .change import with_texts
from .consumers import MACHINES, seen, text_of
from .reviews import many
from .runner import commands

if TYPE_CHECKING:
    from readiness.model.review import Review

DOCS = Path(__file__).parents[2] / "docs" / "integrations.md"
COUNT = 1_000
FEW = 40  # of each sort of text alone; the mixed one has them all a thousand times
WORST = {
    "four bytes": "\U0001f600" * 1_100,
    "three bytes": "\u20ac" * 1_100,
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 160,
    "combining": "e" + "\u0301\u0323\u0332" * 370,
    "wide": "\u6f22\uff21" * 550,
    "right to left": "\u202e\u2066evil\u2069\u202c" * 140,
    "controls": "".join(map(chr, [*range(32), *range(127, 160)])) * 17,
    "surrogates": "\ud800\udfff\udc80" * 370,
    "no characters": "\ufffe\uffff\U0001fffe\ufdd0" * 280,
    "line ends": "a\r\nb\rc\nd\u2028e\u2029f\x85g" * 90,
    "quotes": "\"'\\`$" * 220,
    "escapes": "%0A%0D%25%3A%2C&amp;&#10;\\n\\u{0a}" * 35,
    "markup": "]]>--><x a='\"'>&<![CDATA[" * 50,
    "long": "A" * 9_000,
}


@cache
def worst(name: str) -> Review:
    """Return a NO-GO of a thousand failing items in which each text begins with the worst ones."""
    texts = cycle(WORST.values() if name == "mixed" else [WORST[name]])
    found = many(COUNT if name == "mixed" else FEW)
    held = {record.item: record for record in found.records}
    items = tuple(replace(item, disposition=held.get(item.id)) for item in found.items)
    return with_texts(replace(found, items=items), texts.__next__)


@cache
def worst_text(form: str, name: str) -> str:
    return text_of(form, worst(name))


def units(text: str) -> int:
    """Count as JavaScript and .NET do."""
    return len(text.encode("utf-16-le")) // 2


KINDS = pytest.mark.parametrize("name", ["mixed", *WORST])


@pytest.mark.parametrize("form", MACHINES)
@KINDS
def test_every_consumer_still_reads_all_of_it(form: str, name: str) -> None:
    found = worst(name)
    waiting = sum(item.waits for item in found.items)
    told = seen(form, worst_text(form, name))
    assert told.decision == "NO-GO"
    assert told.blocking == (9 if form == "github" else waiting)
    assert told.open in (len(found.items), -1)


@KINDS
def test_github_annotations(name: str) -> None:
    found = [c for c in commands(worst_text("github", name)) if c.name not in ("group", "endgroup")]
    kinds = Counter(command.name for command in found)
    assert set(kinds) == {"error", "warning", "notice"}
    assert max(kinds.values()) <= 10
    assert sum(kinds.values()) <= 50
    for command in found:
        assert units(command.data) <= 4_096
        assert len(command.properties["title"].encode()) <= 255


@pytest.mark.parametrize("name", ["mixed", "surrogates", "markup"])
def test_github_summary(name: str) -> None:
    assert len(markdown(worst(name), Style(room=1_024_000)).encode("utf-8")) <= 1_024_000


def test_github_summary_uses_the_room_there_is() -> None:
    assert len(markdown(many(COUNT), Style()).encode()) <= 65_536
    assert 200_000 < len(markdown(many(COUNT), Style(room=1_024_000)).encode()) <= 1_024_000


@KINDS
def test_junit(name: str) -> None:
    text = worst_text("junit", name)
    root = fromstring(text)
    assert sum(1 for _ in root.iter("testcase")) == len(worst(name).items) + 1
    objects = sum(1 + len(element.attrib) + bool(element.text) for element in root.iter())
    assert objects <= 250_000  # what GitLab's parser takes, attributes and texts counted too
    assert len(text.encode()) <= 20_000_000  # a fifth of the artifact that GitLab takes
    assert max(len((element.text or "").encode()) for element in root.iter()) <= 10_000_000


@KINDS
def test_sarif(name: str) -> None:
    text = worst_text("sarif", name)
    run = json.loads(text)["runs"][0]
    assert len(gzip.compress(text.encode())) <= 10_000_000
    assert len(worst(name).items) <= len(run["results"]) <= 5_000
    assert len(run["tool"]["driver"]["rules"]) <= 25_000
    for rule in run["tool"]["driver"]["rules"]:
        assert units(rule["id"]) <= 255
        assert units(rule["shortDescription"]["text"]) <= 1_024
        assert units(rule["fullDescription"]["text"]) <= 1_024
        assert len(rule["properties"]["tags"]) <= 10
    for result in run["results"]:
        assert units(result["message"]["text"]) <= 1_024
        assert len(result["locations"]) == 1


def test_sarif_keeps_the_first_results_of_the_ranking(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif.MOST_RESULTS == 5_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 50)
    run = json.loads(text_of("sarif", many(60)))["runs"][0]
    assert [r["properties"]["rank"] for r in run["results"]] == list(range(1, 51))
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "10 results of lower rank are left out"}}
    ]
    assert run["properties"]["decision"] == "NO-GO"


@KINDS
def test_gitlab(name: str) -> None:
    text = worst_text("gitlab", name)
    assert len(text.encode()) <= 10_000_000
    assert len(json.loads(text)) == len(worst(name).items) + 1
    for issue in json.loads(text):
        assert units(issue["description"]) <= 1_024
        assert units(issue["check_name"]) <= 255


@KINDS
def test_csv(name: str) -> None:
    rows = list(csv.reader(io.StringIO(worst_text("csv", name), newline=""), strict=True))
    assert len(rows) == len(worst(name).items) + 1 <= 1_048_576
    assert max(units(cell) for row in rows for cell in row) <= 32_767
    assert not any(re.match(r"[=+\-@\t\r\n＝＋－＠]", cell) for row in rows for cell in row)


@KINDS
def test_openmetrics(name: str) -> None:
    lines = worst_text("openmetrics", name).splitlines()
    assert len(lines) < 2_000
    assert lines[-1] == "# EOF"
    labels = [value for line in lines for value in re.findall(r'="((?:[^"\\]|\\.)*)"', line)]
    assert max(len(value.encode()) for value in labels) <= 2_048
    assert max(line.count('="') for line in lines) <= 30


@KINDS
def test_slack(name: str) -> None:
    message: Any = json.loads(worst_text("slack", name))
    blocks = message["blocks"]
    assert len(blocks) <= 50
    assert units(blocks[0]["text"]["text"]) <= 150
    texts = [b["text"]["text"] for b in blocks[1:] if "text" in b]
    texts += [e["text"] for b in blocks if "elements" in b for e in b["elements"]]
    assert max(map(units, texts)) <= 3_000
    assert len(json.dumps(blocks, ensure_ascii=False).encode()) <= 12_000
    assert units(message["text"]) <= 4_000
    assert len([t for t in texts if re.match(r"\*\d", t)]) >= 3, "the first things to do survive the cut"


@pytest.mark.parametrize("form", MACHINES)
def test_the_page_of_limits_names_every_format(form: str) -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert f"[{form}](formats/{form}.md)" in page
    assert FORMATS.shipped[form].title in page
