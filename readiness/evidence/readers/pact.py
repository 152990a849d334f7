"""A pact, or the result of verifying one, in; what consumers want and whether it holds, out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from readiness.evidence.findings import Steps, entries, made, text_of
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument, escape
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_BROKER = pattern(r"/pacts/provider/([^/]+)/consumer/([^/]+)/")
_DEEPEST = 40
_GIVE = "give the pact, or what the verifier or the broker says of it"


def sniff(head: bytes) -> int:
    """Return 90 for a pact, a verifier's result or a broker's."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return 0
    asked = b'"request"' in head and b'"response"' in head  # the provider may stand at the end
    pact = b'"consumer"' in head and (b'"provider"' in head or asked)
    if pact and (b'"interactions"' in head or b'"messages"' in head or b'"pactSpec' in head):
        return 90
    if b'"interactionResults"' in head and b'"pendingErrors"' in head:
        return 90
    if b'"errors"' in head and b'"interactionResults"' in head:
        return 90
    return 90 if b'"providerApplicationVersion"' in head and b'"success"' in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a pact or a result.

    Raises:
        Unreadable: not JSON, of another kind, or with parts of the wrong type.
    """
    document = JsonDocument(source)
    value = document.value if isinstance(document.value, dict) else {}
    if "interactionResults" in value and "result" in value:
        return _verifier(document)
    if "providerApplicationVersion" in value and "success" in value:
        return _broker(document)
    if isinstance(value.get("consumer"), dict) and isinstance(value.get("provider"), dict):
        return _pact(document)
    raise Unreadable("wrong-kind", "this is no pact and no result of one", document.at(), _GIVE)


def _name(document: JsonDocument, side: str) -> str:
    name = text_of(document, side, "name")
    if not name:
        message = f"the {side} has no name"
        raise Unreadable("malformed", message, document.at(side), "keep the file as Pact wrote it")
    return name


def _pact(document: JsonDocument) -> Reading:
    """Read what a consumer wants; nothing in it says that the provider gives it."""
    consumer, provider = _name(document, "consumer"), _name(document, "provider")
    names = (("consumer", consumer),)
    key = "messages" if document.get("messages") is not None else "interactions"
    wanted = entries(document, key)
    at = document.at(key)
    facts = [
        Fact("consumer", consumer, "", document.at("consumer", "name")),
        Fact("provider", provider, "", document.at("provider", "name")),
        Fact("interactions", len(wanted), "", at, names, None, "derived"),
    ]
    problems = []
    if not wanted:
        text = f"the pact of {consumer} holds no interaction: it asks for nothing"
        problems.append(
            Problem("inconclusive", "no-interactions", text, at, "did the consumer's tests run?")
        )
        return Reading(tuple(facts), tuple(problems))
    pending = sum(entry.get("pending") is True for entry in wanted)
    facts.append(Fact("interactions.pending", pending, "", at, names, None, "derived"))
    states = Counter(state for entry in wanted for state in _states(entry))
    for state in sorted(states):
        label = (("consumer", consumer), ("state", state))
        facts.append(Fact("interactions", states[state], "", at, label, None, "derived"))
    used: dict[str, Steps] = {}
    for index, entry in enumerate(wanted):
        for path in _used(_body(entry)):
            used.setdefault(path, (key, index))
    for path, steps in sorted(used.items()):
        label = (("consumer", consumer), ("field", path))
        facts.append(Fact("contract.used", True, "", document.at(*steps), label, None, "derived"))
    text = f"this is what {consumer} wants: only a verification says whether {provider} gives it"
    problems.append(Problem("warning", "not-verified", text, document.at(), _VERIFY))
    return Reading(tuple(facts), tuple(problems), strength=Strength.documented)


def _states(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the provider states of an interaction, as any version of Pact writes them."""
    for key in ("providerState", "provider_state"):
        if isinstance(entry.get(key), str):
            yield entry[key][:200]
    several = entry.get("providerStates")
    for state in several if isinstance(several, list) else ():
        if isinstance(state, dict) and isinstance(state.get("name"), str):
            yield state["name"][:200]


def _body(entry: dict[str, Any]) -> Any:
    """Return the JSON body of the answer or message."""
    holder = entry.get("response", entry)
    holder = holder[0] if isinstance(holder, list) and holder else holder
    if not isinstance(holder, dict):
        return None
    body = holder.get("body", holder.get("contents"))
    if isinstance(body, dict) and set(body) >= {"content", "contentType"}:
        return body["content"]
    return body


def _used(body: Any) -> Iterator[str]:
    """Yield the paths of the keys of a body, as those of a contract's fields."""
    level: list[tuple[str, Any]] = [("", body)]
    for _ in range(_DEEPEST):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, dict):
                below += [(f"{path}/{escape(str(key))}", inner) for key, inner in value.items()]
            elif isinstance(value, list):
                below += [(f"{path}/[]", inner) for inner in value]
        yield from dict.fromkeys(path for path, _ in below if not path.endswith("/[]"))
        level = below


def _verifier(document: JsonDocument) -> Reading:
    """Read what the verifier wrote: each interaction with its result."""
    results = entries(document, "interactionResults")
    at = document.at("interactionResults")
    if not results:
        text = "no interaction was verified"
        problem = Problem("inconclusive", "no-interactions", text, at, "did it find the pacts?")
        return Reading((), (problem,), strength=Strength.measured)
    by: dict[str, list[int]] = {}
    for index, result in enumerate(results):
        consumer = result.get("consumer")
        by.setdefault(consumer if isinstance(consumer, str) else "", []).append(index)
    facts: list[Fact] = []
    problems: list[Problem] = []
    overall = document.get("result")
    for consumer, indexes in by.items():
        names = (("consumer", consumer),) if consumer else ()
        good = [i for i in indexes if _passed(results[i])]
        first = next((i for i in indexes if i not in good), indexes[0])
        place = document.at("interactionResults", first)
        facts += _counts(place, names, len(indexes), len(good))
    if overall is True and any(fact.metric == "verified" and not fact.value for fact in facts):
        text = "`result` is true, and an interaction failed: pending ones do not fail a run"
        problems.append(Problem("warning", "pending", text, document.at("result"), _VERIFY))
    if overall is False and all(fact.value for fact in facts if fact.metric == "verified"):
        text = "`result` is false, and no interaction failed"
        hint = "keep what the verifier wrote"
        problems.append(Problem("invalid", "contradiction", text, document.at("result"), hint))
    return Reading(tuple(facts), tuple(problems), strength=Strength.measured)


def _passed(result: dict[str, Any]) -> bool:
    return result.get("result") == "OK" and "mismatch" not in result


def _counts(
    at: Location, names: tuple[tuple[str, str], ...], total: int, good: int
) -> Iterator[Fact]:
    yield Fact("verified", good == total, "", at, names, total, "derived")
    yield Fact("cases", total, "", at, names, None, "derived")
    yield Fact("passed", good, "", at, names, None, "derived")
    yield Fact("failed", total - good, "", at, names, None, "derived")


def _broker(document: JsonDocument) -> Reading:
    """Read a verification result of the Pact Broker; its consumer stands in its links."""
    success = document.get("success")
    if not isinstance(success, bool):
        message = "`success` is neither true nor false"
        raise Unreadable("malformed", message, document.at("success"), "keep the broker's answer")
    consumer, links = "", document.get("_links")
    for link in links.values() if isinstance(links, dict) else ():
        href = link.get("href") if isinstance(link, dict) else None
        if isinstance(href, str) and (match := _BROKER.search(href)):
            consumer = consumer or match[2].replace("%20", " ")
    names = (("consumer", consumer),) if consumer else ()
    facts: list[Fact] = []
    problems: list[Problem] = []
    for metric, key in (
        ("provider", "providerName"),
        ("provider.version", "providerApplicationVersion"),
    ):
        if found := text_of(document, key):
            facts.append(Fact(metric, found, "", document.at(key)))
    tests: Steps = ("testResults",)
    results = entries(document, *tests) if isinstance(document.get(*tests), list) else []
    failed = sum(result.get("success") is False for result in results)
    at = document.at("success")
    facts.append(Fact("verified", success and not failed, "", at, names, len(results) or None))
    if success and failed:
        text = f"`success` is true, and {failed} of its tests failed"
        hint = "keep what the broker answered"
        problems.append(Problem("invalid", "contradiction", text, at, hint))
    if not consumer:
        text = "it does not say whose pact was verified"
        problems.append(Problem("warning", "no-consumer", text, at, "keep the `_links`"))
    produced, where = made(document, "verificationDate")
    return Reading(tuple(facts), tuple(problems), produced, where, Strength.measured)


_VERIFY = "link the result of the provider's verification too"
_WHO = ("consumer",)
READER = Reader(
    id="pact",
    title="Pact and its verification",
    summary="What each consumer of a contract asks for, and whether the provider gives it.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("consumer", "", "who asks"),
        Metric("provider", "", "who is asked"),
        Metric("provider.version", "", "version of the provider that was verified"),
        Metric("interactions", "", "what is asked for; by provider state", ("consumer", "state")),
        Metric("interactions.pending", "", "interactions whose failure fails no run", _WHO),
        Metric("contract.used", "", "a field that a consumer reads", ("consumer", "field")),
        Metric("verified", "", "whether every interaction was verified", _WHO),
        Metric("cases", "", "interactions that were verified", _WHO),
        Metric("passed", "", "interactions that the provider gives", _WHO),
        Metric("failed", "", "interactions that it does not give", _WHO),
    ),
    produce="json.dump(verifier.results, file) after Verifier.verify() of pact-python",
    source="https://github.com/pact-foundation/pact-specification",
    traps=(
        "A pact is the consumer's wish: it gives no `verified`, and a warning says so.",
        "A pact without interactions asks for nothing: inconclusive.",
        "A pending interaction that fails leaves `result` true: here it is not verified.",
        "A result that its interactions contradict is invalid.",
        "A result without any interaction proves nothing.",
        "The broker's result names its consumer only in its links.",
        "Versions 1 to 4 of the specification, messages included.",
    ),
)
