"""The single requests in a result of a serving benchmark: recomputed, compared with the summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.folded import Fold
from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.checks import empty_answers
from readiness.evidence.loadtest.serving_lists import PLAN, Errors, Gaps, Numbers
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Unreadable
from readiness.stats.digits import digits
from readiness.stats.histogram import EMPTY, quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.evidence.loadtest.serving import Record
    from readiness.model.load import Arrivals
    from readiness.stats.histogram import Histogram

_SLOWER = 0.99


class Samples(NamedTuple):
    """Lists with one entry per request, in the order they were sent.

    Attributes:
        total: how many requests.
        key: the list that stands for them.
        lists: the numbers by key; times in seconds.
        errors: which had no error; None where the file does not say.
        gaps: times between tokens, by request.
        record: the result they are in.
    """

    total: int
    key: str
    lists: dict[str, Sequence[float]]
    errors: bytearray | None
    gaps: Gaps | None
    record: Record


def read_samples(record: Record) -> Samples | None:
    """Return the single requests of a result, None if it has none.

    Raises:
        Unreadable: lists of different lengths, or an entry that is no number.
    """
    found = {key: v for key in PLAN if isinstance(v := record.values.get(key), Fold)}
    if record.document is None or not ("latencies" in found or {"ttfts", "itls"} <= set(found)):
        return None
    key = next(iter(found))
    total = found[key].total
    for other, values in found.items():
        if values.total != total:
            message = f"`{other}` has {values.total:,} entries, `{key}` has {total:,}"
            raise Unreadable("ragged", message, record.at(other), "was the file edited?")
    lists: dict[str, Sequence[float]] = {}
    for name, values in found.items():
        values.check()
        if isinstance(values, Numbers):
            lists[name] = values.values
    errors, gaps = found.get("errors"), found.get("itls")
    return Samples(
        total,
        key,
        lists,
        errors.fine if isinstance(errors, Errors) else None,
        gaps if isinstance(gaps, Gaps) else None,
        record,
    )


def add(
    run: llm.Run, samples: Samples, stated: dict[str, llm.Stats], good: int, arrivals: Arrivals
) -> None:
    """Add what the single requests say, and compare it with what the summary says."""
    fine = _succeeded(samples, good)
    if fine is None:
        message = f"{good:,} requests are said to have succeeded, the {samples.total:,} single ones"
        run.wrong(f"{message} do not bear that out", samples.record.at("completed"))
        return
    chosen = [index for index, ok in enumerate(fine) if ok]
    at = samples.record.at
    ttft = [samples.lists["ttfts"][i] * 1000 for i in chosen] if "ttfts" in samples.lists else []
    whole = _whole(samples)
    exact = "latencies" in samples.lists
    if whole and any(whole):
        load = _tally(samples, whole, fine).load(arrivals)
        if exact or llm.E2E not in stated:
            run.sampled(load, at("latencies" if exact else "ttfts"))
        else:
            _not_faster(run, stated[llm.E2E], [whole[i] for i in chosen])
            run.load = None if run.labels else load
        tpot = llm.histogram_of(_per_token(samples, whole, chosen))
        run.samples("tpot", tpot, at("output_lens"))
        if exact:
            e2e = llm.histogram_of(whole[i] for i in chosen)
            llm.disagree(run, llm.E2E, stated.get(llm.E2E, {}), e2e)
            llm.disagree(run, "tpot", stated.get("tpot", {}), tpot)
    if "output_lens" in samples.lists:
        empty = sum(not samples.lists["output_lens"][i] for i in chosen)
        run.problems += empty_answers(empty, good, at("output_lens"))
    times = {"ttft": (llm.histogram_of(ttft), "ttfts"), "itl": (_gaps(run, samples, fine), "itls")}
    for family, (values, key) in times.items():
        run.samples(family, values, at(key))
        llm.disagree(run, family, stated.get(family, {}), values)
    for side, key in (("input", "input_lens"), ("output", "output_lens")):
        sizes = [samples.lists[key][i] for i in chosen] if key in samples.lists else []
        if any(sizes):
            p95 = quantile(llm.histogram_of(sizes), 0.95)
            run.derive(f"tokens.{side}.p95", p95, at(key), "", len(sizes))


def _succeeded(samples: Samples, good: int) -> list[bool] | None:
    """Return which requests succeeded: an error may have no text, a failure has no output."""
    ways: list[list[bool]] = []
    errors, lengths = samples.errors, samples.lists.get("output_lens")
    if errors is not None:
        ways.append(list(map(bool, errors)))
    if errors is not None and lengths is not None:
        ways.append([e > 0 and n > 0 for e, n in zip(errors, lengths, strict=True)])
    times = [samples.lists[key] for key in ("latencies", "ttfts") if key in samples.lists]
    ways += [[value > 0 for value in found] for found in times]
    if good == samples.total and errors is None:
        ways.append([True] * samples.total)
    return next((way for way in ways if sum(way) == good), None)


def _whole(samples: Samples) -> list[float]:
    """Return the times to the end of the answers in ms, from those of the tokens if need be."""
    if "latencies" in samples.lists:
        return [seconds * 1000 for seconds in samples.lists["latencies"]]
    sums = samples.gaps.sums if samples.gaps else ()
    return [(a + b) * 1000 for a, b in zip(samples.lists["ttfts"], sums, strict=True)]


def _gaps(run: llm.Run, samples: Samples, fine: list[bool]) -> Histogram:
    """Return the times between the tokens of successes in ms."""
    found = samples.gaps.successes(fine) if samples.gaps else EMPTY
    if found is None:
        message = "failed requests have times between tokens too: `itl` is that of the summary"
        help_ = "are they failures? an answer that ends in the middle is one"
        run.warn("not-recomputed", message, samples.record.at("itls"), help_)
    return found or EMPTY


def _tally(samples: Samples, whole: list[float], fine: list[bool]) -> Tally:
    tally = Tally()
    starts = samples.lists.get("start_times") or [0.0]
    first = min(starts)
    for index, ms in enumerate(whole):
        seconds = starts[index] - first if first > 0 else None
        tally.add(seconds, ms, ok=fine[index])
    return tally


def _per_token(samples: Samples, whole: list[float], chosen: list[int]) -> list[float]:
    lengths, first = samples.lists.get("output_lens"), samples.lists.get("ttfts")
    if lengths is None or first is None:
        return []
    return [
        (whole[i] - first[i] * 1000) / (lengths[i] - 1)
        for i in chosen
        if lengths[i] > 1 and whole[i] >= first[i] * 1000
    ]


def _not_faster(run: llm.Run, stats: llm.Stats, tokens: list[float]) -> None:
    """Compare a stated mean with the time of the last token, which the answer cannot end before."""
    stated = stats.get("mean")
    mean = sum(tokens) / len(tokens) if tokens else 0.0
    if stated and stated[0] < _SLOWER * mean:
        message = (
            f"`e2e.mean` is {digits(stated[0])} ms, the last tokens came after {digits(mean)} ms"
        )
        run.wrong(message, stated[1])
