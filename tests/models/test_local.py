from __future__ import annotations

import threading
import time

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from assistant.errors import ModelFailed
from assistant.models.decoding import Decoder, common_prefix, is_looping
from assistant.models.local import LocalChatModel
from assistant.prompting.messages import task_messages
from assistant.prompting.render import render_prompt

FACTS = [
    f"On day {n} the white cell count was {n}.{n} and the temperature 37.{n % 10}." for n in range(1, 31)
]


@pytest.mark.parametrize(
    ("ids", "looping"),
    [
        ([7] * 32, True),
        ([7] * 31, False),
        ([1, 2, *[5, 6, 7, 8] * 8], True),
        (list(range(20)) * 3, True),
        (list(range(20)) * 2, False),
        (list(range(200)), False),
        ([*[3] * 40, 4], False),
        ([], False),
    ],
)
def test_a_loop_is_three_equal_stretches_at_the_end(ids: list[int], looping: bool) -> None:
    assert is_looping(ids) is looping


def test_common_prefix_counts_equal_leading_tokens() -> None:
    assert [common_prefix([1, 2, 3], other) for other in ([1, 2, 4], [1, 2], [9], [])] == [2, 2, 0, 0]


@pytest.mark.model
@pytest.mark.slow
def test_a_kept_prefix_changes_no_bit_of_the_answer(small_model: LocalChatModel) -> None:
    import torch

    loaded = small_model._loaded
    prompts = [
        render_prompt(
            loaded.tokenizer,
            task_messages(system="Be exact.", instructions=i, evidence=FACTS, question=None, language="en"),
        )
        for i in ("Write the hospital course.", "List the fevers.", "Write the hospital course.")
    ]
    warm = Decoder(loaded.model, loaded.device)
    resumed: list[int] = []
    for prompt in prompts:
        cold = Decoder(loaded.model, loaded.device)
        logits: dict[str, list[torch.Tensor]] = {"cold": [], "warm": []}
        for name, decoder in (("cold", cold), ("warm", warm)):
            forward = Decoder._forward.__get__(decoder)
            calls: list[int] = []

            def watch(ids, cache, forward=forward, seen=logits[name], calls=calls):  # type: ignore[no-untyped-def]
                calls.append(len(ids))
                seen.append(forward(ids, cache)[0, -1].clone())
                return seen[-1][None, None]

            decoder._forward = watch  # type: ignore[method-assign]
            list(decoder.decode(prompt, 12, frozenset(), lambda: None))
            decoder._forward = forward  # type: ignore[method-assign]
            if name == "warm":
                resumed.append(len(prompt) - sum(calls[:-11]))
        for a, b in zip(logits["cold"][-12:], logits["warm"][-12:], strict=True):
            assert torch.equal(a, b)
    assert resumed[0] == 0
    assert all(kept > 512 for kept in resumed[1:]), "the common beginning was not read again"


@pytest.mark.model
def test_a_prompt_longer_than_the_context_says_so_and_the_next_call_works(
    small_model: LocalChatModel,
) -> None:
    with pytest.raises(ModelFailed, match=r"reads 8192.*shorter record"):
        small_model.invoke("pain " * 9000)
    assert small_model.invoke("hello", max_new_tokens=4).content


@pytest.mark.model
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_out_of_memory_names_the_remedy_and_the_next_call_works(
    small_model: LocalChatModel, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(small_model._decoder, "_forward", fail)
        with pytest.raises(ModelFailed, match=r"Memory ran out.*smaller"):
            small_model.invoke("hello")
    assert small_model.invoke("hello", max_new_tokens=4).content


@pytest.mark.model
@pytest.mark.slow
def test_a_reader_that_leaves_frees_the_model(small_model: LocalChatModel) -> None:
    reader = small_model.stream("Tell a very long story about a ship.", max_new_tokens=400)
    next(reader)
    reader.close()  # type: ignore[attr-defined]
    began = time.monotonic()
    assert small_model.invoke("hello", max_new_tokens=2).content
    assert time.monotonic() - began < 5


@pytest.mark.model
@pytest.mark.slow
def test_two_callers_get_what_each_would_get_alone(small_model: LocalChatModel) -> None:
    asks = [[SystemMessage("Brief."), HumanMessage(q)] for q in ("What is asthma?", "What is gout?")]
    alone = [small_model.invoke(ask, max_new_tokens=12).content for ask in asks]
    together: dict[int, object] = {}

    def call(number: int) -> None:
        together[number] = small_model.invoke(asks[number], max_new_tokens=12).content

    callers = [threading.Thread(target=call, args=(number,)) for number in (0, 1)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert [together[0], together[1]] == alone


@pytest.mark.model
@pytest.mark.parametrize(("kept", "text"), [(None, "肺炎🫁 38.5 °C 儿童"), (-1, "肺炎🫁 38.5 °C 儿")])
def test_characters_of_several_tokens_come_whole_or_not_at_all(
    small_model: LocalChatModel, monkeypatch: pytest.MonkeyPatch, kept: int | None, text: str
) -> None:
    ids = small_model._loaded.tokenizer.encode("肺炎🫁 38.5 °C 儿童", add_special_tokens=False)[:kept]
    monkeypatch.setattr(small_model._decoder, "decode", lambda *_: iter(ids))
    chunks = [str(chunk.content) for chunk in small_model.stream("x")]
    assert "".join(chunks) == text
    assert not any("\ufffd" in chunk for chunk in chunks)
