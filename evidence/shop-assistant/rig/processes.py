"""Start and stop processes on free loopback ports: the three of the service, and any others."""

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


class Processes:
    """Processes that are stopped on exit, however the block ends."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start them all, and wait until each of them answers."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self.start()
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

    def run(self, command: list[str], cwd: Path, env: dict[str, str] | None = None) -> None:
        """Start one process."""
        self._processes.append(subprocess.Popen(command, cwd=cwd, env=env))

    @staticmethod
    def wait_until_healthy(url: str) -> None:
        """Wait until `url` answers with a success; TimeoutError otherwise."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                if httpx.get(url, trust_env=False).is_success:
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


class Service(Processes):
    """The gateway with its model backend and store; `env` goes to all of them."""

    def __init__(self, **env: str) -> None:
        super().__init__()
        self.urls = {name: f"http://127.0.0.1:{free_port()}" for name in APPS}
        self.env = {
            **os.environ,
            **self.urls,
            "PYTHONPATH": str(RIG),
            "PYTHONDONTWRITEBYTECODE": "1",
            **env,
        }

    def start(self) -> None:
        """Start the three processes."""
        for name, app in APPS.items():
            port = self.urls[name].rsplit(":", 1)[1]
            options = ["--port", port, "--log-level", "warning", "--no-access-log"]
            options += ["--timeout-graceful-shutdown", "1"]
            self.run([sys.executable, "-m", "uvicorn", *app, *options], RIG, self.env)
        for url in self.urls.values():
            self.wait_until_healthy(f"{url}/healthz")
