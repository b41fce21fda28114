"""A handout's medicine line read back as a table row: name, how much, when in the day, what changed, notes.

The line is the one truth: the table and its pictures follow what a clinician edited and signed. Owns the line's shape
(``Name: how. When: morning, evening. …``). Refuses to guess: a line that names no time of day has no pictures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.answer import MedicationChange, Sentence, Verdict


class DayTime(StrEnum):
    MORNING = "morning"
    NOON = "noon"
    EVENING = "evening"
    BEDTIME = "bedtime"


WORDS: dict[str, dict[DayTime, str]] = {
    "en": {
        DayTime.MORNING: "morning",
        DayTime.NOON: "noon",
        DayTime.EVENING: "evening",
        DayTime.BEDTIME: "bedtime",
    },
    "zh": {DayTime.MORNING: "早上", DayTime.NOON: "中午", DayTime.EVENING: "傍晚", DayTime.BEDTIME: "睡前"},
}
WHEN = {"en": "When: ", "zh": "时间："}
_WHEN = {"en": re.compile(r"\bWhen: ([a-z, ]+)\."), "zh": re.compile(r"时间：([^。：]+)。")}
_STOP = re.compile(r"(?i)^(?:do not take|do not give|stop)\b|^(?:停用|暂时停用|医生核实之前)")
_OPEN = re.compile(r"^Ask before you leave\b|^出院前请问医生")


@dataclass(frozen=True)
class MedicineRow:
    """``name`` is empty where the line has another shape; ``text`` is then the whole."""

    text: str
    name: str
    how: str
    times: tuple[DayTime, ...]
    change: MedicationChange | None
    notes: tuple[str, ...]
    marks: str = ""
    sure: bool = True


def when_said(times: Sequence[DayTime], language: str) -> str:
    """``When: morning, evening.`` in the order of the day; empty without times."""
    if not times:
        return ""
    named = [WORDS[language][t] for t in DayTime if t in times]
    return WHEN[language] + ("、".join(named) + "。" if language == "zh" else ", ".join(named) + ".")


def times_in(text: str, language: str) -> tuple[DayTime, ...]:
    """The times of day that a line names under its label; a stranger among them gives none."""
    found = _WHEN[language].search(text)
    if found is None:
        return ()
    named = [n.strip() for n in re.split(r"[,、]", found.group(1)) if n.strip()]
    known = {word: time for time, word in WORDS[language].items()}
    return tuple(known[n] for n in named) if all(n in known for n in named) else ()


def row_of(sentence: Sentence, language: str) -> MedicineRow:
    """The line in columns."""
    text = sentence.text
    if _OPEN.search(text):
        # Not settled is neither stopped nor new: a chip would say what nobody ordered.
        return MedicineRow(text, "", text, (), None, (), sure=sentence.verdict is Verdict.SUPPORTED)
    times = times_in(text, language)
    rest = _WHEN[language].sub(" ", text)
    stop = "。" if language == "zh" else "."
    pieces = [
        p.strip() for p in re.split(r"(?<=。)" if language == "zh" else r"(?<=[.?])\s+(?=[A-Z“])", rest)
    ]
    pieces = [p for p in pieces if p]
    name, how = "", ""
    if pieces:
        head, colon, tail = pieces[0].partition("：" if language == "zh" else ": ")
        if colon and len(head) <= 80:
            name, how = head.strip(), tail.strip()
            pieces = pieces[1:]
    return MedicineRow(
        text,
        name,
        how or ("" if name else text),
        times if not _STOP.search(how or text) else (),
        sentence.change,
        tuple(p for p in pieces if p.strip(stop)) if name else (),
        sure=sentence.verdict is Verdict.SUPPORTED,
    )


def dose_of(row: MedicineRow) -> tuple[str, ...]:
    """Amounts with their units in how it is taken: ``40 mg``, ``2 puffs``."""
    return tuple(re.sub(r"\s+", "", m.group()).casefold() for m in AMOUNT.finditer(row.how))


AMOUNT = re.compile(
    r"\d+(?:[.,]\d+)?(?:/\d+(?:\.\d+)?)?\s*(?:mg|mcg|µg|μg|microg(?:ram)?s?|g|ml|mL|units?|puffs?|tablets?|capsules?|drops?|sachets?|"
    r"sprays?|patch(?:es)?|毫克|微克|克|毫升|单位|片|粒|喷|吸|袋|滴|支)(?![A-Za-z])"
)
