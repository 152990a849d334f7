"""One dependency behind a timeout, bounded retries and a circuit breaker."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
from purgatory import AsyncCircuitBreakerFactory, ContextChanged, Event
from purgatory.domain.model import OpenedState

from service.config import Limits
from service.telemetry import Metrics
from service.tracing import attempt as traced

T = TypeVar("T")


class UnavailableError(Exception):
    """A dependency gave no usable answer within its attempts, or its breaker is open."""


class Guard:
    """Calls one dependency and keeps what the breaker did."""

    def __init__(self, name: str, limits: Limits, metrics: Metrics) -> None:
        self.name = name
        self._metrics = metrics
        self.limits = limits
        self.attempts = 0
        self.failures = 0
        self.rejected = 0
        self.transitions: deque[dict[str, Any]] = deque(maxlen=50)
        self._factory = AsyncCircuitBreakerFactory(limits.failures, limits.reset_s)
        self._factory.add_listener(self._on_event)

    def _on_event(self, _name: str, kind: str, event: Event) -> None:
        if kind == "state_changed" and isinstance(event, ContextChanged):
            self.transitions.append({"state": event.state, "at": time.time()})

    async def call(self, send: Callable[[], Awaitable[T]]) -> T:
        """Await `send()` within the limits; return its value or raise `UnavailableError`."""
        for attempt in range(self.limits.attempts):
            if attempt:
                pause = self.limits.backoff_s * 2 ** (attempt - 1)
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            breaker = await self._factory.get_breaker(self.name)
            try:
                async with breaker:
                    self.attempts += 1
                    return await self._attempt(send, attempt)
            except OpenedState:
                self.rejected += 1
                self._metrics.attempts.labels(self.name, "rejected").inc()
                break
            except (TimeoutError, httpx.HTTPError):
                self.failures += 1
        raise UnavailableError(self.name)

    async def _attempt(self, send: Callable[[], Awaitable[T]], number: int) -> T:
        """Await `send()` once within the timeout; count, time and trace it."""
        outcome = "failed"
        with traced(self.name, number), self._metrics.attempt_seconds.labels(self.name).time():
            try:
                async with asyncio.timeout(self.limits.timeout_s):
                    value = await send()
                outcome = "ok"
                return value
            finally:
                self._metrics.attempts.labels(self.name, outcome).inc()

    async def snapshot(self) -> dict[str, Any]:
        """Return the breaker state, the counts and the last state changes (epoch seconds)."""
        breaker = await self._factory.get_breaker(self.name)
        return {
            "state": breaker.context.state,
            "attempts": self.attempts,
            "failures": self.failures,
            "rejected": self.rejected,
            "transitions": list(self.transitions),
        }
