"""Retrieval: what the model may use to answer, behind a simulated network hop."""

import asyncio
import random
import re
from dataclasses import dataclass
from typing import Any

from service.config import load_latency
from service.index_manifest import manifest, now
from service.search import help_indexes, load_json, product_indexes

LIMIT = 3


@dataclass(frozen=True)
class Found:
    """The passages for one question, and whether the session's history supplied them."""

    passages: list[dict[str, Any]]
    from_history: bool = False


class Retrieval:
    """Searches products, help articles or order records, depending on the intent."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._latency = load_latency("retrieval_network")
        self._prices: dict[str, float] = {}
        self._builds = 0
        self._orders = load_json("orders.json")
        self._build()

    def _build(self) -> None:
        """Read the sources and build every index anew."""
        read_at = now()
        self._builds += 1
        self._products = product_indexes(self._prices)
        self._help = help_indexes()
        self.manifest = manifest(read_at, self._builds, self._products, self._help)

    async def find(self, intent: str, text: str, locale: str, last_product: str | None) -> Found:
        """Return the passages for `text`; a text without a product falls back to the last one."""
        await asyncio.sleep(self._latency.seconds(self._rng))
        if intent == "order-status":
            return Found(self._order(text))
        if intent == "returns":
            return Found([d.passage() for d in self._help[locale].search(text, LIMIT)])
        products = self._products[locale]
        documents = products.search(text, LIMIT)
        if documents or last_product is None:
            return Found([document.passage() for document in documents])
        return Found([products.documents[last_product].passage()], from_history=True)

    def _order(self, text: str) -> list[dict[str, Any]]:
        number = re.search(r"\b\d{5}\b", text)
        record = self._orders.get(number.group()) if number else None
        return [{"id": "order", "number": number.group(), **record}] if number and record else []

    def set_price(self, product: str, price_eur: float) -> None:
        """Change the price of one product, as the catalogue feed does."""
        self._prices[product] = price_eur
        self._build()
