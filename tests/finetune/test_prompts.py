from __future__ import annotations

from typing import Any

import pytest

from assistant.prompting.render import render_prompt
from finetune.prompts import messages_of, row_of
from finetune.synthesize import Example

EXAMPLES = [
    Example(
        "course", "own", "own", ("hold ramipril (AKI).",), "The plan was to hold ramipril because of AKI [1]."
    ),
    Example("ask", "own", "own", ("Drink water.", "Rest."), "Drink water [1].", "What should I drink?"),
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_training_and_use_read_the_same_ids_up_to_the_answer(example: Example, tokenizer: Any) -> None:
    row = row_of(example, tokenizer)
    prompt = render_prompt(tokenizer, messages_of(example))
    assert list(row.ids[: row.prompt_tokens]) == prompt
    learned = [i for i, m in zip(row.ids, row.mask, strict=True) if m]
    assert tokenizer.decode(learned).startswith(example.reply)
    assert "<|im_end|>" in tokenizer.decode(learned)


def test_the_prompt_is_the_one_that_the_app_sends(tokenizer: Any) -> None:
    from assistant.tasks.hospital_course import INSTRUCTIONS
    from assistant.tasks.writing import SYSTEM

    text = tokenizer.decode(render_prompt(tokenizer, messages_of(EXAMPLES[0])))
    assert SYSTEM["en"] in text
    assert INSTRUCTIONS["en"] in text
    assert "[1] hold ramipril (AKI)." in text


def test_an_empty_answer_is_refused_or_teaches_only_the_end(tokenizer: Any) -> None:
    row = row_of(Example("course", "own", "own", ("x",), ""), tokenizer)
    assert sum(row.mask) <= 2


def test_worked_examples_are_for_the_untuned_model_only() -> None:
    assert len(messages_of(EXAMPLES[0], worked_examples=True)) > len(messages_of(EXAMPLES[0])) == 2
