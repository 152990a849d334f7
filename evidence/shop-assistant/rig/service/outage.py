"""Outage switch that the model backend and the conversation store carry for drills."""

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MODES = ("refuse", "slow", "error")


class OutageSwitch:
    """Makes a process refuse (503), hang or fail (500) on demand; health stays truthful."""

    def __init__(self) -> None:
        self._mode: str | None = None
        self._since: float | None = None
        self._over = asyncio.Event()
        self.routes = [
            Route("/admin/outage", self._set, methods=["POST"]),
            Route("/healthz", self._health),
        ]

    def _state(self) -> dict[str, Any]:
        return {"on": self._mode is not None, "mode": self._mode, "since": self._since}

    async def _set(self, request: Request) -> Response:
        wanted = await request.json()
        if wanted["on"] and wanted.get("mode") not in MODES:
            return JSONResponse({"error": f"mode must be one of {', '.join(MODES)}"}, 422)
        self._mode = wanted["mode"] if wanted["on"] else None
        self._since = time.time()
        if wanted["on"]:
            self._over.clear()
        else:
            self._over.set()
        return JSONResponse(self._state())

    async def _health(self, _request: Request) -> Response:
        return JSONResponse(self._state(), 503 if self._mode else 200)

    async def intercept(self) -> Response | None:
        """Return the response an outage gives, or None when the process works normally."""
        mode = self._mode
        if mode is None:
            return None
        if mode == "slow":
            await self._over.wait()
        return JSONResponse({"error": "outage"}, 500 if mode == "error" else 503)
