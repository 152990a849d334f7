"""Run the whole rig on loopback and write the evidence files; see README.md."""

import argparse
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from monitoring import MissingToolError, Monitoring, tool
from processes import RIG, Service

OTHER_STEPS_S = 870.0
USERS = 106
SPAWN_PER_S = 8
K6_RATE = 30
K6_SECONDS = 80
# Those that the readers of samples and summary look at; the scenario would split every figure.
K6_TAGS = "name,method,status,expected_response,error_code,group,check"
LEVELS = "8,32,64,96,120,136"
HOLD_S = 22
TRACE_SECONDS, TRACE_RATIO = 60, 0.5
PREVIOUS_VERSION, PREVIOUS_PROMPT = "1.3.0", "v41"
SUITES = ("fallback", "prompt", "cache", "contract", "guardrails", "metrics")
DRILLS = ("model-backend", "conversation-store")
# Their figures are not about time, so the model answers ten times as fast.
EVALS = {
    "prompts": {
        "prompt_eval": "prompts/eval.json",
        "routing_eval": "prompts/routing.json",
        "inspect_eval": "prompts/inspect.json.gz",
    },
    "cache": {"cache_eval": "cache/eval.json"},
    "answers": {
        "conformance": "contract/answers.json",
        "consumers": "contract/consumers.json",
        "guardrails": "guardrails/sheet.json",
    },
}


class Run:
    """One run: the tools, their time limit and the folder they write to."""

    def __init__(self, out: Path, minutes: float) -> None:
        self._out = out
        self._minutes = minutes
        self._deadline = time.monotonic() + OTHER_STEPS_S + minutes * 60
        self._scripts = Path(sysconfig.get_path("scripts"))
        self.failed: list[str] = []

    def _tool(self, service: Service, name: str, command: list[str], **env: str) -> None:
        """Run one tool in the rig's folder and note it when it does not exit with 0."""
        left = self._deadline - time.monotonic()
        print(f"--- {name}", flush=True)
        try:
            subprocess.run(
                command, cwd=RIG, env={**service.env, **env}, timeout=max(left, 1.0), check=True
            )
        except subprocess.CalledProcessError as problem:
            self.failed.append(f"{name} (exit code {problem.returncode})")
        except subprocess.TimeoutExpired:
            self.failed.append(f"{name} (no time left)")

    def _path(self, name: str) -> str:
        path = self._out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def load(self) -> None:
        """Locust: ramp up and hold; writes `load/peak_*.csv` and `load/inputs.json`."""
        with Service() as service:
            command = [sys.executable, "-m", "locust", "-f", "load/locustfile.py", "--headless"]
            command += ["--users", str(USERS), "--spawn-rate", str(SPAWN_PER_S), "--only-summary"]
            command += ["--run-time", f"{self._minutes * 60:.0f}s", "--stop-timeout", "5"]
            command += ["--exit-code-on-error", "0"]
            command += ["--host", service.urls["RIG_GATEWAY"], "--csv", self._path("load/peak")]
            self._tool(service, "locust", command)
            self._measurement(service, "load_inputs", "load/inputs.json")

    def k6(self) -> None:
        """k6: constant arrival rate, against the last version and this one; `load/k6*`."""
        rate = {"RATE": str(K6_RATE), "DURATION": f"{K6_SECONDS}s"}
        with Service() as service:
            _post(service, "RIG_GATEWAY", "prompt", version=PREVIOUS_PROMPT)
            self._k6(service, "k6", f"k6-{PREVIOUS_VERSION}", "--no-summary", **rate)
        with Service() as service:
            export = ["--summary-export", self._path("load/k6-summary-export.json")]
            summary = self._path("load/k6-summary.json")
            self._k6(service, "k6", "k6", *export, **rate, SUMMARY=summary)

    def steps(self) -> None:
        """k6: users without think time, more of them step by step; `load/steps.json.gz`."""
        with Service() as service:
            self._k6(service, "steps", "steps", "--no-summary", LEVELS=LEVELS, HOLD=f"{HOLD_S}s")

    def _k6(self, service: Service, script: str, name: str, *options: str, **env: str) -> None:
        """Run a script of k6 and keep each request in `load/<name>.json.gz`."""
        command = [str(self._scripts / "k6"), "run", "--quiet", "--no-color", "--no-usage-report"]
        command += ["--out", f"json={self._path(f'load/{name}.json.gz')}"]
        command += ["--system-tags", K6_TAGS, *options, f"load/{script}.js"]
        self._tool(service, f"k6 {name}", command, GATEWAY=service.urls["RIG_GATEWAY"], **env)

    def drills(self) -> None:
        """Chaos Toolkit under Prometheus: one experiment per outage; `drills/*`, `alerts/*`."""
        for name in DRILLS:
            with Service() as service:
                try:
                    monitoring = Monitoring(service)
                except MissingToolError as problem:
                    self.failed.append(f"drill {name} ({problem})")
                else:
                    with monitoring:
                        self._drill(service, monitoring, name)

    def _drill(self, service: Service, monitoring: Monitoring, name: str) -> None:
        """Run one experiment, and keep which alerts were pending or firing meanwhile."""
        began = time.time()
        with tempfile.TemporaryDirectory() as scratch:
            command = [str(self._scripts / "chaos"), "--no-version-check", "--no-log-file"]
            command += ["--settings", f"{scratch}/settings.yaml", "run"]
            command += ["--journal-path", self._path(f"drills/{name}.json")]
            kept = {**monitoring.urls, "RIG_ALERTS": self._path(f"alerts/{name}")}
            self._tool(service, f"drill {name}", [*command, f"drills/{name}.json"], **kept)
        fired = monitoring.history("ALERTS", began, time.time())
        Path(self._path(f"alerts/{name}-history.json")).write_bytes(fired)

    def alerts(self) -> None:
        """promtool: the unit tests of the alerts; writes `alerts/rules_test.txt`."""
        try:
            command = [tool("promtool"), "test", "rules", "alerts/rules_test.yaml"]
        except MissingToolError as problem:
            self.failed.append(f"promtool ({problem})")
            return
        print("--- promtool", flush=True)
        with Path(self._path("alerts/rules_test.txt")).open("wb") as stream:
            done = subprocess.run(command, cwd=RIG, stdout=stream, stderr=stream, check=False)
        if done.returncode:
            self.failed.append(f"promtool (exit code {done.returncode})")

    def tests(self) -> None:
        """pytest: one suite per topic; writes `tests/*.xml`."""
        with Service() as service:
            for name in SUITES:
                command = [sys.executable, "-m", "pytest", "-q"]
                command += ["-o", f"junit_suite_name={name}", f"tests/test_{name}.py"]
                command += ["--junitxml", self._path(f"tests/{name}.xml")]
                self._tool(service, f"tests {name}", command)

    def traces(self) -> None:
        """OpenTelemetry: the mix at the forecast peak; writes `traces/peak.jsonl.gz`."""
        path = self._path("traces/peak.jsonl.gz")
        with Service(RIG_TRACES=path, RIG_TRACE_RATIO=str(TRACE_RATIO)) as service:
            command = [sys.executable, "-m", "measure.traces"]
            command += ["--rate", str(K6_RATE), "--seconds", str(TRACE_SECONDS)]
            self._tool(service, "traces", command)

    def latency(self) -> None:
        """Own measurement of the stages; writes `latency/stages.*`."""
        with Service() as service:
            self._measurement(service, "stage_latency", "latency/stages.json")

    def index(self) -> None:
        """What the gateway says of the indexes it built; writes `index/manifest.json`."""
        with Service() as service:
            self._measurement(service, "index_manifest", "index/manifest.json")

    def prompts(self) -> None:
        """The labelled questions, scored by the rig and by Inspect; writes `prompts/*`."""
        self._evals("prompts")

    def cache(self) -> None:
        """A replay of the query log; writes `cache/eval.json`."""
        self._evals("cache")

    def answers(self) -> None:
        """Answers against the contract and guardrails both ways; `contract/*`, `guardrails/*`."""
        self._evals("answers")

    def _evals(self, step: str) -> None:
        with Service() as service:
            _post(service, "RIG_MODEL", "latency", scale=0.1)
            for name, path in EVALS[step].items():
                self._measurement(service, name, path)

    def _measurement(self, service: Service, name: str, path: str) -> None:
        command = [sys.executable, "-m", f"measure.{name}", "--out", self._path(path)]
        self._tool(service, name, command)


def _post(service: Service, process: str, name: str, **body: object) -> None:
    """Call an admin endpoint of one of the processes; raises on an HTTP error."""
    address = f"{service.urls[process]}/admin/{name}"
    httpx.post(address, json=body, trust_env=False).raise_for_status()


def leave(number: int, _frame: object) -> None:
    """Turn a signal into an exception, so that the processes are stopped on the way out."""
    raise SystemExit(128 + number)


STEPS = (
    "load", "k6", "steps", "drills", "alerts", "tests", "traces", "latency", "index", "prompts",
    "cache", "answers",
)  # fmt: skip


def main() -> int:
    """Run the wanted steps in order; return 0 only when every tool did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=STEPS, action="append", help="run only this step")
    parser.add_argument("--minutes", type=float, default=3.2, help="length of the Locust run")
    parser.add_argument("--out", type=Path, default=RIG.parent / "evidence", help="output folder")
    options = parser.parse_args()
    run = Run(options.out.resolve(), options.minutes)
    methods: dict[str, Callable[[], None]] = {name: getattr(run, name) for name in STEPS}
    started = time.monotonic()
    signal.signal(signal.SIGTERM, leave)
    for name in options.only or STEPS:
        methods[name]()
    print(f"finished in {time.monotonic() - started:.0f} s")
    for failure in run.failed:
        print(f"failed: {failure}")
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
