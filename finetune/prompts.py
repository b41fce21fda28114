"""Examples → the ids that the model will read at inference, with the mask of what it learns to write.

Owns nothing of the prompt itself: system text, instructions and renderer are the app's own, so training and use cannot drift
apart. Worked examples are left out: the adapter replaces them, and prompts become a third as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.prompting.messages import task_messages
from assistant.prompting.render import render_training
from assistant.tasks import handout, hospital_course, plan, question, visit_note
from assistant.tasks.writing import SYSTEM
from finetune.packing import Row
from finetune.synthesize import Example

INSTRUCTIONS = {
    "course": hospital_course.INSTRUCTIONS["en"],
    "ask": question.INSTRUCTIONS["en"],
    "handout": handout.INSTRUCTIONS["en"],
    "plan": plan.INSTRUCTIONS["en"],
    "note": visit_note.INSTRUCTIONS["en"],
}
EXAMPLES = {"course": hospital_course.EXAMPLES, "note": visit_note.EXAMPLES}


def messages_of(example: Example, *, worked_examples: bool = False) -> list[Any]:
    """The messages that the app would send for this evidence; ``worked_examples`` as for the untuned model."""
    shown: Sequence[tuple[Sequence[str], str]] = EXAMPLES.get(example.task, ()) if worked_examples else ()
    return list(
        task_messages(
            system=SYSTEM["en"],
            instructions=INSTRUCTIONS[example.task],
            evidence=example.evidence,
            question=example.question or None,
            language="en",
            examples=shown,
        )
    )


def row_of(example: Example, tokenizer: Any) -> Row:
    """Raises ValueError where the template renders training and use differently, or nothing would be learned."""
    from langchain_core.messages import AIMessage

    ids, mask = render_training(tokenizer, [*messages_of(example), AIMessage(example.reply)])
    if not any(mask):
        raise ValueError(f"Nothing to learn in {example.template!r}: the assistant's text is empty.")
    return Row(tuple(ids), tuple(mask), example.task)
