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
from assistant.records.date_forms import WEEKS_OF_PREGNANCY
from assistant.records.dates import ChartDates
from assistant.tasks.goals import due_date, months_after

_PERIOD = re.compile(
    r"(?<![\w/.])(\d{1,2}|(?:an?|one|two|three|four|five|six|eight|ten|twelve|next)(?=[\s-])|半|[一二两三四五六])[\s-]*(?:(?:-|–|to)\s*(\d{1,2})\s*)?"
    r"((?:h(?:ours?|rs?)?|d(?:ays?)?|w(?:ee)?ks?|fortnights?|mo(?:nth)?s?|years?|yrs?)(?![A-Za-z])|天|周|个月|月(?=\s?(?:[后内时]|左右))|(?<=\d[-–~]\d)月(?!\s?\d)|(?<=[半一二两三四五六])月|年(?!\s?\d))"
    r"|(?<![\d/])(\d{1,2})(?:\s?[-–]\s?(\d{1,2}))?/(52|12|7)(?![\d/])|\b(fortnight)\b",
    re.IGNORECASE,
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "next": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twelve": 12,
            "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}  # fmt: skip
_RATE = re.compile(
    r"(?i)共|每|times an?\b|(?:once|twice|thrice|\dx|x)\s?(?:an?|/)|\bevery\b|\bper\b|\bfrom (?=\d)|(?<!booked )(?<!due )(?<!planned )(?<!scheduled )\bfor (?:the |at least |first |about )*(?=\d|an?\b|one|two|three|four|six)"
)
"""How often, or for how long: no day to come on."""
_HOURS_AHEAD = re.compile(r"(?i)\b(?:in|within|after|at)\s+$")
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
    match = _period(f.when or "", f.text) or _period(f.text, f.text)
    if start is None or match is None:
        return None
    if match[7]:
        return start + timedelta(weeks=2)
    if match[6]:
        number, unit = int(match[5] or match[4]), {"52": "w", "12": "m", "7": "d"}[match[6]]
    else:
        word, unit = (match[2] or match[1]).lower(), match[3].lower()
        if word == "半":
            return months_after(start, 6) if unit == "年" else None
        number = _NUMBERS.get(word, 0) or int(word)
    if unit.startswith("h"):
        return start + timedelta(days=-(-number // 24))
    if unit.startswith("d") or unit == "天":
        return start + timedelta(days=number)
    if unit.startswith("f"):
        return start + timedelta(weeks=2 * number)
    if unit.startswith("w") or unit == "周":
        return start + timedelta(weeks=number)
    return months_after(start, 12 * number if unit[0] in "y年" else number)


def _period(text: str, whole: str) -> re.Match[str] | None:
    """The first period that says when, not how often or how long: ``twice a week``, ``for 2 weeks``."""
    weeks = [m.span() for m in WEEKS_OF_PREGNANCY.finditer(text)]
    for match in _PERIOD.finditer(text):
        if any(start <= match.start() < end for start, end in weeks):
            continue
        at = whole.find(text) + match.start() if text in whole else match.start()
        before = (whole if text in whole else text)[max(0, at - 16) : at]
        rate = any(r.end() >= len(before) - 1 for r in _RATE.finditer(before + match.group()))
        lasts = (match[3] or "").lower().startswith("h") and not (match[2] or _HOURS_AHEAD.search(before))
        if not rate and not lasts:
            return match
    return None


_VISIT = re.compile(
    r"(?i)\b(?:clinic|OPD|OPA|visits?|appointments?|appt|review|nurse|midwife|health visitor|GPs?|PCP|dietit\w+|dietic\w+|OT|SLT|SLP|therap\w+|team|service|liaison|psycholog\w*|referr?\w*|rehab\w*|scan|CT|MRI|MRCP|ultrasound|US|x-?ray|CXR|echo\w*|DXA|DEXA|DaT|ECG|EEG|holter|\w+scopy|bloods?|labs?|FBC|CBC|INR|TSH|HbA1c|test|level|vaccin\w*|OGTT|check|remov\w+|sutures|clips|staples)\b|门诊|科|复查|复诊|随访|检查|拆线|接种|预约|超声|CT|镜"
)
_OWN_TIME = re.compile(
    r"(?i)\b(?:daily|weekly|fortnightly|monthly|yearly|annual\w*|every|twice|\dx|times an?)\b|\b20\d\d-\d\d\b|(?<!\d)\d{1,2}月(?![后内时])|明年|下个?月|\bdate awaited\b|\bif\b|每"
)
_ASKS_NOBODY = re.compile(r"(?i)^\W*(?:do not|don'?t|no|avoid|never|not)\b|^\W*(?:不|勿|禁|避免)")


def asks_for_a_day(text: str) -> bool:
    """A visit, a referral or a test without any word on when: somebody has to book it."""
    return bool(_VISIT.search(text) and not _OWN_TIME.search(text) and not _ASKS_NOBODY.search(text))


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
