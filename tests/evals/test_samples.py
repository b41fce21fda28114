"""Our own sample patients' discharge drafts hold what their stories hold: a medicine once lost there was lost for days."""

from __future__ import annotations

import pytest

from evals import samples


@pytest.mark.slow
def test_no_critical_fact_medicine_or_arrangement_of_the_samples_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MODEL", "none")
    figures = samples.run(samples.FOLDER)
    assert figures["charts"] == 12
    assert figures["errors"] == figures["violations"] == 0
    assert not [(r["id"], r["medicines_missed"]) for r in figures["rows"] if r["medicines_missed"]]
    assert figures["recall_critical"] == figures["pending"] == figures["follow_up"] == 1.0
    assert figures["recall"] >= 0.99
