"""Write the committed `catalogue.json` and `orders.json` from `product_types.yaml`.

The output is a pure function of the source file and the seed, so a second run changes nothing.
"""

import json
import random
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SEED = 42
ORDERS = 60
STATES = ("being packed", "in transit", "out for delivery", "delivered")


def products(source: dict[str, Any], rng: random.Random) -> list[dict[str, Any]]:
    """Take the product types and return one product for each line and type."""
    return [
        {
            "id": f"{line.lower()}-{kind['key']}",
            "price_eur": rng.randint(*kind["price_eur"]) - 0.1,
            "stock": rng.choice((0, 3, 12, 40, 85)),
            "name": {locale: f"{line} {name}" for locale, name in kind["name"].items()},
            "facts": kind["facts"],
        }
        for kind in source["types"]
        for line in source["lines"]
    ]


def orders(rng: random.Random) -> dict[str, dict[str, Any]]:
    """Return order numbers with their state and the days until delivery."""
    numbers = range(10_001, 10_001 + ORDERS)
    return {str(n): {"state": rng.choice(STATES), "days": rng.randint(1, 4)} for n in numbers}


def write(path: Path, value: object) -> None:
    """Write `value` as readable JSON to `path`."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Regenerate both data files beside this script."""
    source = yaml.safe_load((HERE / "product_types.yaml").read_text(encoding="utf-8"))
    rng = random.Random(SEED)
    write(HERE / "catalogue.json", products(source, rng))
    write(HERE / "orders.json", orders(rng))


if __name__ == "__main__":
    main()
