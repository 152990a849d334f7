"""Results of the LM Evaluation Harness in; the scores of each task out.

The layout is that of lm_eval/evaluator.py and docs/interface.md of
https://github.com/EleutherAI/lm-evaluation-harness (0.4, and 0.3 and before).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.evals.cases import short, stand_in
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_FIRST = 946_684_800  # 2000-01-01: before it a `date` is no time of a run
_LAST = 4_102_444_800
_NO_SCORES = frozenset({"alias", "name", "sample_len", "samples"})
_AGAIN = "run it again without --limit"


def sniff(head: bytes) -> int:
    """Return 90 for results of version 0.4, 80 for those before, else 0."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"results"' not in head:
        return 0
    if b'"n-shot"' in head or b'"lm_eval_version"' in head or b'"task_hashes"' in head:
        return 90
    old = b'_stderr"' in head and (b'"acc"' in head or b'"acc_norm"' in head)
    return 80 if old or (b'"bootstrap_iters"' in head and b'"versions"' in head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read results.

    Raises:
        Unreadable: no results of the harness.
    """
    document = JsonDocument(source)
    results = document.get("results")
    if not isinstance(results, dict) or not isinstance(document.get("config"), dict):
        help_ = "lm_eval --model MODEL --tasks TASK --output_path results"
        raise Unreadable("wrong-kind", "these are no results of lm_eval", document.at(), help_)
    facts = [fact for task in results for fact in _scores(document, task)]
    facts += _identity(document)
    problems = tuple(_reasons(document, facts))
    when, where = _produced(document)
    return Reading(tuple(facts), problems, when, where)


def _scores(document: JsonDocument, task: str) -> Iterator[Fact]:
    """Yield the scores of a task; a key is `metric,filter`, and `metric_stderr` is none."""
    entry = document.get("results", task)
    size = document.get("n-samples", task, "effective")
    samples = int(size) if is_number(size) and size > 0 else None
    for key, value in (entry if isinstance(entry, dict) else {}).items():
        metric, _, chosen = key.partition(",")
        if metric in _NO_SCORES or metric.endswith("_stderr") or not is_number(value):
            continue
        if not metric.strip() or not task.strip():
            continue
        name = metric if chosen in ("", "none") else f"{metric}.{chosen}"
        labels = (("metric", short(name)), ("suite", short(task)))
        at = document.at("results", task, key)
        yield Fact("score", float(value), "", at, labels, samples)


def _identity(document: JsonDocument) -> Iterator[Fact]:
    name, told = _model(document)
    if name:
        yield Fact("eval.model", name[:500], "", told)
    for task, value in _mapping(document.get("task_hashes")).items():
        if isinstance(value, str) and value.strip() and task.strip():
            at = document.at("task_hashes", task)
            yield Fact("eval.dataset", value[:500], "", at, (("suite", short(task)),))


def _model(document: JsonDocument) -> tuple[str, Location]:
    """Return the name of the model: as given to the harness, else its kind."""
    for steps in (("model_name",), ("config", "model_args"), ("config", "model")):
        value = document.get(*steps)
        if isinstance(value, dict):
            value = value.get("pretrained") or value.get("model")
        if isinstance(value, str) and value.strip():
            return value, document.at(*steps)
    return "", document.at()


def _reasons(document: JsonDocument, facts: list[Fact]) -> Iterator[Problem]:
    if not any(fact.metric == "score" for fact in facts):
        message = "no task has a score"
        at = document.at("results")
        yield Problem("inconclusive", "no-cases", message, at, "did the run finish?")
    limit = document.get("config", "limit")
    if limit is not None:
        message = f"a trial run: at most {str(limit)[:20]} samples of each task"
        at = document.at("config", "limit")
        yield Problem("inconclusive", "limited", message, at, _AGAIN)
    for task, sizes in _mapping(document.get("n-samples")).items():
        whole, done = _mapping(sizes).get("original"), _mapping(sizes).get("effective")
        if limit is None and is_number(whole) and is_number(done) and done < whole:
            message = (
                f"only {digits(done)} of {digits(whole)} samples of {short(task)} were evaluated"
            )
            at = document.at("n-samples", task)
            yield Problem("inconclusive", "limited", message, at, _AGAIN)
    kind = document.get("config", "model")
    if kind == "dummy":
        yield stand_in("dummy", document.at("config", "model"))
    if "n-samples" not in _mapping(document.value):
        message = "how many samples stand behind the scores is not in the file"
        help_ = "newer versions of lm_eval write `n-samples`"
        yield Problem("warning", "no-samples", message, document.at("results"), help_)


def _produced(document: JsonDocument) -> tuple[datetime | None, Location | None]:
    date = document.get("date")
    if is_number(date) and _FIRST <= date < _LAST:
        return datetime.fromtimestamp(date, UTC), document.at("date")
    return None, None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


READER = Reader(
    id="lm-eval",
    title="lm-evaluation-harness results",
    summary="Scores of a model on public tasks: what it can do, not what your prompt does.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("score", "", "a metric of a task, with the filter after a dot", ("metric", "suite")),
        Metric("eval.model", "", "the model that was evaluated"),
        Metric("eval.dataset", "", "hash of a task's samples", ("suite",)),
    ),
    produce="lm_eval --model MODEL --tasks TASK --output_path results",
    source="https://github.com/EleutherAI/lm-evaluation-harness/blob/main/docs/interface.md",
    traps=(
        "Keys are `metric,filter`, as in `exact_match,none`; `alias`, `sample_len` are no scores.",
        "A run with `--limit`, or with fewer samples than a task has, is a trial: inconclusive.",
        "The model `dummy` is a stand-in of the harness: inconclusive.",
        "Older files have neither a number of samples nor a date: a warning.",
    ),
)
