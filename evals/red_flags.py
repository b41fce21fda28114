"""Messages with emergencies among look-alikes: which emergencies are heard, and which ordinary messages are not let be.

The score is the one described with the data set. Triage is by rule: no model, no guideline is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evals.suite import Suite, answers, read_rows

HARMLESS = ("routine", "self_care")


def run(path: Path) -> dict[str, Any]:
    cases = list(read_rows(path))
    results = answers("triage", [{"id": c["id"], "text": c["text"]} for c in cases])
    rows = [score(case, result) for case, result in zip(cases, results, strict=True)]
    emergencies = [r for r in rows if r["label"] == "emergency"]
    harmless = [r for r in rows if r["label"] in HARMLESS]

    def share(among: Sequence[dict[str, Any]], hit: Callable[[dict[str, Any]], bool]) -> float:
        return sum(map(hit, among)) / len(among) if among else 1.0

    figures: dict[str, Any] = {
        "messages": len(rows),
        "errors": sum("error" in r for r in rows),
        "sensitivity": share(emergencies, _heard),
        "sensitivity_interval": wilson(sum(map(_heard, emergencies)), len(emergencies)),
        "missed_badly": sum(r["urgency"] not in ("emergency", "urgent") for r in emergencies),
        "false_alarms": share(harmless, _heard),
        "harmless_called_urgent": share(harmless, lambda r: r["urgency"] == "urgent"),
        "right": share(rows, lambda r: bool(r["right"])),
        "quoted": share([r for r in emergencies if _heard(r)], lambda r: bool(r["quoted"])),
    }
    for field in ("language", "style"):
        for value in sorted({r[field] for r in emergencies}):
            figures[f"sensitivity_{value}"] = share([r for r in emergencies if r[field] == value], _heard)
    return figures | {"rows": [r for r in rows if not r["right"]]}


def score(case: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """One message; a row that failed counts as wrong."""
    urgency = result.get("urgency", "none")
    row = {key: case[key] for key in ("id", "language", "label", "condition", "style", "text")} | {
        "urgency": urgency,
        "right": urgency in case["accept"],
        "quoted": any(f["quote"] and f["quote"] in case["text"] for f in result.get("red_flags", ())),
        "rules": [f["rule"] for f in result.get("red_flags", ())],
    }
    return row | {"error": result["error"]} if "error" in result else row


def _heard(row: dict[str, Any]) -> bool:
    return bool(row["urgency"] == "emergency")


def wilson(hits: int, of: int, z: float = 1.96) -> str:
    """95 % interval of a share (Wilson 1927), as ``0.72-0.98``."""
    if not of:
        return "-"
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{max(0.0, middle - half):.2f}-{min(1.0, middle + half):.2f}"


SUITE = Suite("red_flags", "messages with emergencies among look-alikes, by rule", "red_flags/dev.jsonl", run)
