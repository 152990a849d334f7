"""How the stand-in model words an answer: it follows the prompt's `include:` line."""

import re
from typing import Any

from service.search import tokens

TEXTS: dict[str, dict[str, Any]] = {
    "en-US": {
        "which": "Which product do you mean?",
        "no_order": "I cannot find that order number. You find it in your confirmation e-mail.",
        "no_help": "Please tell me whether this is about a return, a refund or an exchange.",
        "order": "Order {number} is {state}; expected delivery is in {days} days.",
        "delivered": "Order {number} is delivered.",
        "stock": "In stock.",
        "no_stock": "Not in stock at the moment.",
        "states": {},
    },
    "de-DE": {
        "which": "Welches Produkt meinst du?",
        "no_order": "Diese Bestellnummer finde ich nicht. Sie steht in deiner Bestätigungsmail.",
        "no_help": "Geht es um eine Rückgabe, eine Erstattung oder einen Umtausch?",
        "order": "Bestellung {number}: {state}; Lieferung in {days} Tagen.",
        "delivered": "Bestellung {number} ist zugestellt.",
        "stock": "Auf Lager.",
        "no_stock": "Zurzeit nicht auf Lager.",
        "states": {
            "being packed": "wird gepackt",
            "in transit": "ist unterwegs",
            "out for delivery": "ist in Zustellung",
        },
    },
}


def _order(record: dict[str, Any], texts: dict[str, Any]) -> str:
    if record["state"] == "delivered":
        return str(texts["delivered"].format(**record))
    state = texts["states"].get(record["state"], record["state"])
    return str(texts["order"].format(**{**record, "state": state}))


def _product(passage: dict[str, Any], question: str, locale: str, include: list[str]) -> str:
    asked = set(tokens(question, locale))
    fact = max(passage["facts"], key=lambda text: len(asked & set(tokens(text, locale))))
    amount = f"{passage['price_eur']:.2f}"
    price = f"€{amount}" if locale == "en-US" else f"{amount.replace('.', ',')} €"
    texts = TEXTS[locale]
    parts = {
        "name": f"{passage['title']}:",
        "price": f"{price}.",
        "fact": fact,
        "stock": texts["stock"] if passage["stock"] else texts["no_stock"],
    }
    return " ".join(parts[key] for key in include)


def compose(request: dict[str, Any]) -> str:
    """Return the answer text for a completion request of the gateway."""
    locale, passages = request["locale"], request["passages"]
    texts = TEXTS[locale]
    missing = {"order-status": "no_order", "returns": "no_help"}
    if not passages:
        return str(texts[missing.get(request["intent"], "which")])
    best = passages[0]
    if request["intent"] == "order-status":
        return _order(best, texts)
    if request["intent"] == "returns":
        return str(best["facts"][0])
    directive = re.search(r"^include: (.+)$", request["prompt"], re.MULTILINE)
    include = directive.group(1).split(", ") if directive else ["name"]
    return _product(best, request["question"], locale, include)
