"""What a typed answer names: medicines, amounts, times a day, dates and spans of time, in English and Chinese.

Owns the reading of words. Refuses to know what would have been right: that is ``teach_back.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.medicine_row import DayTime
from assistant.verification.terms import terms_in

_COUNTS = (
    (re.compile(r"(?i)\bfour times|\b4 ?(?:x|times)|[四4]次"), 4),
    (re.compile(r"(?i)\bthree times|\b3 ?(?:x|times)|三顿|[三3]次"), 3),
    (re.compile(r"(?i)\btwice|\btwo times|\b2 ?(?:x|times)|[两二2]次"), 2),
    (re.compile(r"(?i)\bonce|\bone time|\b1 ?(?:x|time)\b|\bone a day|一次|1次"), 1),
)
_DAY = {
    DayTime.MORNING: r"(?i)\bmorning|\bbreakfast|早",
    DayTime.NOON: r"(?i)\bnoon|\blunch|\bmidday|中午|午饭",
    DayTime.EVENING: r"(?i)\bevening|\bdinner|\bsupper|傍晚|晚饭|晚上",
    DayTime.BEDTIME: r"(?i)\bbed ?time|\bat night|\bbefore bed|睡前|晚上",
}
NOT_DAILY = re.compile(r"(?i)every other day|once a week|every \d+ hours|only when|隔一天|每周|小时|需要时")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
DATE = re.compile(
    r"(?i)\b\d{1,2}[/-]\d{1,2}\b|\b\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b|\d{1,2}月\d{1,2}[日号]?|\d{4}年\d{1,2}月\d{1,2}日"
)
SPAN = re.compile(
    r"(?i)\b(\d+|one|two|three|four|six|eight|twelve) ?(days?|weeks?|months?)|(\d+|[一二两三四六八])个?(天|周|星期|月)"
)
_WORDS = dict(
    zip(
        "one two three four six eight twelve 一 二 两 三 四 六 八".split(),
        (1, 2, 3, 4, 6, 8, 12, 1, 2, 2, 3, 4, 6, 8),
        strict=True,
    )
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def names_medicine(name: str, said: str) -> bool:
    """The medicine's name, or its first word of five letters or more; a slip of one letter in a long name is heard."""
    text = said.casefold()
    if re.search(r"[\u4e00-\u9fff]", name):
        plain = re.sub(r"(?:缓释|肠溶|控释)?(?:片|胶囊|颗粒|注射液)$", "", name)
        return plain in text or (len(plain) >= 4 and plain[:3] in text)
    first = next((w for w in re.findall(r"[a-z]{4,}", name.casefold())), name.casefold())
    return first in text or any(_one_slip(first, w) for w in re.findall(r"[a-z]{6,}", text))


def _one_slip(one: str, other: str) -> bool:
    if len(one) < 7 or abs(len(one) - len(other)) > 1 or one[:3] != other[:3]:
        return False
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def amount_of(text: str) -> str:
    plain = (
        re.sub(r"\s+", "", text)
        .casefold()
        .replace("毫克", "mg")
        .replace("单位", "units")
        .replace("微克", "mcg")
    )
    return re.sub(r"(?<=unit)s$|(?<=puff)s$|(?<=tablet)s$", "", re.sub(r"microg(?:ram)?s?", "mcg", plain))


def times_of_day(text: str) -> tuple[DayTime, ...]:
    found = [t for t, words in _DAY.items() if re.search(words, text)]
    if DayTime.EVENING in found and DayTime.BEDTIME in found and "晚上" in text:
        found.remove(DayTime.EVENING)
    return tuple(found)


def times_a_day(text: str, times: Sequence[DayTime]) -> int:
    """Times a day, 0 where it is not said or is not by the day."""
    if NOT_DAILY.search(text):
        return 0
    for pattern, count in _COUNTS:
        if pattern.search(text):
            return count
    return len(times)


def dates_in(text: str) -> set[tuple[int, ...]]:
    """(month, day) or, where only two numbers stand with a slash, both orders."""
    out: set[tuple[int, ...]] = set()
    for m in DATE.finditer(text):
        said = m.group().casefold()
        numbers = [int(n) for n in re.findall(r"\d+", said)]
        month = next((i for i, name in enumerate(_MONTHS, start=1) if name in said), 0)
        if month:
            out.add((month, numbers[0]))
        elif "月" in said:
            out.add((numbers[-2], numbers[-1]))
        else:
            out |= {(numbers[0], numbers[1]), (numbers[1], numbers[0])}
    return out


def spans_in(text: str) -> set[tuple[int, str]]:
    out = set()
    for m in SPAN.finditer(text):
        number, unit = (m.group(1) or m.group(3)).casefold(), (m.group(2) or m.group(4)).casefold()
        unit = {"天": "day", "周": "week", "星期": "week", "月": "month"}.get(unit, unit.rstrip("s"))
        out.add((int(number) if number.isdigit() else _WORDS[number], unit))
    return out


def shares_word(said: str, whole: str) -> bool:
    """A telling word of the answer, or two Chinese characters in a row, stands in the text."""
    stems = {t.stem for t in terms_in(whole)}
    if any(t.stem in stems and len(t.stem) > 2 for t in terms_in(said)):
        return True
    pairs = [said[i : i + 2] for i in range(len(said) - 1)]
    return any(re.fullmatch(r"[\u4e00-\u9fff]{2}", p) and p in whole for p in pairs)


def holds(text: str, word: str) -> bool:
    edge = r"\b" if re.match(r"[A-Za-z]", word) else ""
    return bool(re.search(edge + re.escape(word), text.replace("’", "'"), re.IGNORECASE))
