from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import AdapterRefused, BedsideError
from assistant.models.adapters import merge_adapter
from assistant.models.loading import base_sha256, find_base, load
from finetune.errors import FineTuneError
from finetune.packing import Row
from finetune.prepare import prepare
from finetune.recipe import Recipe, read_recipe
from finetune.train import plan_packs, train
from finetune.trainers import last_whole_checkpoint, rate_at
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
        pack_tokens=512, checkpoint_every=2, warmup_steps=1, max_steps=8, run=tmp_path / "run",
    )  # fmt: skip


def _no_news(line: str) -> None:
    pass


def _kill_at_step_5(line: str) -> None:
    if "step 5/" in line:
        raise _Killed


def test_training_lowers_the_loss_and_leaves_an_adapter_that_the_app_accepts(
    recipe: Recipe, tmp_path: Path
) -> None:
    progress = train(recipe, tmp_path, say=_no_news)
    assert progress.step == 8
    assert progress.losses[-1] < progress.losses[0]
    manifest = json.loads((recipe.out / "manifest.json").read_text("utf-8"))
    base = find_base(recipe.base, tmp_path)
    assert manifest["base_sha256"] == base_sha256(base.folder)
    assert manifest["recipe"]["rank"] == 4
    assert sorted(p.name for p in recipe.out.iterdir()) == [
        "MODEL_CARD.md", "adapter_config.json", "adapter_model.safetensors", "manifest.json",
    ]  # fmt: skip
    merged, adapter = merge_adapter(load(base), recipe.out)
    assert adapter.rank == 4
    assert adapter.layers == 14
    assert merged.model is not None


def test_a_killed_run_goes_on_to_the_same_loss_curve(recipe: Recipe, tmp_path: Path) -> None:
    whole = train(recipe, tmp_path, say=_no_news)
    other = recipe.model_copy(update={"out": tmp_path / "killed", "run": tmp_path / "killed-run"})
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


def test_a_checkpoint_that_was_not_written_to_its_end_is_never_gone_on_from(tmp_path: Path) -> None:
    for step in (2, 4, 10):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert last_whole_checkpoint(tmp_path) is None
    for step in (2, 4):
        (tmp_path / f"checkpoint-{step}" / "bedside_checkpoint.json").write_text("{}", "utf-8")
    found = last_whole_checkpoint(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-4"


def test_a_run_whose_held_out_loss_no_longer_falls_ends_early_with_its_best_weights(
    recipe: Recipe, tmp_path: Path
) -> None:
    wild = recipe.model_copy(
        update={"learning_rate": 10, "max_steps": 12, "patience": 1, "held_rows": 3, "checkpoint_every": 1}
    )
    progress = train(wild, tmp_path, say=_no_news)
    assert progress.stopped_early
    assert progress.step < 12
    losses = [loss for _, loss in progress.held_losses]
    assert losses[-1] >= min(losses)
    manifest = json.loads((wild.out / "manifest.json").read_text("utf-8"))
    assert manifest["figures"]["stopped_early"]
    assert len(manifest["figures"]["held_losses"]) == len(losses)


def test_each_step_is_told_with_speed_and_time_left_and_logged_for_tensorboard(
    recipe: Recipe, tmp_path: Path
) -> None:
    lines: list[str] = []
    train(recipe.model_copy(update={"max_steps": 2}), tmp_path, say=lines.append)
    assert len(lines) == 2
    assert re.search(r"\[#{10}\.{10}\] step 1/2  loss \d+\.\d+  \d+ tokens/s  \d+ s  \d+ s left", lines[0])
    logs = list((recipe.run_folder / "tensorboard").glob("events.out.tfevents.*"))
    assert logs
    assert b"train/loss" in logs[0].read_bytes()


def test_memory_that_runs_out_names_the_settings_to_change(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*args: Any, **kwargs: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr("finetune.trainers.answer_loss", exhausted)
    with pytest.raises(FineTuneError, match="lower pack_tokens first"):
        train(recipe, tmp_path, say=_no_news)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"base": "local:/nowhere/at-all"}, BedsideError, "nowhere"),
        ({"quantize": "4bit"}, FineTuneError, "bitsandbytes"),
        ({"start": Path("nowhere")}, FineTuneError, "nowhere is no adapter folder"),
    ],
)
def test_what_the_machine_lacks_is_said_before_training(
    change: dict[str, Any], error: type[Exception], said: str, recipe: Recipe, tmp_path: Path
) -> None:
    if change.get("quantize") and importlib.util.find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed here")
    with pytest.raises(error, match=said):
        train(recipe.model_copy(update=change), tmp_path, say=_no_news)


def test_a_base_without_a_chat_template_is_refused(recipe: Recipe, tiny_base: Path, tmp_path: Path) -> None:
    mute = tmp_path / "mute"
    shutil.copytree(tiny_base, mute)
    (mute / "chat_template.jinja").unlink(missing_ok=True)
    path = mute / "tokenizer_config.json"
    config = json.loads(path.read_text("utf-8"))
    config.pop("chat_template", None)
    path.write_text(json.dumps(config), "utf-8")
    with pytest.raises(BedsideError, match="no chat template"):
        train(recipe.model_copy(update={"base": f"local:{mute}"}), tmp_path, say=_no_news)


def test_an_adapter_for_another_base_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe.model_copy(update={"max_steps": 1}), tmp_path, say=_no_news)
    path = recipe.out / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, "base_sha256": "0" * 64}), "utf-8")
    with pytest.raises(AdapterRefused, match="trained on base"):
        merge_adapter(load(find_base(recipe.base, tmp_path)), recipe.out)


def test_the_clock_ends_a_run_whose_minutes_are_over(recipe: Recipe, tmp_path: Path) -> None:
    ticks = iter(range(0, 6000, 20))
    timed = recipe.model_copy(update={"max_minutes": 1.0})
    assert 1 <= train(timed, tmp_path, say=_no_news, clock=lambda: next(ticks)).step < 8


def _rows(count: int) -> list[Row]:
    return [Row((1, 2, 3, 4, 10 + i, 5), (0, 0, 0, 0, 0, 1), "course") for i in range(count)]


def test_packs_are_the_same_for_every_run_of_a_recipe_and_anew_in_every_epoch(recipe: Recipe) -> None:
    whole = recipe.model_copy(update={"max_steps": 0, "pack_tokens": 64, "epochs": 2})
    packs = plan_packs(_rows(60), whole)
    assert packs == plan_packs(_rows(60), whole)
    assert sum(p.rows for p in packs) == 120
    half = len(packs) // 2
    assert {p.ids for p in packs[:half]} != {p.ids for p in packs[half:]}
    assert len(plan_packs(_rows(60), whole.model_copy(update={"max_steps": 3}))) == 3


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
    command = path.read_text("utf-8").splitlines()[0]
    assert command.startswith(
        (
            "# python -m finetune prepare",
            "# LEARN_FROM_USE=true python -m finetune prepare",
            "# accelerate launch",
        )
    )
    assert f"train --config finetune/configs/{path.name}" in command


@pytest.mark.model
@pytest.mark.slow
def test_the_smoke_recipe_trains_the_real_base(data: Path, model_cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(CONFIGS / "smoke.yaml").model_copy(
        update={"data": data, "out": tmp_path / "smoke", "run": tmp_path / "smoke-run"}
    )
    progress = train(recipe, model_cache, say=_no_news)
    assert progress.step == 4
    assert all(loss < 6 for loss in progress.losses)
    assert len(progress.held_losses) == 2
    assert (recipe.out / "adapter_model.safetensors").stat().st_size < 20_000_000
