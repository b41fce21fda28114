"""Urgency of messages as people write them, with a look-alike for each kind of emergency."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from assistant.domain.answer import Urgency
from assistant.safety.triage import load_rules, triage

MESSAGES = yaml.safe_load(Path(__file__).with_name("red_flag_messages.yaml").read_text(encoding="utf-8"))
ALLOWED = {
    "emergency": {Urgency.EMERGENCY},
    "urgent": {Urgency.URGENT, Urgency.EMERGENCY},
    "calm": {Urgency.ROUTINE, Urgency.SELF_CARE},
    "calm_or_urgent": {Urgency.URGENT, Urgency.ROUTINE, Urgency.SELF_CARE},
}
ROWS = [(kind, text) for kind, texts in MESSAGES.items() for text in texts]


@pytest.mark.parametrize(("kind", "text"), ROWS)
def test_a_message_gets_the_urgency_it_deserves(kind: str, text: str) -> None:
    found = triage(text)
    assert found.urgency in ALLOWED[kind], [(flag.rule, flag.quote) for flag in found.red_flags]


@pytest.mark.parametrize("text", [text for kind, text in ROWS if kind in {"emergency", "urgent"}])
def test_each_flag_quotes_the_message_word_for_word_and_names_its_source(text: str) -> None:
    for flag in triage(text).red_flags:
        assert flag.quote in text
        assert flag.quote
        assert flag.action
        assert any(character.isdigit() for character in flag.source)


def test_there_are_sixty_conditions_or_more() -> None:
    assert len({rule.condition.en for rule in load_rules().rules.values()}) >= 60


def test_a_message_takes_under_five_milliseconds() -> None:
    triage("warm up")
    began = time.process_time()
    for _, text in ROWS:
        triage(text)
    assert (time.process_time() - began) / len(ROWS) < 0.005


def test_the_crisis_line_is_that_of_the_country() -> None:
    text = "I want to kill myself"
    assert "988" in triage(text, country="US").red_flags[0].action
    assert "116 123" in triage(text, country="GB").red_flags[0].action
    assert "12356" in triage("我想自杀").red_flags[0].action
    assert "120" in triage("我想自杀").red_flags[0].action


def test_the_gravest_flag_comes_first() -> None:
    flags = triage("I fainted yesterday and now I have crushing chest pain and sweating").red_flags
    assert flags[0].urgency is Urgency.EMERGENCY


def test_advice_follows_the_language_of_the_message_unless_told() -> None:
    assert "救护车" in triage("胸口像压了石头").red_flags[0].action
    assert "ambulance" in triage("胸口像压了石头", language="en").red_flags[0].action


@pytest.mark.parametrize(
    "text", ["", " ", "?", "a" * 100_000, "胸" * 10_000, "\u200b", "no " * 5_000, "喝" * 15_000]
)
def test_odd_input_is_read_without_failing(text: str) -> None:
    assert triage(text).urgency in set(Urgency)
