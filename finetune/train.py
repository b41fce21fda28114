"""LoRA training (Hu et al., 2021) of a local base on prepared examples, on assistant tokens only.

Owns the loop: packs in a seeded order, AdamW, a rate that warms up and falls, checkpoints from which a stopped run goes on as
if it had not been stopped. Weights and optimizer state are safetensors; nothing here is a pickle.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.models.loading import LoadedModel, find_base, load
from finetune.adapter_folder import save_adapter
from finetune.errors import FineTuneError
from finetune.packing import Pack, answer_loss, pack_rows
from finetune.prepare import read_examples
from finetune.progress import Progress
from finetune.prompts import row_of
from finetune.recipe import Recipe

CHECKPOINT = "checkpoint"


def train(
    recipe: Recipe,
    cache_dir: Path,
    *,
    resume: bool = False,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),  # noqa: T201
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Trains, writes the adapter to ``recipe.out`` and returns how it went."""
    import torch

    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    loaded = load(find_base(recipe.base, cache_dir))
    model = with_adapter(loaded, recipe)
    rows = [row_of(e, loaded.tokenizer) for e in read_examples(recipe.data / "train.jsonl")]
    steps = plan_steps(pack_rows(shuffled(rows, recipe.seed), recipe.pack_tokens), recipe)
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(parameters.values(), lr=recipe.learning_rate, weight_decay=0.0)
    progress = Progress(0, [])
    if resume:
        progress = read_checkpoint(recipe.out / CHECKPOINT, parameters, optimizer)
        say(f"going on from step {progress.step}")
    began, before = clock(), progress.seconds
    base = model.get_base_model()
    model.train()
    while progress.step < len(steps):
        share = time_share(progress, recipe, len(steps))
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * rate_at(progress.step, share, recipe.warmup_steps)
        batch = steps[progress.step]
        optimizer.zero_grad()
        answers = sum(len(pack.answers) for pack in batch)
        total = 0.0
        try:
            for pack in batch:
                loss = answer_loss(base, pack, loaded.device) / answers
                loss.backward()
                total += float(loss.detach())
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise FineTuneError("Memory ran out. Lower pack_tokens in the recipe, then rank.") from error
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()
        progress.step += 1
        progress.losses.append(total)
        progress.seconds = before + clock() - began
        progress.row_tokens += sum(pack.row_tokens for pack in batch)
        say(line_of(progress, recipe, len(steps)))
        if progress.step % recipe.checkpoint_every == 0:
            write_checkpoint(recipe.out / CHECKPOINT, parameters, optimizer, progress)
    save_adapter(model, loaded, recipe, progress)
    shutil.rmtree(recipe.out / CHECKPOINT, ignore_errors=True)
    return progress


def with_adapter(loaded: LoadedModel, recipe: Recipe) -> Any:
    """The base with a fresh LoRA pair on every linear layer; the same seed gives the same start."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(recipe.seed)
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(loaded.model, config)


def shuffled(rows: Sequence[Any], seed: int) -> list[Any]:
    order = list(rows)
    random.Random(seed).shuffle(order)
    return order


def plan_steps(packs: Sequence[Pack], recipe: Recipe) -> list[list[Pack]]:
    """The packs of every step of the whole run, known from the recipe alone, so that a resumed run takes the same."""
    steps: list[list[Pack]] = []
    for epoch in range(recipe.epochs):
        order = shuffled(packs, recipe.seed + epoch)
        size = recipe.packs_per_step
        steps += [order[i : i + size] for i in range(0, len(order), size)]
    return steps[: recipe.max_steps] if recipe.max_steps else steps


def time_share(progress: Progress, recipe: Recipe, steps: int) -> float:
    """How much of the run is over, 0 to 1: by steps, or by the clock where that ends it sooner."""
    by_steps = progress.step / steps
    if not recipe.max_minutes:
        return by_steps
    return max(by_steps, progress.seconds / (60 * recipe.max_minutes))


def rate_at(step: int, share: float, warmup_steps: int) -> float:
    """A factor of the learning rate: linear warm-up, then half a cosine to zero at the end of the run."""
    warm = min(1.0, (step + 1) / (warmup_steps + 1))
    return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


def line_of(progress: Progress, recipe: Recipe, steps: int) -> str:
    share = max(time_share(progress, recipe, steps), 1e-6)
    left = progress.seconds * (1 - min(1.0, share)) / share
    speed = progress.row_tokens / max(progress.seconds, 1e-6)
    return (
        f"step {progress.step}/{steps}  loss {progress.losses[-1]:.3f}  {speed:.0f} tokens/s  "
        f"{progress.seconds:.0f} s  {left:.0f} s left"
    )


# --- checkpoints ----------------------------------------------------------------------------------------------------


def write_checkpoint(folder: Path, parameters: dict[str, Any], optimizer: Any, progress: Progress) -> None:
    """Replaces the checkpoint whole: a kill while writing leaves the one before."""
    from safetensors.torch import save_file

    work = folder.with_name(folder.name + ".new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    tensors: dict[str, Any] = {}
    for name, parameter in parameters.items():
        state = optimizer.state[parameter]
        tensors[name] = parameter.detach().contiguous()
        tensors[f"mean.{name}"] = state["exp_avg"]
        tensors[f"square.{name}"] = state["exp_avg_sq"]
    save_file(tensors, str(work / "state.safetensors"))
    about = {
        "step": progress.step,
        "losses": progress.losses,
        "seconds": progress.seconds,
        "row_tokens": progress.row_tokens,
    }
    (work / "progress.json").write_text(json.dumps(about), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)


def read_checkpoint(folder: Path, parameters: dict[str, Any], optimizer: Any) -> Progress:
    """Puts weights and optimizer back as they were; raises FineTuneError where they do not fit the recipe."""
    import torch
    from safetensors.torch import load_file

    try:
        about = json.loads((folder / "progress.json").read_text("utf-8"))
        tensors = load_file(str(folder / "state.safetensors"))
    except (OSError, ValueError) as error:
        raise FineTuneError(f"{folder} holds no checkpoint to go on from. Run without --resume.") from error
    for name, parameter in parameters.items():
        if name not in tensors or tensors[name].shape != parameter.shape:
            raise FineTuneError(f"{folder} was trained with another rank or base. Run without --resume.")
        parameter.data.copy_(tensors[name])
        optimizer.state[parameter] = {
            "step": torch.tensor(float(about["step"])),
            "exp_avg": tensors[f"mean.{name}"].to(parameter.device),
            "exp_avg_sq": tensors[f"square.{name}"].to(parameter.device),
        }
    return Progress(int(about["step"]), list(about["losses"]), about["seconds"], about["row_tokens"])
