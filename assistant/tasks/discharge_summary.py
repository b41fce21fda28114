"""The discharge summary: fifteen sections, all but the hospital course stated by code from facts of the record.

Sections after Joint Commission's components, HL7 C-CDA on FHIR and 病历书写基本规范 (出院记录).
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain.events import Event, SentenceShown, Stage, StageName
from assistant.domain.stay import as_of_discharge
from assistant.tasks import discharge_facts as facts
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.hospital_course import hospital_course
from assistant.tasks.medicines import medicine_sentences
from assistant.tasks.ordering import check_orders
from assistant.tasks.record_sections import RecordSections, unsigned

SECTIONS = (
    SectionSpec("patient", "Patient", "患者信息"),
    SectionSpec("dates", "Dates", "住院日期"),
    SectionSpec("reason_for_admission", "Reason for admission", "入院情况"),
    SectionSpec("diagnoses", "Diagnoses", "诊断"),
    SectionSpec("procedures", "Procedures", "手术与操作"),
    SectionSpec("hospital_course", "Hospital course", "诊疗经过"),
    SectionSpec("results", "Results", "检查结果"),
    SectionSpec("condition_at_discharge", "Condition at discharge", "出院情况"),
    SectionSpec("disposition", "Disposition", "出院去向"),
    SectionSpec("medications", "Medications", "出院用药"),
    SectionSpec("allergies", "Allergies", "过敏史"),
    SectionSpec("pending_results", "Pending results", "待报结果"),
    SectionSpec("follow_up", "Follow-up", "随访"),
    SectionSpec("patient_instructions", "Patient instructions", "患者指导"),
    SectionSpec("signature", "Signature", "签名"),
)


def compose(turn: Turn) -> Iterator[Event]:
    record = as_of_discharge(turn.record)
    yield Stage(StageName.RECORD)
    yield Stage(StageName.RECORD, done=True, count=facts.count(record))

    checked = yield from check_orders(turn, record)

    yield Stage(StageName.COMPOSE)
    shown = 0
    for key, sentences in facts.sections_before_course(turn, record):
        for sentence in sentences:
            shown += 1
            yield SentenceShown(key, sentence)
    for sentence in RecordSections(turn, record).admission_diagnoses():
        yield SentenceShown("admission_diagnoses", sentence)
    for event in hospital_course(turn, record):
        shown += isinstance(event, SentenceShown)
        yield event
    for key, sentences in facts.sections_after_course(turn, record):
        for sentence in sentences:
            shown += 1
            yield SentenceShown(key, sentence)
    for sentence in medicine_sentences(turn, record, checked.alerts):
        yield SentenceShown("medications", sentence)
    yield SentenceShown("signature", unsigned(turn))
    yield Stage(StageName.COMPOSE, done=True)
    yield Stage(StageName.VERIFY, done=True, count=shown)


TASK = Task(
    name="discharge",
    en="Discharge summary",
    zh="出院小结",
    sections=SECTIONS,
    compose=compose,
    commands=("summary", "discharge_summary", "出院小结"),
    also_states=("admission_diagnoses",),
    examples=("Draft the discharge summary", "Write up this admission", "写出院小结", "写出院记录"),
)
