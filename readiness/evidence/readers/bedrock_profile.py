"""What `aws bedrock get-inference-profile` says: the regions a profile reaches, and its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Settings, labels, wrong_kind
from readiness.model.fact import Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

# arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-…
_ARN = pattern(r"arn:aws[\w-]*:bedrock:([\w-]*):[0-9]*:([\w-]+)/(.+)")
_GROUP = pattern(r"^(?:us|eu|apac|jp|au|ca|us-gov|global)\.")


def sniff(head: bytes) -> int:
    """Return 90 for JSON with the ARN of an inference profile and those of its models."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return 0
    own = b'"inferenceProfileArn"' in head and b'"modelArn"' in head
    return 90 if own or b'"inferenceProfileSummaries"' in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the answer of get-inference-profile, or of list-inference-profiles.

    Raises:
        Unreadable: no JSON, or of another kind.
    """
    root = read_documents(source)[0]
    listed = isinstance(root.value, dict) and root["inferenceProfileSummaries"]
    profiles = list(root["inferenceProfileSummaries"].list()) if listed else [root]
    settings = Settings()
    for profile in profiles:
        if not isinstance(profile.value, dict) or not profile["inferenceProfileArn"].text:
            message = "this is no inference profile: there is no `inferenceProfileArn`"
            help_ = "aws bedrock get-inference-profile --inference-profile-identifier ID"
            raise wrong_kind(message, profile.at, help_)
        _profile(settings, profile)
    return settings.reading(root.at, "there is no profile in this file")


def _profile(settings: Settings, profile: Part) -> None:
    arn = _ARN.fullmatch(profile["inferenceProfileArn"].text)
    name = profile["inferenceProfileId"].text or (arn[3] if arn else "")
    if arn is None or not name:
        message = f"`{profile['inferenceProfileArn'].text[:60]}` is no ARN of a profile"
        settings.wrong("malformed", message, profile["inferenceProfileArn"].at, "was it edited?")
        return
    names = labels(model=name)
    state = profile["status"]
    settings.put("profile.active", state.text == "ACTIVE", "", state.at, names)
    if state.text != "ACTIVE":
        text = f"the profile {name} is {state.text or 'without a status'}, not ACTIVE"
        problem = Problem("inconclusive", "not-active", text, state.at, "create it, or mend it")
        settings.problems.append(problem)
    settings.text("profile.type", profile["type"], names)
    settings.put("region.home", arn[1], "", profile["inferenceProfileArn"].at, names)
    _models(settings, profile["models"], name, arn[1])


def _models(settings: Settings, models: Part, name: str, home: str) -> None:
    """Add what stands behind a profile: regions, provider, and whether one may take over."""
    names = labels(model=name)
    found = [_ARN.fullmatch(entry["modelArn"].text) for entry in models.list()]
    if not found or None in found:
        message = f"the models of {name} are no ARNs" if found else f"{name} has no models"
        settings.wrong("malformed", message, models.at, "was the answer cut off?")
        return
    regions = sorted({arn[1] or "any" for arn in found if arn})
    providers = sorted({_GROUP.sub("", arn[3]).partition(".")[0] for arn in found if arn})
    settings.put("targets", len(regions), "", models.at, names, "derived")
    settings.put("region", ", ".join(regions), "", models.at, names)
    if not any(arn and arn[2].endswith("profile") for arn in found):
        settings.put("provider", ", ".join(providers), "", models.at, names)
    several = len(regions) > 1 or regions == ["any"]
    settings.put("fallback", several, "", models.at, names, "derived")
    if several:
        shared = f"region {home}, provider {', '.join(providers)}"
        settings.put("fallback.shared", shared, "", models.at, names, "derived")


_MODEL = ("model",)
READER = Reader(
    id="bedrock-profile",
    title="Bedrock inference profile",
    summary="The regions that an inference profile of Amazon Bedrock reaches, and its state.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="json",
    metrics=(
        Metric("profile.active", "", "whether its status is ACTIVE", _MODEL),
        Metric("profile.type", "", "SYSTEM_DEFINED or APPLICATION", _MODEL),
        Metric("region", "", "regions whose models answer", _MODEL),
        Metric("region.home", "", "the region in which the profile is called", _MODEL),
        Metric("targets", "", "how many regions answer", _MODEL),
        Metric("provider", "", "who made the model", _MODEL),
        Metric("fallback", "", "whether more than one region answers", _MODEL),
        Metric("fallback.shared", "", "what all regions still need", _MODEL),
    ),
    produce="aws bedrock get-inference-profile --inference-profile-identifier ID > profile.json",
    source="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html",
    traps=(
        "A profile over several regions is called in one, and fails with it: `fallback.shared`.",
        "ACTIVE is the only status there is: it says that the profile exists, nothing of quota.",
        "An APPLICATION profile copies one model: often one region, and no fallback.",
        "A file of your own with profiles and model names is another kind, and is not read.",
    ),
)
