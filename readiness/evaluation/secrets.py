"""Find what looks like a secret in a line of text, so that no report repeats it.

In: a line. Out: the spans to leave out. Rather too many than too few: what is left out can still be
read where the finding says. The forms of keys are those their makers document; what has no form
is told by its name (`password`, `api_key`) or by its entropy (Shannon 1948).
"""

from __future__ import annotations

import math
import re
from collections import Counter

from readiness.patterns import pattern

Span = tuple[int, int]

_FORMS = pattern(
    r"""
    \b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|AROA)[A-Z0-9]{12,}   # AWS access key
    | \bgh[pousr]_[A-Za-z0-9]{16,} | \bgithub_pat_\w{16,}                  # GitHub
    | \bgl(?:pat|ptt|dt|rt|cbt|soat|agent|oas)-[\w-]{16,}                  # GitLab
    | \bxox[a-z]-[\w-]{8,} | \bxapp-[\w-]{8,}                              # Slack
    | hooks\.slack\.com/(?:services|workflows)/[\w/-]+
    | \bAIza[\w-]{30,} | \bya29\.[\w-]{16,}                                # Google
    | \b[sr]k[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9][\w-]{15,}         # payment and model APIs
    | \b(?:npm|hf|pypi|dop_v1|dapi|shpat|lin_api|glc)[-_]?[A-Za-z0-9]{28,} # registries and others
    | \beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?                               # JSON Web Token
    | -----BEGIN[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----.*                          # PEM on one line
    """,
    re.VERBOSE,
)
_SCHEME = pattern(r"\b(?:bearer|basic|negotiate)\s+([\w.~+/=:-]{6,})", re.IGNORECASE)
_USERINFO = pattern(r"://[^/\s:@'\"]{0,200}:([^@\s/'\"]{1,200})@")
_NAMES = (
    r"pass(?:word|wd|phrase)s?|pwd|secrets?|api[-_ .]?keys?|access[-_ .]?keys?|private[-_ .]?keys?|"
    r"secret[-_ .]?keys?|signing[-_ .]?keys?|encryption[-_ .]?keys?|account[-_ .]?keys?|"
    r"credentials?|authorization"
)
_DOUBTFUL = (
    r"(?:auth|access|refresh|id|bearer|session|csrf|xsrf|bot|api)?[-_ .]?token|(?:set-)?cookie"
)
_VALUE = (
    r"(?P<value>\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.|'')*'?|"
    r"(?:(?!&\w+=|,\s*[\"']?[\w.-]{1,60}[\"']?\s*[:=]|\s*[}\]]+\s*,?\s*$).)+)"
)
_IS = r"[\"']?\s*(?::=|=>|[:=])\s*"
_NAMED = pattern(
    rf"(?<![A-Za-z])(?:[\w.-]{{0,60}}[-_.])?"
    rf"(?:(?:{_NAMES})(?:[-_.][\w.-]{{0,60}})?|(?P<doubtful>{_DOUBTFUL})){_IS}{_VALUE}",
    re.IGNORECASE,
)
_CAMEL = pattern(
    r"\w{0,60}(?:Password|Passwd|Passphrase|Secret|ApiKey|AccessKey|PrivateKey|SecretKey|Token|"
    rf"Credential){_IS}{_VALUE}"
)
_FLAG = pattern(rf"--?(?:[\w-]{{0,40}}-)?(?:{_NAMES}|token)[ =]+(\S+)", re.IGNORECASE)
_ELEMENT = pattern(
    rf"<[\w:.-]{{0,60}}(?:{_NAMES}|token)[\w:.-]{{0,60}}(?:\s[^<>]{{0,400}})?>([^<]+)",
    re.IGNORECASE,
)
_OPEN = pattern(
    rf"(?:{_NAMES}|{_DOUBTFUL})[\"']?\s*[:=]\s*[|>]?[+-]?\d?\s*$|"
    rf"<[\w:.-]{{0,60}}(?:{_NAMES}|token)[\w:.-]{{0,60}}[^<>]{{0,400}}>\s*$",
    re.IGNORECASE,
)
_LONG = pattern(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = pattern(r"[0-9a-fA-F]{32,}")
_DIGEST = pattern(
    r"(?:sha-?\d*|md5|digest|hash|checksum|commit|revision|\brev|\bref|etag|fingerprint|integrity|"
    r"trace|span|request|build|image|uuid|guid|\bid)\w*[\"']?\s*[:=@-]?\s*[\"']?(?:sha\d+[-:])?$",
    re.IGNORECASE,
)
_UUID = pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLAIN = pattern(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?|true|false|null|none|nil|yes|no", re.IGNORECASE)
_BITS = 4.0  # per character; words joined by signs have less, base64 of random bytes more
_HEX_BITS = 3.0
_LEAST = 3  # capitals, small letters and digits each
_BEFORE = 40


def secrets_in(line: str) -> list[Span]:
    """Return the spans of what looks like a secret, in order, none touching another."""
    found = [match.span() for match in _FORMS.finditer(line)]
    found += [match.span(1) for match in _SCHEME.finditer(line)]
    found += [match.span(1) for match in _USERINFO.finditer(line)]
    found += [match.span(1) for match in _FLAG.finditer(line)]
    found += [match.span(1) for match in _ELEMENT.finditer(line)]
    found += [match.span("value") for match in _CAMEL.finditer(line) if not _plain(match["value"])]
    found += [
        match.span("value")
        for match in _NAMED.finditer(line)
        if not (match["doubtful"] and _plain(match["value"]))
    ]
    found += [match.span() for match in _LONG.finditer(line) if _random(line, match)]
    return _joined(found)


def opens_secret(line: str) -> bool:
    """Whether a line ends where a secret begins, as `password: |` does."""
    return _OPEN.search(line) is not None


def _plain(value: str) -> bool:
    """Whether a value is a number or a truth value, as in `max_token: 512`."""
    return _PLAIN.fullmatch(value.strip("\"'")) is not None


def _random(line: str, match: re.Match[str]) -> bool:
    """Whether a long word looks drawn by lot; what is named a digest or an id does not count."""
    word = match[0]
    if _UUID.fullmatch(word):
        return False
    if _HEX.fullmatch(word):
        named = _DIGEST.search(line[max(0, match.start() - _BEFORE) : match.start()])
        return named is None and _entropy(word) >= _HEX_BITS
    kinds = (str.isupper, str.islower, str.isdigit)
    mixed = all(sum(map(kind, word)) >= _LEAST for kind in kinds)
    return mixed and _entropy(word) >= _BITS and not _DIGEST.search(
        line[max(0, match.start() - _BEFORE) : match.start()]
    )  # fmt: skip


def _entropy(word: str) -> float:
    """Return the bits per character of a word's own frequencies."""
    counts = Counter(word).values()
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
