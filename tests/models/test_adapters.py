from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from assistant.errors import AdapterRefused
from assistant.models.adapters import check_adapter

SHAPES = {"layers.0.q_proj": (6, 4), "layers.0.up_proj": (8, 4)}
HASH = "a" * 64


def _tensors(rank: int = 2, layer: str = "layers.0.q_proj", out: int = 6) -> dict[str, Any]:
    start = f"base_model.model.{layer}"
    return {
        f"{start}.lora_A.weight": np.zeros((rank, 4), np.float32),
        f"{start}.lora_B.weight": np.zeros((out, rank), np.float32),
    }


def _write(folder: Path, config: dict[str, Any] | None = None, tensors: dict[str, Any] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    plain = {"peft_type": "LORA", "r": 2, "auto_mapping": None, "modules_to_save": None, "rank_pattern": {}}
    (folder / "adapter_config.json").write_text(json.dumps({**plain, **(config or {})}))
    save_file(_tensors() if tensors is None else tensors, folder / "adapter_model.safetensors")
    return folder


def test_a_plain_lora_adapter_for_this_base_is_accepted(tmp_path: Path) -> None:
    folder = _write(tmp_path / "notes")
    (folder / "bedside_manifest.json").write_text(json.dumps({"base_sha256": HASH}))
    (folder / "README.md").write_text("ours")
    adapter = check_adapter(folder, SHAPES, HASH)
    assert (adapter.name, adapter.rank, adapter.layers) == ("notes", 2, 1)


@pytest.mark.parametrize(
    ("config", "tensors", "reason"),
    [
        ({"peft_type": "IA3"}, None, "only LORA"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, None, "auto_map"),
        ({"auto_mapping": {"parent_library": "evil"}}, None, "auto_map"),
        ({"modules_to_save": ["lm_head"]}, None, "modules_to_save"),
        ({"r": 0}, None, "rank r is 0"),
        ({"r": "2"}, None, "rank r is '2'"),
        ({"r": 4}, None, r"expected \(4, 4\)"),
        ({}, _tensors(out=7), r"expected \(6, 2\)"),
        ({}, _tensors(layer="layers.9.q_proj"), "not in the base"),
        ({}, {"base_model.model.lm_head.weight": np.zeros((2, 2), np.float32)}, "no LoRA pair"),
        ({}, dict(list(_tensors().items())[:1]), "lacks its LoRA pair"),
        ({}, {}, "lacks its LoRA pair"),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    tmp_path: Path, config: dict[str, Any], tensors: dict[str, Any] | None, reason: str
) -> None:
    with pytest.raises(AdapterRefused, match=reason):
        check_adapter(_write(tmp_path / "a", config, tensors), SHAPES, HASH)


@pytest.mark.parametrize("name", ["adapter_model.bin", "optimizer.pt", "deep/rng_state.pth", "x.PKL"])
def test_a_pickle_anywhere_in_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = _write(tmp_path / "a")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x80\x04.")
    with pytest.raises(AdapterRefused, match="pickle"):
        check_adapter(folder, SHAPES, HASH)


def test_an_adapter_for_another_base_is_refused(tmp_path: Path) -> None:
    folder = _write(tmp_path / "a")
    (folder / "bedside_manifest.json").write_text(json.dumps({"base_sha256": "b" * 64}))
    with pytest.raises(AdapterRefused, match="trained on base bbbbbbbbbbbb"):
        check_adapter(folder, SHAPES, HASH)


@pytest.mark.parametrize("size", [0, 4, 20])
def test_damaged_weights_are_refused(tmp_path: Path, size: int) -> None:
    folder = _write(tmp_path / "a")
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    with pytest.raises(AdapterRefused, match="damaged"):
        check_adapter(folder, SHAPES, HASH)


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterRefused, match="no such folder"):
        check_adapter(tmp_path / "none", SHAPES, HASH)
    (tmp_path / "empty").mkdir()
    with pytest.raises(AdapterRefused, match=r"adapter_config\.json is missing"):
        check_adapter(tmp_path / "empty", SHAPES, HASH)


@pytest.mark.model
@pytest.mark.slow
def test_a_merged_adapter_changes_what_the_model_writes(model_cache: Path, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from assistant.models.base import adapter_name, open_chat_model
    from assistant.models.loading import base_sha256, find_base, load

    base = find_base("default", model_cache)
    torch.manual_seed(1)
    config = LoraConfig(
        r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    folder = tmp_path / "random"
    get_peft_model(load(base).model, config).save_pretrained(folder)
    (folder / "bedside_manifest.json").write_text(json.dumps({"base_sha256": base_sha256(base.folder)}))
    tuned = open_chat_model("default", adapter=str(folder), cache_dir=model_cache)
    plain = open_chat_model("default", cache_dir=model_cache)
    assert adapter_name(tuned) == "random"
    ask = {"input": "What is asthma?", "max_new_tokens": 12}
    assert tuned.invoke(**ask).content != plain.invoke(**ask).content
