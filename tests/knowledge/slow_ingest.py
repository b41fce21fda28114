"""A process that takes a file in slowly, to be killed: FILE STORE. Stands apart from the tests, with no model."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from knowledge import ingest
from knowledge.embedding import Embedder
from knowledge.open import open_library


def slowly(_self: Embedder, texts: list[str]) -> np.ndarray:
    time.sleep(0.1)
    return np.tile(np.eye(1, 64, dtype=np.float32), (len(texts), 1))


if __name__ == "__main__":
    Embedder.encode = slowly  # type: ignore[method-assign]
    ingest._BATCH_PASSAGES = 8
    with open_library(Path(sys.argv[2])) as library:
        library.ingest([Path(sys.argv[1])])
