"""Stand-in model backend: its own process, simulated latency, an outage switch."""

import asyncio
import os
import random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.apps import backend_app
from service.config import load_latency
from service.outage import OutageSwitch
from service.stand_in import compose

TOKENS_PER_WORD = 1.3


class ModelBackend:
    """Answers completion requests after a drawn first-token and per-token time."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._first_token = load_latency("model_first_token")
        self._per_token = load_latency("model_per_token")
        self._scale = 1.0
        self._calls = 0
        self._outage = OutageSwitch()
        self.routes = [
            *self._outage.routes,
            Route("/v1/complete", self._complete, methods=["POST"]),
            Route("/admin/latency", self._set_latency, methods=["POST"]),
            Route("/metrics.json", self._metrics),
        ]

    async def _complete(self, request: Request) -> Response:
        self._calls += 1
        failure = await self._outage.intercept()
        if failure is not None:
            return failure
        body = await request.json()
        words = compose(body).split()[: body["parameters"]["max_tokens"]]
        spoken = len(words) * TOKENS_PER_WORD
        seconds = self._first_token.seconds(self._rng)
        seconds += spoken * self._per_token.seconds(self._rng)
        await asyncio.sleep(seconds * self._scale)
        return JSONResponse({"text": " ".join(words), "model": body["model"]})

    async def _set_latency(self, request: Request) -> Response:
        self._scale = float((await request.json())["scale"])
        return JSONResponse({"scale": self._scale})

    async def _metrics(self, _request: Request) -> Response:
        return JSONResponse({"calls": self._calls, "latency_scale": self._scale})


app = backend_app(ModelBackend(int(os.environ.get("RIG_SEED", "1"))).routes)
