"""Where the patient goes after the stay, in the record's words.

Owns the sentence that says it: under its own label, in the discharge note, or in the entry of the last day. Refuses a plan
that hangs on a condition, and a place that the patient came from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.records.date_forms import DATE
from assistant.records.sections import Segment
from assistant.records.stay_words import LEAVES

_PLACES = (
    r"home|own home|nursing home|care home|residential home|SNF|NH\b|rehab(?:ilitation)?|inpatient rehab|acute rehab|IRF|LTAC|hospice|community hospital|sheltered|"
    r"assisted living|intermediate care|step-?down|skilled nursing|(?:\w+'?s|parents'?|family'?s?) (?:house|home|flat|place)|daughter'?s|son'?s|sister'?s|brother'?s|mother'?s|parents'?"
)
_USED_AT_HOME = re.compile(
    r"(?i)^\W*home\s+(?:BP|blood|glucose|sugar|monitor\w*|cuff|meter|scales?|O2|oxygen|nebuli[sz]er|CPAP|NIV|BiPAP|dialysis|exercises?|visits?|safety|assessment|"
    r"meds?|medic\w+|IV|TPN|weights?|readings?|equipment|adaptations?|pregnancy|insulin|inhalers?|regimen|phone|address|tel\w*)\b"
)
"""``Home BP cuff``, ``Home oxygen 2 L``: what is used there, not where the patient goes."""
_HOME = re.compile(
    rf"(?i)^\W*(?:discharged?|dispo\w*|d/c'?d?|dc'?d|transfer(?:red)?|going|goes|to go)?\s*(?:back\s)?(?:to\s)?(?:{_PLACES})(?!\w)"
    r"|^\W*(?:discharged|transferred|d/c'?d|dc'?d)\s+(?:back\s)?to\b"
    r"|\b(?:discharged?|d/c|transferred|transfer)\s+(?:back\s)?(?:to\s)?(?:home|own home|nursing home|care home|SNF|rehab|hospice|community hospital|skilled nursing)"
    r"|^\W*(?:回家|出院回家|转(?:入|往|至)|由家属接回|返家|回社区|带.{0,6}回家)|(?:出院|返家)[^。]{0,8}(?:回家|养老院|康复医院)"
)
_GOES = re.compile(
    rf"(?i)(?:\b(?:discharged?|d/c'?d?|dc'?d?)\b[^.;\n]{{0,32}}?\b(?:to\s|home\b)|\b(?:back|transferred|transfer|home(?:\stoday|\snow)?)\s+to\s+(?:[\w'’.]+\s){{0,4}}?(?:{_PLACES})(?!\w)"
    rf"|^\W*(?=(?:{LEAVES}))[^.;\n]{{0,24}}?\bhome\b|\bagainst medical advice|\bself-?discharged?\b|自动出院|出院(?:后)?[，,]?(?:回家|返家|转)|转(?:入|往|至)[一-鿿]{{2,12}}(?:医院|康复|养老院|护理院)(?:继续|进一步)?)"
)
_NOT_YET = re.compile(
    r"(?i)\b(?:if|when|once|until|unless|not (?:for|fit|ready|safe)|unable|cannot|delayed|cancel\w*|hopefully|aim(?:ing)?|consider\w*|discuss\w*|wants|keen|asking|plans?|before|awaiting|from ICU|from ITU|summary|letter|meds|medications|medicines|instructions)\b|拟|待|若|如|暂不|要求"
)
_ON_MEDICINES = re.compile(r"(?i)\s(?:on|with|taking)\s(?=[^.]{3,60}?\d\s?(?:mg|mcg|g|units?|mL|puffs?)\b)")
_ELSEWHERE = {"discharge_medications", "follow_up", "instructions", "pending", "past_medical_history", "history_of_present_illness", "social_history", "family_history", "home_medications", "chief_complaint"}  # fmt: skip


def read_disposition(segments: Sequence[Segment]) -> str | None:
    """Where the patient goes, without the medicines that the same sentence may list."""
    found = _cell(_undated(_labelled(segments) or _told(segments) or "")) or None
    listed = _ON_MEDICINES.search(found) if found else None
    return found[: listed.start()].rstrip(" ,，") if found and listed else found


def _cell(text: str) -> str:
    """Of a line in columns, the one that says where: ``Admitted 1/11   Discharged 12/11 to own home   Consultant Dr A``."""
    cells = [c.strip() for c in re.split(r"\t+| {2,}", text)]
    says = [c for c in cells if _GOES.search(c) or _HOME.search(c)]
    return says[0] if len(cells) > 1 and len(says) == 1 else text


def _undated(text: str) -> str:
    """The sentence without the day that opens its line."""
    lead = re.match(r"[\s*•>\-]*", text)
    at = lead.end() if lead else 0
    day = DATE.match(text, at)
    return re.sub(r"^[\s:：,–—-]+", "", text[day.end() :]) if day else text


def _labelled(segments: Sequence[Segment]) -> str | None:
    for segment in segments:
        if segment.section == "disposition":
            return segment.sentences[0].text.strip()
    for segment in segments:
        if segment.note.discharge and segment.section not in _ELSEWHERE - {"history_of_present_illness"}:
            for sentence in segment.sentences:
                text = _undated(sentence.text)
                if _HOME.search(text) and not _USED_AT_HOME.match(text):
                    return sentence.text.strip()
    return None


def _told(segments: Sequence[Segment]) -> str | None:
    """The last sentence of the stay that says that the patient goes, and where."""
    found: str | None = None
    for segment in segments:
        if segment.note.section != "admission":
            headed = _undated(segment.note.heading).partition(". ")[0]
            found = headed if _GOES.search(headed) else found
        if segment.section in _ELSEWHERE - {"discharge_medications"} or segment.note.section == "admission":
            continue
        for sentence in segment.sentences:
            text = _undated(sentence.text)
            planned = re.match(r"(?i)\W*(?:discharge|d/c) planned\b", text)
            if _USED_AT_HOME.match(text):
                continue
            if _GOES.search(text) and (planned or not _NOT_YET.search(text)):
                found = sentence.text.strip()
    return found
