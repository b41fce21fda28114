"""The sections of a discharge summary that code states from facts, before and after the hospital course.

Every sentence uses the record's own words and figures and carries their places. A section with nothing to say yields
nothing: it is then shown as missing. "None recorded" is said only where silence is itself the finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from assistant.domain.answer import Sentence
from assistant.domain.record import (
    Assertion,
    Condition,
    DiagnosisRole,
    FollowUp,
    Observation,
    ObservationKind,
    PatientRecord,
    ProcedureStatus,
    Statement,
)
from assistant.domain.stay import Period, iso_date, period_of
from assistant.records.observation_names import key_of_test
from assistant.records.procedure_names import is_operation
from assistant.tasks.base import Turn
from assistant.tasks.results import result_sentences
from assistant.tasks.stating import day, ruled, stated, tidy

_NUMBER_WORDS = (
    "no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
).split()
_NUMBER_WORDS_ZH = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
_STRUCK = (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL)
Sections = Iterator[tuple[str, Iterable[Sentence]]]


def count(record: PatientRecord) -> int:
    """How many facts the record gave."""
    return sum(
        len(facts)
        for facts in (
            record.conditions,
            record.procedures,
            record.medications,
            record.allergies,
            record.observations,
            record.pending_results,
            record.follow_ups,
            record.statements,
        )
    )


def sections_before_course(turn: Turn, record: PatientRecord) -> Sections:
    yield "patient", _patient(turn, record)
    yield "dates", _dates(turn, record)
    yield "reason_for_admission", _reason(turn, record)
    yield "diagnoses", _diagnoses(turn, record)
    yield "procedures", _procedures(turn, record)


def sections_after_course(turn: Turn, record: PatientRecord) -> Sections:
    yield "results", result_sentences(turn, record)
    yield "condition_at_discharge", _condition_at_discharge(turn, record)
    yield "disposition", _disposition(turn, record)
    yield "allergies", allergy_sentences(turn, record)
    yield "pending_results", _pending(turn, record)
    yield "follow_up", follow_up_sentences(turn, record)
    yield "patient_instructions", _instructions(turn, record)


def _patient(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
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


def _dates(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
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


def _reason(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """Why the patient came and what was found: the reason given, then complaint, present illness and examination."""
    said: list[str] = []
    e = record.encounter
    if e and e.reason:
        said.append(e.reason)
        yield stated(record, _ended(turn, e.reason), e.places)
    for section, limit in (("chief_complaint", 2), ("history_of_present_illness", 6), ("examination", 4)):
        taken = 0
        for s in record.statements_in(section):
            if (
                s.assertion in _STRUCK
                or taken >= limit
                or _said(s.text, said)
                or _NOT_FOUND_AT_BEDSIDE.search(s.text)
            ):
                continue
            if period_of(s.date, e) is Period.AFTER:
                continue
            taken += 1
            said.append(s.text)
            yield stated(record, _ended(turn, s.text), [s.place], date=s.date or "")


_NOT_FOUND_AT_BEDSIDE = re.compile(r"@@|\blab:|\bmislabel|\bsample\b|检验科", re.IGNORECASE)


def _diagnoses(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    labels = {
        DiagnosisRole.PRINCIPAL: turn.say("Principal", "主要诊断"),
        DiagnosisRole.SECONDARY: turn.say("Secondary", "其他诊断"),
        DiagnosisRole.COMORBIDITY: turn.say("Comorbidity", "既往/合并症"),
    }
    seen: set[str] = set()
    told = [c for c in record.conditions if _counts_as_diagnosis(c)]
    if told and all(c.role is not DiagnosisRole.PRINCIPAL for c in told):
        yield ruled(
            turn.say(
                "No principal diagnosis is stated in the record; to be completed.",
                "病历未写明主要诊断，请补充。",
            )
        )
    for role in labels:
        for c in record.conditions:
            key = _SINCE.sub("", c.name).strip(" ,，.。").casefold()
            if c.role is not role or not _counts_as_diagnosis(c) or _named(key, seen):
                continue
            seen.add(key)
            operated = role is DiagnosisRole.COMORBIDITY and is_operation(c.name)
            label = turn.say("Past operation", "既往手术") if operated else labels[role]
            yield stated(record, f"{label}{turn.say(': ', '：')}{_ended(turn, c.name)}", [c.place])


_SINCE = re.compile(r"\s*\(?(?:since |dx |diagnosed )?(?:19|20)\d\d\)?$|\s*\d+余?年$", re.IGNORECASE)
"""The year or the years a condition is known for: "T2DM 2009" is the T2DM of the list."""


def _named(key: str, seen: set[str]) -> bool:
    """Whether a listed diagnosis already says it: "gout" beside "gout flare"."""
    return any(re.search(rf"(?<![a-z]){re.escape(key)}(?![a-z])", other) for other in seen)


def _counts_as_diagnosis(c: Condition) -> bool:
    if c.assertion is Assertion.PRESENT:
        return True
    return c.assertion is Assertion.HISTORICAL and c.role is DiagnosisRole.COMORBIDITY and not c.ended


def _procedures(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    done = [p for p in record.procedures if p.status is ProcedureStatus.DONE]
    seen: set[tuple[str, str]] = set()
    for p in done:
        key = (p.name.casefold(), day(p.date))
        if key in seen or (p.date and period_of(p.date, record.encounter) is Period.BEFORE):
            continue
        seen.add(key)
        when = f" ({day(p.date)})" if p.date and day(p.date) not in p.name else ""
        yield stated(record, f"{tidy(p.name)}{when}{turn.say('.', '。')}", [p.place])
    if not seen:
        yield ruled(
            turn.say(
                "No completed procedure is recorded for this stay.", "本次住院未记录已完成的手术或操作。"
            )
        )
    for p in record.procedures:
        if p.status is ProcedureStatus.CANCELLED:
            text = turn.say(f"Cancelled, not done: {tidy(p.name)}.", f"已取消，未行：{tidy(p.name)}。")
            yield stated(record, text, [p.place])


def _condition_at_discharge(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """What the discharge entry says of the patient's state; else the last vitals and function on record."""
    said: list[str] = []
    for s in record.statements_in("condition_at_discharge"):
        if s.assertion not in _STRUCK and not _said(s.text, said) and len(_DOSES.findall(s.text)) < 2:
            said.append(s.text)
            yield stated(record, _ended(turn, s.text), [s.place], date=s.date or "")
    for o in _last_state(record, said=bool(said)):
        if not any(o.value in text for text in said):
            yield stated(record, observation_text(turn, o), [o.place], date=o.time or "")


_DOSES = re.compile(r"\d\s?(?:mg|mcg|g|units?|puffs?|tabs?|毫克|片|粒|单位)\b", re.IGNORECASE)
"""A sentence with several doses is the medicine list in prose; it stands under medications."""


def _last_state(record: PatientRecord, *, said: bool) -> list[Observation]:
    """The newest vitals and function scores of the stay; beside a discharge entry, those of the last two days only.

    An admission value must never be read as the state at discharge.
    """
    stay = record.encounter
    last = iso_date(stay.discharged) if stay and stay.discharged else None
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
        undated = taken is None and last is not None and not weight
        if (
            undated
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


def _disposition(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    e = record.encounter
    said: list[str] = []
    died = record.patient.deceased
    if died and (died == "yes" or period_of(died, e) is not Period.AFTER):
        when = "" if died == "yes" else f" ({day(died)})"
        text = turn.say(f"The record marks the patient as deceased{when}.", f"病历记载患者已去世{when}。")
        yield stated(record, text, record.patient.places)
    if e and e.disposition:
        said.append(e.disposition)
        yield stated(record, _ended(turn, e.disposition), e.places)
    for s in record.statements_in("disposition"):
        if s.assertion not in _STRUCK and not _said(s.text, said) and not URGENT.search(s.text):
            said.append(s.text)
            yield stated(record, _ended(turn, s.text), [s.place], date=s.date or "")


def allergy_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """Substance and reaction; "no known allergies" where the record says so; "none recorded" where it is silent."""
    known = [a for a in record.allergies if not a.none_known]
    for a in known:
        reaction = (
            f": {tidy(a.reaction)}" if a.reaction else turn.say(" (reaction not recorded)", "（反应未记录）")
        )
        yield stated(
            record,
            f"{turn.say('Allergy to ', '过敏：')}{a.substance}{reaction}{turn.say('.', '。')}",
            [a.place],
        )
    if known:
        return
    none = [a for a in record.allergies if a.none_known]
    if none:
        yield stated(
            record, turn.say("No known allergies, as recorded.", "记录为无已知过敏。"), [none[0].place]
        )
    else:
        yield ruled(
            turn.say(
                "Allergy status is not recorded. Ask before prescribing.", "病历未记录过敏史，开药前请询问。"
            )
        )


def _pending(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    for p in record.pending_results:
        owner = p.owner and f"{turn.say('followed up by', '由其跟进：')} {p.owner}"
        unknown = turn.say("who follows it up is not recorded", "未记录由谁跟进")
        sent = f" ({turn.say('sent', '送检')} {day(p.sent)})" if p.sent else ""
        yield stated(
            record,
            f"{tidy(p.name)}{sent}{turn.say('; ', '；')}{owner or unknown}{turn.say('.', '。')}",
            [p.place],
        )
    if not record.pending_results:
        yield ruled(turn.say("No pending result was found in the record.", "病历中未发现待报结果。"))


def follow_up_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    said: list[str] = []
    for f in record.follow_ups:
        if _said(f.text, said):
            continue
        said.append(f.text)
        named = re.match(r"\W*(?:incidental|偶然)", f.text, re.IGNORECASE)
        lead = turn.say("Incidental finding: ", "偶然发现：") if f.incidental and not named else ""
        yield stated(record, lead + _ended(turn, f.text) + when_and_who(turn, f), [f.place])


def when_and_who(turn: Turn, f: FollowUp) -> str:
    """Date and person of an arrangement where its own text does not name them."""
    when = day(f.when)
    parts = [when if when and when not in f.text else "", f.who if f.who and f.who not in f.text else ""]
    told = turn.say(", ", "，").join(p for p in parts if p)
    return f" {told}{turn.say('.', '。')}" if told else ""


def _instructions(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    said: list[str] = []
    for s in instruction_statements(record):
        if not _said(s.text, said):
            said.append(s.text)
            yield stated(record, _ended(turn, s.text), [s.place], date=s.date or "")


URGENT = re.compile(
    r"\b(?:call|(?<![\d/.])(?:999|911|112|111)(?![\d/.%]|\s?(?:mg|mmol|g|kg|bpm|umol))|ambulance|emergency|urgent\w*|right away|at once|straight away|go to (?:the )?(?:hospital|ED|A&E)|seek|"
    r"return (?:if|to|for)|come back if|see a doctor)\b|急诊|(?<![\d/.])120(?![\d/.%])|立即|马上|立刻|尽快就医|及时就诊|随时就诊|返院|来院|复诊(?=如|若)",
    re.IGNORECASE,
)
"""What tells a patient to get help."""


def instruction_statements(record: PatientRecord) -> Iterator[Statement]:
    """Advice to the patient: its own section, and sentences of discharge entries that say when to get help."""
    for s in record.statements:
        if s.assertion is Assertion.ERRONEOUS:
            continue
        if s.section in ("instructions", "education") or (
            s.section
            in (
                "discharge_orders",
                "follow_up",
                "condition_at_discharge",
                "disposition",
            )
            and URGENT.search(s.text)
        ):
            yield s


def _ended(turn: Turn, text: str) -> str:
    text = tidy(text)
    return text if re.search(r"[.!?。！？…]$", text) else text + turn.say(".", "。")


def _said(text: str, said: list[str]) -> bool:
    plain = re.sub(r"\W+", "", text).casefold()
    return any(plain in re.sub(r"\W+", "", other).casefold() for other in said)


__all__ = ["PatientRecord", "Statement"]
