"""What coding agents may ask: check, inspect, explain and list, inside one folder, only reading.

Plain functions to plain values, so that any protocol can carry them; `mcp_server` does.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from readiness.cli.running import INCOMPLETE, NO_GO, day
from readiness.errors import input_error
from readiness.model.text import did_you_mean, visible

if TYPE_CHECKING:
    from readiness.loading.files import Home
    from readiness.model.review import ItemResult, Review

KINDS = ("capabilities", "readers", "formats", "analyses", "checklists", "items")
_OUTSIDE = "it lies outside the folder that this server may read"


class Tools:
    """The tools for one repository.

    Args:
        root: the folder that nothing may leave: a repository.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def check(self, launch: str = ".", as_of: str = "", *, whole: bool = False) -> dict[str, Any]:
        """Evaluate a launch and return the decision with what is open, by rank.

        Args:
            launch: a readiness.yaml, or a folder at or above which one lies.
            as_of: the day of the review, such as 2026-12-07; today if empty.
            whole: whether to return the whole review (`readiness/review@1`) too.

        Raises:
            InputError: what was written or asked is wrong, or a path leaves the folder.
            IncompleteError: what was written cannot be read.
        """
        from readiness.model.serial import dump  # noqa: PLC0415 - start-up time
        from readiness.rendering.words import headline  # noqa: PLC0415

        review = self._review(launch, as_of)
        by_id = {item.id: item for item in review.items}
        code = INCOMPLETE if not review.complete else NO_GO if review.decision == "NO-GO" else 0
        answer = {
            "exit_code": code,
            "decision": review.decision,
            "complete": review.complete,
            "sentence": headline(review),
            "as_of": review.as_of.isoformat(),
            "readiness": review.score.readiness,
            "items": len(review.items),
            "open": [_open(by_id[rank.item], rank.rank) for rank in review.ranking],
            "path_to_go": [step.item for step in review.path_to_go.steps],
        }
        return safe({**answer, "review": json.loads(dump(review))} if whole else answer)

    def inspect(self, file: str, reader: str = "", slot: str = "") -> dict[str, Any]:
        """Return what is read from an evidence file, as `readiness/evidence@1`.

        Args:
            file: path of the file.
            reader: id of the reader; by content if empty.
            slot: name of a slot, to read the file with its binding's map.

        Raises:
            InputError: there is no such file or slot, or a path leaves the folder.
        """
        from readiness.cli.shield import shield  # noqa: PLC0415 - start-up time
        from readiness.evidence.collect import READERS, Collector  # noqa: PLC0415
        from readiness.evidence.paths import Roots  # noqa: PLC0415
        from readiness.model.inspection import inspection  # noqa: PLC0415
        from readiness.model.serial import dump_inspection  # noqa: PLC0415

        path = self._inside(file)
        if not path.is_file():
            raise input_error("not-found", "there is no such file", file, "give a file's path")
        readers: tuple[str, ...] = (reader,) if reader else ()
        fact_map = None
        if slot:
            from readiness.pipeline import binding  # noqa: PLC0415

            readers, fact_map = binding(self._home(str(path.parent)), slot)
        name = path.relative_to(self.root).as_posix()
        found = Collector(Roots(self.root, self.root), shield).read(name, readers, fact_map)
        known = READERS.get(found.reader)
        computed = known.percentiles if known else ""
        return safe(json.loads(dump_inspection(inspection(found, computed))))

    def explain(self, item: str, launch: str = ".", as_of: str = "") -> str:
        """Return one item explained: evidence, credit, rank, and how to prove it.

        Args:
            item: id of the item, such as LOAD-01.
            launch: as for `check`.
            as_of: as for `check`.

        Raises:
            InputError: the launch has no such item, or as for `check`.
        """
        from readiness.decision.ranking import prove  # noqa: PLC0415 - start-up time
        from readiness.rendering.explain import explain  # noqa: PLC0415
        from readiness.rendering.format import Style  # noqa: PLC0415

        review = self._review(launch, as_of)
        wanted, ids = item.upper(), [result.id for result in review.items]
        if wanted not in ids:
            hint = did_you_mean(wanted, ids) or "`check` names the open ones"
            raise input_error("unknown-item", f"the launch has no item {item}", "item", hint)
        return explain(review, wanted, prove(review, wanted), Style())

    def list(self, what: str = "capabilities") -> dict[str, Any]:
        """Return what there is: all of `readiness/capabilities@1`, or one kind with its details.

        Args:
            what: capabilities, readers, formats, analyses, checklists or items.

        Raises:
            InputError: there is no such kind.
        """
        if what == "capabilities":
            from readiness.cli.capabilities import capabilities  # noqa: PLC0415 - start-up time
            from readiness.model.serial import dump_capabilities  # noqa: PLC0415

            return safe(json.loads(dump_capabilities(capabilities())))
        from readiness.cli.list_plugins import rows  # noqa: PLC0415 - start-up time

        if what not in KINDS:
            hint = did_you_mean(what, KINDS) or f"kinds: {', '.join(KINDS)}"
            raise input_error("value", f"there is no kind `{what}`", "what", hint)
        return safe({"schema": f"readiness/{what}@1", what: rows(what)})

    def _review(self, launch: str, as_of: str) -> Review:
        from readiness.cli.shield import shield  # noqa: PLC0415 - start-up time
        from readiness.loading.basis import find_basis  # noqa: PLC0415
        from readiness.pipeline import Options, review  # noqa: PLC0415

        home = self._home(launch)
        with find_basis(home, "", os.environ) as basis:
            return review(home, Options(day(as_of), shield, lambda _: None, basis=basis))

    def _home(self, start: str) -> Home:
        """Find a launch inside the folder; one above it is not there.

        Raises:
            InputError: there is none, or it lies outside.
        """
        from readiness.loading.files import find_home  # noqa: PLC0415 - start-up time

        home = find_home(self._inside(start))
        self._inside(str(home.file))
        root = self.root if self.root.is_relative_to(home.root.resolve()) else home.root
        return home._replace(root=root)

    def _inside(self, path: str) -> Path:
        """Return a path of this folder with its links followed.

        Raises:
            InputError: it leads outside, or nowhere.
        """
        found: Path | None
        try:
            found = (self.root / path).resolve()
        except (OSError, ValueError, RuntimeError):  # a NUL, too long, a loop of links
            found = None
        if found is None or not found.is_relative_to(self.root):
            raise input_error("outside", _OUTSIDE, path[:200], "give a path inside it")
        return found


def _open(item: ItemResult, rank: int) -> dict[str, Any]:
    from readiness.rendering.words import held, reason  # noqa: PLC0415 - start-up time

    return {
        "rank": rank,
        "item": item.id,
        "title": item.title,
        "gate": item.gate,
        "waits": item.waits,
        "outcome": item.outcome,
        "owner": item.owner,
        "reason": reason(item),
        "decided": held(item.disposition),
        "fix": item.fix,
        "run": item.run,
    }


def safe(value: dict[str, Any]) -> dict[str, Any]:
    """Return JSON whose texts show characters that a reader would not see.

    A file can hide text from people and not from an agent: in control, bidi and tag characters.
    """
    return {visible(str(key)): _safe(entry) for key, entry in value.items()}


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value, keep="\n\t")
    if isinstance(value, dict):
        return safe(value)
    return [_safe(entry) for entry in value] if isinstance(value, list | tuple) else value
