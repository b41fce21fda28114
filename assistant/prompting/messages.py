"""A task's messages: system text, numbered evidence, what to write. One function for inference and for training data.

Owns their order and how they are kept within the model's context. Refuses to know tasks and models.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.prompting.evidence_block import evidence_block, neutralised

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

QUESTION = {"en": "Question: {question}", "zh": "问题：{question}"}
TEMPLATE_TOKENS = 48
"""What a chat template adds around two messages, at most."""


def task_messages(
    *,
    system: str,
    instructions: str,
    evidence: Sequence[str],
    question: str | None,
    language: str,
    max_context_tokens: int | None = None,
    count_tokens: Callable[[str], int] | None = None,
    examples: Sequence[tuple[Sequence[str], str]] = (),
) -> list[BaseMessage]:
    """A system and a human message. ``language`` is ``en`` or ``zh``.

    ``examples`` are (evidence, reply) pairs shown before the task in its own shape: small models follow them better
    than instructions.

    Evidence comes before the instructions, so that calls over the same evidence share their beginning. Where
    ``max_context_tokens`` (the room for the prompt) and ``count_tokens`` are given, the last evidence is dropped first
    until the rest fits; numbers of the kept items do not change.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    def human(items: Sequence[str], asked: str | None) -> str:
        parts = [evidence_block(items, language)] if items else []
        parts.append(instructions)
        if asked:
            parts.append(QUESTION[language].format(question=neutralised(asked)))
        return "\n\n".join(parts)

    shown = [(human(items, None), reply) for items, reply in examples]
    kept = len(evidence)
    if max_context_tokens is not None and count_tokens is not None:
        used = sum(count_tokens(ask) + count_tokens(reply) + TEMPLATE_TOKENS for ask, reply in shown)
        room = max_context_tokens - count_tokens(system) - used - TEMPLATE_TOKENS
        kept = _most_that_fits(
            len(evidence), lambda count: count_tokens(human(evidence[:count], question)) <= room
        )
    turns = [message for ask, reply in shown for message in (HumanMessage(ask), AIMessage(reply))]
    return [SystemMessage(system), *turns, HumanMessage(human(evidence[:kept], question))]


def _most_that_fits(total: int, fits: Callable[[int], bool]) -> int:
    """The largest count up to ``total`` for which ``fits`` holds; 0 where none does. Binary search."""
    low, high = 0, total
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
