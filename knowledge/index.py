"""The vector index in Chroma: disposable, checked on opening, made again from the library.

Owns the folder ``index/`` of a store and, with a server, one collection on it. Refuses to make vectors and to be the
truth: on any doubt it is thrown away. Chroma 1.5.9 has been seen to lose indexes across restarts, hence count and canary
queries on opening. A server that is down is said, never worked round in silence.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.chroma import ServerPlace, new_name, place_for
from knowledge.embedding import Vectors
from knowledge.errors import IndexUnavailable

_log = logging.getLogger(__name__)
_BATCH = 1000
_CANARIES = 5


class IndexBroken(Exception):
    """The index did not answer as its library says it must."""


class VectorIndex:
    """Nearest passages by cosine; ``ids`` and ``vectors`` are the library's, row by row."""

    def __init__(self, directory: Path, model: str, url: str = "") -> None:
        self._home = directory / "index"
        self._model = model
        self._place = place_for(self._home, url)
        self._collection: Any = None
        self._held = 0

    def open(self, ids: Sequence[str], vectors: Vectors, revision: int) -> bool:
        """Opens, brings up to date and checks the index; False where it had to be made anew.

        Raises IndexBroken where even a new one does not answer (the caller then searches the vectors themselves), and
        IndexUnavailable where the server does not answer.
        """
        stamp = self._stamp()
        name = str(stamp.get("folder") or "")
        if name and (stamp.get("model"), stamp.get("server", "")) == (self._model, self._place.address):
            try:
                self._guarded(self._reuse, stamp, ids, vectors, revision)
                return True
            except IndexBroken as error:
                _log.warning("vector index rebuilt: %s", error)
        previous = name if stamp.get("server", "") == self._place.address else ""
        self._guarded(self._rebuild, ids, vectors, revision, previous)
        return False

    def nearest(self, vector: Vectors, n: int) -> list[str]:
        """Ids of about the ``n`` nearest passages, best first. Raises IndexBroken."""
        found: list[str] = self._guarded(self._query, vector, n)
        return found

    def close(self) -> None:
        self._collection = None
        self._guarded(self._place.close)

    def _guarded(self, step: Any, *arguments: Any) -> Any:
        try:
            return _guarded(step, *arguments)
        except IndexBroken as error:
            if isinstance(self._place, ServerPlace) and not self._place.answers():
                self._place.close()
                raise IndexUnavailable(
                    f"The guidelines are unavailable: no Chroma server answers at {self._place.address}. Start it, or leave CHROMA_URL out."
                ) from error
            raise

    def _query(self, vector: Vectors, n: int) -> list[str]:
        limit = min(n, self._held)
        if not limit:
            return []
        answer = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=[])
        return list(answer["ids"][0])

    def _reuse(self, stamp: dict[str, Any], ids: Sequence[str], vectors: Vectors, revision: int) -> None:
        self._collection = self._place.open(stamp["folder"], new=False)
        if stamp.get("revision") != revision:
            self._synchronise(ids, vectors)
        self._check(ids, vectors)
        if stamp.get("revision") != revision:
            self._write_stamp(stamp["folder"], revision)

    def _synchronise(self, ids: Sequence[str], vectors: Vectors) -> None:
        held = set(self._collection.get(include=[])["ids"])
        wanted = {passage_id: row for row, passage_id in enumerate(ids)}
        gone = list(held - wanted.keys())
        for first in range(0, len(gone), _BATCH):
            self._collection.delete(ids=gone[first : first + _BATCH])
        self._add([(i, wanted[i]) for i in wanted if i not in held], vectors)

    def _add(self, entries: list[tuple[str, int]], vectors: Vectors) -> None:
        for first in range(0, len(entries), _BATCH):
            part = entries[first : first + _BATCH]
            rows = np.asarray(vectors[[row for _, row in part]], np.float32)
            self._collection.add(ids=[i for i, _ in part], embeddings=rows)

    def _check(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._held = (
            self._collection.count()
        )  # once: asking it with each query costs as much as half the query
        if self._held != len(ids):
            raise IndexBroken(f"{self._held} vectors, {len(ids)} expected")
        row_of = {passage_id: row for row, passage_id in enumerate(ids)}
        for row in {int(r) for r in np.linspace(0, len(ids) - 1, min(_CANARIES, len(ids)))}:
            canary = np.asarray(vectors[row], np.float32)
            answer = self._collection.query(
                query_embeddings=[canary.tolist()], n_results=1, include=["distances"]
            )
            found, distance = answer["ids"][0][0], answer["distances"][0][0]
            # Two passages may have one vector: whichever is found, its vector must be the canary's.
            if found not in row_of or distance > 0.01 or not _same(vectors[row_of[found]], vectors[row]):
                raise IndexBroken("a canary query did not find its own passage")

    def _rebuild(self, ids: Sequence[str], vectors: Vectors, revision: int, previous: str) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        name = new_name()
        self._collection = self._place.open(name, new=True)
        self._add(list(zip(ids, range(len(ids)), strict=True)), vectors)
        self._check(ids, vectors)
        self._write_stamp(name, revision)
        self._place.drop_others(name, previous)

    def _stamp(self) -> dict[str, Any]:
        try:
            stamp = json.loads((self._home / "current.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamp if isinstance(stamp, dict) else {}

    def _write_stamp(self, folder: str, revision: int) -> None:
        stamp = {"folder": folder, "model": self._model, "revision": revision, "server": self._place.address}
        fresh = self._home / "current.json.new"
        fresh.write_text(json.dumps(stamp), "utf-8")
        os.replace(fresh, self._home / "current.json")


def _same(a: Vectors, b: Vectors) -> bool:
    return bool(np.abs(np.asarray(a, np.float32) - np.asarray(b, np.float32)).max() < 1e-3)


def _guarded(step: Any, *arguments: Any) -> Any:
    """Runs a step of Chroma and turns whatever it fails with, a panic of its Rust core included, into IndexBroken."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        return step(*arguments)
    except (
        ChromaError,
        httpx.HTTPError,
        sqlite3.Error,
        OSError,
        ValueError,
        RuntimeError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise IndexBroken(type(error).__name__) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise IndexBroken("the index is damaged") from error
