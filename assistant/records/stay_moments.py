"""Whether a value without a day of its own is one of the arrival or of the day of leaving.

Owns the words that say so. Refuses to read dates: the stay gives them; and to date a value by the section it stands in.
"""

from __future__ import annotations

import re

from assistant.domain.record import Observation
from assistant.records.dates import ChartDates
from assistant.records.sections import Segment
from assistant.records.text_spans import Span

_ARRIVAL = (
    r"\b(?:on|at|upon) (?:arrival|admission|presentation|triage|(?:the )?scene)\b|\bO/?A\b|\binitial(?:ly)?\b|\barriv(?:ed|ing)\b|\bpresent(?:ed|ing|s) (?:with|to|at|as|after)\b"
    r"|\badmit(?:ted)? (?:with|via|from|as)\b|\bcame in\b|\bbrought in\b|\bin (?:the )?(?:ED|A&E|ER|resus)\b|\bfound (?:drowsy|collapsed|unresponsive|confused|on the floor|at home|by)\b"
    r"|入院(?:时|查|测|后即|当[天日])|来院时|就诊时|急诊(?:查|测|时)|【入院(?:情况|查体)?】"
)
_LEAVING = (
    r"\b(?:on|at|upon|before|prior to) (?:discharge|d/c|dc|leaving)\b(?! from)|\bdischarge (?:obs(?:ervations)?|vitals?|bloods|weight|BP|K|Hb|INR)\b|\bon the day of discharge\b"
    r"|出院(?:时|前|当[天日]|查体|检查|体重|情况|状况)"
)
_CUE = re.compile(rf"(?i)(?P<arrival>{_ARRIVAL})|(?P<leaving>{_LEAVING})")
_BEHIND = re.compile(
    rf"(?i)\s?[A-Za-z%°/\d²^×µμ]{{0,12}}\s?(?:(?:on|in) (?:air|RA|room air|\d\s?L(?:/min)?(?: O2)?)\s|sitting |lying |standing )?[(（]?\s?(?:(?P<arrival>{_ARRIVAL})|(?P<leaving>{_LEAVING}))"
)
_MOVED_ON = re.compile(
    r"(?i)\b(?:then|later|next|after(?:wards)?|subsequent\w*|now|today|settled|improved|repeat\w*|recovered|by day|day \d|peak\w*|previous\w*|baseline)\b|[，。；]\s?(?:\S{0,4}后|复查|随后|次日|现)|降至|升至|最高|最低|既往|年前|月前"
)
_LEAVING_LABEL = re.compile(r"(?i)discharge|d/c\b|leaving|出院")
_DIAGNOSES = frozenset({"assessment", "discharge_diagnosis"})


def day_of_moment(sentence: Span, value: Observation, segment: Segment, dates: ChartDates) -> str | None:
    """The day of a value of a sentence whose values have, for want of a day of their own, that of their entry."""
    moment = _moment(sentence, value, segment)
    day = dates.admitted if moment == "arrival" else dates.discharged if moment == "leaving" else None
    if day is not None:
        return day.isoformat()
    if moment is None and segment.note.discharge and segment.section in _DIAGNOSES:
        return None  # `hyperkalaemia (K 7.1)` names what the stay began with
    return value.time


def _moment(sentence: Span, value: Observation, segment: Segment) -> str | None:
    text = sentence.text
    end = value.place.end - sentence.start
    behind = _BEHIND.match(text, end)
    if behind:
        return "arrival" if behind["arrival"] else "leaving"
    cue = next(reversed([*_CUE.finditer(text, 0, end)]), None)
    if cue:
        if _MOVED_ON.search(text, cue.end(), end):
            return None
        return "arrival" if cue["arrival"] else "leaving"
    within = segment.span.text[: value.place.start - segment.span.start]
    if segment.section == "condition_at_discharge" and _LEAVING_LABEL.search(segment.label):
        return "leaving"
    if any(m["leaving"] for m in _CUE.finditer(within.rpartition("\n")[2])):
        return "leaving"  # the line goes on: `出院状况：精神可。BP 126/74`
    opened = _CUE.match(within.lstrip())
    if opened and "【" in opened.group():
        return "arrival" if opened["arrival"] else "leaving"
    return None
