"""Hold answers of every kind against the response contract."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from client import Rig
from load.mix import RIG, Mix
from measure.guardrails import CASES
from measure.output import output_path, write_json
from measure.prompt_eval import WORKERS, load_cases
from service.config import load_limits

SCHEMA = RIG / "contract/answer.schema.json"
OF_MIX = 300
IN_OUTAGE = 60

Question = dict[str, Any]


class Tally:
    """Asks questions, and counts the answers that keep the schema."""

    def __init__(self, rig: Rig, schema: Path) -> None:
        self._rig = rig
        self._validator = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
        self.counts: dict[str, Counter[str]] = {}
        self.errors: list[str] = []

    def ask(self, kind: str, questions: Iterable[Question]) -> None:
        """Ask each question, and count its answer under `kind`."""
        own = self.counts.setdefault(kind, Counter())
        with ThreadPoolExecutor(WORKERS) as pool:
            for body in pool.map(lambda question: self._rig.ask(**question), questions):
                wrong = [error.message for error in self._validator.iter_errors(body)]
                own["answers"] += 1
                own["conforming"] += not wrong
                own["degraded"] += body["degraded"]
                own["refused"] += body["refused_by"] is not None
                self.errors += wrong


def in_outage(rig: Rig, tally: Tally, component: str, name: str) -> None:
    """Ask while a component is cut off, and wait until its breaker lets traffic through again."""
    rig.outage(component, "refuse")
    try:
        mix = Mix(seed=17)
        tally.ask(f"without {name}", [mix.draw() for _ in range(IN_OUTAGE)])
    finally:
        rig.outage(component, None)
    time.sleep(load_limits()[name].reset_s + 1)


def main() -> None:
    """Ask labelled questions, the mix, harmful inputs, and the mix in both outages."""
    path = output_path(__doc__)
    rig = Rig()
    tally = Tally(rig, SCHEMA)
    labelled = [{"text": case["text"], "locale": case["locale"]} for case in load_cases()]
    tally.ask("labelled questions", labelled)
    mix = Mix(seed=13)
    tally.ask("question mix", [mix.draw() for _ in range(OF_MIX)])
    harmful = [
        {"text": text, "locale": locale}
        for locale, labels in yaml.safe_load(CASES.read_text(encoding="utf-8")).items()
        for texts in labels.values()
        for text in texts
    ]
    tally.ask("inputs of the guardrails", harmful)
    in_outage(rig, tally, "model", "model")
    in_outage(rig, tally, "store", "conversation-store")
    total = sum(tally.counts.values(), Counter[str]())
    write_json(
        path,
        {
            "schema": SCHEMA.name,
            "schema_id": json.loads(SCHEMA.read_text(encoding="utf-8"))["$id"],
            "answers": total["answers"],
            "conforming": total["conforming"],
            "conformance": round(total["conforming"] / total["answers"], 6),
            "kinds": tally.counts,
            "errors": tally.errors[:20],
        },
    )


if __name__ == "__main__":
    main()
