"""Sentences made of chart text, English and Chinese: what is sound is let through, what changes one thing is held back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain.answer import Sentence
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.verification.verify import check_model_sentence
from knowledge.formulary import open_formulary

GROUPS: list[dict[str, Any]] = [
    group
    for path in sorted(Path(__file__).with_name("pairs").glob("*.yaml"))
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))
]
SOUND = [(group, text) for group in GROUPS for text in group["sound"]]
WRONG = [(group, kind, text) for group in GROUPS for kind, text in group["wrong"]]
REFUSED_AT_MOST = 0.10
"""Share of sound sentences that may be refused; a wrong one passed is worse than ten of these."""


def shown(group: dict[str, Any], text: str) -> bool:
    evidence = [Evidence(EvidenceKind.RECORD, "r", t, 0, len(t), date=d) for t, d in group["evidence"]]
    return isinstance(check_model_sentence(text, evidence, open_formulary()), Sentence)


@pytest.mark.parametrize(("group", "kind", "text"), WRONG, ids=[f"{kind}: {text}" for _, kind, text in WRONG])
def test_a_sentence_with_one_thing_changed_is_held_back(group: dict[str, Any], kind: str, text: str) -> None:
    assert not shown(group, text), kind


def test_sound_paraphrases_are_let_through_but_for_a_few() -> None:
    refused = [text for group, text in SOUND if not shown(group, text)]
    assert len(refused) <= REFUSED_AT_MOST * len(SOUND), refused


def test_there_are_enough_pairs_of_each_sort_in_both_languages() -> None:
    chinese = [text for _, text in SOUND if not text.isascii()]
    assert len(SOUND) >= 120
    assert len(WRONG) >= 120
    assert len(chinese) >= 40
