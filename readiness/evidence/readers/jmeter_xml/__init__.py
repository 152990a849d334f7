"""Reads JMeter's JTL files in XML into load facts recomputed from their samples.

Format: https://jmeter.apache.org/usermanual/listeners.html#xmlformat2.1
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import (
    codes_missing,
    common_problems,
    errors_passed,
    untold_transactions,
)
from readiness.evidence.loadtest.facts import SAMPLED, labelled_facts, load_facts, with_label
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.jmeter_xml.samples import Samples
    from readiness.model.checklist import FactMap
    from readiness.model.load import Load

_ROOT = pattern(rb"<testResults(?:\s+version\s*=\s*[\"'][0-9.]+[\"'])?\s*/?>")


def sniff(head: bytes) -> int:
    """Return 90 for XML whose root is `testResults`."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return 90 if start.startswith((b"<?xml", b"<testResults")) and _ROOT.search(start[:2048]) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Count every sample of a JTL, of any size.

    Raises:
        Unreadable: not well-formed, with a DTD, or with a sample that lacks what it must have.
    """
    from readiness.evidence.readers.jmeter_xml.samples import Samples  # noqa: PLC0415 - when used

    samples = Samples(source)
    samples.read()
    only = not samples.counted[0] and samples.counted[1]  # transactions are all there is
    load = (samples.transactions if only else samples.requests).load("closed")
    at = source.at(1, pointer="t")
    facts = load_facts(load, at)
    if not only and samples.counted[1]:
        facts += labelled_facts(samples.transactions.load("closed"), at)
    if samples.size is not None and samples.counted[0] and load.seconds:
        place = source.at(1, pointer="by")
        value = samples.size / load.seconds
        facts.append(Fact("throughput", value, "B/s", place, (), samples.counted[0], "derived"))
    problems = [*common_problems(facts, source.at(1)), *_warnings(samples, load, at)]
    problems += [*_unknown(samples, source.at(1)), *_untold(samples, source, load)]
    if not samples.last:
        return Reading(tuple(facts), tuple(problems), load=load)
    produced = datetime.fromtimestamp(samples.last / 1000, UTC)
    place = source.at(1, pointer="ts")
    return Reading(tuple(facts), tuple(problems), produced, place, load=load)


def _warnings(samples: Samples, load: Load, at: Location) -> Iterator[Problem]:
    requests, transactions = samples.counted
    help_ = "remove `Ignore status` from the assertions, or assert on the body"
    yield from errors_passed(samples.passed_codes, requests, at, help_, got="code")
    yield from codes_missing(samples.coded, requests, at)
    if samples.nesting or (transactions and not requests):
        number = samples.nesting or transactions
        message = f"{number:,} of {requests or transactions:,} samples are transactions of several"
        message += " requests: their times are sums, and their requests are not counted"
        help_ = "turn off `Generate parent sample` to measure requests"
        yield Problem("warning", "transactions", message, at, help_)
    if load.dropped:
        message = f"{load.dropped:,} labels and more are counted together as `(others)`"
        help_ = "name samplers without ids in them"
        yield Problem("warning", "many-endpoints", message, at, help_)


def _unknown(samples: Samples, at: Location) -> Iterator[Problem]:
    """Yield what stands where samples do and is none, as some plug-ins write."""
    if samples.others:
        number, name = sum(samples.others.values()), next(iter(samples.others))
        message = f"{number:,} elements such as `{name[:80]}` are no samples that can be read"
        help_ = "save results as CSV, which has one form for all samplers"
        yield Problem("inconclusive", "unknown-samples", message, at, help_)


def _untold(samples: Samples, source: Source, load: Load) -> Iterator[Problem]:
    if samples.untyped and not samples.messages:
        names = "samples", "type `dt`", "a message `rm`"
        first = source.at(samples.first_untyped, pointer="dt")
        total, labels = samples.counted[0], len(load.groups())
        yield from untold_transactions(
            samples.untyped, total, names, first, source.at(1), labels=labels
        )


READER = Reader(
    id="jmeter-xml",
    title="JMeter JTL (XML)",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *with_label(SAMPLED, "transaction"),
        Metric("throughput", "B/s", "bytes received per second over the whole test"),
    ),
    produce="jmeter -n -t plan.jmx -l results.jtl -Jjmeter.save.saveservice.output_format=xml",
    source="https://jmeter.apache.org/usermanual/listeners.html#xmlformat2.1",
    traps=(
        "A transaction beside its requests counts them again: label `transaction`, in no total.",
        "Without messages `rm`, a `sample` without a type may be one: `transactions-unknown`.",
        "If all may be, counts, rates and errors prove nothing, but for a single label.",
        "One that nests its requests (`Generate parent sample`) counts as one sample: a warning.",
        "Nested samples (redirects, resources of a page) are part of the sample they stand in.",
        "`t` is the full time of a response; `lt` is the time to its first byte.",
        "Samples with code 400 or more that a plan calls successes: `errors-passed`.",
        "Successes without a code, where others of their label have one: `codes-missing`.",
        "A file without its end, as of a killed run, is no XML and is refused.",
        "Thread groups wait for answers: while the service stalls nobody asks (closed loop).",
        "Elements that plug-ins write instead of samples are not read: `unknown-samples`.",
        "The dashboard's percentiles are those of its last 20,000 rows; these are of all.",
    ),
    streams=True,
    shape="xml",
    summary="every request of a JMeter run, recomputed: percentiles, errors, rate, by label",
)
