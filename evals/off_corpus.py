"""Questions that ordinary guidelines cannot answer: does the assistant say so, and does it still answer its controls?

The score is the one described with the data set; what is judged is the text shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.suite import Suite, answers, read_rows, shown_sentences

_NOT_KNOWN = re.compile(
    r"not (?:known|mentioned|in the (?:guidelines|record|library))|do(?:es)? not (?:mention|answer|hold|contain)|no (?:guideline|record)"
    r"|没有(?:提到|回答|相关)|未(?:提到|收录|涉及)|不知道",
    re.IGNORECASE,
)


def run(path: Path) -> dict[str, Any]:
    cases = list(read_rows(path))
    asked = [{"id": c["id"], "question": c["question"], "language": c["language"]} for c in cases]
    rows = [score(case, result) for case, result in zip(cases, answers("ask", asked), strict=True)]
    premises = [r for r in rows if r["type"] == "false_premise"]
    controls = [r for r in rows if r["type"] == "control"]
    unanswerable = [r for r in rows if r not in premises and r not in controls]
    shares = [_share(group, "right") for group in (unanswerable, premises, controls)]
    return {
        "questions": len(rows),
        "headline": sum(shares) / 3,
        "unanswerable_right": shares[0],
        "unanswerable_soft": _share(unanswerable, "soft"),
        "false_premise_right": shares[1],
        "false_premise_corrected": _share(premises, "expected"),
        "control_right": shares[2],
        "invented": sum(r["invented"] for r in rows),
        "rows": [r for r in rows if not r["right"]],
    }


def score(case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """One question; an error counts as wrong."""
    text = "\n".join(t for _, t in shown_sentences(answer))
    abstained = bool(answer.get("abstained"))
    invented = any(re.search(p, text) for p in case["must_not"])
    expected = any(re.search(p, text) for p in case["expect_any"])
    if case["type"] == "control":
        right = not abstained and expected
    elif case["type"] == "false_premise":
        right = not invented and (abstained or expected)
    else:
        right = abstained and not invented
    failed = "error" in answer
    return {
        "id": case["id"],
        "type": case["type"],
        "question": case["question"],
        "right": right and not failed,
        "soft": not abstained and not invented and bool(_NOT_KNOWN.search(text)),
        "expected": expected,
        "invented": invented,
        "abstained": abstained,
        "shown": text or answer.get("error", ""),
    }


def _share(rows: Sequence[dict[str, Any]], name: str) -> float:
    return sum(bool(r[name]) for r in rows) / len(rows) if rows else 1.0


SUITE = Suite("off_corpus", "questions that guidelines cannot answer", "off_corpus/dev.jsonl", run)
