"""Every hostile corpus as evidence for every reader, as what people write, and through every format.

In CI a sample of each; HOSTILE=1 (`make hostile`) tries all of it. The figures are printed.
"""

from __future__ import annotations

import base64
import json
import os
import random
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import pytest

from readiness.cli.shield import shield
from readiness.errors import InputError, ReadinessError
from readiness.evidence import apart
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.limits import DEFAULT
from readiness.evidence.paths import Roots
from readiness.loading.files import Home
from readiness.model.serial import dump, load
from readiness.pipeline import lint
from readiness.rendering.format import FORMATS, Style
from readiness.strict_yaml import parse_yaml
from tests.cli.running import CHECKLIST, LAUNCH
from tests.rendering.change import with_texts
from tests.rendering.reviews import review

from .attacks import HOSTILE, decided, home

FULL = bool(os.environ.get("HOSTILE"))
PIECE = 20_000  # bytes of a long list of strings that become one file
pytestmark = [
    pytest.mark.skipif(not HOSTILE.is_dir(), reason=f"no corpora in {HOSTILE}"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


class Tally(NamedTuple):
    """What became of a corpus: all but the first must stay zero."""

    tried: int
    crashed: list[str]
    hung: list[str]
    escaped: list[str]


def contents() -> Iterator[tuple[str, bytes]]:
    """Yield the files of every corpus, and the strings of its lists in pieces."""
    for path in sorted(HOSTILE.rglob("*")):
        if not path.is_file() or path.name == "INDEX.tsv":
            continue
        data, name = path.read_bytes(), path.relative_to(HOSTILE).as_posix()
        yield name, data
        if path.suffix == ".txt":
            for start in range(0, len(data), PIECE):
                yield f"{name}#{start}", data[start : start + PIECE]
        if path.name == "blns.base64.json":
            for number, text in enumerate(json.loads(data)):
                yield f"{name}#{number}", base64.b64decode(text)


def sampled(everything: list[tuple[str, bytes]], most: int) -> list[tuple[str, bytes]]:
    return everything if FULL or len(everything) <= most else random.Random(7).sample(everything, most)


def told(what: str, tally: Tally) -> None:
    """Print the figures, and fail unless they are zero."""
    print(f"\n{what}: {tally.tried:,} tried, {len(tally.crashed)} crashes, {len(tally.hung)} hangs, {len(tally.escaped)} escapes")
    assert tally[1:] == ([], [], [])


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A secret beside the repository that no evidence may show."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret").write_text("CANARY-7f3a")
    return folder


@pytest.mark.skipif(not apart.AVAILABLE, reason="no process of its own here")
def test_every_corpus_as_evidence(tmp_path: Path, canary: Path) -> None:
    """Each content is read by the reader that knows it, and by three that are forced upon it."""
    tally, readers = Tally(0, [], [], []), cycle(READERS.shipped_ids)
    chosen, tried = sampled(list(contents()), 700), 0
    for name, data in chosen:
        (tmp_path / "x").write_bytes(data)
        collector = Collector(Roots(tmp_path, tmp_path), shield, limits=DEFAULT._replace(time=20, memory=500_000_000), apart=FULL)
        for reader in ("", *(next(readers) for _ in range(3))):
            evidence = collector.read("x", (reader,) if reader else ())
            tried += 1
            for problem in evidence.problems:
                if problem.code in ("reader-bug", "out-of-memory"):
                    tally.crashed.append(f"{name} {reader}: {problem.message}")
                if problem.code == "too-slow":
                    tally.hung.append(f"{name} {reader}")
            if "CANARY-7f3a" in repr(evidence):
                tally.escaped.append(name)
    told("contents as evidence", tally._replace(tried=tried))


def test_every_corpus_by_every_reader_directly() -> None:
    """Whatever a reader thinks of it: it refuses with a reason, or finds facts; it never crashes."""
    from readiness.evidence.reader import Source, Unreadable
    from readiness.model.checklist import FactMap

    fact_map = FactMap.model_validate({"metrics": {"p95": {"at": "/p95", "unit": "ms"}}})
    tally, tried = Tally(0, [], [], []), 0
    readers = READERS.shipped
    for number, (name, data) in enumerate(sampled(list(contents()), 250)):
        for place, reader in enumerate(readers.values()):
            if not FULL and (number + place) % 4:
                continue
            start = time.process_time()
            try:
                reader.sniff(data[:65_536])
                reader.read(Source("x", data), fact_map if reader.mapped else None)
            except Unreadable:
                pass
            except Exception as error:  # noqa: BLE001 - that is what is counted
                tally.crashed.append(f"{name} {reader.id}: {type(error).__name__}: {error}")
            if time.process_time() - start > 10:
                tally.hung.append(f"{name} {reader.id}")
            tried += 1
    told("contents by readers", tally._replace(tried=tried))


def test_every_corpus_as_what_people_write(tmp_path: Path) -> None:
    """Each content as readiness.yaml, checklist, decisions and template: a told mistake, or harmless."""
    tally, tried = Tally(0, [], [], []), 0
    folder = home(tmp_path)
    originals = {name: (folder / name).read_bytes() for name in ("readiness.yaml", "list.yaml")}
    for content_name, data in sampled(list(contents()), 250):
        for name in ("readiness.yaml", "list.yaml", "decisions.yaml"):
            (folder / name).write_bytes(data)
            start = time.process_time()
            try:
                lint(Home(folder / "readiness.yaml", folder))
                tally.escaped.append(f"{content_name} as {name}")  # no corpus is a valid launch
            except ReadinessError as error:
                if "CANARY" in str(error):
                    tally.escaped.append(content_name)
            except Exception as error:  # noqa: BLE001 - that is what is counted
                tally.crashed.append(f"{content_name} as {name}: {type(error).__name__}: {error}")
            if time.process_time() - start > 5:
                tally.hung.append(content_name)
            tried += 1
            (folder / "decisions.yaml").unlink(missing_ok=True)
            for original, content in originals.items():
                (folder / original).write_bytes(content)
    told("contents as YAML of ours", tally._replace(tried=tried))


def test_the_yaml_test_suite_is_read_or_refused_alike_every_time() -> None:
    tried = 0
    for path in sorted((HOSTILE / "yaml-test-suite" / "src").glob("*.yaml")):
        outcomes = set()
        for _ in range(2):
            try:
                outcomes.add(repr(parse_yaml(path.read_bytes(), "x").data()))
            except InputError as error:
                outcomes.add(str(error))
        assert len(outcomes) == 1, path.name
        tried += 1
    print(f"\nyaml-test-suite: {tried} cases, each alike twice")
    assert tried > 300


def test_the_json_test_suite_is_judged_as_it_says(tmp_path: Path) -> None:
    """`n_` is refused, `y_` is taken but for what we refuse on purpose, `i_` is written down here."""
    from readiness.evidence.reader import Source, Unreadable
    from readiness.evidence.structured import JsonDocument

    refused: dict[str, set[str]] = {"y": set(), "n": set(), "i": set()}
    count = {"y": 0, "n": 0, "i": 0}
    for path in sorted((HOSTILE / "json-test-suite" / "test_parsing").glob("*.json")):
        kind = path.name[0]
        count[kind] += 1
        try:
            JsonDocument(Source("x", path.read_bytes()))
        except Unreadable:
            refused[kind].add(path.name)
    assert len(refused["n"]) == count["n"] == 188
    assert refused["y"] <= {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json", "y_string_null_escape.json",
                            "y_number_double_close_to_zero.json"}  # fmt: skip
    print(f"\njson-test-suite: n {len(refused['n'])}/{count['n']} refused, y {count['y'] - len(refused['y'])}/{count['y']} taken, "
          f"i {len(refused['i'])}/{count['i']} refused")  # fmt: skip


def strings() -> list[str]:
    lines = [line for file in sorted(HOSTILE.rglob("*.txt")) for line in file.read_bytes().decode("utf-8", "replace").splitlines()]
    naughty = [text for text in json.loads((HOSTILE / "blns/blns.json").read_text(encoding="utf-8")) if isinstance(text, str)]
    texts = dict.fromkeys(text for text in [*naughty, *lines] if text.strip())
    return list(texts)


@pytest.mark.parametrize("form", [name for name in FORMATS.shipped_ids if name != "pdf"])
def test_every_string_through_every_format(form: str) -> None:
    """In every field of a review: the report is made, as text that can be written, in bounded time."""
    texts, tried, tally = strings(), 0, Tally(0, [], [], [])
    chosen = texts if FULL else random.Random(5).sample(texts, 2000)
    for start in range(0, len(chosen), 400):
        found = with_texts(review("no-go-5"), cycle(chosen[start : start + 400]).__next__)
        begin = time.process_time()
        try:
            text = FORMATS.shipped[form].render(found, Style())
            (text if isinstance(text, bytes) else text.encode()).decode()
            if form == "json":
                assert load(text if isinstance(text, bytes) else text.encode(), "x") == found
        except Exception as error:  # noqa: BLE001 - that is what is counted
            tally.crashed.append(f"{start}: {type(error).__name__}: {error}")
        if time.process_time() - begin > 20:
            tally.hung.append(str(start))
        tried += 400
    told(f"strings through {form}", tally._replace(tried=tried))


def test_every_string_in_what_people_write(tmp_path: Path) -> None:
    """As titles, owners, reasons, units and names of a launch and its checklist: no crash, no GO."""
    texts, tried, tally = strings(), 0, Tally(0, [], [], [])
    fields = ((LAUNCH, "Demo"), (LAUNCH, "team-demo"), (CHECKLIST, "The p95 stays under 800 ms"), (CHECKLIST, "p95 <= 800 ms"), (CHECKLIST, "numbers"))
    for number, text in enumerate(texts if FULL else random.Random(6).sample(texts, 150)):
        quoted = json.dumps(text)
        for original, old in (fields[number % 5],) if FULL else fields:
            launch, checklist = (original.replace(old, quoted, 1), CHECKLIST) if original is LAUNCH else (LAUNCH, original.replace(old, quoted, 1))
            (tmp_path / "readiness.yaml").write_text(launch, encoding="utf-8")
            (tmp_path / "list.yaml").write_text(checklist, encoding="utf-8")
            try:
                attacked = decided(tmp_path)
            except Exception as error:  # noqa: BLE001 - that is what is counted
                tally.crashed.append(f"{text[:40]!r}: {type(error).__name__}: {error}")
                continue
            if attacked.fooled:
                tally.escaped.append(text)
            if attacked.seconds > 5:
                tally.hung.append(text)
            if attacked.review is not None:
                dump(attacked.review)
            tried += 1
    told("strings in a launch", tally._replace(tried=tried))
