"""A promptfoo result in (JSON of any version, or JSON Lines); cases, pass rates and prompts out.

The types are those of src/types/index.ts of https://github.com/promptfoo/promptfoo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.evals.cases import case_metrics
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_OF_ROW = (b'"promptIdx"', b'"gradingResult"', b'"namedScores"', b'"testCase"')
_OF_CONFIG = (b"\nprompts:", b"\ntests:", b"\nredteam:")
_AS = "promptfoo eval --no-cache --output results.json"


def sniff(head: bytes) -> int:
    """Return 90 for the marks of a result, less for a stub or a configuration, to refuse it."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        if sum(mark in head for mark in _OF_ROW) > 1:
            return 90
        stub = b'"results"' in head and b'"timestamp"' in head and b'"results":' in text[12:60]
        return 85 if b'"evalId"' in head or stub else 0
    lines = b"\n" + head
    asks = b"\nproviders:" in lines or b"\ntargets:" in lines
    return 60 if asks and any(mark in lines for mark in _OF_CONFIG) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a result.

    Raises:
        Unreadable: a configuration, or no result of promptfoo.
    """
    from readiness.evidence.readers.promptfoo import facts  # noqa: PLC0415 - keeps start-up quick

    return facts.read(source)


_COLUMN = ("model", "prompt")
READER = Reader(
    id="promptfoo",
    title="promptfoo result",
    summary="Which cases of an evaluation passed, by prompt, model, locale and intent.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        *case_metrics(),
        Metric("eval.model", "", "id of the provider that answered", _COLUMN),
        Metric("eval.prompt_sha256", "", "of the prompt's text, normalised", _COLUMN),
        Metric("eval.parameters", "", "`config` of the provider, as sorted JSON", _COLUMN),
        Metric("eval.cached", "ratio", "share of answers that came from promptfoo's cache"),
    ),
    produce=_AS,
    source="https://www.promptfoo.dev/docs/configuration/reference/ (EvaluateSummary)",
    traps=(
        "`id` of a prompt is the digest of its label: the text itself is digested here.",
        "`promptfooconfig.yaml` is what is to be run: it is no result and refused.",
        "A file with no results, as an aborted run leaves it: `no-cases`, never a pass.",
        "An error is no failure: it is counted apart, and still is a case that did not pass.",
        "A case without any assertion is a success for promptfoo: here nothing judged it.",
        "Answers from the cache were not asked again: their share is `eval.cached`.",
        "`echo` returns the prompt and is no model: inconclusive.",
        "Two prompts or models: no totals, for their average hides the worse; name one.",
        "JSON Lines have no text of the prompts, no totals and no time.",
        "Totals in `stats` or `prompts` that the rows contradict are invalid.",
    ),
)
