"""Write the committed `query_log.jsonl`: sessions with follow-ups, and price changes in between."""

import json
import random
from pathlib import Path
from typing import Any

from load.mix import Mix

SEED = 2026
SESSIONS = 230
FOLLOW_UP_SHARE = 0.2
FOLLOW_UPS = {
    "en-US": [
        "How much is it?",
        "Can I get it tomorrow?",
        "Do you have it in blue?",
        "Any discount on that?",
        "Is it good for beginners?",
        "Would you recommend it?",
        "Is there a cheaper one?",
        "And in green?",
        "Can you show me a picture?",
    ],
    "de-DE": [
        "Was kostet sie?",
        "Kommt er bis morgen an?",
        "Gibt es das auch in Blau?",
        "Gibt es darauf Rabatt?",
        "Würdest du das empfehlen?",
    ],
}
PRICE_CHANGES = {
    90: {"event": "price", "id": "torne-backpack", "price_eur": 94.9},
    160: {"event": "price", "id": "alvik-rain-jacket", "price_eur": 139.9},
}


def main() -> None:
    """Generate the log beside this script; the same seed gives the same file."""
    mix, rng = Mix(SEED), random.Random(SEED)
    lines: list[dict[str, Any]] = []
    for number in range(SESSIONS):
        if number in PRICE_CHANGES:
            lines.append(PRICE_CHANGES[number])
        query = {"event": "query", **mix.draw()}
        lines.append(query)
        if rng.random() < FOLLOW_UP_SHARE:
            lines.append({**query, "text": rng.choice(FOLLOW_UPS[query["locale"]])})
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (Path(__file__).parent / "query_log.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
