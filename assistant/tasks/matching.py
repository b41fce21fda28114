"""Which guidelines are about this patient's problems, and which of their sentences fit this patient.

A guideline matches by its topics (front matter), else by search. Sentences come from sections by their headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assistant.domain.record import Assertion, Condition, DiagnosisRole, PatientRecord
from assistant.safety.patient_state import patient_state
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
    order = [DiagnosisRole.PRINCIPAL, DiagnosisRole.SECONDARY, DiagnosisRole.NOTED, DiagnosisRole.COMORBIDITY]
    standing = [
        c
        for c in sorted(record.conditions, key=lambda c: order.index(c.role))
        if c.assertion is Assertion.PRESENT
        or (c.assertion is Assertion.HISTORICAL and c.role is DiagnosisRole.COMORBIDITY and not c.ended)
    ]
    library = turn.services.library
    shelf = [g for g in library.documents() if not g.superseded_by] if library else []
    age = patient_state(record, turn.services.formulary).age_years
    child = age is not None and age < 16
    found: list[Problem] = []
    seen: set[str] = set()
    for condition in standing:
        key = canonical(condition.name).casefold()
        if key in seen:
            continue
        seen.add(key)
        guidelines = tuple(_guidelines_for(condition.name, shelf, turn.language, rehab, child=child))
        told = guidelines and any(
            guidelines == p.guidelines and _same_illness(condition, p.condition) for p in found
        )
        if not told:
            found.append(Problem(condition, guidelines))
    with_guideline = [p for p in found if p.guidelines]
    without = [p for p in found if not p.guidelines]
    return (with_guideline + without)[:MAX_PROBLEMS] if len(found) > MAX_PROBLEMS else found


def is_rehabilitation(guideline: Guideline) -> bool:
    """True for a guideline that holds a programme of exercise by phases."""
    return bool(_REHAB.search(guideline.title) or re.search(r"care and recovery", guideline.title))


def _same_illness(one: Condition, other: Condition) -> bool:
    """True where one name holds the other's words: "hypertension, 8 years" beside "hypertension"."""
    first, second = ({t.stem for t in terms_in(c.name)} for c in (one, other))
    return bool(first and second) and (
        first <= second or second <= first or len(first & second) * 2 >= len(first | second)
    )


def _guidelines_for(
    name: str, shelf: Sequence[Guideline], language: str, rehab: bool, *, child: bool
) -> list[Guideline]:
    """The guidelines whose topics fit the condition, the most specific topic first; those for another age are left out."""
    plain = canonical(name).casefold()
    stems = {t.stem for t in terms_in(name)}
    fits: dict[str, int] = {}
    for g in shelf:
        if _is_for_children(g) not in (child, None):
            continue
        topics = [_CHILD_WORDS.sub("", topic).strip() for topic in g.topics] if child else g.topics
        lengths = [len(topic) for topic in topics if topic and _is_about(topic, name, plain, stems)]
        if lengths:
            fits[g.doc_id] = max(lengths)
    hits = [g for g in shelf if g.doc_id in fits and (rehab or not _REHAB.search(g.title))]
    same = [g for g in hits if g.language == language] or hits
    longest = max((fits[g.doc_id] for g in same), default=0)
    same.sort(key=lambda g: (bool(_REHAB.search(g.title)) is not rehab, -fits[g.doc_id]))
    # A far more specific topic ("gestational hypertension") leaves the general one ("hypertension") aside.
    return [g for g in same if 2 * fits[g.doc_id] > longest or rehab][:2]


def _is_about(topic: str, name: str, plain: str, stems: set[str]) -> bool:
    words = canonical(topic).casefold()
    for row in _lookalikes():
        if (
            row.topic in topic.casefold()
            and any(other.casefold() in plain or other.casefold() in name.casefold() for other in row.others)
            and not any(other.casefold() in topic.casefold() for other in row.others)
        ):
            return False
    if re.search(r"[\u4e00-\u9fff]", topic):
        return topic in name or words in plain
    wanted = {t.stem for t in terms_in(topic)}
    return bool(wanted) and (
        wanted <= stems or bool(re.search(rf"(?<![a-z]){re.escape(words)}(?![a-z])", plain))
    )


_CHILD_WORDS = re.compile(
    r"\b(?:in|of) (?:children|childhood|infants)\b|\b(?:childhood|child|children's|paediatric|pediatric)\b|儿童|小儿",
    re.IGNORECASE,
)


def _is_for_children(g: Guideline) -> bool | None:
    """True for children's guidelines, False for adults', None where the guideline is for all."""
    who = f"{g.population} {g.title}".casefold()
    if re.search(r"child|under 5|paediatric|pediatric|儿童", who):
        return None if re.search(r"adults? and child|all ages|adults, child", who) else True
    return False if re.search(r"adult|older|成人", who) else None


@dataclass(frozen=True)
class _Lookalike:
    topic: str
    others: tuple[str, ...]


@cache
def _lookalikes() -> tuple[_Lookalike, ...]:
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))["lookalikes"]
    return tuple(_Lookalike(row["topic"], tuple(row["not"])) for row in rows)


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
