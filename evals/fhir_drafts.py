"""Discharge drafts from FHIR bundles: every number shown must stand in the bundle, every fact of the stay in the draft.

An independent reading: it looks at the bundle's JSON itself, never at the record that the assistant made of it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import mean
from typing import Any

from evals.suite import Suite, answers, read_rows, shown_sentences

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")

_TAG = re.compile(r" \((?:disorder|finding|procedure|situation|body structure)\)$")
"""The hierarchy that SNOMED CT writes behind a name: no part of the fact."""


def run(path: Path) -> dict[str, Any]:
    cases = list(read_rows(path))
    results = answers("discharge", [{"id": c["id"], "record": c["bundle"]} for c in cases])
    rows: list[dict[str, Any]] = []
    for case, result in zip(cases, results, strict=True):
        if "error" in result:
            rows.append({"id": case["id"], "error": result["error"]})
            continue
        text = "\n".join(text for _, text in shown_sentences(result))
        source = json.dumps(case["bundle"], ensure_ascii=False)
        strange = [n for n in dict.fromkeys(_NUMBER.findall(text)) if n not in source]
        wanted = _facts_of_stay(case["bundle"], result)
        missing = [fact for fact in wanted if fact.casefold() not in text.casefold()]
        rows.append(
            {
                "id": case["id"],
                "numbers_not_in_record": strange,
                "facts": len(wanted),
                "facts_missing": missing,
            }
        )
    good = [r for r in rows if "error" not in r]
    total = sum(r["facts"] for r in good)
    return {
        "bundles": len(cases),
        "errors": len(rows) - len(good),
        "numbers_not_in_record": sum(len(r["numbers_not_in_record"]) for r in good),
        "facts_of_stay": total,
        "facts_in_draft": 1 - sum(len(r["facts_missing"]) for r in good) / total if total else 1.0,
        "seconds": mean(r.get("seconds", 0.0) for r in results),
        "rows": rows,
    }


def _facts_of_stay(bundle: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Names of what hangs on the encounter whose dates the draft shows: conditions, done procedures, ordered medicines."""
    resources = [e["resource"] for e in bundle.get("entry", ()) if "resource" in e]
    dates = "\n".join(text for key, text in shown_sentences(result) if key == "dates")
    stays = [
        r
        for r in resources
        if r["resourceType"] == "Encounter"
        and r.get("period", {}).get("start", "?")[:10] in dates
        and r.get("class", {}).get("code") == "IMP"
    ]
    references = {f"urn:uuid:{r['id']}" for r in stays} | {f"Encounter/{r['id']}" for r in stays}
    facts = []
    for r in resources:
        if (r.get("encounter") or r.get("context") or {}).get("reference") not in references:
            continue
        concept = (
            r.get("medicationCodeableConcept") if r["resourceType"] == "MedicationRequest" else r.get("code")
        )
        if r["resourceType"] in ("Condition", "Procedure", "MedicationRequest") and concept:
            facts.append(_TAG.sub("", concept.get("text") or concept["coding"][0]["display"]))
    return list(dict.fromkeys(facts))


SUITE = Suite(
    "fhir",
    "discharge drafts from FHIR bundles, checked against the JSON",
    "fhir_synthea_r4_inpatient/dev.jsonl.gz",
    run,
)
