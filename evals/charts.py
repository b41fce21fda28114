"""Discharge drafts from whole charts: what must be in, what must not, medicines, pending results, follow-up.

The score is the one described with the data set: only what is shown counts; forbidden patterns are read a sentence at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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


def score(case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Figures of one chart; ``missed`` and ``violated`` name what was wrong."""
    if "error" in answer:
        return {"id": case["id"], "error": answer["error"]}
    by_section: dict[str, list[str]] = {}
    lines: list[str] = []
    medicines: list[tuple[str | None, str]] = []
    for section in answer["sections"]:
        for sentence in section["sentences"]:
            text = sentence["text"].replace("\n", " ")
            change = sentence.get("change")
            lines.append(f"stopped / 停: {text}" if change == "stopped" else text)
            by_section.setdefault(section["key"], []).append(text)
            if section["key"] == "medications":
                medicines.append((change, text))
    whole = "\n".join(lines)

    def in_section(key: str) -> str:
        return "\n".join(by_section.get(key, []))

    must = case["must_include"]
    critical = [fact for fact in must if fact["critical"]]
    violated = [
        rule["why"] for rule in case["must_not_include"] if any(_hit(rule["any"], line) for line in lines)
    ]

    def fits(medicine: dict[str, Any], change: str | None, text: str) -> bool:
        dose = not medicine["dose"] or _hit([medicine["dose"]], text)
        return change == medicine["change"] and _hit([medicine["name"]], text) and dose

    figures: dict[str, Any] = {
        "id": case["id"],
        "recall": _share(must, lambda f: _hit(f["any"], whole)),
        "recall_section": _share(must, lambda f: _hit(f["any"], in_section(f["section"]))),
        "recall_critical": _share(critical, lambda f: _hit(f["any"], whole)),
        "violations": len(violated),
        "medications": _share(case["medications"], lambda m: any(fits(m, c, t) for c, t in medicines)),
        "extra_medications": sum(
            not any(_hit([m["name"]], text) for m in case["medications"])
            for change, text in medicines
            if change
        ),
        "pending": _share(case["pending"], lambda i: _hit(i, in_section("pending_results"))),
        "follow_up": _share(case["follow_up"], lambda i: _hit(i, in_section("follow_up"))),
        "length_share": len(whole) / max(1, len(case.get("chart", whole))),
        "violated": violated,
        "missed": [f["fact"] for f in must if not _hit(f["any"], whole)],
        "misplaced": [
            f["fact"] for f in must if _hit(f["any"], whole) and not _hit(f["any"], in_section(f["section"]))
        ],
        "medicines_missed": [
            m["name"] for m in case["medications"] if not any(fits(m, c, t) for c, t in medicines)
        ],
        "pending_missed": [i for i in case["pending"] if not _hit(i, in_section("pending_results"))],
        "follow_up_missed": [i for i in case["follow_up"] if not _hit(i, in_section("follow_up"))],
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
