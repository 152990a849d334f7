"""Reads the elements of a JTL in XML as they come, with bounded memory: no tree, DTD or entity."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest.numbers import parse_count
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.reader import Source
    from readiness.model.load import Labels

_ROOT = "testResults"
_HTTP = "httpSample"
_SAMPLES = ("sample", _HTTP)
_TRANSACTION = "Number of samples in transaction"
_VERDICTS = ("true", "false")
_BAD_CODE = 400
_ENDED = ("no element found", "unclosed token")  # as expat says it
_SHORT = 15  # digits
_EPOCH = (1_000_000_000_000, 10_000_000_000_000)  # milliseconds, the years 2001 to 2286
_NO_ANSWER = "Non HTTP response code"
_MOST_LABELS = 10_000
_KINDS = 100  # names of other elements that are kept
_LONGEST = 1 << 24  # bytes of a tag with its attributes
_SAVED = "JMeter writes it by default: jmeter.save.saveservice.* decides"
_HINT = "keep the file as JMeter wrote it; was it cut off, edited, or were two joined?"


class Samples:
    """Takes the elements of one JTL: counts the samples that stand right below the root.

    Attributes:
        requests: top-level samples but those of transactions without samples of their own.
        transactions: those, which count what stands beside them again.
        nesting: top-level transactions that hold their samples.
        nested: samples inside of others: of a transaction, redirects, resources of a page.
        passed_codes: requests with a code of 400 or more, or no answer, that passed.
        coded: number of passed requests by their label and by whether they have a code.
        size: bytes received, None if a sample does not say.
        last: the newest end of a sample in ms since 1970.
        others: top-level elements that are no samples, by name.
        messages: whether samples have a message, which tells transactions.
        untyped: samples before it that may be transactions: no requests of HTTP, and no type.
        first_untyped: the line of the first of them.
    """

    def __init__(self, source: Source) -> None:
        self.requests, self.transactions = Tally(), Tally()
        self.counted = [0, 0]  # requests, transactions
        self.nesting = self.nested = self.passed_codes = self.last = 0
        self.coded: Counter[tuple[object, bool]] = Counter()
        self.size: int | None = 0
        self.others: dict[str, int] = {}
        self.messages = False
        self.untyped = self.first_untyped = 0
        self._source = source
        self._parser: Any = None
        self._depth = 0
        self._skipped = 0  # lines before the first element
        self._line = 0  # of the sample that is open
        self._open: dict[str, str] | None = None
        self._http = False
        self._inner = 0
        self._timed: bool | None = None

    def read(self) -> None:
        """Count all samples.

        Raises:
            Unreadable: not well-formed, with a DTD, cut off, or with a sample that is not whole.
        """
        from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - costs start-up time

        from defusedxml import DefusedXmlException  # noqa: PLC0415
        from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415

        parser = DefusedXMLParser(target=self, forbid_dtd=True)
        self._parser = expat = parser.parser
        expat.ordered_attributes = False
        expat.StartElementHandler, expat.EndElementHandler = self._begin, self._end
        expat.CharacterDataHandler = expat.DefaultHandlerExpand = None
        try:
            fed = 0
            for piece in self._source.chunks():
                part = piece if fed else piece.lstrip()  # some write an empty line first
                self._skipped += piece.count(b"\n", 0, len(piece) - len(part))
                parser.feed(part)
                fed += len(part)
                if fed - expat.CurrentByteIndex > _LONGEST:
                    raise self._wrong("long-token", "an element that does not end", 0)
            parser.close()
        except ParseError as error:
            raise self._malformed(*error.position, str(error)) from None
        except (DefusedXmlException, ValueError, LookupError) as error:
            message, at = f"refused: {type(error).__name__}", self._source.at()
            help_ = "evidence needs no DTD, entity or unusual encoding"
            raise Unreadable("unsafe-xml", message, at, help_) from None

    def _malformed(self, line: int, column: int, message: str) -> Unreadable:
        what = message.partition(":")[0].removeprefix("not well-formed ")
        at = self._source.at(line + self._skipped, column + 1)
        if what in _ENDED:
            return Unreadable("cut-off", f"the XML ends in the middle: {what}", at, _HINT)
        return Unreadable("not-xml", f"not well-formed XML: {what}", at, _HINT)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and tag != _ROOT:
            raise self._wrong("wrong-root", f"the root is `{tag[:40]}`, not `{_ROOT}`", 1)
        if self._depth == 2:  # noqa: PLR2004 - right below the root
            if tag in _SAMPLES:
                self._open, self._inner, self._http = attributes, 0, tag == _HTTP
                self._line = self._parser.CurrentLineNumber + self._skipped
            elif tag in self.others or len(self.others) < _KINDS:
                self.others[tag] = self.others.get(tag, 0) + 1
        elif self._open is not None and tag in _SAMPLES:
            self._inner += 1

    def _end(self, _tag: str) -> None:
        self._depth -= 1
        if self._depth == 1 and self._open is not None:
            self._count(self._open)
            self._open = None

    def _count(self, sample: dict[str, str]) -> None:
        elapsed = self._number(sample, "t")
        if elapsed is None:
            raise self._wrong("wrong-shape", "a sample has no time `t`", self._line, _SAVED)
        verdict = sample.get("s")
        if verdict not in _VERDICTS:
            what = "does not say" if verdict is None else f"says `{verdict[:20]}`"
            message = f"a sample {what} whether it succeeded (`s`)"
            raise self._wrong("wrong-shape", message, self._line, _SAVED)
        if (self._number(sample, "sc") or 1) > 1:
            help_ = "save each sample: mode Standard, without sample_count"
            raise self._wrong("sums", "an element that sums up several samples", self._line, help_)
        start = self._start(sample, elapsed)
        transaction = sample.get("rm", "").startswith(_TRANSACTION)
        flat = transaction and not self._inner
        self.nested += self._inner
        self.nesting += transaction and not flat
        seconds = None if start is None else start / 1000
        label, tally = sample.get("lb"), self.transactions if flat else self.requests
        kind = "transaction" if flat else "endpoint"
        labels: Labels = ((kind, label),) if label is not None else ()
        tally.add(seconds, elapsed, verdict == "true", labels)
        self.counted[flat] += 1
        if not self.messages:
            self._without_message(sample)
        if (users := self._number(sample, "na")) is not None and seconds is not None:
            tally.users(seconds, users)
        if not flat:
            self._more(sample, passed=verdict == "true")

    def _without_message(self, sample: dict[str, str]) -> None:
        self.messages = "rm" in sample
        if not (self.messages or self._http or self._inner or sample.get("dt")):
            self.first_untyped = self.first_untyped or self._line
            self.untyped += 1

    def _start(self, sample: dict[str, str], elapsed: int) -> int | None:
        """Return when a sample began, in ms; all samples of a file say so, or none does."""
        start = self._number(sample, "ts")
        if self._timed is None:
            self._timed = start is not None
        if self._timed != (start is not None):
            raise self._wrong(
                "wrong-shape", "only some samples have a time stamp (`ts`)", self._line
            )
        if start is not None:
            if not _EPOCH[0] <= start < _EPOCH[1]:
                message = f"`ts` is {start}, no time in ms since 1970"
                raise self._wrong("number", message, self._line)
            self.last = max(self.last, start + elapsed)
        return start

    def _more(self, sample: dict[str, str], *, passed: bool) -> None:
        size = self._number(sample, "by")
        self.size = None if size is None or self.size is None else self.size + size
        code = sample.get("rc", "")
        bad = len(code) == 3 and code.isdecimal() and int(code) >= _BAD_CODE  # noqa: PLR2004
        self.passed_codes += passed and (bad or code.startswith(_NO_ANSWER))
        key = sample.get("lb"), bool(code)
        if passed and (key in self.coded or len(self.coded) < _MOST_LABELS):
            self.coded[key] += 1

    def _number(self, sample: dict[str, str], name: str) -> int | None:
        text = sample.get(name)
        if text is None:
            return None
        if len(text) < _SHORT and text.isascii() and text.isdigit():
            return int(text)  # the usual case, without making a place for each
        return parse_count(text, self._source.at(self._line, pointer=name), f"`{name}`")

    def _wrong(self, code: str, message: str, line: int, help: str = _HINT) -> Unreadable:
        at: Location = self._source.at(line)
        return Unreadable(code, message, at, help)
