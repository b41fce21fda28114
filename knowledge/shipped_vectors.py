"""Vectors of the starter library, made once and shipped, so that a first start need not embed a thousand passages.

Owns one file: text hashes and float16 vectors of the embedded model. A passage that is not in it, or another embedding
model, is embedded as always. ``python -m knowledge.shipped_vectors`` makes the file anew after a guideline was edited.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import DEFAULT_MODEL, Embedder, Vectors

FILE = Path(__file__).parent / "guidelines" / "vectors.npz"


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")


@functools.cache
def _shipped(file: Path) -> dict[int, NDArray[np.float16]]:
    if not file.exists():
        return {}
    with np.load(file, allow_pickle=False) as arrays:
        return dict(zip(arrays["keys"].tolist(), arrays["vectors"], strict=True))


def starter_vectors(embedder: Embedder, texts: Sequence[str], file: Path = FILE) -> Vectors:
    """Vectors ``(len(texts), dim)``: the shipped ones, and those that are missing made now."""
    known = _shipped(file) if embedder.name == DEFAULT_MODEL else {}
    rows = [known.get(_key(text)) for text in texts]
    missing = [i for i, row in enumerate(rows) if row is None]
    if not known or len(missing) == len(texts):
        return embedder.passages(texts)
    made = embedder.passages([texts[i] for i in missing])
    dim = next(row for row in rows if row is not None).shape[0]
    out = np.empty((len(texts), dim), np.float32)
    for i, row in enumerate(rows):
        if row is not None:
            out[i] = row
    if missing:
        out[missing] = made
    return out


def coverage(texts: Sequence[str], file: Path = FILE) -> float:
    """Share of texts whose vector is shipped, 0 to 1."""
    known = _shipped(file)
    return sum(_key(text) in known for text in texts) / len(texts) if texts else 1.0


def main() -> None:
    """Writes the file: what is unchanged is kept, what is new is embedded."""
    from knowledge.open import starter_texts

    texts = sorted(set(starter_texts()))
    vectors = starter_vectors(Embedder(), texts).astype(np.float16)
    keys = np.array([_key(text) for text in texts], np.uint64)
    np.savez_compressed(FILE, keys=keys, vectors=vectors)
    sys.stdout.write(f"{len(texts)} passages, {FILE.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
