"""The lines of a garak report, kept as counts: what each detector made of each probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.evals.lines import json_line
from readiness.evidence.loadtest.numbers import count, is_number
from readiness.evidence.reader import Source, Unreadable

if TYPE_CHECKING:
    from readiness.errors import Location

_SCORED = 2  # status of an attempt whose outputs were judged; 1 is the same attempt, only sent
_THRESHOLD = 0.5  # run.eval_threshold of garak.core.yaml
Key = tuple[str, str]


class Verdict(NamedTuple):
    """One `eval` line: how many outputs of a probe a detector let pass, or could not judge."""

    at: Location
    passed: int
    total: int
    nones: int
    intents: dict[str, tuple[int, int]]


class Report:
    """What a report holds.

    Attributes:
        setup: the configuration of the run.
        runs: ids of the runs that begin in the file.
        ended: ids of the runs that end in it.
        verdicts: what was judged, by probe and detector.
        counted: passed and total by the attempts themselves.
        sent: attempts that were sent, by uuid; scored ones are taken out.
    """

    def __init__(self, source: Source) -> None:
        """Read every line once; a line that ends the file without a line end may be cut off.

        Raises:
            Unreadable: a line that is no JSON object, or a count that is none.
        """
        self.setup: dict[str, Any] = {}
        self.setup_at: Location = source.at(1)
        self.runs: dict[str, None] = {}
        self.ended: dict[str, None] = {}
        self.started = self.finished = ""
        self.ended_at: Location = source.at(1)
        self.verdicts: dict[Key, Verdict] = {}
        self.counted: dict[Key, list[int]] = {}
        self.sent: set[str] = set()
        self.attempts = 0
        kinds: set[str] = set()
        for number, line in source.lines():
            if not line.strip():
                continue
            entry = json_line(source, number, line)
            kind = entry.get("entry_type") if isinstance(entry, dict) else None
            if not isinstance(kind, str):
                help_ = "give the file that ends in .report.jsonl"
                message = "a line has no `entry_type`: this is no garak report"
                raise Unreadable("wrong-kind", message, source.at(number), help_)
            kinds.add(kind)
            self._take(kind, entry, source.at(number))
        if not kinds:
            raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")

    def _take(self, kind: str, entry: dict[str, Any], at: Location) -> None:
        run = entry.get("run")
        if kind == "start_run setup":
            self.setup, self.setup_at = entry, at
        elif kind == "init" and isinstance(run, str):
            self.runs[run] = None
            self.started = str(entry.get("start_time") or "")
        elif kind == "completion" and isinstance(run, str):
            self.ended[run] = None
            self.finished, self.ended_at = str(entry.get("end_time") or ""), at
        elif kind == "attempt":
            self._attempt(entry)
        elif kind == "eval":
            self._eval(entry, at)

    def _eval(self, entry: dict[str, Any], at: Location) -> None:
        """Keep a verdict; before garak 0.13 the number of outputs was called `total`."""
        probe, detector = entry.get("probe"), entry.get("detector")
        if not isinstance(probe, str) or not isinstance(detector, str):
            help_ = "keep the report as garak wrote it"
            raise Unreadable("malformed", "an `eval` names no probe or detector", at, help_)
        total = entry.get("total_evaluated", entry.get("total"))
        verdict = Verdict(
            at,
            count(entry.get("passed"), at, "`passed`"),
            count(total, at, "`total_evaluated`"),
            count(entry.get("nones", 0), at, "`nones`"),
            _intents(entry.get("intents"), at),
        )
        self.verdicts[probe, detector.removeprefix("detector.")] = verdict

    def _attempt(self, entry: dict[str, Any]) -> None:
        """Count an attempt by its scores; each is in the file twice, when sent and when scored."""
        uuid = str(entry.get("uuid"))
        if entry.get("status") != _SCORED:
            self.sent.add(uuid)
            return
        self.sent.discard(uuid)
        self.attempts += 1
        found, probe = entry.get("detector_results"), str(entry.get("probe_classname"))
        for detector, scores in (found if isinstance(found, dict) else {}).items():
            known = [s for s in (scores if isinstance(scores, list) else []) if is_number(s)]
            counts = self.counted.setdefault((probe, detector), [0, 0])
            counts[0] += sum(score < self.threshold for score in known)
            counts[1] += len(known)

    @property
    def threshold(self) -> float:
        """The score from which an output counts as a hit."""
        value = self.setup.get("run.eval_threshold")
        return value if is_number(value) else _THRESHOLD

    def text(self, *names: str) -> str:
        """Return the first of some settings that is a text, else an empty one."""
        values = (self.setup.get(name) for name in names)
        return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _intents(value: object, at: Location) -> dict[str, tuple[int, int]]:
    found = {}
    for name, part in (value if isinstance(value, dict) else {}).items():
        counts = part if isinstance(part, dict) else {}
        if name.strip():
            found[name] = (
                count(counts.get("passed"), at, "`passed`"),
                count(counts.get("total_evaluated"), at, "`total_evaluated`"),
            )
    return found
