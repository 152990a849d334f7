"""The Starlette application of a backend process."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

CLIENT_CLOSED_REQUEST = 499


async def _caller_gone(_request: Request, _problem: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED_REQUEST)


def backend_app(routes: Sequence[Route]) -> Starlette:
    """Return an app for `routes` in which a caller that timed out is no server error."""
    return Starlette(routes=routes, exception_handlers={ClientDisconnect: _caller_gone})
