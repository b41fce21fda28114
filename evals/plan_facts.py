"""Plans of the sample patients: which of the facts that matter for each patient the plan puts to use.

The lists (``cases/plan_facts.yaml``) were written from the records before any plan was read. A fact counts where one shown
sentence of the sections named holds it; sentences that only report what was withheld do not count.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from evals.samples import FOLDER
from evals.suite import Suite, answers, shown_sentences

CASES = Path(__file__).with_name("cases") / "plan_facts.yaml"


def missed(sentences: list[tuple[str, str]], facts: list[dict[str, Any]]) -> list[str]:
    """The facts that no sentence of their sections holds."""

    def used(fact: dict[str, Any]) -> bool:
        wanted = [re.compile(pattern, re.IGNORECASE) for pattern in fact["any"]]
        return any(
            pattern.search(text)
            for key, text in sentences
            if key in fact.get("sections", (key,))
            for pattern in wanted
        )

    return [fact["fact"] for fact in facts if not used(fact)]


def run(path: Path) -> dict[str, Any]:
    """``path`` is a YAML file of lists as in ``cases/plan_facts.yaml``."""
    cases = yaml.safe_load((path if path.suffix == ".yaml" else CASES).read_text(encoding="utf-8"))["samples"]
    rows = [
        {
            "id": case["id"],
            "record": (FOLDER / case["id"]).read_text(encoding="utf-8"),
            "language": case["language"],
            "kind": case["kind"],
        }
        for case in cases
    ]
    wrong, used, total, shares = [], 0, 0, []
    for case, result in zip(cases, answers("plan", rows), strict=True):
        left = missed(shown_sentences(result), case["facts"])
        used += len(case["facts"]) - len(left)
        total += len(case["facts"])
        shares.append(1 - len(left) / len(case["facts"]))
        wrong.append({"id": case["id"], "share": round(shares[-1], 3), "not_used": left})
    return {
        "samples": len(cases),
        "facts": total,
        "patient_facts_used": used / total,
        "worst_sample": min(shares),
        "rows": wrong,
    }


SUITE = Suite("plan_facts", "patient facts that the plans of the samples put to use", "", run)
