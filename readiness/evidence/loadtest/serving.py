"""Results of the serving benchmarks of vLLM and SGLang, which share keys: JSON or printed block.

Format: vllm/benchmarks/serve.py in https://github.com/vllm-project/vllm and
python/sglang/bench_serving.py in https://github.com/sgl-project/sglang.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.folded import fold, read_folded
from readiness.evidence.loadtest.numbers import count, number, parse_number
from readiness.evidence.loadtest.serving_lists import PLAN
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.errors import Location

TITLE = "Serving Benchmark Result"
_HEAD = pattern(rf"^[ \t>|]*=+ {TITLE} =+[ \t|]*\r?$", re.MULTILINE)
_END = pattern(r"[ \t>|]*={10,}[ \t|]*")
_LINE = pattern(r"[ \t>|]*([A-Z][^:]{1,60}):\s+(\S[^|]*?)[ \t|]*")
_TIME = pattern(r"(Mean|Median|Min|Max|P[0-9]{1,2}(?:\.[0-9]{1,3})?) (.+) \(ms\)")
_PROMPTS = pattern(r"--num-prompts?[ =](\d{1,12})\b|\bnum_prompts=(\d{1,12})\b")
_FAMILIES = {"TTFT": "ttft", "TPOT": "tpot", "ITL": "itl", "E2EL": "e2el", "E2E Latency": "e2el"}
_KEYS = {
    "successful requests": "completed",
    "failed requests": "failed",
    "maximum request concurrency": "max_concurrency",
    "max request concurrency": "max_concurrency",
    "request rate configured (rps)": "request_rate",
    "traffic request rate": "request_rate",
    "benchmark duration (s)": "duration",
    "total input tokens": "total_input_tokens",
    "total generated tokens": "total_output_tokens",
    "request throughput (req/s)": "request_throughput",
    "output token throughput (tok/s)": "output_throughput",
    "concurrency": "concurrency",
    "peak concurrent requests": "max_concurrent_requests",
    "cache hit rate": "cache_hit_rate_pct",
}
_LONGEST, _WIDEST = 20_000, 300  # characters of a block, of a line
_WORDS = {"not set": None, "inf": "inf", "trace": "trace", "none": None}
_HINT = "was the file edited, or cut off?"


class Record(NamedTuple):
    """The result of one run: values by the key that the JSON has, each with its place.

    Attributes:
        values: as written; texts of a printed block are numbers here.
        places: where a key stands, for a printed block.
        document: the JSON; None for a printed block.
        line: where the run begins.
        source: the file.
    """

    values: Mapping[str, Any]
    places: Mapping[str, int]
    document: JsonDocument | None
    line: int
    source: Source

    def at(self, key: str, *steps: int) -> Location:
        """Return the place of a value, or of an entry in it."""
        if self.document is None:
            return self.source.at(self.places.get(key, self.line), 0, key)
        found = self.document.at(key, *steps)
        line = found.line + self.line - 1 if found.line else self.line
        return self.source.at(line, found.column, found.pointer)

    def number(self, key: str) -> float | None:
        """Return a number of 0 or more, None where there is none."""
        value = self.values.get(key)
        return None if value is None else number(value, self.at(key), f"`{key}`")

    def whole(self, key: str) -> int | None:
        """Return a whole number of 0 or more, None where there is none."""
        value = self.values.get(key)
        return None if value is None else count(value, self.at(key), f"`{key}`")

    def needed(self, key: str) -> Any:
        """Return a value that each result has.

        Raises:
            Unreadable: there is none.
        """
        if self.values.get(key) is None:
            message = f"there is no `{key}`, which every result has"
            raise Unreadable("not-a-result", message, self.at(key), _HINT)
        return self.values[key]


def read_records(source: Source, *, infinity: bool = False) -> Iterator[Record]:
    """Read a file with one result or more: JSON, JSON by line, or text with printed blocks.

    Args:
        source: the file.
        infinity: whether a bare `Infinity` as `request_rate` is read, and printed blocks are those
            with a `Backend` line: both are SGLang's.

    Yields:
        the results; printed blocks of the other tool are passed over.

    Raises:
        Unreadable: no JSON or text of that kind, cut off, or a value that is not a number.
    """
    if source.streaming:
        rates = ("request_rate",) if infinity else ()
        for line, document in read_folded(source, PLAN, infinite=rates):
            yield _of(document, line, source)
        return
    text = source.text
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    if not text.lstrip().startswith("{"):
        mine = [r for r in _blocks(source) if ("backend" in r.values) == infinity]
        if not mine:
            message = f"there is no block `{TITLE}` of this benchmark in it"
            raise Unreadable("not-a-result", message, source.at(1), "paste all that it printed")
        yield from mine
        return
    lines = text.split("\n")
    first = next(line for line in lines if line.strip())
    if first.rstrip().endswith("}") and first.strip() != "{}":
        parts = [(n, line) for n, line in enumerate(lines, 1) if line.strip()]
    else:
        parts = [(1, text)]
    for line, part in parts:
        yield _record(source, line, part, infinity=infinity)


def _record(source: Source, line: int, text: str, *, infinity: bool) -> Record:
    if infinity:  # what `json.dumps` writes for a rate without limit; padded to keep the columns
        text = re.sub(r'((?<!\\)"request_rate"\s*:\s*)Infinity', r'\1"inf"   ', text)
    part = source.part(text.encode())
    try:
        document = fold(JsonDocument(part), PLAN)
    except Unreadable as error:
        found = error.problem
        at = source.at(max(found.at.line, 1) + line - 1, found.at.column)
        raise Unreadable(found.code, found.message, at, found.help) from None
    return _of(document, line, source)


def _of(document: JsonDocument, line: int, source: Source) -> Record:
    if not isinstance(document.value, dict):
        message = "a result is an object, and this is none"
        raise Unreadable("wrong-shape", message, source.at(line), "one result is one line")
    return Record(document.value, {}, document, line, source)


def _blocks(source: Source) -> Iterator[Record]:
    """Yield the printed blocks, each with the number of prompts of the command above it."""
    text = source.text
    end, line = 0, 1
    for head in _HEAD.finditer(text):
        asked = next(reversed(list(_PROMPTS.finditer(text, end, head.start()))), None)
        prompts = {"num_prompts": int(asked[1] or asked[2])} if asked else {}
        place = line + text.count("\n", end, asked.start()) if asked else 0
        line += text.count("\n", end, head.start())
        end = head.start()
        record = _block(source, text[head.end() : head.end() + _LONGEST].split("\n")[1:], line)
        places = {**record.places, "num_prompts": place} if asked else record.places
        yield record._replace(values={**record.values, **prompts}, places=places)


def _block(source: Source, lines: list[str], start: int) -> Record:
    values: dict[str, Any] = {}
    places: dict[str, int] = {}
    for line, content in enumerate(lines, start + 1):
        if _HEAD.fullmatch(content):
            break
        if _END.fullmatch(content.rstrip("\r")):
            return Record(values, places, None, start, source)
        match = _LINE.fullmatch(content.rstrip("\r")) if len(content) < _WIDEST else None
        key = _key(match[1]) if match else ""
        if match and key:
            if key in values:
                message = f"`{match[1]}` is there twice in one block"
                raise Unreadable("duplicate-key", message, source.at(line), "were two runs mixed?")
            values[key], places[key] = _value(key, match[2], source.at(line, 0, key)), line
    message = "the block has no last line of `=`"
    raise Unreadable("cut-off", message, source.at(start), "paste all that it printed")


def _key(label: str) -> str:
    time = _TIME.fullmatch(label)
    if time:
        family = _FAMILIES.get(time[2], "")
        return f"{time[1].lower()}_{family}_ms" if family else ""
    return "backend" if label == "Backend" else _KEYS.get(label.lower(), "")


def _value(key: str, text: str, at: Location) -> Any:
    if key == "backend":
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return parse_number(text.removesuffix("%").rstrip(), at, f"`{key}`")
