from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finetune.packing import Row, answer_loss, common_beginning, make_pack, model_inputs, pack_rows


def _row(tail: list[int], answer: list[int], task: str = "course") -> Row:
    start = [1, 2, 3, 4]
    ids = [*start, *tail, *answer]
    return Row(tuple(ids), tuple([0] * (len(start) + len(tail)) + [1] * len(answer)), task)


@pytest.fixture(scope="module")
def model(tiny_base: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_base).eval()


ROWS = [_row([10, 11], [20, 21, 22]), _row([12], [23, 24]), _row([10, 13, 14], [25])]


def test_the_shared_beginning_ends_before_any_answer() -> None:
    assert common_beginning(ROWS) == 4
    assert common_beginning([_row([], [20]), _row([], [21])]) == 3


def test_a_pack_holds_the_beginning_once_and_every_answer() -> None:
    pack = make_pack(ROWS)
    assert len(pack.ids) == 4 + 5 + 3 + 4
    assert pack.answers == (20, 21, 22, 23, 24, 25)
    assert [pack.ids[at] for at in pack.asked_at] == [11, 20, 21, 12, 23, 14]
    assert pack.row_tokens == sum(len(row.ids) for row in ROWS)


def test_a_pack_has_the_loss_of_its_rows_one_by_one(model: Any) -> None:
    together = float(answer_loss(model, model_inputs(make_pack(ROWS))).detach())
    apart = sum(float(answer_loss(model, model_inputs(make_pack([row]))).detach()) for row in ROWS)
    assert together == pytest.approx(apart, rel=1e-5)


def test_the_loss_is_that_of_the_whole_model_on_answer_tokens_alone(model: Any) -> None:
    import torch

    row = ROWS[0]
    labels = [i if m else -100 for i, m in zip(row.ids, row.mask, strict=True)]
    with torch.no_grad():
        whole = model(input_ids=torch.tensor([row.ids]), labels=torch.tensor([labels])).loss
        ours = answer_loss(model, model_inputs(make_pack([row]))) / 3
    assert float(ours) == pytest.approx(float(whole), rel=1e-5)


def test_packs_keep_to_their_size_and_to_one_task() -> None:
    rows = [_row([30 + i], [20, 21], "course") for i in range(9)] + [_row([60], [20], "ask")]
    packs = pack_rows(rows, 12)
    assert sum(pack.rows for pack in packs) == 10
    assert all(len(pack.ids) <= 12 for pack in packs)
    assert packs[-1].rows == 1
