"""Deterministic intent router: weighted patterns per locale, no model."""

import re

from service.config import LOCALES, load_yaml

DEFAULT_INTENT = "product-question"


class IntentRouter:
    """Classifies a text into one intent by the rules of `intents.yaml`."""

    def __init__(self) -> None:
        rules = load_yaml("intents.yaml")
        self.intents = (*rules, DEFAULT_INTENT)
        self._rules = {
            locale: {
                intent: [(re.compile(p), weight) for p, weight in by_locale[locale].items()]
                for intent, by_locale in rules.items()
            }
            for locale in LOCALES
        }

    def classify(self, text: str, locale: str) -> str:
        """Return the intent with the highest weight for `text`, or the default intent."""
        folded = text.casefold()
        best, best_score = DEFAULT_INTENT, 0.0
        for intent, patterns in self._rules[locale].items():
            score = sum(weight for pattern, weight in patterns if pattern.search(folded))
            if score > best_score:
                best, best_score = intent, score
        return best
