"""A base small enough to train in a second, with the real tokenizer and chat template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge.formulary import Formulary, open_formulary


@pytest.fixture(scope="session")
def formulary() -> Formulary:
    return open_formulary()


@pytest.fixture(scope="session")
def tokenizer(model_cache: Path) -> Any:
    from transformers import AutoTokenizer

    from assistant.models.loading import embedded_default

    return AutoTokenizer.from_pretrained(embedded_default(model_cache), local_files_only=True)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=2048, tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tiny") / "tiny-base"
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
