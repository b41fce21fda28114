"""The folder that training leaves: safetensors, peft's config, Bedside's manifest and a model card.

Owns what is written there. ``assistant.models.adapters`` owns what is accepted.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from assistant.models.adapters import WEIGHTS
from assistant.models.loading import LoadedModel, base_sha256, sha256_of, tokenizer_sha256
from assistant.models.manifest import Gate, Manifest, read_manifest, write_manifest
from finetune.model_card import model_card
from finetune.prepare import data_sha256
from finetune.progress import Progress
from finetune.recipe import Recipe

NOT_MEASURED = "Not measured yet: python -m finetune evaluate, then python -m finetune adapters approve."
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "safetensors")


def started_from(recipe: Recipe) -> dict[str, Any]:
    """What an adapter went on from: without it, a run from its recipe alone would not give these weights."""
    if recipe.start is None:
        return {}
    before = read_manifest(recipe.start)
    return {
        "started_from": {
            "weights_sha256": before.weights_sha256,
            "data_sha256": before.data_sha256,
            "steps": before.figures.get("steps"),
            "row_tokens": before.figures.get("row_tokens"),
        }
    }


def save_adapter(
    model: Any, loaded: LoadedModel, recipe: Recipe, progress: Progress, state: dict[str, Any] | None = None
) -> None:
    """Weights at half precision: an adapter's rounding is far below what greedy decoding can tell apart.

    ``state`` holds the weights where they were gathered from several processes.
    """
    import torch
    from safetensors.torch import load_file, save_file

    model.save_pretrained(
        str(recipe.out), safe_serialization=True, selected_adapters=["default"], state_dict=state
    )
    for stale in ("README.md", "evaluation.json", "evaluation.html"):
        (recipe.out / stale).unlink(missing_ok=True)
    config_path = recipe.out / "adapter_config.json"
    config = json.loads(config_path.read_text("utf-8"))
    config["base_model_name_or_path"] = loaded.base.name
    config["target_modules"] = sorted(config["target_modules"])
    config_path.write_text(json.dumps(config, indent=1), "utf-8")
    weights = recipe.out / WEIGHTS
    halves = {name: tensor.to(torch.float16) for name, tensor in load_file(str(weights)).items()}
    save_file(halves, str(weights), metadata={"format": "pt"})
    manifest = Manifest(
        name=recipe.out.name,
        base=loaded.base.name,
        base_sha256=base_sha256(loaded.base.folder),
        tokenizer_sha256=tokenizer_sha256(loaded.tokenizer),
        data_sha256=data_sha256(recipe.data),
        weights_sha256=sha256_of(weights),
        recipe=json.loads(recipe.model_dump_json()),
        seed=recipe.seed,
        versions={name: version(name) for name in PACKAGES},
        figures={
            **started_from(recipe),
            "steps": progress.step,
            "row_tokens": progress.row_tokens,
            "seconds": round(progress.seconds, 1),
            "first_loss": round(progress.losses[0], 4) if progress.losses else None,
            "held_losses": progress.held_losses,
            "stopped_early": progress.stopped_early,
            "last_loss": round(sum(progress.losses[-5:]) / max(1, len(progress.losses[-5:])), 4),
        },
        gate=Gate(reasons=(NOT_MEASURED,)),
    )
    write_manifest(recipe.out, manifest)
    (recipe.out / "MODEL_CARD.md").write_text(model_card(manifest), "utf-8")
