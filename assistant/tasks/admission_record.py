"""The admission record (history and physical, 入院记录): what was known on the first day, stated by code from the record.

Sections after 病历书写基本规范 (2010), 第十八条, and the headings of a history and physical (LOINC 34117-2).
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain.events import Event
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.record_document import Laid, from_record
from assistant.tasks.record_sections import RecordSections

SECTIONS = (
    SectionSpec("patient", "Patient", "一般项目"),
    SectionSpec("chief_complaint", "Chief complaint", "主诉"),
    SectionSpec("present_illness", "History of present illness", "现病史"),
    SectionSpec("past_history", "Past history", "既往史"),
    SectionSpec("home_medications", "Home medicines", "院外用药", required=False),
    SectionSpec("allergies", "Allergies", "过敏史"),
    SectionSpec("personal_history", "Personal and social history", "个人史、婚育史"),
    SectionSpec("family_history", "Family history", "家族史"),
    SectionSpec("review_of_systems", "Review of systems", "系统回顾", required=False),
    SectionSpec("examination", "Physical examination", "体格检查"),
    SectionSpec("results", "Investigations on admission", "辅助检查"),
    SectionSpec("initial_diagnosis", "Initial diagnosis", "初步诊断"),
    SectionSpec("plan", "Plan on admission", "诊疗计划", required=False),
    SectionSpec("signature", "Signature", "医师签名"),
)


def compose(turn: Turn) -> Iterator[Event]:
    return from_record(turn, _sections, early=True)


def _sections(parts: RecordSections) -> Laid:
    if parts.record.encounter is None or not parts.record.encounter.admitted:
        parts.turn.notices.append(
            parts.turn.say(
                "The record gives no admission date: check that nothing here became known later.",
                "病历未写明入院日期：请核对以下内容均为入院时已知。",
            )
        )
    return (
        ("patient", parts.of_summary("patient")),
        ("chief_complaint", parts.complaint()),
        ("present_illness", parts.present_illness()),
        ("past_history", parts.past_history()),
        ("home_medications", parts.home_medicines()),
        ("allergies", parts.allergies()),
        ("personal_history", parts.social_history()),
        ("family_history", parts.family_history()),
        ("review_of_systems", parts.review_of_systems()),
        ("examination", parts.examination()),
        ("results", parts.results()),
        ("initial_diagnosis", parts.initial_diagnosis()),
        ("plan", parts.plan()),
    )


TASK = Task(
    name="admission",
    en="Admission record",
    zh="入院记录",
    sections=SECTIONS,
    compose=compose,
    commands=("admission_record", "h&p", "入院记录"),
    examples=("Write the admission record", "Draft the history and physical", "写入院记录"),
)
