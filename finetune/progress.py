"""How far a training run has come. Owns nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Progress:
    """``losses`` holds one mean loss per assistant token for each step; ``row_tokens`` counts rows as if not packed."""

    step: int
    losses: list[float]
    seconds: float = 0.0
    row_tokens: int = 0
