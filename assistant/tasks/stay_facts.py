"""Who was in hospital, when, where, for how long and why: the head of a discharge summary, stated from facts of the record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.answer import Sentence
from assistant.domain.record import (
    Assertion,
    Encounter,
    PatientRecord,
    Place,
)
from assistant.domain.stay import Period, iso_date, period_of
from assistant.tasks.base import Turn
from assistant.tasks.stating import day, ended, said_before, stated

_NUMBER_WORDS = (
    "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
).split()
_NUMBER_WORDS_ZH = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
STRUCK = (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL)


def patient_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    p = record.patient
    sex = {"female": turn.say("female", "女"), "male": turn.say("male", "男")}.get(p.sex or "", p.sex or "")
    parts = [
        p.name or "",
        p.age_text or "",
        sex,
        turn.say("born", "出生") + f" {p.birth_date}" if p.birth_date else "",
        turn.say("record number", "病历号") + f" {p.mrn}" if p.mrn else "",
    ]
    parts = [part for part in parts if part]
    if parts:
        yield stated(record, turn.say(", ", "，").join(parts) + turn.say(".", "。"), p.places)


def places_of(stay: Encounter, text: str) -> Sequence[Place]:
    """Of the places of the stay those that say ``text``; all where none says it as it stands."""
    plain = re.sub(r"\s+", " ", text)
    return [p for p in stay.places if plain in re.sub(r"\s+", " ", p.quote)] or stay.places


def date_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    e = record.encounter
    if e is None:
        return
    stop = turn.say(".", "。")
    if e.admitted:
        yield stated(
            record, turn.say(f"Admitted {day(e.admitted)}", f"入院日期 {day(e.admitted)}") + stop, e.places
        )
    if e.discharged:
        stay = _length_of_stay(turn, e.admitted, e.discharged)
        left = turn.say(f"Discharged {day(e.discharged)}", f"出院日期 {day(e.discharged)}") + stay
        if e.discharge_expected:
            left = turn.say(
                f"Discharge planned for {day(e.discharged)}; to confirm: the record does not say that the patient has left",
                f"计划出院日期 {day(e.discharged)}，请核实：病历未记载已出院",
            )
        yield stated(record, left + stop, e.places)
    where = [
        turn.say("ward", "科室") + f": {e.ward}" if e.ward else "",
        turn.say("attending", "主管医师") + f": {e.attending}" if e.attending else "",
        turn.say("type", "类型") + f": {e.type}" if e.type else "",
    ]
    where = [w[0].upper() + w[1:] for w in where if w]
    if where:
        yield stated(record, turn.say("; ", "；").join(where) + stop, e.places)


def _length_of_stay(turn: Turn, admitted: str | None, discharged: str) -> str:
    """In words: it is counted from the two dates, no figure of the record says it."""
    first, last = iso_date(admitted or ""), iso_date(discharged)
    if not first or not last or last < first:
        return ""
    days = (last - first).days
    if turn.language == "zh":
        word = _chinese_number(days)
        return f"，住院{word}天" if days else "，当日出院"
    word = _NUMBER_WORDS[days] if days < len(_NUMBER_WORDS) else _english_number(days)
    return f", after {word} day{'s' if days != 1 else ''}" if days else ", the same day"


def _english_number(n: int) -> str:
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if n > 99:
        return "more than ninety-nine"
    return tens[n // 10 - 2] + (f"-{_NUMBER_WORDS[n % 10]}" if n % 10 else "")


def _chinese_number(n: int) -> str:
    if n <= 10:
        return _NUMBER_WORDS_ZH[n]
    if n > 99:
        return "逾九十九"
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _NUMBER_WORDS_ZH[tens]) + "十" + (_NUMBER_WORDS_ZH[ones] if ones else "")


def reason_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """Why the patient came and what was found: the reason given, then complaint, present illness and examination."""
    said: list[str] = []
    e = record.encounter
    if e and e.reason:
        said.append(e.reason)
        yield stated(record, ended(turn, e.reason), places_of(e, e.reason))
    presented = any(record.statements_in("chief_complaint", "history_of_present_illness"))
    free_text = () if presented else (("admission", 4),)  # a clerking without headings
    told = (("chief_complaint", 2), ("history_of_present_illness", 6), *free_text, ("examination", 4))
    for section, limit in told:
        taken = 0
        for s in record.statements_in(section):
            if (
                s.assertion in STRUCK
                or taken >= limit
                or said_before(s.text, said)
                or _NOT_FOUND_AT_BEDSIDE.search(s.text)
            ):
                continue
            if period_of(s.date, e) is Period.AFTER:
                continue
            taken += 1
            said.append(s.text)
            yield stated(record, ended(turn, s.text), [s.place], date=s.date or "")


_NOT_FOUND_AT_BEDSIDE = re.compile(
    r"@@|^\W*(?:NKDA|NKA)\b|\blab:|\bmislabel|\bsample\b|检验科", re.IGNORECASE
)
