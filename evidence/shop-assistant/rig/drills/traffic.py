"""Steady background traffic for a drill, with every answer kept."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from client import Rig
from load.mix import Mix

WORKERS = 60


@dataclass
class Exchange:
    """One request of the traffic and, once it came, its answer."""

    sent_at: float
    ms: float | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def done_at(self) -> float:
        """Epoch seconds at which the answer came; infinite while there is none."""
        return float("inf") if self.ms is None else self.sent_at + self.ms / 1000

    def degraded_by(self, component: str) -> bool:
        """Tell whether the answer names `component` as missing."""
        return component in self.body.get("degraded_by", ())

    def complete(self, within_ms: float) -> bool:
        """Tell whether the user got an answer text within `within_ms`."""
        return bool(self.body.get("answer")) and self.ms is not None and self.ms <= within_ms


class Traffic:
    """Sends questions of the mix at a fixed rate until it is stopped."""

    def __init__(self, seed: int) -> None:
        self.exchanges: list[Exchange] = []
        self._mix = Mix(seed)
        self._stopped = threading.Event()
        self._rig = Rig()

    def run(self, rate: float, seconds: float) -> int:
        """Send `rate` questions a second for at most `seconds`; return how many were sent."""
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(WORKERS) as pool:
            while not self._stopped.wait(1 / rate) and time.monotonic() < until:
                pool.submit(self._send)
        return len(self.exchanges)

    def stop(self) -> None:
        """End the run after the requests in flight."""
        self._stopped.set()

    def _send(self) -> None:
        exchange = Exchange(time.time())
        self.exchanges.append(exchange)
        question = self._mix.draw()
        started = time.perf_counter()
        try:
            exchange.body = self._rig.ask(**question)
        except httpx.HTTPError:
            return
        exchange.ms = (time.perf_counter() - started) * 1000
