"""JTL files made for tests: random rows as JMeter writes them, and what a naive reader makes of them."""

from __future__ import annotations

import csv
import io
import math
import random
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Source
from readiness.evidence.readers.jmeter_jtl import layout as layouts
from readiness.evidence.readers.jmeter_jtl.rows import Rows
from readiness.evidence.spans import Span
from readiness.model.load import Load

COLUMNS = layouts.DEFAULT
START = 1_795_400_465_793
SHARES = {"p50": "0.5", "p75": "0.75", "p90": "0.9", "p95": "0.95", "p99": "0.99", "p99.9": "0.999"}
LABELS = ("GET /chat", "GET /chat, hello", "POST /a;b", "x", "", 'a "quoted" one', "Überprüfen", "Тест.Эхо", "チャット",
          "login | tab\there", "GET /a/very/long/path/that/needs/more/than/sixty-four/bytes/of/a/label", "true", "12345678", "1234567")  # fmt: skip
MESSAGES = ("", "Test failed: code expected to equal /200/", 'two\nlines, a "quote" and\r\nanother end', "1795400465793", "\n\n")
CHILDREN = "Number of samples in transaction : 2, number of failing samples : 0"


class Shape(NamedTuple):
    """What a random file looks like."""

    rows: int
    seconds: int = 20
    labels: int = 5
    odd: float = 0.1  # share of rows with texts that need quotes
    transactions: float = 0.0
    delimiter: str = ","
    end: str = "\n"
    columns: tuple[str, ...] = COLUMNS
    digits: int = 4  # of an elapsed time, at most
    seed: int = 0


def rows_of(shape: Shape) -> list[dict[str, str]]:
    """Return random rows, which are not in order of time."""
    draw = random.Random(shape.seed)
    plain = [f"{('GET', 'POST')[n % 2]} /{n}{'x' * (n % 67)}"[:70] for n in range(shape.labels)]
    found = []
    for _ in range(shape.rows):
        odd = draw.random() < shape.odd
        ok = draw.random() < 0.8
        transaction = draw.random() < shape.transactions
        row = dict.fromkeys(COLUMNS, "7")
        row |= {
            "timeStamp": str(START + int(draw.random() ** 2 * shape.seconds * 1000)),
            "elapsed": str(draw.randrange(10 ** draw.randint(1, shape.digits))).zfill(draw.choice((0, 0, 0, 3))),
            "label": draw.choice(LABELS if odd else plain),
            "responseCode": draw.choice(("200", "200", "404")) if ok else draw.choice(("500", "Non HTTP response code: x.Y")),
            "responseMessage": CHILDREN if transaction else "OK",
            "threadName": f"Thread Group 1-{draw.randrange(30)}",
            "dataType": "" if transaction else "text",
            "success": "true" if ok else "false",
            "failureMessage": draw.choice(MESSAGES) if odd else "",
            "allThreads": str(draw.randrange(1, 300)) if draw.random() < 0.99 else draw.choice(("", "x", "123456789")),
        }
        found.append(row)
    return found


def written(rows: list[dict[str, str]], shape: Shape, *, header: bool = True) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=shape.delimiter, lineterminator=shape.end)
    if header:
        writer.writerow(shape.columns)
    writer.writerows([row[name] for name in shape.columns] for row in rows)
    return out.getvalue().encode()


class OneByOne(Rows):
    """Looks at every row by itself: what the faster ways must agree with."""

    def ready(self, span: Span) -> bool:  # noqa: ARG002
        return False

    def _closer(self, data: bytes, start: int, end: int) -> None:
        self._odd(data[start:end])


def counted(kind: type[Rows], data: bytes, block: int | None = None) -> Rows:
    source = Source("x.jtl", data)
    rows = kind(source, layouts.check(layouts.guess(data[:65_536]), source.at(1)))
    rows.block = block or rows.block
    rows.read()
    return rows


def seen(load: Load) -> dict[str, object]:
    """Return all of a load as plain values, to be compared."""
    return {
        "began": load.began,
        "seconds": load.seconds,
        "width": load.width,
        "dropped": load.dropped,
        "windows": [
            (round(w.start, 6), w.users,
             sorted((k, list(c.ok.values), list(c.ok.counts), list(c.failed.values), list(c.failed.counts)) for k, c in w.groups.items()))
            for w in load.windows
        ],
    }  # fmt: skip


def all_of(rows: Rows) -> dict[str, object]:
    tally: Tally = rows.tally
    load = tally.load("closed")
    return seen(load) | {"kinds": +Counter(tally.kinds), "count": rows.count, "last": rows.last, "untyped": (rows.untyped, rows.first_untyped)}


def nearest(ordered: list[int], share: str) -> int:
    return ordered[max(1, math.ceil(Fraction(share) * len(ordered))) - 1]


def naive(data: bytes, delimiter: str = ",") -> dict[str, object]:
    """Recompute the facts of the whole with `csv.DictReader` and a sorted list."""
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))

    def child(row: dict[str, str]) -> bool:
        return not row.get("dataType") and row.get("responseMessage", "").startswith(CHILDREN[:31])

    requests = [r for r in rows if not child(r)] or rows
    times = sorted(int(r["elapsed"]) for r in requests)
    failed = sum(r["success"] == "false" for r in requests)
    span = max(int(r["timeStamp"]) + int(r["elapsed"]) for r in rows) - min(int(r["timeStamp"]) for r in rows)
    users = [int(r["allThreads"]) for r in rows if r.get("allThreads", "").isdigit()]
    found: dict[str, object] = {
        "rows": len(rows), "requests": len(times), "failures": failed, "errors": failed / len(times),
        "min": times[0], "max": times[-1], "mean": math.fsum(times) / len(times),
        **{name: nearest(times, share) for name, share in SHARES.items()},
    }  # fmt: skip
    if users:
        found["concurrency"] = max(users)
    if span:
        found |= {"duration": span, "rate": len(times) / span * 1000}
    return found
