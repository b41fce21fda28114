"""LoRA training (Hu et al., 2021) of a local base on prepared examples, on assistant tokens only, by TRL and accelerate.

Owns what a recipe means to the trainer: the order of packs, checkpoints, and how a stopped run goes on as if it had not been
stopped. Refuses to know what is learned.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from finetune.adapter_folder import save_adapter
from finetune.errors import FineTuneError
from finetune.packing import Pack, model_inputs, pack_rows
from finetune.prepare import data_sha256, read_examples
from finetune.progress import Progress
from finetune.prompts import row_of
from finetune.recipe import Recipe
from finetune.rehearsal import prose_of
from finetune.trainable import NO_MEMORY, load_trainable, processes

SAME_RUN = (
    "method", "base", "rank", "alpha", "learning_rate", "epochs", "pack_tokens", "packs_per_step", "keep_weight", "keep_rows",
)  # fmt: skip


def train(
    recipe: Recipe,
    cache_dir: Path,
    *,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),  # noqa: T201
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Trains, writes the adapter to ``recipe.out`` and returns how it went. Raises FineTuneError or a BedsideError."""
    import torch

    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    loaded, model = load_trainable(recipe, cache_dir)
    from finetune.trainers import Course, forget_checkpoints, last_whole_checkpoint

    about = {name: getattr(recipe, name) for name in SAME_RUN} | {"data_sha256": data_sha256(recipe.data)}
    checkpoint = _checkpoint(last_whole_checkpoint(recipe.run_folder), about, recipe) if resume else None
    if not resume and int(os.environ.get("RANK", "0")) == 0:
        forget_checkpoints(recipe.run_folder)
    build = _pack_trainer if recipe.method == "sft" else _pair_trainer
    trainer, tokens = build(recipe, loaded, model)
    course = Course(tokens, recipe.max_minutes, about, say, clock)
    trainer.course, trainer.warmup_steps = course, recipe.warmup_steps
    trainer.add_callback(course)
    if checkpoint is not None:
        mark = json.loads((checkpoint / "bedside_checkpoint.json").read_text("utf-8"))
        course.go_on_from(mark)
        say(f"going on from step {mark['step']}")
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise FineTuneError(NO_MEMORY) from error
    steps_left = course.progress.step < course.steps
    course.progress.stopped_early = steps_left and not recipe.max_minutes
    state = trainer.accelerator.get_state_dict(trainer.model)  # gathers the shards of all processes
    if trainer.is_world_process_zero():
        save_adapter(trainer.accelerator.unwrap_model(trainer.model), loaded, recipe, course.progress, state)
        forget_checkpoints(recipe.run_folder)
    return course.progress


def shuffled(rows: Sequence[Any], seed: int) -> list[Any]:
    order = list(rows)
    random.Random(seed).shuffle(order)
    return order


def plan_packs(rows: Sequence[Any], recipe: Recipe) -> list[Pack]:
    """The packs of the whole run in order, known from the recipe alone, so that a resumed run takes the same.

    Every epoch packs the rows anew: a row meets other neighbours, and other rows share its step.
    """
    packs: list[Pack] = []
    for epoch in range(recipe.epochs):
        fresh = pack_rows(shuffled(rows, recipe.seed + epoch), recipe.pack_tokens)
        packs += shuffled(fresh, recipe.seed + epoch)
    return packs[: recipe.max_steps * packs_per_step(recipe)] if recipe.max_steps else packs


def packs_per_step(recipe: Recipe) -> int:
    return recipe.packs_per_step * processes()


def _checkpoint(folder: Path | None, about: dict[str, Any], recipe: Recipe) -> Path:
    if folder is None:
        raise FineTuneError(f"{recipe.run_folder} holds no checkpoint to go on from. Run without --resume.")
    mark = json.loads((folder / "bedside_checkpoint.json").read_text("utf-8"))
    for name, value in about.items():
        if mark.get(name) != value:
            raise FineTuneError(
                f"{folder} was trained with another {name} ({mark.get(name)}, now {value}). Set it back, or run without "
                "--resume."
            )
    return folder


def _common_arguments(recipe: Recipe) -> dict[str, Any]:
    import torch

    on_gpu = torch.cuda.is_available()
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(recipe.run_folder / "tensorboard")
    measured = recipe.patience > 0
    return {
        "output_dir": str(recipe.run_folder),
        "num_train_epochs": 1,
        "max_steps": recipe.max_steps or -1,
        "learning_rate": recipe.learning_rate,
        "weight_decay": 0.0,
        "max_grad_norm": 1.0,
        "logging_steps": 1,
        "report_to": ["tensorboard"],
        "save_strategy": "steps",
        "save_steps": recipe.checkpoint_every,
        "save_total_limit": 2,
        "eval_strategy": "steps" if measured else "no",
        "eval_steps": recipe.checkpoint_every,
        "load_best_model_at_end": measured,
        "metric_for_best_model": "eval_loss" if measured else None,
        "greater_is_better": False if measured else None,
        "prediction_loss_only": True,
        "gradient_checkpointing": recipe.gradient_checkpointing,
        "bf16": on_gpu,
        "use_cpu": not on_gpu,
        "dataloader_pin_memory": on_gpu,
        "remove_unused_columns": False,
        "disable_tqdm": True,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "ddp_find_unused_parameters": False,
    }


def _pack_trainer(recipe: Recipe, loaded: Any, model: Any) -> tuple[Any, list[int]]:
    from datasets import Dataset
    from trl import SFTConfig

    from finetune.trainers import PackTrainer

    def rows_of(part: str, most: int | None = None) -> list[Any]:
        return [row_of(e, loaded.tokenizer) for e in read_examples(recipe.data / f"{part}.jsonl")[:most]]

    packs = plan_packs(rows_of("train"), recipe)
    held = pack_rows(rows_of("held", recipe.held_rows), recipe.pack_tokens) if recipe.patience else []
    arguments = SFTConfig(
        per_device_train_batch_size=1,
        per_device_eval_batch_size=1,
        gradient_accumulation_steps=recipe.packs_per_step,
        train_sampling_strategy="sequential",
        dataset_kwargs={"skip_prepare_dataset": True},
        **_common_arguments(recipe),
    )
    trainer = PackTrainer(
        model=model,
        args=arguments,
        train_dataset=_dataset(Dataset, packs),
        eval_dataset=_dataset(Dataset, held) if held else None,
        processing_class=loaded.tokenizer,
        data_collator=_collate,
        callbacks=_stopping(recipe),
    )
    if recipe.keep_weight:
        with model.disable_adapter():
            trainer.prose = prose_of(replace(loaded, model=model), recipe.keep_rows, recipe.seed)
        trainer.keep_weight = recipe.keep_weight
    _silence(trainer)
    size = packs_per_step(recipe)
    return trainer, [sum(p.row_tokens for p in packs[i : i + size]) for i in range(0, len(packs), size)]


def _pair_trainer(recipe: Recipe, loaded: Any, model: Any) -> tuple[Any, list[int]]:
    from datasets import Dataset
    from trl import DPOConfig

    from finetune.pairs import pair_ids, read_pairs
    from finetune.trainers import PairTrainer

    pairs = [pair_ids(p, loaded.tokenizer) for p in read_pairs(recipe.data / "pairs.jsonl")]
    rows = [row for epoch in range(recipe.epochs) for row in shuffled(pairs, recipe.seed + epoch)]
    size = recipe.pairs_per_step * processes()
    # Pairs of like length share a step, so that little is padded; steps stay in a seeded order.
    rows.sort(key=lambda row: sum(map(len, row.values())))
    steps = shuffled([rows[i : i + size] for i in range(0, len(rows), size)], recipe.seed)
    steps = steps[: recipe.max_steps] if recipe.max_steps else steps
    if loaded.tokenizer.pad_token is None:
        loaded.tokenizer.pad_token = loaded.tokenizer.eos_token
    arguments = DPOConfig(
        per_device_train_batch_size=recipe.pairs_per_step,
        train_sampling_strategy="sequential",
        beta=recipe.beta,
        max_length=None,
        **_common_arguments(recipe.model_copy(update={"patience": 0})),
    )
    trainer = PairTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list([row for step in steps for row in step]),
        processing_class=loaded.tokenizer,
    )
    _silence(trainer)
    return trainer, [sum(sum(map(len, row.values())) for row in step) for step in steps]


def _dataset(maker: Any, packs: Sequence[Pack]) -> Any:
    return maker.from_list([vars(pack) for pack in packs])


def _collate(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    (row,) = rows
    return model_inputs(Pack(**row))


def _stopping(recipe: Recipe) -> list[Any]:
    from transformers import EarlyStoppingCallback

    return [EarlyStoppingCallback(early_stopping_patience=recipe.patience)] if recipe.patience else []


def _silence(trainer: Any) -> None:
    """The course says what there is to say; the trainer's own printing would mix with the command's output."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
