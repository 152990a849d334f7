"""The critical path: exclusive times add up to the root's duration whatever the spans, and are what they should be."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from readiness.stats.critical_path import Path, Span, critical_path

KINDS = st.sampled_from(["", "client", "server", "producer", "consumer"])
TIMES = st.integers(0, 40) | st.integers(-(10**9), 2**63)
WIDE = st.builds(
    Span,
    id=st.integers(0, 6),
    parent=st.none() | st.integers(0, 7),
    start=TIMES,
    end=TIMES,
    kind=KINDS,
    host=st.sampled_from(["", "a", "b", "c"]),
    waited=st.booleans(),
)
LENGTH = 10_000


def span(id: str, start: int, end: int, parent: str | None = "root", **more: object) -> Span:
    return Span(id, parent, start, end, **more)  # type: ignore[arg-type]


def root(end: int = LENGTH, **more: object) -> Span:
    return span("root", 0, end, None, **more)


def times(*spans: Span) -> dict[str, int]:
    path = critical_path(spans)
    return {str(s.id): t for s, t in zip(spans, path.exclusive, strict=True) if t}


def duration(spans: list[Span], path: Path) -> int:
    return max(0, spans[path.root].end - spans[path.root].start) if path.root >= 0 else 0


@given(st.lists(WIDE, max_size=14))
@example([Span(0, 0, 0, 9)])
@example([Span(0, 1, 0, 9), Span(1, 0, 0, 9)])
def test_exclusive_times_add_up_to_the_root_whatever_the_spans(spans: list[Span]) -> None:
    path = critical_path(spans)
    assert sum(path.exclusive) == duration(spans, path)
    assert min(path.exclusive, default=0) >= 0
    assert len(path.exclusive) == len(spans)
    assert (path.root == -1) == all(s.parent is not None and s.parent in {o.id for o in spans} for s in spans)


@st.composite
def trees(draw: st.DrawFn) -> list[Span]:
    """Well-formed trees with one root, times that often touch, one clock."""
    start, length = draw(st.integers(0, 10**18)), draw(st.integers(1, 5000))
    spans = [Span(0, None, start, start + length)]
    for index in range(1, draw(st.integers(1, 12))):
        parent = draw(st.integers(0, index - 1))
        begin = start + draw(st.integers(-5, length + 5))
        spans.append(Span(index, parent, begin, begin + draw(st.integers(0, length))))
    return spans


@given(trees(), st.randoms(use_true_random=False), st.integers(-(10**15), 10**15), st.integers(1, 50))
def test_the_order_in_the_file_the_date_and_the_unit_do_not_matter(spans: list[Span], random: object, later: int, factor: int) -> None:
    before = dict(zip([s.id for s in spans], critical_path(spans).exclusive, strict=True))
    moved = [s._replace(start=(s.start + later) * factor, end=(s.end + later) * factor) for s in spans]
    assert critical_path(moved).exclusive == tuple(t * factor for t in before.values())
    names = list(range(len(spans)))
    random.shuffle(names)  # type: ignore[attr-defined]
    shuffled = [spans[i] for i in names]
    after = dict(zip([s.id for s in shuffled], critical_path(shuffled).exclusive, strict=True))
    if len({(s.parent, s.start, s.end) for s in spans}) == len(spans):
        assert before == after


@given(trees())
def test_only_what_the_request_waited_for_has_time(spans: list[Span]) -> None:
    """Each span with time lies within the root, below a chain of parents that overlap it."""
    path = critical_path(spans)
    assert path.roots == 1
    assert path.orphans == 0
    for index, time in enumerate(path.exclusive):
        child = spans[index]
        while time and child.parent is not None:
            parent = spans[int(str(child.parent))]
            assert child.start < parent.end
            assert child.end > parent.start
            child = parent


def by_hand(spans: list[Span], index: int, start: int, end: int) -> dict[int, int]:
    """The same without tolerance: what is cut at each instant is found instant by instant."""
    found = {index: 0}
    inside = [(max(s.start, start), min(s.end, end), i) for i, s in enumerate(spans) if s.parent == index]
    inside = [x for x in inside if x[0] <= x[1]]
    now = end
    while now > start:
        before = [x for x in inside if x[1] <= now and x[0] < x[1]]
        last = max(before, key=lambda x: (x[1], -x[0], -x[2]), default=None)
        found[index] += now - (last[1] if last else start)
        if last is None:
            break
        for other, time in by_hand(spans, last[2], last[0], last[1]).items():
            found[other] = found.get(other, 0) + time
        now = last[0]
    return found


@given(trees())
def test_as_found_by_hand_where_nothing_is_tolerated(spans: list[Span]) -> None:
    short = [s._replace(end=s.start + min(s.end - s.start, 99)) if i == 0 else s for i, s in enumerate(spans)]
    expected = by_hand(short, 0, short[0].start, short[0].end)
    got = {i: t for i, t in enumerate(critical_path(short).exclusive) if t}
    assert got == {i: t for i, t in expected.items() if t}


def test_sequence() -> None:
    assert times(root(), span("a", 1000, 4000), span("b", 4000, 9000)) == {"root": 2000, "a": 3000, "b": 5000}


def test_of_parallel_children_the_last_to_finish_counts() -> None:
    assert times(root(), span("slow", 0, 9000), span("quick", 0, 3000)) == {"root": 1000, "slow": 9000}


def test_children_of_children() -> None:
    found = times(root(), span("a", 0, 8000), span("b", 1000, 7000, "a"), span("c", 2000, 3000, "b"))
    assert found == {"root": 2000, "a": 2000, "b": 5000, "c": 1000}


def test_a_child_that_overruns_its_parent_is_clipped() -> None:
    spans = (root(), span("late", 9000, 15_000), span("early", -500, 2000))
    assert times(*spans) == {"root": 7000, "late": 1000, "early": 2000}
    assert critical_path(spans).clipped == 2


def test_a_child_outside_of_its_parent_is_asynchronous() -> None:
    spans = (root(), span("after", 10_001, 20_000), span("below", 10_500, 11_000, "after"))
    assert times(*spans) == {"root": LENGTH}
    assert (critical_path(spans).dropped, critical_path(spans).complete) == (1, True)


def test_what_follows_without_being_waited_for_has_no_time() -> None:
    spans = (root(), span("follows", 0, 9000, waited=False), span("a", 100, 400))
    assert times(*spans) == {"root": 9700, "a": 300}


def test_a_producer_does_not_wait_for_the_consumer() -> None:
    spans = (root(), span("send", 0, 5000, kind="producer"), span("work", 0, 5000, "send", kind="consumer"))
    assert times(*spans) == {"root": 5000, "send": 5000}


def test_an_overlap_of_one_percent_is_clock_noise_and_counted_once() -> None:
    assert times(root(), span("a", 0, 5100), span("b", 5000, LENGTH)) == {"a": 5000, "b": 5000}
    assert times(root(), span("a", 0, 5101), span("b", 5000, LENGTH)) == {"root": 5000, "b": 5000}


def test_an_overlap_in_which_a_third_child_begins_or_ends_is_concurrency() -> None:
    spans = (root(), span("a", 0, 5100), span("c", 5050, 5060), span("b", 5000, LENGTH))
    assert times(*spans) == {"root": 5000, "b": 5000}


def test_touching_children_follow_each_other_even_if_several_touch() -> None:
    spans = (root(), span("a", 0, 5000), span("mark", 5000, 5000), span("b", 5000, LENGTH))
    assert times(*spans) == {"a": 5000, "b": 5000}


def test_a_skewed_server_is_centred_in_its_client_with_all_below_it() -> None:
    client = span("c", 1000, 9000, kind="client", host="a")
    server = span("s", 500_000, 506_000, "c", kind="server", host="b")
    query = span("q", 501_000, 504_000, "s", host="b")
    path = critical_path([root(host="a"), client, server, query])
    assert (path.exclusive, path.shifted) == ((2000, 2000, 3000, 3000), 1)
    back = span("back", 2500, 3000, "s", kind="server", host="a")
    assert critical_path([root(host="a"), client, server, back]).exclusive == (2000, 2000, 5500, 500)


def test_a_server_longer_than_its_client_begins_with_it_and_is_clipped() -> None:
    client, server = span("c", 1000, 3000, kind="client", host="a"), span("s", 0, 8000, "c", kind="server", host="b")
    assert critical_path([root(host="a"), client, server]).exclusive == (8000, 0, 2000)


def test_clocks_are_not_moved_on_one_host_nor_for_several_servers() -> None:
    client = span("c", 1000, 3000, kind="client", host="a")
    one = span("s", 4000, 5000, "c", kind="server", host="a")
    assert critical_path([root(host="a"), client, one]).dropped == 1
    two = [one._replace(host="b"), one._replace(id="t", host="b")]
    assert critical_path([root(host="a"), client, *two]).dropped == 2


def test_halves_of_a_call_that_share_an_id() -> None:
    client, server = span("x", 1000, 9000, kind="client", host="a"), span("x", 2000, 8000, kind="server", host="b")
    below = span("y", 3000, 4000, "x")
    for halves in ([client, server], [server, client]):
        path = critical_path([root(), *halves, below])
        assert (path.complete, sorted(path.exclusive)) == (True, [1000, 2000, 2000, 5000])


def test_a_span_written_twice_counts_once_and_two_of_one_id_are_not_believed() -> None:
    a = span("a", 0, 5000)
    twice = critical_path([root(), a, a])
    assert (twice.exclusive, twice.repeated, twice.complete) == ((5000, 5000, 0), frozenset({2}), True)
    other = critical_path([root(), a, a._replace(end=6000)])
    assert (other.orphans, other.complete) == (1, False)


def test_incomplete_traces() -> None:
    lost = critical_path([root(), span("a", 0, 10, "gone"), span("b", 2, 3, "a")])
    assert (lost.orphans, lost.root, lost.complete) == (2, 0, False)
    headless = critical_path([span("a", 0, 10, "gone"), span("b", 2, 3, "a")])
    assert (headless.roots, headless.orphans, headless.root, headless.exclusive) == (0, 2, 0, (9, 1))
    assert not headless.complete
    two = critical_path([root(), span("other", 0, 50_000, None)])
    assert (two.roots, two.root, two.complete) == (2, 1, False)
    assert critical_path([root(), span("a", 5, 4)]).unfinished == 1
    assert not critical_path([root(0)]).complete
    assert critical_path([span("a", 0, 1, "b"), span("b", 0, 1, "a")]).root == -1
    assert critical_path([]) == Path(-1, (), ())


def test_many_spans_take_no_long_time() -> None:
    wide = [root(), *(span(f"w{i}", i % 9000, i % 9000 + 50) for i in range(20_000))]
    assert sum(critical_path(wide).exclusive) == LENGTH
    deep = [root(), *(span(str(i), i % 100, LENGTH - i % 100, str(i - 1) if i else "root") for i in range(20_000))]
    assert sum(critical_path(deep).exclusive) == LENGTH
