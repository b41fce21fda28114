"""How well a model still reads plain English after tuning: perplexity over paragraphs of our own, ``words/general.txt``.

Owns the measure. Low is good; what counts is the ratio to the base.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from assistant.models.loading import LoadedModel

TEXT = Path(__file__).with_name("words") / "general.txt"


def general_paragraphs() -> list[str]:
    return TEXT.read_text("utf-8").strip().split("\n\n")


def perplexity(loaded: LoadedModel, paragraphs: Sequence[str]) -> float:
    """exp of the mean negative log-likelihood of every token but each paragraph's first."""
    import torch

    total, count = 0.0, 0
    with torch.inference_mode():
        for paragraph in paragraphs:
            ids = torch.tensor([loaded.tokenizer.encode(paragraph)], device=loaded.model.device)
            logits = loaded.model(input_ids=ids).logits[0, :-1].float()
            total += float(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum"))
            count += ids.shape[1] - 1
    return math.exp(total / count)
