from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from assistant.prompting.render import render_prompt, render_training

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tokenizer(model_cache: Path) -> Any:
    from transformers import AutoTokenizer

    from assistant.models.loading import embedded_default

    return AutoTokenizer.from_pretrained(embedded_default(model_cache))


PROMPTS: list[list[BaseMessage]] = [
    [SystemMessage("Be brief."), HumanMessage("Why metformin?")],
    [HumanMessage("没有系统提示。")],
    [SystemMessage("s"), HumanMessage("q1"), AIMessage("a1"), HumanMessage("q2")],
]


@pytest.mark.parametrize("prompt", PROMPTS, ids=["system", "no system", "two turns"])
def test_training_begins_with_the_very_ids_of_inference(tokenizer: Any, prompt: list[BaseMessage]) -> None:
    at_inference = render_prompt(tokenizer, prompt)
    ids, mask = render_training(tokenizer, [*prompt, AIMessage("For type 2 diabetes [1].")])
    assert ids[: len(at_inference)] == at_inference
    assert len(mask) == len(ids)
    own = [i for i, m in zip(ids[len(at_inference) :], mask[len(at_inference) :], strict=True) if m]
    assert tokenizer.decode(own) == "For type 2 diabetes [1].<|im_end|>\n"


def test_only_the_assistants_words_are_learned(tokenizer: Any) -> None:
    ids, mask = render_training(tokenizer, [*PROMPTS[2], AIMessage("a2")])
    learned = tokenizer.decode([i for i, m in zip(ids, mask, strict=True) if m])
    assert learned == "a1<|im_end|>\na2<|im_end|>\n"


def test_the_templates_own_system_text_never_comes_in(tokenizer: Any) -> None:
    assert "Hugging Face" not in tokenizer.decode(render_prompt(tokenizer, [HumanMessage("hi")]))


def test_a_template_that_refuses_a_system_role_gets_it_in_the_first_turn(tokenizer: Any) -> None:
    import copy

    gemma_like = copy.deepcopy(tokenizer)
    gemma_like.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "<{{ m.role }}>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
    )
    text = gemma_like.decode(render_prompt(gemma_like, PROMPTS[0]))
    assert text == "<user>Be brief.\n\nWhy metformin?\n<assistant>"


def test_a_message_of_another_kind_is_refused(tokenizer: Any) -> None:
    with pytest.raises(ValueError, match="tool"):
        render_prompt(tokenizer, [ToolMessage("x", tool_call_id="1")])
