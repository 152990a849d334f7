"""Evidence to bytes and back, from one process to another: plain values only, nothing is called.

Most evidence is numbers and texts, which `marshal` takes at once. What holds the samples of a load
test, or values of another type, is pickled, and taken back only if it is a record of ours.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any

from readiness.errors import Location
from readiness.model.evidence import Evidence, FileRecord, Produced
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from datetime import datetime

    Content = tuple[Evidence, dict[str, bytes]]

_OURS = ("readiness.model.", "readiness.stats.", "readiness.yaml_scalars")
_PLAIN = {
    "readiness.errors": {"Location"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "array": {"_array_reconstructor", "array"},
    "builtins": {"complex", "frozenset", "set", "range", "slice"},
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "fractions": {"Fraction"},
    "decimal": {"Decimal"},
}


class Unpacked(Exception):  # noqa: N818 - reads better where it is raised
    """What came is no evidence: it holds something that is no record and no plain value."""

    reader = ""
    files: tuple[FileRecord, ...] = ()


def pack(evidence: Evidence, small: dict[str, bytes]) -> bytes:
    """Return evidence, and the content of small files, as bytes."""
    if evidence.load is None and evidence.times is None:
        try:
            return b"m" + marshal.dumps((_plain(evidence), small))
        except ValueError:  # a value of a type that marshal does not know
            pass
    import pickle  # noqa: PLC0415 - 6 ms, and rarely needed

    known = (evidence.reader, [tuple(file) for file in evidence.files])
    return b"p" + marshal.dumps((marshal.dumps(known), pickle.dumps((evidence, small))))


def unpack(data: bytes) -> Content:
    """Return what was packed.

    Raises:
        Unpacked: it holds something that is no record and no plain value.
    """
    if data[:1] == b"m":
        plain, small = marshal.loads(data[1:])  # noqa: S302 - from a fork of this process
        return _evidence(*plain), small
    known, rest = marshal.loads(data[1:])  # noqa: S302 - from a fork of this process
    try:
        return _unpickled(rest)
    except Unpacked as error:
        error.reader, files = marshal.loads(known)  # noqa: S302
        error.files = tuple(FileRecord(*file) for file in files)
        raise


def _plain(evidence: Evidence) -> tuple[Any, ...]:
    produced = evidence.produced
    return (
        evidence.path,
        [tuple(file) for file in evidence.files],
        evidence.reader,
        int(evidence.strength),
        [_plain_fact(fact) for fact in evidence.facts],
        [
            (*problem[:3], _place(problem.at), problem.help, problem.metrics)
            for problem in evidence.problems
        ],
        None
        if produced is None
        else (produced.at.isoformat(), produced.source, _place(produced.where)),
        evidence.fault,
    )


def _plain_fact(fact: Fact) -> tuple[Any, ...]:
    labels = tuple([tuple(pair) for pair in fact.labels])
    bounds = None if fact.bounds is None else tuple(fact.bounds)
    return (*fact[:3], _place(fact.at), labels, fact.samples, fact.origin, bounds)


def _place(at: Location) -> tuple[str, int, int, str]:
    return at.path, at.line, at.column, at.pointer


def _evidence(
    path: str,
    files: Any,
    reader: str,
    strength: int,
    facts: Any,
    problems: Any,
    made: Any,
    fault: bool,
) -> Evidence:
    produced = None
    if made is not None:
        produced = Produced(_moment(made[0]), made[1], Location(*made[2]))
    return Evidence(
        path,
        tuple([FileRecord(*file) for file in files]),
        reader,
        Strength(strength),
        tuple([_fact(*fact) for fact in facts]),
        tuple([_problem(*problem) for problem in problems]),
        produced,
        fault,
    )


def _problem(kind: Any, code: str, message: str, at: Any, help: str, metrics: Any) -> Problem:
    return Problem(kind, code, message, Location(*at), help, tuple(metrics))


def _fact(
    metric: str, value: Any, unit: str, at: Any, labels: Any, samples: Any, origin: Any, bounds: Any
) -> Fact:
    if bounds is not None:
        from readiness.stats.histogram import Interval  # noqa: PLC0415 - only load tests have bounds

        bounds = Interval(*bounds)
    return Fact(metric, value, unit, Location(*at), labels, samples, origin, bounds)


def _moment(text: str) -> datetime:
    from datetime import datetime  # noqa: PLC0415 - loaded already

    return datetime.fromisoformat(text)


def _unpickled(data: bytes) -> Content:
    import io  # noqa: PLC0415
    import pickle  # noqa: PLC0415

    class Records(pickle.Unpickler):
        """Makes records of ours and plain values, and calls nothing else."""

        def find_class(self, module: str, name: str) -> Any:
            ours = module.startswith(_OURS)
            if ours or name in _PLAIN.get(module, ()):
                found = super().find_class(module, name)
                if isinstance(found, type) or not ours:
                    return found
            raise Unpacked(f"{module}.{name}")

    evidence, small = Records(io.BytesIO(data)).load()
    return evidence, small
