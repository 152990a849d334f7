"""The ledger as text: it reads back to the byte, and any change to it is found."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.model.ledger import (
    Corrupt,
    Entry,
    Forgotten,
    Ledger,
    LockedFile,
    Recorded,
    dump,
    parse,
)

DAY = date(2026, 11, 25)
MADE = datetime(2026, 11, 20, 10, tzinfo=UTC)


def recorded(path: str = "e/a.json", digest: str = "a", made: datetime | None = MADE, **more: object) -> Recorded:
    values = {
        "kind": "recorded", "path": path, "reader": "json", "files": (LockedFile(path, digest * 64, 3),),
        "produced": made, "produced_from": "file" if made else "", "commit": "", "candidate": "1" * 40,
        "sources": ("slot numbers",), "on": DAY, **more,
    }  # fmt: skip
    return Recorded(**values)  # type: ignore[arg-type]


def forgotten(path: str = "e/a.json", digest: str = "a", reason: str = "warm-up") -> Forgotten:
    return Forgotten("forgotten", path, digest * 64, reason, DAY)


def text_of(*entries: Entry) -> bytes:
    return dump(Ledger(entries)).encode()


THREE = (recorded(), recorded("e/b.json", "b", None), forgotten())


def test_the_text() -> None:
    assert dump(Ledger((recorded(commit="2" * 40), forgotten()))) == snapshot("""\
{"schema":"readiness/lock@1","entries":2,"head":"bdec7be7b10163a17d678b55cacd1cf180b2ecbe2e4bdf128e16ffd24e645830"}
{"kind":"recorded","path":"e/a.json","reader":"json","files":[{"path":"e/a.json","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":3}],"produced":"2026-11-20T10:00:00Z","produced_from":"file","commit":"2222222222222222222222222222222222222222","candidate":"1111111111111111111111111111111111111111","sources":["slot numbers"],"on":"2026-11-25","chain":"b4572fa9750432b18a4c35e1129d435c3814a51ec15e5e5a763936a9b92a225b"}
{"kind":"forgotten","path":"e/a.json","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","reason":"warm-up","on":"2026-11-25","chain":"bdec7be7b10163a17d678b55cacd1cf180b2ecbe2e4bdf128e16ffd24e645830"}
""")


_entries = st.lists(
    st.one_of(
        st.builds(
            recorded,
            st.sampled_from(["a", "e/ü.json", 'q"\\.csv', "日"]),
            st.sampled_from("abc"),
            st.none() | st.datetimes(timezones=st.just(UTC)),
        ),
        st.builds(forgotten, st.sampled_from(["a", "e/ü.json"]), st.sampled_from("abc"), st.text('a☃\n"', min_size=1)),
    ),
    max_size=6,
)


@given(_entries)
def test_what_was_written_reads_back(entries: list[Entry]) -> None:
    data = text_of(*entries)
    assert parse(data).entries == tuple(entries)
    assert text_of(*parse(data).entries) == data


def test_every_change_of_one_byte_is_found() -> None:
    data = text_of(*THREE)
    for at in range(len(data)):
        for other in {data[at] ^ 1, data[at] ^ 32, data[at] ^ 128, 0, 10, 48} - {data[at]}:
            with pytest.raises(Corrupt):
                parse(data[:at] + bytes([other]) + data[at + 1 :])
        with pytest.raises(Corrupt):
            parse(data[:at] + data[at + 1 :])


def test_cut_off_anywhere_it_is_found() -> None:
    data = text_of(*THREE)
    for end in range(len(data)):
        with pytest.raises(Corrupt):
            parse(data[:end])


@given(st.randoms(use_true_random=False))
def test_lines_moved_repeated_or_taken_out_are_found(rng: random.Random) -> None:
    head, *lines = text_of(*THREE).splitlines(keepends=True)
    other = rng.choices(lines, k=rng.randint(0, 5))
    if other != lines:
        with pytest.raises(Corrupt):
            parse(head + b"".join(other))


@pytest.mark.parametrize("data", [
    b"", b"\n", b"{}", b"[]\n", b"null\n", b'{"schema":"readiness/lock@1"}\n', b"\xff\xfe", b"[" * 100_000, b"NaN\n",
    b'{"schema":"readiness/lock@2","entries":0,"head":""}\n', b'{"schema":"readiness/lock@1","entries":true,"head":""}\n',
    text_of() + b"[" * 100_000 + b"\n", text_of(*THREE) + b"\n", b"\xef\xbb\xbf" + text_of(*THREE),
    text_of(*THREE).replace(b"\n", b"\r\n"), b"<<<<<<< HEAD\n" + text_of(*THREE),
    text_of(*THREE).replace(b'"size":3', b'"size":3.0'), text_of(*THREE).replace(b'"size":3', b'"size":3,"size":4'),
    text_of(recorded(files=())), text_of(recorded(files=(LockedFile("other", "a" * 64, 1),))),
    text_of(recorded(files=(LockedFile("e/a.json", "A" * 64, 1),))), text_of(recorded(candidate="HEAD")),
    text_of(forgotten(reason="")),
])  # fmt: skip
def test_what_is_no_ledger_is_refused(data: bytes) -> None:
    with pytest.raises(Corrupt):
        parse(data)


def test_the_messages() -> None:
    def message(data: bytes) -> str:
        with pytest.raises(Corrupt) as caught:
            parse(data)
        return f"{caught.value.line}: {caught.value.message}"

    data = text_of(*THREE)
    lines = data.splitlines(keepends=True)
    assert [
        message(data.replace(b'"size":3', b'"size":4', 1)),
        message(b"".join(lines[:-1])),
        message(b"".join([lines[0], lines[2], lines[1], lines[3]])),
        message(b"<<<<<<< ours\n" + data),
        message(b"hello\n"),
        message(data.replace(b"lock@1", b"lock@2")),
    ] == snapshot([
        "2: this entry was changed, moved, added or taken out by hand",
        "1: its first line says 3 entries, and it has 2: it was cut off or added to",
        "2: this entry was changed, moved, added or taken out by hand",
        "0: it holds the marks of a merge conflict",
        "1: its first line is not that of a ledger",
        "1: it is not of the version readiness/lock@1",
    ])  # fmt: skip


def test_a_later_entry_adds_links_and_the_date_that_was_missing_but_no_other_date() -> None:
    later = MADE + timedelta(days=9)
    first = recorded(made=None)
    ledger = Ledger([first, recorded(made=MADE, sources=("path x",)), recorded(made=later)])
    (held,) = ledger.held.values()
    assert (held.entry.produced, held.entry.sources, held.number) == (MADE, ("path x", "slot numbers"), 1)


def test_other_content_at_the_same_path_is_another_piece_and_both_are_held() -> None:
    ledger = Ledger([recorded(), recorded(digest="b")])
    assert len(ledger.at("e/a.json")) == 2
    assert [h.entry.files[0].sha256[0] for h in Ledger([*ledger.entries, forgotten()]).at("e/a.json")] == ["b"]


def test_what_is_forgotten_stays_in_the_ledger_and_can_be_recorded_again() -> None:
    ledger = Ledger([recorded(), forgotten(), recorded(on=DAY + timedelta(days=1))])
    assert [lost.forgotten.reason for lost in ledger.lost] == ["warm-up"]
    assert [held.number for held in ledger.held.values()] == [3]


@given(_entries, _entries)
def test_two_sides_of_a_merge_keep_all_that_either_has(ours: list[Entry], theirs: list[Entry]) -> None:
    joined = Ledger(ours).also(theirs)
    assert set(joined.entries) == {*ours, *theirs}
    assert parse(dump(joined).encode()).entries == joined.entries
