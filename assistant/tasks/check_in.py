"""Check-ins after discharge: which questions on which day, what the answers mean, and whom the nurse calls first.

Owns the schedule by diagnosis (``check_in.yaml``) and the order of the nurse's list. Urgency comes from ``safety.triage``, the
same rules as for any message, and may be raised here by a question's own limit, never lowered. No model. An answer that could
not be read is never a reassuring one: it goes on the list to be asked again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.domain.answer import RedFlag, Urgency
from assistant.domain.evidence import Evidence
from assistant.domain.record import (
    Assertion,
    Condition,
    DiagnosisRole,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    PatientRecord,
    Place,
    ProcedureStatus,
)
from assistant.domain.stay import Period, period_of
from assistant.safety.triage import triage
from assistant.tasks.fitting import discharge_day
from assistant.tasks.stating import record_evidence
from knowledge.formulary import Formulary

DAYS = (2, 7, 30)
_GRAVITY = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE, Urgency.SELF_CARE)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|a bit|a little|some|worse|more|it is|i do|i did|是|有|对|嗯|比以前|更|加重)",
    re.IGNORECASE,
)
_NO = re.compile(r"^\W*(?:no\b|not\b|none|never|fine|same|better|无|没有|没|不|好多了|一样)", re.IGNORECASE)

_NOT_WELL = re.compile(
    r"^\W*(?:no|not|never)\s+(?:(?:so|very|too|really|that|much|at all|doing|feeling|any|been)\s+)*"
    r"(?:good|well|ok(?:ay)?|great|fine|better|right|improv\w*|sleep\w*|eat\w*|breath\w*)\b|"
    r"^\W*(?:不(?:太|是很|是太|大|怎么|算)?(?:好(?!多了)|舒服|行|对劲|理想)|没(?:有)?(?:什么)?(?:好转|改善|变好|好多少))",
    re.IGNORECASE,
)
"""Opens like a plain no and is none: such an answer is read by a nurse."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    days: tuple[int, ...]
    en: str
    zh: str
    when: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    """As ``when``, but only for what this stay treated: a fracture of two years ago has no wound."""
    yes_calls: bool = False
    yes_words: tuple[str, ...] = ()
    above: float | None = None
    gain_above: float | None = None


@dataclass(frozen=True)
class Question:
    """``because`` is the condition or medicine that asks for it; None for what everybody is asked."""

    id: str
    text: str
    because: Evidence | None


@dataclass(frozen=True)
class CheckIn:
    day: int
    on: date
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Reading:
    """One answer, with its urgency and why."""

    patient: str
    day: int
    question: str
    answer: str
    urgency: Urgency
    why: str
    red_flags: tuple[RedFlag, ...] = ()


@cache
def _rows() -> tuple[_Row, ...]:
    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[_Row, ...]).validate_python(content["questions"])


def schedule(
    record: PatientRecord, *, language: str, today: date, formulary: Formulary
) -> tuple[CheckIn, ...]:
    """Check-ins on days 2, 7 and 30 after discharge, with the questions that conditions and medicines ask for.

    None where the day of discharge of an old record is not known.
    """
    start = discharge_day(record, today)
    if start is None:
        return ()
    standing = [
        c
        for c in record.conditions
        if c.assertion is Assertion.PRESENT or (c.assertion is Assertion.HISTORICAL and not c.ended)
    ]
    taken = [
        m
        for m in record.medications
        if m.phase is MedicationPhase.DISCHARGE and m.action is MedicationAction.TAKE and m.generic
    ]
    return tuple(
        CheckIn(
            day,
            start + timedelta(days=day),
            tuple(_questions(record, standing, taken, day, language, formulary)),
        )
        for day in DAYS
    )


def _questions(
    record: PatientRecord,
    standing: Sequence[Condition],
    taken: Sequence[MedicationStatement],
    day: int,
    language: str,
    formulary: Formulary,
) -> list[Question]:
    found: list[Question] = []
    for row in _rows():
        if day not in row.days:
            continue
        asks = (*row.when, *row.now)
        wanted = re.compile("|".join(asks), re.IGNORECASE) if asks else None
        place = _asking_condition(record, standing, row)
        medicine = next((m for m in taken if set(row.takes) & formulary.tags(m.generic or "")), None)
        if wanted is None or place is not None or medicine is not None:
            place = place or (medicine.place if medicine else None)
            because = record_evidence(record, place) if place else None
            found.append(Question(row.id, row.zh if language == "zh" else row.en, because))
    return found


_SURGERY = re.compile(
    r"replacement|arthroplast|(?:c(?:a?e)sarean|\bLSCS|\bC-?section)|\w+ectomy\b|laparotom|bypass|\bCABG|graft|amputation|fixation|\bORIF|nail(?:ing)?\b|"
    r"hemiarthroplast|\brepair|fusion|craniotom|resection|debridement|\bsurgery|\boperation|\b(?:TKR|THR|TKA|THA)\b|置换|剖宫产|切除术|吻合术|搭桥|截肢|内固定|修补术|清创",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _asking_condition(record: PatientRecord, standing: Sequence[Condition], row: _Row) -> Place | None:
    """The condition that asks for a row; for ``now`` one of this stay, or an operation of this stay."""
    if row.when:
        always = re.compile("|".join(row.when), re.IGNORECASE)
        for c in standing:
            if always.search(c.name):
                return c.place
    if not row.now:
        return None
    now = re.compile("|".join(row.now), re.IGNORECASE)
    stay = record.encounter
    came = (stay.admitted or stay.discharged or "")[:4] if stay else ""
    for c in standing:
        past = c.assertion is not Assertion.PRESENT or c.role is DiagnosisRole.COMORBIDITY
        years = _YEAR.findall(f"{c.onset or ''} {c.name}")
        if now.search(c.name) and not past and not (came and years and max(years) < came):
            return c.place
    for p in record.procedures:
        done = p.status is ProcedureStatus.DONE and period_of(p.date, stay) is Period.DURING
        if done and (now.search(p.name) or _SURGERY.search(p.name)):
            return p.place
    return None


def question_text(question: str, language: str) -> str:
    """What a question says; its id where ``check_in.yaml`` no longer has it."""
    row = next((r for r in _rows() if r.id == question), None)
    return question if row is None else row.zh if language == "zh" else row.en


def read_answer(patient: str, day: int, question: str, answer: str) -> Reading:
    """Urgency of one answer: the red-flag rules on the answer, then the question's own limits.

    Raises ValueError for a question that is not in ``check_in.yaml``.
    """
    row = next((r for r in _rows() if r.id == question), None)
    if row is None:
        raise ValueError(f"question is {question!r}; expected one of {', '.join(r.id for r in _rows())}")
    words = answer.strip()
    if not words:
        return Reading(patient, day, question, answer, Urgency.ROUTINE, "not answered: ask again")
    found = triage(words)
    urgency, why = found.urgency, "; ".join(f.condition for f in found.red_flags)
    if not found.red_flags:
        plain = bool(_NO.search(words)) and not _NOT_WELL.search(words)
        urgency = Urgency.SELF_CARE if plain else Urgency.ROUTINE
        why = "" if plain else "read the answer"
    limit = _over_limit(row, words)
    if limit and _GRAVITY.index(urgency) > _GRAVITY.index(Urgency.URGENT):
        urgency, why = Urgency.URGENT, limit
    return Reading(patient, day, question, answer, urgency, why, tuple(found.red_flags))


def _over_limit(row: _Row, words: str) -> str:
    """Why the answer needs the same day by the question itself; empty where it does not."""
    if row.yes_calls and _YES.search(words):
        return "yes to a warning sign"
    said = next((m for p in row.yes_words if (m := re.search(p, words, re.IGNORECASE))), None)
    if said and not re.search(
        r"(?:\bno|\bnot|\bnever|n't|没有|没|无)\W*(?:\w+\W+){0,2}$", words[: said.start()], re.I
    ):
        return f"said: {said.group()}"
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", words)]
    if row.above is not None and any(n >= row.above for n in numbers if n < 300):
        return f"{max(n for n in numbers if n < 300):g}, limit {row.above:g}"
    if row.gain_above is not None:
        gain = re.search(r"(?:up|gain\w*|plus|\+|增加?|重了|涨了?|升)\D{0,12}?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:kg|公斤|kilos?)?\s*(?:up|more|heavier)", words, re.I)  # fmt: skip
        if gain and row.gain_above <= float(gain[1] or gain[2]) < 30:
            return f"up {gain[1] or gain[2]} kg, limit {row.gain_above:g}"
    return ""


def read_check_in(patient: str, check_in: CheckIn, answers: Mapping[str, str]) -> tuple[Reading, ...]:
    """A reading for every question asked; a question without an answer is to be asked again."""
    return tuple(read_answer(patient, check_in.day, q.id, answers.get(q.id, "")) for q in check_in.questions)


def nurse_list(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """What a nurse must see, gravest first; plain good answers are left out."""
    waiting = [r for r in readings if r.urgency is not Urgency.SELF_CARE]
    return tuple(
        sorted(waiting, key=lambda r: (_GRAVITY.index(r.urgency), -len(r.red_flags), r.patient, r.day))
    )
