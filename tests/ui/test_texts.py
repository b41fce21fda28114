from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from assistant.domain.answer import AlertKind, MedicationChange, Origin, Severity, Urgency, Verdict
from assistant.domain.events import StageName
from assistant.domain.record import Assertion, MedicationPhase
from assistant.store import Action, Outcome, Reason, Role
from assistant.ui.texts import TEXTS, say

UI = Path(__file__).parent.parent.parent / "assistant" / "ui"


def _used() -> set[str]:
    found: set[str] = set()
    for path in UI.rglob("*.py"):
        text = path.read_text("utf-8")
        found |= set(re.findall(r"\b(?:t|say)\(\s*\"([a-z_0-9]+)\"", text))
    return {key for key in found if not key.endswith("_")}


def test_every_key_that_the_pages_use_has_words() -> None:
    assert _used() - set(TEXTS) == set()


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_are_complete_and_take_the_same_values(key: str) -> None:
    english, chinese = TEXTS[key]
    assert english.strip()
    assert chinese.strip()
    fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, chinese)]
    assert fields[0] == fields[1]


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_the_chinese_side_is_chinese(key: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", TEXTS[key][1]), key


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("alert", AlertKind),
        ("severity", Severity),
        ("urgency", Urgency),
        ("origin", Origin),
        ("change", MedicationChange),
        ("stage", StageName),
        ("done", StageName),
        ("role", Role),
        ("act", Action),
        ("outcome", Outcome),
        ("reason", Reason),
        ("phase", MedicationPhase),
    ],
)
def test_every_value_that_can_be_drawn_has_words(prefix: str, values: type) -> None:
    assert [v for v in values if f"{prefix}_{v.value}" not in TEXTS] == []  # type: ignore[attr-defined]


def test_a_verdict_or_assertion_that_needs_saying_has_words() -> None:
    assert all(f"verdict_{v.value}" in TEXTS for v in Verdict if v is not Verdict.SUPPORTED)
    assert all(f"assertion_{a.value}" in TEXTS for a in Assertion if a is not Assertion.PRESENT)


def test_values_fill_the_braces() -> None:
    assert say("admitted", "en", day="2026-03-01") == "admitted 2026-03-01"
    assert say("admitted", "zh", day="2026-03-01") == "入院 2026-03-01"
