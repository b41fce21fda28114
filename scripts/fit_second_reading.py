"""Fits the weights of ``assistant/safety/second_reading.py`` on the messages under tests/safety.

    python scripts/fit_second_reading.py            # writes second_reading_weights.json and prints the figures

Only messages written for the tests are read. The threshold is the lowest at which cross-validation lets be
``ALLOWED_FALSE`` of the calm messages that no rule has flagged.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from assistant.safety.red_flags import Message
from assistant.safety.second_reading import WEIGHTS_FILE, features

MESSAGES = Path(__file__).resolve().parents[1] / "tests" / "safety"
ALLOWED_FALSE = 0.08
STRENGTH = 0.6
FITTED_ON = (1, 2, 3, 4)
SMALLEST_KEPT = 0.02


def read(paths: list[Path]) -> tuple[list[dict[str, float]], list[int]]:
    found: list[dict[str, float]] = []
    labels: list[int] = []
    for path in paths:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
        for kind in ("emergency", "urgent", "calm"):
            for text in rows[kind]:
                found.append(features(Message(text)))
                labels.append(int(kind != "calm"))
    return found, labels


def main() -> None:
    paths = [
        MESSAGES / "red_flag_messages.yaml",
        *(MESSAGES / "batches" / f"batch_{n}.yaml" for n in FITTED_ON),
    ]
    found, labels = read(paths)
    vectoriser = DictVectorizer()
    matrix, truth = vectoriser.fit_transform(found), np.array(labels)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
    folds = StratifiedKFold(10, shuffle=True, random_state=7)
    held_out = cross_val_predict(model, matrix, truth, cv=folds, method="decision_function")
    threshold = float(np.quantile(held_out[truth == 0], 1 - ALLOWED_FALSE))
    sys.stdout.write(
        f"messages {len(truth)}, held-out recall {np.mean(held_out[truth == 1] >= threshold):.3f} at {ALLOWED_FALSE} false\n"
    )
    model.fit(matrix, truth)
    weights = {
        name: round(float(weight), 3)
        for name, weight in zip(vectoriser.get_feature_names_out(), model.coef_[0], strict=True)
        if abs(weight) >= SMALLEST_KEPT
    }
    row = {"bias": round(float(model.intercept_[0]), 3), "threshold": round(threshold, 3), "weights": weights}
    WEIGHTS_FILE.write_text(
        json.dumps(row, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8"
    )
    sys.stdout.write(
        f"{len(weights)} weights, {WEIGHTS_FILE.stat().st_size // 1024} KiB, threshold {threshold:.2f}\n"
    )


if __name__ == "__main__":
    main()
