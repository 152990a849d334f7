"""A log of Inspect from either of its forms: one JSON document, or the members of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.inspect_ai.archive import Archive
from readiness.evidence.structured import JsonDocument

if TYPE_CHECKING:
    from readiness.errors import Location

Steps = tuple[str | int, ...]
_HEADER, _SUMMARIES, _START = "header.json", "summaries.json", "_journal/start.json"


class Log:
    """The parts of a log.

    Attributes:
        finished: whether the log has its header, which is written when the run ends.
        samples: every sample, or its summary.
    """

    def __init__(self, source: Source) -> None:
        """Read a log.

        Raises:
            Unreadable: it is none.
        """
        self.finished = True
        self._source = source
        self._member = self._samples_in = ""
        if source.data.startswith(b"PK"):
            archive = Archive(source)
            names = archive.names()
            self._member = next((n for n in (_HEADER, _START) if n in names), "")
            if not self._member:
                raise self._none()
            self.finished = self._member == _HEADER
            self._document = JsonDocument(archive.read(self._member))
            listed = None
            if _SUMMARIES in names:
                self._samples_in = _SUMMARIES
                listed = JsonDocument(archive.read(_SUMMARIES)).value
        else:
            self._document = JsonDocument(source)
            listed = self.get("samples")
        if not isinstance(self._document.value, dict) or not isinstance(self.get("eval"), dict):
            raise self._none()
        if listed is not None and not isinstance(listed, list):
            raise Unreadable("malformed", "the samples are no list", self.at("samples"), _KEEP)
        self.samples: list[Any] = listed or []

    def get(self, *steps: str | int) -> Any:
        """Return the value at a path, or None."""
        return self._document.get(*steps)

    def at(self, *steps: str | int) -> Location:
        """Return the place of a value; in an archive the pointer begins with the member's name."""
        if not self._member:
            return self._document.at(*steps)
        return self._source.at(pointer=f"{self._member}#{self._document.at(*steps).pointer}")

    @property
    def at_samples(self) -> Location:
        """The place of all samples."""
        if self._samples_in:
            return self._source.at(pointer=f"{self._samples_in}#")
        return self.at("samples")

    def at_sample(self, index: int) -> Location:
        """Return the place of a sample."""
        if self._samples_in:
            return self._source.at(pointer=f"{self._samples_in}#/{index}")
        return self.at("samples", index)

    def _none(self) -> Unreadable:
        message, help_ = "this is no log of Inspect", "give the file that `inspect eval` wrote"
        return Unreadable("wrong-kind", message, self._source.at(), help_)


_KEEP = "keep the log as Inspect wrote it"
