"""A text with the output of several tools: one reader reads it, and what it leaves out is told, never dropped."""

from __future__ import annotations

import time
from itertools import permutations
from pathlib import Path

import pytest

from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.others import other_tools
from readiness.evidence.paths import Roots
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.sniff import HEAD, Choice, choose
from readiness.model.evidence import Evidence
from readiness.model.fact import Problem, Strength
from readiness.model.plan import Bound

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PASTED = {name: reader for name, reader in READERS.shipped.items() if reader.pasted}
PREFERRED = (".txt", ".md", ".log", ".json")
CODE = "other-tool"


def usual(file: Path) -> tuple[bool, str]:
    return file.stem != "chat", file.name


def block(name: str) -> str:
    """Return what a tool prints: the first sample, text before JSON, that the reader knows in a text."""
    files = [file for end in PREFERRED for file in sorted((SAMPLES / name / "ok").glob(f"*{end}"), key=usual)]
    known = PASTED[name].pasted
    assert known is not None
    text = next(data.decode("utf-8-sig") for file in files if known(data := file.read_bytes()))
    return text if "```" in text else f"```text\n{text.rstrip()}\n```"


BLOCKS = {name: block(name) for name in PASTED}
TOOLS = ("ab", "autocannon", "bombardier", "ghz", "h2load", "hdrhistogram-percentiles", "hey", "httperf", "k6-console",
         "oha", "sglang-bench", "siege", "vegeta", "vllm-bench", "wrk")  # fmt: skip


def read(folder: Path, text: str, *readers: str) -> Evidence:
    (folder / "results.md").write_text(text, encoding="utf-8")
    bound = Bound("path", ("results.md",), readers, None, None, Strength.claimed, None, False, (), Location("l"))
    (evidence,) = Collector(Roots(folder, folder), shield).collect(bound).evidence
    return evidence


def told(evidence: Evidence) -> list[Problem]:
    return [problem for problem in evidence.problems if problem.code == CODE]


def document(first: str, second: str, between: str = "") -> tuple[str, int]:
    """Return a document with two blocks, and the line before the second one."""
    start = f"# Results\n\n## One\n\n{first}\n{between}\n## Other\n\n"
    return f"{start}{second}\n", start.count("\n")


def test_whoever_reads_a_load_test_in_markdown_is_asked() -> None:
    found = {r.id for r in READERS.shipped.values() if (SAMPLES / r.id / "ok").is_dir()
             and list((SAMPLES / r.id / "ok").glob("*.md")) and r.strength == Strength.measured}  # fmt: skip
    assert found <= set(TOOLS) <= set(PASTED)
    assert len(found) > 10


@pytest.mark.parametrize(("first", "second"), list(permutations(BLOCKS, 2)))
def test_what_one_reader_leaves_out_is_inconclusive(first: str, second: str, tmp_path: Path) -> None:
    """Whichever stands first, whichever is asked for, and if none is asked for."""
    text, before = document(BLOCKS[first], BLOCKS[second])
    for mine, other, place in (
        (first, second, range(before + 1, before + BLOCKS[second].count("\n") + 2)),
        (second, first, range(5, before)),
    ):
        evidence = read(tmp_path, text, mine)
        assert evidence.reader == mine
        (problem,) = told(evidence)
        assert problem.kind == "inconclusive"
        assert PASTED[other].title in problem.message
        assert problem.at.line in place
        assert f"line {problem.at.line} " in problem.message
        assert problem.help == "keep each tool's output in a file of its own"
    evidence = read(tmp_path, text)
    assert evidence.reader in (first, second)
    assert told(evidence)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_behind_the_head_is_found(name: str, tmp_path: Path) -> None:
    mine = "hey" if name == "wrk" else "wrk"
    text, before = document(BLOCKS[mine], BLOCKS[name], "Some notes.\n" * (3 * HEAD // 10))
    (problem,) = told(read(tmp_path, text, mine))
    assert before < problem.at.line <= before + BLOCKS[name].count("\n") + 1


@pytest.mark.parametrize(
    ("other", "begins"),
    [("wrk", "Running "), ("ab", "This is ApacheBench"), ("hey", "Summary:"), ("vegeta", "Requests "),
     ("hdrhistogram-percentiles", "Value "), ("bombardier", "Bombarding "), ("vllm-bench", "======")],
)  # fmt: skip
def test_the_line_is_that_in_which_the_block_begins(other: str, begins: str, tmp_path: Path) -> None:
    text, before = document(BLOCKS["oha"], BLOCKS[other])
    (problem,) = told(read(tmp_path, text, "oha"))
    lines = enumerate(text.splitlines(), 1)
    first = next(number for number, line in lines if number > before and line.lstrip(" >|\"'").startswith(begins))
    assert problem.at.line == first


def test_each_of_several_other_tools_is_named(tmp_path: Path) -> None:
    text = "\n\n".join(["# Results", BLOCKS["wrk"], BLOCKS["hey"], BLOCKS["k6-console"]])
    assert [p.message.split(" in it")[0] for p in told(read(tmp_path, text, "wrk"))] == [
        "there is hey output", "there is k6 console output"]  # fmt: skip


@pytest.mark.parametrize(
    ("other", "cut"),
    [("bombardier", "Bombarding http://127.0.0.1:8080/chat for 10s using 64 connection(s)\n"),
     ("oha", "Summary:\n  Success rate:\t0.00%\n"), ("ghz", "Summary:\n  Count:\t200\n  Total:\t2.04 s\n")],
)  # fmt: skip
def test_a_block_that_is_cut_off_is_told_too(other: str, cut: str, tmp_path: Path) -> None:
    (problem,) = told(read(tmp_path, document(BLOCKS["wrk"], cut)[0], "wrk"))
    assert PASTED[other].title in problem.message


def test_json_of_one_tool_hides_no_block_of_another(tmp_path: Path) -> None:
    """Readers that look at how a file begins, or for what is not in it, do so only to be chosen."""
    oha = (SAMPLES / "oha" / "ok" / "chat.json").read_text(encoding="utf-8")
    ghz = (SAMPLES / "ghz" / "ok" / "chat.json").read_text(encoding="utf-8")
    for other in (BLOCKS["k6-console"], BLOCKS["vllm-bench"], BLOCKS["sglang-bench"], BLOCKS["ghz"], ghz):
        assert told(read(tmp_path, f"{oha}\n{other}\n", "oha"))


def samples() -> list[Path]:
    files = [file for name in PASTED for file in sorted((SAMPLES / name / "ok").iterdir())]
    return [file for file in files if file.is_file()]


@pytest.mark.parametrize("file", samples(), ids=lambda file: f"{file.parent.parent.name}-{file.name}")
def test_the_output_of_one_tool_is_that_of_no_other(file: Path) -> None:
    """Not even the distribution that wrk2 prints, which is one of HdrHistogram."""
    reader = PASTED[file.parent.parent.name]
    assert not list(other_tools(Source(file.name, file.read_bytes()), reader, READERS))


PROSE = """
We tried `k6 run`, wrk, wrk2, hey -n 100, oha, ab -n 100 and bombardier; see ApacheBench, Version 2.3, and
Vegeta's row `Requests [total, rate, throughput]`. Serving Benchmark Result is what vLLM and SGLang print.

- hey prints a Summary: with Total: and Requests/sec:
- k6 prints `http_req_duration`, wrk Running 30s test, HdrHistogram has Value, Percentile and TotalCount.

```sh
hey -z 30m -c 50 http://host/path
k6 run --vus 10 script.js
vegeta attack -rate 100 | vegeta report
bombardier -c 125 http://localhost:8080
```
"""


@pytest.mark.parametrize("name", TOOLS)
def test_a_text_that_speaks_of_other_tools_is_read(name: str, tmp_path: Path) -> None:
    assert not told(read(tmp_path, f"# Results\n{PROSE}\n{BLOCKS[name]}\n{PROSE}", name))


def test_marks_that_are_far_apart_are_told_without_a_line_in_bounded_time() -> None:
    gap = "a line of notes\n" * 200_000
    text = f"{BLOCKS['wrk']}\nexecution: local \n{gap}vus_max....: 10 min=1 max=10\n"
    before = time.process_time()
    (problem,) = other_tools(Source("a.md", text.encode()), PASTED["wrk"], READERS)
    assert time.process_time() - before < 10
    assert problem.message == "there is k6 console output in it, which is not read: this is wrk or wrk2 output"
    assert problem.at == Location("a.md")


def test_only_readers_of_pasted_text_are_asked() -> None:
    text = f"{BLOCKS['wrk']}\n{BLOCKS['hey']}".encode()
    assert not list(other_tools(Source("a.md", text), READERS.shipped["markdown"], READERS))


def test_equally_sure_readers_of_pasted_text_are_no_tie() -> None:
    """Which one reads does not matter: the other is told. Before, `reader:` was advised, and hid it."""
    text = f"{BLOCKS['wrk']}\n{BLOCKS['hey']}".encode()
    choice = choose("a.md", text, (), None, READERS)
    assert isinstance(choice, Choice)
    assert choice.reader.id == "hey"


def test_a_reader_that_is_not_shipped_is_asked_for_no_more_than_its_own() -> None:
    own = Reader("own", "Own", lambda _: 90, lambda *_: Reading(), Strength.measured, (Metric("x", "", ""),), "", "")
    assert not list(other_tools(Source("a.md", BLOCKS["wrk"].encode()), own, READERS))
