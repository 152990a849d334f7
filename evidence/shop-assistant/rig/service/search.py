"""In-memory BM25 search over the product catalogue and the help articles."""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from service.config import LOCALES, SERVICE_DIR, load_yaml

K1, B = 1.2, 0.75
STOPWORDS = {loc: set(text.split()) for loc, text in load_yaml("data/stopwords.yaml").items()}


@dataclass(frozen=True)
class Document:
    """One searchable entry: a product or a help article, in one locale."""

    id: str
    title: str
    facts: tuple[str, ...]
    price_eur: float | None = None
    stock: int | None = None

    def passage(self) -> dict[str, Any]:
        """Return the form in which the document goes to the model."""
        return dict(vars(self))


def tokens(text: str, locale: str) -> list[str]:
    """Split into folded words without stop words; English plurals lose their `s`."""
    words = re.findall(r"\w+", text.casefold())
    kept = [word for word in words if word not in STOPWORDS[locale]]
    if locale == "en-US":
        return [w[:-1] if len(w) > 3 and w.endswith("s") and w[-2] != "s" else w for w in kept]
    return kept


class Index:
    """BM25 over a fixed list of documents of one locale."""

    def __init__(self, documents: list[Document], locale: str) -> None:
        self._locale = locale
        self.documents = {doc.id: doc for doc in documents}
        bags = {
            d.id: Counter(tokens(" ".join((d.title, d.title, *d.facts)), locale)) for d in documents
        }
        self._lengths = {key: sum(bag.values()) for key, bag in bags.items()}
        self._mean = sum(self._lengths.values()) / len(bags)
        self._postings: dict[str, dict[str, int]] = {}
        for key, bag in bags.items():
            for word, count in bag.items():
                self._postings.setdefault(word, {})[key] = count

    def search(self, text: str, limit: int) -> list[Document]:
        """Return up to `limit` documents that share a word with `text`, best first."""
        scores: dict[str, float] = {}
        for word in set(tokens(text, self._locale)):
            postings = self._postings.get(word, {})
            idf = math.log(1 + (len(self.documents) - len(postings) + 0.5) / (len(postings) + 0.5))
            for key, count in postings.items():
                norm = K1 * (1 - B + B * self._lengths[key] / self._mean)
                scores[key] = scores.get(key, 0.0) + idf * count * (K1 + 1) / (count + norm)
        best = sorted(scores, key=lambda key: (-scores[key], key))[:limit]
        return [self.documents[key] for key in best]


def load_json(name: str) -> Any:
    """Return the parsed content of the committed data file `name`."""
    return json.loads((SERVICE_DIR / "data" / name).read_text(encoding="utf-8"))


def product_indexes(prices: dict[str, float]) -> dict[str, Index]:
    """Return a product index per locale; `prices` overrides catalogue prices by product id."""
    catalogue = load_json("catalogue.json")
    return {
        loc: Index(
            [
                Document(
                    p["id"],
                    p["name"][loc],
                    tuple(f[loc] for f in p["facts"]),
                    prices.get(p["id"], p["price_eur"]),
                    p["stock"],
                )
                for p in catalogue
            ],
            loc,
        )
        for loc in LOCALES
    }


def help_indexes() -> dict[str, Index]:
    """Return an index of the help articles per locale."""
    articles = load_json("help.json")
    return {
        loc: Index([Document(a["id"], a[loc]["title"], (a[loc]["text"],)) for a in articles], loc)
        for loc in LOCALES
    }
