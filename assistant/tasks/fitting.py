"""Advice that does not fit this patient or this time: care of the first hours, another illness, a habit the record denies.

Owns the comparison of a guideline's sentence with the patient's facts (``fitting.yaml``). Refuses to know sections' order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from assistant.domain.record import (
    Assertion,
    MedicationAction,
    MedicationPhase,
    PatientRecord,
    ProcedureStatus,
    Statement,
)
from assistant.domain.stay import iso_date
from assistant.safety.patient_state import PatientState
from assistant.tasks.ordering import warns
from assistant.tasks.states_now import avoided_medicines, marks_now, sterilised
from knowledge.for_whom import for_whom
from knowledge.formulary import Formulary


@dataclass(frozen=True)
class _Row:
    id: str
    says: re.Pattern[str]
    needs: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    parts: tuple[str, ...]

    def bars(self, known: str) -> bool:
        """Whether the patient lacks what the sentence needs, or has what makes it wrong."""
        if self.unless is not None:
            return bool(self.unless.search(known))
        return self.needs is None or not self.needs.search(known)


@dataclass(frozen=True)
class _Habit:
    id: str
    says: re.Pattern[str]
    never_said: re.Pattern[str]
    current: re.Pattern[str]
    en: str
    zh: str


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


@cache
def _table() -> tuple[tuple[_Row, ...], tuple[_Habit, ...]]:
    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    for row in content["rows"]:
        if sum(bool(row.get(key)) for key in ("never", "needs", "unless")) != 1:
            raise ValueError(f"fitting.yaml, {row['id']}: give one of `never: true`, `needs` and `unless`")
    return (
        tuple(
            _Row(
                r["id"],
                _any(r["says"]),
                _any(r["needs"]) if r.get("needs") else None,
                _any(r["unless"]) if r.get("unless") else None,
                tuple(r.get("parts", ())),
            )
            for r in content["rows"]
        ),
        tuple(
            _Habit(h["id"], _any(h["says"]), _any(h["never_said"]), _any(h["current"]), h["en"], h["zh"])
            for h in content["habits"]
        ),
    )


@dataclass
class Fit:
    """What is known of the patient, as one text to look in; ``settled`` gathers habits whose advice was left out."""

    known: str
    taken: frozenset[str]
    habits: dict[str, Statement]
    formulary: Formulary
    avoided: frozenset[str] = frozenset()
    settled: dict[str, Statement] = field(default_factory=dict)

    @classmethod
    def of(cls, record: PatientRecord, state: PatientState, formulary: Formulary) -> Fit:
        names = [
            c.name for c in record.conditions if c.assertion in (Assertion.PRESENT, Assertion.HISTORICAL)
        ]
        names += [p.name for p in record.procedures if p.status is not ProcedureStatus.CANCELLED]
        listed = any(m.phase is MedicationPhase.DISCHARGE for m in record.medications)
        phases = {MedicationPhase.DISCHARGE} if listed else {MedicationPhase.HOME}
        at_home = {m.generic for m in record.medications if m.phase is MedicationPhase.HOME}
        taken = frozenset(
            m.generic
            for m in record.medications
            if m.generic
            and m.phase in phases
            and m.action is not MedicationAction.STOP
            and (m.action is MedicationAction.TAKE or m.generic in at_home)  # put off is not taken
        )
        tags = (tag for drug in sorted(taken) for tag in sorted(formulary.tags(drug)))
        names += [*taken, *(tag for tag in tags if not tag.startswith(_TOWARDS_OTHERS))]
        names += [*_marks(record, state), *marks_now(record)]
        if any("nsaid" in formulary.tags(drug) for drug in taken - {"aspirin"}):
            names.append("TAKES_NSAID")
        names += _habits_told(record)
        return cls(
            " ; ".join(names),
            taken,
            _denied_habits(record),
            formulary,
            avoided_medicines(record, formulary) - taken,
        )

    def leaves_out(self, text: str, part: str, doc_id: str = "") -> bool:
        """True where the sentence is not for this patient after discharge; ``doc_id``: the guideline it is of."""
        rows, habits = _table()
        if for_whom(doc_id).leaves_out(text, self.known):
            return True
        for row in rows:
            if row.parts and part not in row.parts:
                continue
            if row.says.search(text) and row.bars(self.known):
                return True
        if part in _TELLS_TO_TAKE_IN and self._of_medicines_avoided(text):
            return True
        if part in ("lifestyle_or_exercise", "actions", "goals"):
            for habit in habits:
                if habit.id in self.habits and habit.says.search(text):
                    self.settled[habit.id] = self.habits[habit.id]
                    return True
        return part in ("monitoring", "red_flags", "safety_limits") and self._of_medicines_not_taken(text)

    def _of_medicines_not_taken(self, text: str) -> bool:
        """Watching for a medicine that the patient does not take. A medicine bought without prescription stays warned of."""
        named = {m.generic for m in self.formulary.names_in(text)}
        if not named or named & self.taken or re.search(r"NSAID|非甾体", text):
            return False
        return not any("nsaid" in self.formulary.tags(drug) for drug in named)

    def _of_medicines_avoided(self, text: str) -> bool:
        """Advice to take what the record itself calls avoided for this patient."""
        named = {m.generic for m in self.formulary.names_in(text)}
        return bool(named) and named <= self.avoided and not warns(text)

    def reason(self, habit: str, *, chinese: bool) -> str:
        row = next(h for h in _table()[1] if h.id == habit)
        return row.zh if chinese else row.en


def _denied_habits(record: PatientRecord) -> dict[str, Statement]:
    """Habit → the sentence that denies it, where no sentence says that it goes on."""
    found: dict[str, Statement] = {}
    own = [s for s in record.statements if s.assertion not in (Assertion.ERRONEOUS, Assertion.FAMILY)]
    for habit in _table()[1]:
        denial = next((s for s in own if habit.never_said.search(s.text)), None)
        if denial is not None and not any(habit.current.search(s.text) for s in own if s is not denial):
            found[habit.id] = denial
    return found


def _habits_told(record: PatientRecord) -> list[str]:
    """The habits that the record says go on, as marks."""
    own = [s for s in record.statements if s.assertion is Assertion.PRESENT]
    told = {"smoking": "SMOKER", "alcohol": "DRINKS"}
    return [told[h.id] for h in _table()[1] if h.id in told and any(h.current.search(s.text) for s in own)]


_TELLS_TO_TAKE_IN = ("goals", "actions", "medicines", "lifestyle_or_exercise", "for_patients")
_TOWARDS_OTHERS = ("warfarin_",)
"""Tags of what a medicine does to another one: who takes a ``warfarin_enhancer`` takes no warfarin."""
_LIVES = {
    "DIALYSIS": r"\b(?:ha?emo)?dialysis\b|\bESRD\b|透析",
    "FRAIL": r"\b(?:CFS|(?:clinical )?frailty(?: scale| score| index)?)\s?(?:\(CFS\)\s?)?[:=]?\s?(?:of |was |is )?[6-9]\b(?!\.)|(?<!not )\bfrail\b|\b(?:moderate|severe|marked) frailty\b|(?<![非不无])衰弱(?!量表|评估|筛查)",
    "END_OF_LIFE": r"\bend[- ]of[- ]life\b|\bhospice\b|\bcomfort (?:care|measures)\b|\bbest supportive care\b|\b(?:for|on) palliative care\b|\bpalliative (?:intent|approach|discharge)\b|\bterminal(?:ly ill| phase| illness)\b|安宁疗护|临终|舒缓医疗|姑息治疗为主",
    "LIMITED_WEIGHT": r"\b(?:non|touch|toe[- ]touch|partial|limited|restricted|protected|no)[- ]weight[- ]?bear(?:ing)?\b|\b(?:NWB|PWB|TTWB|TDWB)\b|\d+ ?% weight[- ]bearing|免负重|部分负重|不负重|禁止负重|不能负重|勿负重",
    "FLUID_LIMIT": r"\bfluid[- ]restrict\w+|\brestrict(?:ed|ing)? (?:oral )?fluids?\b|\bfluids? (?:limit\w*|allowance|max\w*|[<≤])|限液|限水|限制(?:液体|饮水|入量|水分)|控制入量",
    "WHEELCHAIR": r"\bwheelchair\b|\b(?:para|tetra|quadri)plegi|轮椅|截瘫|四肢瘫",
    "CARE_HOME": r"\b(?:care|nursing|residential) home\b|\blong-term care\b|养老院|护理院",
    "BREASTFEEDING": r"\bbreast-?\s?f(?:eed|ed)|哺乳",
}


def _marks(record: PatientRecord, state: PatientState) -> list[str]:
    """Age, sex, weight, pregnancy and way of life as words that ``needs`` may name."""
    marks: list[str] = []
    age = state.age_years
    sex = state.sex or record.patient.sex
    marks += [sex.upper()] if sex in ("male", "female") else []
    own = " ; ".join(s.text for s in record.statements if s.assertion is Assertion.PRESENT)
    marks += [mark for mark, words in _LIVES.items() if re.search(words, own, re.IGNORECASE)]
    if age is not None:
        marks += [f"AGE{bound}" for bound in (65, 75, 80, 85) if age >= bound]
        marks += ["WORKING_AGE"] if 16 <= age < 65 else []
        marks += ["CHILD"] if age < 16 else []
        marks += ["FERTILE"] if sex == "female" and 12 <= age <= 50 and not sterilised(record) else []
        marks += ["INFANT"] if age < 2 else []
        marks += ["NEWBORN"] if age < 0.1 else []
    if _still_pregnant(record, state):
        marks.append("PREGNANT")
    elif _born(record):
        marks.append("POSTPARTUM")
    marks += _of_weight(record, adult=age is not None and age >= 18)
    return marks


_STANDING = (Assertion.PRESENT, Assertion.HISTORICAL)
_OVERWEIGHT_FROM = {"en": 25.0, "zh": 24.0}
_OBESE_FROM = {"en": 30.0, "zh": 28.0}
"""Body mass index in kg/m2, adults: WHO Technical Report 894 (2000); for Chinese records WS/T 428-2013, 成人体重判定."""


def _of_weight(record: PatientRecord, *, adult: bool) -> list[str]:
    """OVERWEIGHT, and OBESE beside it, by the list of conditions or by weight and height; a figure outweighs no diagnosis."""
    names = " ; ".join(c.name for c in record.conditions if c.assertion in _STANDING)
    obese = bool(re.search(r"\bobes|肥胖", names, re.IGNORECASE))
    over = obese or bool(re.search(r"\boverweight|超重", names, re.IGNORECASE))
    weight, height = _latest(record, r"^(?:body )?weight|^体重"), _latest(record, r"^(?:body )?height|^身高")
    if weight and height and adult:
        index = weight / (height / 100 if height > 3 else height) ** 2
        over = over or index >= _OVERWEIGHT_FROM.get(record.language, 25.0)
        obese = obese or index >= _OBESE_FROM.get(record.language, 30.0)
    return ["OVERWEIGHT"] * over + ["OBESE"] * obese


_BORN = re.compile(
    r"\bcaesarean|cesarean|\bdelivered\b|\bpost[- ]?partum\b|\bpost[- ]?natal\b|\bafter birth\b|剖宫产|产后|分娩",
    re.IGNORECASE,
)


def _born(record: PatientRecord) -> bool:
    names = (
        *(c.name for c in record.conditions if c.assertion is Assertion.PRESENT),
        *(p.name for p in record.procedures if p.status.value == "done"),
    )
    return any(_BORN.search(name) for name in names)


def _still_pregnant(record: PatientRecord, state: PatientState) -> bool:
    return state.pregnant is not None and not _born(record)


def _latest(record: PatientRecord, name: str) -> float | None:
    hits = [o for o in record.observations if re.search(name, o.name, re.IGNORECASE) and o.number]
    return max(hits, key=lambda o: o.time or "").number if hits else None


_STILL_HERE_DAYS = 60
"""A record without a day of discharge whose newest entry is older than this is of a patient who left long ago."""


def discharge_day(record: PatientRecord, today: date) -> date | None:
    """What dates of the plan count from: the day of discharge; today for a stay that goes on or a record without any date.

    None where the record is an old one and its day of discharge is not known: a date counted from today would be false.
    """
    stay = record.encounter
    left = iso_date(stay.discharged) if stay and stay.discharged else None
    if left is not None:
        return left
    told = [
        *(iso_date(s.date) for s in record.statements if s.date),
        *(iso_date(o.time) for o in record.observations if o.time),
        *([iso_date(stay.admitted)] if stay and stay.admitted else []),
    ]
    newest = max((day for day in told if day is not None and day <= today), default=None)
    return today if newest is None or (today - newest).days <= _STILL_HERE_DAYS else None
