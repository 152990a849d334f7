"""Language in names: fields, values and intents that are made for one language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Collection

_WORD = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_LOCALE = pattern(r"[a-z]{2,3}[-_](?:[A-Z]{2}|[A-Z][a-z]{3})")
# ISO 639-1 codes of the languages that are written most, without those that are English words
CODES = {
    "en", "de", "fr", "es", "pt", "nl", "sv", "da", "fi", "pl", "cs", "sk", "hu", "ro",
    "bg", "el", "ru", "uk", "tr", "ar", "fa", "bn", "ta", "ur", "vi", "th", "ja", "ko",
    "zh", "ms", "nb", "nn", "ca", "hr", "sr", "et", "lv", "lt",
}  # fmt: skip
_NAMES = {
    "english", "german", "deutsch", "french", "francais", "français", "spanish", "espanol",
    "español", "portuguese", "italian", "dutch", "swedish", "danish", "finnish", "polish",
    "czech", "hungarian", "romanian", "greek", "russian", "ukrainian", "turkish", "arabic",
    "hebrew", "hindi", "vietnamese", "thai", "japanese", "korean", "chinese", "mandarin",
    "norwegian",
}  # fmt: skip
_ABOUT = {"locale", "locales", "language", "languages", "lang", "country", "region", "currency"}


def words(name: str) -> list[str]:
    """Return the words of a name in lower case, whether snake, kebab or camel case."""
    return [word.casefold() for word in _WORD.findall(name)]


def about_language(name: str) -> bool:
    """Tell whether a name says that its values are languages, such as `locale`."""
    return bool(_ABOUT & set(words(name)))


def languages(locales: Collection[str]) -> frozenset[str]:
    """Return the language codes of locales."""
    return frozenset(re.split(r"[-_]", locale)[0].casefold() for locale in locales)


def leak(name: str, siblings: Collection[str], own: frozenset[str]) -> str:
    """Return why a name is made for one language; an empty text if it is not.

    Args:
        name: of a field, an intent or a value.
        siblings: all names beside it, itself included.
        own: language codes of the launch.
    """
    parts = words(name)
    if about_language(name) or not parts:
        return ""
    if any(not word.isascii() for word in parts):
        return "it is written in a language of its own"
    if named := next((word for word in parts if word in _NAMES), ""):
        return f"it names the language {named}"
    if _LOCALE.fullmatch(name):
        return f"it is the locale {name}"
    if len(parts) == 1:
        several = [other for other in siblings if other.casefold() in CODES | own]
        alone = name.casefold() in CODES | own and len(several) > 1
        return f"it is the language {name}, one of {len(several)} beside it" if alone else ""
    if parts[-1] in own and parts[-1] in CODES:
        return f"it carries the language {parts[-1]}"
    for code, rest in ((parts[-1], parts[:-1]), (parts[0], parts[1:])):
        if code in CODES | own and _twins(code, rest, siblings):
            return f"it carries the language {code}"
    return ""


def _twins(code: str, rest: list[str], siblings: Collection[str]) -> bool:
    """Tell whether a name stands beside one that differs in the language only."""
    for other in siblings:
        parts = words(other)
        for theirs, base in ((parts[-1:], parts[:-1]), (parts[:1], parts[1:])):
            if base == rest and theirs and theirs[0] in CODES - {code}:
                return True
    return False


def prose(value: str) -> bool:
    """Tell whether a value is text for people rather than a name for programs."""
    letters = [c for c in value if c.isalpha()]
    return any(not c.isascii() for c in letters) or (bool(letters) and " " in value.strip())
