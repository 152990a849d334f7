"""Typed loading of the YAML files the service runs with."""

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SERVICE_DIR = Path(__file__).parent
LOCALES = ("en-US", "de-DE")


def load_yaml(name: str) -> Any:
    """Return the parsed content of the YAML file `name` beside this module."""
    return yaml.safe_load((SERVICE_DIR / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Limits:
    """How long and how often one dependency is tried, and when its breaker opens."""

    timeout_s: float
    attempts: int
    backoff_s: float
    failures: int
    reset_s: float


def load_limits() -> dict[str, Limits]:
    """Return the limits of every component named in `resilience.yaml`."""
    components = load_yaml("resilience.yaml")["components"]
    return {
        name: Limits(
            timeout_s=entry["timeout_ms"] / 1000,
            attempts=entry["attempts"],
            backoff_s=entry["backoff_ms"] / 1000,
            failures=entry["breaker"]["failures"],
            reset_s=entry["breaker"]["reset_s"],
        )
        for name, entry in components.items()
    }


@dataclass(frozen=True)
class Latency:
    """A lognormal latency of the simulation."""

    median_ms: float
    sigma: float

    def seconds(self, rng: random.Random) -> float:
        """Draw one latency in seconds."""
        return rng.lognormvariate(math.log(self.median_ms), self.sigma) / 1000


def load_latency(name: str) -> Latency:
    """Return the simulated latency `name` of `simulation.yaml`."""
    return Latency(**load_yaml("simulation.yaml")[name])
