"""Where in a visit note a spoken sentence belongs, and how much it weighs.

Owns the word lists of ``spoken.yaml`` and the moment the examination begins. Refuses to know how a sentence is worded.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from assistant.records.dialogue import Dialogue, DialogueTurn, Speaker
from assistant.tasks.clinician_words import announces
from assistant.verification.facts import quantities_in

if TYPE_CHECKING:
    from knowledge.formulary import Formulary


@cache
def _words() -> dict[str, dict[str, re.Pattern[str]]]:
    raw = yaml.safe_load(Path(__file__).with_name("spoken.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, re.Pattern[str]]] = {}
    for name, rows in raw.items():
        if isinstance(rows, dict):
            found[name] = {
                "en": re.compile(r"(?<![A-Za-z])(?:" + "|".join(rows["en"].split()) + r")(?![A-Za-z])", re.I),
                "zh": re.compile("|".join(re.escape(w) for w in rows["zh"].split()), re.I),
            }
    return found


class NoteParts:
    """The parts of one conversation's note."""

    def __init__(self, dialogue: Dialogue, formulary: Formulary) -> None:
        self.turns = dialogue.turns
        self.zh = dialogue.language == "zh"
        self.formulary = formulary
        self.exam_from = self._exam_start()

    def has(self, name: str, text: str) -> bool:
        return bool(_words()[name]["zh" if self.zh else "en"].search(text))

    def hits(self, name: str, text: str) -> int:
        return len({m.lower() for m in _words()[name]["zh" if self.zh else "en"].findall(text)})

    def section_of(self, text: str, turn: DialogueTurn) -> str:
        drugs = bool(self.formulary.names_in(text))
        if re.search(r"\ballerg(?:y|ies|ic) to\b|\b(?:drug|medication|food|any) allerg|过敏", text, re.I):
            return "medications"
        if drugs or re.search(
            r"\b(?:medications?|medicines?|pills?|tablets?|inhalers?|prescri\w+|milligrams?)\b|吃药|用药|服药",
            text,
            re.I,
        ):
            return "medications" if not (self.exam_from <= turn.number and self._late(turn)) else "subjective"
        if self.has("history", text):
            return "history"
        if (
            turn.number >= self.exam_from
            and not self._late(turn)
            and re.search(
                r"\b(?:when i|press|push|bend|touch|squeeze|does (?:that|this|it) hurt|move)\b|按|压|疼吗",
                text,
                re.I,
            )
        ):
            return "objective"
        return "subjective"

    def _late(self, turn: DialogueTurn) -> bool:
        return turn.number > 0.9 * len(self.turns)

    def matters(self, text: str) -> bool:
        return self.has("clinical", text) or bool(self.formulary.names_in(text))

    def weighs(self, text: str) -> bool:
        """Medicines, doses, measured values, allergies and thoughts of harm are never left out for length."""
        return bool(
            self.formulary.names_in(text)
            or any(q.unit for q in quantities_in(text))
            or re.search(
                r"\ballerg|\bsuicid|\bmilligrams?\b|hurting (?:yourself|myself)|kill (?:yourself|myself)|过敏|自杀|不想活",
                text,
                re.I,
            )
        )

    def _exam_start(self) -> int:
        """Number of the first turn of the examination; without one, the last third of the conversation."""
        for turn in self.turns:
            if (
                turn.speaker is Speaker.CLINICIAN
                and turn.number > 0.2 * len(self.turns)
                and self.has("exam_starts", turn.text)
                and (
                    self.has("exam", turn.text)
                    or announces(turn.text)
                    or "physical exam" in turn.text.lower()
                )
            ):
                return turn.number
        return int(0.67 * len(self.turns)) + 1
