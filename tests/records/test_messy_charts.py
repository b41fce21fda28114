"""Fictional charts as messy as real ones: transfer notes, a drug chart, dictation, broken lines, copied-forward text.

Each has a truth file that was written before the reader saw the chart. ``not_yet`` lists what the draft still lacks,
``told_yet`` the traps it still tells and ``extra`` counts medicines beyond the truth: they may only shrink.
"""

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

CHARTS = Path(__file__).with_name("charts") / "messy"
CASES = sorted(p.stem for p in CHARTS.glob("*.yaml"))

_NOT_SAID_AS_TRUE = (
    r"\b(?:no|nil|not|never|without|den(?:y|ied|ies)|ruled? out|exclu\w+|neg(?:ative)?|against|error\w*|wrong|another|belong\w*"
    r"|father|mother|brother|sister|cancel\w*|stopp?\w*|held|hold|avoid|discontinu\w*|invalid|declined|void|disregard|h(?:a)?emoly\w+"
    r"|clump\w*|clotted|diluted|consider\w*)\b|[?？]|未|不|无|否认|排除|取消|作废|溶血|误|停|拒绝|拟"
)


@cache
def _job() -> Job:
    formulary = open_formulary()
    parts = Parts(load_settings(), None, formulary, Conversation(Services(None, formulary)))  # type: ignore[arg-type]
    return Job("discharge", parts)


@cache
def _scored(stem: str) -> dict[str, Any]:
    case = yaml.safe_load((CHARTS / f"{stem}.yaml").read_text(encoding="utf-8"))
    case |= {"id": stem, "chart": (CHARTS / f"{stem}.txt").read_text(encoding="utf-8")}
    case["must_include"] = [{"critical": True} | fact for fact in case["must_include"]]
    case["must_not_include"] = [
        {"why": trap["why"], "any": [rf"^(?!.*(?:{_NOT_SAID_AS_TRUE})).*(?:{trap['words']})"]}
        for trap in case["told_as_true"]
    ]
    row = {"id": stem, "record": case["chart"], "language": case["language"]}
    return {
        "not_yet": [],
        "told_yet": [],
        "extra": 0,
        **case,
        **score(case, run_row("discharge", _job(), 0, row)),
    }


@pytest.fixture(autouse=True)
def _without_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL", "none")


@pytest.mark.parametrize("stem", CASES)
def test_no_trap_is_told_as_true(stem: str) -> None:
    found = _scored(stem)
    assert sorted(found["violated"]) == sorted(found["told_yet"])


@pytest.mark.parametrize("stem", CASES)
def test_facts_medicines_and_arrangements_are_there_but_for_the_known_gaps(stem: str) -> None:
    found = _scored(stem)
    lacking = [*found["missed"], *found["medicines_missed"], *map(str, found["pending_missed"])]
    lacking += map(str, found["follow_up_missed"])
    assert sorted(lacking) == sorted(found["not_yet"])


@pytest.mark.parametrize("stem", CASES)
def test_the_draft_lists_no_medicine_that_is_not_on_the_list(stem: str) -> None:
    found = _scored(stem)
    assert found["extra_medications"] == found["extra"]
