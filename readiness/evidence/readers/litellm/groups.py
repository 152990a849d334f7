"""The model groups of a LiteLLM configuration: their deployments, and what two of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import is_template
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part

_REGION = pattern(r"\b[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-[0-9]\b")
# Models that need no prefix: litellm/litellm_core_utils/get_llm_provider_logic.py
_BARE = {
    "gpt-": "openai", "chatgpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai",
    "text-embedding-": "openai", "claude-": "anthropic", "command-": "cohere_chat",
}  # fmt: skip
_ACCOUNT = ("aws_profile_name", "aws_role_name", "aws_access_key_id", "vertex_project")


class Group(NamedTuple):
    """The deployments that answer to one model name."""

    name: str
    deployments: tuple[Part, ...]

    def marks(self, kind: str) -> dict[str, str]:
        """Return what its deployments depend on: an identity, and how to show it.

        Args:
            kind: provider, region, key, account or host.
        """
        return dict(
            pair for part in self.deployments for pair in _marks(part["litellm_params"], kind)
        )

    def shared(self, other: Group) -> str:
        """Return what a deployment of each depends on: `provider bedrock, region us-east-1`.

        `unknown` where one does not say on what it depends, `none` where both do and nothing is.
        """
        if not all(g.marks("provider") or g.marks("host") for g in (self, other)):
            return "unknown"
        texts = []
        for kind in ("provider", "region", "key", "account", "host"):
            mine, theirs = self.marks(kind), other.marks(kind)
            texts += sorted({mine[mark] for mark in mine if mark in theirs})
        return ", ".join(texts) or "none"


def groups_of(model_list: Part) -> dict[str, Group]:
    """Return the model groups by name, in the order of the file."""
    found: dict[str, list[Part]] = {}
    for entry in model_list.list():
        if not isinstance(entry.value, dict):
            raise entry.malformed("a mapping")
        found.setdefault(entry["model_name"].text, []).append(entry)
    return {name: Group(name, tuple(parts)) for name, parts in found.items() if name}


def provider_of(params: Part) -> str:
    """Return the provider: stated, or the prefix of the model; empty where only LiteLLM knows."""
    stated = params["custom_llm_provider"].text
    prefix, slash, _ = (model := params["model"].text).partition("/")
    bare = next((name for start, name in _BARE.items() if model.startswith(start)), "")
    return stated or (prefix if slash else bare)


def regions_of(params: Part) -> Iterator[str]:
    """Yield the regions a deployment states, in a setting of its own or in its model's name."""
    for key in ("aws_region_name", "vertex_location", "region_name"):
        if (text := params[key].text) and not is_template(text):
            yield text
    yield from _REGION.findall(params["model"].text)


def _marks(params: Part, kind: str) -> Iterator[tuple[str, str]]:
    if kind == "provider" and (provider := provider_of(params)):
        yield provider, f"provider {provider}"
    elif kind == "region":
        yield from ((region, f"region {region}") for region in regions_of(params))
    elif kind == "key" and (key := params["api_key"].text):
        # a variable may be named; a key that stands in the file is never copied
        variable = key.removeprefix("os.environ/") if key.startswith("os.environ/") else ""
        yield key, f"key {variable}".rstrip()
    elif kind == "account":
        for name in _ACCOUNT:
            if value := params[name].text:
                yield f"{name} {value}", f"account ({name})"
    elif kind == "host":
        address = params["api_base"].text
        host = address.partition("://")[2].partition("/")[0] or address
        if host:
            yield host, f"host {host.rpartition('@')[2]}"


class Chain(NamedTuple):
    """The fallbacks of one model group, in order, and the part that states them."""

    targets: tuple[str, ...]
    part: Part


def chains_of(entries: Part) -> dict[str, Chain]:
    """Return the fallbacks by model name from a list such as `[{a: [b, c]}]`."""
    chains: dict[str, Chain] = {}
    for entry in entries.list():
        for name, targets in entry.items():
            chains.setdefault(name, Chain(names_of(targets), targets))
    return chains


def names_of(targets: Part) -> tuple[str, ...]:
    """Return the model names in a list of fallbacks; one may carry other settings beside it."""
    if isinstance(targets.value, str):
        return (targets.value,)
    found = (t["model"].text if isinstance(t.value, dict) else t.text for t in targets.list())
    return tuple(name for name in found if name)


def known(name: str, groups: dict[str, Group]) -> Group | None:
    """Return the group that answers to a name; `bedrock/*` answers to all that begin so."""
    if name in groups:
        return groups[name]
    for model, group in groups.items():
        if "*" in model and name.startswith(model.partition("*")[0]):
            return group
    return None


def reach(name: str, chains: dict[str, Chain]) -> tuple[str, ...]:
    """Return every group that one request can try, itself first: fallbacks of fallbacks count."""
    tried: list[str] = []
    waiting = [name]
    while waiting:
        current = waiting.pop(0)
        if current not in tried:
            tried.append(current)
            chain = chains.get(current) or chains.get("*")
            waiting = [*(chain.targets if chain else ()), *waiting]
    return tuple(tried)
