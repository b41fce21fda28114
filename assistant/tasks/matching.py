"""Which guidelines are about this patient's problems, and which of their sentences fit this patient.

A guideline matches by its topics (front matter), else by search. Sentences come from sections by their headings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml

from assistant.domain.record import Assertion, Condition, DiagnosisRole, PatientRecord
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import GuidelineSearch, Turn
from assistant.tasks.gathering import Unit, units_of
from assistant.verification.terms import canonical, terms_in
from knowledge.persons import takes_in
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
    """In the language of the answer."""
    elsewhere: tuple[Guideline, ...] = ()
    """Those about it in another language, where the answer's has none: named, never quoted."""


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
    found: list[Problem] = []
    seen: set[str] = set()
    for condition in standing:
        key = canonical(condition.name).casefold()
        if key in seen:
            continue
        seen.add(key)
        about = guidelines_for(condition.name, shelf, turn.language, rehab, age=age)
        guidelines = tuple(g for g in about if g.language == turn.language)
        told = guidelines and any(
            guidelines == p.guidelines and _same_illness(condition, p.condition) for p in found
        )
        if not told:
            found.append(Problem(condition, guidelines, () if guidelines else tuple(about)))
    if rehab:
        found += _unsteady(turn, record, shelf, age, found)
    with_guideline = [p for p in found if p.guidelines]
    without = [p for p in found if not p.guidelines]
    return (with_guideline + without)[:MAX_PROBLEMS] if len(found) > MAX_PROBLEMS else found


_FALLS = re.compile(
    r"\b(?:falls?|fell|unsteady|walks?\b[^.;]{0,30}\b(?:frame|stick|walker|rollator|assistance|one person|with 1)|Timed Up|TUG|Berg|Tinetti)\b|跌倒|助行器|拐杖|步态不稳|平衡",
    re.IGNORECASE,
)
_NO_FALL = re.compile(r"\bno (?:\w+ ){0,2}falls?\b|\bdenies\b|无跌倒|否认", re.IGNORECASE)
_A_VALUE = (
    r"(?:weight|wt|(?:blood )?pressures?|BP|Hb|Hgb|ha?emoglobin|haematocrit|hematocrit|counts?|levels?|potassium|sodium|creatinine|urea|urate|CRP|"
    r"saturations?|sats|SpO2|oxygen|temperature|fever|output|INR|glucose|sugars?|eGFR|GFR|LVEF|EF|lactate|troponin|platelets?|WCC|WBC|"
    r"bilirubin|albumin|scores?|NIHSS|GCS|rate|pulse|HR|K|Na|pH|PaO2|PaCO2|pCO2|calcium|cortisol|voice|requirements?)"
)
_VALUE_FELL = re.compile(
    rf"\b{_A_VALUE}\b(?:[^.;,\n]{{0,24}}\s)?(?:fell|falls?|has fallen|falling)\b|\b(?:fell|falls?|fallen) (?:again )?(?:from|to|by|of|in|below|under) (?:about |an? |the |his |her |their )?(?:\d+(?:[.,]\d+)? ?(?!(?:stairs|steps))|{_A_VALUE}\b)"
    r"|\bfell (?:asleep|ill|short|pregnant|within|silent|out with)\b",
    re.IGNORECASE,
)
"""``her weight fell``, ``a fall in Hb``: no fall of the patient."""
_OLD = 65.0


def _unsteady(
    turn: Turn, record: PatientRecord, shelf: Sequence[Guideline], age: float | None, found: Sequence[Problem]
) -> list[Problem]:
    """Falls or unsteady walking of an older patient as a problem of its own, told in the record's words."""
    if age is None or age < _OLD:
        return []
    falls = [
        g for g in guidelines_for("Falls", shelf, turn.language, True, age=age) if g.language == turn.language
    ]
    taken = {g.doc_id for p in found for g in p.guidelines}
    said = next(
        (s for s in record.statements if s.assertion is Assertion.PRESENT and _tells_of_unsteadiness(s.text)),
        None,
    )
    if said is None or not falls or taken & {g.doc_id for g in falls}:
        return []
    name = said.text.strip() if len(said.text) <= 90 else said.text[:87].rsplit(" ", 1)[0] + " …"
    return [Problem(Condition(name, Assertion.PRESENT, DiagnosisRole.NOTED, said.place), tuple(falls[:1]))]


def _tells_of_unsteadiness(text: str) -> bool:
    return bool(_FALLS.search(_VALUE_FELL.sub(" ", text))) and not _NO_FALL.search(text)


def is_rehabilitation(guideline: Guideline) -> bool:
    """True for a guideline that holds a programme of exercise by phases."""
    return bool(_REHAB.search(guideline.title) or re.search(r"care and recovery", guideline.title))


def _same_illness(one: Condition, other: Condition) -> bool:
    """True where one name holds the other's words: "hypertension, 8 years" beside "hypertension"."""
    first, second = ({t.stem for t in terms_in(c.name)} for c in (one, other))
    return bool(first and second) and (
        first <= second or second <= first or len(first & second) * 2 >= len(first | second)
    )


def guidelines_for(
    name: str, shelf: Sequence[Guideline], language: str, rehab: bool, *, age: float | None
) -> list[Guideline]:
    """The guidelines whose topics fit the condition, the most specific topic first; those for another age are left out."""
    plain = canonical(name).casefold()
    # One part at a time: atrial fibrillation *with* fast ventricular rate is no ventricular fibrillation.
    stems = [_stems(part) for part in _PARTS.split(plain)]
    child = age is not None and age < 16
    fits: dict[str, str] = {}
    for g in shelf:
        if not takes_in(g.population or g.title, age):
            continue
        topics = [_CHILD_WORDS.sub("", topic).strip() for topic in g.topics] if child else g.topics
        about = [topic for topic in topics if topic and _topic(topic).is_about(name, plain, stems)]
        if about:
            fits[g.doc_id] = max(about, key=len)
    about_it = [g for g in shelf if g.doc_id in fits]
    hits = about_it if rehab else [g for g in about_it if not _REHAB.search(g.title)] or about_it
    same = [g for g in hits if g.language == language] or hits
    same.sort(key=lambda g: (bool(_REHAB.search(g.title)) is not rehab, -len(fits[g.doc_id])))
    best = [fits[g.doc_id] for g in same]
    return [g for g in same if rehab or not any(_more_specific(other, fits[g.doc_id]) for other in best)][:2]


def _more_specific(topic: str, general: str) -> bool:
    """``gestational hypertension`` leaves ``hypertension`` aside."""
    one, other = ({t.stem for t in terms_in(t)} for t in (topic, general))
    return one > other or (general != topic and general in topic)


_PARTS = re.compile(
    r"\b(?:with|due to|secondary to|after|following|complicated by)\b|[;()，；（）]|,(?!\s*[\w-]+(?:[\s-]\w+)?\s*$)"
)
"""Where one part of a name ends; the comma of ``pneumonia, community acquired`` only turns the words round."""


def _stems(text: str) -> set[str]:
    """The stems of the words, and the numbers and single letters that tell type 1 from type 2, hepatitis B from C."""
    return {t.stem for t in terms_in(text)} | set(
        re.findall(r"(?<![\w'])(?:\d{1,2}|[a-z]|i{1,3})(?!\w)", text.casefold())
    )


@dataclass(frozen=True)
class _Topic:
    """A topic of a guideline as it is compared: read once, asked for every problem of every patient."""

    text: str
    words: str
    stems: frozenset[str]
    whole: re.Pattern[str]

    def is_about(self, name: str, plain: str, stems: Sequence[set[str]]) -> bool:
        for row in _lookalikes():
            if (
                (row.topic in self.text or row.topic in self.words)
                and (row.others.search(plain) or row.others.search(name.casefold()))
                and not row.others.search(self.text)
            ):
                return False
        if re.search(r"[\u4e00-\u9fff]", self.text):
            return self.text in name.casefold() or self.words in plain
        return bool(self.stems) and (
            any(self.stems <= part for part in stems) or bool(self.whole.search(plain))
        )


@lru_cache(maxsize=8192)
def _topic(topic: str) -> _Topic:
    words = canonical(topic).casefold()
    whole = re.compile(rf"(?<![a-z]){re.escape(words)}(?![a-z])")
    return _Topic(topic.casefold(), words, frozenset(_stems(words)), whole)


_CHILD_WORDS = re.compile(
    r"\b(?:in|of) (?:children|childhood|infants)\b|\b(?:childhood|child|children's|paediatric|pediatric)\b|儿童|小儿",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Lookalike:
    topic: str
    others: re.Pattern[str]
    """Words (casefolded text) that begin with one of its look-alikes."""


@cache
def _lookalikes() -> tuple[_Lookalike, ...]:
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))["lookalikes"]
    return tuple(
        _Lookalike(
            row["topic"],
            re.compile(rf"(?<![a-z])(?:{'|'.join(re.escape(other.casefold()) for other in row['not'])})"),
        )
        for row in rows
    )


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


@lru_cache(maxsize=16_384)
def stems_of_advice(sentence: str) -> frozenset[str]:
    """The stems of a guideline's sentence; kept, so never asked for a patient's words."""
    return frozenset(t.stem for t in terms_in(sentence))


def pick(units: Sequence[Unit], record_words: set[str], drugs: set[str], limit: int) -> list[Unit]:
    """The sentences closest to this patient's own facts, kept in the guideline's order."""

    def closeness(unit: Unit) -> float:
        words = stems_of_advice(unit.text)
        return len(words & record_words) / (3 + len(words)) + (
            0.2 if any(d in unit.text.lower() for d in drugs) else 0.0
        )

    best = sorted(range(len(units)), key=lambda i: (-closeness(units[i]), i))[:limit]
    return [units[i] for i in sorted(best)]
