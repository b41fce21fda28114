"""The sections of a discharge summary that code states from facts, before and after the hospital course.

Every sentence uses the record's own words and figures and carries their places. A section with nothing to say yields
nothing: it is then shown as missing. "None recorded" is said only where silence is itself the finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from assistant.domain.answer import Sentence
from assistant.domain.record import (
    Assertion,
    Condition,
    DiagnosisRole,
    FollowUp,
    MedicationAction,
    MedicationStatement,
    PatientRecord,
    Place,
    ProcedureStatus,
    Statement,
)
from assistant.domain.stay import Period, period_of
from assistant.records.procedure_names import is_operation
from assistant.tasks.base import Turn
from assistant.tasks.discharge_state import URGENT, condition_sentences, disposition_sentences
from assistant.tasks.findings import home_oxygen
from assistant.tasks.record_lines import clauses
from assistant.tasks.results import result_sentences
from assistant.tasks.stating import day, ended, ruled, said_before, stated, tidy
from assistant.tasks.stay_facts import date_sentences, patient_sentences, reason_sentences

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
    yield "patient", patient_sentences(turn, record)
    yield "dates", date_sentences(turn, record)
    yield "reason_for_admission", reason_sentences(turn, record)
    yield "diagnoses", _diagnoses(turn, record)
    yield "procedures", _procedures(turn, record)


def sections_after_course(turn: Turn, record: PatientRecord) -> Sections:
    yield "results", result_sentences(turn, record)
    yield "condition_at_discharge", condition_sentences(turn, record)
    yield "disposition", disposition_sentences(turn, record)
    yield "allergies", allergy_sentences(turn, record)
    yield "pending_results", _pending(turn, record)
    yield "follow_up", follow_up_sentences(turn, record)
    yield "patient_instructions", _instructions(turn, record)


def _diagnoses(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    labels = {
        DiagnosisRole.PRINCIPAL: turn.say("Principal", "主要诊断"),
        DiagnosisRole.SECONDARY: turn.say("Secondary", "其他诊断"),
        DiagnosisRole.NOTED: turn.say("Noted in the entries, to be confirmed", "病程中提到，待核实"),
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
            yield stated(record, f"{label}{turn.say(': ', '：')}{ended(turn, c.name)}", [c.place])


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
        then = f"{turn.say('; ', '；')}{tidy(p.then)}" if p.then else ""
        yield stated(
            record,
            f"{tidy(p.name)}{sent}{turn.say('; ', '；')}{owner or unknown}{then}{turn.say('.', '。')}",
            [p.place],
        )
    if not record.pending_results:
        yield ruled(turn.say("No pending result was found in the record.", "病历中未发现待报结果。"))


def follow_up_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    said: list[str] = []
    for f in record.follow_ups:
        if said_before(f.text, said):
            continue
        said.append(f.text)
        named = re.match(r"\W*(?:incidental|偶然)", f.text, re.IGNORECASE)
        lead = turn.say("Incidental finding: ", "偶然发现：") if f.incidental and not named else ""
        yield stated(record, lead + ended(turn, f.text) + when_and_who(turn, f), [f.place])


def when_and_who(turn: Turn, f: FollowUp) -> str:
    """Date and person of an arrangement where its own text does not name them."""
    when = day(f.when)
    parts = [when if when and when not in f.text else "", f.who if f.who and f.who not in f.text else ""]
    told = turn.say(", ", "，").join(p for p in parts if p)
    return f" {told}{turn.say('.', '。')}" if told else ""


def _instructions(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    said: list[str] = []
    for s in instruction_statements(record):
        if not said_before(s.text, said):
            said.append(s.text)
            yield stated(record, ended(turn, s.text), [s.place], date=s.date or "")


def instruction_statements(record: PatientRecord) -> Iterator[Statement]:
    """Advice to the patient: its own section, what the discharge orders say that is no medicine and no visit, and sentences of
    other discharge entries that say how to live or when to get help."""
    told_elsewhere = [m.place for m in record.medications if m.action is MedicationAction.TAKE and m.dose]
    told_elsewhere += [f.place for f in record.follow_ups] + [p.place for p in record.pending_results]
    listed = [
        m for m in record.medications if _is_listed(m) or (m.action is MedicationAction.TAKE and m.dose)
    ]
    arranged = [f.place for f in record.follow_ups] + [p.place for p in record.pending_results]
    left = record.encounter.discharged if record.encounter else None
    oxygen = home_oxygen(record)
    for s in record.statements:
        if s.assertion is Assertion.ERRONEOUS:
            continue
        own = s.section in ("instructions", "education")
        beside = any(_overlap(s.place, p) for p in told_elsewhere)
        if s.section == "discharge_orders" and beside and not _told_as_advice(s):
            yield from (c for c in clauses(s, least=_LEAST) if _stands_alone(c, told_elsewhere))
            continue
        ended_here = any(_overlap(s.place, m.place) for m in listed)
        among = (
            not ended_here
            and s.section == "discharge_medications"
            and _TOLD_IN_CHINESE.search(s.text)
            and not _ROW.search(s.text)
        )
        ordered = (s.section == "discharge_orders" or among) and not beside
        ordered = (
            ordered and len(re.findall(r"\w", s.text)) >= _LEAST and not _HEADS.fullmatch(s.text.strip())
        )
        barred = list(_barred(s, listed, arranged)) if s.section in _MAY_BAR else []
        if barred and not own:
            yield from barred
            continue
        advised = s.section in ("discharge_orders", "condition_at_discharge") and _ADVICE.search(s.text)
        urgent = s.section in _LATE and URGENT.search(s.text)
        planned = (
            s.section == "plan"
            and left is not None
            and (s.date is None or s.date[:10] >= left[:10])
            and (_ADVICE.search(s.text) or _KEPT_TO.search(s.text) or URGENT.search(s.text))
        )
        if own or ordered or advised or urgent or planned or s in oxygen:
            yield s


_TOLD_IN_CHINESE = re.compile(r"[一-鿿][^\d]{0,6}[一-鿿]{2}")
_ROW = re.compile(r"[|│┃\t]|\S\s{3,}\S|\d\s?(?:mg|ml|[μu]g|g|U|IU|单位|片|粒)(?![a-z])")
"""Behind a Chinese list of medicines what names none is told to the patient all the same: ``3个月不打活疫苗``."""
_MAY_BAR = ("discharge_medications", "follow_up", "orders")


def _barred(
    s: Statement, listed: Sequence[MedicationStatement], told: Sequence[Place]
) -> Iterator[Statement]:
    """What a line bars or keeps in reserve: whole, or the clause of it that no listed medicine stands in."""
    if not (_BARRED.search(s.text) or _IN_RESERVE.search(s.text)) or any(_overlap(s.place, p) for p in told):
        return
    beside = [m.name.casefold() for m in listed if _overlap(s.place, m.place)]
    if not beside:
        yield s
        return
    for clause in clauses(s, least=_LEAST):
        named = any(name in clause.text.casefold() for name in beside)
        said = _past_the_dash(clause) if named else clause
        if said is not None and (_BARRED.search(said.text) or _IN_RESERVE.search(said.text)):
            yield said


def _past_the_dash(clause: Statement) -> Statement | None:
    """``STOPPED: naproxen - no NSAIDs (AKI)``: what stands behind the dash of a medicine is a clause of its own."""
    quote = clause.place.quote
    dash = re.search(r"\s[-–—]\s+(?=(?:no|avoid|never|do not|don't)\b)", quote, re.IGNORECASE)
    if dash is None or quote.strip() != clause.text.strip():
        return None
    start, text = clause.place.start + dash.end(), quote[dash.end() :].rstrip()
    return replace(clause, text=text, place=Place(clause.place.document_id, start, start + len(text), text))


def _is_listed(medicine: MedicationStatement) -> bool:
    """Whether the list of medicines tells of it; a warning against one that the patient does not take stands on no list."""
    return medicine.action is not MedicationAction.TAKE and medicine.change != "forbidden"


_BARRED = re.compile(
    r"(?i)\b(?:avoid|never take|do not (?:take|use|give)|don'?t (?:take|use|give)|not to (?:take|have|be given)|must not|(?<!in )no (?:more )?(?:NSAIDs?|aspirin|ibuprofen|macrolides?|steroids?|anticoagula\w+|oral contracepti\w+|over-the-counter))\b|禁用|避免使用|避免应用|忌用|勿用|不能用|不可用|不[能可要]吃|别吃|不能再[吃用]|不许[吃用]"
)
_IN_RESERVE = re.compile(
    r"(?i)\b(?:action plan|rescue (?:pack|course|medic\w+)|standby)\b|\bif\b[^.;]{3,60},\s?(?:start|take|use|begin)?\s?[a-z]{4,}[^.;]{0,30}\d\s?(?:mg|g|mcg|units?|puffs?)\b|备用药"
)


def _told_as_advice(s: Statement) -> bool:
    return bool(_ADVICE.search(s.text) or URGENT.search(s.text))


def _stands_alone(clause: Statement, told: list[Place]) -> bool:
    """``Walk daily; physio in 6 weeks``: what of a line is neither a medicine nor a visit."""
    return not any(_overlap(clause.place, p) for p in told) and not _HEADS.fullmatch(clause.text.strip())


_LATE = ("discharge_orders", "follow_up", "condition_at_discharge", "disposition")
_LEAST = 4
"""Word characters (Chinese ones count singly) that make an order of its own."""
_HEADS = re.compile(
    r"\W*(?:出院)?(?:医嘱|注意事项|带药|处理|建议)\W*|\W*(?:主治|住院|主任|副主任|经治|责任|管床|记录)?(?:医师|医生|护士|者)?(?:签名|签字)?\s?[:：].{0,24}(?:医师|医生|签名).{0,12}|\W*(?:主治|住院|主任|经治|管床)医师\s?[:：].{0,20}|(?i:\W*(?:discharge )?orders?\W*)"
)
_KEPT_TO = re.compile(
    r"(?i)\b(?:no|do not|don'?t|not) (?:driv\w+|lift\w*|fly\w*|flight|stop\w*|smok\w+|rescue|alcohol|NSAIDs?|added salt|sports?|sex\w*|swim\w*|bath\w*)"
    r"|\bno (?:car )?driving\b|\bno flight\b|\bpelvic rest\b|\b(?:daily|home) (?:weights?|wt|BP)\b|\bweigh daily\b|\bFR \d|\bfluid restriction\b|\b(?:target|aim|keep) (?:sats?|SpO2|BP|BGL|glucose)\b"
    r"|\bparacetamol max\b|\b(?:ring|call|phone|tell us|inform us) (?:if|when|for)\b|\bcompression stocking|\bhome O2\b|\boxygen \d"
)


def _overlap(one: Place, other: Place) -> bool:
    return one.document_id == other.document_id and one.start < other.end and other.start < one.end


_ADVICE = re.compile(
    r"\b(?:(?:low|reduced|soft|light|diabetic|cardiac|renal|high|regular|normal)[- ](?:\w+[- ]){0,2}diet|diet\b|no (?:heavy )?lifting|avoid \w+ing|don'?t drive|no driving|not (?:to )?drive|"
    r"(?:non|partial|full|touch|toe)[- ]?weight[- ]?bear\w*|[NPFT]WB|WBAT|keep (?:the )?(?:wound|dressing|cast)|bed ?rest|wear \w+|fluids? (?:limit\w*|restrict\w*|allowance)|(?:sodium|salt) \d|salt substitutes?)\b"
    r"|饮食|避免|忌|限液|限水|戒烟|戒酒|卧床|休息|锻炼|活动|负重|保暖|多饮水|控制体重|监测血[压糖]",
    re.IGNORECASE,
)
"""How to live at home, said among the orders of the discharge."""
