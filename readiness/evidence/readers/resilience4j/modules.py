"""Instances of resilience4j's breakers, retries, time limits, bulkheads and rate limits.

Inheritance and defaults: Common*ConfigurationProperties in resilience4j-framework-common, and
CircuitBreakerConfig, RetryConfig, TimeLimiterConfig, BulkheadConfig of resilience4j 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import folded
from readiness.evidence.durations import seconds, spring
from readiness.evidence.settings import Labels, Settings, labels, to_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from readiness.evidence.documents import Part
    from readiness.evidence.readers.resilience4j.properties import Property

_INSTANCES = ("instances", "backends", "limiters")  # the last two of older releases
_OFF = {"disabled", "metricsonly"}


class Instance:
    """One named instance and the configurations it inherits from, the nearest first."""

    def __init__(self, own: Property, bases: list[Property]) -> None:
        self.own = own
        self.bases = bases

    def __getitem__(self, key: str) -> Part:
        """Return a setting: its own, or the first inherited one."""
        found = (p[key].part for p in (self.own, *self.bases))
        return next((part for part in found if part), self.own[key].part)


def all_modules(settings: Settings, root: Property) -> None:
    """Add the facts of every instance of every module, labelled by its name as `upstream`."""
    for module, add in MODULES.items():
        part = root[f"resilience4j.{module}"]
        for name, instance in instances(settings, part):
            add(settings, instance, labels(upstream=name))


def instances(settings: Settings, module: Property) -> Iterator[tuple[str, Instance]]:
    """Yield the instances of a module by name."""
    for key in _INSTANCES:
        for own in module[key].below.values():
            yield own.name, Instance(own, _bases(settings, module, own))


def inherited(module: Property, name: str) -> Instance:
    """Return the instance of a name that may stand nowhere: it has the default configuration."""
    default = module["configs.default"]
    return Instance(module[f"instances.{name}"], [default] if default else [])


def _bases(settings: Settings, module: Property, own: Property) -> list[Property]:
    """Return what an instance inherits from: baseConfig and its own base, last `default`."""
    configs = module["configs"].below
    bases: list[Property] = []
    current = own
    while text := current["baseConfig"].part.text:
        at = current["baseConfig"].part.at
        found = configs.get(folded(text))
        if found is None or found in bases:
            what = "is not in `configs`" if found is None else "inherits from itself"
            message = f"the baseConfig `{text[:40]}` of {own.name} {what}"
            settings.wrong("unknown-config", message, at, "the application does not start so")
            return bases
        bases.append(found)
        current = found
    default = configs.get("default")
    if default is not None and default not in bases and default is not own:
        bases.append(default)
    return bases


def _breaker(settings: Settings, found: Instance, names: Labels) -> None:
    state = found["initialState"]
    if folded(state.text) in _OFF:
        settings.put("breaker.failure_ratio", "off", "", state.at, names)
        settings.warn("breaker-off", f"the breaker starts as {state.text}", state.at)
    else:
        share = found["failureRateThreshold"]
        settings.number("breaker.failure_ratio", share, names, 0.5, scale=0.01, unit="ratio")
    share = found["slowCallRateThreshold"]
    settings.number("breaker.slow_ratio", share, names, 1, scale=0.01, unit="ratio")
    settings.time("breaker.slow_call", found["slowCallDurationThreshold"], spring, names, 60_000)
    settings.time("breaker.open", found["waitDurationInOpenState"], spring, names, 60_000)
    size, least = found["slidingWindowSize"], found["minimumNumberOfCalls"]
    if folded(found["slidingWindowType"].text) == "timebased":
        settings.time("breaker.window_time", size, seconds, names, 100_000)
        settings.number("breaker.min_calls", least, names, 100)
        return
    window = settings.number("breaker.window", size, names, 100)
    calls = to_number(least.value) if least else 100.0
    if window is not None and calls is not None and calls > window:
        settings.put("breaker.min_calls", window, "", size.at, names, "derived")
    else:
        settings.number("breaker.min_calls", least, names, 100)


def _retry(settings: Settings, found: Instance, names: Labels) -> None:
    tries = found["maxAttempts"]
    count = settings.number("attempts", tries, names, 3)
    if count == 0:
        hint = "1 is the first call and no retry"
        settings.wrong("number", "`maxAttempts` is 0, and it counts the first call", tries.at, hint)
    pause = settings.time("backoff", found["waitDuration"], spring, names, 500)
    if found["enableExponentialBackoff"].text or found["enableExponentialBackoff"].value is True:
        factor = to_number(found["exponentialBackoffMultiplier"].value or 1.5)
        longest = found["exponentialMaxWaitDuration"]
        if not longest and pause and factor and count and 2 <= count < 100:  # noqa: PLR2004
            most = min(pause * factor ** min(count - 2, 40), 1e14)
            settings.put("backoff.max", most, "ms", found["waitDuration"].at, names, "derived")
        settings.time("backoff.max", longest, spring, names)
    settings.text("attempts.on", found["retryExceptions"], names)


def _time_limit(settings: Settings, found: Instance, names: Labels) -> None:
    settings.time("timeout.try", found["timeoutDuration"], spring, names, 1000)


def _bulkhead(settings: Settings, found: Instance, names: Labels) -> None:
    settings.number("breaker.max_concurrent", found["maxConcurrentCalls"], names, 25)


def _pool(settings: Settings, found: Instance, names: Labels) -> None:
    names = tuple(sorted((*names, ("target", "thread pool"))))
    settings.number("breaker.max_concurrent", found["maxThreadPoolSize"], names)
    settings.number("breaker.max_pending", found["queueCapacity"], names, 100)


def _rate(settings: Settings, found: Instance, names: Labels) -> None:
    """Add the calls in a second; the default, 50 in 500 ns, limits nothing and is left out."""
    limit, period = found["limitForPeriod"], found["limitRefreshPeriod"]
    count = to_number(limit.value) if limit else 50.0
    every = spring(period.value) if period else 0.0005
    if not limit and not period:
        return
    if count is None or not every:
        wrong = limit if count is None else period
        settings.number("ratelimit", wrong, names) if count is None else settings.time(
            "ratelimit", wrong, spring, names
        )
        return
    at = (limit or period).at
    settings.put("ratelimit", count * 1000 / every, "1/s", at, names, "derived")


MODULES: dict[str, Callable[[Settings, Instance, Labels], None]] = {
    "circuitbreaker": _breaker,
    "retry": _retry,
    "timelimiter": _time_limit,
    "bulkhead": _bulkhead,
    "thread-pool-bulkhead": _pool,
    "ratelimiter": _rate,
}
