"""A plan's dates as an iCalendar file (RFC 5545): visits, goals that fall due, results to ask for.

Owns which sentence becomes an entry: one that a reader sees with a calendar date. The date written is the date exported, so
what a clinician changed on the page is what the calendar says. Refuses to work out dates.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from assistant.domain.answer import Answer, Verdict
from assistant.errors import BadInput

_NAMESPACE = uuid.UUID("0f2b6a53-6a1e-4f19-9d63-3b7a1d0c5e21")
_DATED = re.compile(
    r"(?:Date|Due|By|Review|Counted from discharge|日期|截止日期|时间|复核日期|自出院日推算)\s*[:：]\s*(\d{4}-\d{2}-\d{2})"
)
_SECTIONS = ("follow_up", "goals", "monitoring", "actions")
_DRAFT = {"en": "Draft, not signed: ", "zh": "草稿，未签名："}
_LEAD = re.compile(r"^(?:From the record|病历)[^:：]*[:：]\s*")
SUMMARY_CHARS = 90


@dataclass(frozen=True)
class Appointment:
    """``on`` as the sentence gives it; ``text`` without the date's own words."""

    on: date
    text: str
    section: str


def appointments(answer: Answer) -> Iterator[Appointment]:
    """The dated sentences of a plan, in order of time; what is withheld or unsupported is not in a calendar."""
    found: dict[tuple[date, str], Appointment] = {}
    for section in answer.sections:
        if section.key not in _SECTIONS:
            continue
        for sentence in section.sentences:
            match = _DATED.search(sentence.text)
            if match is None or sentence.verdict is Verdict.UNSUPPORTED:
                continue
            try:
                on = date.fromisoformat(match[1])
            except ValueError:
                continue
            text = _LEAD.sub("", _DATED.sub("", sentence.text))
            text = re.sub(r"\s*\[[^\[\]]*\]|[.。]\s*[.。]", " ", text).strip(" .。;；")
            found.setdefault((on, text), Appointment(on, text, section.key))
    yield from sorted(found.values(), key=lambda a: (a.on, a.section, a.text))


def to_calendar(answer: Answer, *, signed: bool, now: datetime) -> bytes:
    """An all-day entry a date, with an alarm the day before; an unsigned plan says so in each title.

    Raises:
        BadInput: the document holds no date.
    """
    from icalendar import Alarm, Calendar, Event

    dated = list(appointments(answer))
    if not dated:
        raise BadInput(
            "This document holds no date to put into a calendar. Export a plan with visits or goals."
        )
    calendar = Calendar()
    calendar.add("prodid", "-//Bedside//Plan//EN")
    calendar.add("version", "2.0")
    lead = "" if signed else _DRAFT.get(answer.language, _DRAFT["en"])
    stamp = now if now.tzinfo is not None else now.replace(tzinfo=UTC)
    for one in dated:
        event = Event()
        event.add("uid", str(uuid.uuid5(_NAMESPACE, f"{one.on.isoformat()}|{one.section}|{one.text}")))
        event.add("dtstamp", stamp)
        event.add("dtstart", one.on)
        event.add("dtend", one.on + timedelta(days=1))
        event.add("summary", lead + _short(one.text))
        event.add("description", one.text)
        event.add("status", "CONFIRMED" if signed else "TENTATIVE")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _short(one.text))
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _short(text: str) -> str:
    return text if len(text) <= SUMMARY_CHARS else text[: SUMMARY_CHARS - 1].rstrip() + "…"
