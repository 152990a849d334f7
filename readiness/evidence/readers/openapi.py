"""An OpenAPI 3 description in; operations and the fields of their requests and answers out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.contract_facts import accepts_nothing, contract_facts, contract_metrics
from readiness.evidence.documents import Part, is_template, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.contract import Steps
    from readiness.model.checklist import FactMap

_VERSION = pattern(rb"(?m)(?:^|[{,\s])[\"']?openapi[\"']?\s*:\s*[\"']?3\.[0-2]")
_PARTS = pattern(rb"(?m)(?:^|[{,\s])[\"']?(?:paths|components|webhooks)[\"']?\s*:")
_SWAGGER = pattern(rb"(?m)(?:^|[{,\s])[\"']?swagger[\"']?\s*:\s*[\"']?2\.0")
_SUPPORTED = pattern(r"3\.[0-2](\.\d{1,3})?")
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_JSON = pattern(r"application/(?:[\w.+-]+\+)?json|text/json|\*/\*|application/\*")


class Message(NamedTuple):
    """A request or an answer of an operation, with the place of its schema."""

    operation: str
    name: str
    steps: Steps


def sniff(head: bytes) -> int:
    """Return 90 for `openapi: 3.x` or `swagger: 2.0` with paths or components."""
    if not (b"openapi" in head or b"swagger" in head):
        return 0
    if b"\n```" in head or not _PARTS.search(head):
        return 0
    return 90 if _VERSION.search(head) or _SWAGGER.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a description.

    Raises:
        Unreadable: neither JSON nor YAML, of another kind or version, or malformed.
    """
    from readiness.evidence.contract import fields  # noqa: PLC0415 - start-up time

    root = read_documents(source)[0]
    if not isinstance(root.value, dict):
        raise Unreadable("wrong-kind", "this is no OpenAPI description", source.at(1), _GIVE)
    version = root["openapi"].text
    if not _SUPPORTED.fullmatch(version):
        swagger = root["swagger"].text
        shown = f"Swagger {swagger}" if swagger else f"`openapi: {version[:20]}`"
        message = f"this is {shown}, not OpenAPI 3.0 to 3.2"
        raise Unreadable("version", message, root["openapi"].at, "convert it to OpenAPI 3")

    def at(steps: Steps) -> Location:
        return root.get(*steps).at

    messages = list(_messages(root))
    facts = list(_identity(root))
    problems: list[Problem] = []
    for told in messages:
        found = fields(root.value, at, told.steps)
        names = (("message", told.name), ("operation", told.operation))
        facts += contract_facts(found, at, names)
        if told.name.startswith("answer 2") and accepts_nothing(found):
            text = f"{told.operation} asks nothing of its {told.name}: `{{}}` satisfies it"
            hint = "list under `required` what every answer has"
            problems.append(Problem("warning", "accepts-anything", text, at(told.steps), hint))
    if not any(told.name.startswith("answer 2") for told in messages):
        text = "no operation describes a JSON answer: there is no response contract"
        hint = "give `responses` a schema for application/json"
        problems.append(Problem("inconclusive", "no-answers", text, root["paths"].at, hint))
    return Reading(tuple(facts), tuple(problems))


def _identity(root: Part) -> Iterator[Fact]:
    from readiness.evidence.contract import digest  # noqa: PLC0415 - start-up time

    at = root["openapi"].at
    yield Fact("contract.sha256", digest(root.value), "", at, (), None, "derived")
    for metric, part in (
        ("contract.id", root.get("info", "title")),
        ("contract.version", root.get("info", "version")),
    ):
        if part.text and not is_template(part.text):
            yield Fact(metric, part.text[:300], "", part.at)
    count = sum(1 for _ in _operations(root))
    yield Fact("operations", count, "", root["paths"].at, (), None, "derived")


def _operations(root: Part) -> Iterator[tuple[str, Part]]:
    """Yield `POST /v1/chat` and its description."""
    for path, item in root["paths"].items():
        for method, operation in item.items():
            if method.lower() in _METHODS:
                yield f"{method.upper()} {path}", operation


def _messages(root: Part) -> Iterator[Message]:
    for name, operation in _operations(root):
        body = _followed(root, operation["requestBody"])
        yield from _contents(name, "request", body)
        for status, answer in operation["responses"].items():
            yield from _contents(name, f"answer {status}", _followed(root, answer))


def _contents(operation: str, name: str, body: Part) -> Iterator[Message]:
    kinds = [(kind, part) for kind, part in body["content"].items() if _JSON.match(kind)]
    for number, (kind, part) in enumerate(kinds):
        schema = part["schema"]
        if isinstance(schema.value, dict):
            shown = name if number == 0 else f"{name} {kind}"
            yield Message(operation, shown, schema.steps)


def _followed(root: Part, part: Part) -> Part:
    """Return what a reference to a shared body or answer leads to."""
    for _ in range(5):
        reference = part["$ref"].text if isinstance(part.value, dict) else ""
        if not reference.startswith("#/"):
            return part
        steps: list[Any] = [
            step.replace("~1", "/").replace("~0", "~") for step in reference[2:].split("/")
        ]
        part = root.get(*steps)
    return part


_GIVE = "give the description that the service publishes, such as /openapi.json"
READER = Reader(
    id="openapi",
    title="OpenAPI description",
    summary="Operations of an API, and the fields of their requests and answers.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="json",
    metrics=(
        Metric("contract.sha256", "", "digest of the content; layout and order do not count"),
        Metric("contract.id", "", "title of the API"),
        Metric("contract.version", "", "version of the API"),
        Metric("operations", "", "operations: a method and a path"),
        *contract_metrics(("message", "operation")),
    ),
    produce="curl -s http://localhost:8000/openapi.json -o openapi.json",
    source="https://spec.openapis.org/oas/v3.1.0.html",
    traps=(
        "Answers without `required` accept `{}`: a warning that names the operation.",
        "No JSON answer with a schema: inconclusive, for there is no response contract.",
        "Message is `request`, or `answer` and its status; only JSON bodies are read.",
        "Shared bodies, answers and schemas are followed within the file.",
        "Swagger 2.0 is told as such.",
        "`nullable: true` of 3.0 and the type null of 3.1 are the same.",
        "A description is what is promised: whether answers keep it has to be measured.",
    ),
)
