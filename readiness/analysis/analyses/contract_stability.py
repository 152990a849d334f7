"""The response contract against the previous one, against answers, and for every consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.contract_diff import Change, changes, shapes
from readiness.analysis.linked import at_path, facts_of, proving, sound
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list
from readiness.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

_SHOWN = 20
_SCHEMAS = {"json-schema", "openapi"}
_LINK = "link it in a slot of `evidence`"


class _Notes:
    """What is found while the parts of the contract are looked at."""

    def __init__(self, path: str) -> None:
        self.at = Location(path, pointer="/contract")
        self.facts: list[Fact] = []
        self.problems: list[Problem] = []
        self.used: list[Evidence] = []

    def fact(
        self, metric: str, value: float | bool | str, at: Location, unit: str = "", **labels: str
    ) -> None:
        names = tuple(sorted(labels.items()))
        self.facts.append(Fact(metric, value, unit, at, names, None, "derived"))

    def warn(self, code: str, text: str, help: str, at: Location | None = None) -> None:
        self.problems.append(Problem("warning", code, text, at or self.at, help))


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Compare, measure and count; each part that is missing gives no fact and says so."""
    notes = _Notes(path)
    if launch.contract is None:
        text = "the launch names no response contract"
        hint = "name it under `contract`: schema, previous, consumers"
        problem = Problem("inconclusive", "no-contract", text, notes.at, hint)
        return Analysed((), (problem,), Strength.claimed)
    believed = sound(evidence)
    current = _schema(notes, launch.contract.schema_, "schema", believed, path)
    if current is not None:
        _compare(notes, launch, current, believed, path)
    _conformance(notes, current, proving(evidence))
    _consumers(notes, launch, believed)
    strength = min((e.strength for e in notes.used), default=Strength.claimed)
    return Analysed(tuple(notes.facts), tuple(notes.problems), strength)


def _schema(
    notes: _Notes, name: str, role: str, evidence: list[Evidence], path: str
) -> Evidence | None:
    found = at_path(evidence, name, path)
    if found is None or found.reader not in _SCHEMAS:
        text = f"`contract.{role}` is {name}, and no schema was read there"
        notes.warn(f"no-{role}", text, _LINK)
        return None
    notes.used.append(found)
    return found


def _compare(
    notes: _Notes, launch: Launch, current: Evidence, evidence: list[Evidence], path: str
) -> None:
    """Add what breaks between the previous contract and this one."""
    if launch.contract is None or launch.contract.previous is None:
        text = "the launch does not name the contract of the version in service"
        notes.warn("no-previous", text, "name its schema as `contract.previous`, and link it")
        return
    before = _schema(notes, launch.contract.previous, "previous", evidence, path)
    if before is None:
        return
    found = changes(shapes(before.facts), shapes(current.facts))
    at = Location(current.path)
    notes.fact("contract.breaking", len(found), at)
    for side in ("reader", "writer"):
        notes.fact("contract.breaking", sum(c.side == side for c in found), at, side=side)
    used = {dict(f.labels).get("field", ""): e for e, f in facts_of(evidence, "contract.used")}
    for change in found[:_SHOWN]:
        notes.warn(f"breaks-{change.side}", _told(change, used), _HELP[change.side], change.at)
    if len(found) > _SHOWN:
        notes.warn("more", f"{len(found) - _SHOWN} more changes break somebody", "", at)
    digests, versions = (
        [{f.metric: f.value for f in e.facts}.get(metric) for e in (before, current)]
        for metric in ("contract.sha256", "contract.version")
    )
    same = digests[0] == digests[1]
    notes.fact("contract.changed", not same, at)
    if not same and versions[0] is not None and versions[0] == versions[1]:
        text = f"the contract changed, and its version is still {versions[0]}"
        notes.warn("same-version", text, "give it a new version", at)


_HELP = {
    "reader": "keep what consumers rely on, or move each of them first",
    "writer": "move the fallback, the cache and the rollback version first",
}


def _told(change: Change, used: dict[str, Evidence]) -> str:
    if change.side == "reader" and (pact := used.get(change.key.path)):
        names = sorted({str(f.value) for f in pact.facts if f.metric == "consumer"})
        return f"{change.text}: {and_list(names)} reads it"
    return change.text


def _conformance(notes: _Notes, current: Evidence | None, evidence: list[Evidence]) -> None:
    """Add the worst share of answers that keep the contract, with the low end of its interval."""
    wanted = {f.value for f in current.facts if f.metric == "contract.sha256"} if current else set()
    found: list[tuple[float, int | None, Fact, Evidence]] = []
    for source, fact in facts_of(evidence, "conformance", "contract.conformance", "pass_rate"):
        if not _of_schema(fact) or isinstance(fact.value, bool | str):
            continue
        held = {f.value for f in source.facts if f.metric == "contract.sha256"}
        if held and wanted and not held & wanted:
            text = f"{source.path} holds answers against another contract than the launch's"
            notes.warn("other-contract", text, "measure again with the schema of the launch")
            continue
        found.append((float(fact.value), fact.samples, fact, source))
    if not found:
        text = "no answers were held against the contract"
        hint = "validate recorded answers, and give `conformance` with its number of samples"
        notes.warn("no-conformance", text, hint)
        return
    notes.used += [source for *_, source in found]
    worst, _, place, _ = min(found, key=lambda entry: entry[0])
    notes.fact("contract.conformance", worst, place.at, "ratio")
    if all(samples for _, samples, _, _ in found):
        low = min(wilson(share, samples or 1)[0] for share, samples, _, _ in found)
        notes.fact("contract.conformance.low", low, place.at, "ratio")
    else:
        text = "conformance without a number of answers has no bound"
        notes.warn("no-samples", text, "give the number of answers as `samples`", place.at)


def _of_schema(fact: Fact) -> bool:
    """Tell whether a share is that of answers which keep the schema."""
    if fact.metric != "pass_rate":
        return True
    name = dict(fact.labels).get("metric", "").lower()
    return "json" in name or "schema" in name


def _consumers(notes: _Notes, launch: Launch, evidence: list[Evidence]) -> None:
    """Add for each consumer whether the candidate was verified against what it wants."""
    declared = launch.contract.consumers if launch.contract else []
    asking = {str(f.value) for _, f in facts_of(evidence, "consumer")}
    names = {name.casefold(): name for name in (*sorted(asking), *declared)}
    if not names:
        text = "nobody is named who relies on the contract"
        notes.warn("no-consumers", text, "name them under `contract.consumers`")
        return
    verified = dict(_verified(notes, launch, evidence))
    open_ = [name for key, name in sorted(names.items()) if not verified.get(key)]
    for key, name in sorted(names.items()):
        value = bool(verified.get(key))
        notes.fact("contract.verified", value, notes.at, consumer=name)
        if not value:
            text = f"the candidate is not verified against what {name} wants"
            notes.warn("not-verified", text, "link the result of the verification")
    notes.fact("contract.unverified", len(open_), notes.at)
    if strange := sorted(
        asking - {n for n in asking if n.casefold() in map(str.casefold, declared)}
    ):
        text = f"{and_list(strange)} relies on the contract, and the launch does not name it"
        notes.warn("undeclared", text, "add it under `contract.consumers`")


def _verified(
    notes: _Notes, launch: Launch, evidence: list[Evidence]
) -> Iterator[tuple[str, bool]]:
    """Yield consumers with whether every verification of them passed, on this candidate."""
    found: dict[str, bool] = {}
    known = {launch.candidate.version, launch.candidate.commit}
    for source, fact in facts_of(evidence, "verified"):
        name = dict(fact.labels).get("consumer", "")
        versions = {f.value for f in source.facts if f.metric == "provider.version"}
        notes.used.append(source)
        if versions and not versions & known:
            version = and_list(sorted(map(str, versions)))
            text = f"{name or source.path} was verified against version {version}, not this one"
            notes.warn("other-version", text, "verify the candidate", fact.at)
            continue
        found[name.casefold()] = found.get(name.casefold(), True) and fact.value is True
    yield from found.items()


ANALYSIS = Analysis(
    id="contract-stability",
    title="Contract stability",
    run=run,
    metrics=(
        ("contract.breaking", "", "changes that break somebody; label side (reader, writer)"),
        ("contract.changed", "", "whether the contract differs from the previous one"),
        ("contract.conformance", "ratio", "worst share of answers that keep the contract"),
        ("contract.conformance.low", "ratio", "lower end of its 95 % interval"),
        ("contract.verified", "", "whether the candidate gives what it wants; label consumer"),
        ("contract.unverified", "", "consumers that are not verified"),
    ),
    formula="field by field: a reader of answers breaks on a field that is gone or optional, on a "
    "wider type, enum or limit, and on an opened object; a writer of them (fallback, cache, "
    "rollback) on a field newly required, a narrower type, enum or limit, and a closed object; a "
    "request breaks its senders only. Conformance has a Wilson interval",
    source="Confluent Schema Registry, Schema Evolution and Compatibility (backward and forward); "
    "Wilson 1927, JASA 22:209",
    example="contract.breaking = 0, contract.conformance.low >= 99 %, contract.unverified = 0",
)
