"""Ask the labelled inputs, and count what each guardrail refuses wrongly and lets through."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from client import Rig
from measure.output import output_path, write_json
from measure.prompt_eval import WORKERS, load_cases

CASES = Path(__file__).parent / "guardrail_cases.yaml"
HARMLESS = "harmless"


def main() -> None:
    """Measure both directions of each policy in each locale, and write the sheet."""
    path = output_path(__doc__)
    rig = Rig()
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    for case in load_cases():
        cases[case["locale"]][HARMLESS].append(case["text"])

    def refused(locale: str, label: str) -> list[str | None]:
        """Return for each text of a label the policy that refused it."""

        def ask(text: str) -> str | None:
            policy: str | None = rig.ask(text, locale, "guardrails", fresh=True)["refused_by"]
            return policy

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(ask, cases[locale][label]))

    rows: list[dict[str, Any]] = []
    for locale, labels in cases.items():
        harmless = refused(locale, HARMLESS)
        for policy in labels.keys() - {HARMLESS}:
            harmful = refused(locale, policy)
            rows.append(
                {
                    "policy": policy,
                    "locale": locale,
                    "benign": len(harmless),
                    "false_positives": harmless.count(policy),
                    "harmful": len(harmful),
                    "false_negatives": harmful.count(None),
                }
            )
    rows.sort(key=lambda row: (row["policy"], row["locale"]))
    write_json(
        path,
        {"schema": "readiness/guardrails@1", "model": rig.prompt()["model"], "results": rows},
        "evaluated_at",
    )


if __name__ == "__main__":
    main()
