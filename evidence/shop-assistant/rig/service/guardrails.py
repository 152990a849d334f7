"""Input guardrails: which policy refuses a text, by the patterns of `guardrails.yaml`."""

import re

from service.config import LOCALES, load_yaml


class Guardrails:
    """Patterns by policy and locale; no model, so they work when nothing else does."""

    def __init__(self) -> None:
        policies = load_yaml("guardrails.yaml")
        self._patterns = {
            locale: [
                (policy, re.compile(pattern))
                for policy, by_locale in policies.items()
                for pattern in by_locale.get(locale, by_locale.get("all", ()))
            ]
            for locale in LOCALES
        }

    def refuses(self, text: str, locale: str) -> str | None:
        """Return the first policy that refuses `text`, or None."""
        folded = text.casefold()
        found = (policy for policy, p in self._patterns[locale] if p.search(folded))
        return next(found, None)
