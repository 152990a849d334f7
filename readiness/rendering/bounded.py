"""An environment for templates that others wrote: sandboxed, and bounded in steps and in size.

Jinja's sandbox keeps a template from attributes and calls that lead out of it, but not from running
for ever or filling the memory. This does, by counting: a count, unlike a clock, is the same on
every machine.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

from jinja2 import Environment, nodes
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.filters import FILTERS as SHIPPED_FILTERS
from jinja2.runtime import Context, Undefined, markup_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_STEPS = 300_000  # the report of 1,000 items takes 21,000
MAX_OUTPUT = 16_000_000  # characters of a report, or of a part of it
MAX_TEXT = 100_000  # characters of a joined text, entries of a list
MAX_RANGE = 10_000
_PER_STEP = 100  # characters of output that count as a step
_MOST_POWER = 64
_MOST_NUMBER = 10**30
FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float",
    "groupby", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min",
    "reject", "rejectattr", "reverse", "round", "select", "selectattr", "sort", "sum", "title",
    "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
TEXT_FILTERS = frozenset({
    "capitalize", "e", "escape", "float", "int", "lower", "title", "trim", "truncate", "upper",
    "wordcount",
})  # fmt: skip
METHODS = frozenset({
    "count", "endswith", "get", "index", "isdigit", "items", "keys", "lower", "lstrip",
    "removeprefix", "removesuffix", "rstrip", "split", "startswith", "strip", "upper", "values",
})  # fmt: skip
_SIZED = (str, list, tuple)
_HOLDERS = (list, tuple, dict, set, frozenset)
_PASSED = (Environment, Context, nodes.EvalContext)  # what jinja gives some filters first
_SCALARS = (str, int, float, bool, type(None), Undefined)


class Bounded(ImmutableSandboxedEnvironment):
    """The environment of one rendering: what it does is counted, and too much is an error."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **settings: Any) -> None:
        """Take what an environment takes; only filters that can do no harm are left."""
        clean = settings.pop("finalize")
        super().__init__(**settings, optimized=False, finalize=lambda v: clean(self._scalar(v)))
        self.spent = 0
        self.filters = {name: self._counted(name, SHIPPED_FILTERS[name]) for name in FILTERS}
        self.globals = {"range": self._range, "namespace": Namespace}
        self.concat = self._concat  # type: ignore[method-assign]

    def step(self, count: int = 1) -> str:
        """Count steps; the compiled template calls this in each loop, macro and block."""
        self.spent += count
        if self.spent > MAX_STEPS:
            refuse(f"the template takes more than {MAX_STEPS:,} steps")
        return ""

    def joined(self, *parts: Any) -> str:
        """Join texts as `~` does, to a bounded length."""
        return str(self._short(markup_join([self._scalar(part) for part in parts])))

    def listed(self, *values: Any) -> list[Any]:
        """Make a list of plain values: one of lists could double its size in every line."""
        return [self._scalar(value) for value in values]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Leave of the methods of plain values those that neither change nor multiply anything."""
        plain = isinstance(obj, (*_HOLDERS, str, bytes, int, float))
        if plain and callable(value) and attr not in METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Leave `format` to `is_safe_attribute`, which refuses it: a width can be a gigabyte."""

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute, but no product, power or format that grows without bound."""
        if isinstance(left, _SIZED) or isinstance(right, _SIZED):
            if operator != "+":
                refuse(f"`{operator}` takes numbers only")
            found = self._short(super().call_binop(context, operator, left, right))
            self.step(len(found))
            return found
        if operator == "**" and (abs(right) > _MOST_POWER or abs(left) > _MOST_NUMBER):
            refuse("the power is too large")
        found = super().call_binop(context, operator, left, right)
        return refuse("the number is too large") if abs(found) > _MOST_NUMBER else found

    def _range(self, *ends: int) -> range:
        found = range(*ends)
        if len(found) > MAX_RANGE:
            refuse(f"a range has at most {MAX_RANGE:,} numbers")
        self.step(len(found))
        return found

    def _scalar(self, value: Any) -> Any:
        if isinstance(value, _SCALARS):
            return value
        return refuse(f"a text or a number is needed here, and this is a {type(value).__name__}")

    def _short(self, found: Any) -> Any:
        if isinstance(found, _SIZED) and len(found) > MAX_TEXT:
            refuse(f"a text or a list has at most {MAX_TEXT:,} parts")
        return found

    def _concat(self, parts: Iterable[str]) -> str:
        """Put the output of a template, block or macro together, as far as it may go."""
        kept, size = [], 0
        for part in parts:
            kept.append(part)
            size += len(part)
            if size > MAX_OUTPUT:
                refuse(f"the output has more than {MAX_OUTPUT:,} characters")
        self.step(size // _PER_STEP)
        return "".join(kept)

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a filter that counts the length of what it is given."""

        @wraps(function)
        def counted(*values: Any, **named: Any) -> Any:
            given = [self._taken(v) if hasattr(v, "__next__") else v for v in values]
            self.step(1 + sum(len(v) for v in given if isinstance(v, (str, *_HOLDERS))))
            first = next(v for v in given if not isinstance(v, _PASSED))
            if name in TEXT_FILTERS:
                self._scalar(first)
            if name == "join":
                self.listed(*first)
            return self._short(function(*given, **named))

        return counted

    def _taken(self, values: Iterable[Any]) -> list[Any]:
        """Take what a filter yields, for the next one."""
        kept = []
        for value in values:
            kept.append(value)
            if len(kept) > MAX_TEXT:
                refuse(f"a text or a list has at most {MAX_TEXT:,} parts")
        return kept

    def bound(self, tree: nodes.Template, *, own: bool) -> nodes.Template:
        """Put the counting into a parsed template.

        Raises:
            TemplateSyntaxError: it is somebody's own, and switches the escaping or imports.
        """
        odd = (nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)
        for part in tree.find_all((*odd, nodes.Import, nodes.FromImport)) if own else ():
            what = "escaping cannot be switched" if isinstance(part, odd) else "nothing is imported"
            raise TemplateSyntaxError(f"{what} in a template", part.lineno)
        for node in tree.find_all((nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block)):
            node.body.insert(0, _call("step", [], node.lineno))  # type: ignore[attr-defined]
        if not any(isinstance(node, nodes.Extends) for node in tree.body):
            tree.body.insert(0, _call("step", [], 1))
        if own:
            tree = _Literals().visit(tree)
        return tree.set_environment(self)  # type: ignore[return-value]


class _Literals(NodeTransformer):
    """Let the environment make joined texts and lists, which it bounds."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - jinja's naming
        self.generic_visit(node)
        return _call("joined", node.nodes, node.lineno).node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _call("listed", node.items, node.lineno).node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return node if node.ctx != "load" else _call("listed", node.items, node.lineno).node

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        raise TemplateSyntaxError("a template makes no mapping", node.lineno)


def _call(method: str, values: list[nodes.Expr], line: int) -> nodes.ExprStmt:
    """Return a call of a method of the environment, as a statement."""
    call = nodes.Call(nodes.EnvironmentAttribute(method), values, [], None, None)
    return nodes.ExprStmt(call).set_lineno(line, override=True)  # type: ignore[return-value]


def refuse(message: str) -> NoReturn:
    """End a template that goes too far.

    Raises:
        SecurityError: always.
    """
    raise SecurityError(message)
