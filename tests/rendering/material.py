"""The words of the synthetic reviews: items, failure domains and deferrals of a made-up launch."""

from __future__ import annotations

from typing import Literal, NamedTuple

from readiness.model.review import DomainResult, Outcome


class Spec(NamedTuple):
    """An item, and what its evidence would show if it were bad and if it were good."""

    id: str
    title: str
    area: str
    gate: Literal["blocker", "deferrable"]
    harm: str
    risk: str
    effort: float
    owner: str
    rule: str
    op: str
    limit: str
    bad: str
    good: str
    outcome: Outcome
    path: str
    why: str
    fix: str
    run: str = ""
    domain: str = ""
    pointer: str = ""
    subject: str = ""
    skipped: str = ""
    line: int = 0


BASE = (
    Spec("CB-01", "Drill the model outage: answers fall back within the promised time", "resilience", "blocker",
         "severe", "likely", 2.0, "team-resilience", "drill.completed is true", "is", "true", "false", "true",
         "missing", "evidence/drills/model-backend.json",
         "Without a drill, the fallback exists in code but nobody has seen it answer a customer.",
         "Block the model endpoint in staging for **10 minutes** under 50 rps and record `recovery` and `completion`.",
         "chaos run drills/model-backend.json", "llm-backend", line=10),
    Spec("LOAD-01", "Load test reaches 1.5 times the forecast peak", "load", "blocker", "major", "likely", 1.0,
         "team-load", "rate >= 1.5 * launch.peak", ">=", "180 rps", "110 rps", "186 rps", "failed",
         "evidence/load/peak_stats.csv", "A forecast peak that was never reached is a guess.",
         "Run the load test at the stated rate for 30 minutes and commit its output.",
         "locust -f load.py --headless --csv evidence/load/peak", pointer="Aggregated/Requests/s", line=22),
    Spec("LAT-01", "Retrieval answers within its share of the latency budget", "latency", "blocker", "major",
         "possible", 1.5, "team-retrieval", "p95 <= 450 ms", "<=", "450 ms", "640 ms", "402 ms", "failed",
         "evidence/latency/retrieval.json", "The only stage over budget decides how long customers wait.",
         "Cut the candidate list before re-ranking, then measure all stages again.",
         "python measure/stages.py --out evidence/latency", "search-index", "/stages/retrieval/p95",
         "stage retrieval", line=34),
    Spec("PRM-02", "Prompt eval was run on the prompt that is deployed", "prompts", "blocker", "major", "possible",
         0.5, "team-prompts", "pass_rate >= 95%", ">=", "95 %", "97 %", "97 %", "stale",
         "evidence/prompts/eval-v39.json", "Three prompt edits since the last eval are unmeasured.",
         "Run the eval suite on the deployed prompt and commit its report.", "make eval PROMPT=v42", line=46),
    Spec("CACHE-01", "No cached answer crosses from one customer to another", "caching", "blocker", "severe",
         "unlikely", 1.0, "team-platform", "cases >= 500", ">=", "500", "86", "620", "inconclusive",
         "evidence/tests/cache.xml", "A leaked answer shows one customer's order to another.",
         "Run the isolation suite with at least 500 pairs of customers.", "pytest tests/test_isolation.py", line=58),
    Spec("CB-02", "Every dependency is tried at most three times", "resilience", "blocker", "major", "likely", 0.25,
         "team-resilience", "attempts <= 3", "<=", "3", "6", "3", "failed", "config/resilience.yaml",
         "Retries multiply: six attempts turn a slow model into an outage.",
         "Set attempts to three or fewer for every component.", line=70),
    Spec("CACHE-03", "Cache answers to free-text questions by meaning", "caching", "deferrable", "minor", "possible",
         5.0, "team-platform", "hit.rate >= 20%", ">=", "20 %", "4 %", "22 %", "failed",
         "evidence/cache/semantic.json", "Would spare one model call in five.",
         "Build the index over the frequent questions first.", line=82),
    Spec("CB-06", "Traffic moves to the second region by itself", "resilience", "deferrable", "major", "unlikely",
         8.0, "team-resilience", "drill.completed is true", "is", "true", "false", "true", "missing",
         "evidence/drills/region.json", "A regional outage ends when a person moves the traffic.",
         "Drill the automatic failover in staging.", "", "llm-backend", line=94),
    Spec("LOAD-05", "Soak test of 24 hours keeps its memory", "load", "deferrable", "moderate", "possible", 1.0,
         "team-load", "duration >= 24 h", ">=", "24 h", "6 h", "24 h", "failed", "evidence/load/soak.csv",
         "A slow leak shows after a day and not after an hour.", "Run the soak test over a weekend.", line=106),
    Spec("PRM-05", "Answers in German are as good as in English", "prompts", "deferrable", "moderate", "likely", 2.0,
         "team-prompts", "pass_rate >= 93%", ">=", "93 %", "88 %", "94 %", "failed", "evidence/prompts/eval-de.json",
         "Every fourth customer writes German.", "Add the failing questions to the German examples.",
         subject="locale de-DE", line=118),
    Spec("LAT-04", "First words appear within a second", "latency", "deferrable", "minor", "likely", 3.0,
         "team-assist", "ttft.p95 <= 1 s", "<=", "1 s", "1.4 s", "0.8 s", "stale", "evidence/latency/ttft.json",
         "Waiting for the first word feels longer than waiting for the last.", "Stream the answer from the gateway.",
         line=130),
    Spec("IDX-01", "The search index can be rolled back", "resilience", "blocker", "major", "unlikely", 1.0,
         "team-retrieval", "drill.recovery <= 90 s", "<=", "90 s", "240 s", "41 s", "failed",
         "evidence/drills/index.json", "A broken index answers every question wrongly.",
         "Keep the last two indexes and switch by alias.", domain="search-index", line=142),
    Spec("GRD-01", "Guardrail blocks what it must and lets the rest through", "prompts", "blocker", "severe",
         "possible", 1.0, "team-prompts", "pass_rate >= 99%", ">=", "99 %", "97 %", "99.4 %", "failed",
         "evidence/prompts/guardrail.json", "A missed case ends up in the press.", "Add the missed cases to the rules.",
         line=154),
    Spec("REG-01", "Data stays in the region of the customer", "data", "blocker", "severe", "rare", 2.0,
         "team-platform", "pass_rate = 100%", "=", "100 %", "98 %", "100 %", "failed", "evidence/tests/region.xml",
         "The contract promises it.", "Pin the model endpoint to the region.",
         skipped="needs a change of region, and the launch changes prompt and traffic", line=166),
)  # fmt: skip

_PARTS = (
    ("gateway", "team-platform", "120 ms", "180 ms", "96 ms"), ("intent router", "team-assist", "150 ms", "210 ms", "130 ms"),
    ("retrieval", "team-retrieval", "450 ms", "520 ms", "400 ms"), ("re-ranker", "team-retrieval", "200 ms", "260 ms", "160 ms"),
    ("prompt builder", "team-prompts", "60 ms", "90 ms", "31 ms"), ("model", "team-assist", "1,650 ms", "2,100 ms", "1,540 ms"),
    ("guardrail", "team-prompts", "180 ms", "240 ms", "155 ms"), ("session store", "team-platform", "40 ms", "75 ms", "22 ms"),
)  # fmt: skip
_ASPECTS = (
    ("LAT-1", "latency", "stays within its share of the latency budget", "p95 <= {}", "possible"),
    ("CB-1", "resilience", "gives up in time when it hangs", "timeout <= {}", "likely"),
    ("LOAD-1", "load", "keeps its response time at the forecast peak", "p99 <= {}", "unlikely"),
    ("OPS-1", "operations", "raises an alert before customers notice", "detection <= {}", "possible"),
)
EXTRA = tuple(
    Spec(f"{prefix}{number}", f"The {part} {what}", area, "blocker", "major" if number % 2 else "moderate", risk,
         0.5, owner, rule.format(limit), "<=", limit, bad, good, "failed",
         f"evidence/{area}/{part.replace(' ', '-')}.json", f"Customers wait for the slowest part, and the {part} is one.",
         f"Measure the {part} on staging, mend what is slow, and commit the output.",
         f"python measure/{area}.py --part '{part}'", "", f"/{area}/p95", f"component {part}", line=200 + 12 * number)
    for prefix, area, what, rule, risk in _ASPECTS
    for number, (part, owner, limit, bad, good) in enumerate(_PARTS)
)  # fmt: skip

DOMAINS = (
    DomainResult("guardrail", "Guardrail blocks good traffic or misses bad", "unlikely", ("advice",),
                 "share of blocked answers over 5 %", "Fall back to the previous guardrail version by flag", "",
                 "Shadow scoring on 5 % of the traffic before each change", "guardrail-drill", "proven", ("GRD-01",)),
    DomainResult("llm-backend", "Language model unavailable", "likely", ("advice", "order status"),
                 "breaker opens after 5 errors in 10 s", "Serve FAQ and order status without the model, with a notice",
                 "second region by hand", "Second region behind a feature flag", "model-backend", "missing", ("CB-01",)),
    DomainResult("router", "Intent router down", "rare", (), "health probe", "Send everything to the general prompt",
                 "restart", "Router inside the process", "", None, ()),
    DomainResult("search-index", "Search index stale or broken", "possible", ("advice",), "answers without citations",
                 "Answer without citations and say so", "previous index by alias",
                 "Two indexes, switched by alias", "index-drill", "stale", ("IDX-01",)),
    DomainResult("session-store", "Conversation store slow or down", "possible", (), "p95 over 75 ms",
                 "One-turn answers with a visible notice", "replica", "Read replica and a write-behind buffer",
                 "store-drill", "proven", ("CB-02",)),
)  # fmt: skip
DEFERRALS = (
    ("A wrong answer costs more trust than the 9 % of cost it saves.", "Customers get another's answer.",
     "Exact matches only.", "hit.rate < 1%"),
    ("The manual switch covers the launch volume.", "An outage lasts until a person acts.",
     "On-call drilled the switch.", "rate > 300 rps"),
    ("A weekly restart hides the known slow leak.", "Workers restart under load.", "Restart at night.", "duration > 36 h"),
    ("German opens four weeks later.", "German customers get weaker answers.", "Notice in the chat.", "pass_rate < 85%"),
    ("Streaming changes the gateway, which is frozen.", "Customers wait.", "Typing indicator.", "ttft.p95 > 2 s"),
)
