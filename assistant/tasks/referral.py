"""A referral letter: who is referred and why, what is known, what is taken, what is asked; stated by code from the record.

A record that does not say why it refers leaves that section missing: the reason is the referrer's to give.
Headings after PRSB's outpatient referral standard, shortened.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain.events import Event
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.record_document import Laid, from_record
from assistant.tasks.record_sections import RecordSections

SECTIONS = (
    SectionSpec("patient", "Patient", "患者"),
    SectionSpec("reason_for_referral", "Reason for referral", "转诊原因"),
    SectionSpec("presentation", "Presentation", "病情摘要"),
    SectionSpec("diagnoses", "Diagnoses", "诊断"),
    SectionSpec("procedures", "Procedures", "手术与操作", required=False),
    SectionSpec("history", "Past, family and social history", "既往史、家族史与个人史", required=False),
    SectionSpec("results", "Key findings", "主要检查结果", required=False),
    SectionSpec("medications", "Medicines", "用药"),
    SectionSpec("allergies", "Allergies", "过敏史"),
    SectionSpec("pending_results", "Results awaited", "待报结果"),
    SectionSpec("follow_up", "Arrangements made", "已有安排", required=False),
    SectionSpec("signature", "Signature", "签名"),
)


def compose(turn: Turn) -> Iterator[Event]:
    return from_record(turn, _sections)


def _sections(parts: RecordSections) -> Laid:
    return (
        ("patient", parts.of_summary("patient")),
        ("reason_for_referral", parts.requests_to_others()),
        ("presentation", parts.of_summary("reason_for_admission")),
        ("diagnoses", parts.diagnoses()),
        ("procedures", parts.of_summary("procedures")),
        ("history", parts.history()),
        ("results", parts.results()),
        ("medications", parts.current_medicines()),
        ("allergies", parts.allergies()),
        ("pending_results", parts.of_summary("pending_results")),
        ("follow_up", parts.of_summary("follow_up")),
    )


TASK = Task(
    name="referral",
    en="Referral letter",
    zh="转诊信",
    sections=SECTIONS,
    compose=compose,
    commands=("refer", "referral_letter", "转诊"),
    examples=("Write a referral letter", "Refer this patient to a specialist", "写转诊信"),
)
