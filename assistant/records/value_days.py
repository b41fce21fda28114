"""The day that stands behind a value, that of a whole sentence, and lists of values of which only the last has one.

Owns ``Hb 71 (18/10) -> 83 (19/10)``, ``TSH 22 May 2.1``, ``HbA1c 58 (Aug 2026)``, ``ferritin 12 (3 months ago)`` and
``Cr trend 1.9 / 2.3 / 1.5 (3/11)``. Refuses to know tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.domain.stay import iso_date
from assistant.records.dates import ChartDates, DateToken
from assistant.records.observation_names import NUMBER, UNIT
from assistant.records.sections import Segment

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_IN_BRACKETS = re.compile(r"\s*[(（]\s?(?:on |from |dated |at )?(?P<inner>[^()（）]{3,22}?)\s?[)）]")
_ON = re.compile(
    r"\s?(?:\bon|\bfrom|@)\s(?P<inner>[\d/.-]{3,10}(?:\s\d\d[:：]\d\d)?|\d{1,2}(?:st|nd|rd|th)?\s[A-Z][a-z]{2,8}(?:\s20\d\d)?)(?![\d/])"
)
_MONTH_YEAR = re.compile(
    rf"(?i)\s?(?:[(（]|\bin\s|\bfrom\s)?\s?(?:{_MONTH}\s?'?)?(?P<year>(?:19|20)\d\d)(?![\d/-]|\.\d)\s?年?[)）]?"
)
_MONTH_ALONE = re.compile(rf"(?i)\s?(?:[(（]|\bin\s|\bfrom\s)\s?{_MONTH}\s?[)）,.;]")
_AGO = re.compile(
    r"(?i)[^,;，；。\n]{0,8}?\s?[(（]?(?:\d+|a few|several|one|two|three|four|six)\s?(?:/12|/52|/7|months?|mths?|mo|years?|yrs?|weeks?|wks?|days?)\s(?:ago|prior|earlier|previously|before)"
    r"|\s?[(（]?(?:last (?:year|month|week)|a (?:year|month|week) ago)|[^，,；;。\n]{0,6}?(?:\d+|[一二三半数几])\s?(?:个月|年|周|天|日)前"
)


@dataclass(frozen=True)
class DayBehind:
    """``iso`` is the day, month or year that the text gives; ``old`` where it only says that the value is an old one."""

    end: int
    iso: str | None = None
    old: bool = False


def day_behind(text: str, end: int, dates: ChartDates, entry: str | None) -> DayBehind:
    """The day written right behind a value that ends at ``end``, in an entry of the day ``entry``."""
    if _AGO.match(text, end):
        return DayBehind(end, old=True)
    near = _IN_BRACKETS.match(text, end) or _ON.match(text, end)
    if near:
        tokens = dates.tokens(near["inner"])
        if len(tokens) == 1 and tokens[0].end - tokens[0].start >= len(near["inner"].strip()) - 6:
            iso = dates.iso(tokens[0], with_time=True)
            if iso and _in_time(iso, dates, entry):
                return DayBehind(near.end(), iso)
    return _month_behind(text, end, dates)


_LEAD = re.compile(r"(?:\s?[|:：]\s?|\s{0,2})(?:on |from |at |dated )?(?P<bracket>[(（]?)\s?")
_TO_VALUE = re.compile(
    r"\s?[)）]?\s?(?:[:：=|]|(?:was|is|were)\b)?(?:\s?(?:reported|recorded|measured|noted|read) (?:as|at)\b)?\s{0,3}(?=[<>≤≥]?\s?\d)"
    r"(?!\s?\d{1,2}\s?(?:am|pm|[:：]\d\d|点|时)\b)"
)
_DAY_AND_FIGURE = re.compile(
    r"(?P<day>\d{1,2}(?:st|nd|rd|th)?\s[A-Za-z]{3,9}\.?)\s(?P<figure>\d\d)(?![\d/-])"
)
"""``Weight 3 May 70 kg``: the second figure is no year."""


@dataclass(frozen=True)
class DayBefore:
    """``value`` is where the value behind the day begins; None where the day has none: ``INR 15 May anticoag clinic``."""

    iso: str | None
    value: int | None


def day_before(text: str, at: int, dates: ChartDates) -> DayBefore | None:
    """The day that stands between a test's name, which ends at ``at``, and its value: ``TSH 22 May 2.1``."""
    lead = _LEAD.match(text, at)
    begin = lead.end() if lead else at
    rest = text[begin : begin + 26]
    figure = _DAY_AND_FIGURE.match(rest)
    if figure and dates.year and abs(2000 + int(figure["figure"]) - dates.year) > 1:
        rest = figure["day"]
    token = dates.first(rest)
    if token is None or token.start > 0:
        return None
    behind = _TO_VALUE.match(text, begin + token.end)
    if behind is None:
        return None if token.weak else DayBefore(None, None)
    if token.weak and not (lead and lead["bracket"]) and not re.search(r"[:：]|\s", behind.group()):
        return None
    return DayBefore(dates.iso(token, with_time=True), behind.end())


_YEAR_SAID = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d\d)年(?:(?P<month>\d{1,2})月份?)?(?!\s?\d)[^\d]{0,16}$"
)
_JUST_BEFORE = re.compile(r"\s?(?:[:：]\s?)?(?:复查|复测|查|测|晨起|晨|空腹)?\s?$")
_CLAUSE_END = re.compile(r"[，,；;。]")


def day_in_front(text: str, at: int, dates: ChartDates) -> str | None:
    """The day or year before a test's name at ``at``: ``…，11-07 TG 9.8，K 4.1，11-10 TG 5.4``, ``2022年体检发现甘油三酯14``.

    A day that opens a clause holds until the next; one that opens the sentence is the sentence's own, and None here.
    """
    starts = [0, *(m.end() for m in _CLAUSE_END.finditer(text, 0, at))]
    clause = text[starts[-1] : at]
    year = _YEAR_SAID.search(clause)
    if year and (dates.admitted is None or int(year["year"]) < dates.admitted.year):
        return year["year"] + (f"-{int(year['month']):02d}" if year["month"] else "")
    for start in reversed(starts[1:]):
        clause = text[start:at]
        tokens = dates.tokens(clause)
        opens = tokens[:1] if tokens and not clause[: tokens[0].start].strip() else []
        near = opens or [t for t in tokens[-1:] if _JUST_BEFORE.match(clause, t.end)]
        if near:
            iso = dates.iso(near[0], with_time=True)
            return iso if iso and _in_time(iso, dates, None) else None
        if text[start - 1] in "；;。":
            return None
    return None


def _in_time(iso: str, dates: ChartDates, entry: str | None) -> bool:
    """Not after the stay, and not weeks after the entry: a value cannot be of a day to come."""
    if dates.discharged is not None:
        return iso[:10] <= dates.discharged.isoformat()
    day, of_entry = iso_date(iso), iso_date(entry or "")
    return day is None or of_entry is None or (day - of_entry).days <= 3


def _month_behind(text: str, end: int, dates: ChartDates) -> DayBehind:
    year = _MONTH_YEAR.match(text, end)
    if year and (year["month"] or re.match(r"\s?(?:[(（]|in|from)", year.group(), re.IGNORECASE)):
        month = f"-{_MONTHS.index(year['month'].casefold()) + 1:02d}" if year["month"] else ""
        return DayBehind(year.end(), year["year"] + month)
    alone = _MONTH_ALONE.match(text, end)
    if alone and re.match(r"(?i)\s?may\s", text[end:]) is None:
        if dates.admitted is None:
            return DayBehind(alone.end(), old=True)
        number = _MONTHS.index(alone["month"].casefold()) + 1
        of_year = dates.admitted.year - (number > dates.admitted.month)
        return DayBehind(alone.end(), f"{of_year}-{number:02d}")
    return DayBehind(end)


NEXT_DATED = re.compile(
    rf"\s*(?:->|→|=>|[,，、;；]|then|and)\s*(?P<value>{NUMBER})(?P<unit>\s?{UNIT})?(?=\s?(?:[(（]|on\s)\s?\d)"
)
"""A further value of the same test, with a day of its own behind it."""
_TREND_WORD = r"\s?(?P<word>trend(?:ed|ing|s)?|series|趋势|变化)\s?[:：]?\s?"
_LISTED = re.compile(
    rf"(?:{_TREND_WORD})(?P<list>(?:{NUMBER})(?:\s?(?:/|、|,|，|;|→|->|=>|>|-)\s?(?:{NUMBER})){{2,}})(?P<unit>\s?{UNIT})?"
    rf"|\s?[:：]?\s?(?P<bare>(?:\d+(?:\.\d+)?)(?:\s?/\s?\d+(?:\.\d+)?){{2,}})(?![\d/.])"
)


@dataclass(frozen=True)
class Listed:
    """Values in order, the last dated or not; ``start:end`` is the list with its day, ``last`` where the last stands."""

    start: int
    end: int
    last: int
    iso: str | None


def listed_values(text: str, at: int, dates: ChartDates, entry: str | None) -> Listed | None:
    """``trend 1.9 / 2.3 / 1.5 (3/11)`` behind a test's name at ``at``; None where it is a date or one value."""
    match = _LISTED.match(text, at)
    if match is None:
        return None
    group = "list" if match["word"] else "bare"
    figures = re.findall(r"\d+(?:\.\d+)?", match[group])
    if group == "bare" and (len(figures) == 3 and all(f.isdigit() and int(f) <= 31 for f in figures[:2])):
        return None
    day = day_behind(text, match.end(), dates, entry)
    last = text.rindex(figures[-1], match.start(group), match.end(group))
    return Listed(match.start(group), day.end, last, day.iso)


_VALUE_THEN_DAY = re.compile(
    r"[A-Za-z一-鿿+]\s?[:：=<>]?\s?\d+(?:\.\d+)?\s?[^\d\s(（]{0,8}\s?(?:[(（]|on\s|from\s)\s?$"
)
"""``Hb 71 (18/10)``: the day is that of the value before it, not of the sentence."""


def time_of(text: str, segment: Segment, dates: ChartDates) -> str | None:
    """The day of a sentence's values: the one it opens with or names in a narrative, else the entry's."""
    if segment.section == "hospital_course":
        return _day_told(text, dates) or segment.note.date
    token = dates.first(text[:24], strong_only=False)
    if token is not None and _VALUE_THEN_DAY.search(text[: token.start]):
        token = None
    if token is not None and not (token.weak and segment.section in {"header"}):
        iso = dates.iso(token, with_time=True)
        left = dates.discharged.isoformat() if dates.discharged else "9"
        latest = (segment.note.date or left)[:10]  # a day to come is the day of an order
        if dates.discharged and (
            segment.note.section in {"imaging", "results"} or text.lstrip().startswith("【")
        ):
            latest = left  # the report's day is not that of what follows it
        if iso and iso[:10] <= latest:
            return iso
    return segment.note.date


def _day_told(text: str, dates: ChartDates) -> str | None:
    """The day that a sentence of a narrative names for itself, within the stay."""
    token = dates.first(text, strong_only=True) or _opening_day(text, dates)
    iso = dates.iso(token, with_time=True) if token else None
    return iso if iso and (dates.discharged is None or iso[:10] <= dates.discharged.isoformat()) else None


def _opening_day(text: str, dates: ChartDates) -> DateToken | None:
    """``10-30 肌酐 148``: two bare numbers that open a sentence are a day where they fall within the stay."""
    token = dates.first(text[:16])
    if (
        token is None
        or text[: token.start].strip(" •*-")
        or not re.match(r"[\s:：]|[一-鿿]", text[token.end :])
    ):
        return None
    iso = dates.iso(token)
    came = dates.admitted.isoformat() if dates.admitted else None
    return token if iso and came and came <= iso else None
