"""The days a stay begins and ends: from labels, from the entries of arrival and departure, else as the record plans it.

Owns the order of trust between these. Refuses to take a planned day for one on which the patient left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.record import Place
from assistant.records.dates import ChartDates, DateToken
from assistant.records.sections import Segment
from assistant.records.stay_words import EARLIER_STAY, has_its_day_before

_ADMITTED = re.compile(
    r"(?i)(?:\b(?:date of admission|admission date|admitted(?: from (?:[a-z&]+ ){0,2}?[a-z&]+)?(?: on)?|admit(?: date)?|adm(?: date)?|DOA|admission)\b|入院(?:日期|时间)?|收入院)\s*[*_]*[:：|]?[*_]*\s*"
)
_DISCHARGED = re.compile(
    r"(?i)(?:\b(?:date of discharge|discharge date|discharged?(?: home)?(?: on| date)?|d/c(?: home)?(?: date)?|dc date|(?:going|goes|went|gone) home(?: on)?|DOD|disch?\.?(?=\s*[:：]?\s*\d)|dis(?=\s*[:：]?\s*\d))|出院(?:日期|时间)?)\s*[*_]*[:：|]?[*_]*\s*"
)
_WITH_WORDS = re.compile(
    r"(?i)\b(?:discharged|d/c'?d|dc'?d|left (?:the )?(?:ward|hospital))\b(?P<between>[^.;\n\d]{2,45}?)(?:on )?(?=\d)"
)
_NOT_THIS_STAY = re.compile(
    r"(?i)\bfrom\b|\bprevious|\blast\b|\bclinic\b|\bago\b|\bif\b|\bbefore\b|\bplan|\bexpect|\bICU|\bITU|\bHDU"
)
_EXPECTED = re.compile(
    r"(?i)(?:(?:anticipated|expected|estimated|planned|provisional|projected|target|likely|aim(?:ing)?(?: for)?|predicted)\s+(?:date of )?(?:d/?c|discharge)(?: date)?|\bEDD\b|\bPDD\b"
    r"|\b(?:d/?c|discharge)\s+(?:is\s+)?(?:planned|expected|anticipated|scheduled|booked|set)(?: for| on)?|预计出院(?:日期|时间)?|拟(?:定)?出院(?:日期|时间)?)\s*[:：]?\s*"
    r"|(?:拟|预计|计划)(?:于)?(?=\d{1,2}[-月/.]\d{1,2}日?出院)"
)
_HOPED = re.compile(r"(?i)\b(?:plan\w*|aim\w*|hop\w*|likely|if|target\w*|possibl[ey])\b[^.;\n]{0,14}\Z")
_DATED_ON_ITSELF = re.compile(r"(?i)date|日期|时间|admitted|adm|DOA|入院")
_WEEKDAY = re.compile(r"(?i)(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s")


@dataclass(frozen=True)
class StayDates:
    admitted: str | None
    discharged: str | None
    expected: bool = False


def read_stay_dates(
    text: str, segments: Sequence[Segment], dates: ChartDates, document_id: str, places: list[Place]
) -> StayDates:
    """Admission and discharge; ``places`` takes where each was read."""
    admitted = _labelled(text, _ADMITTED, dates, document_id, places)
    admitted = admitted or _spoken("admitted", text, dates, document_id, places)
    admitted = admitted or _entry(text, segments, dates, document_id, places, arrival=True)
    discharged = _labelled(text, _DISCHARGED, dates, document_id, places)
    discharged = discharged or _spoken("discharged", text, dates, document_id, places)
    discharged = discharged or _entry(text, segments, dates, document_id, places, arrival=False)
    discharged = discharged or _worded(text, dates, document_id, places)
    if discharged and admitted and discharged[:10] < admitted[:10]:
        discharged = None
    if discharged is None:
        discharged = _planned(text, segments, dates, document_id, places)
        return StayDates(admitted, discharged, discharged is not None)
    return StayDates(admitted, discharged)


def _labelled(
    text: str, cue: re.Pattern[str], dates: ChartDates, document_id: str, places: list[Place]
) -> str | None:
    for match in cue.finditer(text):
        weekday = _WEEKDAY.match(text[match.end() : match.end() + 12])
        at = match.end() + (weekday.end() if weekday else 0)
        token = dates.first(text[at : at + 24])
        if token is None or token.start > 1:
            continue
        if token.weak and not (
            _DATED_ON_ITSELF.search(match.group()) or _is_the_leaving(match, token, dates)
        ):
            continue
        if has_its_day_before(text, match.start()) or EARLIER_STAY.search(text[: match.start()][-16:]):
            continue
        if _EXPECTED.search(text[max(0, match.start() - 14) : match.end()]) or _HOPED.search(
            text[: match.start()][-24:]
        ):
            continue  # `Anticipated DC date: 11/3/26`
        iso = dates.iso(token, with_time=True)
        if iso:
            end = at + token.end
            places.append(Place(document_id, match.start(), end, text[match.start() : end]))
            return iso
    return None


def _is_the_leaving(match: re.Match[str], token: DateToken, dates: ChartDates) -> bool:
    """``出院 01-17``: two bare numbers are a day where the chart as a whole took them for it."""
    left = dates.discharged
    return left is not None and match.group().startswith("出院") and dates.iso(token) == left.isoformat()


def _spoken(key: str, text: str, dates: ChartDates, document_id: str, places: list[Place]) -> str | None:
    """``In 01.12.2025, out 15.12.2025`` or ``2025-12-13出院``: words that ``ChartDates`` knows without a label."""
    if key not in dates.spoken:
        return None
    day, start, end = dates.spoken[key]
    places.append(Place(document_id, start, end, text[start:end]))
    return day.isoformat()


def _entry(
    text: str,
    segments: Sequence[Segment],
    dates: ChartDates,
    document_id: str,
    places: list[Place],
    *,
    arrival: bool,
) -> str | None:
    """The day of the clerking, or of the note that discharges."""
    for segment in segments if arrival else reversed(segments):
        note = segment.note
        if note.date and (note.section == "admission" if arrival else note.discharge):
            places.append(_line(text, note.start, document_id))
            return note.date if arrival else note.date[:10]
    at, day = (dates.arrives_at, dates.admitted) if arrival else (dates.leaves_at, dates.discharged)
    if at < 0 or day is None:
        return None
    places.append(_line(text, at, document_id))
    return day.isoformat()


def _line(text: str, start: int, document_id: str) -> Place:
    line = text[start:].split("\n", 1)[0]
    return Place(document_id, start, start + len(line), line)


def _worded(text: str, dates: ChartDates, document_id: str, places: list[Place]) -> str | None:
    """``Discharged home with daughter 09/11/2026``: the date ends the sentence that says it."""
    for match in _WITH_WORDS.finditer(text):
        token = dates.first(text[match.end() : match.end() + 20])
        if token is None or token.start > 0 or _NOT_THIS_STAY.search(match["between"]):
            continue
        iso = dates.iso(token)
        if iso and (not dates.admitted or iso >= dates.admitted.isoformat()):
            end = match.end() + token.end
            places.append(Place(document_id, match.start(), end, text[match.start() : end]))
            return iso
    return None


def _planned(
    text: str, segments: Sequence[Segment], dates: ChartDates, document_id: str, places: list[Place]
) -> str | None:
    """The last planned day, where no entry is later: a plan that the stay outlived is void."""
    last = max((s.note.date[:10] for s in segments if s.note.date), default="")
    for match in reversed(list(_EXPECTED.finditer(text))):
        token = dates.first(text[match.end() : match.end() + 20])
        iso = dates.iso(token) if token and token.start <= 1 else None
        if iso and iso >= max(last, dates.admitted.isoformat() if dates.admitted else ""):
            end = match.end() + token.end  # type: ignore[union-attr]
            places.append(Place(document_id, match.start(), end, text[match.start() : end]))
            return iso
    return None
