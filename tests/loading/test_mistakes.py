"""How good the loader's errors are: found, at the right line, with the right suggestion."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from readiness.analysis.analysis import ANALYSES
from readiness.errors import Diagnostic, ReadinessError
from readiness.evidence.collect import READERS
from readiness.loading import files
from readiness.loading.files import Home
from readiness.loading.load import load_plan
from readiness.loading.metrics import Gives, unknown_metrics
from tests.loading.mistakes import Corpus, Mistake
from tests.loading.mistakes import files as corpus_files

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = {"p": r"p[0-9.]+", "front.": r"front\..+", "custom.": r"custom\..+"}


def known() -> dict[str, dict[str, Gives]]:
    """Return what the real readers declare."""
    return {
        reader.id: {m.name: Gives(m.unit, m.labels) for m in reader.metrics}
        for reader in READERS.shipped.values()
    }


def gives() -> object:
    """Return a judge of metrics that is no part of the loader: slot and metric to yes or no.

    An analysis is judged as a slot of its name.
    """
    import yaml

    declared = known()
    slots: dict[str, set[str]] = {}
    texts = corpus_files()
    bindings = yaml.safe_load(texts["launch/readiness.yaml"])["evidence"]
    for text in texts.values():
        for name, slot in (yaml.safe_load(text).get("slots") or {}).items():
            names = slots.setdefault(name, set())
            for reader in slot["readers"]:
                names |= set(declared[reader])
            binding = bindings.get(name)  # none for slots of items that do not apply
            if isinstance(binding, dict) and "reader" in binding:
                names.clear()
                names |= set(binding.get("map") or declared[binding["reader"]])
            names.discard("*")
    for analysis in ANALYSES.shipped.values():
        slots[analysis.id] = {name for name, _, _ in analysis.metrics}
    patterns = {
        slot: "|".join(FAMILY.get(n[:-1], "x") if n.endswith("*") else re.escape(n) for n in names)
        for slot, names in slots.items()
    }
    return lambda slot, metric: re.fullmatch(patterns[slot], metric) is not None


class Bench:
    """A repository with every file of the corpus, in which one is broken at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts = corpus_files()
        self.known = known()
        self.analyses = {a.id: {n: Gives(u, a.labels(n)) for n, u, _ in a.metrics} for a in ANALYSES.shipped.values()}
        for name, text in self.texts.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, "utf-8")

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        home = Home(self.folder / "launch" / "readiness.yaml", self.folder)
        try:
            plan = load_plan(home)
        except ReadinessError as error:
            return error.diagnostics
        return tuple(unknown_metrics(plan, self.known, self.analyses))

    def broken(self, mistake: Mistake) -> tuple[Diagnostic, ...]:
        file = self.folder / mistake.file
        file.write_text(mistake.text, "utf-8")
        try:
            return self.diagnostics()
        finally:
            file.write_text(self.texts[mistake.file], "utf-8")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(files, "shipped", lambda kind: tmp_path / kind)
    return Bench(tmp_path)


def at_right_line(mistake: Mistake, found: tuple[Diagnostic, ...]) -> bool:
    shown = mistake.file.removeprefix("launch/")
    places = {shown} if "domain:" not in mistake.edit else {shown, "readiness.yaml"}
    return any(d.at.path in places and d.at.line in mistake.lines for d in found)


def suggested(mistake: Mistake, found: tuple[Diagnostic, ...]) -> bool:
    word = re.compile(rf"(?<![\w.-]){re.escape(mistake.meant)}(?![\w-])" if mistake.meant[0].isalnum()
                      else rf"`{re.escape(mistake.meant)}`")  # fmt: skip
    return any(word.search(d.help) for d in found)


def test_the_files_of_the_corpus_are_right(bench: Bench) -> None:
    assert bench.diagnostics() == ()


def test_one_edit_mistakes(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = Corpus(gives()).mistakes()  # type: ignore[arg-type]
    total, seen, placed, hinted, helped = (Counter[str]() for _ in range(5))
    misses = []
    for mistake in mistakes:
        found = bench.broken(mistake)
        total[mistake.kind] += 1
        seen[mistake.kind] += bool(found)
        right = at_right_line(mistake, found)
        placed[mistake.kind] += right
        if mistake.meant:
            hinted[mistake.kind] += 1
            helped[mistake.kind] += suggested(mistake, found)
        if not right or (mistake.meant and not suggested(mistake, found)):
            first = found[0] if found else "nothing found"
            misses.append(f"[{mistake.kind}] {mistake.file}:{sorted(mistake.lines)} "
                          f"{mistake.edit}\n{first}")  # fmt: skip
    rows = [f"{k:18}{total[k]:6}{seen[k]:8}{placed[k]:8}{helped[k]:8}/{hinted[k]}" for k in sorted(total)]
    count = sum(total.values())
    figures = (sum(seen.values()) / count, sum(placed.values()) / count,
               sum(helped.values()) / sum(hinted.values()))  # fmt: skip
    with capsys.disabled():
        print("\nkind               total   found    line    help", *rows, sep="\n")
        print(f"{count} mistakes: {figures[0]:.1%} found, {figures[1]:.1%} on the right line, "
              f"{figures[2]:.1%} of {sum(hinted.values())} with the right suggestion")  # fmt: skip
    print(*misses, sep="\n\n")
    assert count >= 300
    assert figures[0] >= 0.98
    assert figures[1] >= 0.95
    assert figures[2] >= 0.90
