"""A base with a LoRA pair on every linear layer, ready to be trained: on the processor, one device, or one of many.

Owns placement, 4-bit loading (QLoRA; Dettmers et al., 2023) and what is said where the machine does not allow it.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from assistant.models.loading import BaseModel, LoadedModel, find_base, load, read_weights
from finetune.errors import FineTuneError
from finetune.recipe import Recipe

NO_MEMORY = (
    "Memory ran out. In the recipe, lower pack_tokens first (pairs_per_step for dpo); then set gradient_checkpointing: "
    "true, on a GPU quantize: 4bit, and last lower rank."
)


def load_trainable(recipe: Recipe, cache_dir: Path) -> tuple[LoadedModel, Any]:
    """The base and the same with its adapter; the same seed gives the same start.

    Raises ModelNotFound, ConfigurationError or FineTuneError.
    """
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model

    base = find_base(recipe.base, cache_dir)
    try:
        loaded = _load(base, recipe)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise FineTuneError(NO_MEMORY) from error
    torch.manual_seed(recipe.seed)
    if recipe.start is not None:
        if not (recipe.start / "adapter_config.json").is_file():
            raise FineTuneError(f"start: {recipe.start} is no adapter folder. Name one that training wrote.")
        _check_start(loaded, recipe.start)
        return loaded, PeftModel.from_pretrained(
            loaded.model, str(recipe.start), is_trainable=True, local_files_only=True
        )
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return loaded, get_peft_model(loaded.model, config)


def processes() -> int:
    """How many processes train together; 1 unless a launcher says otherwise."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _load(base: BaseModel, recipe: Recipe) -> LoadedModel:
    if recipe.quantize == "none" and processes() == 1:
        return load(base)
    import torch

    on_gpu = torch.cuda.is_available()
    device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if on_gpu else "cpu"
    placement: dict[str, Any] = {}
    if recipe.quantize == "4bit":
        placement = {"quantization_config": _four_bit(), "device_map": {"": device}}
    model, tokenizer = read_weights(base, placement)
    if recipe.quantize == "4bit":
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=recipe.gradient_checkpointing
        )
    return LoadedModel(base, model, tokenizer, device)


def _four_bit() -> Any:
    if importlib.util.find_spec("bitsandbytes") is None:
        raise FineTuneError(
            "quantize: 4bit needs bitsandbytes. Run `pip install bitsandbytes`, or set quantize: none and take a smaller base."
        )
    import torch
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _check_start(loaded: LoadedModel, folder: Path) -> None:
    """An adapter to go on from is held to the same rules as one that the app loads, before a byte of it is read."""
    import torch

    from assistant.models.adapters import check_adapter
    from assistant.models.loading import base_sha256, tokenizer_sha256

    shapes = {
        name: (int(module.weight.shape[0]), int(module.weight.shape[1]))
        for name, module in loaded.model.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    check_adapter(folder, shapes, base_sha256(loaded.base.folder), tokenizer_sha256(loaded.tokenizer))
