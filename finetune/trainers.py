"""TRL's trainers, fed with rows that this project rendered itself, and the callback that tells how a run goes.

Owns the way from packs and pairs to TRL, the rate's course, and the mark that a checkpoint was written whole. Imported only
when a run begins: it brings torch and TRL.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback
from trl import DPOTrainer, SFTTrainer

from finetune.packing import answer_loss
from finetune.progress import Progress, line_of, time_share
from finetune.rehearsal import distance

MARK = "bedside_checkpoint.json"


def rate_at(step: int, share: float, warmup_steps: int) -> float:
    """A factor of the learning rate: linear warm-up, then half a cosine to zero at the end of the run."""
    warm = min(1.0, (step + 1) / (warmup_steps + 1))
    return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))


class Course(TrainerCallback):  # type: ignore[misc]
    """Counts a run, says a line a step, ends it with the clock, and marks each checkpoint once it is whole.

    A kill between a checkpoint's first file and its last leaves a folder without the mark, which is never gone on from.
    """

    def __init__(
        self,
        step_tokens: Sequence[int],
        max_minutes: float,
        about: Mapping[str, Any],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = Progress(0, [])
        self._step_tokens = step_tokens
        self._max_minutes = max_minutes
        self._about = dict(about)
        self._say = say
        self._clock = clock
        self._began = clock()
        self._before = 0.0

    @property
    def steps(self) -> int:
        return len(self._step_tokens)

    def share(self) -> float:
        seconds = self._before + self._clock() - self._began
        return time_share(self.progress.step, self.steps, seconds, self._max_minutes)

    def go_on_from(self, mark: Mapping[str, Any]) -> None:
        self._before = float(mark["seconds"])

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._began = self._clock()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        p = self.progress
        p.step = state.global_step
        p.seconds = self._before + self._clock() - self._began
        p.row_tokens = sum(self._step_tokens[: p.step])
        if self._max_minutes and p.seconds >= 60 * self._max_minutes:
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        p = self.progress
        p.losses = [row["loss"] for row in state.log_history if "loss" in row]
        p.held_losses = [(row["step"], row["eval_loss"]) for row in state.log_history if "eval_loss" in row]
        if not state.is_world_process_zero or not logs:
            return
        if "loss" in logs:
            self._say(line_of(p, self.steps, self._max_minutes))
        elif "eval_loss" in logs:
            self._say(f"held-out loss {logs['eval_loss']:.3f} at step {p.step}")

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.is_world_process_zero:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            mark = {**self._about, "step": state.global_step, "seconds": self.progress.seconds}
            work = folder / f"{MARK}.new"
            work.write_text(json.dumps(mark), "utf-8")
            work.rename(folder / MARK)


class _Rate:
    """Mixin: the rate follows the course, by steps or by the clock, whichever ends the run."""

    course: Course
    warmup_steps: int

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        if self.lr_scheduler is None:  # type: ignore[has-type]
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
                optimizer or self.optimizer,  # type: ignore[attr-defined]
                lambda step: rate_at(
                    step, max(self.course.share(), step / self.course.steps), self.warmup_steps
                ),
            )
            self._created_lr_scheduler = True
        return self.lr_scheduler


class PackTrainer(_Rate, SFTTrainer):  # type: ignore[misc]
    """``SFTTrainer`` on packs that share their prompts' beginning; the vocabulary is computed for answer tokens alone.

    TRL's own fused head spares the prompt tokens on GPUs only; on a processor it computes all of them.
    Where ``keep_weight`` is above 0, each step also holds the adapter near its base on one row of ``prose``.
    """

    prose: Sequence[tuple[int, ...]] = ()
    keep_weight = 0.0

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        loss = answer_loss(model, inputs)
        count = (inputs["labels"] != -100).sum() if num_items_in_batch is None else num_items_in_batch
        loss = loss / count
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = (
                loss * self.accelerator.num_processes
            )  # the count is of all processes; gradients are averaged
        if self.prose and model.training:
            loss = loss + self._kept(model)
        return (loss, {"loss": loss.detach()}) if return_outputs else loss

    def _kept(self, model: Any) -> Any:
        row = self.prose[self.state.global_step % len(self.prose)]
        share = self.args.gradient_accumulation_steps  # packs of one step add up
        return self.keep_weight * distance(self.accelerator.unwrap_model(model), row) / share


class PairTrainer(_Rate, DPOTrainer):  # type: ignore[misc]
    """``DPOTrainer`` on pairs that are token ids already, as inference renders them."""

    def _prepare_dataset(self, dataset: Any, *args: Any, **kwargs: Any) -> Any:
        return dataset


def last_whole_checkpoint(run: Path) -> Path | None:
    """The latest checkpoint that was written to its end; older and half-written ones are left alone."""
    marked = [folder for folder in run.glob("checkpoint-*") if (folder / MARK).is_file()]
    return max(marked, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)


def forget_checkpoints(run: Path) -> None:
    for folder in run.glob("checkpoint-*"):
        shutil.rmtree(folder, ignore_errors=True)
