"""Attacks A6 to A8: plug-ins and settings found in the judged tree, passes for nothing, off switches."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from readiness.cli import plain
from readiness.cli.check import command
from readiness.cli.start import run
from readiness.resources import PACKAGE
from tests.cli.running import ROOT
from tests.pipeline.worlds import Item, Need, Run, World, go_world

from .attacks import DAY, decided, gate, home

CANARY = "open({owned!r}, 'a').write(__name__)\nraise SystemExit(0)\n"
MODULES = ("json.py", "yaml.py", "hashlib.py", "conftest.py", "readiness_plugin.py", "usercustomize.py", "numpy.py",
           "templates/report.py", "checks/check.py", "readers/own.py", "tempfile.py", "marshal.py", "resource.py")  # fmt: skip
SETTINGS = {
    ".readiness.yaml": "soft-fail: true\n", ".readiness.yml": "exit-zero: true\n", "readiness.toml": "soft_fail = true\n",
    "pyproject.toml": "[tool.readiness]\nsoft-fail = true\nskip = ['*']\nplugins = ['json']\n",
    "setup.cfg": "[readiness]\nskip = *\n", ".readinessignore": "*\n", ".env": "READINESS_SKIP=1\n",
    "wild.dist-info/METADATA": "Name: wild\nVersion: 1\n",
    "wild.dist-info/entry_points.txt": "[readiness.readers]\nown = readiness_plugin:READER\n[readiness.formats]\nown = readiness_plugin:FORMAT\n[readiness.analyses]\nown = readiness_plugin:A\n",
    ".checkov.yaml": "soft-fail: true\n", ".gitattributes": "* filter=own diff=own\n", ".gitconfig": "[alias]\nlog = !touch owned\n",
}  # fmt: skip


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A launch that is a NO-GO, in a tree full of settings and modules that would make it pass."""
    folder = home(tmp_path / "tree", go_world().with_run("LOAD-01", p95=900))
    for name in MODULES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(CANARY.format(owned=str(tmp_path / "owned")))
    for name, text in SETTINGS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for place in (".config/readiness", ".readiness"):
        (tmp_path / "home" / place).mkdir(parents=True)
        (tmp_path / "home" / place / "config.yaml").write_text("soft-fail: true\n")
    return folder


@pytest.mark.parametrize("how", ["module", "script"])
def test_a6_nothing_in_the_judged_tree_is_imported_or_obeyed(trap: Path, how: str) -> None:
    script = Path(sys.executable).with_name("readiness")
    start = [sys.executable, "-m", "readiness"] if how == "module" else [str(script)]
    if how == "script" and not script.exists():
        pytest.skip("readiness is not installed as a script here")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(trap.parent / "home"), "XDG_CONFIG_HOME": str(trap.parent / "home/.config")}
    for arguments in (["check", "--as-of", DAY], ["list", "readers"], ["lint"]):
        done = subprocess.run([*start, *arguments], cwd=trap, env=env, capture_output=True, timeout=120, check=False)
        assert done.returncode == (1 if arguments[0] == "check" else 0), done.stderr.decode()
    assert not (trap.parent / "owned").exists()


HOOK = """\
import json, os, sys
seen = []
def hook(event, args):
    if event in ("import", "open", "exec", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn") or event.startswith(("socket.", "ctypes.", "urllib.")):
        seen.append([event, str(args[0])])
sys.addaudithook(hook)
from readiness.cli.start import run
code = run(sys.argv[1:])
json.dump([code, seen], open(os.environ["SEEN"], "w"))
"""


def test_a6_what_a_run_touches_is_on_the_list(trap: Path, tmp_path: Path) -> None:
    """I38: no network, no process but git, and of the tree only what the launch names is opened."""
    seen = tmp_path / "seen.json"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "SEEN": str(seen)}
    subprocess.run([sys.executable, "-c", HOOK, "check", str(trap), "--as-of", DAY], env=env, cwd=tmp_path, capture_output=True, timeout=120, check=True)
    code, events = json.loads(seen.read_text())
    assert code == 1
    kinds = {event for event, _ in events}
    assert not {kind for kind in kinds if kind.startswith(("socket.", "ctypes.", "urllib.", "os."))}
    assert {Path(args).name for event, args in events if event == "subprocess.Popen"} <= {"git"}
    opened = {os.path.relpath(args, trap) for event, args in events if event == "open" and args.startswith(str(trap))}
    named = {"readiness.yaml", "list.yaml", "decisions.yaml", *go_world().files}
    assert opened <= named | {"."}, "evidence itself is opened in the process that reads"
    assert not {args for event, args in events if event == "import"} & {"readiness_plugin", "conftest", "usercustomize"}


def needs(path: str, **changes: object) -> Callable[[World], World]:
    return lambda world: world.with_need("LOAD-01", path=path, **changes)


def only(**changes: object) -> Callable[[World], World]:
    return lambda world: replace(world, items=tuple(replace(item, **changes) for item in world.items))  # type: ignore[arg-type]


VACUOUS: dict[str, Callable[[World], World]] = {
    "no items": lambda world: replace(world, items=()),
    "no blockers": only(gate="deferrable"),
    "no item applies": lambda world: replace(world, items=tuple(replace(i, when=("database",)) for i in world.items)),
    "no blocker applies": lambda world: replace(
        world, items=tuple(replace(i, when=("database",)) if i.gate == "blocker" else i for i in world.items)),
    "no file matches": needs("evidence/none/*.json"),
    "no file": lambda world: world.without_file("evidence/load.json"),
    "only files that do not parse": lambda world: world.with_run("LOAD-01", raw=b"{"),
    "an empty file": lambda world: world.with_run("LOAD-01", raw=b""),
    "an empty object": lambda world: world.with_run("LOAD-01", raw=b"{}"),
    "no samples": lambda world: world.with_run("LOAD-01", samples=0),
    "no expectation": needs("evidence/load.json", expect=()),
    "an expectation about nothing": needs("evidence/load.json", expect=("nothing.failed == 0",)),
    "a hidden folder": needs("evidence/*/load.json"),
}  # fmt: skip


@pytest.mark.parametrize("name", VACUOUS)
def test_a7_nothing_is_no_pass(name: str, tmp_path: Path) -> None:
    attacked = decided(home(tmp_path, VACUOUS[name](go_world())))
    assert not attacked.fooled
    assert attacked.review is None or attacked.review.decision == "NO-GO"


def test_a7_the_exit_code_of_nothing(tmp_path: Path) -> None:
    assert gate(home(tmp_path)).code == 0, "the launch itself is a GO"
    for name in ("no items", "no file matches", "only files that do not parse"):
        (tmp_path / name).mkdir()
        assert gate(home(tmp_path / name, VACUOUS[name](go_world()))).code in (1, 2)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".git").mkdir()
    assert gate(tmp_path / "empty").code == 2


def test_a7_a_run_of_tests_that_were_all_skipped_proves_nothing(tmp_path: Path) -> None:
    item = Item("LOAD-01", (Need("evidence/load.json"),))
    world = World((item,), {"evidence/load.json": Run()})
    folder = home(tmp_path, world)
    checklist = json.loads((folder / "list.yaml").read_text())
    checklist["items"][0]["evidence"] = [{"path": "run.xml", "reader": "junit", "expect": ["failed = 0"]}]
    (folder / "list.yaml").write_text(json.dumps(checklist))
    case = '<testcase classname="a" name="b">{}</testcase>'
    for body, fooled in ((case.format(""), True), (case.format("<skipped/>"), False), ("", False)):
        (folder / "run.xml").write_text(f'<testsuites><testsuite name="s">{body}</testsuite></testsuites>')
        assert decided(folder).fooled == fooled, body


VALUES = {
    "shown": ["json", "html", "markdown"], "outputs": [f"json={os.devnull}"], "as_of": [DAY, "2026-11-24"], "record": ["kept"],
    "view": ["memo", "full"], "only": ["open", "blocker"], "limits": ["time=60s", "memory=1GB"],
}  # fmt: skip
WORDS = re.compile(r"soft|fail|zero|dry|advis|skip|ignore|force|strict|allow|warn|continue|exempt|waive")


def test_a8_no_option_makes_a_no_go_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Every option of `check` with every value that it takes: the exit code stays 1."""
    monkeypatch.chdir(home(tmp_path, go_world().with_run("LOAD-01", p95=900)))
    names = {option: field for option, field in plain.CHECK.items() if option.startswith("--")}
    for option, field in names.items():
        for value in VALUES.get(field, ["1", "true"]):
            assert run(["check", "--as-of", DAY, option, value]) != 0, (option, value)
    for flag in ("--soft-fail", "--no-fail", "--exit-zero", "--dry-run", "--strict=false", "--skip", "--ignore", "--force"):
        assert run(["check", "--as-of", DAY, flag]) == 2
    capfd.readouterr()


def test_a8_no_option_is_named_like_an_off_switch() -> None:
    assert not [name for name in (*plain.CHECK, *inspect.signature(command).parameters) if WORDS.search(name)]


def test_a8_no_variable_makes_a_no_go_pass(tmp_path: Path) -> None:
    """Every variable that the source names, and the usual suspects, set at once."""
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    named = set(re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", source)) | set(re.findall(r"\b(READINESS_\w+)", source))
    usual = {"READINESS_SKIP", "READINESS_SOFT_FAIL", "READINESS_EXIT_ZERO", "SOFT_FAIL", "DRY_RUN", "CI", "SKIP"}
    kept = {"READINESS_DEBUG", "PYDANTIC_DISABLE_PLUGINS"}
    folder = home(tmp_path, go_world().with_run("LOAD-01", p95=900))
    for value in ("1", "true", "0", ""):
        assert gate(folder, env=dict.fromkeys((named | usual) - kept, value)).code == 1
    assert gate(folder, env={"READINESS_DEBUG": "1"}).code == 1
