"""What a report of Vegeta says against itself, and what a reader of its numbers should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.model.fact import Problem
from readiness.model.text import plural
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.vegeta.report import Attack

_SAME = 0.01  # newer versions round a duration of minutes to a second
_CENT = 0.005  # the text has two decimals
_KEPT = 0.9  # of the time, in which requests were sent
_LONG = 1000  # ms that a last answer may take
_OLDER = (200, 300)  # what versions before 7 counted as success
SUCCESS = (200, 400)


def succeeded(attack: Attack, span: tuple[int, int] = SUCCESS) -> int:
    """Return how many requests were answered with a status code of success."""
    return sum(n for code, n in attack.codes.items() if span[0] <= int(code) < span[1])


def good(attack: Attack) -> int:
    """Return how many requests succeeded, as the version that wrote the report counts it."""
    stated = attack.success.value * attack.requests.value if attack.success else 0
    slack = attack.exact * attack.requests.value + 0.5
    found, older = succeeded(attack), succeeded(attack, _OLDER)
    return older if abs(stated - older) <= slack < abs(stated - found) else found


def contradictions(attack: Attack) -> Iterator[Problem]:
    """Yield what the rest of the report contradicts."""
    sent, listed = attack.requests.value, sum(attack.codes.values())
    if listed != sent:
        message = f"{sent:,.0f} requests were made, the status codes add up to {listed:,}"
        yield contradiction(message, attack.codes_at)
    elif attack.success and abs(attack.success.value - good(attack) / sent) > attack.exact:
        message = f"{attack.success.value:.2%} succeeded, the status codes say"
        yield contradiction(f"{message} {good(attack) / sent:.2%}", attack.success.at)
    yield from _paces(attack)
    both = attack.sending.value + attack.waiting.value
    if attack.lasting and abs(attack.lasting.value - both) > _SAME * both + 1e-3:
        message = f"the attack and the wait make {both / 1000:,.3f} s"
        message += f", the total is {attack.lasting.value / 1000:,.3f} s"
        yield contradiction(message, attack.lasting.at)
    mean, total = attack.times.get("mean"), attack.total
    if total and mean and sent and abs(total.value / sent - mean.value) > _SAME * mean.value:
        message = (
            f"the mean is {digits(mean.value)} ms, the total makes {digits(total.value / sent)} ms"
        )
        yield contradiction(message, mean.at)


def _paces(attack: Attack) -> Iterator[Problem]:
    """Compare the rates with what they count."""
    sending = attack.sending.value / 1000
    lasting = sending + attack.waiting.value / 1000
    for stated, seconds, number, what in (
        (attack.rate, sending, attack.requests.value, "requests"),
        (attack.throughput, lasting, good(attack), "successes"),
    ):
        if stated is None or not seconds:
            continue
        product = stated.value * seconds
        if abs(product - number) > _SAME * number + _CENT * seconds + 1:
            message = (
                f"{digits(stated.value)} {what} per second make {product:,.0f} in {seconds:,.3f} s"
            )
            yield contradiction(f"{message}, not {number:,.0f}", stated.at)


def warnings(attack: Attack) -> Iterator[Problem]:
    """Yield what a reader of the numbers should know."""
    failed = int(attack.requests.value) - good(attack)
    if failed and good(attack):
        message = f"the times are also those of {plural(failed, 'failed request')}"
        silent = attack.codes.get("0")
        message += f", {silent:,} of them without an answer" if silent else ""
        help_ = "the results themselves tell the two apart: link them, or `vegeta encode` of them"
        yield Problem("warning", "failed-fast", message, attack.codes_at, help_)
    redirects = good(attack) - succeeded(attack, _OLDER)
    if redirects > 0:
        message = f"{plural(redirects, 'redirect')} (3xx) counted as success"
        help_ = "attack the address that they lead to"
        yield Problem("warning", "redirects", message, attack.codes_at, help_)
    sending, waiting = attack.sending.value, attack.waiting.value
    if waiting > max(_LONG, (1 - _KEPT) * (sending + waiting)):
        message = f"requests were sent for {sending / 1000:,.3f} s, the last answer came"
        message += f" {waiting / 1000:,.3f} s later: the service fell behind"
        help_ = "`rate` counts the wait, `rate.sent` does not"
        yield Problem("warning", "behind", message, attack.waiting.at, help_)
