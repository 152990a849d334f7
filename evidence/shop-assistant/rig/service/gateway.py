"""HTTP surface of the shopping assistant."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.assistant import Assistant, Question
from service.cache import normalise
from service.clients import ModelClient, StoreClient
from service.config import load_limits
from service.guard import Guard
from service.retrieval import Retrieval
from service.telemetry import Metrics
from service.timing import Histogram, Stopwatch, server_timing
from service.tracing import Traces
from service.tracing import question as traced

# The guards set the real deadlines; this one only keeps a call from lasting for ever.
LONGEST_CALL_S = 30.0


class Gateway:
    """Owns the assistant, its guards, its metrics and its traces."""

    def __init__(self, model_url: str, store_url: str, seed: int) -> None:
        limits = load_limits()
        self._metrics = Metrics(limits)
        self._traces = Traces()
        self._guards = {name: Guard(name, limits[name], self._metrics) for name in limits}
        self._http = httpx.AsyncClient(timeout=LONGEST_CALL_S, trust_env=False)
        self._assistant = Assistant(
            ModelClient(self._http, model_url, self._guards["model"]),
            StoreClient(self._http, store_url, self._guards["conversation-store"]),
            Retrieval(seed),
            self._guards["retrieval"],
        )
        self._counts: Counter[str] = Counter()
        self._stages: dict[str, Histogram] = {}
        self._asked: set[tuple[str, str]] = set()
        self.routes = [
            Route("/chat", self._chat, methods=["POST"]),
            Route("/healthz", self._health),
            Route("/index.json", self._index),
            Route("/metrics", self._prometheus),
            Route("/metrics.json", self._counters),
            self._admin("prompt", self._use_prompt),
            self._admin("cache", self._tend_cache),
            self._admin("price", self._set_price),
        ]

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Close the connection pool and the traces when the process stops."""
        async with self._http:
            yield
        self._traces.close()

    async def _chat(self, request: Request) -> Response:
        watch = Stopwatch()
        try:
            question = Question.parse(await request.json())
        except (TypeError, ValueError) as problem:
            self._counts["rejected"] += 1
            return JSONResponse({"error": str(problem)}, 422)
        self._asked.add((question.locale, normalise(question.text)))
        fresh = request.headers.get("cache-control") == "no-cache"
        with traced():
            body = await self._assistant.reply(question, watch, fresh=fresh)
        self._counts["answered"] += 1
        self._counts["degraded"] += body["degraded"]
        self._counts[f"intent:{body['intent']}"] += 1
        stages = watch.result()
        self._metrics.answered(
            stages["total"] / 1000, body["degraded_by"], refused=body["refused_by"] is not None
        )
        for name, value in stages.items():
            self._stages.setdefault(name, Histogram()).add(value)
        return JSONResponse(body, headers={"server-timing": server_timing(stages)})

    async def _health(self, _request: Request) -> Response:
        prompt = self._assistant.prompts.active
        known = {"prompt": prompt.version, "prompt_sha256": prompt.sha256, "model": prompt.model}
        return JSONResponse({"status": "ok", **known})

    async def _index(self, _request: Request) -> Response:
        return JSONResponse(self._assistant.retrieval.manifest)

    async def _prometheus(self, _request: Request) -> Response:
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")

    async def _counters(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "counts": dict(self._counts),
                "questions": {"distinct": len(self._asked)},
                "cache": self._assistant.cache.snapshot(),
                "components": {n: await g.snapshot() for n, g in self._guards.items()},
                "stages": {name: hist.snapshot() for name, hist in self._stages.items()},
            }
        )

    @staticmethod
    def _admin(name: str, change: Callable[[dict[str, Any]], None]) -> Route:
        """Return `POST /admin/<name>`, which hands the JSON body to `change`."""

        async def handle(request: Request) -> Response:
            try:
                change(await request.json())
            except KeyError as missing:
                return JSONResponse({"error": f"unknown or missing: {missing}"}, 422)
            return Response(status_code=204)

        return Route(f"/admin/{name}", handle, methods=["POST"])

    def _use_prompt(self, body: dict[str, Any]) -> None:
        self._assistant.prompts.use(body["version"])

    def _tend_cache(self, body: dict[str, Any]) -> None:
        if body.get("clear"):
            self._assistant.cache.clear()
        self._assistant.cache.advance(float(body.get("advance_s", 0)))

    def _set_price(self, body: dict[str, Any]) -> None:
        self._assistant.retrieval.set_price(body["id"], float(body["price_eur"]))


def create_app() -> Starlette:
    """Return the gateway for the processes named by RIG_MODEL and RIG_STORE."""
    seed = int(os.environ.get("RIG_SEED", "1"))
    gateway = Gateway(os.environ["RIG_MODEL"], os.environ["RIG_STORE"], seed)
    return Starlette(routes=gateway.routes, lifespan=gateway.lifespan)
