"""What a launch still serves while something is broken: by cell, by domain, without its model."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.domains import answer_to, intents_of, speaks_of
from readiness.analysis.linked import proving
from readiness.model import vague
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.analysis.alerting import Alerts
    from readiness.analysis.domains import Drilled, Given
    from readiness.analysis.fate import Fates, Independence
    from readiness.model.evidence import Evidence
    from readiness.model.failure import FailureDomain
    from readiness.model.launch import Launch

_UNWRITTEN = pattern(r"(?i)\s*(?:todo|tbd|tbc|fixme|xxx|n/?a|none|\?+|-+|…|\.{3})\b.*|\W*|<.*>")
_MODEL = {"model", "models", "llm", "llms", "inference", "generation"}
_WORDS = pattern(r"[A-Za-z]+")


class Hole(NamedTuple):
    """What one intent lacks while one failure domain is broken.

    Attributes:
        domain: the failure domain.
        intent: the intent.
        code: which part is missing, as the code of its problem.
        why: in words, what is missing.
        steps: where in the failure domain it is to be written.
    """

    domain: str
    intent: str
    code: str
    why: str
    steps: tuple[str, ...]


class Cells:
    """Failure domain × intent, and what of an answer, its words and proofs each one lacks."""

    def __init__(
        self, launch: Launch, drills: dict[str, Drilled], fates: Fates, alerts: Alerts
    ) -> None:
        self._launch = launch
        self._drills = drills
        self._fates = fates
        self._alerts = alerts

    def holes(self, name: str, intent: str) -> Iterator[Hole]:
        """Yield what one cell lacks; where there is no answer, nothing is asked of it."""
        domain = self._launch.failure_domains[name]
        given = answer_to(domain, intent)
        if given is None or _UNWRITTEN.fullmatch(given.answer.answer):
            why = "nothing under `answers` says what users get"
            yield Hole(name, intent, "no-answer", why, ("answers",))
        else:
            yield from self._of_answer(name, intent, given)
        if why := _unwatched(domain, self._alerts):
            yield Hole(name, intent, "no-alert", why, ("alerts",))
        if why := self._drills[name].lacks:
            yield Hole(name, intent, "no-drill", why, ("drill",) if domain.drill else ())

    def _of_answer(self, name: str, intent: str, given: Given) -> Iterator[Hole]:
        steps = ("answers", given.key)
        if not given.answer.notice or _UNWRITTEN.fullmatch(given.answer.notice):
            why = "the words that users see are not written"
            yield Hole(name, intent, "no-notice", why, steps)
        stands = self.independence(name, given)
        if stands.shared:
            why = f"the fallback breaks too: {stands.shared}"
            yield Hole(name, intent, "shared-fate", why, steps)
        elif stands.unknown:
            why = f"whether the fallback breaks too is not known: {stands.unknown}"
            yield Hole(name, intent, "fate-unknown", why, steps)

    def independence(self, name: str, given: Given) -> Independence:
        """Tell whether an answer of a failure domain stands while it is broken."""
        return self._fates.independence(self._launch.failure_domains[name], given.answer)

    def served_without(self, name: str, intent: str, components: set[str]) -> bool:
        """Tell whether an intent gets an answer that stands and needs none of some components."""
        domain = self._launch.failure_domains[name]
        if intent not in intents_of(self._launch, domain):
            return True
        given = answer_to(domain, intent)
        if given is None or not given.answer.notice:
            return False
        needed = components & set(self._fates.reached(given.answer.uses))
        return not needed and self.independence(name, given).holds


def _unwatched(domain: FailureDomain, alerts: Alerts) -> str:
    """Return why no alert watches a failure domain; an empty text if one that was read does."""
    if not domain.alerts:
        return "no alert is named"
    verdicts = {name: alerts.exists(name) for name in domain.alerts.values()}
    if any(verdict.value is True for verdict in verdicts.values()):
        return ""
    name, verdict = next(iter(verdicts.items()))
    return f"no alert is known to exist: of `{name}`, {verdict.why}"


def redundancy(domain: FailureDomain, launch: Launch, evidence: Iterable[Evidence]) -> str:
    """Return where a failure domain relies on a second of the same; an empty text if nowhere.

    That is what its texts say by the words of `model.vague`, and what settings say of a component
    that it breaks: a fallback, or more targets than one.
    """
    texts = {"failover": domain.failover, "fallback": domain.fallback}
    texts |= {f"the answer to {key}": given.answer for key, given in domain.answers.items()}
    for where, text in texts.items():
        if text and vague.redundancy(text):
            return f"{where} (`{text[:60]}`)"
    for found in proving(evidence):
        for fact in found.facts:
            several = fact.metric == "fallback" and fact.value is True
            several |= fact.metric in ("targets", "fallback.targets") and (
                not isinstance(fact.value, str) and fact.value > (fact.metric == "targets")
            )
            if several and any(speaks_of(fact, launch, name) for name in domain.breaks):
                return f"{found.path} (`{fact.metric}`)"
    return ""


def undegraded(launch: Launch, domain: FailureDomain) -> list[str]:
    """Return the intents that get nothing but a second of the same, or no words with it."""
    found = []
    for intent in intents_of(launch, domain):
        given = answer_to(domain, intent)
        if given is None or not given.answer.notice or vague.redundancy(given.answer.answer):
            found.append(intent)
    return found


def models(launch: Launch) -> list[str]:
    """Return the components that are a language model: by a word in their name or stage."""
    return [
        name
        for name, component in launch.components.items()
        if _MODEL & {w.lower() for w in _WORDS.findall(f"{name} {component.stage or ''}")}
    ]


def model_domains(launch: Launch) -> list[str]:
    """Return the failure domains that break a model; one that says nothing counts by its name."""
    known = set(models(launch))
    return [
        name
        for name, domain in launch.failure_domains.items()
        if (known & set(domain.breaks))
        or (not domain.breaks and _MODEL & {w.lower() for w in _WORDS.findall(name)})
    ]


def served_without_model(launch: Launch, cells: Cells) -> float | None:
    """Return the share of the questions that get an answer without the model; None if not known.

    An intent does if the model's failure domains do not hit it, or each of them has an answer with
    words for users that neither breaks too nor comes from any model.
    """
    domains, known = model_domains(launch), set(models(launch))
    if not domains or not launch.intents:
        return None
    served = [
        float(share.value)
        for intent, share in launch.intents.items()
        if all(cells.served_without(name, intent, known) for name in domains)
    ]
    return min(sum(served) / sum(float(share.value) for share in launch.intents.values()), 1.0)
