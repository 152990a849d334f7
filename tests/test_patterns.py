"""Patterns that wait for their first use: they work as `re` does, and no module compiles one when it is imported."""

from __future__ import annotations

import ast
import copy
import gc
import pickle
import pkgutil
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import readiness
from readiness.patterns import Unused, Used, pattern

PACKAGE = Path(readiness.__file__).parent


def test_it_is_compiled_at_its_first_use_and_then_costs_nothing() -> None:
    found: Any = pattern(r"(?P<n>[0-9]+)", re.ASCII)
    other: Any = pattern("a")
    assert type(found) is Unused
    assert found.pattern == r"(?P<n>[0-9]+)"
    assert type(found) is Used
    assert found.flags == re.ASCII
    assert (found.groups, dict(found.groupindex)) == (1, {"n": 1})
    assert not hasattr(Used, "__getattr__")
    with pytest.raises(AttributeError):
        found.nope()
    with pytest.raises(AttributeError):
        other.nope()


@given(st.text("ab1\n", max_size=8), st.sampled_from(("[ab]+", "^(1)?", "b(?=1)", "")), st.sampled_from((0, re.MULTILINE)))
def test_it_works_as_a_compiled_one(text: str, source: str, flags: int) -> None:
    compiled = re.compile(source, flags)
    for name in ("match", "search", "fullmatch"):
        assert repr(getattr(pattern(source, flags), name)(text, 1)) == repr(getattr(compiled, name)(text, 1))
    ours = pattern(source, flags)
    assert ours.findall(text) == compiled.findall(text)
    assert [m.span() for m in ours.finditer(text)] == [m.span() for m in compiled.finditer(text)]
    assert ours.split(text) == compiled.split(text)
    assert ours.sub(r"<\g<0>>", text) == compiled.sub(r"<\g<0>>", text)
    assert ours.subn("x", text, count=1) == compiled.subn("x", text, count=1)
    assert pattern(source.encode(), flags).findall(text.encode()) == [
        tuple(part.encode() for part in found) if isinstance(found, tuple) else found.encode() for found in compiled.findall(text)
    ]


@pytest.mark.parametrize("change", [copy.copy, copy.deepcopy, lambda found: pickle.loads(pickle.dumps(found))])  # noqa: S301
def test_it_can_be_copied_before_its_first_use_and_after(change: Callable[[Any], Any]) -> None:
    found: Any = pattern("(?m)^A$", re.IGNORECASE)
    assert change(found).findall("a\nb\na") == ["a", "a"]
    assert found.findall("A") == ["A"]
    assert change(found).findall("a\nb\na") == ["a", "a"]


def test_a_mistake_shows_at_the_first_use() -> None:
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.match("")
    with pytest.raises(re.error):
        wrong.match("")


def test_every_pattern_of_every_module_can_be_compiled() -> None:
    for module in pkgutil.walk_packages(readiness.__path__, "readiness."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.collect()
    waiting = [found for found in gc.get_objects() if type(found) is Unused]
    for found in waiting:
        re.compile(*found._given)
    assert sum(isinstance(found, Used) for found in gc.get_objects()) > 400


def test_no_module_compiles_a_pattern_when_it_is_imported() -> None:
    """Also what `pattern` makes is not used there, which would compile it."""
    found = []
    for place, tree, ours in modules():
        for call in calls(tree, early=True):
            name, _, method = ast.unparse(call.func).rpartition(".")
            if (name == "re" and method != "escape") or name in ours:
                found.append(f"{place}:{call.lineno}")
    assert not found


def test_no_function_of_re_is_given_one() -> None:
    """It takes nothing but its own."""
    found = [
        f"{place}:{call.lineno}"
        for place, tree, ours in modules()
        for call in calls(tree, early=False)
        if ast.unparse(call.func).startswith("re.") and ours & {ast.unparse(argument) for argument in call.args}
    ]
    assert not found


def modules() -> Iterator[tuple[str, ast.Module, set[str]]]:
    """Yield the path of each module, its tree, and the names of its patterns."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = [node for node in tree.body if isinstance(node, ast.Assign) and "pattern(" in ast.unparse(node.value)]
        yield place, tree, {ast.unparse(target) for node in assigned for target in node.targets}


def calls(node: ast.AST, *, early: bool) -> Iterator[ast.Call]:
    """Yield the calls in a tree; early ones are made when its module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and early:
            for part in (*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)):
                yield from calls(ast.Expression(part), early=True)
        elif not (isinstance(child, ast.Lambda) and early):
            if isinstance(child, ast.Call):
                yield child
            yield from calls(child, early=early)
