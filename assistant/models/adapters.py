"""LoRA adapters (Hu et al., 2021): checked before a byte of weights is read, then merged into the base model.

Owns what an adapter folder may hold. Refuses to know how adapters are trained.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AdapterRefused
from assistant.models.loading import LoadedModel, base_sha256

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
MANIFEST = "bedside_manifest.json"
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
MAX_RANK = 512
_PREFIX = "base_model.model."


@dataclass(frozen=True)
class Adapter:
    """``layers`` counts the adapted linear layers; ``rank`` is LoRA's r."""

    name: str
    folder: Path
    rank: int
    layers: int


def check_adapter(folder: Path, base_shapes: Mapping[str, tuple[int, int]], base_hash: str) -> Adapter:
    """Raises AdapterRefused unless the folder is a LoRA adapter for exactly this base.

    ``base_shapes`` gives each linear layer's weight shape as (out_features, in_features).
    """
    if not folder.is_dir():
        raise AdapterRefused(
            f"ADAPTER={folder}: there is no such folder. Name one with {CONFIG} and {WEIGHTS}."
        )
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in PICKLES:
            raise AdapterRefused(
                f"ADAPTER={folder}: {path.name} is a pickle, which can run code. Keep {WEIGHTS} only."
            )
    config = _read_json(folder, CONFIG)
    rank = _checked_rank(folder, config)
    _check_manifest(folder, base_hash)
    layers = _check_header(folder, rank, base_shapes)
    return Adapter(folder.resolve().name, folder, rank, layers)


def merge_adapter(loaded: LoadedModel, folder: Path) -> tuple[LoadedModel, Adapter]:
    """The base with the adapter folded into its weights, so that it generates as fast as the base alone."""
    import torch
    from peft import PeftModel

    shapes = {
        name: (int(module.weight.shape[0]), int(module.weight.shape[1]))
        for name, module in loaded.model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    hash_needed = (folder / MANIFEST).is_file()  # hashing a large base takes a minute
    adapter = check_adapter(folder, shapes, base_sha256(loaded.base.folder) if hash_needed else "")
    try:
        tuned = PeftModel.from_pretrained(
            loaded.model, str(folder), is_trainable=False, local_files_only=True
        )
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: peft cannot apply it ({type(error).__name__}). Train it again with this version."
        ) from error
    merged = tuned.merge_and_unload()
    merged.eval()
    return LoadedModel(loaded.base, merged, loaded.tokenizer, loaded.device), adapter


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    try:
        value = json.loads((folder / name).read_text("utf-8"))
    except FileNotFoundError as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {name} is missing. Name the folder that training wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {name} is not readable JSON. Export the adapter again."
        ) from error
    if not isinstance(value, dict):
        raise AdapterRefused(f"ADAPTER={folder}: {name} must hold one JSON object. Export the adapter again.")
    return value


def _checked_rank(folder: Path, config: dict[str, Any]) -> int:
    if config.get("peft_type") != "LORA":
        raise AdapterRefused(
            f"ADAPTER={folder}: peft_type is {config.get('peft_type')!r}; only LORA is accepted."
        )
    if config.get("auto_map") or config.get("auto_mapping"):
        raise AdapterRefused(
            f"ADAPTER={folder}: {CONFIG} asks for code of its own (auto_map). Only plain LoRA is accepted."
        )
    # Each of these changes more than the low-rank pair that the header check below covers.
    changing = (
        "modules_to_save",
        "rank_pattern",
        "alpha_pattern",
        "megatron_config",
        "loftq_config",
        "use_dora",
    )
    for field in (*changing, "trainable_token_indices", "layer_replication"):
        if config.get(field):
            raise AdapterRefused(
                f"ADAPTER={folder}: {CONFIG} sets {field}; only plain LoRA pairs are accepted."
            )
    rank = config.get("r")
    if not isinstance(rank, int) or isinstance(rank, bool) or not 1 <= rank <= MAX_RANK:
        raise AdapterRefused(
            f"ADAPTER={folder}: rank r is {rank!r}; expected a whole number from 1 to {MAX_RANK}."
        )
    return rank


def _check_manifest(folder: Path, base_hash: str) -> None:
    if not (folder / MANIFEST).exists():
        return
    expected = _read_json(folder, MANIFEST).get("base_sha256")
    if expected != base_hash:
        raise AdapterRefused(
            f"ADAPTER={folder}: it was trained on base {str(expected)[:12]}, but the model loaded is {base_hash[:12]}. "
            "Set MODEL to the base it was trained on."
        )


def _check_header(folder: Path, rank: int, base_shapes: Mapping[str, tuple[int, int]]) -> int:
    """The number of adapted layers, from the header alone: no tensor is read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(folder / WEIGHTS), framework="numpy") as file:
            shapes = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {WEIGHTS} is missing. Save the adapter as safetensors."
        ) from error
    except (SafetensorError, OSError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {WEIGHTS} is damaged. Copy or export the adapter again."
        ) from error
    halves: dict[str, set[str]] = {}
    for key, shape in shapes.items():
        layer, _, half = key.removeprefix(_PREFIX).removesuffix(".weight").rpartition(".")
        if half not in ("lora_A", "lora_B") or not key.endswith(".weight"):
            raise AdapterRefused(
                f"ADAPTER={folder}: tensor {key} is no LoRA pair. Only lora_A and lora_B are accepted."
            )
        if layer not in base_shapes:
            raise AdapterRefused(
                f"ADAPTER={folder}: layer {layer} is not in the base model. Set MODEL to its base."
            )
        out_features, in_features = base_shapes[layer]
        expected = (rank, in_features) if half == "lora_A" else (out_features, rank)
        if shape != expected:
            raise AdapterRefused(
                f"ADAPTER={folder}: {key} has shape {shape}, expected {expected}. Set MODEL to the base it was trained on."
            )
        halves.setdefault(layer, set()).add(half)
    unpaired = [layer for layer, found in halves.items() if len(found) != 2]
    if unpaired or not halves:
        raise AdapterRefused(
            f"ADAPTER={folder}: {unpaired[0] if unpaired else WEIGHTS} lacks its LoRA pair. Export it again."
        )
    return len(halves)
