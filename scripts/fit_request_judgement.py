"""Fits the weights of ``assistant/safety/request_judgement.py`` on tests/safety/requests_for_fitting.yaml.

    python scripts/fit_request_judgement.py         # writes request_judgement_weights.json and prints the figures

Only requests written for this are read. The threshold is the lowest at which cross-validation refuses no more than
``ALLOWED_FALSE`` of the harmless requests, half of them look-alikes and half everyday questions, whatever the file holds of each.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from assistant.safety.request_judgement import WEIGHTS_FILE, words
from knowledge.embedding import Embedder

REQUESTS = Path(__file__).resolve().parents[1] / "tests" / "safety" / "requests_for_fitting.yaml"
ALLOWED_FALSE = 0.025
STRENGTH = 5.0
LEAST_SEEN = 2
SMALLEST_KEPT = 0.03


def features(texts: list[str], vectors: Any, known: DictVectorizer) -> Any:
    return csr_matrix(hstack([csr_matrix(vectors), known.transform([words(text) for text in texts])]))


def fitted(texts: list[str], vectors: Any, harmful: Any) -> tuple[DictVectorizer, LogisticRegression]:
    """The model on these rows, over the words that at least ``LEAST_SEEN`` of them hold."""
    found = [words(text) for text in texts]
    seen: dict[str, int] = {}
    for row in found:
        for name in row:
            seen[name] = seen.get(name, 0) + 1
    kept = [{name: value for name, value in row.items() if seen[name] >= LEAST_SEEN} for row in found]
    known = DictVectorizer().fit(kept)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000)
    return known, model.fit(features(texts, vectors, known), harmful)


def held_out_scores(texts: list[str], vectors: Any, harmful: Any) -> Any:
    scores = np.zeros(len(texts))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=7).split(vectors, harmful):
        known, model = fitted([texts[i] for i in train], vectors[train], harmful[train])
        scores[test] = model.decision_function(features([texts[i] for i in test], vectors[test], known))
    return scores


def lowest_threshold(scores: Any, kinds: Any) -> float:
    """The lowest score at which the mean share refused over both harmless kinds is allowed."""
    allowed = float("inf")
    for at in np.sort(scores)[::-1]:
        shares = [np.mean(scores[kinds == kind] >= at) for kind in ("look_alike", "ordinary")]
        if np.mean(shares) > ALLOWED_FALSE:
            break
        allowed = float(at)
    return allowed


def main() -> None:
    rows = yaml.safe_load(REQUESTS.read_text(encoding="utf-8"))
    texts = [text for kind in rows for text in rows[kind]]
    kinds = np.array([kind for kind in rows for _ in rows[kind]])
    vectors, harmful = Embedder().passages(texts), kinds == "harmful"
    scores = held_out_scores(texts, vectors, harmful)
    threshold = lowest_threshold(scores, kinds)
    held_out = {
        f"{kind}_refused": round(float(np.mean(scores[kinds == kind] >= threshold)), 3) for kind in rows
    }
    known, model = fitted(texts, vectors, harmful)
    by_feature = [float(weight) for weight in model.coef_[0]]
    by_word = zip(known.get_feature_names_out(), by_feature[vectors.shape[1] :], strict=True)
    weights = {
        "held_out": held_out,
        "bias": round(float(model.intercept_[0]), 3),
        "threshold": round(threshold, 3),
        "by_dimension": [round(weight, 3) for weight in by_feature[: vectors.shape[1]]],
        "by_word": {name: round(weight, 2) for name, weight in by_word if abs(weight) >= SMALLEST_KEPT},
    }
    WEIGHTS_FILE.write_text(json.dumps(weights, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(texts)} requests, {held_out}, {WEIGHTS_FILE.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
