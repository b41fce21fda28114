"""A quick stand-in for the embedding model: vectors from hashed words, so that like texts lie near one another."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding import Embedder


def word_vectors(_self: Embedder, texts: list[str]) -> np.ndarray:
    rows = np.zeros((len(texts), 64), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row[zlib.crc32(word.strip(".,:?").encode()) % 64] += 1
        row[0] += 0.01
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def quick_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Embedder, "encode", word_vectors)


@pytest.fixture
def guideline(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, body: str, **fields: str) -> Path:
        head = "".join(f'{key}: "{value}"\n' for key, value in fields.items())
        path = tmp_path / f"{name}.md"
        path.write_text(f"---\n{head}---\n{body}" if fields else body, encoding="utf-8")
        return path

    return write
