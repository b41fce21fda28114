"""How well the guideline library finds: nDCG@10, recall@10, MRR@10, abstention and latency, beside three plain pipelines.

Owns the measures. Refuses to set anything in the library: what it measures is the configuration that ships. A YAML file is
a set of questions on the starter library; a JSONL file is a set of queries with its own corpus; a folder is all of them.
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
import yaml

from evals.baselines import NAMES, Baselines
from evals.suite import DataMissing, Suite, read_rows

DEPTH = 30
"""Passages asked for, so that ten documents remain where some hold several of them."""
OWN = Path(__file__).parent / "cases" / "library_questions.yaml"
SETS = ("guidelines_nstg2022", "liveqa_medquad_retrieval", "bioasq_snippet_retrieval")
_FIGURES = ("ndcg@10", "recall@10", "mrr@10")


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
    if queries.is_dir():
        found = {"own questions": own_questions(OWN)}
        present = [queries / name / "dev.jsonl" for name in SETS if (queries / name / "dev.jsonl").exists()]
        return found | {path.parent.name: run(path) for path in present}
    if queries.suffix in (".yaml", ".yml"):
        return own_questions(queries)
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
        documents = []
        with plain.open("w", encoding="utf-8") as stream:
            for row in read_rows(corpus):
                fields = {k: row[k] for k in ("doc_id", "title", "text", "url") if row.get(k)}
                documents.append((str(row["doc_id"]), str(row.get("text", ""))))
                stream.write(json.dumps(fields, ensure_ascii=False) + "\n")
        with open_library(store or Path(scratch) / "store") as library:
            started = time.perf_counter()
            report = library.ingest([plain])
            ingest_s = time.perf_counter() - started
            rows = list(read_rows(queries))
            kept = _measured(library, documents, rows)
    return {
        "documents": report.documents,
        "passages": report.passages,
        "skipped": len(report.skipped),
        "ingest_passages_per_s": round(report.passages / ingest_s, 1),
        **_summary(kept),
    }


def own_questions(path: Path, store: Path | None = None) -> dict[str, Any]:
    """Right guideline first, abstention by kind and half, and the means, on the starter library."""
    from knowledge.open import open_library

    cases = yaml.safe_load(path.read_text("utf-8"))
    rows = [
        {
            "query": c["question"],
            "relevant": c["right"],
            "kind": f"{c['language']} {c['half']}",
            "id": c["id"],
        }
        for c in cases["questions"]
    ]
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_library(store or Path(scratch), starter=True) as library,
    ):
        documents = [(g.doc_id, g.text) for g in library.documents()]
        kept = _measured(library, documents, rows)
        declined: dict[str, list[float]] = {}
        answered = []
        for case in cases["unanswerable"]:
            abstained = library.search(case["question"]).abstained
            declined.setdefault(f"{case['kind']} {case['half']}", []).append(float(abstained))
            if not abstained:
                answered.append({"question": case["question"], "expected": "declined"})
    missed = [
        {
            "question": m["query"],
            "expected": m["relevant"],
            "found": m["ranked"][:3],
            "abstained": m["abstained"],
        }
        for m in kept
        if m["abstained"] or not m["first"]
    ]
    return {
        "questions": len(rows),
        "unanswerable": len(cases["unanswerable"]),
        "right_first": _mean([m["first"] for m in kept]),
        "answerable_declined": _mean([m["abstained"] for m in kept]),
        "unanswerable_declined": _mean([v for values in declined.values() for v in values]),
        "unanswerable_declined_by_kind": {kind: _mean(values) for kind, values in sorted(declined.items())},
        **_summary(kept),
        "rows": missed + answered,
    }


def _measured(
    library: Any, documents: Sequence[tuple[str, str]], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    from knowledge.embedding import Embedder

    library.search("warm up")
    plain = Baselines(documents, Embedder(""))
    return [m for m in (_measure(library, plain, row) for row in rows) if m]


def _measure(library: Any, plain: Baselines, row: dict[str, Any]) -> dict[str, Any] | None:
    gains = gains_of(row)
    enough = 2 if "qrels" in row else 1
    relevant = {doc_id for doc_id, grade in gains.items() if grade >= enough}
    if not relevant:
        return None
    started = time.perf_counter()
    result = library.search(row["query"], DEPTH)
    seconds = time.perf_counter() - started
    ranked = list(dict.fromkeys(hit.passage.doc_id for hit in result.passages))[:10]
    beside = {name: _figures(found, gains, relevant) for name, found in plain.ranked(row["query"]).items()}
    return {
        "kind": row.get("kind", "all"),
        "query": row["query"],
        "relevant": sorted(relevant),
        "ranked": ranked,
        "first": float(bool(ranked) and ranked[0] in relevant),
        **_figures(ranked, gains, relevant),
        "abstained": float(result.abstained),
        "seconds": seconds,
        "beside": beside,
    }


def _figures(ranked: Sequence[str], gains: dict[str, int], relevant: set[str]) -> dict[str, float]:
    return {
        "ndcg@10": ndcg(ranked, gains),
        "recall@10": len(relevant & set(ranked)) / min(10, len(relevant)),
        "mrr@10": next((1 / (i + 1) for i, doc_id in enumerate(ranked) if doc_id in relevant), 0.0),
    }


def _summary(kept: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds = sorted({m["kind"] for m in kept})
    return {
        "latency_ms": _percentiles([m["seconds"] for m in kept]),
        "kinds": {kind: _means([m for m in kept if m["kind"] == kind]) for kind in kinds},
    }


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"queries": len(rows)}
    found |= {name: _mean([r[name] for r in rows]) for name in (*_FIGURES, "abstained")}
    found["right_first"] = _mean([r["first"] for r in rows])
    for name in NAMES:
        found[name] = {figure: _mean([r["beside"][name][figure] for r in rows]) for figure in _FIGURES}
    return found


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    return {f"p{p}": round(1000 * float(np.percentile(seconds, p)), 1) for p in (50, 95)} if seconds else {}


SUITE = Suite(
    "retrieval", "guideline search beside three plain pipelines: all sets and own questions", "", run
)
