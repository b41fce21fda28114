"""Dates of one chart: day/month order decided once for the whole text, years taken from the stay.

Owns date tokens and their ISO form. Refuses to know what a date is the date of.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from assistant.records.date_forms import DATE, MONTHS, WEEKS_OF_PREGNANCY, han_number
from assistant.records.date_order import day_first, year_first
from assistant.records.scores import is_score
from assistant.records.stay_words import (
    ARRIVES,
    EARLIER_STAY,
    LEAVES_ON,
    STAY_END,
    STAY_PAIR,
    STAY_START,
    STAY_ZH,
    has_its_day_before,
    of_no_stay,
)

_DOTTED_DAY = re.compile(
    r"(?i)(?:^|\n)\W*\0|\0(?:\d\d:|\s?[:：])|[A-Z]{4,}\s\0|\b(?:on|given|since|until|from|sent|out|by|to|appointment|appt|clinic|review|visit)\s\0|\b(?:weeks?|days?|months?)\s\(\0\)"
)
"""Where ``03.11`` (cut out as NUL) opens a line, has a time, or follows a word of time."""

_MODAL_MAY = re.compile(
    r"\d{1,2}\smay\s(?:be|need|not|also|have|require|re|take|still|go|cause|well|rise|fall|drop|increase|indicate|suggest)"
)
"""``K 5 may need replacing``: a verb, no month."""


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
        self.day_first = day_first(text)
        self.handover = all(re.search(rf"(?m)^{letter}\s*$", text) for letter in "SBA")
        """A sheet of handovers, headed by single letters."""
        self.dashed = len(re.findall(r"[一-鿿]", text)) > len(text) / 8
        """Bare ``4-7`` is a date in a Chinese chart and a range in an English one."""
        self.dash_columns = not self.dashed and bool(_DASH_COLUMNS.search(text))
        """An English chart whose tables are headed ``11-17   11-18   11-19``."""
        self.dotted = bool(re.search(r"(?<![\d.])[0-3]\d\.[01]\d\.(?:20)?\d\d(?![\d.])", text))
        """Bare ``03.11`` is a day only where whole dates are written with dots."""
        self.year: int | None = None
        self.admitted: date | None = None  # a weak date asks for it while it is being found
        self.admitted = self._stay_date(text, STAY_START)
        self.year = self.admitted.year if self.admitted else self._any_year(text)
        self.arrives_at, self.leaves_at = -1, -1
        """Where the entry stands that tells the day; -1 where a label tells it."""
        if self.admitted is None:
            self.admitted, self.arrives_at = self._entry_date(text, ARRIVES)
        self.discharged = self._stay_date(text, STAY_END) or self._left_without_year(text)
        self.spoken = self._spoken(text)
        """The day of admission and of discharge in a form without a label, with where it stands."""
        if self.admitted is None and "admitted" in self.spoken:
            self.admitted = self.spoken["admitted"][0]
        if self.discharged is None and "discharged" in self.spoken:
            self.discharged = self.spoken["discharged"][0]
        self.year = self.admitted.year if self.admitted else self.year
        if self.discharged is None:
            self.discharged, self.leaves_at = self._entry_date(text, LEAVES_ON, last=True)

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
        if _MODAL_MAY.match(text, token.start):
            return True
        if not token.weak:
            return False
        before, after = text[max(0, token.start - 14) : token.start], text[token.end : token.end + 8]
        if match["ea"] and not (
            self.dotted and _DOTTED_DAY.search(before + "\0" + (token.time or "") + after)
        ):
            return True
        if match["ca"] and not self.dashed:
            column = re.fullmatch(r"[01]\d-[0-3]\d", match.group()) and re.search(r"(?:^|\n|\s{2})$", before)
            if not (self.dash_columns and column and re.match(r"\s{2}|\s*(?:\n|$)", after)):
                return True
        if re.match(
            r"\s?(?:天|周|个月|年|次|片|粒|mg|g\b|cm|mm|%|级|分|小时|点(?!滴)|wks?|weeks?|days?|months?|hrs?|w(?![a-z/]))",
            after,
        ):
            return True
        around, at = text[max(0, token.start - 16) : token.end + 16], min(16, token.start)
        if any(m.start() <= at < m.end() for m in WEEKS_OF_PREGNANCY.finditer(around)):
            return True
        if re.match(r"\s?L\b(?!\s[A-Za-z])", after):
            return True  # litres; `03/11 L JJ stent` is a day and a side
        pressure = re.search(r"(?i)BP\s?(?:was |is |of )?$", before) and re.match(r"\s?kPa", after)
        if pressure or re.search(r"(?:->|→)\s?$", before) or is_score(text, token.start, token.end):
            return True  # in mmHg no pressure looks like a day: `GP U&E, BP 21/11`
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
        elif g["hm"]:
            said = g["hy"] and str(han_number(g["hy"]))
            year, month, day = said, han_number(g["hm"]), han_number(g["hd"])
        elif g["dmon"]:
            year, month, day = g["dy"], MONTHS[g["dmon"].lower()], int(g["dd"])
        elif g["mon"]:
            year, month, day = g["my"], MONTHS[g["mon"].lower()], int(g["md"])
        elif g["ea"]:
            year, month, day, weak = None, int(g["eb"]), int(g["ea"]), True
        elif g["yy"]:
            if not self.dashed:
                return None
            year, month, day = g["yy"], int(g["ym"]), int(g["yd"])
        elif self.dashed and (first := year_first(g)):
            year, month, day = first
        elif g["ca"]:
            year, month, day, weak = g["cy"], int(g["ca"]), int(g["cb"]), not g["cy"]
        else:
            one, two = (int(g["a"]), int(g["b"])) if g["a"] else (int(g["a2"]), int(g["b2"]))
            year = g["y"] or g["y2"]
            weak = year is None
            day, month = (one, two) if self.day_first else (two, one)
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
            if EARLIER_STAY.search(text[max(0, match.start() - 16) : match.start()]):
                continue
            if has_its_day_before(text, match.start()):
                continue
            token = self.first(text[match.end() : match.end() + 30], strong_only=True)
            if token and re.match(r"[^，。；\s\d]{0,4}[入出]院", text[match.end() + token.end :]):
                continue  # `出院小结 2025-12-02入院`: the day is of the word behind it
            if token and token.year:
                try:
                    return date(token.year, token.month, token.day)
                except ValueError:
                    continue
        return None

    def _left_without_year(self, text: str) -> date | None:
        """``入院 2025-01-06 …，出院 01-17``: the year is that of the admission, or the next."""
        for match in STAY_END.finditer(text):
            token = self.first(text[match.end() : match.end() + 14]) if self.admitted else None
            if token is None or token.year or token.start > 2 or not match.group().startswith("出院"):
                continue
            if of_no_stay(text, match.start()) or has_its_day_before(text, match.start()):
                continue
            iso = self.iso(token)
            if iso and self.admitted and iso >= self.admitted.isoformat():
                return date.fromisoformat(iso)
        return None

    def _spoken(self, text: str) -> dict[str, tuple[date, int, int]]:
        found: dict[str, tuple[date, int, int]] = {}
        for match in STAY_PAIR.finditer(text):
            said = match["to"] or match["to2"] or match["to3"]
            last = self._day_of(said, None)
            first = self._day_of(match["from"] or match["from2"] or match["from3"], last)
            if first and last is None and self.dashed and (short := _MONTH_DOT_DAY.fullmatch(said)):
                last = _date(first.year + (int(short[1]) < first.month), int(short[1]), int(short[2]))
            if first and last and first <= last and not of_no_stay(text, match.start()):
                found = {
                    key: (day, match.start(), match.end())
                    for key, day in (("admitted", first), ("discharged", last))
                }
                break
        for key, pattern in STAY_ZH.items():
            days = [
                (day, match.start(), match.end())
                for match in pattern.finditer(text)
                if not of_no_stay(text, match.start())
                and (day := self._day_of(match["day"], None, text[: match.start()]))
            ]
            if key == "admitted" and "discharged" in found:
                days = [day for day in days if day[0] <= found["discharged"][0]]
            if days:
                found.setdefault(key, max(days))  # an earlier stay of the history has earlier days
        return found

    def _day_of(self, said: str, end: date | None, before: str = "") -> date | None:
        """``6 October`` takes its year from the day it leads to, ``05-20出院`` from the last date before it."""
        token = self.first(said)
        if token is None or token.start > 0:
            return None
        if token.year is None and end is not None:
            return _date(end.year - (token.month > end.month), token.month, token.day)
        years = re.findall(r"(?<!\d)(20\d\d)[-/.年]", before) if token.year is None else []
        if years:
            return _date(int(years[-1]), token.month, token.day)
        iso = self.iso(token)
        return date.fromisoformat(iso) if iso else None

    def _entry_date(self, text: str, cue: re.Pattern[str], *, last: bool = False) -> tuple[date | None, int]:
        """The day of the entry that opens so; of several departures the last, and never one before the admission."""
        found: tuple[date | None, int] = (None, -1)
        for match in cue.finditer(text):
            said = next(g for g in match.groups() if g)
            token = self.first(said)
            iso = self.iso(token) if token and token.start == 0 else None
            if iso is None or (last and self.admitted and iso < self.admitted.isoformat()):
                continue
            found = date.fromisoformat(iso), match.start()
            if not last:
                break
        return found

    def _any_year(self, text: str) -> int | None:
        """The year that most dates carry, never that of a birth, nor one of the past history while there is another."""
        found = [
            (int(y) if len(y) == 4 else 2000 + int(y), m.start())
            for m in DATE.finditer(text)
            for y in (self._year_in(m),)
            if y and not _BIRTH.search(text[max(0, m.start() - 18) : m.start()])
        ]
        now = [y for y, at in found if not _OF_THE_PAST.search(text[text.rfind("\n", 0, at) + 1 : at])]
        years = now or [y for y, _ in found]
        counted = Counter(y for y in years if 2000 <= y < 2090) or Counter(years)
        most = {y for y in counted if counted[y] == max(counted.values())}
        if not most:
            return None
        return max(most) - 1 if max(most) - 1 in most else max(most)  # the later may be a visit to come

    def _year_in(self, m: re.Match[str]) -> str | None:
        if m["hy"]:
            return str(han_number(m["hy"]))
        first = year_first(m.groupdict()) if self.dashed else None
        if first:
            return first[0]
        return next(
            (m[g] for g in ("iy", "y", "dy", "my", "y2", "cy") if m[g]), m["yy"] if self.dashed else None
        )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_DASH_COLUMNS = re.compile(r"(?m)^\w[\w /]*[ \t]{2,}(?:[01]\d-[0-3]\d[ \t]{2,}){2,}[01]\d-[0-3]\d\s*$")
_MONTH_DOT_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})")
_OF_THE_PAST = re.compile(
    r"(?i)^\W*(?:既往|个人史|家族|手术史|过敏|月经|婚育|预防接种|基础疾病|PMHx?|PSH|FHx?|SHx?|past|family|social|allerg)[^\n]*$|(?:曾于?|既往|年前)[^。；;\n]*$"
)
_BIRTH = re.compile(r"(?i)(?:DOB|D\.O\.B\.?|birth|born|\bb\.?|出生(?:日期)?)\s*[:：]?\s*$")
