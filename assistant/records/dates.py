"""Dates of one chart: day/month order decided once for the whole text, years taken from the stay.

Owns date tokens and their ISO form. Refuses to know what a date is the date of.
"""

from __future__ import annotations

import re
from collections import Counter
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
    | (?P<a2>\d{{1,2}})\.(?P<b2>\d{{1,2}})\.(?P<y2>(?:19|20)?\d\d)(?!\d|\.\d)
    | (?P<ea>[0-3]\d)\.(?P<eb>[01]\d)(?!\d|\.\d|[%/])
    | (?P<ca>\d{{1,2}})-(?P<cb>\d{{1,2}})(?:-(?P<cy>(?:19|20)\d\d))?(?![\d-]|\.\d)
    ){_TIME}"""
)
_STAY_START = re.compile(
    r"(?i)\b(?:adm(?:it(?:ted)?|ission)?|date of admission|doa)\b|入院(?!前|后|诊断|记录|病历)"
)
_STAY_END = re.compile(
    r"(?i)\b(?:dis(?:ch)?(?=\.?\s*[:：]?\s*\d)|discharged?|d/c|dc date|dc(?=\s\d)|date of discharge|DOD|(?:going|goes|went|gone) home|(?<=, )home(?=\s\d)|TTOs?(?=\s*[:：]?\s*\d)|TTAs?(?=\s*[:：]?\s*\d))\b|出院(?!记录|小结|诊断|带药|医嘱|情况|状况|时(?!间)|后|前)"
)
_DAY = (
    rf"(?:(?:\d{{1,4}}(?:[-/.年月]\d{{1,4}}){{1,2}}日?|\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}(?:[ ,-]+(?:20)?\d\d(?![:\d]))?|{_MONTH} \d{{1,2}}(?:, \d{{4}})?)"
    r"(?:[ ,T]+\d{1,2}[:.：]?\d\d\s?(?:hrs?|h|am|pm)?)?)"
)
STAY_PAIR = re.compile(
    rf"(?:(?<![A-Za-z])(?:IN|In|in)\s?[:：|]?\s?(?P<from>(?i:{_DAY}))[\s,;/|–-]{{1,6}}(?:and\s)?(?:OUT|Out|out)\s?[:：|]?\s?(?P<to>(?i:{_DAY}))"
    rf"|(?i:\b(?:with us|in ?patient|in hospital|hospitali[sz]ed|hospital stay|under (?:our|my) care|on (?:our|the) ward|stay|admission)|住院(?:时间|日期)?)"
    rf"\s?[:：|]?\s?(?i:from\s)?(?P<from2>(?i:{_DAY}))\s?(?:(?i:to|until|till)\s|[-–—~～至到])\s?(?P<to2>(?i:{_DAY})))"
)
"""``In 01.12.2025, out 15.12.2025``; ``with us from 6 October to 11 October 2025``; ``住院时间：…至…``."""
_ZH_BEFORE = rf"(?P<day>(?i:{_DAY}))(?: (?!(?:出院|入院)(?:日期|时间)?[:：]?\s?\d))?"
STAY_ZH = {
    "discharged": re.compile(
        _ZH_BEFORE
        + r"(?:步行|好转|治愈|办理|自动|痊愈|病情平稳|要求|由家属接){0,2}出院(?!后|前|诊断|带药|医嘱)"
    ),
    "admitted": re.compile(
        _ZH_BEFORE + r"(?:[^，。；,;\n\d]{0,16}(?<!转))?(?:收?入住?(?:我|本)?(?:科|院)|收住|收治)(?!前)"
    ),
}
"""``2025-12-02入院``, ``于2026年07月02日收入我科``: in Chinese the day may stand before its word."""
_DAY_BEFORE = re.compile(rf"{_DAY}$")
_PLANNED_BEFORE = re.compile(
    r"(?i)(?:\b(?:plan\w*|aim\w*|hop\w*|likely|if|expect\w*|until|when)\b[^.;\n]{0,14}|[拟预计划]+于?)\Z"
)
_ENTRY = rf"(?im)^[ \t*•>\-\[(]*(?P<date>{_DAY})[\s,:：\])–-]*"
_ARRIVAL = r"(?:(?:medical|surgical|ED|A&E|AMU|SAU|night|on.?call|GP|initial)\s)?(?:clerking|clerked|admission|admitted|admit note|H&P|post-?take|PTWR|ED\b|A&E\b|ER\b|triage|入院|急诊|收入)"
_ARRIVES = re.compile(
    rf"{_ENTRY}{_ARRIVAL}|^[ \t*#=\[]*{_ARRIVAL}(?: note)?[\s,:：\]–-]{{1,3}}(?P<date2>{_DAY})"
)
LEAVES = (
    r"(?:(?:WR|ward round|reviewed|PM|AM|seen)\W{1,3})?(?:for |fit for |going |gone |went |sent )?"
    r"(?:home|discharged?|d/c'?d?|dc'?d?|dc home|left (?:the )?ward|(?:goes |went )?back (?:home|to (?:NH|care home|nursing home|residential))|(?:transfer(?:red)?|moved|goes) to [^.;\n]{0,40}?\b(?:rehab(?:ilitation)?|hospice|care home|nursing home|community hospital|intermediate care|SNF))(?!\w)(?!\s*(?:meds|BP|O2|oxygen|visit|plan\w*|delayed|tomorrow|summary|date|pending|cancel\w*|not|if|when|once|by|in))"
    r"|(?:今日|予以?|患者|今|办理|病情平稳|好转)*(?:出院|回家)(?!前|后|计划|带药|医嘱|诊断|日期|时间)"
)
"""How the last entry of a stay opens, after its date: ``10/11 d/c home``, ``10-28 今日出院``."""
_LEAVES_ON = re.compile(_ENTRY + rf"(?:{LEAVES})")


_DOTTED_DAY = re.compile(
    r"(?i)(?:^|\n)\W*\0|\0(?:\d\d:|\s?[:：])|\b(?:on|given|since|until|from|sent|out|by|to|appointment|appt|clinic|review|visit)\s\0|\b(?:weeks?|days?|months?)\s\(\0\)"
)
"""Where ``03.11`` (cut out as NUL) opens a line, has a time, or follows a word of time."""

_MODAL_MAY = re.compile(
    r"\d{1,2}\smay\s(?:be|need|not|also|have|require|re|take|still|go|cause|well|rise|fall|drop|increase|indicate|suggest)"
)
"""``K 5 may need replacing``: a verb, no month."""
_SCALE = (
    r"(?:pain|scores?|scored|VAS|NRS|GCS|power|MRC|grade|Barthel(?: index)?|BI|AMTS?|4AT|MMSE|MoCA|ACE-?(?:III|R)|NIHSS|m?RS|Rankin|Berg|BBS|Tinetti|FIM|FAC|"
    r"CFS|EDSS|PHQ-?[29]|GAD-?[27]|HADS|EPDS|SADQ\S*|SCIM\S*|WISCI\S*|LEMS|UEMS|AMPnoPRO|CAT|mMRC|Borg|RASS|CIWA\S*|NEWS2?|SOFA|Apgars?|ECOG|KPS|PPS|MAS|Ashworth|UPDRS|EAT-?10|MNA(?:-SF)?|SPPB|DEMMI|"
    r"visual acuit(?:y|ies)|acuit(?:y|ies)|VA|vision|monofilament|murmur|\b[LR]E|systolic murmur|视力|肌力|评分|量表|得分|巴氏指数)"
)
_SCALE_BEFORE = re.compile(
    rf"(?i)(?<![a-z]){_SCALE}(?![a-z])[\s|:：=,(（]*(?:(?:was|is|of|score|now|R|L|right|left|index|总分|total)[\s|:：=]*){{0,2}}$"
)
_LIMB_BEFORE = re.compile(
    r"(?i)\b(?:arms?|legs?|hands?|limbs?|hips?|knees?|ankles?|shoulders?|elbows?|wrists?|grip|flexors?|extensors?|flexion|extension|ext|flex|DF|PF|quads?)\s?(?:[RL]\s|right\s|left\s)?$"
)
_SCALE_BEHIND = re.compile(
    r"(?i)\s?(?:on (?:the )?)?(?:pain|VAS|NRS|MoCA|MMSE|AMTS?|Barthel|GCS|Berg|severity|at worst|monofilament|proximal|distal|分)"
)
_ACUITY = re.compile(r"6/(?:4|5|6|7\.5|9|12|18|24|36|60)")
_ACUITIES = re.compile(
    r"(?i)6/\d{1,2}[\s,;]+(?:(?:[LR]|RE|LE|OD|OS|left|right|and)[\s:]*){1,2}$|\s*(?:[,;]|and|in)?\s*(?:L|R|RE|LE|OD|OS|left|right)\W{1,3}6/\d"
)


def is_score(text: str, start: int, end: int) -> bool:
    """``Barthel 9/20``, ``AMTS | 8/10``, ``right leg 3/5`` and ``VA 6/9`` name points, no day."""
    before, after = text[max(0, start - 40) : start], text[end : end + 16]
    if _SCALE_BEFORE.search(before) or _SCALE_BEHIND.match(after):
        return True
    said = text[start:end].strip()
    if re.fullmatch(r"[0-5]/5", said):
        return bool(_LIMB_BEFORE.search(before))
    return bool(_ACUITY.fullmatch(said)) and bool(_ACUITIES.search(before) or _ACUITIES.match(after))


EARLIER_STAY = re.compile(
    r"(?i)\b(?:previous|prior|last|earlier|old|past|another)\s+$|(?:上次|前次|既往|曾)$"
)
"""Before ``admission 14/03/2024``: not the stay that the chart tells of."""


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
        self.handover = all(re.search(rf"(?m)^{letter}\s*$", text) for letter in "SBA")
        """A sheet of handovers, headed by single letters."""
        self.dashed = len(re.findall(r"[一-鿿]", text)) > len(text) / 8
        """Bare ``4-7`` is a date in a Chinese chart and a range in an English one."""
        self.dotted = bool(re.search(r"(?<![\d.])[0-3]\d\.[01]\d\.(?:20)?\d\d(?![\d.])", text))
        """Bare ``03.11`` is a day only where whole dates are written with dots."""
        self.year: int | None = None
        self.admitted: date | None = None  # a weak date asks for it while it is being found
        self.admitted = self._stay_date(text, _STAY_START)
        self.year = self.admitted.year if self.admitted else self._any_year(text)
        self.arrives_at, self.leaves_at = -1, -1
        """Where the entry stands that tells the day; -1 where a label tells it."""
        if self.admitted is None:
            self.admitted, self.arrives_at = self._entry_date(text, _ARRIVES)
        self.discharged = self._stay_date(text, _STAY_END)
        self.spoken = self._spoken(text)
        """The day of admission and of discharge in a form without a label, with where it stands."""
        if self.admitted is None and "admitted" in self.spoken:
            self.admitted = self.spoken["admitted"][0]
        if self.discharged is None and "discharged" in self.spoken:
            self.discharged = self.spoken["discharged"][0]
        self.year = self.admitted.year if self.admitted else self.year
        if self.discharged is None:
            self.discharged, self.leaves_at = self._entry_date(text, _LEAVES_ON, last=True)

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
            return True
        if re.match(
            r"\s?(?:天|周|个月|年|次|片|粒|mg|g\b|cm|mm|%|级|分|小时|wks?|weeks?|days?|months?|hrs?)", after
        ):
            return True
        if re.match(r"\s?L\b(?!\s[A-Za-z])", after):
            return True  # litres; `03/11 L JJ stent` is a day and a side
        if re.search(r"(?i)(?:->|→|BP)\s?(?:was |is |of )?$", before) or is_score(
            text, token.start, token.end
        ):
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
        elif g["ea"]:
            year, month, day, weak = None, int(g["eb"]), int(g["ea"]), True
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

    def _spoken(self, text: str) -> dict[str, tuple[date, int, int]]:
        found: dict[str, tuple[date, int, int]] = {}
        for match in STAY_PAIR.finditer(text):
            last = self._day_of(match["to"] or match["to2"], None)
            first = self._day_of(match["from"] or match["from2"], last)
            if first and last and first <= last and not _of_no_stay(text, match.start()):
                found = {
                    key: (day, match.start(), match.end())
                    for key, day in (("admitted", first), ("discharged", last))
                }
                break
        for key, pattern in STAY_ZH.items():
            days = [
                (day, match.start(), match.end())
                for match in pattern.finditer(text)
                if not _of_no_stay(text, match.start())
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
        """The year that most dates carry; the first of equals, and never that of a birth."""
        years = [
            int(y) if len(y) == 4 else 2000 + int(y)
            for m in DATE.finditer(text)
            for y in (m["iy"], m["y"], m["dy"], m["my"], m["y2"], m["cy"])
            if y and not _BIRTH.search(text[max(0, m.start() - 18) : m.start()])
        ]
        counted = Counter(y for y in years if 2000 <= y < 2090) or Counter(years)
        return min(counted, key=lambda y: (-counted[y], y)) if counted else None


def _of_no_stay(text: str, start: int) -> bool:
    before = text[max(0, start - 16) : start]
    return bool(EARLIER_STAY.search(before) or _PLANNED_BEFORE.search(before))


def has_its_day_before(text: str, start: int) -> bool:
    """``2025-12-02入院，2025-12-13出院``: the day of a Chinese word at ``start`` is written right before it."""
    return "一" <= text[start : start + 1] <= "鿿" and bool(
        _DAY_BEFORE.search(text[max(0, start - 24) : start])
    )


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day_first(text: str) -> bool:
    """Day before month, unless values above 12 or a US header say otherwise."""
    day_votes = month_votes = 0
    for m in re.finditer(r"(?<![\d./-])(\d{1,2})/(\d{1,2})(/(?:\d{4}|\d\d))?(?![\d/])", text):
        first, second = int(m[1]), int(m[2])
        if not m[3] and is_score(text, m.start(), m.end()):
            continue
        weight = 20 if m[3] else 1
        if first > 12 >= second and first <= 31 and second >= 1:
            day_votes += weight
        elif second > 12 >= first and second <= 31 and first >= 1:
            month_votes += weight
    if day_votes != month_votes:
        return day_votes > month_votes
    american = len(
        re.findall(
            r"\b(?:MRN|PCP|ED|ER|Attending|Hospitalist|acetaminophen|BMP|CBC|q[hH][sS]|PGY\d|SNF|Dispo|TID|QID|Hgb)\b",
            text,
        )
    )
    british = len(
        re.findall(
            r"\b(?:GP|NHS|CHI|TTO|TTA|A&E|U&E|FBC|Consultant|Cons|[Cc]lerking|paracetamol|WCC|TDS|QDS|tds|qds|MFFD|POC)\b",
            text,
        )
    )
    return british >= american


_BIRTH = re.compile(r"(?i)(?:DOB|D\.O\.B\.?|birth|born|\bb\.?|出生(?:日期)?)\s*[:：]?\s*$")
DAY_ISO = re.compile(r"\d{4}-\d\d-\d\d")
