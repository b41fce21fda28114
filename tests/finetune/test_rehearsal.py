from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.models.loading import LoadedModel, find_base, load
from finetune.perplexity import general_paragraphs
from finetune.prepare import prepare
from finetune.recipe import Recipe
from finetune.rehearsal import ROW_TOKENS, _openings, distance, prose_of
from finetune.train import train
from finetune.trainable import load_trainable
from knowledge.formulary import Formulary


@pytest.fixture(scope="module")
def loaded(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(find_base(f"local:{tiny_base}", tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def recipe(
    tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, formulary: Formulary, tokenizer: Any
) -> Recipe:
    folder = tmp_path_factory.mktemp("data")
    prepare(folder, formulary, tokenizer, notes=16, questions=0, held=4, seed=1)
    return Recipe(
        base=f"local:{tiny_base}", data=folder, out=folder / "free", run=folder / "run", rank=4, learning_rate=1e-2,
        epochs=8, pack_tokens=256, warmup_steps=0, max_steps=16, checkpoint_every=99, keep_rows=4,
    )  # fmt: skip


def test_the_base_writes_the_same_prose_for_the_same_seed_and_other_prose_for_another(
    loaded: LoadedModel,
) -> None:
    rows = prose_of(loaded, 5, 1)
    assert [len(row) for row in rows] == [ROW_TOKENS] * 5
    assert rows == prose_of(loaded, 5, 1)
    assert rows != prose_of(loaded, 5, 2)


def test_writing_prose_leaves_the_seed_of_training_as_it_was(loaded: LoadedModel) -> None:
    import torch

    torch.manual_seed(3)
    untouched = torch.rand(1)
    torch.manual_seed(3)
    prose_of(loaded, 2, 9)
    assert torch.equal(torch.rand(1), untouched)


def test_a_fresh_adapter_is_at_no_distance_from_its_base_and_a_changed_one_is(
    recipe: Recipe, tmp_path: Path
) -> None:
    import torch

    loaded, model = load_trainable(recipe, tmp_path)
    row = prose_of(loaded, 1, 1)[0]
    assert float(distance(model, row).detach()) == pytest.approx(0, abs=1e-5)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight += 0.5
    assert float(distance(model, row).detach()) > 1e-3


def test_an_adapter_trained_with_rehearsal_stays_nearer_to_its_base(recipe: Recipe, tmp_path: Path) -> None:
    kept = recipe.model_copy(update={"out": tmp_path / "kept", "keep_weight": 200.0})
    apart = []
    for each in (recipe, kept):
        train(each, tmp_path, say=lambda line: None)
        loaded, model = load_trainable(each.model_copy(update={"start": each.out}), tmp_path)
        apart.append(
            sum(float(distance(model, row).detach()) for row in prose_of(load(loaded.base), 4, recipe.seed))
        )
    free, near = apart
    assert near < 0.8 * free


def test_no_opening_stands_in_the_paragraphs_that_measure_forgetting() -> None:
    measured = " ".join(general_paragraphs()).lower()
    runs = {" ".join(o.lower().split()[i : i + 4]) for o in _openings() for i in range(len(o.split()) - 3)}
    assert len(_openings()) >= 16
    assert not [run for run in runs if run in measured]
