"""The question mix that load test, drills and measurements share; `k6.js` reads the same file."""

import json
import random
from pathlib import Path
from typing import Any

RIG = Path(__file__).parent.parent


class Mix:
    """Draws chat requests: a share of popular questions, the rest a long tail."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._mix = json.loads((RIG / "load/mix.json").read_text(encoding="utf-8"))
        catalogue = (RIG / "service/data/catalogue.json").read_text(encoding="utf-8")
        self._names = [product["name"] for product in json.loads(catalogue)]

    def _weighted(self, weights: dict[str, float]) -> str:
        return self._rng.choices(list(weights), list(weights.values()))[0]

    def draw(self) -> dict[str, Any]:
        """Return one request body for `POST /chat` from a session of its own."""
        locale = self._weighted(self._mix["locales"])
        if self._rng.random() < self._mix["popular_share"]:
            text = self._rng.choice(self._mix["popular"][locale])
        else:
            intent = self._weighted(self._mix["intents"])
            text = self._rng.choice(self._mix["templates"][locale][intent]).format(
                product=self._rng.choice(self._names)[locale],
                size=self._rng.randint(2, 48),
                height=self._rng.randint(150, 200),
                order=self._rng.randint(10_001, 10_060),
            )
        return {"session": f"s{self._rng.getrandbits(40):010x}", "locale": locale, "text": text}
