"""Small typed client that tests, drills and measurements use against the running service."""

import os
from typing import Any

import httpx


class Rig:
    """Talks to the processes whose addresses are in RIG_GATEWAY, RIG_MODEL and RIG_STORE."""

    def __init__(self) -> None:
        self.gateway = os.environ["RIG_GATEWAY"]
        self._urls = {"model": os.environ["RIG_MODEL"], "store": os.environ["RIG_STORE"]}
        self._http = httpx.Client(timeout=10, trust_env=False)

    def post(self, text: str, locale: str, session: str, *, fresh: bool = False) -> httpx.Response:
        """Send one chat request and return the raw response."""
        headers = {"cache-control": "no-cache"} if fresh else {}
        body = {"session": session, "text": text, "locale": locale}
        return self._http.post(f"{self.gateway}/chat", json=body, headers=headers)

    def ask(
        self, text: str, locale: str = "en-US", session: str = "rig", *, fresh: bool = False
    ) -> dict[str, Any]:
        """Send one chat request and return the answer body; raises on an HTTP error."""
        body: dict[str, Any] = (
            self.post(text, locale, session, fresh=fresh).raise_for_status().json()
        )
        return body

    def admin(self, name: str, **body: object) -> None:
        """Call an admin endpoint of the gateway; raises on an HTTP error."""
        self._http.post(f"{self.gateway}/admin/{name}", json=body).raise_for_status()

    def try_admin(self, name: str, **body: object) -> int:
        """Call an admin endpoint of the gateway and return the HTTP status."""
        return self._http.post(f"{self.gateway}/admin/{name}", json=body).status_code

    def outage(self, component: str, mode: str | None) -> float:
        """Cut `component` off in `mode`, or restore it with None; return the time it took hold."""
        body = {"on": mode is not None, "mode": mode}
        response = self._http.post(f"{self._urls[component]}/admin/outage", json=body)
        since: float = response.raise_for_status().json()["since"]
        return since

    def model_latency(self, scale: float) -> None:
        """Scale the model's simulated latency, for measurements that are not about time."""
        self._http.post(f"{self._urls['model']}/admin/latency", json={"scale": scale})

    def model_calls(self) -> int:
        """Return how many completion requests reached the model backend."""
        calls: int = self._http.get(f"{self._urls['model']}/metrics.json").json()["calls"]
        return calls

    def component(self, name: str) -> dict[str, Any]:
        """Return the gateway's snapshot of one guarded component."""
        found: dict[str, Any] = self._metrics()["components"][name]
        return found

    def index(self) -> bytes:
        """Return the manifest of the search indexes, as the gateway writes it."""
        return self._http.get(f"{self.gateway}/index.json").raise_for_status().content

    def prompt(self) -> dict[str, str]:
        """Return version and digest of the active prompt, and its model."""
        body = self._http.get(f"{self.gateway}/healthz").raise_for_status().json()
        return {"version": body["prompt"], "sha256": body["prompt_sha256"], "model": body["model"]}

    def cache(self) -> dict[str, int]:
        """Return the gateway's cache counts."""
        found: dict[str, int] = self._metrics()["cache"]
        return found

    def distinct_questions(self) -> int:
        """Return how many different questions the gateway was asked."""
        found: int = self._metrics()["questions"]["distinct"]
        return found

    def _metrics(self) -> dict[str, Any]:
        metrics: dict[str, Any] = self._http.get(f"{self.gateway}/metrics.json").json()
        return metrics
