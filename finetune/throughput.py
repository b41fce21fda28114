"""How fast training is beside plain TRL on the same rows, in one run: ``python -m finetune.throughput DATA``.

Owns the comparison: same base, rows, rank, rate and rows a step; tokens of the rows a second, and the held-out loss after.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.models.loading import LoadedModel
from finetune.packing import Row, answer_loss, make_pack, model_inputs
from finetune.prepare import read_examples, write_examples
from finetune.prompts import row_of
from finetune.recipe import Recipe
from finetune.train import shuffled, train
from finetune.trainable import load_trainable

ROWS, HELD, ROWS_A_STEP = 24, 16, 8


def compare(
    recipe: Recipe, cache_dir: Path, say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Figures of plain TRL with its defaults, of TRL tuned by hand for a processor, and of ours."""
    examples = shuffled(read_examples(recipe.data / "train.jsonl"), recipe.seed)[: ROWS + HELD]
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as work:
        for part, rows in (("train", examples[:ROWS]), ("held", examples[ROWS:])):
            write_examples(Path(work) / f"{part}.jsonl", rows)
        ours = recipe.model_copy(
            update={"data": Path(work), "out": Path(work) / "ours", "run": Path(work) / "run", "max_steps": 0}
        )
        progress = train(ours, cache_dir, say=lambda line: None)
        loaded, model = load_trainable(ours.model_copy(update={"start": ours.out}), cache_dir)
        rows = [row_of(e, loaded.tokenizer) for e in examples]
        report["ours"] = _figures(progress.seconds, rows[:ROWS], _held_loss(model, rows[ROWS:]))
        report["ours"]["steps"] = progress.step
        say(f"ours: {report['ours']}")
        for name, plain in (
            ("TRL, float32, no recomputation", {"bf16": False, "gradient_checkpointing": False}),
            ("TRL, float32", {"bf16": False}),
            ("TRL defaults", {}),
        ):
            loaded, model = load_trainable(recipe, cache_dir)
            seconds = _plain(loaded, model, rows[:ROWS], recipe, work, plain)
            report[name] = _figures(seconds, rows[:ROWS], _held_loss(model, rows[ROWS:]))
            say(f"{name}: {report[name]}")
    fastest = max(v["tokens_per_s"] for k, v in report.items() if k != "ours")
    report["ratio_to_defaults"] = round(
        report["ours"]["tokens_per_s"] / report["TRL defaults"]["tokens_per_s"], 2
    )
    report["ratio_to_tuned"] = round(report["ours"]["tokens_per_s"] / fastest, 2)
    return report


def _plain(
    loaded: LoadedModel, model: Any, rows: Sequence[Row], recipe: Recipe, work: str, settings: dict[str, Any]
) -> float:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    data = Dataset.from_list([{"input_ids": list(r.ids), "completion_mask": list(r.mask)} for r in rows])
    arguments = SFTConfig(
        output_dir=work,
        per_device_train_batch_size=ROWS_A_STEP,
        learning_rate=recipe.learning_rate,
        weight_decay=0.0,
        num_train_epochs=1,
        completion_only_loss=True,
        use_cpu=loaded.device == "cpu",
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
        seed=recipe.seed,
        **settings,
    )
    trainer = SFTTrainer(model=model, args=arguments, train_dataset=data, processing_class=loaded.tokenizer)
    began = time.perf_counter()
    trainer.train()
    return time.perf_counter() - began


def _held_loss(model: Any, rows: Sequence[Row]) -> float:
    import torch

    model.eval()
    inner = model.get_base_model()
    with torch.inference_mode():
        total = sum(float(answer_loss(inner, model_inputs(make_pack([row])))) for row in rows)
    return total / sum(sum(row.mask) for row in rows)


def _figures(seconds: float, rows: Sequence[Row], held: float) -> dict[str, Any]:
    tokens = sum(len(row.ids) for row in rows)
    return {
        "tokens_per_s": round(tokens / seconds, 1),
        "seconds": round(seconds, 1),
        "held_loss": round(held, 3),
    }


if __name__ == "__main__":
    recipe = Recipe(data=Path(sys.argv[1]), out=Path("unused"), warmup_steps=0, learning_rate=5e-4, threads=2)
    from assistant.wiring import load_settings, quiet_dependencies

    quiet_dependencies()

    def tell(line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    print(json.dumps(compare(recipe, load_settings().model_cache_dir, tell), indent=1))  # noqa: T201
