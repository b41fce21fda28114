"""Eight fictional wards' charts, each with twelve difficulties: what its discharge draft must hold and must not."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.conversation import Conversation
from assistant.jobs import Job, run_row
from assistant.tasks.base import Services
from assistant.wiring import Parts, load_settings
from evals.charts import score
from knowledge.formulary import open_formulary

CHARTS = Path(__file__).with_name("charts")
CASES = sorted(p.stem for p in CHARTS.glob("*.yaml"))


@cache
def _job() -> Job:
    formulary = open_formulary()
    services = Services(None, formulary)
    parts = Parts(load_settings(), None, formulary, Conversation(services))  # type: ignore[arg-type]
    return Job("discharge", parts)


@cache
def _scored(stem: str) -> dict[str, Any]:
    case = yaml.safe_load((CHARTS / f"{stem}.yaml").read_text(encoding="utf-8"))
    case["chart"] = (CHARTS / f"{stem}.txt").read_text(encoding="utf-8")
    row = {"id": stem, "record": case["chart"], "language": case["language"]}
    return score(case, run_row("discharge", _job(), 0, row))


@pytest.fixture(autouse=True)
def _without_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "none")


@pytest.mark.parametrize("stem", CASES)
def test_nothing_false_is_told(stem: str) -> None:
    assert not _scored(stem)["violated"]


@pytest.mark.parametrize("stem", CASES)
def test_no_fact_is_lost(stem: str) -> None:
    assert not _scored(stem)["missed"]


@pytest.mark.parametrize("stem", CASES)
def test_each_medicine_has_its_change_and_dose_and_there_is_no_other(stem: str) -> None:
    found = _scored(stem)
    assert (found["medicines_missed"], found["extra_medications"]) == ([], 0)


@pytest.mark.parametrize("stem", CASES)
def test_what_is_pending_and_what_follows_is_listed(stem: str) -> None:
    found = _scored(stem)
    assert (found["pending_missed"], found["follow_up_missed"]) == ([], [])
