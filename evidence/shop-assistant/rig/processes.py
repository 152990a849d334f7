"""Start and stop the three processes of the rig on free loopback ports."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

RIG = Path(__file__).parent
START_TIMEOUT_S = 20.0
APPS = {
    "RIG_MODEL": ["service.model_backend:app"],
    "RIG_STORE": ["service.store:app"],
    "RIG_GATEWAY": ["service.gateway:create_app", "--factory"],
}


def free_port() -> int:
    """Return a loopback port that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """The gateway with its model backend and store; stops all of them on exit."""

    def __init__(self) -> None:
        self.urls = {name: f"http://127.0.0.1:{free_port()}" for name in APPS}
        self.env = {
            **os.environ,
            **self.urls,
            "PYTHONPATH": str(RIG),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            for name, app in APPS.items():
                self._start(name, app)
            for url in self.urls.values():
                self._wait_until_healthy(url)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _start(self, name: str, app: list[str]) -> None:
        port = self.urls[name].rsplit(":", 1)[1]
        options = ["--port", port, "--log-level", "warning", "--no-access-log"]
        options += ["--timeout-graceful-shutdown", "1"]
        command = [sys.executable, "-m", "uvicorn", *app, *options]
        self._processes.append(subprocess.Popen(command, cwd=RIG, env=self.env))

    def _wait_until_healthy(self, url: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                if httpx.get(f"{url}/healthz", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"no healthy answer from {url} in {START_TIMEOUT_S:.0f} s")
            time.sleep(0.1)

    def _stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
