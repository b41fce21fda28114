"""Dates of one chart: day/month order decided once for the whole text, years taken from the stay.

Owns date tokens and their ISO form. Refuses to know what a date is the date of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    m: i
    for i, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for m in names.split()
}
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_TIME = r"(?:[ T,]{1,2}(?P<h>[01]?\d|2[0-3])[:：](?P<mi>[0-5]\d)(?![\d/])|[ T]{1,2}(?P<h4>[01]\d|2[0-3])(?P<mi4>[0-5]\d)\s?(?:h|hrs)\b)?"
DATE = re.compile(
    rf"""(?ix)(?<![\d.,/-])(?:
      (?P<iy>(?:19|20)\d\d)[-/.年](?P<im>\d{{1,2}})[-/.月](?P<id>\d{{1,2}})(?:[日号])?
    | (?P<zm>\d{{1,2}})月(?P<zd>\d{{1,2}})[日号]?
    | (?P<dd>\d{{1,2}})(?:st|nd|rd|th)?[\s-](?:of\s)?(?P<dmon>{_MONTH})\b\.?(?:(?:,\s|[,\s-])(?P<dy>(?:19|20)\d\d|\d\d(?![:\d]|\s?[-/]|\s?(?:of\s)?{_MONTH}))\b)?
    | (?P<mon>{_MONTH})\b\.?\s(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.%/])(?:,?\s(?P<my>(?:19|20)\d\d))?
    | (?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})(?:/(?P<y>(?:19|20)\d\d|\d\d))?(?![\d/]|\.\d)
    | (?P<a2>\d{{1,2}})\.(?P<b2>\d{{1,2}})\.(?P<y2>(?:19|20)?\d\d)(?![\d.])
    | (?P<ca>\d{{1,2}})-(?P<cb>\d{{1,2}})(?:-(?P<cy>(?:19|20)\d\d))?(?![\d-]|\.\d)
    ){_TIME}"""
)
_STAY_START = re.compile(r"(?i)\b(?:adm(?:it(?:ted)?|ission)?|date of admission|doa)\b|入院")
_STAY_END = re.compile(
    r"(?i)\b(?:dis(?:ch)?(?=\.?\s*[:：]?\s*\d)|discharged?|d/c|dc date|date of discharge)\b|出院"
)


@dataclass(frozen=True)
class DateToken:
    start: int
    end: int
    month: int
    day: int
    year: int | None
    time: str | None
    weak: bool
    """Two bare numbers (``8/10``, ``2-3``) that may be a score, a ratio or a range."""


class ChartDates:
    """Reads date tokens with the order and the years that this chart uses."""

    def __init__(self, text: str) -> None:
        self.day_first = _day_first(text)
        self.dashed = len(re.findall(r"[一-鿿]", text)) > len(text) / 8
        """Bare ``4-7`` is a date in a Chinese chart and a range in an English one."""
        self.year: int | None = None
        self.admitted: date | None = None  # a weak date asks for it while it is being found
        self.admitted = self._stay_date(text, _STAY_START)
        self.year = self.admitted.year if self.admitted else self._any_year(text)
        self.discharged = self._stay_date(text, _STAY_END)

    def tokens(self, text: str) -> list[DateToken]:
        """All dates in text, left to right; impossible ones are left out."""
        found = []
        for match in DATE.finditer(text):
            token = self._token(match)
            if token is not None and not self._is_no_date(token, match, text):
                found.append(token)
        return found

    def first(self, text: str, *, strong_only: bool = False) -> DateToken | None:
        for token in self.tokens(text):
            if not (strong_only and token.weak):
                return token
        return None

    def iso(self, token: DateToken, *, with_time: bool = False) -> str | None:
        """ISO date, or date-time; None where no year can be inferred."""
        year = token.year or self._year_for(token.month, token.day)
        if year is None:
            return None
        try:
            text = date(year, token.month, token.day).isoformat()
        except ValueError:
            return None
        return f"{text}T{token.time}" if with_time and token.time else text

    def _is_no_date(self, token: DateToken, match: re.Match[str], text: str) -> bool:
        """Ranges (``6-8 wks``), scores (``pain 2/10``) and UK periods (``5/7``, ``3/12``) that look like dates."""
        if not token.weak:
            return False
        before, after = text[max(0, token.start - 14) : token.start], text[token.end : token.end + 8]
        if match["ca"] and not self.dashed:
            return True
        if re.match(
            r"\s?(?:天|周|个月|年|次|片|粒|mg|g\b|cm|mm|L\b(?!\s+[A-Za-z])|%|级|分|小时|wks?|weeks?|days?|months?|hrs?)",
            after,
        ):
            return True
        if re.search(r"(?i)(?:pain|score|VAS|NRS|GCS|->|→|power|MRC|grade|BP)\s?(?:was |is |of )?$", before):
            return True
        near = (
            {self.admitted.month, self.admitted.month % 12 + 1, (self.admitted.month - 2) % 12 + 1}
            if self.admitted
            else set()
        )
        period = match["a"] is not None and self.day_first and token.month in {7, 12}
        return bool(period and near and token.month not in near)

    def _year_for(self, month: int, day: int) -> int | None:
        if self.year is None:
            return None
        if self.admitted is None:
            return self.year
        # A stay or its follow-up that crosses New Year: far earlier months belong to the next year.
        if month < self.admitted.month and self.admitted.month - month >= 6:
            return self.year + 1
        return self.year

    def _token(self, m: re.Match[str]) -> DateToken | None:
        g = m.groupdict()
        year: str | None
        weak = False
        if g["iy"]:
            year, month, day = g["iy"], int(g["im"]), int(g["id"])
        elif g["zm"]:
            year, month, day = None, int(g["zm"]), int(g["zd"])
        elif g["dmon"]:
            year, month, day = g["dy"], _MONTHS[g["dmon"].lower()], int(g["dd"])
        elif g["mon"]:
            year, month, day = g["my"], _MONTHS[g["mon"].lower()], int(g["md"])
        elif g["ca"]:
            year, month, day, weak = g["cy"], int(g["ca"]), int(g["cb"]), not g["cy"]
        else:
            first, second = (int(g["a"]), int(g["b"])) if g["a"] else (int(g["a2"]), int(g["b2"]))
            year = g["y"] or g["y2"]
            weak = year is None
            day, month = (first, second) if self.day_first else (second, first)
            if month > 12 and day <= 12:
                day, month = month, day
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        full = None
        if year:
            full = int(year) if len(year) == 4 else 2000 + int(year)
            if full > 2090:
                full -= 100
        time = None
        if g["h"]:
            time = f"{int(g['h']):02d}:{g['mi']}"
        elif g["h4"]:
            time = f"{g['h4']}:{g['mi4']}"
        return DateToken(m.start(), m.end(), month, day, full, time, weak)

    def _stay_date(self, text: str, cue: re.Pattern[str]) -> date | None:
        for match in cue.finditer(text):
            token = self.first(text[match.end() : match.end() + 30], strong_only=True)
            if token and token.year:
                try:
                    return date(token.year, token.month, token.day)
                except ValueError:
                    continue
        return None

    def _any_year(self, text: str) -> int | None:
        years = [
            int(y)
            for m in DATE.finditer(text)
            for y in (m["iy"], m["y"], m["dy"], m["my"], m["y2"])
            if y and len(y) == 4
        ]
        return max(years) if years else None


def _day_first(text: str) -> bool:
    """Day before month, unless values above 12 or a US header say otherwise."""
    day_votes = month_votes = 0
    for m in re.finditer(r"(?<![\d./-])(\d{1,2})/(\d{1,2})(/(?:\d{4}|\d\d))?(?![\d/])", text):
        first, second = int(m[1]), int(m[2])
        weight = 20 if m[3] else 1
        if first > 12 >= second and first <= 31 and second >= 1:
            day_votes += weight
        elif second > 12 >= first and second <= 31 and first >= 1:
            month_votes += weight
    if day_votes != month_votes:
        return day_votes > month_votes
    american = len(
        re.findall(r"\b(?:MRN|PCP|ED|ER|Attending|Hospitalist|acetaminophen|BMP|CBC|qhs|PGY\d)\b", text)
    )
    british = len(
        re.findall(r"\b(?:GP|NHS|TTO|TTA|A&E|U&E|FBC|Consultant|Cons|clerking|paracetamol|WCC)\b", text)
    )
    return british >= american


DAY_ISO = re.compile(r"\d{4}-\d\d-\d\d")
