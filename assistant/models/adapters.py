"""LoRA adapters (Hu et al., 2021): checked before a byte of weights is read, then merged into the base model.

Owns what an adapter folder may hold, down to its file names. Refuses to know how adapters are trained, and who chose one.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import AdapterRefused
from assistant.models.loading import LoadedModel, base_sha256, sha256_of, tokenizer_sha256
from assistant.models.manifest import MANIFEST, Manifest, read_manifest

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
KNOWN_FILES = frozenset({CONFIG, WEIGHTS, MANIFEST, "MODEL_CARD.md", "evaluation.json", "evaluation.html"})
PICKLES = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
MAX_RANK = 512
LONGEST_CONFIG_BYTES = 100_000
_PREFIX = "base_model.model."
_DTYPES = frozenset({"F16", "BF16", "F32"})
# What a plain LoRA config may say with another value than none; everything else in peft changes more than the low-rank pair.
_PLAIN: dict[str, tuple[Any, ...] | None] = {
    "peft_type": ("LORA",),
    "task_type": ("CAUSAL_LM",),
    "bias": ("none",),
    "init_lora_weights": (True,),  # other values compute the base's weights anew
    "megatron_core": ("megatron.core",),  # the name of a module that peft would import
    "inference_mode": (True,),
    "qalora_group_size": (16,),
    "peft_version": None,
    "base_model_name_or_path": None,
    "r": None,
    "lora_alpha": None,
    "lora_dropout": None,
    "use_rslora": (True,),
    "target_modules": None,
}


@dataclass(frozen=True)
class Adapter:
    """``layers`` counts the adapted linear layers; ``rank`` is LoRA's r."""

    name: str
    folder: Path
    rank: int
    layers: int
    manifest: Manifest


def check_adapter(
    folder: Path, base_shapes: Mapping[str, tuple[int, int]], base_hash: str, tokenizer_hash: str
) -> Adapter:
    """Raises AdapterRefused unless the folder is a LoRA adapter for exactly this base and tokenizer.

    ``base_shapes`` gives each linear layer's weight shape as (out_features, in_features). Whether it was approved is asked
    elsewhere.
    """
    check_files(folder)
    config = _read_config(folder)
    rank, targets = _checked_config(folder, config)
    manifest = read_manifest(folder)
    _check_origin(folder, manifest, base_hash, tokenizer_hash)
    layers = _check_header(folder, rank, targets, base_shapes)
    return Adapter(folder.resolve().name, folder, rank, layers, manifest)


def check_files(folder: Path) -> None:
    """Plain files of known names and nothing else: a link may point anywhere, and a stranger may be run by somebody."""
    if not folder.is_dir():
        raise AdapterRefused(
            f"ADAPTER={folder}: there is no such folder. Name one with {CONFIG} and {WEIGHTS}."
        )
    paths = sorted(folder.rglob("*"))
    for path in paths:
        if path.suffix.lower() in PICKLES:
            raise AdapterRefused(
                f"ADAPTER={folder}: {path.name} is a pickle, which can run code. Keep {WEIGHTS} only."
            )
    for path in paths:
        if path.parent != folder or path.name not in KNOWN_FILES:
            raise AdapterRefused(
                f"ADAPTER={folder}: {path.relative_to(folder)} does not belong to an adapter. Keep only "
                f"{', '.join(sorted(KNOWN_FILES))}."
            )
        if not stat.S_ISREG(path.lstat().st_mode):
            raise AdapterRefused(
                f"ADAPTER={folder}: {path.name} is no plain file (a link, for one). Copy the file itself there."
            )


def merge_adapter(loaded: LoadedModel, folder: Path) -> tuple[LoadedModel, Adapter]:
    """The base with the adapter folded into its weights, so that it generates as fast as the base alone."""
    import torch
    from peft import PeftModel

    check_files(folder)  # before a large base is hashed for it
    read_manifest(folder)
    shapes = {
        name: (int(module.weight.shape[0]), int(module.weight.shape[1]))
        for name, module in loaded.model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    adapter = check_adapter(
        folder, shapes, base_sha256(loaded.base.folder), tokenizer_sha256(loaded.tokenizer)
    )
    try:
        tuned = PeftModel.from_pretrained(
            loaded.model, str(folder), is_trainable=False, local_files_only=True
        )
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: peft cannot apply it ({type(error).__name__}). Train it again with this version."
        ) from error
    if not all(bool(torch.isfinite(p).all()) for name, p in tuned.named_parameters() if ".lora_" in name):
        raise AdapterRefused(f"ADAPTER={folder}: its weights hold no finite numbers. Train it again.")
    merged = tuned.merge_and_unload()
    merged.eval()
    return LoadedModel(loaded.base, merged, loaded.tokenizer, loaded.device), adapter


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        if path.stat().st_size > LONGEST_CONFIG_BYTES:
            raise AdapterRefused(f"ADAPTER={folder}: {CONFIG} is too long. Export the adapter again.")
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {CONFIG} is missing. Name the folder that training wrote."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {CONFIG} is not readable JSON. Export the adapter again."
        ) from error
    if not isinstance(value, dict):
        raise AdapterRefused(
            f"ADAPTER={folder}: {CONFIG} must hold one JSON object. Export the adapter again."
        )
    return value


def _checked_config(folder: Path, config: dict[str, Any]) -> tuple[int, frozenset[str]]:
    """Rank and the last names of the layers it adapts."""
    if config.get("auto_map") or config.get("auto_mapping"):
        raise AdapterRefused(
            f"ADAPTER={folder}: {CONFIG} asks for code of its own (auto_map). Only plain LoRA is accepted."
        )
    if config.get("peft_type") != "LORA":
        raise AdapterRefused(
            f"ADAPTER={folder}: peft_type is {config.get('peft_type')!r}; only LORA is accepted."
        )
    for field, value in config.items():
        allowed = _PLAIN.get(field, ())
        if value and allowed is not None and value not in allowed:
            raise AdapterRefused(
                f"ADAPTER={folder}: {CONFIG} sets {field}; only plain LoRA pairs are accepted."
            )
    rank = config.get("r")
    if not isinstance(rank, int) or isinstance(rank, bool) or not 1 <= rank <= MAX_RANK:
        raise AdapterRefused(
            f"ADAPTER={folder}: rank r is {rank!r}; expected a whole number from 1 to {MAX_RANK}."
        )
    alpha = config.get("lora_alpha")
    if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not 0 < alpha <= 4 * MAX_RANK:
        raise AdapterRefused(
            f"ADAPTER={folder}: lora_alpha is {alpha!r}; expected a number up to {4 * MAX_RANK}."
        )
    targets = config.get("target_modules")
    if not isinstance(targets, list) or not targets or not all(_is_name(t) for t in targets):
        raise AdapterRefused(
            f"ADAPTER={folder}: target_modules must be a list of layers' names. Train it with this version."
        )
    return rank, frozenset(targets)


def _is_target(layer: str, targets: frozenset[str]) -> bool:
    return any(layer == target or layer.endswith(f".{target}") for target in targets)


def _is_name(value: object) -> bool:
    """A layer's own name (``q_proj``) or the end of its path (``self_attn.q_proj``), as peft may save either."""
    return isinstance(value, str) and all(p.isidentifier() or p.isdigit() for p in value.split("."))


def _check_origin(folder: Path, manifest: Manifest, base_hash: str, tokenizer_hash: str) -> None:
    if manifest.base_sha256 != base_hash:
        raise AdapterRefused(
            f"ADAPTER={folder}: it was trained on base {manifest.base_sha256[:12]}, but the model loaded is "
            f"{base_hash[:12]}. Set MODEL to the base it was trained on."
        )
    if manifest.tokenizer_sha256 != tokenizer_hash:
        raise AdapterRefused(
            f"ADAPTER={folder}: it was trained with tokenizer {manifest.tokenizer_sha256[:12]}, but the model's is "
            f"{tokenizer_hash[:12]}. Set MODEL to the base it was trained on, with its own chat template."
        )
    check_weights_hash(folder, manifest)


def check_weights_hash(folder: Path, manifest: Manifest) -> None:
    try:
        found = sha256_of(folder / WEIGHTS)
    except OSError as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {WEIGHTS} is missing. Save the adapter as safetensors."
        ) from error
    if found != manifest.weights_sha256:
        raise AdapterRefused(
            f"ADAPTER={folder}: {WEIGHTS} is not the file its manifest tells of ({found[:12]}, expected "
            f"{manifest.weights_sha256[:12]}): damaged or changed. Copy the adapter again from where it was trained."
        )


def _check_header(
    folder: Path, rank: int, targets: frozenset[str], base_shapes: Mapping[str, tuple[int, int]]
) -> int:
    """The number of adapted layers, from the header alone: no tensor is read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(folder / WEIGHTS), framework="numpy") as file:
            slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
            tensors = {key: (tuple(s.get_shape()), s.get_dtype()) for key, s in slices.items()}
    except (SafetensorError, OSError) as error:
        raise AdapterRefused(
            f"ADAPTER={folder}: {WEIGHTS} is damaged. Copy or export the adapter again."
        ) from error
    halves: dict[str, set[str]] = {}
    for key, (shape, dtype) in tensors.items():
        layer, _, half = key.removeprefix(_PREFIX).removesuffix(".weight").rpartition(".")
        if half not in ("lora_A", "lora_B") or not key.endswith(".weight"):
            raise AdapterRefused(
                f"ADAPTER={folder}: tensor {key} is no LoRA pair. Only lora_A and lora_B are accepted."
            )
        if layer not in base_shapes or not _is_target(layer, targets):
            raise AdapterRefused(
                f"ADAPTER={folder}: layer {layer} is not in the base model or not in target_modules. Set MODEL to its base."
            )
        out_features, in_features = base_shapes[layer]
        expected = (rank, in_features) if half == "lora_A" else (out_features, rank)
        if shape != expected or dtype not in _DTYPES:
            raise AdapterRefused(
                f"ADAPTER={folder}: {key} has shape {shape} of {dtype}, expected {expected} of F16, BF16 or F32. "
                "Set MODEL to the base it was trained on."
            )
        halves.setdefault(layer, set()).add(half)
    wanted = {layer for layer in base_shapes if _is_target(layer, targets)}
    lacking = sorted(layer for layer in wanted if halves.get(layer) != {"lora_A", "lora_B"})
    if lacking or not halves:
        raise AdapterRefused(
            f"ADAPTER={folder}: {lacking[0] if lacking else WEIGHTS} lacks its LoRA pair. Export it again."
        )
    return len(halves)
