"""How the patient left and where to: the discharge entry, else the last vital signs and function scores of the stay.

An admission value is never read as the state at discharge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from assistant.domain.answer import Sentence
from assistant.domain.record import (
    Assertion,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    Observation,
    ObservationKind,
    PatientRecord,
    Place,
)
from assistant.domain.stay import Period, iso_date, period_of
from assistant.records.observation_names import key_of_test
from assistant.tasks.base import Turn
from assistant.tasks.stating import day, ended, said_before, stated
from assistant.tasks.stay_facts import STRUCK, places_of


def condition_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """What the discharge entry says of the patient's state; else the last vitals and function on record."""
    said: list[str] = []
    arranged = [f.place for f in record.follow_ups] + [p.place for p in record.pending_results]
    ordered = [m.place for m in record.medications if _told_with_medicines(m)]
    goes = (record.encounter.disposition or "") if record.encounter else ""
    for s in record.statements_in("condition_at_discharge"):
        if goes and (s.text in goes or goes in s.text) and len(s.text) < len(goes) + 20:
            continue  # told under disposition
        if any(_within(place, s.place) for place in arranged) or _COPIES.match(s.text):
            continue  # told under follow-up and pending results
        if _mostly(ordered, s.place):
            continue  # told under medications
        if s.assertion not in STRUCK and not said_before(s.text, said) and len(_DOSES.findall(s.text)) < 2:
            said.append(s.text)
            yield stated(record, ended(turn, s.text), [s.place], date=s.date or "")
    for o in _last_state(record, said=bool(said)):
        if not any(o.value in text for text in said):
            undated = "" if o.time else turn.say(" (date not recorded)", "（未注明日期）")
            text = observation_text(turn, o)
            yield stated(record, text[:-1] + undated + text[-1], [o.place], date=o.time or "")


def _within(inner: Place, outer: Place) -> bool:
    return inner.document_id == outer.document_id and inner.start < outer.end and outer.start < inner.end


def _told_with_medicines(m: MedicationStatement) -> bool:
    """A warning against a medicine, and the day that the next dose is due, are told here."""
    told = m.dose or m.frequency or m.change or m.action is not MedicationAction.TAKE
    return (
        m.phase is MedicationPhase.DISCHARGE
        and m.change != "forbidden"
        and bool(told)
        and not _DUE.search(m.place.quote)
    )


_DUE = re.compile(r"(?i)\bdue\b")


def _mostly(ordered: Sequence[Place], sentence: Place) -> bool:
    """``Paracetamol 1 g qds.``: an order of the list that the letter writes in prose, perhaps one that was corrected since."""
    covered = {
        i
        for p in ordered
        if _within(p, sentence)
        for i in range(max(p.start, sentence.start), min(p.end, sentence.end))
    }
    return 2 * len(covered) > sentence.end - sentence.start


_COPIES = re.compile(r"(?i)\W*(?:copied|copy|cc)\b|抄送")


_DOSES = re.compile(r"\d\s?(?:mg|mcg|g|units?|puffs?|tabs?|毫克|片|粒|单位)\b", re.IGNORECASE)
"""A sentence with several doses is the medicine list in prose; it stands under medications."""


def _last_state(record: PatientRecord, *, said: bool) -> list[Observation]:
    """The newest vitals and function scores of the stay; beside a discharge entry, those of the last two days only.

    An admission value must never be read as the state at discharge.
    """
    stay = record.encounter
    last = _last_day(record)
    latest: dict[str, Observation] = {}
    recent = any(_days_before(o, last) <= 2 for o in record.observations if o.kind in _STATE)
    for o in record.observations:
        if (
            o.kind not in (ObservationKind.VITAL, ObservationKind.FUNCTION)
            or o.assertion is not Assertion.PRESENT
        ):
            continue
        taken = iso_date(o.time or "")
        weight = key_of_test(o.name) == "weight"  # doses rest on it, however old
        undated = taken is None and not weight
        stale = o.kind is ObservationKind.VITAL and last is not None and _days_before(o, last) > 2
        if (
            undated
            or (stale and not weight)
            or period_of(o.time, stay) is Period.BEFORE
            or ((said or recent) and _days_before(o, last) > 2 and not weight)
        ):
            continue
        key = key_of_test(o.name)
        before = latest.get(key)
        if before is None or (o.time or "") >= (before.time or ""):
            latest[key] = o
    return list(latest.values())


_STATE = (ObservationKind.VITAL, ObservationKind.FUNCTION)


def _last_day(record: PatientRecord) -> date | None:
    """The day of discharge, or of the last entry where the record names none."""
    if record.encounter and record.encounter.discharged:
        return iso_date(record.encounter.discharged)
    days = [day for s in record.statements if s.date and (day := iso_date(s.date))]
    return max(days, default=None)


def _days_before(o: Observation, discharged: date | None) -> float:
    """Days from the measurement to the discharge; infinite where either date is unknown."""
    taken = iso_date(o.time or "")
    return (discharged - taken).days if taken and discharged else float("inf")


def observation_text(turn: Turn, o: Observation) -> str:
    """``Heart rate 88 /min (2025-11-08).``"""
    joint = "" if o.unit and o.unit.startswith("/") and o.unit[1:2].isdigit() else " "
    unit = f"{joint}{o.unit}" if o.unit and o.unit not in o.value else ""
    when = f" ({day(o.time)})" if o.time else ""
    return f"{o.name} {o.value}{unit}{when}{turn.say('.', '。')}"


def disposition_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    e = record.encounter
    said: list[str] = []
    died = record.patient.deceased
    if died and (died == "yes" or period_of(died, e) is not Period.AFTER):
        when = "" if died == "yes" else f" ({day(died)})"
        text = turn.say(f"The record marks the patient as deceased{when}.", f"病历记载患者已去世{when}。")
        yield stated(record, text, record.patient.places)
    if e and e.disposition:
        said.append(e.disposition)
        yield stated(record, ended(turn, e.disposition), places_of(e, e.disposition))
    for s in record.statements_in("disposition"):
        if s.assertion not in STRUCK and not said_before(s.text, said) and not URGENT.search(s.text):
            said.append(s.text)
            yield stated(record, ended(turn, s.text), [s.place], date=s.date or "")


URGENT = re.compile(
    r"\b(?:(?<!phone )call|dial|(?<![\d/.,])(?:999|911)(?![\d/.%]|\s?(?:mg|mmol|g|kg|bpm|umol))|(?<![\d/.,-])(?:000|112|111)(?=\s?:)|ambulance|emergency(?! stop| contracep)|urgent\w*|right away|at once|straight away|go to (?:the )?(?:hospital|ED|A&E)|seek|"
    r"(?:ring|phone|telephone) (?=[^.]{0,40}(?:\b\d{3}|\bif\b|\bwhen\b|\bus\b))|"
    r"return (?:if|to|for)|come back if|see a doctor)\b|急诊|(?<![\d/.])120(?![\d/.%])|立即|马上|立刻|尽快就医|及时就诊|随时就诊|返院|来院|复诊(?=如|若)",
    re.IGNORECASE,
)
"""What tells a patient to get help."""
