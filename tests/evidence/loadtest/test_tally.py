"""Samples into windows: each where it belongs, however they arrive, and rounded only as far as is said."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.loadtest import held_back as holding
from readiness.evidence.loadtest import tally as tallies
from readiness.evidence.loadtest.held_back import Held
from readiness.evidence.loadtest.tally import MOST_WINDOWS, OTHERS, Kind, Tally
from readiness.model.load import Labels, Load
from readiness.stats.histogram import EMPTY, Histogram, from_counts, merge, quantile, size

A: Labels = (("endpoint", "/a"), ("method", "GET"))
B: Labels = (("endpoint", "/b"), ("method", "POST"))


class Sample(NamedTuple):
    seconds: float
    ms: float
    ok: bool = True
    labels: Labels = A


SAMPLES = st.builds(
    lambda span, start, parts: [Sample(start + share * span, ms, ok, labels) for share, ms, ok, labels in parts],
    st.sampled_from([0.5, 20, 127.9, 128, 1000, 90_000]),
    st.sampled_from([0.0, 0.25, 1_795_400_465.793, 1_795_400_448.0]),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 5000).map(lambda n: n / 4), st.booleans(), st.sampled_from([A, B])),
        min_size=1,
        max_size=60,
    ),
)


def tallied(samples: Iterable[Sample]) -> Tally:
    tally = Tally()
    for sample in samples:
        tally.add(sample.seconds, sample.ms, sample.ok, sample.labels)
    return tally


def width_of(samples: list[Sample]) -> int:
    """Return the narrowest width of 1, 2, 4, … s that needs no more than 128 windows."""
    low, high = (f(s.seconds for s in samples) for f in (min, max))
    width = 1
    while high // width - low // width >= MOST_WINDOWS:
        width *= 2
    return width


def naive(samples: list[Sample]) -> dict[int, dict[Labels, tuple[Counter[float], Counter[float]]]]:
    width = width_of(samples)
    found: dict[int, dict[Labels, tuple[Counter[float], Counter[float]]]] = {}
    for s in samples:
        pair = found.setdefault(int(s.seconds // width), {}).setdefault(s.labels, (Counter(), Counter()))
        pair[0 if s.ok else 1][s.ms] += 1
    return found


def plain(load: Load) -> dict[int, dict[Labels, tuple[Counter[float], Counter[float]]]]:
    """Return the windows of a load by their index since 0, without those that are empty."""
    return {
        round((w.start + load.began) / load.width): {
            k: (Counter(dict(zip(c.ok.values, c.ok.counts, strict=True))), Counter(dict(zip(c.failed.values, c.failed.counts, strict=True))))
            for k, c in w.groups.items()
        }
        for w in load.windows
        if w.requests
    }


# windows


@given(SAMPLES)
def test_each_sample_is_in_the_window_in_which_it_began(samples: list[Sample]) -> None:
    load = tallied(samples).load("open")
    assert load.width == width_of(samples)
    assert plain(load) == naive(samples)
    assert load.began == min(s.seconds for s in samples)
    assert load.seconds == pytest.approx(max(s.seconds + s.ms / 1000 for s in samples) - load.began, abs=1e-6)
    assert (load.arrivals, load.dropped) == ("open", 0)


@given(SAMPLES)
def test_windows_lie_side_by_side_and_are_never_too_many(samples: list[Sample]) -> None:
    load = tallied(samples).load()
    assert 1 <= len(load.windows) <= MOST_WINDOWS
    starts = [w.start for w in load.windows]
    assert [b - a for a, b in pairwise(starts)] == pytest.approx([load.width] * (len(starts) - 1))
    assert -load.width < starts[0] <= 0
    assert load.windows[0].requests
    assert load.windows[-1].requests
    assert sum(w.requests for w in load.windows) == len(samples)
    assert sum(w.failures for w in load.windows) == sum(not s.ok for s in samples)


@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_samples_changes_nothing(samples: list[Sample], draw: random.Random) -> None:
    expected = plain(tallied(sorted(samples)).load())
    mixed = samples[:]
    draw.shuffle(mixed)
    assert plain(tallied(mixed).load()) == expected
    assert plain(tallied(sorted(samples, reverse=True)).load()) == expected


@given(SAMPLES)
def test_many_at_once_are_as_one_by_one(samples: list[Sample]) -> None:
    expected = tallied(samples).load()
    bulk, counted, histograms = Tally(), Tally(), Tally()
    by_second: dict[int, list[Sample]] = {}
    for s in samples:
        by_second.setdefault(int(s.seconds // 1), []).append(s)
        for tally in (bulk, counted, histograms):
            tally.span(s.seconds, s.seconds + s.ms / 1000)
    for second, part in by_second.items():
        bulk.bulk(second, ((s.ms, s.labels, s.ok) for s in part))
        counted.counted(second, Counter((s.ms, s.labels, s.ok) for s in part))
        for labels, ok in {(s.labels, s.ok) for s in part}:
            times = from_counts(Counter(s.ms for s in part if (s.labels, s.ok) == (labels, ok)))
            histograms.histogram(second, (labels, ok), times)
    for tally in (bulk, counted, histograms):
        load = tally.load()
        assert plain(load) == plain(expected)
        assert (load.began, load.seconds, load.width) == (expected.began, expected.seconds, expected.width)


@given(SAMPLES, st.integers(1, 20), st.sampled_from([1, 10, 100_000]))
def test_held_back_they_are_as_one_by_one(samples: list[Sample], batch: int, most: int) -> None:
    expected = tallied(samples).load()
    kinds = list(dict.fromkeys((s.labels, s.ok) for s in samples))
    tally = Tally(lambda number: Kind(*kinds[number]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holding, "_MOST", most)
        held = Held(tally)
        for start in range(0, len(samples), batch):
            part = samples[start : start + batch]
            for s in part:
                tally.span(s.seconds, s.seconds + s.ms / 1000)
            held.add([s.seconds for s in part], [s.ms for s in part], [kinds.index((s.labels, s.ok)) for s in part])
        held.finish()
    load = tally.load()
    assert plain(load) == plain(expected)
    assert (load.began, load.seconds, load.width) == (expected.began, expected.seconds, expected.width)


def test_n_equal_samples_may_be_given_at_once() -> None:
    tally = Tally()
    tally.add(0.5, 7.0, n=3)
    tally.add(0.5, 9.0, ok=False, n=5_000_000_000)
    (window,) = tally.load().windows
    assert (window.requests, window.failures) == (5_000_000_003, 5_000_000_000)


def test_a_window_doubles_each_time_there_would_be_too_many() -> None:
    tally = Tally()
    widths = []
    for second in range(0, 20_000, 7):
        tally.add(second, 1.0)
        widths.append(tally.width)
    assert sorted(set(widths)) == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert widths == sorted(widths)
    assert sum(w.requests for w in tally.load().windows) == len(widths)


def test_one_stamp_far_off_makes_windows_wide_but_loses_nothing() -> None:
    load = tallied([Sample(1_795_400_465.0, 5.0)] * 9 + [Sample(1.0, 5.0)]).load()
    assert sum(w.requests for w in load.windows) == 10
    assert len(load.windows) <= MOST_WINDOWS


def test_a_run_of_whole_minutes_lasts_as_long_to_the_microsecond() -> None:
    """As floats, seconds since the epoch are no finer than 0.24 µs."""
    for start in (1_795_400_465.793, 1_795_400_465.001, 1_795_400_465.9):
        load = tallied([Sample(start, 1.0), Sample(start + 1799.993, 7.0)]).load()
        assert load.seconds == 1800


# samples without times, users


def test_samples_without_times_are_one_window_of_no_width() -> None:
    tally = Tally()
    for n in range(10):
        tally.add(None, float(n), n != 3, A)
    load = tally.load()
    assert (load.width, load.seconds, load.began) == (0, None, 0)
    ((window,), groups) = load.windows, load.groups()
    assert (window.requests, window.failures, size(groups[A].all)) == (10, 1, 10)


def test_nothing_gives_no_window() -> None:
    assert Tally().load().windows == ()


def test_some_samples_without_a_time_are_a_mistake() -> None:
    tally = Tally()
    tally.add(None, 1.0)
    tally.add(1.0, 1.0)
    with pytest.raises(ValueError, match="some samples have a time and some have none"):
        tally.load()


@given(SAMPLES, st.lists(st.tuples(st.floats(0, 1), st.integers(0, 500)), max_size=40))
def test_users_of_a_window_are_the_most_at_once(samples: list[Sample], seen: list[tuple[float, int]]) -> None:
    tally = tallied(samples)
    low, high = (f(s.seconds for s in samples) for f in (min, max))
    times = [(low + share * (high - low), users) for share, users in seen]
    for seconds, users in times:
        tally.users(seconds, users)
    load = tally.load()
    for window in load.windows:
        index = round((window.start + load.began) / load.width)
        assert window.users == max((u for seconds, u in times if seconds // load.width == index), default=None)


# bounds


@given(SAMPLES.filter(lambda s: len(s) > 10), st.sampled_from([5, 20, 100]))
def test_few_keys_at_a_time_change_nothing(samples: list[Sample], most: int) -> None:
    expected = plain(tallied(samples).load())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "_MOST_OPEN", most)
        assert plain(tallied(samples * 3).load()) == {
            i: {k: (Counter({v: 3 * n for v, n in a.items()}), Counter({v: 3 * n for v, n in b.items()})) for k, (a, b) in groups.items()}
            for i, groups in expected.items()
        }


def test_keys_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "_MOST_OPEN", 1000)
    tally, most = Tally(), 0
    draw = random.Random(1)
    for _ in range(20_000):
        tally.add(draw.uniform(0, 100), draw.uniform(1, 1000))
        most = max(most, sum(map(len, tally._open.values())))
    assert most <= 2_000


@given(st.integers(0, 2**32), st.sampled_from([20, 50, 100]))
def test_rounded_values_keep_the_precision_that_is_said(seed: int, most: int) -> None:
    draw = random.Random(seed)
    pairs = [(draw.randrange(100), math.exp(draw.uniform(-7, 14))) for _ in range(300)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "MOST_VALUES", most)
        load = tallied([Sample(second, ms) for second, ms in pairs]).load()
    found = merge(h for c in load.groups().values() for h in c)
    times = sorted(ms for _, ms in pairs)
    told = [v for v, n in zip(found.values, found.counts, strict=True) for _ in range(n)]
    assert 0 < found.precision < 0.006
    assert len(told) == len(times)
    assert all(abs(a - b) <= found.precision * b for a, b in zip(told, times, strict=True))
    for share in (0.5, 0.9, 0.99):
        exact = times[math.ceil(share * len(times) - 1e-9) - 1]
        assert quantile(found, share) == pytest.approx(exact, rel=found.precision)


def test_values_are_rounded_only_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [Sample(n % 20, math.exp(n / 100)) for n in range(1000)]
    exact = tallied(samples).load()
    assert {h.precision for w in exact.windows for c in w.groups.values() for h in c if h.counts} == {0.0}
    monkeypatch.setattr(tallies, "MOST_VALUES", 900)
    rounded = tallied(samples).load()
    assert {h.precision > 0 for w in rounded.windows for c in w.groups.values() for h in c if h.counts} == {True}
    assert [w.requests for w in rounded.windows] == [w.requests for w in exact.windows]


def test_values_that_cannot_be_rounded_are_not_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 endpoints over 100 windows have more values than wanted, whatever is rounded: no endless work."""
    monkeypatch.setattr(tallies, "MOST_VALUES", 500)
    calls = []
    shrink = Tally._shrink

    def counted(self: Tally) -> None:
        calls.append(self.width)
        shrink(self)

    monkeypatch.setattr(Tally, "_shrink", counted)
    tally = Tally()
    for n in range(10_000):
        tally.add(n / 100, float(n % 50), True, (("endpoint", str(n % 97)),))
    assert sum(w.requests for w in tally.load().windows) == 10_000
    assert 1 <= len(calls) < 15


# names


def test_the_hundred_first_endpoint_and_those_after_it_are_counted_together() -> None:
    tally = Tally()
    for n in range(250):
        tally.add(n, 1.0, True, (("endpoint", f"/{n % 125}"), ("method", "GET")))
    load = tally.load()
    groups = load.groups()
    assert len(groups) == 101
    assert size(groups[OTHERS].all) == 2 * 25
    assert load.dropped == 25
    assert (("endpoint", "/99"), ("method", "GET")) in groups


def test_others_are_named_after_what_they_are() -> None:
    tally = Tally()
    for n in range(101):
        tally.add(0.0, 1.0, True, (("endpoint", str(n)),))
        tally.add(0.0, 1.0, True, (("transaction", str(n)),))
    groups = tally.load().groups()
    assert size(groups[(("endpoint", "(others)"),)].all) == size(groups[(("transaction", "(others)"),)].all) == 51


def test_samples_without_a_name_are_others_too_if_they_come_late() -> None:
    tally = Tally()
    for n in range(100):
        tally.add(0.0, 1.0, True, (("endpoint", str(n)),))
    tally.add(0.0, 1.0, True, ())
    assert size(tally.load().groups()[OTHERS].all) == 1


def test_names_that_were_shown_before_are_kept_in_that_order() -> None:
    tally = Tally()
    for n in range(150):
        assert tally.meet((("endpoint", str(n)),)) == ((("endpoint", str(n)),) if n < 100 else OTHERS)
    for n in reversed(range(150)):
        tally.add(n, 1.0, True, (("endpoint", str(n)),))
    load = tally.load()
    assert set(load.groups()) == {(("endpoint", str(n)),) for n in range(100)} | {OTHERS}
    assert load.dropped == 50


def test_keys_are_decoded_and_texts_of_equal_times_put_together() -> None:
    def decode(name: str, code: str) -> Kind:
        return Kind((("endpoint", name.lower()),), code < "400")

    tally = Tally(decode, float)
    tally.bulk(0.0, [("7", "A", "200"), ("7.0", "a", "204"), ("07", "a", "503")])
    tally.span(0.0, 0.007)
    load = tally.load()
    ((labels, counts),) = load.groups().items()
    assert labels == (("endpoint", "a"),)
    assert (counts.ok, counts.failed) == (Histogram((7.0,), (2,)), Histogram((7.0,), (1,)))
    assert tally.kinds == {("A", "200"): 1, ("a", "204"): 1, ("a", "503"): 1}


def test_kinds_add_up_and_forget_the_names_of_the_ten_thousandth_and_later() -> None:
    tally = Tally(lambda name, code: Kind((("endpoint", name),), code == 200))
    for n in range(12_000):
        tally.bulk(n // 1000, [(1.0, str(n), 200), (2.0, str(n), 500)])
    tally.span(0, 12)
    tally.load()
    assert sum(tally.kinds.values()) == 24_000
    assert len(tally.kinds) == 10_002
    assert tally.kinds[None, 200] == tally.kinds[None, 500] == 7_000


def test_an_empty_side_is_the_empty_histogram() -> None:
    load = tallied([Sample(0.0, 1.0)]).load()
    assert load.groups()[A].failed == EMPTY
