"""Upstreams of nginx: their servers, which wait as backup, and when one is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.durations import nginx
from readiness.evidence.readers.nginx.directives import Directive, place
from readiness.evidence.settings import Settings, labels, to_number

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.reader import Source
    from readiness.evidence.settings import Labels


class Upstream(NamedTuple):
    """How many servers a named upstream has, without those that are down."""

    servers: int


def upstreams(settings: Settings, source: Source, root: Directive) -> dict[str, Upstream]:
    """Add the facts of every upstream; return them by name."""
    found = {}
    for block in [d for http in root.all("http") or [root] for d in http.all("upstream")]:
        name = block.args[0] if block.args else ""
        servers = [s for s in block.all("server") if s.args and "down" not in s.args]
        found[name] = Upstream(max(1, len(servers)))
        _servers(settings, source, block, name, servers)
    return found


def _servers(
    settings: Settings, source: Source, block: Directive, name: str, servers: list[Directive]
) -> None:
    at, names = place(source, block), labels(upstream=name)
    spare = [server for server in servers if "backup" in server.args]
    settings.put("targets", len(servers), "", at, names, "derived")
    settings.put("fallback", bool(spare), "", at, names, "derived")
    if spare:
        settings.put("fallback.targets", len(spare), "", at, names, "derived")
    for server in servers:
        parts = [arg.partition("=") for arg in server.args[1:] if "=" in arg]
        options = {name: text for name, _, text in parts}
        to, stands = labels(upstream=name, target=server.args[0]), place(source, server)
        if len(servers) == 1:
            settings.put("breaker.consecutive_failures", "off", "", stands, to, "tool-default")
        else:
            _count(
                settings, "breaker.consecutive_failures", options.get("max_fails"), 1, stands, to
            )
        _open(settings, options.get("fail_timeout"), stands, to)
        if "max_conns" in options:
            _count(settings, "breaker.max_connections", options["max_conns"], 0, stands, to)


def _count(
    settings: Settings, metric: str, text: str | None, default: int, at: Location, names: Labels
) -> None:
    """Add a number of a server; 0 is off."""
    number = float(default) if text is None else to_number(text)
    if number is None or number < 0:
        settings.wrong("number", f"`{text}` is no number", at, "write it as nginx documents it")
    elif number == 0:
        settings.put(metric, "off", "", at, names)
    else:
        settings.put(metric, number, "", at, names, "file" if text else "tool-default")


def _open(settings: Settings, text: str | None, at: Location, names: Labels) -> None:
    ms = 10_000.0 if text is None else nginx(text)
    if ms is None:
        settings.wrong("number", f"`fail_timeout={text}` is no time", at, "write 10s")
    else:
        settings.put("breaker.open", ms, "ms", at, names, "file" if text else "tool-default")
