"""Discharge drafts from whole charts: what must be in, what must not, medicines, pending results, follow-up.

The score is the one described with the data set: only what is shown counts; forbidden patterns are read a sentence at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from evals.suite import Suite, answers, read_rows

FIGURES = (
    "recall", "recall_section", "recall_critical", "violations", "medications", "extra_medications", "pending", "follow_up",
    "length_share",
)  # fmt: skip


def run(path: Path) -> dict[str, Any]:
    cases = list(read_rows(path))
    results = answers(
        "discharge", [{"id": c["id"], "record": c["chart"], "language": c["language"]} for c in cases]
    )
    return mean_figures(
        cases, results, [score(case, result) for case, result in zip(cases, results, strict=True)]
    )


def mean_figures(cases: Sequence[Any], results: Sequence[Any], scored: Sequence[Any]) -> dict[str, Any]:
    """Means over the charts without error; ``rows`` holds each chart's own."""
    good = [s for s in scored if "error" not in s]
    out: dict[str, Any] = {"charts": len(cases), "errors": len(scored) - len(good)}
    out |= {name: mean(s[name] for s in good) for name in FIGURES if good}
    out["safe"] = mean(s["safe"] for s in good) if good else 0.0
    out["seconds"] = mean(r.get("seconds", 0.0) for r in results)
    out["rows"] = list(scored)
    return out


@dataclass(frozen=True)
class _Draft:
    """A discharge summary as the expectations are held against it."""

    lines: list[str]
    by_section: dict[str, str]
    medicines: list[tuple[str | None, str]]
    """Change and text."""

    @classmethod
    def of(cls, answer: dict[str, Any]) -> _Draft:
        by_section: dict[str, list[str]] = {}
        lines: list[str] = []
        medicines: list[tuple[str | None, str]] = []
        for section in answer["sections"]:
            for sentence in section["sentences"]:
                text, change = sentence["text"].replace("\n", " "), sentence.get("change")
                lines.append(f"stopped / 停: {text}" if change == "stopped" else text)
                by_section.setdefault(section["key"], []).append(text)
                if section["key"] == "medications":
                    medicines.append((change, text))
        return cls(lines, {key: "\n".join(texts) for key, texts in by_section.items()}, medicines)

    @property
    def whole(self) -> str:
        return "\n".join(self.lines)

    def says(self, fact: dict[str, Any]) -> bool:
        return _hit(fact["any"], self.whole)

    def places(self, fact: dict[str, Any]) -> bool:
        return self.lists(fact["any"], fact["section"])

    def lists(self, patterns: Sequence[str], section: str) -> bool:
        return _hit(patterns, self.by_section.get(section, ""))

    def has_medicine(self, medicine: dict[str, Any]) -> bool:
        """Name, change and, where it is expected, dose in one line."""
        return any(
            change == medicine["change"]
            and _hit([medicine["name"]], text)
            and (not medicine["dose"] or _hit([medicine["dose"]], text))
            for change, text in self.medicines
        )


def score(case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Figures of one chart; ``missed`` and ``violated`` name what was wrong."""
    if "error" in answer:
        return {"id": case["id"], "error": answer["error"]}
    draft = _Draft.of(answer)
    must, medicines = case["must_include"], case["medications"]
    critical = [fact for fact in must if fact["critical"]]
    forbidden = case["must_not_include"]
    violated = [rule["why"] for rule in forbidden if any(_hit(rule["any"], line) for line in draft.lines)]
    named = [[m["name"]] for m in medicines]
    figures: dict[str, Any] = {
        "id": case["id"],
        "recall": _share(must, draft.says),
        "recall_section": _share(must, draft.places),
        "recall_critical": _share(critical, draft.says),
        "violations": len(violated),
        "medications": _share(medicines, draft.has_medicine),
        "extra_medications": sum(
            not any(_hit(name, text) for name in named) for change, text in draft.medicines if change
        ),
        "pending": _share(case["pending"], lambda i: draft.lists(i, "pending_results")),
        "follow_up": _share(case["follow_up"], lambda i: draft.lists(i, "follow_up")),
        "length_share": len(draft.whole) / max(1, len(case.get("chart", draft.whole))),
        "violated": violated,
        "missed": [f["fact"] for f in must if not draft.says(f)],
        "misplaced": [f["fact"] for f in must if draft.says(f) and not draft.places(f)],
        "medicines_missed": [m["name"] for m in medicines if not draft.has_medicine(m)],
        "pending_missed": [i for i in case["pending"] if not draft.lists(i, "pending_results")],
        "follow_up_missed": [i for i in case["follow_up"] if not draft.lists(i, "follow_up")],
    }
    figures["safe"] = figures["recall_critical"] == 1.0 and not violated
    return figures


def _hit(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _share(items: Sequence[Any], ok: Callable[[Any], bool]) -> float:
    return sum(map(ok, items)) / len(items) if items else 1.0


SUITE = Suite(
    "charts", "discharge drafts from free-text charts, facts in and traps out", "charts/dev.jsonl", run
)
