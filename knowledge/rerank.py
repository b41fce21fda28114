"""A cross-encoder that reads query and passage together and orders the first passages anew.

Owns loading it, when first used, from a folder or the hub's cache. Refuses to download, and to decide abstention: it orders
what was found. Off unless ``RERANK_MODEL`` names a model.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

from knowledge.errors import EmbeddingModelNotFound

MAX_TOKENS = 512
READ = 30
"""Passages read anew; the rest keep their order after them."""


class Reranker:
    """Safe to share between threads; raises EmbeddingModelNotFound when first used, where there is no such model."""

    def __init__(self, model: str) -> None:
        self.name = model
        self._model: Any = None
        self._lock = threading.Lock()

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, higher is better; of the model's own scale."""
        if not texts:
            return []
        found = self._loaded().predict([(query, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in found]

    def order(self, query: str, texts: Sequence[str]) -> list[int]:
        """Positions of ``texts``, best first; the first ``READ`` are ordered, equals keep their place."""
        scores = self.scores(query, texts[:READ])
        first = sorted(range(len(scores)), key=lambda i: -scores[i])
        return [*first, *range(len(scores), len(texts))]

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = _load(self.name)
            return self._model


def _load(name: str) -> Any:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from sentence_transformers import CrossEncoder

    try:
        return CrossEncoder(name, device="cpu", local_files_only=True, max_length=MAX_TOKENS)
    except (OSError, ValueError) as error:
        raise EmbeddingModelNotFound(
            f"The rerank model {name!r} is not on this machine. RERANK_MODEL takes a folder or a model already in the hub's "
            "cache; leave it empty to search without one."
        ) from error
