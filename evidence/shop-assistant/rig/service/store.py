"""Conversation store: its own process over an in-memory SQLite database."""

import sqlite3

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.apps import backend_app
from service.outage import OutageSwitch

SCHEMA = "CREATE TABLE sessions (id TEXT PRIMARY KEY, turns INTEGER, last_product TEXT)"
UPSERT = """INSERT INTO sessions VALUES (?, 1, ?) ON CONFLICT (id)
DO UPDATE SET turns = turns + 1, last_product = excluded.last_product"""


class ConversationStore:
    """Keeps the number of turns and the last product of every session."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.execute(SCHEMA)
        self._outage = OutageSwitch()
        self.routes = [
            *self._outage.routes,
            Route("/sessions/{id}", self._load, methods=["GET"]),
            Route("/sessions/{id}", self._save, methods=["PUT"]),
        ]

    async def _load(self, request: Request) -> Response:
        failure = await self._outage.intercept()
        if failure is not None:
            return failure
        found = self._db.execute(
            "SELECT turns, last_product FROM sessions WHERE id = ?", (request.path_params["id"],)
        ).fetchone()
        turns, last_product = found or (0, None)
        return JSONResponse({"turns": turns, "last_product": last_product})

    async def _save(self, request: Request) -> Response:
        failure = await self._outage.intercept()
        if failure is not None:
            return failure
        body = await request.json()
        self._db.execute(UPSERT, (request.path_params["id"], body["last_product"]))
        return Response(status_code=204)


app = backend_app(ConversationStore().routes)
