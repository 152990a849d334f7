"""Evaluate the active prompt with Inspect: the labelled questions, asked through the service.

The service fills in the passages, so the model under evaluation is the service itself. It is given
the prompt only to be held against the one in force.
"""

import asyncio
import gzip
import tempfile
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as run_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageUser,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    get_model,
    modelapi,
)
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import TaskState, generate, system_message
from inspect_ai.tool import ToolChoice, ToolInfo

from client import Rig
from measure.output import output_path
from measure.prompt_eval import WORKERS, load_cases, problems
from service.prompts import PromptBook, digest


@modelapi(name="shop-assistant")
class Assistant(ModelAPI):
    """The running service as a model: asks it the last message, in the locale of its metadata."""

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],  # noqa: ARG002 - of the interface
        tool_choice: ToolChoice,  # noqa: ARG002
        config: GenerateConfig,  # noqa: ARG002
    ) -> ModelOutput:
        """Return the answer; raises when the service runs another prompt than the one given."""
        rig, prompt, question = Rig(), input[0], input[-1]
        running = await asyncio.to_thread(rig.prompt)
        if digest(prompt.text) != running["sha256"]:
            raise RuntimeError("the service runs another prompt")
        known = question.metadata or {}
        where = known["locale"], known["session"]
        body = await asyncio.to_thread(rig.ask, question.text, *where, fresh=True)
        output = ModelOutput.from_content(body["model"], body["answer"])
        output.metadata = {name: body[name] for name in ("intent", "degraded", "prompt_version")}
        return output


@scorer(metrics=[accuracy(), stderr()])
def labelled() -> Scorer:
    """Return a scorer: right if the intent is, and the answer holds what the label says."""

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - of the interface
        body = {"answer": state.output.completion, **(state.output.metadata or {})}
        wrong = problems(body, state.metadata["intent"], state.metadata["contains"])
        return Score(
            value=INCORRECT if wrong else CORRECT,
            answer=state.output.completion,
            explanation="; ".join(wrong) or "as labelled",
        )

    return score


def samples() -> list[Sample]:
    """Return the labelled questions."""
    return [
        Sample(
            id=case["id"],
            input=[
                ChatMessageUser(
                    content=case["text"],
                    metadata={"locale": case["locale"], "session": f"inspect-{case['id']}"},
                )
            ],
            target=case["contains"] or case["intent"],
            metadata={name: case[name] for name in ("locale", "intent", "contains")},
        )
        for case in load_cases()
    ]


def main() -> None:
    """Evaluate, and keep the log as Inspect wrote it, compressed."""
    path = output_path(__doc__)
    prompt = PromptBook().active
    task = Task(
        name="labelled-questions",
        dataset=MemoryDataset(samples(), name="questions.yaml"),
        solver=[system_message(prompt.text), generate()],
        scorer=labelled(),
        config=GenerateConfig(**prompt.parameters, max_connections=WORKERS),
    )
    with tempfile.TemporaryDirectory() as scratch:
        (log,) = run_eval(
            task,
            model=get_model(f"shop-assistant/{prompt.model}"),
            log_dir=scratch,
            log_format="json",
            display="none",
        )
        written = Path(log.location).read_bytes()
    path.write_bytes(gzip.compress(written, mtime=0))
    if log.status != "success":
        raise SystemExit(f"the evaluation ended with the status {log.status}")


if __name__ == "__main__":
    main()
