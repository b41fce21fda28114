"""Published triage vignettes, told by a clinician in the third person: which emergencies are heard, which calm ones raised?

Owns the score alone. These are case reports, not messages: the rules were written for messages, so this is a hard test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.safety.triage import triage
from evals.red_flags import wilson
from evals.suite import Suite, read_rows

_RAISED = ("emergency", "urgent")


def run(path: Path) -> dict[str, Any]:
    """``path``: the rows, or the folder that holds ``dev.jsonl``."""
    rows = [judged(row) for row in read_rows(path / "dev.jsonl" if path.is_dir() else path)]
    by = {kind: [r for r in rows if r["triage"] == kind] for kind in ("em", "ne", "sc")}
    heard = sum(r["urgency"] == "emergency" for r in by["em"])
    return {
        "vignettes": len(rows),
        "emergencies_heard": heard / len(by["em"]) if by["em"] else 1.0,
        "emergencies_heard_interval": wilson(heard, len(by["em"])),
        "emergencies_let_be": sum(r["urgency"] not in _RAISED for r in by["em"]),
        "self_care_called_emergency": sum(r["urgency"] == "emergency" for r in by["sc"]),
        "self_care_called_urgent": sum(r["urgency"] == "urgent" for r in by["sc"]),
        "non_urgent_called_emergency": sum(r["urgency"] == "emergency" for r in by["ne"]),
        "self_care": len(by["sc"]),
        "non_urgent": len(by["ne"]),
        "rows": [r for r in rows if not r["right"]],
    }


def judged(row: dict[str, Any]) -> dict[str, Any]:
    """One vignette; ``ne`` (to be seen, no emergency) allows urgent and routine, ``sc`` routine and self-care."""
    found = triage(row["text"])
    allowed = {"em": ("emergency",), "ne": ("urgent", "routine"), "sc": ("routine", "self_care")}
    return {
        "id": row["id"],
        "triage": row["triage"],
        "diagnosis": row["diagnosis"],
        "urgency": found.urgency.value,
        "rules": [flag.rule for flag in found.red_flags],
        "right": found.urgency.value in allowed[row["triage"]],
    }


SUITE = Suite("vignettes", "published triage vignettes, by rule", "triage_vignettes/dev.jsonl", run)
