"""Invariants I33 to I39: of the whole run, where the properties of tests/pipeline look at its core.

The numbers are those of the table in docs/security.md.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness import pipeline
from readiness.cli.shield import shield
from readiness.cli.start import run
from readiness.errors import InputError
from readiness.loading.files import Home
from readiness.rendering.format import FORMATS, Style
from readiness.strict_yaml import parse_yaml
from tests.pipeline.worlds import DAY, FAULTS, IDS, go_world, review_folder, reviewed, wrong

EXAMPLE = Path(__file__).resolve().parents[2] / "evidence" / "shop-assistant"
STAGES = (
    ("readiness.pipeline", "judging"),
    ("readiness.pipeline", "gather"),
    ("readiness.pipeline", "evaluate"),
    ("readiness.pipeline", "item_result"),
    ("readiness.pipeline", "judge"),
    ("readiness.pipeline", "rank"),
    ("readiness.pipeline", "decide"),
    ("readiness.pipeline", "score"),
    ("readiness.pipeline", "path_to_go"),
    ("readiness.pipeline", "evidence_results"),
    ("readiness.rendering.formats.terminal", "build"),
    ("readiness.pipeline", "Collector"),
)
CRASHES = (ValueError("x"), KeyError("x"), MemoryError(), RecursionError(), AssertionError(), SystemError())


def command(*arguments: str) -> tuple[int, str, str]:
    """Run the command line in this process."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        with redirect_stdout(out), redirect_stderr(err):
            code = run(list(arguments))
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()


@pytest.mark.parametrize("crash", CRASHES, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize(("module", "name"), STAGES, ids=lambda text: text.split(".")[-1])
def test_i33_no_crash_is_a_pass(
    module: str, name: str, crash: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever stage breaks on a launch that would be a GO, the exit code is 3."""
    go_world().write(tmp_path)
    (tmp_path / ".git").mkdir()

    def broken(*_: object, **__: object) -> None:
        raise crash

    monkeypatch.setattr(importlib.import_module(module), name, broken)
    code, _, err = command("check", str(tmp_path), "--as-of", str(DAY))
    assert code == 3, err


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("item", IDS)
def test_i34_exit_code_is_the_decision(fault: str, item: str, tmp_path: Path) -> None:
    """0 for GO and GO WITH CONDITIONS, 1 for NO-GO, 2 and 3 where nothing was decided."""
    wrong(fault, item).write(tmp_path)
    (tmp_path / ".git").mkdir()
    code, out, _ = command("check", str(tmp_path), "--as-of", str(DAY), "--format", "json")
    if code in (2, 3) and not out:
        return
    wanted = {"GO": 0, "GO WITH CONDITIONS": 0, "NO-GO": 1}[json.loads(out)["decision"]]
    assert code == (wanted if json.loads(out)["complete"] else 3)


def _places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict):
        yield path
        for key, value in node.items():
            yield from _places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, (*path, index))


def _written(name: str) -> Any:
    return parse_yaml((EXAMPLE / name).read_bytes(), name).data()


WRITTEN = {name: _written(name) for name in ("readiness.yaml", "decisions.yaml")}
PLACES = [
    (name, path)
    for name, data in WRITTEN.items()
    for path in _places(data)
    if path[-1:] != ("labels",)  # any name may stand there
]


def _lint(folder: Path, name: str, data: Any) -> None:
    """Check the worked example with one of its files replaced."""
    for other, content in {**WRITTEN, name: data}.items():
        (folder / other).write_text(json.dumps(content, default=str))
    pipeline.lint(Home(folder / "readiness.yaml", folder))


@pytest.mark.parametrize(("name", "path"), PLACES, ids=lambda value: str(value)[:60])
def test_i36_an_unknown_key_is_an_error_anywhere(
    name: str, path: tuple[str | int, ...], tmp_path: Path
) -> None:
    data = json.loads(json.dumps(WRITTEN[name], default=str))
    place = data
    for step in path:
        place = place[step]
    place["zz-unknown"] = 1
    with pytest.raises(InputError):
        _lint(tmp_path, name, data)


CANARY = "<b id=canary>\"'`{{7*7}}</b>"


def test_i37_no_format_shows_a_text_of_the_tree_unescaped(tmp_path: Path) -> None:
    """The canary stands in every free text of launch, checklist and records, and as a file's name."""
    go_world().write(tmp_path)
    launch = json.loads((tmp_path / "readiness.yaml").read_text())
    launch |= {"title": CANARY, "owner": CANARY, "candidate": {"version": CANARY, "commit": CANARY}}
    launch["failure_domains"] = {
        "d": {"title": CANARY, "likelihood": "possible", "detection": CANARY, "later": CANARY,
              "fallback": f"Users see {CANARY}", "failover": CANARY, "intents": [CANARY]}
    }  # fmt: skip
    (tmp_path / "readiness.yaml").write_text(json.dumps(launch))
    checklist = json.loads((tmp_path / "list.yaml").read_text())
    checklist["title"] = CANARY
    for item in checklist["items"]:
        item |= {"title": f"{CANARY} 1 ms", "why": CANARY, "fix": f"{CANARY} 2 ms", "run": CANARY}
    (tmp_path / "list.yaml").write_text(json.dumps(checklist))
    (tmp_path / "evidence" / "load.json").write_text('{"p95": "<b id=canary>"}')
    review = review_folder(tmp_path)
    assert review.launch.title == CANARY
    for name in ("html", "markdown", "whiteboard"):
        if (form := FORMATS.get(name)) is not None:
            text = str(form.render(review, Style()))
            assert "{{7" in text, f"{name} evaluates or drops the canary"
            assert "<b id=canary>" not in text, name


REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.", "http.",
           "ftplib.", "smtplib.", "ctypes.dlopen", "shutil.", "os.remove", "os.rename", "os.mkdir")  # fmt: skip
_SEEN: list[tuple[str, str]] = []
_WATCHING = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _WATCHING:
        return
    written = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if written or event.startswith(REFUSED):
        _SEEN.append((event, str(arguments)[:100]))


def test_i38_a_review_opens_no_socket_and_writes_nothing(tmp_path: Path) -> None:
    """An audit hook sees every socket, process and file that is written while a launch is decided."""
    global _WATCHING  # noqa: PLW0603 - a hook cannot be taken away again
    go_world().write(tmp_path)
    review_folder(tmp_path)  # what is imported lazily is there now
    sys.addaudithook(_hook)
    _WATCHING = True
    try:
        review = pipeline.review(
            Home(tmp_path / "readiness.yaml", tmp_path),
            pipeline.Options(DAY, shield, lambda _: None),
        )
    finally:
        _WATCHING = False
    assert review.decision == "GO"
    assert _SEEN == []


def _forbidden(*_: object, **__: object) -> None:
    raise AssertionError("a pure stage looked at the world")


@given(st.sampled_from(sorted(FAULTS)), st.sampled_from(IDS))
def test_i39_what_decides_looks_at_no_clock_file_or_variable(fault: str, item: str) -> None:
    """Evaluation, score, ranking and decision run with clock, files and environment taken away."""
    world = wrong(fault, item)
    names = ("evaluate", "item_result", "score", "rank", "path_to_go", "judge", "evidence_results")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(pipeline, name, _alone(getattr(pipeline, name)))
        reviewed(world)


def _alone(function: Any) -> Any:
    def call(*arguments: Any, **named: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(builtins, "open", _forbidden)
            patch.setattr(io, "open", _forbidden)
            patch.setattr(os, "open", _forbidden)
            patch.setattr(os, "environ", {})
            patch.setattr(time, "time", _forbidden)
            return function(*arguments, **named)

    return call
