"""How well the guideline library finds: nDCG@10, recall@10, MRR@10, abstention and latency on one corpus.

Owns the measures. Refuses to set anything in the library: what it measures is the configuration that ships.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.suite import DataMissing, Suite, read_rows

DEPTH = 30
"""Passages asked for, so that ten documents remain where some hold several of them."""


def ndcg(ranked: Sequence[str], gains: dict[str, int], k: int = 10) -> float:
    """nDCG with exponential gain (Burges 2005) over the first ``k`` documents; 0 where nothing is relevant."""

    def value(grades: Sequence[int]) -> float:
        return sum((2.0**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades[:k]))

    ideal = value(sorted(gains.values(), reverse=True))
    return value([gains.get(doc_id, 0) for doc_id in ranked]) / ideal if ideal else 0.0


def gains_of(row: dict[str, Any]) -> dict[str, int]:
    return dict(row["qrels"]) if "qrels" in row else dict.fromkeys(row.get("relevant", ()), 1)


def run(queries: Path, corpus: Path | None = None) -> dict[str, Any]:
    """Figures of ``queries`` over ``corpus``, by default the file ``corpus.jsonl`` beside them."""
    corpus = corpus or next((p for p in sorted(queries.parent.glob("corpus.jsonl*"))), None)
    if corpus is None or not corpus.exists():
        raise DataMissing(f"retrieval: no corpus beside {queries}. Give --corpus FILE.")
    return measure(corpus, queries)


def measure(corpus: Path, queries: Path, store: Path | None = None) -> dict[str, Any]:
    """Figures by kind of query. ``corpus`` and ``queries`` are JSONL (or .gz) as in the sets' READMEs.

    Queries with ``qrels`` count as relevant from grade 2; those without any relevant document are left out.
    """
    from knowledge.open import open_library

    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "corpus.jsonl"
        with plain.open("w", encoding="utf-8") as stream:
            for row in read_rows(corpus):
                fields = {k: row[k] for k in ("doc_id", "title", "text", "url") if row.get(k)}
                stream.write(json.dumps(fields, ensure_ascii=False) + "\n")
        with open_library(store or Path(scratch) / "store") as library:
            started = time.perf_counter()
            report = library.ingest([plain])
            ingest_s = time.perf_counter() - started
            library.search("warm up")
            measured = [_measure(library, row) for row in read_rows(queries)]
    kept = [m for m in measured if m]
    kinds = sorted({m["kind"] for m in kept})
    return {
        "documents": report.documents,
        "passages": report.passages,
        "skipped": len(report.skipped),
        "ingest_passages_per_s": round(report.passages / ingest_s, 1),
        "latency_ms": _percentiles([m["seconds"] for m in kept]),
        "kinds": {kind: _means([m for m in kept if m["kind"] == kind]) for kind in kinds},
    }


def _measure(library: Any, row: dict[str, Any]) -> dict[str, Any] | None:
    gains = gains_of(row)
    enough = 2 if "qrels" in row else 1
    relevant = {doc_id for doc_id, grade in gains.items() if grade >= enough}
    if not relevant:
        return None
    started = time.perf_counter()
    result = library.search(row["query"], DEPTH)
    seconds = time.perf_counter() - started
    ranked = list(dict.fromkeys(hit.passage.doc_id for hit in result.passages))[:10]
    first = next((1 / (i + 1) for i, doc_id in enumerate(ranked) if doc_id in relevant), 0.0)
    return {
        "kind": row.get("kind", "all"),
        "ndcg@10": ndcg(ranked, gains),
        "recall@10": len(relevant & set(ranked)) / min(10, len(relevant)),
        "mrr@10": first,
        "abstained": float(result.abstained),
        "seconds": seconds,
    }


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    names = ("ndcg@10", "recall@10", "mrr@10", "abstained")
    return {"queries": len(rows)} | {
        name: round(float(np.mean([r[name] for r in rows])), 4) for name in names
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {f"p{p}": round(1000 * float(np.percentile(seconds, p)), 1) for p in (50, 95)} if seconds else {}


SUITE = Suite(
    "retrieval", "guideline search: nDCG, recall, MRR, latency", "guidelines_nstg2022/dev.jsonl", run
)
