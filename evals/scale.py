"""Search over a large library: latency with the query's embedding, memory of the process, size on disk.

Owns the synthetic corpus: seeded, a varied vocabulary with the skew of natural text (Zipf), vectors drawn around topics.
Passage vectors are drawn, not computed, so that 100,000 passages take minutes, not hours; the query goes through the real model.
It says nothing about how well anything is found. ``SCALE_PASSAGES`` sets the size.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from evals.suite import Suite

PASSAGES = 20_000
"""What every run can afford; ``SCALE_PASSAGES=100000`` is the size that the targets are set for."""
PER_DOCUMENT = 40
WORDS = 120
VOCABULARY = 60_000
QUERIES = 60
_SYLLABLES = "ba be bi bo car cor cyt der dia en fer gen glo hep hy in ka la lith mal mel men na neph os pan phe ra ren sa ser ta tox ul vas xy zol".split()


def vocabulary(rng: np.random.Generator) -> list[str]:
    """Words of two to five syllables, each once."""
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words["".join(rng.choice(_SYLLABLES, rng.integers(2, 6)))] = None
    return list(words)


def fill(store: Path, passages: int, rng: np.random.Generator, model: str, dim: int = 384) -> list[str]:
    """Writes the corpus into a store; returns queries made of its own words."""
    from knowledge.library import LibraryStore
    from knowledge.types import Guideline, Passage

    words = np.array(vocabulary(rng))
    weights = 1 / np.arange(10, VOCABULARY + 10)
    weights /= weights.sum()
    topics = rng.standard_normal((200, dim)).astype(np.float32)
    library = LibraryStore(store)
    queries: list[str] = []
    entries: list[Any] = []
    for number in range(-(-passages // PER_DOCUMENT)):
        parts = [" ".join(row) for row in rng.choice(words, (PER_DOCUMENT, WORDS), p=weights)]
        doc_id, title = f"doc-{number}", f"{parts[0].split()[0].title()} {number}"
        held, start = [], 0
        for i, part in enumerate(parts):
            held.append(Passage(f"{doc_id}#{i}", doc_id, title, part, start, start + len(part)))
            start += len(part) + 1
        vectors = topics[number % 200] + 0.7 * rng.standard_normal((PER_DOCUMENT, dim)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        entries.append((Guideline(doc_id, title, "\n".join(parts)), {"content_hash": doc_id}, held, vectors))
        if len(queries) < QUERIES:
            queries.append(" ".join(rng.choice(parts[1].split(), 8)))
        if len(entries) == 250:
            library.replace(entries, model)
            entries = []
    library.replace(entries, model)
    library.close()
    return queries


def run(_: Path) -> dict[str, Any]:
    """Opening time, latency in milliseconds and memory in MB at the library's size."""
    from knowledge.embedding import DEFAULT_MODEL
    from knowledge.open import open_library

    passages = int(os.environ.get("SCALE_PASSAGES") or PASSAGES)
    with tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "store"
        queries = fill(store, passages, np.random.default_rng(7), DEFAULT_MODEL)
        with open_library(store) as library:
            started = time.perf_counter()
            library.search("warm up")
            opening_s = time.perf_counter() - started
            seconds = []
            for query in queries:
                started = time.perf_counter()
                library.search(query)
                seconds.append(time.perf_counter() - started)
            disk = sum(p.stat().st_size for p in store.rglob("*") if p.is_file())
            return {
                "passages": passages,
                "first_search_s": round(opening_s, 1),
                "p50_ms": round(1000 * float(np.percentile(seconds, 50)), 1),
                "p95_ms": round(1000 * float(np.percentile(seconds, 95)), 1),
                "memory_mb": round(_resident_mb(), 0),
                "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0),
                "disk_mb": round(disk / 1e6, 0),
            }


def _resident_mb() -> float:
    """Resident memory of this process now; its peak where the system does not tell."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20


SUITE = Suite(
    "scale", "search over 20,000 synthetic passages (SCALE_PASSAGES sets it): latency, memory", "", run
)
