"""Fits the weights of ``assistant/safety/second_reading.py`` on the messages under tests/safety.

    python scripts/fit_second_reading.py            # writes second_reading_weights.json and prints the figures

Only messages written for the tests are read. The threshold of each head is the lowest at which cross-validation
flags no more than ``ALLOWED_FALSE`` of the calm messages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from assistant.safety.red_flags import Message
from assistant.safety.second_reading import WEIGHTS_FILE, features, heard_of_someone

MESSAGES = Path(__file__).resolve().parents[1] / "tests" / "safety"
ALLOWED_FALSE = {"urgent": 0.05, "emergency": 0.03}
STRENGTH = 0.6
FITTED_ON = (
    "batch_1",
    "batch_2",
    "batch_3",
    "batch_4",
    "batch_6a",
    "batch_8",
    "batch_9",
    "batch_10",
    "batch_11",
    "crisis_a",
    "calm_for_fitting",
)
GRAVITY = {
    "emergency": 2,
    "plain": 2,
    "plan": 2,
    "urgent": 1,
    "passive": 1,
    "calm_or_urgent": 1,
    "calm": 0,
    "look_alike": 0,
}
SMALLEST_KEPT = 0.02


def read(paths: list[Path]) -> tuple[list[dict[str, float]], list[int]]:
    found: list[dict[str, float]] = []
    labels: list[int] = []
    for path in paths:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in GRAVITY.keys() & rows.keys():
            for text in sorted(rows[kind]):
                found.append(features(heard_of_someone(Message(text))))
                labels.append(GRAVITY[kind])
    return found, labels


def fit(head: str, matrix: Any, gravity: Any, names: list[str]) -> dict[str, Any]:
    """One head: bias, threshold and weights, its held-out recall printed."""
    truth = gravity >= (1 if head == "urgent" else 2)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
    folds = StratifiedKFold(5, shuffle=True, random_state=7)
    held_out = cross_val_predict(model, matrix, truth, cv=folds, method="decision_function")
    threshold = float(np.quantile(held_out[gravity == 0], 1 - ALLOWED_FALSE[head]))
    sys.stdout.write(
        f"{head}: messages {len(truth)}, held-out recall {np.mean(held_out[truth] >= threshold):.3f} "
        f"at {ALLOWED_FALSE[head]} false, threshold {threshold:.2f}\n"
    )
    model.fit(matrix, truth)
    weights = {
        name: round(float(weight), 3)
        for name, weight in zip(names, model.coef_[0], strict=True)
        if abs(weight) >= SMALLEST_KEPT
    }
    return {
        "bias": round(float(model.intercept_[0]), 3),
        "threshold": round(threshold, 3),
        "weights": weights,
    }


def main() -> None:
    paths = [
        MESSAGES / "red_flag_messages.yaml",
        *(MESSAGES / "batches" / f"{name}.yaml" for name in FITTED_ON),
    ]
    found, labels = read(paths)
    vectoriser = DictVectorizer()
    matrix = vectoriser.fit_transform(found)
    names = list(vectoriser.get_feature_names_out())
    rows = {head: fit(head, matrix, np.array(labels), names) for head in ("urgent", "emergency")}
    WEIGHTS_FILE.write_text(
        json.dumps(rows, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8"
    )
    sys.stdout.write(f"{WEIGHTS_FILE.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
