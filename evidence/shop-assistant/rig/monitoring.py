"""Prometheus and Alertmanager over the rig's gateway, with the alerts of `alerts/`."""

import shutil
import tempfile
from pathlib import Path
from types import TracebackType

import httpx
import yaml

from processes import RIG, Processes, Service, free_port

STEP_S = 2


class MissingToolError(RuntimeError):
    """A program that pip cannot install is not there."""


def tool(*names: str) -> str:
    """Return the path of a program under the first of its names; raises `MissingToolError`."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise MissingToolError(
            f"{names[0]} is missing; on Debian and Ubuntu: "
            "apt-get install prometheus prometheus-alertmanager"
        )
    return found


class Monitoring(Processes):
    """Watches one running service; what it stores is gone on exit.

    Raises `MissingToolError` where Prometheus or Alertmanager is not installed.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._prometheus = tool("prometheus")
        self._alertmanager = tool("prometheus-alertmanager", "alertmanager")
        self._target = service.urls["RIG_GATEWAY"].removeprefix("http://")
        self._ports = {"prometheus": free_port(), "alertmanager": free_port()}
        self.urls = {
            "RIG_PROMETHEUS": f"http://127.0.0.1:{self._ports['prometheus']}",
            "RIG_ALERTMANAGER": f"http://127.0.0.1:{self._ports['alertmanager']}",
        }

    def start(self) -> None:
        """Start both, and wait until Prometheus has loaded the rules."""
        self._scratch = tempfile.TemporaryDirectory()
        folder = Path(self._scratch.name)
        for name in ("rules.yaml", "alertmanager.yaml"):
            shutil.copy(RIG / "alerts" / name, folder)
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(self._config()))
        # Paths relative to the folder, so that answers of the API do not name it.
        manager = ["--config.file=alertmanager.yaml", "--storage.path=alertmanager"]
        manager += ["--cluster.listen-address=", *self._web("alertmanager")]
        self.run([self._alertmanager, *manager], folder)
        server = ["--config.file=prometheus.yaml", "--storage.tsdb.path=prometheus"]
        self.run([self._prometheus, *server, *self._web("prometheus")], folder)
        for url in self.urls.values():
            self.wait_until_healthy(f"{url}/-/ready")

    def _config(self) -> object:
        config = yaml.safe_load((RIG / "alerts/prometheus.yaml").read_text(encoding="utf-8"))
        config["scrape_configs"][0]["static_configs"] = [{"targets": [self._target]}]
        address = self.urls["RIG_ALERTMANAGER"].removeprefix("http://")
        managers = [{"static_configs": [{"targets": [address]}]}]
        config["alerting"] = {"alertmanagers": managers}
        return config

    def _web(self, name: str) -> list[str]:
        address = f"127.0.0.1:{self._ports[name]}"
        listen, called = f"--web.listen-address={address}", f"--web.external-url=http://{address}"
        return [listen, called, "--log.level=warn"]

    def history(self, query: str, since: float, until: float) -> bytes:
        """Return Prometheus' answer to a query over a time in epoch seconds."""
        asked = {"query": query, "start": f"{since:.0f}", "end": f"{until:.0f}", "step": STEP_S}
        answer = httpx.get(
            f"{self.urls['RIG_PROMETHEUS']}/api/v1/query_range", params=asked, trust_env=False
        )
        return answer.raise_for_status().content

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, value, trace)
        self._scratch.cleanup()
