"""De-identification: is every planted name, number, date and address covered, and do eponyms, drugs and values survive?

The score is the one described with the data set: a span is caught when each of its letters and digits is covered.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evals.suite import Suite, answers, read_rows


def run(path: Path) -> dict[str, Any]:
    cases = list(read_rows(path))
    results = answers("redact", [{"id": c["id"], "text": c["text"]} for c in cases])
    rows = [score(case, result) for case, result in zip(cases, results, strict=True)]

    def total(name: str, among: list[dict[str, Any]]) -> int:
        return sum(int(r[name]) for r in among)

    figures: dict[str, Any] = {
        "notes": len(rows),
        "errors": sum("error" in r for r in results),
        "spans": total("spans", rows),
        "leaks": total("spans", rows) - total("caught", rows),
        "leaked_names": sum(s["type"] == "NAME" for r in rows for s in r["leaks"]),
        "recall": _ratio(total("caught", rows), total("spans", rows)),
        "typed": _ratio(total("typed", rows), total("caught", rows)),
        "keep": _ratio(total("kept", rows), total("keep", rows)),
        "precision": _ratio(total("said_right", rows), total("said", rows)),
    }
    for language in sorted({c["language"] for c in cases}):
        chosen = [r for r in rows if r["language"] == language]
        figures[f"recall_{language}"] = _ratio(total("caught", chosen), total("spans", chosen))
    for kind in sorted({s["type"] for c in cases for s in c["spans"]}):
        planted = sum(s["type"] == kind for c in cases for s in c["spans"])
        leaked = sum(s["type"] == kind for r in rows for s in r["leaks"])
        figures[f"recall_{kind}"] = _ratio(planted - leaked, planted)
    return figures | {"rows": [r for r in rows if r["leaks"] or r["lost"]]}


def score(case: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """Counts of one note; ``leaks`` are planted spans not covered, ``lost`` strings that should have stayed."""
    text, predicted = case["text"], result.get("spans", [])
    cover = {i for p in predicted for i in range(p["start"], p["end"])}
    caught = [
        s for s in case["spans"] if all(i in cover for i in range(s["start"], s["end"]) if text[i].isalnum())
    ]
    typed = [s for s in caught if any(p["type"] == s["type"] and _overlap(p, s) for p in predicted)]
    planted = {i for s in case["spans"] for i in range(s["start"], s["end"])}
    lost = [
        k
        for k in case["keep"]
        if any(j in cover for i in range(len(text)) if text.startswith(k, i) for j in range(i, i + len(k)))
    ]
    said = [i for i in cover if text[i].isalnum()]
    return {
        "id": case["id"],
        "language": case["language"],
        "spans": len(case["spans"]),
        "caught": len(caught),
        "typed": len(typed),
        "keep": len(case["keep"]),
        "kept": len(case["keep"]) - len(lost),
        "said": len(said),
        "said_right": sum(i in planted for i in said),
        "leaks": [s for s in case["spans"] if s not in caught],
        "lost": lost,
    }


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return bool(a["start"] < b["end"] and b["start"] < a["end"])


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


SUITE = Suite("redaction", "names, numbers, dates and addresses found in notes", "phi_notes/dev.jsonl", run)
