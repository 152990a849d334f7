"""The assistant: one question in, one answer out, whatever is down behind it."""

import re
from dataclasses import dataclass, field
from typing import Any

from service.cache import AnswerCache
from service.clients import History, ModelClient, StoreClient
from service.config import LOCALES, load_yaml
from service.guard import Guard, UnavailableError
from service.guardrails import Guardrails
from service.intents import IntentRouter
from service.prompts import Prompt, PromptBook
from service.retrieval import Found, Retrieval
from service.timing import Stopwatch

CANNED_INTENTS = ("greeting", "human-handoff")
SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
MAX_TEXT = 500


@dataclass(frozen=True)
class Question:
    """One validated chat request."""

    session: str
    text: str
    locale: str

    @classmethod
    def parse(cls, body: Any) -> "Question":
        """Return the question in a request body; a ValueError or TypeError says what is wrong."""
        if not isinstance(body, dict):
            raise TypeError("the body must be an object")
        for name in ("session", "text", "locale"):
            if not isinstance(body.get(name), str) or not body[name].strip():
                raise ValueError(f"{name} must be a non-empty string")
        if body["locale"] not in LOCALES:
            raise ValueError(f"locale must be one of {', '.join(LOCALES)}")
        if not SESSION.fullmatch(body["session"]):
            raise ValueError("session must be 1 to 64 letters, digits, '-' or '_'")
        if len(body["text"]) > MAX_TEXT:
            raise ValueError(f"text must have at most {MAX_TEXT} characters")
        return cls(body["session"], body["text"], body["locale"])


@dataclass
class Reply:
    """An answer in the making."""

    intent: str
    prompt: Prompt
    answer: str = ""
    sources: list[str] = field(default_factory=list)
    cached: bool = False
    degraded_by: list[str] = field(default_factory=list)
    refused_by: str | None = None


class Assistant:
    """Routes, caches, retrieves, asks the model and falls back."""

    def __init__(
        self, model: ModelClient, store: StoreClient, retrieval: Retrieval, search_guard: Guard
    ) -> None:
        self.cache = AnswerCache()
        self.prompts = PromptBook()
        self.retrieval = retrieval
        self._model = model
        self._store = store
        self._search_guard = search_guard
        self._router = IntentRouter()
        self._guardrails = Guardrails()
        self._texts = load_yaml("fallback.yaml")["locales"]

    async def reply(
        self, question: Question, watch: Stopwatch, *, fresh: bool = False
    ) -> dict[str, Any]:
        """Return the response body for `question`; `fresh` skips the cache both ways."""
        with watch.stage("conversation"):
            history = await self._store.load(question.session)
        with watch.stage("routing"):
            intent = self._router.classify(question.text, question.locale)
        reply = Reply(intent, self.prompts.active)
        policy = self._guardrails.refuses(question.text, question.locale)
        if policy:
            reply.refused_by, reply.answer = policy, self._texts[question.locale]["refused"][policy]
            return self._body(question, reply)
        key = None if fresh else self._cache_key(question, reply)
        hit = self.cache.get(key) if key else None
        if hit:
            reply.answer, reply.sources, reply.cached = hit["answer"], hit["sources"], True
        elif reply.intent in CANNED_INTENTS:
            reply.answer = self._texts[question.locale][reply.intent]
        else:
            cacheable = await self._answer(question, reply, history, watch)
            if key and cacheable:
                self.cache.put(key, {"answer": reply.answer, "sources": reply.sources})
        with watch.stage("conversation"):
            await self._remember(question, reply, history)
        return self._body(question, reply)

    def _cache_key(self, question: Question, reply: Reply) -> tuple[str, ...] | None:
        if reply.intent in CANNED_INTENTS:
            return None
        values = {"prompt": reply.prompt.version, "model": reply.prompt.model}
        asked = {"locale": question.locale, "question": question.text}
        return self.cache.key(reply.intent, **values, **asked)

    async def _answer(
        self, question: Question, reply: Reply, history: History, watch: Stopwatch
    ) -> bool:
        """Fill in `reply` from search and model; return whether the answer may be cached."""
        found = Found([])
        asked = {"intent": reply.intent, "locale": question.locale, "question": question.text}
        try:
            with watch.stage("retrieval"):
                found = await self._search_guard.call(
                    lambda: self.retrieval.find(
                        reply.intent, question.text, question.locale, history.last_product
                    )
                )
            with watch.stage("model"):
                reply.answer = await self._model.answer(
                    reply.prompt, {**asked, "passages": found.passages}
                )
        except UnavailableError as failure:
            reply.degraded_by.append(str(failure))
            reply.answer = self._fallback(question.locale, reply.intent, found)
        reply.sources = [passage["id"] for passage in found.passages]
        return not reply.degraded_by and not found.from_history

    def _fallback(self, locale: str, intent: str, found: Found) -> str:
        texts = self._texts[locale]
        if intent != "product-question":
            return str(texts[intent])
        if not found.passages:
            return str(texts["product-question-none"])
        items = ", ".join(passage["title"] for passage in found.passages)
        return str(texts["product-question"].format(items=items))

    async def _remember(self, question: Question, reply: Reply, history: History) -> None:
        product = history.last_product
        if reply.intent == "product-question" and reply.sources:
            product = reply.sources[0]
        if not history.known or not await self._store.save(question.session, product):
            reply.degraded_by.append("conversation-store")

    def _body(self, question: Question, reply: Reply) -> dict[str, Any]:
        texts = self._texts[question.locale]
        notices = {
            texts["stateless_notice" if name == "conversation-store" else "notice"]: None
            for name in reply.degraded_by
        }
        return {
            "answer": reply.answer,
            "intent": reply.intent,
            "locale": question.locale,
            "prompt_version": reply.prompt.version,
            "model": reply.prompt.model,
            "cached": reply.cached,
            "degraded": bool(reply.degraded_by),
            "degraded_by": reply.degraded_by,
            "refused_by": reply.refused_by,
            "notice": " ".join(notices) or None,
            "sources": reply.sources,
        }
