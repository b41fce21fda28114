"""Questions that the starter library answers: is a sentence that answers among those shown, and first?

Owns the set and the measure. A row names every sentence of the library that answers it; a question counts as answered where
one of them is shown, in its guideline's own words, among the first three. What sounds like an emergency gets the alarm and no
guideline; such rows are counted apart. Half of the rows (the odd ones) were used to fit the weights of
``assistant.tasks.sentence_ranking``; figures are told for both halves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.suite import Suite, answers, read_rows, shown_sentences

OWN = Path(__file__).parent / "cases" / "library_answers.jsonl"
SHOWN = 3


def run(path: Path) -> dict[str, Any]:
    """``path``: another file of the same fields; the folder of all sets stands for the own file."""
    cases = list(read_rows(path if path.is_file() else OWN))
    asked = [
        {
            "id": case["id"],
            "question": case["question"],
            "language": case["language"],
            "audience": "patient" if case.get("asker") in ("patient", "relative") else "clinician",
        }
        for case in cases
    ]
    rows = [judged(case, given) for case, given in zip(cases, answers("ask", asked), strict=True)]
    asked_of_it = [r for r in rows if not r["alarm"]]
    halves = {
        "fitted": [r for r in rows[::2] if not r["alarm"]],
        "held_out": [r for r in rows[1::2] if not r["alarm"]],
    }
    return {
        "questions": len(rows),
        "answered_by_an_alarm": len(rows) - len(asked_of_it),
        **_figures(asked_of_it, ""),
        **{k: v for half, among in halves.items() for k, v in _figures(among, f"_{half}").items()},
        **{
            k: v
            for language in ("en", "zh")
            for k, v in _figures(
                [r for r in asked_of_it if r["language"] == language], f"_{language}"
            ).items()
        },
        "rows": [r for r in asked_of_it if not r["answered"]],
    }


def judged(case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """One question; an error counts as not answered."""
    wanted = [_bare(text) for text in case["answers"]]
    shown = [_bare(text) for _, text in shown_sentences(answer)]
    quoted = any(
        s.get("origin") == "guideline" for part in answer.get("sections", ()) for s in part["sentences"]
    )
    right = [any(_same(text, one) for one in wanted) for text in shown[:SHOWN]]
    return {
        "id": case["id"],
        "language": case["language"],
        "kind": case.get("kind", ""),
        "question": case["question"],
        "answered": any(right),
        "first": bool(right) and right[0],
        "declined": bool(answer.get("abstained")),
        "alarm": bool(answer.get("red_flags")) and not quoted,
        "wanted": case["answers"][0],
        "shown": [text for _, text in shown_sentences(answer)][:SHOWN],
    }


def _figures(rows: Sequence[dict[str, Any]], suffix: str) -> dict[str, float]:
    if not rows:
        return {}
    return {
        f"{name}{suffix}": round(sum(r[name] for r in rows) / len(rows), 4)
        for name in ("answered", "first", "declined")
    }


def _bare(text: str) -> str:
    """Letters and digits alone, without the grade behind the sentence."""
    return re.sub(r"\W+", "", re.sub(r"\s*\[[^\]]*\]\.?\s*$", "", text)).casefold()


_LEAST = 12


def _same(shown: str, wanted: str) -> bool:
    return shown == wanted or (
        min(len(shown), len(wanted)) >= _LEAST and (wanted in shown or shown in wanted)
    )


SUITE = Suite(
    "answers", "questions that the starter library answers: is an answering sentence shown?", "", run
)
