"""Are two doses, as records write them, the same?

Owns the comparison of amounts and frequencies. Refuses to judge a dose. ``None`` means "cannot tell".
"""

from __future__ import annotations

import re
from decimal import Decimal

_AMOUNT = re.compile(
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(mg|mcg|microg(?:ram)?s?|µg|μg|ug|g|grams?|毫克|微克|克|units?|iu|u|单位|ml|毫升|mmol|meq|%)(?![a-z])",
    re.IGNORECASE,
)
_SCALE = {
    "mg": ("mg", Decimal(1)), "毫克": ("mg", Decimal(1)), "g": ("mg", Decimal(1000)),
    "gram": ("mg", Decimal(1000)), "grams": ("mg", Decimal(1000)), "克": ("mg", Decimal(1000)),
    "mcg": ("mg", Decimal("0.001")), "microgram": ("mg", Decimal("0.001")), "microg": ("mg", Decimal("0.001")), "ug": ("mg", Decimal("0.001")),
    "micrograms": ("mg", Decimal("0.001")), "µg": ("mg", Decimal("0.001")), "μg": ("mg", Decimal("0.001")),
    "微克": ("mg", Decimal("0.001")), "unit": ("unit", Decimal(1)), "units": ("unit", Decimal(1)),
    "iu": ("unit", Decimal(1)), "u": ("unit", Decimal(1)), "单位": ("unit", Decimal(1)),
    "毫升": ("ml", Decimal(1)),
}  # fmt: skip

_PER_DAY: tuple[tuple[str, Decimal], ...] = tuple(
    (pattern, Decimal(times))
    for pattern, times in (
        (r"every other day|alternate days?|qod|eod|隔日|隔天", "0.5"),
        (r"once (?:a |every )?week(?:ly)?|weekly|every week|qw\b|每周(?:一|1)?次", "0.14"),
        (
            r"\b(?:bd|bid|b\.i\.d\.?)\b|twice (?:a day|daily)|2 times (?:a day|daily)|every 12 ?h|q12h|(?:每|一|1)[日天](?:两|二|2)[次回]",
            "2",
        ),
        (
            r"\b(?:tds|tid|t\.i\.d\.?)\b|(?:three|3) times (?:a day|daily)|every 8 ?h|q8h|(?:每|一|1)[日天](?:三|3)[次回]",
            "3",
        ),
        (
            r"\b(?:qds|qid|q\.i\.d\.?)\b|(?:four|4) times (?:a day|daily)|every 6 ?h|q6h|(?:每|一|1)[日天](?:四|4)[次回]",
            "4",
        ),
        (r"(?:five|5) times|[x×] ?5 ?(?:/|per |a )? ?(?:day|daily)", "5"),
        (r"every 4 ?h|q4h", "6"),
        (
            r"\b(?:od|qd|o\.d\.?|qam|qpm|qhs|hs|on|om|mane|nocte|nightly|daily)\b|once (?:a day|daily)|every (?:day|night|morning"
            r"|evening|24 ?h)|at bedtime|in the (?:morning|evening)|at night|(?:每|一|1)[日天晚早](?:一|1)[次回]|每[日晚早]$|睡前|qn\b",
            "1",
        ),
    )
)


_COUNTED = re.compile(
    r"(?i)\s*(?P<strength>[\d.,]*\d)\s?(?P<unit>mg|mcg|g)\b[\s,x×–-]{1,4}(?P<count>[1-9]\d?(?:\.5)?)\s?(?:tab|cap)(?:let|sule)?s?\b"
)
"""``800 mg 3 tabs`` is 2400 mg."""


def amount(text: str | None) -> tuple[Decimal, str] | None:
    """``(1000, "mg")`` for ``1 g``; None unless the text holds exactly one amount."""
    counted = _COUNTED.match(text or "")
    if counted:
        number, unit = Decimal(counted["strength"].replace(",", "")), counted["unit"].lower()
        kind, factor = _SCALE.get(unit, (unit, Decimal(1)))
        return number * factor * Decimal(counted["count"]), kind
    found = {(Decimal(n.replace(",", "")), u.lower()) for n, u in _AMOUNT.findall(text or "")}
    if len(found) != 1:
        return None
    number, unit = found.pop()
    kind, factor = _SCALE.get(unit, (unit, Decimal(1)))
    return number * factor, kind


def per_day(text: str | None) -> Decimal | None:
    """How many times a day a frequency means; None where it is not one of the common ways to say it."""
    for pattern, times in _PER_DAY:
        if text and re.search(pattern, text.strip(), re.IGNORECASE):
            return times
    return None


def is_bare_number(text: str) -> bool:
    """``50`` in ``losartan 50 daily``: the unit is not written."""
    return bool(re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", text))


_WHEN = re.compile(
    r"(?i)\b(?:morning|mane|om|noon|midday|lunch\w*|evening|night|nocte|bed\w*|breakfast|dinner|\d\s?[ap]m|[ap]m|mon|tue|wed|thu|fri|sat|sun)|[早晨午晚睡]"
)


def says_when(dose: str | None) -> bool:
    """``80 mg morning and 40 mg at 2 pm`` holds its times itself."""
    return bool(dose and _WHEN.search(dose))


def same_dose(first: str | None, second: str | None) -> bool | None:
    """True or False where both can be compared, None where one is missing or in other terms."""
    if not first or not second:
        return None
    if _bare(first) == _bare(second):
        return True
    parts = _parts_of_a_day(first), _parts_of_a_day(second)
    if len(parts[0]) > 1 and parts[0].keys() == parts[1].keys():
        return parts[0] == parts[1]
    if min(len(p) for p in parts) <= 1 < max(len(p) for p in parts):
        several, single = (parts[0], second) if len(parts[0]) > 1 else (parts[1], first)
        whole = _AMOUNT.findall(single)
        return {Decimal(whole[0][0].replace(",", ""))} == set(several.values()) if len(whole) == 1 else None
    one, two = amount(first), amount(second)
    if is_bare_number(first) or is_bare_number(second):
        # A number without its unit is held against the number as written: 20 against `20 mg`.
        numbers = [Decimal(m[0]) for text in (first, second) if (m := re.search(r"\d+(?:\.\d+)?", text))]
        return numbers[0] == numbers[1] if len(numbers) == 2 else None
    if one and two and one[1] == two[1]:
        tablets = [re.match(r"\s*(\d+)\s*x\s", text) for text in (first, second)]
        if tablets[0] or tablets[1]:
            return None
        return one[0] == two[0]
    return None


_PART_OF_A_DAY = re.compile(
    r"(?P<when>早|晨|中|午|晚|睡前)[餐饭上间前后服各:：\s]{0,4}(?P<amount>\d+(?:\.\d+)?)"
)


def _parts_of_a_day(dose: str) -> dict[str, Decimal]:
    """``早16U 晚12U``: each part by its time."""
    return {m["when"].replace("晨", "早"): Decimal(m["amount"]) for m in _PART_OF_A_DAY.finditer(dose)}


def same_frequency(first: str | None, second: str | None) -> bool | None:
    if not first or not second:
        return None
    if _bare(first) == _bare(second):
        return True
    one, two = per_day(first), per_day(second)
    return one == two if one is not None and two is not None else None


def _bare(text: str) -> str:
    return re.sub(r"[\s.]+", "", re.sub(r"\.0+(?!\d)", "", text)).casefold()
