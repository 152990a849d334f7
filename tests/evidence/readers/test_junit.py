"""JUnit XML: what is counted, and every way in which a file can look greener than it is."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.junit import READER, read, sniff
from readiness.model.fact import Fact, Problem, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "junit"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
BAD = {
    "all-skipped": ("inconclusive", "all-skipped", "all-skipped.xml:1 testsuites"),
    "another-root": ("invalid", "wrong-kind", "another-root.xml:1"),
    "case-outside-a-suite": ("invalid", "nesting", "case-outside-a-suite.xml"),
    "cut-in-half": ("invalid", "not-xml", "cut-in-half.xml:1:439"),
    "duplicate-attribute": ("invalid", "not-xml", "duplicate-attribute.xml:8:29"),
    "entity-bomb": ("invalid", "unsafe-xml", "entity-bomb.xml"),
    "external-entity": ("invalid", "unsafe-xml", "external-entity.xml"),
    "failure-cut-out": ("invalid", "contradiction", "failure-cut-out.xml:2 testsuites"),
    "fewer-declared-than-counted": (
        "invalid", "contradiction",
        "fewer-declared-than-counted.xml:8 testsuite[0]/testsuite[1]",
    ),
    "more-declared-than-counted": (
        "invalid", "contradiction",
        "more-declared-than-counted.xml:8 testsuite[0]/testsuite[1]",
    ),
    "not-a-count": ("invalid", "count", "not-a-count.xml:8 testsuite[0]/testsuite[1]"),
    "skip-cut-out": ("invalid", "contradiction", "skip-cut-out.xml:2 testsuite[0]"),
    "suite-error": ("inconclusive", "suite-error", "suite-error.xml:8 testsuite[0]/testsuite[1]"),
    "utf-16": ("invalid", "not-utf8", "utf-16.xml"),
    "zero-bytes": ("invalid", "empty", "zero-bytes.xml"),
    "zero-tests": ("inconclusive", "no-tests", "zero-tests.xml:1 testsuites"),
}  # fmt: skip


def load(path: Path) -> Reading:
    return read(Source(path.name, path.read_bytes()))


def problems(path: Path) -> tuple[Problem, ...]:
    try:
        return load(path).problems
    except Unreadable as error:
        return (error.problem,)


def parse(text: str) -> Reading:
    return read(Source("t.xml", text.encode()))


def suite(cases: str, attributes: str = "") -> Reading:
    return parse(f'<testsuite name="s" {attributes}>\n{cases}\n</testsuite>')


def values(reading: Reading, **labels: str) -> dict[str, Value]:
    def own(fact: Fact) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in fact.labels if pair[0] != "name")

    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if own(fact) == wanted}


def test_a_case_is_also_known_by_its_bare_name() -> None:
    reading = suite('<testcase classname="tests.test_cache.TestKeys" name="test_locale"/>')
    (case,) = (fact for fact in reading.facts if fact.metric == "case")
    assert case.labels == (("case", "tests.test_cache.TestKeys.test_locale"), ("name", "test_locale"))


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


@pytest.mark.parametrize("path", sorted((SAMPLES / "ok").iterdir()), ids=lambda p: p.stem)
def test_ok_sample_has_no_fault_and_counts_by_pattern(path: Path) -> None:
    reading = load(path)
    assert [p for p in reading.problems if p.kind != "warning"] == []
    text = re.sub(r"<!--.*?-->", "", path.read_text())
    names = re.findall(r"<testcase\b[^>]*>", text)
    unique = {
        tuple(re.search(rf' {a}="([^"]*)"', tag)[1] for a in ("classname", "name"))  # type: ignore[index]
        for tag in names
    }
    got = values(reading)
    assert got["cases"] == len(unique)
    assert float(got["passed"]) + float(got["failed"]) + float(got["skipped"]) == got["cases"]
    assert sniff(path.read_bytes()[:65536]) == 90


@pytest.mark.parametrize("path", sorted((SAMPLES / "broken").iterdir()), ids=lambda p: p.stem)
def test_broken_sample_is_never_a_pass(path: Path) -> None:
    first = next(p for p in problems(path) if p.kind != "warning")
    assert (first.kind, first.code, str(first.at)) == BAD[path.stem]


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in (SAMPLES / "broken").iterdir()} == set(BAD)


def test_message_of_a_contradiction_names_both_counts() -> None:
    (problem,) = problems(SAMPLES / "broken" / "more-declared-than-counted.xml")
    assert problem.message == "the suite declares 27 tests, counted are 2 testcases"


def test_pytest_counts_outcomes_and_classes() -> None:
    reading = load(SAMPLES / "ok" / "pytest.xml")
    # what pytest printed: 5 passed, 1 skipped, 1 xfailed
    expected = {"cases": 7, "passed": 5, "skipped": 2, "failed": 0, "flaky": 0, "pass_rate": 1.0}
    assert expected.items() <= values(reading).items()
    assert expected.items() <= values(reading, suite="pytest").items()
    assert values(reading, suite="test_fallback")["cases"] == 6
    assert values(reading, suite="test_fallback.TestRetry")["passed"] == 1
    assert values(reading, case="test_fallback.test_breaker_opens") == {"case": "passed"}
    assert values(reading, case="test_fallback.test_region") == {"case": "skipped"}
    rate = next(f for f in reading.facts if f.metric == "pass_rate")
    assert (rate.samples, rate.unit, rate.origin) == (5, "ratio", "derived")


def test_xfail_is_counted_as_skipped() -> None:
    reading = load(SAMPLES / "ok" / "pytest.xml")
    assert values(reading, case="test_fallback.test_known") == {"case": "skipped"}


def test_error_in_setup_is_failed() -> None:
    reading = load(SAMPLES / "ok" / "pytest-mixed.xml")
    assert values(reading)["failed"] == 2
    assert values(reading, case="test_sample.test_err") == {"case": "error"}


@pytest.mark.parametrize("name", ["pytest-7", "pytest-subtests-and-teardown"])
def test_teardown_errors_and_subtests_of_pytest_are_no_false_alarm(name: str) -> None:
    reading = load(SAMPLES / "ok" / f"{name}.xml")
    assert {p.kind for p in reading.problems} == {"warning"}
    assert "subtests" in codes(reading)
    assert values(reading, case="test_a.test_pass_td") == {"case": "error"}
    assert values(reading, case="test_a.test_fail_td") == {"case": "failed"}


def test_failure_removed_from_a_pytest_file_is_a_contradiction() -> None:
    text = (SAMPLES / "ok" / "pytest-mixed.xml").read_text()
    reading = parse(re.sub(r"<failure.*?</failure>", "", text, flags=re.DOTALL))
    assert "contradiction" in codes(reading)


def test_nested_suites_count_once() -> None:
    reading = load(SAMPLES / "ok" / "nested.xml")
    assert values(reading)["cases"] == 4
    assert values(reading, suite="gateway")["cases"] == 4
    assert values(reading, suite="breaker")["failed"] == 1
    assert values(reading, suite="retry")["pass_rate"] == 1.0
    closes = next(f for f in reading.facts if ("case", "Breaker.closes") in f.labels)
    assert str(closes.at) == "nested.xml:6 testsuite[0]/testsuite[0]/testcase[1]"
    budget = next(f for f in reading.facts if ("case", "Retry.budget") in f.labels)
    assert budget.at.line == 10, "a testcase in a comment moves no line"


def test_parent_may_declare_only_its_own_cases() -> None:
    inner = '<testsuite name="i" tests="1"><testcase name="b"/></testsuite>'
    assert codes(suite(f'<testcase name="a"/>{inner}', 'tests="1"')) == []


def test_skips_is_read_like_skipped() -> None:
    assert codes(suite('<testcase name="a"/>', 'tests="1" skips="1"')) == ["contradiction"]


def test_surefire_flaky_failure_is_not_a_pass() -> None:
    reading = load(SAMPLES / "ok" / "surefire-reruns.xml")
    name = "org.example.FallbackTest"
    assert values(reading, case=f"{name}.opens") == {"case": "flaky"}
    assert values(reading, case=f"{name}.closes") == {"case": "failed"}
    assert (values(reading)["failed"], values(reading)["flaky"]) == (2, 1)
    assert values(reading)["duration"] == 1_234_500


def test_googletest_case_that_did_not_run_is_skipped() -> None:
    reading = load(SAMPLES / "ok" / "googletest.xml")
    assert values(reading, case="Breaker.DISABLED_Closes") == {"case": "skipped"}
    assert (values(reading)["passed"], values(reading)["skipped"]) == (1, 2)


@pytest.mark.parametrize(
    ("attempts", "outcome", "failed"),
    [
        ("<failure/>|", "flaky", 1),
        ("|<error/>", "flaky", 1),
        ("<failure/>|<error/>", "failed", 1),
        ("<error/>|<error/>", "error", 1),
        ("|<skipped/>", "skipped", None),
        ("|", "passed", 0),
    ],
)
def test_repeated_case_passes_only_if_every_attempt_does(
    attempts: str, outcome: str, failed: int | None
) -> None:
    cases = [f'<testcase classname="c" name="a">{a}</testcase>' for a in attempts.split("|")]
    reading = suite("\n".join(cases), 'tests="2"')
    assert values(reading, case="c.a") == {"case": outcome}
    assert values(reading).get("failed") == failed
    assert values(reading)["cases"] == 1


def test_same_case_in_two_suites_is_flaky_by_name() -> None:
    one = '<testsuite name="py{}"><testcase classname="c" name="a">{}</testcase></testsuite>'
    reading = parse(f"<testsuites>{one.format(1, '')}{one.format(2, '<failure/>')}</testsuites>")
    assert values(reading)["cases"] == 2
    assert values(reading, case="c.a") == {"case": "flaky"}


def test_unknown_status_is_an_error() -> None:
    assert values(suite('<testcase name="a" status="aborted"/>'), case="a") == {"case": "error"}


def test_suite_in_which_nothing_ran_has_no_failed() -> None:
    ran = '<testsuite name="ran"><testcase name="a"/></testsuite>'
    skipped = '<testsuite name="not"><testcase name="b"><skipped/></testcase></testsuite>'
    reading = parse(f"<testsuites>{ran}{skipped}</testsuites>")
    assert {"failed", "pass_rate"} & values(reading, suite="not").keys() == set()
    assert values(reading, suite="ran")["failed"] == 0


@pytest.mark.parametrize("time", ["-1", "nan", "inf", "0,5", "x", "1e308"])
def test_time_that_is_none_gives_no_duration(time: str) -> None:
    assert "duration" not in values(suite('<testcase name="a"/>', f'time="{time}"'))


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        parse('<testsuite name="s">' * 300 + "</testsuite>" * 300)
    assert caught.value.problem.code == "too-deep"


def test_produced_is_the_latest_end_with_its_offset() -> None:
    reading = load(SAMPLES / "ok" / "nested.xml")
    zone = timezone(timedelta(hours=1))
    assert reading.produced == datetime(2026, 11, 20, 8, 0, 3, 500_000, zone)
    assert str(reading.produced_where) == "nested.xml:2 testsuites"
    assert codes(reading) == []


def test_time_without_an_offset_is_utc_with_a_warning() -> None:
    reading = load(SAMPLES / "ok" / "googletest.xml")
    assert reading.produced == datetime(2026, 11, 20, 8, 0, 0, 12_000, UTC)
    assert codes(reading) == ["naive-time"]


def test_sniff_needs_a_second_mark() -> None:
    assert sniff(b"<testsuites/>") == 0
    assert sniff(b'<testsuite name="a">') == 0
    assert sniff(b"<!-- <testsuite tests='1'> --><coverage>") == 0
    assert sniff(b'<testsuite tests="1">') == 90


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    known = {p for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])}
    folders = {str(p.parent.relative_to(SHARED)) for p in known}
    assert folders == {"produced/junit", "real/security/junit", "loadtest/produced/taurus"}
    assert {p.suffix for p in known} == {".xml"}
    assert not any(p.name == "coverage.xml" for p in known)


REAL = {
    "TEST-action.surefire.report.calc.StringUtilsTest.xml": (5, 2, []),
    "flaky_all_failures.xml": (1, 1, []),
    "multi-level.xml": (3, 0, ["contradiction", "contradiction", "naive-time"]),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "security" / "junit" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    reading = load(path)
    got = values(reading)
    assert (got["cases"], got["failed"], codes(reading)) == REAL[name]


def test_reader_names_every_metric_it_gives() -> None:
    given = {f.metric for p in (SAMPLES / "ok").iterdir() for f in load(p).facts}
    assert given == {metric.name for metric in READER.metrics}
