"""Route the labelled questions, and count those that reach the right intent, by locale."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from client import Rig
from measure.output import output_path, write_json
from measure.prompt_eval import WORKERS, load_cases

HANDOFF = "human-handoff"


def share(verdicts: list[bool]) -> dict[str, float]:
    """Return the number of questions, and the share of them that was routed right."""
    return {"cases": len(verdicts), "accuracy": round(sum(verdicts) / len(verdicts), 4)}


def main() -> None:
    """Ask every labelled question, and compare the intent of its answer."""
    path = output_path(__doc__)
    rig = Rig()

    def routed(case: dict[str, Any]) -> bool:
        answer = rig.ask(case["text"], case["locale"], f"routing-{case['id']}", fresh=True)
        return bool(answer["intent"] == case["intent"])

    cases = load_cases()
    with ThreadPoolExecutor(WORKERS) as pool:
        right = list(pool.map(routed, cases))
    by: dict[str, list[bool]] = {}
    asked_for_a_person = []
    for case, verdict in zip(cases, right, strict=True):
        by.setdefault(case["locale"], []).append(verdict)
        if case["intent"] == HANDOFF:
            asked_for_a_person.append(verdict)
    handoff = share(asked_for_a_person)
    write_json(
        path,
        {
            "totals": share(right),
            "locales": {locale: share(verdicts) for locale, verdicts in by.items()},
            "handoff": {"cases": handoff["cases"], "recall": handoff["accuracy"]},
        },
    )


if __name__ == "__main__":
    main()
