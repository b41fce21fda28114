from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.models.adapters import merge_adapter
from assistant.models.loading import find_base, load
from assistant.prompting.render import render_prompt
from finetune.errors import FineTuneError
from finetune.pairs import Pair, pair_ids, read_pairs, write_pairs
from finetune.prepare import write_examples
from finetune.prompts import messages_of
from finetune.recipe import Recipe
from finetune.synthesize import Example
from finetune.train import train

PAIRS = [
    Pair("course", "own", ("no fever",), "There was no fever [1].", "There was fever [1]."),
    Pair("course", "own", ("hold ramipril (AKI)",), "Ramipril was held because of AKI [1].", "OK [1]."),
]


def test_a_pair_reads_the_prompt_of_inference_and_ends_both_replies(tokenizer: Any) -> None:
    pair = PAIRS[0]
    ids = pair_ids(pair, tokenizer)
    assert ids["prompt_ids"] == render_prompt(
        tokenizer, messages_of(Example(pair.task, "own", "", pair.evidence, ""))
    )
    assert tokenizer.decode(ids["chosen_ids"]).startswith(pair.chosen)
    assert tokenizer.decode(ids["rejected_ids"]).startswith(pair.rejected)
    assert all("<|im_end|>" in tokenizer.decode(ids[name]) for name in ("chosen_ids", "rejected_ids"))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"task": "course", "evidence": ["x"], "chosen": "a"}, "rejected"),
        ({"task": "poem", "evidence": ["x"], "chosen": "a", "rejected": "b"}, "task must be"),
        ({"task": "course", "evidence": ["x"], "chosen": "a", "rejected": "a"}, "differ"),
    ],
)
def test_a_bad_pair_is_named(row: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(row), "utf-8")
    with pytest.raises(FineTuneError, match=said):
        read_pairs(path)


@pytest.mark.slow
def test_preferences_go_on_from_an_adapter_and_move_it_toward_what_was_kept(
    tmp_path: Path, tiny_base: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for part in ("train", "held"):
        write_examples(
            data / f"{part}.jsonl", [Example("course", "own", "own", ("no fever",), "No fever [1].")]
        )
    first = Recipe(base=f"local:{tiny_base}", data=data, out=tmp_path / "first", run=tmp_path / "r1", rank=2)
    train(first, tmp_path, say=lambda line: None)
    write_pairs(data / "pairs.jsonl", PAIRS)
    recipe = first.model_copy(
        update={
            "method": "dpo", "start": first.out, "out": tmp_path / "second", "run": tmp_path / "r2", "epochs": 6,
            "learning_rate": 0.01, "pairs_per_step": 2,
        }
    )  # fmt: skip
    progress = train(recipe, tmp_path, say=lambda line: None)
    assert progress.step == 6
    assert progress.losses[0] == pytest.approx(
        0.6931, abs=1e-3
    )  # ln 2: at first policy and reference are the same
    assert progress.losses[-1] < progress.losses[0]
    _, adapter = merge_adapter(load(find_base(recipe.base, tmp_path)), recipe.out)
    assert adapter.rank == 2
    assert json.loads((recipe.out / "manifest.json").read_text("utf-8"))["recipe"]["method"] == "dpo"
