"""One-edit mistakes over real files: shipped checklists, a launch that binds them all, decisions.

Every candidate is one edit that a person makes. Whether the result is wrong is decided here, from
the lines, the vocabulary and PyYAML, and never by the loader under test: an edit that yields the
same document, or another valid word of the same kind, is not generated, and free text is not edited.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
SEED = 20261207
PER_KIND = 18
LETTERS = "abcdefghijklmnopqrstuvwxyz"
UNITS = {
    "ms", "ns", "us", "s", "sec", "min", "h", "d", "w", "ratio", "percent", "bp", "rps", "qps", "tps",
    "rpm", "B", "kB", "MB", "GB", "TB", "count", "requests", "users", "tokens", "cases", "chars",
    "words", "calls", "attempts", "connections",
}  # fmt: skip
ENUMS = {
    "gate": ["blocker", "deferrable"],
    "harm": ["negligible", "minor", "moderate", "major", "severe"],
    "risk": ["rare", "unlikely", "possible", "likely", "expected"],
    "likelihood": ["rare", "unlikely", "possible", "likely", "expected"],
    "needs": ["claimed", "documented", "measured", "drilled"],
    "kind": ["deferred", "waived", "not-applicable", "sign-off"],
}
CHANGES = {"model", "region", "prompt", "index", "guardrail", "language", "traffic", "contract"}
# keys whose names the language fixes, not the author of a file
KEYS = {
    "schema", "id", "title", "version", "extends", "slots", "parameters", "items", "readers", "how",
    "unit", "meaning", "default", "area", "gate", "harm", "risk", "effort", "when", "domain",
    "evidence", "slot", "path", "needs", "fresh", "confident", "expect", "why", "fix", "run", "service",
    "owner", "launch", "candidate", "checklists", "changes", "locales", "components",
    "failure_domains", "contract", "rollout", "budget", "timeout", "calls", "likelihood",
    "detection", "fallback", "failover", "drill", "stages", "share", "hold", "abort", "rollback",
    "reader", "produced", "map", "item", "kind", "reason", "harm_if_wrong", "mitigation", "approver",
    "approved", "expires", "void_if", "revisit_when", "ticket", "decisions", "consumers", "intents",
}  # fmt: skip
REQUIRED = {
    "area", "gate", "harm", "risk", "effort", "title", "evidence", "why", "fix", "expect", "unit",
    "meaning", "readers", "how", "service", "owner", "candidate", "checklists", "version", "schema",
    "share", "hold", "abort", "rollback", "budget", "likelihood", "kind", "reason", "harm_if_wrong",
    "mitigation", "approver", "approved", "expires", "slot", "path", "launch",
}  # fmt: skip
OPERATORS = {
    "<=": ["=<", "≤", "<==", "<-", "=<="], ">=": ["=>", "≥", ">==", ">-", "=>="],
    "<": ["<<", "lt"], "=": ["==", "=="], "is": ["iss", "si", "i", "ist"], "in": ["inn", "ni"],
    "!=": ["=!", "<>", "≠"],
}  # fmt: skip
EXPECT = re.compile(r"^(\s*- |\s*void_if: )([a-z][\w.]*)( where ([a-z]+) = (\"[^\"]*\"|\S+))? (<=|>=|!=|<|>|=|is|in) (.+)$")


LAYOUT = {"indentation", "quote or bracket", "tab", "colon"}  # PyYAML may read the same document


class Mistake(NamedTuple):
    """One edited file: what was done, the lines that count as right, the word that was meant."""

    kind: str
    file: str
    lines: frozenset[int]
    meant: str
    text: str
    edit: str


class Line(NamedTuple):
    """A line that carries structure: its file, 0-based number and the text of the file's lines."""

    file: str
    number: int
    lines: list[str]

    @property
    def text(self) -> str:
        return self.lines[self.number]

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip())

    def changed(self, kind: str, new: str | None, meant: str = "", at: set[int] | None = None,
                also: int = 0) -> Mistake:  # fmt: skip
        """Return the mistake of replacing this line (None: deleting it and `also` lines below)."""
        put = [] if new is None else new.split("\n")
        lines = [*self.lines[: self.number], *put, *self.lines[self.number + 1 + also :]]
        right = frozenset(at if at is not None else {self.number + 1})
        return Mistake(kind, self.file, right, meant, "\n".join(lines) + "\n",
                       f"{self.text.strip()} → {(new or '(deleted)').strip()}")  # fmt: skip


def files() -> dict[str, str]:
    """Return every file of the corpus: path within the test folder to text."""
    found = {f"checklists/{p.name}": p.read_text("utf-8") for p in sorted((ROOT / "checklists").glob("*.yaml"))}
    for name in ("readiness.yaml", "decisions.yaml"):
        found[f"launch/{name}"] = (FIXTURES / name).read_text("utf-8")
    return found


def structure(file: str, text: str) -> list[Line]:
    """Return the lines that are no blank, comment or body of a block text."""
    lines, result, block = text.rstrip("\n").split("\n"), [], None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if not line.strip() or (block is not None and indent > block):
            continue
        block = indent if re.search(r": [|>][-+]?$", line) else None
        if not line.lstrip().startswith("#"):
            result.append(Line(file, number, lines))
    return result


def typos(word: str, rng: random.Random) -> Iterator[str]:
    """Yield the word with one letter dropped, doubled, replaced, and two swapped."""
    places = [i for i, char in enumerate(word) if char.isalpha()]
    if len(places) < 2:
        return
    i = rng.choice(places)
    yield word[:i] + word[i + 1 :]
    i = rng.choice(places)
    yield word[:i] + word[i] + word[i:]
    i = rng.choice(places)
    yield word[:i] + rng.choice([c for c in LETTERS if c != word[i].lower()]) + word[i + 1 :]
    pairs = [i for i in places if i + 1 < len(word) and word[i + 1].isalpha() and word[i] != word[i + 1]]
    if pairs:
        i = rng.choice(pairs)
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


class Corpus:
    """Generates the mistakes. `metrics` says which metrics a slot's readers can give."""

    def __init__(self, gives: Callable[[str, str], bool]) -> None:
        self.rng = random.Random(SEED)
        self.gives = gives
        self.texts = files()
        self.all = [line for file, text in self.texts.items() for line in structure(file, text)]
        data = {file: yaml.safe_load(text) for file, text in self.texts.items()}
        lists = [d for f, d in data.items() if f.startswith("checklists/")]
        self.slots = {name for d in lists for name in d.get("slots", {})}
        self.parameters = {name for d in lists for name in d.get("parameters", {})}
        self.ids = {item["id"] for d in lists for item in d["items"]}
        self.names = {d["id"] for d in lists}
        self.readers = {r for d in lists for s in d.get("slots", {}).values() for r in s["readers"]}
        launch = data["launch/readiness.yaml"]
        self.domains, self.components = set(launch["failure_domains"]), set(launch["components"])

    def mistakes(self) -> list[Mistake]:
        """Return up to PER_KIND mistakes of each kind, the same ones at every run."""
        chosen: list[Mistake] = []
        for maker in (
            self.keys, self.enums, self.units, self.slot_names, self.parameter_names, self.names_of,
            self.item_ids, self.metric_names, self.label_names, self.operators, self.types,
            self.duplicates, self.indentation, self.colons, self.quotes, self.tabs, self.dates,
            self.missing, self.empty, self.dimensions, self.booleans, self.where_word,
        ):  # fmt: skip
            candidates = sorted(set(maker()))
            self.rng.shuffle(candidates)
            wrong = (m for m in candidates if m.kind not in LAYOUT or not self._same(m))
            chosen += islice(wrong, PER_KIND)
        return chosen

    def _word(self, line: Line, kind: str, word: str, valid: set[str], start: int = -1) -> Iterator[Mistake]:
        at = line.text.index(word) if start < 0 else start
        for typo in typos(word, self.rng):
            if typo not in valid and typo != word:
                new = line.text[:at] + typo + line.text[at + len(word) :]
                yield line.changed(kind, new, word)

    def keys(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"\s*(?:- )?([a-z_]+):(?: |$)", line.text)
            if match and match[1] in KEYS and not self._author_named(line):
                yield from self._word(line, "key", match[1], KEYS, match.start(1))

    def _author_named(self, line: Line) -> bool:
        """Whether the author chose the key: names of slots, parameters, metrics, components…"""
        for above in reversed(line.lines[: line.number]):
            indent = len(above) - len(above.lstrip())
            if above.strip() and indent < line.indent:
                key = above.strip().removeprefix("- ").rstrip(":")
                return key in {"slots", "parameters", "map", "components", "failure_domains",
                               "owners"} or (key == "evidence" and not line.text.lstrip().startswith("-")
                                             and line.file.startswith("launch/"))  # fmt: skip
        return False

    def enums(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"\s*(?:- )?([a-z]+): ([\w-]+)$", line.text)
            if match and match[2] in ENUMS.get(match[1], ()):
                yield from self._word(line, "enum", match[2], set(ENUMS[match[1]]), match.start(2))
            for word in re.finditer(r"(?<=[\[ ])[a-z]+(?=[,\]])", line.text):
                if "changes: [" in line.text and word[0] in CHANGES:
                    yield from self._word(line, "enum", word[0], CHANGES, word.start())

    def units(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.search(r"[\d.] ?([a-zA-Z]{2,})$", line.text)
            if match and match[1] in UNITS and not re.search("title|meaning|version", line.text):
                yield from self._word(line, "unit", match[1], UNITS, match.start(1))
            declared = re.match(r"\s+unit: ([a-z]{2,})$|.*unit: ([a-z]{2,})[,}]", line.text)
            if declared:
                group = 1 if declared[1] else 2
                yield from self._word(line, "unit", declared[group], UNITS | {"text"}, declared.start(group))

    def slot_names(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"\s*(?:- slot|drill): ([\w-]+)$|  ([\w-]+):", line.text)
            name = match and (match[1] or match[2])
            if match and name in self.slots and not line.file.startswith("checklists/") | bool(match[1]):
                if not self._under(line, "evidence"):
                    continue
            elif not match or not match[1] or name not in self.slots:
                continue
            yield from self._word(line, "slot", str(name), self.slots)

    def _under(self, line: Line, key: str) -> bool:
        tops = [text for text in line.lines[: line.number] if text[:1].isalpha()]
        return bool(tops) and tops[-1].startswith(f"{key}:") and line.indent == 2

    def parameter_names(self) -> Iterator[Mistake]:
        for line in self.all:
            if match := re.search(r"launch\.(\w+)", line.text):
                yield from self._word(line, "parameter", match[1], self.parameters, match.start(1))
                yield from (line.changed("parameter", line.text.replace("launch.", f"{typo}."), "launch")
                            for typo in typos("launch", self.rng))  # fmt: skip
            match = re.match(r"  (\w+): ", line.text)
            if match and line.file.endswith("readiness.yaml") and self._under(line, "parameters"):
                yield from self._word(line, "parameter", match[1], self.parameters, 2)

    def names_of(self) -> Iterator[Mistake]:
        for line in self.all:
            if match := re.match(r"\s+domain: ([\w-]+)$", line.text):
                # reported where the launch names its domains: the item may be right
                yield from (m._replace(lines=m.lines | {self._line_of("failure_domains:")})
                            for m in self._word(line, "name", match[1], self.domains, match.start(1)))  # fmt: skip
            for key, valid in (("checklists", self.names), ("extends", self.names),
                               ("calls", self.components), ("readers", self.readers)):  # fmt: skip
                if re.match(rf"\s*{key}: \[", line.text):
                    for word in re.finditer(r"(?<=[\[ ])[\w-]+(?=[,\]])", line.text):
                        yield from self._word(line, "name", word[0], valid, word.start())
            if match := re.match(r"\s+reader: (\w+)$", line.text):
                yield from self._word(line, "name", match[1], self.readers, match.start(1))

    def _line_of(self, start: str) -> int:
        lines = self.texts["launch/readiness.yaml"].split("\n")
        return 1 + next(i for i, text in enumerate(lines) if text.startswith(start))

    def item_ids(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"  - item: ([A-Z]+)-\d+$|  ([A-Z]+)-\d+: ", line.text)
            if match and line.file.startswith("launch/"):
                group = 1 if match[1] else 2
                whole = re.search(r"[A-Z]+-\d+", line.text)
                for mistake in self._word(line, "item id", match[group], set(), match.start(group)):
                    typo = re.search(r"\w*-\d+", mistake.edit.split(" → ")[1])
                    if whole and typo and typo[0] not in self.ids:
                        yield mistake._replace(meant=whole[0])

    def metric_names(self) -> Iterator[Mistake]:
        for line in self.all:
            match = EXPECT.match(line.text)
            if match and line.file.startswith("checklists/"):
                slot = next(m[1] for text in reversed(line.lines[: line.number])
                            if (m := re.match(r"\s+- (?:slot|analysis): ([\w-]+)$", text)))  # fmt: skip
                if not self.gives(slot, match[2]):
                    continue
                for mistake in self._word(line, "metric", match[2], set(), match.start(2)):
                    typo = re.match(r"(?:- )?([^ ]+)", mistake.edit.split(" → ")[1])
                    if typo and not self.gives(slot, typo[1]):
                        yield mistake

    def label_names(self) -> Iterator[Mistake]:
        for line in self.all:
            match = EXPECT.match(line.text)
            if match and match[4]:
                known = {match[4], "suite", "name", "endpoint", "method", "stage", "column", "row"}
                yield from self._word(line, "label", match[4], known, match.start(4))

    def where_word(self) -> Iterator[Mistake]:
        for line in self.all:
            if EXPECT.match(line.text) and " where " in line.text:
                yield from self._word(line, "where", "where", set(), line.text.index(" where ") + 1)

    def operators(self) -> Iterator[Mistake]:
        for line in self.all:
            if match := EXPECT.match(line.text):
                for wrong in OPERATORS[match[6]] if match[6] in OPERATORS else ():
                    new = line.text[: match.start(6)] + wrong + line.text[match.end(6) :]
                    yield line.changed("operator", new, match[6])
                yield line.changed("operator", line.text[: match.start(6)] + match[7])

    def types(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"(\s*(?:- )?(\w+): )([^\[{>|\"'].*)$", line.text)
            if not match or match[2] not in KEYS or self._author_named(line) or match[2] == "path":
                continue
            yield line.changed("type", f"{match[1]}{{value: 1}}")
            if match[2] not in {"intents", "consumers"}:
                yield line.changed("type", f"{match[1]}[a, b]")
            if match[2] in {"gate", "harm", "title", "area", "service", "owner", "effort", "why"}:
                yield line.changed("type", f"{match[1]}true")
        for line in self.all:
            if match := re.match(r"(\s*(?:readers|changes|extends|checklists|calls): )\[([\w-]+)\]$", line.text):
                yield line.changed("type", match[1] + match[2])

    def booleans(self) -> Iterator[Mistake]:
        for line in self.all:
            if match := re.match(r"(\s+confident: )true$", line.text):
                for word in ("yes", "on", "True_", "1", '"true"', "ture", "tru"):
                    meant = "true" if word not in ("1", '"true"') else ""
                    yield line.changed("boolean", match[1] + word, meant)

    def duplicates(self) -> Iterator[Mistake]:
        for line in self.all:
            if re.match(r"\s*[\w-]+: [^>|{\[]", line.text):
                repeated = f"{line.text}\n{line.text}"
                yield line.changed("duplicate", repeated, at={line.number + 2})

    def indentation(self) -> Iterator[Mistake]:
        for line in self.all:
            for new in (f" {line.text}", line.text[1:] if line.indent else line.text):
                yield line.changed("indentation", new)

    def _same(self, mistake: Mistake) -> bool:
        """Whether an edit left the document as it was, by PyYAML's reading."""
        try:
            return bool(yaml.safe_load(mistake.text) == yaml.safe_load(self.texts[mistake.file]))
        except yaml.YAMLError:
            return False

    def colons(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"(\s*(?:- )?[\w.-]+):( .*)?$", line.text)
            if match and not (line.text.lstrip().startswith("#")):
                yield line.changed("colon", match[1] + (match[2] or ""))
                if match[2] and not match[2].startswith(" >"):
                    yield line.changed("colon", f"{match[1]}:{match[2].strip()}")

    def quotes(self) -> Iterator[Mistake]:
        for line in self.all:
            for char in "\"'[]{}":
                if char in line.text and not re.search("run: |= \"|[a-z]'s", line.text):
                    mistake = line.changed("quote or bracket", line.text.replace(char, "", 1))
                    if char in "\"'":
                        yield line.changed("quote or bracket", char.join(line.text.rsplit(char, 1)[:1])
                                           + line.text.rsplit(char, 1)[1])  # fmt: skip
                    if line.text.count(char) == 1:
                        yield mistake

    def tabs(self) -> Iterator[Mistake]:
        for line in self.all:
            if line.indent:
                yield line.changed("tab", "\t" + line.text.lstrip())
                yield line.changed("tab", line.text[:-len(line.text.lstrip())][2:] + "\t" + line.text.lstrip())

    def dates(self) -> Iterator[Mistake]:
        for line in self.all:
            if match := re.search(r": (\d{4})-(\d\d)-(\d\d)\b", line.text):
                y, m, d = match.groups()
                for wrong, meant in (
                    (f"{d}.{m}.{y}", f"{y}-{m}-{d}"), (f"{y}/{m}/{d}", f"{y}-{m}-{d}"), (f"{y}-{m}", ""),
                    (f"{y}-13-{d}", ""), (f"{y}-{m}-32", ""), (f"{y}{m}{d}", ""), ("next week", ""),
                    (f"{y[2:]}-{m}-{d}", ""), (f"{y}-{m}-{d}T10:00:00Z", ""), (f"{y}-0{m}-{d}", ""),
                ):  # fmt: skip
                    new = line.text.replace(f"{y}-{m}-{d}", wrong)
                    yield line.changed("date", new, meant)

    def missing(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"\s*(\w+):", line.text)
            if not match or match[1] not in REQUIRED or self._author_named(line):
                continue
            start = self._mapping_start(line)
            patch = line.file.endswith("llm-service.yaml") and "area:" not in self._block(line, start)
            if patch and self._in_item(line):
                continue
            below = 0
            for text in line.lines[line.number + 1 :]:
                if text.strip() and len(text) - len(text.lstrip()) <= line.indent:
                    break
                below += 1
            at = {start + 1, start} if start != line.number else {start, start + 1}
            if match[1] == "slot" or start == line.number:
                continue
            yield line.changed("missing", None, at=at if line.indent else {1, 2, 3}, also=below)

    def _mapping_start(self, line: Line) -> int:
        start = line.number
        for number in range(line.number - 1, -1, -1):
            text = line.lines[number]
            indent = len(text) - len(text.lstrip())
            if not text.strip() or text.lstrip().startswith("#") or indent > line.indent:
                continue
            if indent == line.indent:
                start = number
            elif text.lstrip().startswith("- ") and indent + 2 == line.indent:
                return number
            else:
                break
        return start

    def _in_item(self, line: Line) -> bool:
        return any(text.startswith("items:") for text in line.lines[: line.number])

    def _block(self, line: Line, start: int) -> str:
        first = max((n for n in range(line.number + 1) if line.lines[n].startswith("  - id:")), default=start)
        rest = line.lines[first + 1 :]
        end = next((n for n, text in enumerate(rest) if text.startswith("  - id:")), len(rest))
        return "\n".join(rest[:end])

    def empty(self) -> Iterator[Mistake]:
        for line in self.all:
            match = re.match(r"(\s*(?:- )?(\w+): )([^>|].*)$", line.text)
            if match and match[2] in KEYS and not self._author_named(line):
                yield line.changed("empty", match[1].rstrip())

    def dimensions(self) -> Iterator[Mistake]:
        for line in self.all:
            match = EXPECT.match(line.text)
            if match and re.fullmatch(r"[\d.]+ ?(ms|s|min|%)", match[7]) and line.file.startswith("checklists/"):
                number = re.match(r"[\d.]+", match[7])
                for unit in ("", " MB", " rps"):
                    yield line.changed("dimension", line.text[: match.start(7)] + (number[0] if number else "") + unit)
            launch = re.match(r"(  \w+: [\d.]+) (ms|s|min|rps)$", line.text)
            if launch and self._under(line, "parameters"):
                for unit in ("", " MB", " %"):
                    yield line.changed("dimension", launch[1] + unit)
