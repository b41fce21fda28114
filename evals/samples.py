"""Discharge drafts of the project's own sample patients, against facts written from their stories before any draft was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from evals.charts import mean_figures, score
from evals.suite import Suite, answers

FOLDER = Path(__file__).resolve().parents[1] / "samples"


def run(path: Path) -> dict[str, Any]:
    """``path`` is a folder of sample patients with ``expected/*.yaml``."""
    folder = path if path.is_dir() and (path / "expected").exists() else FOLDER
    cases = []
    for expected in sorted((folder / "expected").glob("*.yaml")):
        source = next(p for p in folder.glob(f"{expected.stem}.*") if p.suffix in (".json", ".txt", ".md"))
        case = yaml.safe_load(expected.read_text(encoding="utf-8"))
        cases.append(case | {"id": expected.stem, "chart": source.read_text(encoding="utf-8")})
    results = answers(
        "discharge", [{"id": c["id"], "record": c["chart"], "language": c["language"]} for c in cases]
    )
    return mean_figures(
        cases, results, [score(case, result) for case, result in zip(cases, results, strict=True)]
    )


SUITE = Suite("samples", "discharge drafts of the project's own sample patients", "", run)
