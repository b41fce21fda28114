"""Which guidelines are about this patient's problems, and which of their sentences fit this patient.

A guideline matches by its topics (front matter), else by search. Sentences come from sections by their headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.record import Assertion, Condition, DiagnosisRole, PatientRecord
from assistant.tasks.base import GuidelineSearch, Turn
from assistant.tasks.gathering import Unit, units_of
from assistant.verification.terms import canonical, terms_in
from knowledge.types import Guideline

MAX_PROBLEMS = 8
_REHAB = re.compile(r"rehabilitation|康复", re.IGNORECASE)
_HEADINGS = {
    "goals": r"^goals?$|目标",
    "actions": r"key recommendations|^treatment|要点|^治疗",
    "medicines": r"medicines and doses|药物与剂量",
    "monitoring": r"^monitoring|监测",
    "lifestyle_or_exercise": r"^lifestyle|exercise|rehabilitation|生活方式|康复训练|运动",
    "safety_limits": r"^safety|安全",
    "red_flags": r"^red flags|警示|危险信号",
    "follow_up": r"^follow-?up|随访",
    "for_patients": r"for patients|给患者",
}


@dataclass(frozen=True)
class Problem:
    condition: Condition
    guidelines: tuple[Guideline, ...]


def problems_of(turn: Turn, record: PatientRecord, *, rehab: bool = False) -> list[Problem]:
    """The patient's present and standing problems, principal first, each with the guidelines about it.

    Current editions only; the language of the answer first. Rehabilitation plans take rehabilitation guidelines first.
    """
    order = [DiagnosisRole.PRINCIPAL, DiagnosisRole.SECONDARY, DiagnosisRole.COMORBIDITY]
    standing = [
        c
        for c in sorted(record.conditions, key=lambda c: order.index(c.role))
        if c.assertion is Assertion.PRESENT
        or (c.assertion is Assertion.HISTORICAL and c.role is DiagnosisRole.COMORBIDITY and not c.ended)
    ]
    library = turn.services.library
    shelf = [g for g in library.documents() if not g.superseded_by] if library else []
    found: list[Problem] = []
    seen: set[str] = set()
    for condition in standing:
        key = canonical(condition.name).casefold()
        if key in seen:
            continue
        seen.add(key)
        found.append(Problem(condition, tuple(_guidelines_for(condition.name, shelf, turn.language, rehab))))
    with_guideline = [p for p in found if p.guidelines]
    without = [p for p in found if not p.guidelines]
    return (with_guideline + without)[:MAX_PROBLEMS] if len(found) > MAX_PROBLEMS else found


def _guidelines_for(name: str, shelf: Sequence[Guideline], language: str, rehab: bool) -> list[Guideline]:
    plain = canonical(name).casefold()
    stems = {t.stem for t in terms_in(name)}

    def about(g: Guideline) -> bool:
        for topic in g.topics:
            words = canonical(topic).casefold()
            if re.search(r"[\u4e00-\u9fff]", topic):
                if topic in name or words in plain:
                    return True
                continue
            wanted = {t.stem for t in terms_in(topic)}
            if wanted and (wanted <= stems or re.search(rf"(?<![a-z]){re.escape(words)}(?![a-z])", plain)):
                return True
        return False

    def is_rehab(g: Guideline) -> bool:
        return bool(_REHAB.search(g.title))

    hits = [g for g in shelf if about(g) and (rehab or not is_rehab(g))]
    hits.sort(key=lambda g: (g.language != language, is_rehab(g) is not rehab))
    same = [g for g in hits if g.language == language]
    return (same or hits)[:2]


def sentences_of(library: GuidelineSearch, guideline: Guideline, part: str) -> Iterator[Unit]:
    """Sentences under the headings of one part (``goals``, ``monitoring`` …), in the guideline's order."""
    heading = re.compile(_HEADINGS[part], re.IGNORECASE)
    for passage in library.passages(guideline.doc_id):
        if heading.search(passage.section.split(" > ")[-1].strip()):
            for start, end, text in units_of(passage):
                yield Unit(passage, start, end, text, 0.0)


def fits_patient(text: str, record: PatientRecord, age: float | None) -> bool:
    """False for advice to people this patient is not: pregnancy in men, children's doses for adults, and the reverse."""
    if re.search(r"\bpregnan|breast-?feed|gestation|孕|哺乳", text, re.I) and record.patient.sex == "male":
        return False
    if (
        age is not None
        and age >= 18
        and re.search(r"\b(?:children|child|infants?|paediatric|pediatric)\b|儿童|婴幼儿|患儿", text, re.I)
    ):
        return False
    if age is not None and age >= 55 and re.search(r"\bpregnan|breast-?feed|孕妇|妊娠|哺乳", text, re.I):
        return False
    return not (
        age is not None
        and age < 65
        and re.search(r"\b(?:aged? (?:≥|>|over)? ?(?:65|75|80)|older adults)\b", text, re.I)
    )


def pick(units: Sequence[Unit], record_words: set[str], drugs: set[str], limit: int) -> list[Unit]:
    """The sentences closest to this patient's own facts, kept in the guideline's order."""

    def closeness(unit: Unit) -> float:
        words = {t.stem for t in terms_in(unit.text)}
        return len(words & record_words) / (3 + len(words)) + (
            0.2 if any(d in unit.text.lower() for d in drugs) else 0.0
        )

    best = sorted(range(len(units)), key=lambda i: (-closeness(units[i]), i))[:limit]
    return [units[i] for i in sorted(best)]
