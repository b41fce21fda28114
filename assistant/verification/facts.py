"""The atomic facts of a text: numbers with units, dates, sides. Pure functions over strings.

Values are compared as decimals, units under one spelling, dates as (year, month, day). Nothing is converted: 1 g and
1,000 mg are different here unless the conversion table says that they are exactly equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_UNIT_SPELLINGS: dict[str, tuple[str, ...]] = {
    "mg": ("mg", "milligram", "milligrams", "毫克"),
    "mcg": ("mcg", "µg", "μg", "ug", "microgram", "micrograms", "微克"),
    "g": ("g", "gram", "grams", "gm", "克"),
    "kg": ("kg", "kilogram", "kilograms", "公斤", "千克"),
    "mL": ("ml", "mls", "milliliter", "millilitre", "milliliters", "millilitres", "毫升"),
    "L": ("l", "litre", "liter", "litres", "liters", "升"),
    "unit": ("units", "unit", "u", "iu", "单位"),
    "%": ("%", "percent", "per cent", "％"),
    "mmHg": ("mmhg", "mm hg", "毫米汞柱"),
    "mmol/L": ("mmol/l",),
    "umol/L": ("umol/l", "µmol/l", "μmol/l", "micromol/l"),
    "mg/dL": ("mg/dl",),
    "mg/L": ("mg/l",),
    "g/dL": ("g/dl",),
    "g/L": ("g/l",),
    "C": ("°c", "℃", "degrees c", "degrees celsius", "摄氏度"),
    "min": ("minutes", "minute", "min", "mins", "分钟"),
    "h": ("hours", "hour", "hr", "hrs", "h", "小时"),
    "day": ("days", "day", "d", "天", "日"),
    "week": ("weeks", "week", "wk", "wks", "周", "星期"),
    "month": ("months", "month", "个月"),
    "year": ("years", "year", "yr", "yrs", "y", "岁", "年"),
    "tablet": ("tablets", "tablet", "tab", "tabs", "片"),
    "capsule": ("capsules", "capsule", "粒"),
    "puff": ("puffs", "puff", "吸", "喷"),
    "cm": ("cm", "centimetre", "centimeter", "centimetres", "centimeters", "厘米"),
    "mm": ("mm", "毫米"),
    "m": ("m", "metres", "meters", "metre", "meter", "米"),
    "bpm": ("bpm", "beats per minute", "次/分"),
    "mL/min": ("ml/min", "ml/min/1.73m2", "ml/min/1.73 m2", "ml/min/1.73m²", "ml/min/1.73 m²"),
    "ms": ("ms", "msec"),
    "mEq/L": ("meq/l",),
    "point": ("points", "point", "分"),
    "time": ("times", "time", "次"),
}
UNITS = {spelling: unit for unit, spellings in _UNIT_SPELLINGS.items() for spelling in spellings}
_UNIT = "|".join(re.escape(s) for s in sorted(UNITS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\d.])(?<![A-Za-z]\d)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:\s*-?\s*({_UNIT})(?![A-Za-zµμ]))?",
    re.IGNORECASE,
)
_WORDS_EN = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen".split()
    )
}
_NUMBER_WORD = re.compile(rf"\b({'|'.join(list(_WORDS_EN)[2:])})[\s-]+({_UNIT})\b", re.IGNORECASE)
_DIGITS_ZH = {
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_NUMBER_ZH = re.compile(r"([一两二三四五六七八九十])(个月|周|天|小时|年|次|片|粒)")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE_PATTERNS = (
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?:(?P<y>(?:19|20)\d{2})年)?(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?"),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<mon>{_MONTH})\b\.?(?:,?\s+(?P<y>(?:19|20)\d{{2}}))?", re.I),
    re.compile(rf"\b(?P<mon>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y>(?:19|20)\d{{2}}))?", re.I),
    re.compile(r"(?<![\d/.])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>(?:19|20)?\d{2}))?(?![\d/])"),
    re.compile(r"(?<![\d.-])(?P<m>\d{1,2})-(?P<d>\d{1,2})(?![\d-])"),
)  # fmt: skip

_SIDES = {
    "left": re.compile(r"\bleft\b|\bL(?=\s+(?:hip|knee|leg|arm|lung|lower|upper|side|foot|hand|breast|eye|ear|shoulder|ankle|calf|base|effusion|pleural))|左", re.I),
    "right": re.compile(r"\bright\b|\bR(?=\s+(?:hip|knee|leg|arm|lung|lower|upper|side|foot|hand|breast|eye|ear|shoulder|ankle|calf|base|effusion|pleural))|右", re.I),
    "both": re.compile(r"\bbilateral(?:ly)?\b|\bboth\s+(?:sides|hips|knees|legs|lungs|arms|eyes|feet)\b|双侧|双(?=[肺肾膝髋下上眼耳])|两侧", re.I),
}  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A number as written. ``value`` is its decimal; ``unit`` its one spelling, or None."""

    text: str
    value: Decimal
    unit: str | None
    start: int
    end: int


@dataclass(frozen=True)
class DateMention:
    """A calendar date. ``day_month`` holds every (month, day) it can mean: two for 03/11."""

    text: str
    year: int | None
    day_month: frozenset[tuple[int, int]]
    start: int
    end: int


def dates_in(text: str, *, loose: bool = False) -> list[DateMention]:
    """Every calendar date in ``text``, in order, without overlaps.

    ``loose`` also takes a lone pair such as 8/15 or 4-7, as a source may mean a date by it.
    """
    found: list[DateMention] = []
    taken: list[tuple[int, int]] = []
    for pattern in _DATE_PATTERNS:
        for match in pattern.finditer(text):
            span = match.span()
            if any(span[0] < e and s < span[1] for s, e in taken):
                continue
            mention = _date(match, loose=loose)
            if mention is not None:
                found.append(mention)
                taken.append(span)
    return sorted(found, key=lambda d: d.start)


def _date(match: re.Match[str], *, loose: bool) -> DateMention | None:
    parts = match.groupdict()
    if "a" in parts:
        a, b = int(parts["a"]), int(parts["b"])
        pairs = {(m, d) for m, d in ((a, b), (b, a)) if 1 <= m <= 12 and 1 <= d <= 31}
        # "3/7" and "80/5" are durations and ratios as often as dates: a lone pair needs a padded part.
        if not loose and parts["y"] is None and not re.search(r"\b0\d|\d\d/\d\d", match.group()):
            return None
    elif not loose and re.fullmatch(r"\d{1,2}-\d{1,2}", match.group()):
        return None
    else:
        month = _MONTHS[parts["mon"].lower()] if parts.get("mon") else int(parts["m"])
        day = int(parts["d"])
        pairs = {(month, day)} if 1 <= month <= 12 and 1 <= day <= 31 else set()
    if not pairs:
        return None
    year = int(parts["y"]) if parts.get("y") else None
    if year is not None and year < 100:
        year += 2000 if year < 40 else 1900
    return DateMention(match.group(), year, frozenset(pairs), *match.span())


def quantities_in(text: str, *, loose: bool = False) -> list[Quantity]:
    """Every number outside a calendar date, digits or counted words (``three days``), with its unit.

    ``loose`` takes the numbers inside dates too: what looks like a date in a source may be a ratio.
    """
    dates = [] if loose else [(d.start, d.end) for d in dates_in(text)]
    found = []
    for match in _NUMBER.finditer(text):
        if any(s <= match.start() < e for s, e in dates):
            continue
        try:
            value = Decimal(match.group(1).replace(",", ""))
        except InvalidOperation:
            continue
        spelling = match.group(2) or ""
        unit = None if spelling in ("HR", "D", "H", "M", "Y") else UNITS.get(spelling.lower())
        found.append(Quantity(match.group().strip(), value.normalize(), unit, match.start(), match.end()))
    for pattern, words in ((_NUMBER_WORD, _WORDS_EN), (_NUMBER_ZH, _DIGITS_ZH)):
        for match in pattern.finditer(text):
            unit = UNITS.get(match.group(2).lower())
            value = Decimal(words[match.group(1).lower()])
            found.append(Quantity(match.group(), value, unit, match.start(), match.end()))
    return sorted(found, key=lambda q: q.start)


def sides_in(text: str) -> set[str]:
    """``left``, ``right``, ``both``: the sides of the body that the text names."""
    return {side for side, pattern in _SIDES.items() if pattern.search(text)}


def same_quantity(stated: Quantity, source: Quantity) -> bool:
    """Equal value, and the same unit wherever the statement gives one (the source must give it too)."""
    if stated.value != source.value:
        return False
    return stated.unit is None or stated.unit == source.unit


def same_date(stated: DateMention, source: DateMention) -> bool:
    """A shared (month, day), and no different year."""
    if stated.year and source.year and stated.year != source.year:
        return False
    return bool(stated.day_month & source.day_month)
