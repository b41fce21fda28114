from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import AdapterRefused
from assistant.models.adapters import merge_adapter
from assistant.models.loading import base_sha256, find_base, load
from finetune.errors import FineTuneError
from finetune.prepare import prepare
from finetune.recipe import Recipe, read_recipe
from finetune.train import plan_steps, rate_at, train
from knowledge.formulary import Formulary

CONFIGS = Path(__file__).parents[2] / "finetune" / "configs"


class _Killed(Exception):
    pass


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, formulary: Formulary, tokenizer: Any) -> Path:
    folder = tmp_path_factory.mktemp("data")
    prepare(folder, formulary, tokenizer, notes=24, questions=3, held=4, seed=1)
    return folder


@pytest.fixture
def recipe(data: Path, tiny_base: Path, tmp_path: Path) -> Recipe:
    return Recipe(
        base=f"local:{tiny_base}", data=data, out=tmp_path / "adapter", rank=4, learning_rate=1e-2, epochs=4,
        pack_tokens=512, checkpoint_every=2, warmup_steps=1, max_steps=8,
    )  # fmt: skip


def _no_news(line: str) -> None:
    pass


def _kill_at_step_5(line: str) -> None:
    if line.startswith("step 5/"):
        raise _Killed


def test_training_lowers_the_loss_and_leaves_an_adapter_that_the_app_accepts(
    recipe: Recipe, tmp_path: Path
) -> None:
    progress = train(recipe, tmp_path, say=_no_news)
    assert progress.step == 8
    assert progress.losses[-1] < progress.losses[0]
    manifest = json.loads((recipe.out / "bedside_manifest.json").read_text("utf-8"))
    base = find_base(recipe.base, tmp_path)
    assert manifest["base_sha256"] == base_sha256(base.folder)
    assert manifest["recipe"]["rank"] == 4
    assert sorted(p.name for p in recipe.out.iterdir()) == [
        "MODEL_CARD.md", "adapter_config.json", "adapter_model.safetensors", "bedside_manifest.json",
    ]  # fmt: skip
    merged, adapter = merge_adapter(load(base), recipe.out)
    assert adapter.rank == 4
    assert adapter.layers == 14
    assert merged.model is not None


def test_a_killed_run_goes_on_to_the_same_loss_curve(recipe: Recipe, tmp_path: Path) -> None:
    whole = train(recipe, tmp_path, say=_no_news)
    other = recipe.model_copy(update={"out": tmp_path / "killed"})
    with pytest.raises(_Killed):
        train(other, tmp_path, say=_kill_at_step_5)
    resumed = train(other, tmp_path, resume=True, say=_no_news)
    assert resumed.losses == pytest.approx(whole.losses, rel=1e-4)
    assert resumed.step == 8


def test_without_a_checkpoint_resume_says_so(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(FineTuneError, match="without --resume"):
        train(recipe, tmp_path, resume=True, say=_no_news)


def test_a_checkpoint_of_another_rank_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(_Killed):
        train(recipe, tmp_path, say=_kill_at_step_5)
    with pytest.raises(FineTuneError, match="another rank"):
        train(recipe.model_copy(update={"rank": 8}), tmp_path, resume=True, say=_no_news)


def test_an_adapter_for_another_base_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe.model_copy(update={"max_steps": 1}), tmp_path, say=_no_news)
    path = recipe.out / "bedside_manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "base_sha256": "0" * 64}), "utf-8")
    with pytest.raises(AdapterRefused, match="trained on base"):
        merge_adapter(load(find_base(recipe.base, tmp_path)), recipe.out)


def test_the_clock_ends_a_run_whose_minutes_are_over(recipe: Recipe, tmp_path: Path) -> None:
    ticks = iter(range(0, 6000, 20))
    timed = recipe.model_copy(update={"max_minutes": 1.0})
    assert 1 <= train(timed, tmp_path, say=_no_news, clock=lambda: next(ticks)).step < 8


def test_steps_are_the_same_for_every_run_of_a_recipe(recipe: Recipe) -> None:
    packs: Any = list(range(10))
    assert plan_steps(packs, recipe) == plan_steps(packs, recipe)
    assert len(plan_steps(packs, recipe)) == 8
    assert sorted(
        p for step in plan_steps(packs, recipe.model_copy(update={"max_steps": 0})) for p in step
    ) == sorted(packs * 4)


def test_the_rate_warms_up_and_falls_to_nothing() -> None:
    assert rate_at(0, 0.0, 4) < rate_at(3, 0.1, 4) < 1
    assert rate_at(50, 1.0, 4) == pytest.approx(0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data: a\nout: b\nrang: 16", "rang"),
        ("data: a\nout: b\nrank: 0", "rank"),
        ("out: b", "data"),
        ("data: [", "no YAML"),
    ],
)
def test_a_wrong_recipe_names_the_setting(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "r.yaml").write_text(text, "utf-8")
    with pytest.raises(FineTuneError, match=said):
        read_recipe(tmp_path / "r.yaml")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_recipes_are_valid_and_open_with_their_command(path: Path) -> None:
    read_recipe(path)
    assert path.read_text("utf-8").startswith("# python -m finetune prepare")


@pytest.mark.model
@pytest.mark.slow
def test_the_smoke_recipe_trains_the_real_base(data: Path, model_cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(CONFIGS / "smoke.yaml").model_copy(update={"data": data, "out": tmp_path / "smoke"})
    progress = train(recipe, model_cache, say=_no_news)
    assert progress.step == 4
    assert all(loss < 6 for loss in progress.losses)
    assert (recipe.out / "adapter_model.safetensors").stat().st_size < 20_000_000
