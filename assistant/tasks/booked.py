"""What is already arranged after discharge, with its calendar date, and how it meets what a guideline asks for.

Owns dates of arrangements. A booked visit is never contradicted: the guideline's general one gives way, and where the booked
date is later than the guideline's, the plan says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.domain.record import FollowUp, PatientRecord
from assistant.domain.stay import iso_date
from assistant.records.dates import ChartDates
from assistant.tasks.goals import due_date, months_after

_PERIOD = re.compile(
    r"(?:in|after|for)?\s*(\d{1,2}|two|three|four|six)\s*(?:-|–|to)?\s*(\d{1,2})?\s*(d(?:ays?)?|w(?:ee)?ks?|mo(?:nths?)?)\b|(\d{1,2})\s*(天|周|个月)(?:后|内|复查|时)?|(?<!\d)(\d{1,2})/12(?!\d)",
    re.IGNORECASE,
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "six": 6}
_ACTION = re.compile(
    r"\b(?:CT|MRI|MRCP|ultrasound|X-ray|echo|scan|review|repeat|clinic|GP|PCP|work-?up|see|check|test|advice|listen)\b|\d|复查|门诊|超声|建议|随访",
    re.IGNORECASE,
)
NEAR_DAYS = 60
"""A visit further than this from the day the guideline asks for is another visit."""
_NUMBERED = re.compile(r"(?:^|\s)\d\)\s")
KINDS = {
    "primary_care": r"primary care|\bGPs?\b|\bPCP\b|family (?:doctor|medicine)|student health|社区|卫生院|卫生服务|全科",
    "cardiology": r"cardiolog|\bHF clinic\b|heart failure (?:clinic|team)|心内科|心衰",
    "stroke": r"stroke (?:clinic|review|team)|卒中",
    "kidney_test": r"creatinine|\bU&E\b|\bBMP\b|kidney function|肾功|肌酐",
    "blood_count": r"blood count|\bCBC\b|\bFBC\b|血常规",
    "kidney": r"nephrolog|kidney team|renal|肾内科",
    "endocrine": r"endocrin|diabetes (?:clinic|team)|内分泌|糖尿病(?:门诊|专科)",
    "asthma": r"asthma clinic|respiratory|呼吸科|哮喘",
    "gastro": r"gastroenterolog|\bGI\b|消化",
    "physio": r"physio\w*|physical therapy|rehabilitation team|pulmonary rehab|cardiac rehab|肺康复|心脏康复|康复门诊",
    "orthopaedic": r"orthop|surgeon|fracture clinic|骨科",
    "wound": r"wound check|staples|clips|拆线|换药",
    "maternity": r"midwife|postpartum|blood pressure clinic|6–8 weeks after birth|产后",
    "eye": r"\beyes?\b|retina|optomet|眼科|眼底",
    "foot": r"foot|足病|糖尿病足",
    "bone": r"bone health|fracture liaison|骨质疏松",
    "memory": r"memory|记忆",
    "swallow": r"swallow|speech|吞咽",
    "smoking": r"smoking cessation|quitline|戒烟",
    "imaging_chest": r"chest X-ray|胸片",
    "glucose_test": r"glucose tolerance|OGTT",
}
_KINDS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in KINDS.items()}


@dataclass(frozen=True)
class Booked:
    follow_up: FollowUp
    on: date | None


def arrangements(record: PatientRecord, start: date | None) -> list[Booked]:
    """The record's own arrangements, dated ones first by date; a finding without an action and lists of diagnoses are left out."""
    dates = ChartDates(record.text())
    found: list[Booked] = []
    kept: list[str] = []
    for f in record.follow_ups:
        plain = re.sub(r"\W+", "", f.text).casefold()
        if f.incidental and (
            not _ACTION.search(f.text) or len(_NUMBERED.findall(f.text)) > 1 or len(plain) < 14
        ):
            continue
        if any(plain in other for other in kept):
            continue
        kept.append(plain)
        found.append(Booked(f, _date_of(f, dates, start)))
    return sorted(found, key=lambda b: (b.on is None, b.on or date.max))


def _date_of(f: FollowUp, dates: ChartDates, start: date | None) -> date | None:
    for text in (f.when or "", f.text):
        exact = iso_date(text)
        if exact is not None:
            return exact
        token = dates.first(text)
        iso = dates.iso(token) if token is not None else None
        if iso is None or token is None:
            continue
        on = date.fromisoformat(iso)
        # British charts write six months as 6/12: no visit is meant for the sixth of December.
        months = dates.day_first and re.fullmatch(r"\d{1,2}/12", text[token.start : token.end].strip())
        if (start is None or on >= start) and not months:
            return on
    return None


def due_by_record(f: FollowUp, start: date | None) -> date | None:
    """The date that the record's own period ("in 3 months", ``12 mo``, ``6/12``, ``4周后``) falls on."""
    match = _PERIOD.search(f.when or "") or _PERIOD.search(f.text)
    if (
        start is None
        or match is None
        or re.search(r"共|每|times a|a week", f.text[max(0, match.start() - 3) : match.end()])
    ):
        return None
    if match[6]:
        return months_after(start, int(match[6]))
    word = match[2] or match[1] or match[4]
    number = _NUMBERS.get(word.lower(), 0) or int(word)
    unit = (match[3] or match[5]).lower()
    if unit.startswith("d") or unit == "天":
        return start + timedelta(days=number)
    if unit.startswith("w") or unit == "周":
        return start + timedelta(weeks=number)
    return months_after(start, number)


def kinds_of(text: str) -> set[str]:
    return {name for name, pattern in _KINDS.items() if pattern.search(text)}


def booked_for(advice: str, booked: Sequence[Booked], start: date | None) -> Booked | None:
    """The arrangement that already settles a guideline's visit: with the same kind of clinic or the same test."""
    wanted = kinds_of(advice)
    due = due_date(advice, start)
    for b in booked:
        near = due is None or b.on is None or abs((b.on - due).days) <= NEAR_DAYS
        if near and wanted & kinds_of(f"{b.follow_up.text} {b.follow_up.who or ''}"):
            return b
    return None


def later_than_advised(advice: str, settled: Booked, start: date | None) -> date | None:
    """The guideline's date where the booked one is more than a week after it."""
    latest = due_date(advice, start)
    if latest is None or settled.on is None or settled.on <= latest + timedelta(days=7):
        return None
    return latest
