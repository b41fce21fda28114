"""The nursing handover of a patient on the ward: Identify, Situation, Background, Assessment, Recommendation.

States the newest the record has, with its day; a handover never says that a patient is well because nothing is written.
After ISBAR (Burgess et al., BMC Med Educ 2020;20 Suppl 2:459).
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain.events import Event
from assistant.tasks.base import SectionSpec, Task, Turn
from assistant.tasks.record_document import Laid, from_record
from assistant.tasks.record_sections import RecordSections

SECTIONS = (
    SectionSpec("identify", "Identify", "身份（I）"),
    SectionSpec("situation", "Situation", "现状（S）"),
    SectionSpec("background", "Background", "背景（B）"),
    SectionSpec("allergies", "Background: allergies", "背景：过敏史"),
    SectionSpec("medications", "Background: medicines", "背景：用药"),
    SectionSpec("assessment", "Assessment", "评估（A）"),
    SectionSpec("recommendation", "Recommendation", "建议（R）"),
    SectionSpec("signature", "Handed over by, received by", "交班者、接班者签名"),
)


def compose(turn: Turn) -> Iterator[Event]:
    return from_record(turn, _sections)


def _sections(parts: RecordSections) -> Laid:
    return (
        ("identify", parts.of_summary("patient")),
        ("identify", parts.of_summary("dates")),
        ("situation", parts.complaint()),
        ("situation", parts.diagnoses()),
        ("background", parts.past_history()),
        ("background", parts.of_summary("procedures")),
        ("allergies", parts.allergies()),
        ("medications", parts.current_medicines()),
        ("assessment", parts.examination()),
        ("assessment", parts.latest_progress()),
        ("recommendation", parts.plan(latest=True)),
        ("recommendation", parts.of_summary("pending_results")),
        ("recommendation", parts.of_summary("follow_up")),
    )


TASK = Task(
    name="handover",
    en="Nursing handover",
    zh="护理交接班",
    sections=SECTIONS,
    compose=compose,
    commands=("isbar", "sbar", "交班"),
    examples=("Write the nursing handover", "Hand this patient over with ISBAR", "写护理交接班"),
)
