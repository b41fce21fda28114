from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.errors import AdapterRefused
from assistant.models.adapters import check_adapter
from assistant.models.loading import sha256_of, tokenizer_sha256
from assistant.models.manifest import Gate, Manifest, read_manifest, write_manifest
from evals.adapters_refused import BASE, SHAPES, TOKENIZER, attacks, refusal, sound_folder

REASONS = {
    "pickle beside the weights": "pickle",
    "pickle of a checkpoint in a folder": "pickle",
    "code beside the weights": "does not belong",
    "tokenizer of its own": "does not belong",
    "weights are a link": "no plain file",
    "auto_map": "auto_map",
    "other base": "trained on base dddddddddddd",
    "other tokenizer": "trained with tokenizer dddddddddddd",
    "other weights than the manifest's": "not the file its manifest tells of",
    "no manifest": "manifest.json is missing",
    "weights cut short": "damaged",
    "a layer is missing": "lacks its LoRA pair",
    "rank of another shape": r"shape \(3, 4\)",
    "modules saved whole": "modules_to_save",
}


def test_a_plain_lora_adapter_for_this_base_is_accepted(tmp_path: Path) -> None:
    folder = sound_folder(tmp_path / "notes")
    (folder / "MODEL_CARD.md").write_text("ours")
    adapter = check_adapter(folder, SHAPES, BASE, TOKENIZER)
    assert (adapter.name, adapter.rank, adapter.layers) == ("notes", 2, 2)
    assert adapter.manifest.approved


def test_every_poisoned_folder_is_refused_and_no_pickle_runs(tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    tried = attacks(mark)
    accepted = []
    for number, (name, attack) in enumerate(tried.items()):
        folder = sound_folder(tmp_path / f"adapter-{number}")
        assert refusal(folder) == "", name  # the look-alike without the attack
        attack(folder)
        if not refusal(folder):
            accepted.append(name)
    assert len(tried) >= 12
    assert accepted == []
    assert not mark.exists()


@pytest.mark.parametrize("name", REASONS)
def test_a_refusal_names_its_reason(tmp_path: Path, name: str) -> None:
    folder = sound_folder(tmp_path / "a")
    attacks(tmp_path / "mark")[name](folder)
    with pytest.raises(AdapterRefused, match=REASONS[name]):
        check_adapter(folder, SHAPES, BASE, TOKENIZER)


def test_no_tensor_is_read_before_base_and_tokenizer_are_known_to_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the weights were opened")

    folder = sound_folder(tmp_path / "a")
    monkeypatch.setattr(safetensors, "safe_open", opened)
    with pytest.raises(AdapterRefused, match="trained on base"):
        check_adapter(folder, SHAPES, "d" * 64, TOKENIZER)
    with pytest.raises(AdapterRefused, match="tokenizer"):
        check_adapter(folder, SHAPES, BASE, "d" * 64)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(AdapterRefused, match="no such folder"):
        check_adapter(tmp_path / "none", SHAPES, BASE, TOKENIZER)


@pytest.mark.parametrize(
    ("gate", "approved"),
    [
        (Gate(passed=True, measured=True, weights_sha256="own"), True),
        (Gate(passed=True, measured=True, weights_sha256="e" * 64), False),
        (Gate(passed=True, measured=False, weights_sha256="own"), False),
        (Gate(passed=False, measured=True, weights_sha256="own"), False),
        (Gate(), False),
    ],
)
def test_approved_is_only_what_was_measured_with_exactly_these_weights(
    tmp_path: Path, gate: Gate, approved: bool
) -> None:
    folder = sound_folder(tmp_path / "a")
    manifest = read_manifest(folder)
    if gate.weights_sha256 == "own":
        gate = gate.model_copy(update={"weights_sha256": manifest.weights_sha256})
    write_manifest(folder, manifest.model_copy(update={"gate": gate}))
    assert read_manifest(folder).approved is approved


def test_the_shipped_adapter_tells_of_the_weights_beside_it() -> None:
    folder = Path(__file__).parents[2] / "finetune" / "adapters" / "bedside-135m"
    manifest: Manifest = read_manifest(folder)
    assert manifest.weights_sha256 == sha256_of(folder / "adapter_model.safetensors")
    assert manifest.approved or manifest.gate.reasons


@pytest.mark.slow
def test_another_chat_template_is_another_tokenizer(model_cache: Path) -> None:
    from transformers import AutoTokenizer

    from assistant.models.loading import embedded_default

    tokenizer = AutoTokenizer.from_pretrained(embedded_default(model_cache), local_files_only=True)
    before = tokenizer_sha256(tokenizer)
    tokenizer.pad_token = tokenizer.eos_token  # what training sets; no prompt's ids change by it
    assert tokenizer_sha256(tokenizer) == before
    tokenizer.chat_template += " "
    assert tokenizer_sha256(tokenizer) != before


@pytest.mark.model
@pytest.mark.slow
def test_a_merged_adapter_changes_what_the_model_writes(model_cache: Path, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    from assistant.models.base import adapter_name, open_chat_model
    from assistant.models.loading import base_sha256, find_base, load

    base = find_base("default", model_cache)
    loaded = load(base)
    torch.manual_seed(1)
    config = LoraConfig(
        r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    folder = tmp_path / "random"
    get_peft_model(loaded.model, config).save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    manifest = {
        "name": "random", "base": base.name, "base_sha256": base_sha256(base.folder),
        "tokenizer_sha256": tokenizer_sha256(loaded.tokenizer), "data_sha256": "0" * 64,
        "weights_sha256": sha256_of(folder / "adapter_model.safetensors"), "recipe": {}, "seed": 1, "versions": {},
        "figures": {},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    tuned = open_chat_model("default", adapter=str(folder), cache_dir=model_cache)
    plain = open_chat_model("default", cache_dir=model_cache)
    assert adapter_name(tuned) == "random"
    ask = {"input": "What is asthma?", "max_new_tokens": 12}
    assert tuned.invoke(**ask).content != plain.invoke(**ask).content
