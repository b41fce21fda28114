"""The starter library opens without embedding: every passage's vector is shipped, and equals what the model makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding import Embedder
from knowledge.open import starter_texts
from knowledge.shipped_vectors import coverage, starter_vectors


def test_every_starter_passage_has_its_vector_run_make_vectors_after_an_edit() -> None:
    assert coverage(starter_texts()) == 1.0


def test_a_passage_that_is_not_shipped_is_embedded_now(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = starter_texts()[0]
    made: list[str] = []

    def fake(_self: Embedder, texts: list[str], done: object = None) -> np.ndarray:
        made.extend(texts)
        return np.full((len(texts), 384), 0.5, np.float32)

    monkeypatch.setattr(Embedder, "passages", fake)
    vectors = starter_vectors(Embedder(), [shipped, "a text of no guideline"])
    assert made == ["a text of no guideline"]
    assert vectors.shape == (2, 384)
    assert not np.allclose(vectors[0], 0.5)


def test_another_model_never_gets_vectors_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Embedder, "passages", lambda self, texts, done=None: np.ones((len(texts), 8), np.float32)
    )
    assert starter_vectors(Embedder("other-model"), starter_texts()[:2]).shape == (2, 8)


def test_without_the_file_all_is_embedded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        Embedder, "passages", lambda self, texts, done=None: np.ones((len(texts), 8), np.float32)
    )
    assert starter_vectors(Embedder(), ["x"], tmp_path / "none.npz").shape == (1, 8)
