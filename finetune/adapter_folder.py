"""The folder that training leaves: safetensors, peft's config, Bedside's manifest and a model card.

Owns what is written there. ``assistant.models.adapters`` owns what is accepted.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

from assistant.models.loading import LoadedModel, base_sha256
from finetune.prepare import data_sha256
from finetune.progress import Progress
from finetune.recipe import Recipe

MANIFEST = "bedside_manifest.json"
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "safetensors")


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
    (recipe.out / "README.md").unlink(missing_ok=True)
    config_path = recipe.out / "adapter_config.json"
    config = json.loads(config_path.read_text("utf-8"))
    config["base_model_name_or_path"] = loaded.base.name
    config["target_modules"] = sorted(config["target_modules"])
    config_path.write_text(json.dumps(config, indent=1), "utf-8")
    weights = recipe.out / "adapter_model.safetensors"
    halves = {name: tensor.to(torch.float16) for name, tensor in load_file(str(weights)).items()}
    save_file(halves, str(weights), metadata={"format": "pt"})
    manifest = {
        "name": recipe.out.name,
        "base": loaded.base.name,
        "base_sha256": base_sha256(loaded.base.folder),
        "data_sha256": data_sha256(recipe.data),
        "recipe": json.loads(recipe.model_dump_json()),
        "seed": recipe.seed,
        "versions": {name: version(name) for name in PACKAGES},
        "worked_examples": False,
        "figures": {
            "steps": progress.step,
            "row_tokens": progress.row_tokens,
            "seconds": round(progress.seconds, 1),
            "first_loss": round(progress.losses[0], 4) if progress.losses else None,
            "held_losses": progress.held_losses,
            "stopped_early": progress.stopped_early,
            "last_loss": round(sum(progress.losses[-5:]) / max(1, len(progress.losses[-5:])), 4),
        },
    }
    (recipe.out / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    (recipe.out / "MODEL_CARD.md").write_text(_card(manifest), "utf-8")


def _card(manifest: dict[str, Any]) -> str:
    figures = manifest["figures"]
    return f"""# {manifest["name"]}

A LoRA adapter (rank {manifest["recipe"]["rank"]}, all linear layers) for {manifest["base"]}.

- Does: words one telegraphic ward note as plain sentences with its citation; answers from numbered evidence, or declines.
- Is not for: advice, diagnosis, or any text that is not checked against its evidence afterwards. English only.
- Data: synthetic notes and this project's own guideline texts, no patient's; doses in it are random. SHA-256 {manifest["data_sha256"]}.
- Base: SHA-256 {manifest["base_sha256"]}; another base is refused.
- Prompt: the app's own, without worked examples.
- Training: {figures["steps"]} steps, {figures["row_tokens"]} tokens, {figures["seconds"]} s; loss {figures["first_loss"]} at first, {figures["last_loss"]} at last.
- Licence: Apache-2.0, as the base.
"""
