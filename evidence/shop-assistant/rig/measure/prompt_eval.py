"""Run the labelled questions through the service and score intent and answer."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from client import Rig
from measure.output import output_path, write_json

QUESTIONS = Path(__file__).parent / "questions.yaml"
WORKERS = 6

Case = dict[str, Any]


def load_cases() -> list[Case]:
    """Return every labelled question with its locale, intent and a case id."""
    grouped = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    flat = [
        {"locale": locale, "intent": intent, "text": entry[0], "contains": entry[1:]}
        for locale, intents in grouped.items()
        for intent, entries in intents.items()
        for entry in entries
    ]
    return [{"id": f"q{number:03}", **case} for number, case in enumerate(flat, start=1)]


def problems(body: dict[str, Any], intent: str, contains: Iterable[str]) -> list[str]:
    """Return what is wrong with an answer, held against its label."""
    answer = body["answer"].casefold()
    found = [] if body["intent"] == intent else [f"intent {body['intent']}"]
    found += [f"lacks {part!r}" for part in contains if part.casefold() not in answer]
    return [*found, "degraded"] if body["degraded"] else found


def run(rig: Rig, case: Case) -> Case:
    """Ask one question and return the case with the verdict and what went wrong."""
    body = rig.ask(case["text"], case["locale"], session=f"eval-{case['id']}", fresh=True)
    wrong = problems(body, case["intent"], case["contains"])
    return {**case, "prompt_version": body["prompt_version"], "problems": wrong}


def rates(cases: Iterable[Case]) -> dict[str, float]:
    """Return the number of cases, of passed and failed ones, and the pass rate."""
    verdicts = [not case["problems"] for case in cases]
    passed = sum(verdicts)
    return {
        "cases": len(verdicts),
        "passed": passed,
        "failed": len(verdicts) - passed,
        "pass_rate": round(passed / len(verdicts), 4),
    }


def by(field: str, cases: list[Case]) -> dict[str, dict[str, float]]:
    """Return the rates for every value of `field`."""
    values = dict.fromkeys(case[field] for case in cases)
    return {value: rates(c for c in cases if c[field] == value) for value in values}


def main() -> None:
    """Evaluate the active prompt and write the scores."""
    path = output_path(__doc__)
    rig = Rig()
    with ThreadPoolExecutor(WORKERS) as pool:
        cases = list(pool.map(lambda case: run(rig, case), load_cases()))
    prompt = rig.prompt()
    (version,) = {case["prompt_version"] for case in cases}
    if version != prompt["version"]:
        raise RuntimeError(f"{version} answered, and {prompt['version']} is active")
    failures = [
        {name: case[name] for name in ("id", "locale", "intent", "text", "problems")}
        for case in cases
        if case["problems"]
    ]
    write_json(
        path,
        {
            "prompt": {"id": "shop-assistant", "version": version, "sha256": prompt["sha256"]},
            "model": prompt["model"],
            "totals": rates(cases),
            "locales": by("locale", cases),
            "intents": by("intent", cases),
            "failures": failures,
        },
    )


if __name__ == "__main__":
    main()
