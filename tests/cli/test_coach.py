"""`readiness coach`: a walk through whole, half-written and hostile launches; never a gate."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator

from readiness.loading.files import find_home
from readiness.pipeline import lint
from readiness.rendering.paint import columns
from tests.cli.running import CHECKLIST, DAY, EXAMPLE, LAUNCH, ROOT, Done, demo, readiness

NEW = LAUNCH.replace("evidence: {numbers: numbers.json}\n", "")
MORE = CHECKLIST.replace("title: Numbers", "title: Output of the load test").replace(
    "items:", "  rates: {title: Rates by locale, readers: [json, csv], how: Count them.}\n"
    "parameters:\n  budget: {unit: ms, meaning: Time within which 95 of 100 users have an answer}\nitems:"
).replace("[p95 <= 800 ms]", "[p95 <= launch.budget]").replace(
    "    why:", "      - slot: rates\n        needs: measured\n        fresh: 30d\n        confident: true\n"
    "        expect: [pass_rate >= 90 %, pass_rate where locale = de-DE >= 80 %]\n    domain: backend\n    why:"
)  # fmt: skip


def coach(*arguments: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Done:
    return readiness("coach", *arguments, "--as-of", DAY, cwd=cwd, env=env)


@pytest.fixture(scope="module")
def walked() -> Done:
    return coach(EXAMPLE)


@pytest.fixture
def half(tmp_path: Path) -> Path:
    """A launch whose slots, parameter and failure domain are still to be written."""
    return demo(tmp_path, NEW, MORE)


def pasted(out: str) -> str:
    """Return what a walk says to add to readiness.yaml, without its indent."""
    lines = out.split("Add to readiness.yaml", 1)[1].split("\n")[1:]
    block = []
    for line in lines:
        if not line.startswith(" " * 8):
            break
        block.append(line[8:])
    return "\n".join(block) + "\n"


def test_the_worked_example_is_walked_through_whole(walked: Done) -> None:
    assert (walked.code, walked.err) == (0, "")
    assert max(map(columns, walked.out.split("\n"))) <= 80
    ids = re.findall(r"^  \d+ of 89 · (\S+) · (?:blocker|deferrable) · ", walked.out, re.MULTILINE)
    assert len(set(ids)) == 89
    assert "This walk is no gate. `readiness check` exits with 1 now." in walked.out
    assert "Path to GO WITH CONDITIONS, in this order:\n  1. FD-12" in walked.out


def test_a_stop_says_question_evidence_answer_and_what_to_do() -> None:
    done = coach(EXAMPLE, "--item", "cache-04")
    assert done.out.split("─\n")[1] == snapshot("""\
Area: cache
6 open, 3 met

  1 of 1 · CACHE-04 · blocker · team-platform
  Cached answers live no longer than the data they were made from?
    Asked: slot cache-policy: Settings of the answer cache that the service
      loads; documented
    Found: rig/service/cache.yaml (cache-policy, its date is not known)
      ✓ Is `cache.kind` (exact, semantic or off) `exact` or `semantic`? exact
        (cache answers)
      ✓ Is `cache.ttl` (how long an answer lives, or the text `off`) above 0 ms?
        5 min (cache answers)
      ✓ Is `cache.ttl` (how long an answer lives, or the text `off`) at most 15
        min (launch.index_refresh)? 5 min (cache answers)
    Met

───────────────────────────────────────────────────────────────────────────────\
""")  # fmt: skip


def test_a_new_team_is_told_what_to_bind_and_how(half: Path) -> None:
    assert readiness("check", "--as-of", DAY, cwd=half).code == 2
    done = coach(cwd=half)
    assert (done.code, done.err) == (0, "")
    assert done.out == snapshot("""\
Demo 1.0.0: a walk through its review
demo · launch 7 Dec 2026 (in 11 days) · reviewed 26 Nov 2026

1 question in 1 topic.
Not bound yet: 2 slots (numbers, rates).
Not set yet: 1 parameter (budget).

────────────────────────────────────────────────────────────────────────────────
Failure domain: backend
1 open, 0 met
  The launch does not describe this failure domain.

  1 of 1 · DEMO-01 · blocker · team-demo · rank 1
  The p95 stays under 800 ms?
    Why: Users leave.
    Asked: slot numbers: Output of the load test
    Found: nothing: the launch does not say where it is
      · Is `p95` at most launch.budget, which is not set yet, over the whole
        numbers?
    Asked: slot rates: Rates by locale; measured, younger than 30 d
    Found: nothing: the launch does not say where it is
      · Is `pass_rate` at least 90 %?
      · Is `pass_rate` of locale `de-DE` at least 80 %?
    Not met (missing)
    To do, 1 day of work, by 27 Nov 2026: Make it faster.
      How to make slot numbers: Run k6.
      How to make slot rates: Count them.
    Add to readiness.yaml, with your own value for each …:
        evidence:
          numbers: evidence/numbers.…
          rates:
            path: evidence/rates.json
            reader: json
            map:
              pass_rate:
                - {at: /…, unit: ratio, samples: /…}
                - {at: /…/*, unit: ratio, label: locale, samples: /…/*}
        parameters:
          # Time within which 95 of 100 users have an answer
          budget: … ms
        failure_domains:
          backend:
            title: …  # what breaks
            likelihood: …  # rare, unlikely, possible, likely or expected
            detection: …  # how you notice it
            fallback: …  # what users get meanwhile
            failover: …  # what takes over, or leave it out
            later: …  # when and how a missing failover follows

────────────────────────────────────────────────────────────────────────────────
■ NO-GO
  Demo is not ready to launch on 7 Dec 2026: 1 of 1 blocker is open, 1 day of
  work, done by 27 Nov 2026 at the earliest.

Path to GO, in this order:
  1. DEMO-01 · team-demo · 1 day · by 27 Nov 2026

Next: DEMO-01 (team-demo, 1 day): bind the slots numbers and rates; then: Make
it faster.

This walk is no gate. `readiness check` refuses the launch (exit code 2) until
every slot is bound, every parameter set and every failure domain described.
""")


def test_what_it_says_to_paste_is_valid_once_filled_in(half: Path) -> None:
    """The walk leads to a launch that loads: its lines, with a value for each `…`."""
    text = pasted(coach(cwd=half).out)
    with (half / "readiness.yaml").open("a") as file:
        file.write(text)
    wrong = readiness("lint", cwd=half)
    assert wrong.code == 2  # a placeholder is never taken for a value
    filled = re.sub(r"likelihood: …", "likelihood: possible", text).replace("… ms", "800 ms")
    filled = filled.replace("fallback: …", 'fallback: A static page with the notice "Search works"').replace("…", "a")
    (half / "readiness.yaml").write_text(NEW + filled)
    plan = lint(find_home(half))
    assert plan.launch.evidence["rates"].map is not None
    assert [e.at for e in plan.launch.evidence["rates"].map["pass_rate"]] == ["/a", "/a/*"]
    assert readiness("check", "--as-of", DAY, cwd=half).code == 1
    assert "not bound yet" not in coach(cwd=half).out


def test_every_slot_of_the_shipped_checklists_can_be_bound_by_paste(tmp_path: Path) -> None:
    launch = NEW.replace("[./list.yaml]", "[llm-service]") + "changes: [model, region, prompt, index, guardrail, language, contract]\n"
    walk = json.loads(coach("--format", "json", cwd=demo(tmp_path, launch)).out)
    sections: dict[str, dict[str, list[str]]] = {}
    for stop in (stop for topic in walk["topics"] for stop in topic["stops"]):
        for paste in [asked["bind"] for asked in stop["asked"] if asked["bind"]] + stop["settle"]:
            sections.setdefault(paste["section"], {})[paste["name"]] = paste["lines"]
    assert sorted(sections["evidence"]) == sorted(walk["unbound"])
    assert sorted(sections["parameters"]) == walk["unset"]
    lines = [line for name, pastes in sections.items() for line in [f"{name}:", *(x for rows in pastes.values() for x in rows)]]
    text = "\n".join(lines).replace("likelihood: …", "likelihood: possible")
    text = re.sub(r"(  \w+: )… (ms|s|min|rps|users|%)$", r"\g<1>9 \2", text, flags=re.MULTILINE)
    text = text.replace("fallback: …", 'fallback: A page with the notice "Search works"').replace("…", "a")
    (tmp_path / "readiness.yaml").write_text(launch + re.sub(r"(  \w+): a$", r"\1: 9", text, flags=re.MULTILINE) + "\n")
    done = readiness("lint", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")


def test_a_real_mistake_is_still_one(half: Path) -> None:
    (half / "readiness.yaml").write_text(NEW + "evidence: {nubmers: a.json}\n")
    done = coach(cwd=half)
    assert done.code == 2
    assert "did you mean `numbers`?" in done.err
    (half / "readiness.yaml").write_text(NEW + "failure_domains:\n  backnd: {title: It, likelihood: rare}\n")
    assert "did you mean `backnd`?" in coach(cwd=half).err


def test_a_domain_that_is_missing_beside_others_is_guided_through(half: Path) -> None:
    (half / "readiness.yaml").write_text(NEW + "failure_domains:\n  search: {title: Search is down, likelihood: rare}\n")
    assert coach(cwd=half).code == 0
    assert "backend:\n" in pasted(coach(cwd=half).out)


@pytest.mark.parametrize(("arguments", "hint"), [
    (("--item", "CACHE-99"), "did you mean `CACHE-0"),
    (("--area", "cach"), "did you mean `cache`?"),
    (("--area", "zz"), "areas: "),
    (("--only", "some"), "one of open, blockers, all"),
    (("--format", "html"), "formats: terminal, json"),
    (("--as-of", "soon"), "write it as 2026-12-07"),
])  # fmt: skip
def test_wrong_words_are_refused(arguments: tuple[str, str], hint: str) -> None:
    done = readiness("coach", EXAMPLE, "--as-of", DAY, *arguments)
    assert (done.code, done.out) == (2, "")
    assert hint in done.err


def test_a_saved_review_is_no_launch(tmp_path: Path) -> None:
    done = coach(tmp_path / "review.json")
    assert done.code == 2
    assert "give the launch itself" in done.err


def test_choices_leave_out_and_say_so() -> None:
    blockers = coach(EXAMPLE, "--only", "blockers").out
    assert "11 questions in " in blockers
    assert "78 left out" in blockers
    assert "Met\n" not in blockers
    area = coach(EXAMPLE, "--area", "guardrails", "--only", "open").out
    assert "Failure domain: Guardrails block good traffic or miss bad (guardrails)" in area
    assert "Area:" not in area
    nothing = coach(EXAMPLE, "--area", "contract", "--only", "blockers").out
    assert "Nothing is left to ask of what was chosen." in nothing
    assert "■ NO-GO" in nothing


def test_the_json_is_of_its_schema_and_says_the_same(walked: Done) -> None:
    done = coach(EXAMPLE, "--format", "json")
    walk = json.loads(done.out)
    Draft202012Validator(json.loads(readiness("schema", "walk").out)).validate(walk)
    assert (walk["schema"], walk["gate"], walk["unbound"], walk["unset"]) == ("readiness/walk@1", 1, [], [])
    stops = [stop for topic in walk["topics"] for stop in topic["stops"]]
    assert [stop["number"] for stop in stops] == list(range(1, 90))
    counted = {answer: sum(stop["answer"] == answer for stop in stops) for answer in ("met", "not met", "accepted", "not applicable")}
    assert counted["met"] == walked.out.count("\n    Met\n")
    assert all(question["outcome"] == "proven" for stop in stops if stop["answer"] == "met" for asked in stop["asked"] for question in asked["questions"])


def test_a_broken_reader_makes_the_walk_incomplete(half: Path) -> None:
    (half / "readiness.yaml").write_text(LAUNCH)
    (half / "list.yaml").write_text(CHECKLIST)
    (half / "numbers.json").write_text("{}")
    (half / "sitecustomize.py").write_text(
        "import readiness.evidence.readers.k6_summary as m\nfrom dataclasses import replace\n"
        "m.READER = replace(m.READER, sniff=lambda head: 95, read=lambda *a: 1 / 0)\n"
    )
    done = readiness("coach", "--as-of", DAY, cwd=half, env={"PYTHONPATH": f"{half}{os.pathsep}{ROOT}"})
    assert done.code == 3
    assert "The review could not be completed" in " ".join(done.out.split())


def test_what_a_stranger_wrote_sends_no_escapes(half: Path) -> None:
    evil = "\\e]0;owned\\a\\u202e\\u2028x"
    text = MORE.replace("title: The p95 stays under 800 ms", f'title: "{evil} under 800 ms"')
    text = text.replace("how: Run k6.", f'how: "{evil}"').replace("meaning: Time", f'meaning: "{evil} Time"').replace(
        "have an answer}", 'have an answer"}'
    ).replace(f'"{evil} Time" within', f'"{evil} Time within').replace("why: Users leave.", f'why: "{evil}"')  # fmt: skip
    (half / "list.yaml").write_text(text)
    done = coach(cwd=half)
    assert done.code == 0, done.err
    for char in ("\x1b", "\x07", "\u202e", "\u2028"):
        assert char not in done.out
    assert done.out.count("\\u{1b}]0;owned") >= 4


def test_colour_only_where_asked_for() -> None:
    assert "\x1b[31mNot met (failed)" in coach(EXAMPLE, "--only", "blockers", env={"FORCE_COLOR": "1"}).out


def terminal(lines: list[str], folder: Path) -> tuple[int, str]:
    """Run the command in a terminal, answer each prompt with a line, and return what it showed."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "readiness", "coach", "--as-of", DAY]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    process = subprocess.Popen(command, cwd=folder, stdin=child, stdout=child, stderr=child, env=env)
    os.close(child)
    out, answered, ends = b"", 0, time.monotonic() + 60
    while time.monotonic() < ends:
        if not select.select([parent], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(parent, 65536)
        except OSError:  # how Linux says that the other side is gone
            break
        out += data
        while answered < min(out.count(b"q: end"), len(lines)):
            os.write(parent, f"{lines[answered]}\n".encode())
            answered += 1
    code = process.wait(10)
    os.close(parent)
    return code, out.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(("lines", "stops"), [(["", "q"], 1), (["", ""], 2), (["\x04"], 0)])
def test_in_a_terminal_it_stops_at_each_item(half: Path, lines: list[str], stops: int) -> None:
    second = MORE[MORE.index("  - id: DEMO-01") :].replace("DEMO-01", "DEMO-02")
    (half / "list.yaml").write_text(MORE + second)
    code, out = terminal(lines, half)
    assert code == 0
    assert out.count(" of 2 · DEMO-") == stops
    assert "This walk is no gate" in out


def test_the_page_on_it_shows_a_walk_of_the_example(walked: Done) -> None:
    page = (ROOT / "docs" / "coach.md").read_text(encoding="utf-8")
    for shown in re.findall(r"```text\n(.*?)```", page, re.DOTALL):
        assert shown.strip("\n") in walked.out
