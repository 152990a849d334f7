"""Why a log of Inspect proves nothing, or contradicts itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.evidence.evals.cases import case_doubts, stand_in
from readiness.evidence.loadtest.numbers import is_number
from readiness.model.fact import Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.inspect_ai.log import Log
    from readiness.evidence.readers.inspect_ai.samples import Judged

_STAND_INS = ("mockllm/", "none/")
_CLOSE = 1e-6
_AGAIN = "run it again to its end"


def reasons(log: Log) -> Iterator[Problem]:
    """Yield why the run as a whole proves nothing."""
    status = log.get("status") if log.finished else "started"
    if status != "success":
        told = log.get("error", "message")
        why = (
            f": {told.strip().splitlines()[0][:100]}"
            if isinstance(told, str) and told.strip()
            else ""
        )
        message = f"the run did not end well (status: {str(status)[:20]}){why}"
        yield Problem("inconclusive", "unfinished", message, log.at("status"), _AGAIN)
    elif not isinstance(log.get("results"), dict):
        message = "the log has no results"
        yield Problem("inconclusive", "no-results", message, log.at("results"), _AGAIN)
    voided = any(isinstance(s, dict) and s.get("invalidation") for s in log.samples)
    if log.get("invalidated") is True or voided:
        message = "someone marked the log, or a sample of it, as invalid"
        yield Problem("inconclusive", "invalidated", message, log.at("invalidated"), _AGAIN)
    model = log.get("eval", "model")
    if isinstance(model, str) and model.startswith(_STAND_INS):
        yield stand_in(model, log.at("eval", "model"))
    yield from _partial(log)


def _partial(log: Log) -> Iterator[Problem]:
    """Yield that only a part of the data set was evaluated."""
    size, limit = log.get("eval", "dataset", "samples"), log.get("eval", "config", "limit")
    ids = {str(s.get("id")) for s in log.samples if isinstance(s, dict)}
    total = log.get("results", "total_samples")
    epochs = log.get("eval", "config", "epochs")
    done: float = len(ids)
    if not ids and is_number(total):
        done = total / (epochs if is_number(epochs) and epochs > 0 else 1)
    if limit is not None or (is_number(size) and 0 < done < size):
        of = f" of {digits(size)}" if is_number(size) else ""
        message = f"only {digits(done)}{of} samples of the data set were evaluated"
        at = log.at("eval", "config", "limit") if limit is not None else log.at("eval", "dataset")
        yield Problem("inconclusive", "limited", message, at, "run it without a limit")


def of_samples(log: Log, found: list[Judged]) -> Iterator[Problem]:
    """Yield what the samples say: errors, none judged, or another mean than the log's."""
    at = log.at_samples
    results = log.get("results")
    if not found and isinstance(results, dict):
        total = log.get("results", "total_samples")
        if log.samples or not is_number(total) or not total:
            message, help_ = "no sample was judged", "did the scorer run?"
            yield Problem("inconclusive", "no-cases", message, log.at("results"), help_)
        else:
            message = "the log has no samples: pass rates and slices cannot be told"
            help_ = "keep samples: --log-samples, and the log itself rather than its header"
            yield Problem("warning", "no-samples-logged", message, log.at("results"), help_)
    told: set[str] = set()
    for judged in found:
        for problem in case_doubts(judged.cases, at):
            if problem.code not in told and problem.code != "several-columns":
                yield problem
            told.add(problem.code)
        yield from _against(log, judged, only=len(found) == 1)


def _against(log: Log, judged: Judged, *, only: bool) -> Iterator[Problem]:
    """Yield that the accuracy the log states is not that of its samples."""
    scores = log.get("results", "scores")
    reducer = log.get("eval", "config", "epochs_reducer")
    if reducer not in (None, ["mean"]) or judged.mean is None or log.get("status") != "success":
        return
    for index, score in enumerate(scores if isinstance(scores, list) else []):
        named = isinstance(score, dict) and (only or judged.scorer == score.get("name"))
        stated = log.get("results", "scores", index, "metrics", "accuracy", "value")
        if not named or not is_number(stated) or not judged.decides:
            continue
        if not math.isclose(stated, judged.mean, abs_tol=_CLOSE):
            message = f"accuracy is {stated:.4g}, and that of the samples {judged.mean:.4g}"
            at = log.at("results", "scores", index, "metrics", "accuracy")
            yield Problem("invalid", "contradiction", message, at, "keep the log as written")
