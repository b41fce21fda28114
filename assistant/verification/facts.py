"""The atomic facts of a text: numbers with units, dates, sides. Pure functions over strings.

Values are compared as decimals, units under one spelling, dates as (year, month, day). Nothing is converted: 1 g and
1,000 mg are different here unless the conversion table says that they are exactly equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

_UNIT_SPELLINGS: dict[str, tuple[str, ...]] = {
    "mg": ("mg", "milligram", "milligrams", "毫克"),
    "mcg": ("mcg", "µg", "μg", "ug", "microgram", "micrograms", "microg", "微克"),
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
    "month": ("months", "month", "mo", "mos", "mth", "mths", "个月", "月"),
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
    "pg/mL": ("pg/ml", "ng/l"),
    "ng/mL": ("ng/ml", "ug/l", "µg/l", "μg/l"),
    "U/L": ("u/l", "iu/l"),
    "mU/L": ("mu/l", "miu/l"),
    "pmol/L": ("pmol/l",),
    "nmol/L": ("nmol/l",),
    "kPa": ("kpa",),
    "mL/h": ("ml/h", "ml/hr", "ml/hour"),
    "mg/h": ("mg/h", "mg/hr", "mg/hour"),
    "mcg/h": ("mcg/h", "mcg/hr", "mcg/hour"),
    "mg/kg": ("mg/kg",),
    "mL/kg": ("ml/kg",),
    "pack-year": ("pack-years", "pack years", "pack-year"),
    "cmH2O": ("cmh2o",),
    "Gy": ("gy",),
}
UNITS = {spelling: unit for unit, spellings in _UNIT_SPELLINGS.items() for spelling in spellings}
_UNIT = "|".join(re.escape(s) for s in sorted(UNITS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\d.])(?<![A-Za-z]\d)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:\s*-?\s*({_UNIT})(?![A-Za-zµμ]))?",
    re.IGNORECASE,
)
_BASES = {
    unit: (base, Decimal(factor))
    for unit, base, factor in (
        ("g", "mg", "1000"), ("mcg", "mg", "0.001"), ("kg", "mg", "1000000"), ("L", "mL", "1000"), ("cm", "mm", "10"),
        ("m", "mm", "1000"), ("week", "day", "7"), ("h", "min", "60"), ("g/dL", "g/L", "10"), ("year", "month", "12"),
    )
}  # fmt: skip
_ROW = re.compile(r"\s*(?:->|→|[-–/~,、至到]|[减增降升加]至|to|or|and|or|(?:down|up) to)\s*")
# The digit of FT4, SpO2 and HCO3 is a letter of the name.
_GLUED = re.compile(r"[A-Za-z]\d(?![\d.])")
_WORDS_EN = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen".split()
    )
}
_NUMBER_WORD = re.compile(
    rf"\b(?:({'|'.join(list(_WORDS_EN)[2:])})(?:[\s-]+({_UNIT})\b)?(?!-)|(one)[\s-]+({_UNIT})\b)",
    re.IGNORECASE,
)
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
_NUMBER_ZH = re.compile(
    r"(?:(?<=周[一二三四五六])|(?<![一两二三四五六七八九十百零〇]))"
    r"([一两二三四五六七八九]?十[一二三四五六七八九]?|[一两二三四五六七八九])(个月|周|天|小时|年|次|片|粒|枚|处|级)"
)
"""``十二天``, but neither ``三四次`` nor the year ``九八年``; in ``每周三一次`` the number is one."""

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
    re.compile(r"(?<![\d.-])(?P<m>0?[1-9]|1[0-2])-(?P<d>\d{1,2})(?P<said>)(?=\s?(?:起|止|开始|停(?!药)|晨|晚|夜|凌晨|上午|下午|复查|查|行|报|采|送|[:：]\s?[一-鿿A-Z]))"),
    re.compile(r"(?<![\d/.])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<y>(?:19|20)?\d{2}))?(?![\d/])"),
    re.compile(r"(?<![\d.-])(?P<m>\d{1,2})-(?P<d>\d{1,2})(?![\d-])"),
)  # fmt: skip

_SIDES = {
    "left": re.compile(r"\bleft\b|(?<![\d/])(?<!\d )\bL(?=\s+(?!of\b|oral\b|per\b|iv\b|fluid|in\b|normal|NS\b)[A-Za-z]{2,})|左", re.I),
    "right": re.compile(r"\bright\b|(?<!\w)\bR(?=\s+(?!of\b|oral\b|per\b|iv\b|fluid|in\b|normal|NS\b)[A-Za-z]{2,})|右", re.I),
    "both": re.compile(r"\bbilat(?:eral(?:ly)?)?\b|\bboth\s+(?:sides|hips|knees|legs|lungs|arms|eyes|feet|ankles|kidneys|breasts|hands|ears)\b|双侧|双(?=[肺肾膝髋下上眼耳])|两侧", re.I),
}  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A number as written. ``value`` is its decimal; ``unit`` its one spelling, or None."""

    text: str
    value: Decimal
    unit: str | None
    start: int
    end: int
    row_unit: str | None = None
    """Unit that a later number of its row carries: ``84.2 -> 79.6 kg``."""


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


_SCORE = re.compile(
    r"(?:\b(?:index|score|scale|scored|gcs|barthel|mmse|moca|nihss|apgar|berg|strength|power|visual acuity|pain|nrs|vas)\b|评分|指数|肌力|疼痛)\W{0,3}$",
    re.IGNORECASE,
)


def _date(match: re.Match[str], *, loose: bool) -> DateMention | None:
    parts = match.groupdict()
    if _SCORE.search(match.string[max(0, match.start() - 40) : match.start()]):
        return None
    if "a" in parts:
        a, b = int(parts["a"]), int(parts["b"])
        pairs = {(m, d) for m, d in ((a, b), (b, a)) if 1 <= m <= 12 and 1 <= d <= 31}
        # "3/7" and "80/5" are durations and ratios as often as dates: a lone pair needs a padded part.
        if not loose and parts["y"] is None and not re.search(r"\b0\d|\d\d/\d\d", match.group()):
            return None
    elif not loose and "said" not in parts and re.fullmatch(r"\d{1,2}-\d{1,2}", match.group()):
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
        if any(s <= match.start() < e for s, e in dates) or _GLUED.match(text, max(0, match.start() - 1)):
            continue
        try:
            value = Decimal(match.group(1).replace(",", ""))
        except InvalidOperation:
            continue
        spelling = match.group(2) or ""
        unit = None if spelling in ("HR", "D", "H", "M", "Y") else UNITS.get(spelling.lower())
        found.append(Quantity(match.group().strip(), value.normalize(), unit, match.start(), match.end()))
    for match in _NUMBER_WORD.finditer(text):
        word, spelling = match[1] or match[3], match[2] or match[4] or ""
        unit = UNITS.get(spelling.lower())
        found.append(
            Quantity(match.group(), Decimal(_WORDS_EN[word.lower()]), unit, match.start(), match.end())
        )
    for match in _NUMBER_ZH.finditer(text):
        value = Decimal(_chinese(match.group(1)))
        found.append(Quantity(match.group(), value, UNITS.get(match.group(2)), match.start(), match.end()))
    return _with_shared_units(text, sorted(found, key=lambda q: q.start))


def _chinese(word: str) -> int:
    """一 to 九十九."""
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _DIGITS_ZH[word]
    return (_DIGITS_ZH[tens] if tens else 1) * 10 + (_DIGITS_ZH[ones] if ones else 0)


def _with_shared_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """``84.2 -> 79.6 kg``: the unit behind the last number of a row is that of the whole row."""
    for place in range(len(found) - 2, -1, -1):
        this, behind = found[place], found[place + 1]
        shared = behind.unit or behind.row_unit
        if this.unit is None and shared and _ROW.fullmatch(text[this.end : behind.start]):
            found[place] = replace(this, row_unit=shared)
    return found


def spell_sides(text: str) -> str:
    """``L calf`` as ``left calf``: the side of a body part, written out."""
    text = _SIDES["left"].sub(lambda m: "left" if m.group() in "Ll" else m.group(), text)
    text = _SIDES["right"].sub(lambda m: "right" if m.group() in "Rr" else m.group(), text)
    return re.sub(r"\bbilat\b\.?", "bilateral", text, flags=re.IGNORECASE)


def sides_in(text: str) -> set[str]:
    """``left``, ``right``, ``both``: the sides of the body that the text names."""
    return {side for side, pattern in _SIDES.items() if pattern.search(text)}


def same_quantity(stated: Quantity, source: Quantity) -> bool:
    """Equal value, and the same unit wherever the statement gives one (the source must give it too).

    Units of one dimension are converted, exactly: 1 g is 1,000 mg, 2 weeks are 14 days. A month is no number of days.
    """
    if stated.unit is None:
        return stated.value == source.value
    for unit in {source.unit, source.row_unit} - {None}:
        if _in_base(stated.value, stated.unit) == _in_base(source.value, str(unit)):
            return True
    return False


def _in_base(value: Decimal, unit: str) -> tuple[Decimal, str]:
    base, factor = _BASES.get(unit, (unit, Decimal(1)))
    return (value * factor).normalize(), base


def same_date(stated: DateMention, source: DateMention) -> bool:
    """A shared (month, day), and no different year."""
    if stated.year and source.year and stated.year != source.year:
        return False
    return bool(stated.day_month & source.day_month)
