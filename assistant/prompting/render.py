"""The one chat renderer: the ids a model reads at inference, and the same ids with a mask for training.

Owns the way from messages to token ids through the tokenizer's own chat template. Refuses to know models and tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

ROLES = {"system": "system", "human": "user", "ai": "assistant"}


def render_prompt(tokenizer: Any, messages: Sequence[BaseMessage]) -> list[int]:
    """Ids of the conversation, ending where the assistant begins to write.

    Raises ValueError for a message that is not system, human or ai text.
    """
    return _ids(tokenizer, _turns(messages), open_turn=True)


def render_training(tokenizer: Any, messages: Sequence[BaseMessage]) -> tuple[list[int], list[int]]:
    """Ids of the whole conversation and a mask of equal length: 1 where the assistant's own text and turn end stand.

    For every assistant message the ids before it are exactly what ``render_prompt`` gives for the messages before it.
    """
    turns = _turns(messages)
    ids = _ids(tokenizer, turns, open_turn=False)
    mask = [0] * len(ids)
    for place, turn in enumerate(turns):
        if turn["role"] != "assistant":
            continue
        before = _ids(tokenizer, turns[:place], open_turn=True)
        through = _ids(tokenizer, turns[: place + 1], open_turn=False)
        if ids[: len(before)] != before or ids[: len(through)] != through:
            raise ValueError(
                f"The chat template of {getattr(tokenizer, 'name_or_path', tokenizer)} renders message {place} differently "
                "in training and in use; train on conversations with one assistant message, the last, or another base."
            )
        mask[len(before) : len(through)] = [1] * (len(through) - len(before))
    return ids, mask


def _turns(messages: Sequence[BaseMessage]) -> list[dict[str, str]]:
    """Role and text; an empty system turn stands first where there is none.

    Several templates (SmolLM2, Qwen2.5) put a system text of their own in that place, which would tell the model that
    it is someone else.
    """
    turns = []
    for message in messages:
        if message.type not in ROLES or not isinstance(message.content, str):
            raise ValueError(
                f"Only system, human and ai messages with text can be rendered, not {message.type!r}."
            )
        turns.append({"role": ROLES[message.type], "content": message.content})
    if turns and turns[0]["role"] != "system":
        turns.insert(0, {"role": "system", "content": ""})
    return turns


def _ids(tokenizer: Any, turns: list[dict[str, str]], *, open_turn: bool) -> list[int]:
    from jinja2.exceptions import TemplateError

    def render(shown: list[dict[str, str]]) -> list[int]:
        # enable_thinking is Qwen3's and others' switch; templates that do not know it ignore it.
        text = tokenizer.apply_chat_template(
            shown, tokenize=False, add_generation_prompt=open_turn, enable_thinking=False
        )
        return list(tokenizer.encode(text, add_special_tokens=False))

    try:
        return render(turns)
    except TemplateError:
        return render(_system_in_first_turn(turns))  # Gemma's and Mistral's templates refuse a system role


def _system_in_first_turn(turns: list[dict[str, str]]) -> list[dict[str, str]]:
    system, *rest = turns
    if system["role"] != "system" or not rest:
        return turns
    first = {**rest[0], "content": f"{system['content']}\n\n{rest[0]['content']}".strip()}
    return [first, *rest[1:]]
