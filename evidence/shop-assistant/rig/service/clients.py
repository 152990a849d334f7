"""Clients of the two other processes, each behind its guard."""

from dataclasses import dataclass
from typing import Any

import httpx

from service.guard import Guard, UnavailableError
from service.prompts import Prompt


class ModelClient:
    """Asks the model backend for an answer text."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, guard: Guard) -> None:
        self._http = http
        self._url = f"{base_url}/v1/complete"
        self._guard = guard

    async def answer(self, prompt: Prompt, question: dict[str, Any]) -> str:
        """Return the model's text for `question`; raises `UnavailableError`."""
        body = {
            "model": prompt.model,
            "parameters": prompt.parameters,
            "prompt": prompt.text,
            **question,
        }

        async def send() -> str:
            response = await self._http.post(self._url, json=body)
            return str(response.raise_for_status().json()["text"])

        return await self._guard.call(send)


@dataclass(frozen=True)
class History:
    """What the store knows of a session; `known` is False when the store is down."""

    last_product: str | None
    known: bool


class StoreClient:
    """Loads and saves sessions; an outage makes the assistant stateless, never silent."""

    def __init__(self, http: httpx.AsyncClient, base_url: str, guard: Guard) -> None:
        self._http = http
        self._base = f"{base_url}/sessions"
        self._guard = guard

    async def load(self, session: str) -> History:
        """Return the session's history, or an unknown one when the store is down."""

        async def send() -> History:
            response = await self._http.get(f"{self._base}/{session}")
            return History(response.raise_for_status().json()["last_product"], known=True)

        try:
            return await self._guard.call(send)
        except UnavailableError:
            return History(None, known=False)

    async def save(self, session: str, last_product: str | None) -> bool:
        """Store one turn and return whether that worked."""

        async def send() -> None:
            body = {"last_product": last_product}
            (await self._http.put(f"{self._base}/{session}", json=body)).raise_for_status()

        try:
            await self._guard.call(send)
        except UnavailableError:
            return False
        return True
