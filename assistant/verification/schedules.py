"""How often and at what time of day: every spelling of a dosing frequency or clock time brought under one mark.

``encode`` puts one private-use character in the place of each, so that later readers meet neither its digits nor its words;
``kind_of`` names it again. ``OD`` alone is also an overdose: it counts only behind a dose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

_COUNT = {"once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "other": 2, "second": 2,
          "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}  # fmt: skip
_N = r"\d{1,2}|one|two|three|four|five|six"
_PERIODS = {"d": "day", "w": "week", "m": "month", "日": "day", "天": "day", "周": "week", "月": "month"}
_TIMES = ("night", "morning", "evening", "noon", "as needed", "with meals", "before meals", "after meals")
KINDS: tuple[str, ...] = (
    *(f"{n}/{period}" for period in ("day", "week", "month") for n in range(1, 13)),
    *(f"every {n} {unit}" for unit in ("h", "day", "week", "month") for n in range(1, 73)),
    *_TIMES,
)
_FIRST, _FIRST_CLOCK, _LAST = 0xE000, 0xE800, 0xE800 + 24 * 60
_INDEX = {kind: i for i, kind in enumerate(KINDS)}
MARK = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


def kind_of(mark: str) -> str:
    """``2/day``, ``every 8 h``, ``night``, or a clock time as ``02:15``."""
    code = ord(mark)
    if code >= _FIRST_CLOCK:
        return f"{(code - _FIRST_CLOCK) // 60:02}:{(code - _FIRST_CLOCK) % 60:02}"
    return KINDS[code - _FIRST]


def is_clock(mark: str) -> bool:
    return ord(mark) >= _FIRST_CLOCK


def encode(text: str) -> str:
    """``text`` with every frequency and clock time as one character; other offsets shift."""
    for pattern, kind in _PATTERNS:
        text = pattern.sub(partial(_mark, kind), text)
    return text


def satisfied(stated: str, known: set[str]) -> bool:
    """Once at night is once a day; once a day is not once at night."""
    if stated in known:
        return True
    often = {k for k in known if k not in _TIMES}
    return stated == "1/day" and not often and bool(known & {"night", "morning", "evening", "noon"})


def _mark(kind: Callable[[re.Match[str]], str] | str, match: re.Match[str]) -> str:
    named = kind if isinstance(kind, str) else kind(match)
    if named.startswith("clock"):
        minutes = int(named.removeprefix("clock"))
        return f" {chr(_FIRST_CLOCK + minutes)} " if 0 <= minutes < 24 * 60 else match.group()
    return f" {chr(_FIRST + _INDEX[named])} " if named in _INDEX else match.group()


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _COUNT[word.lower()]


def _often(m: re.Match[str]) -> str:
    return f"{_count(m['n'])}/{_PERIODS[m['p'][0].lower()]}"


def _every(m: re.Match[str]) -> str:
    n = _count(m["n"]) if m["n"] else 1
    unit = "h" if m["p"][0].lower() in "h小时" else _PERIODS[m["p"][0].lower()]
    return f"1/{unit}" if n == 1 and unit != "h" else f"every {n} {unit}"


def _clock(m: re.Match[str]) -> str:
    parts = m.groupdict()
    hour, minute = int(parts["h"]), int(parts.get("min") or 0)
    half = (parts.get("half") or "").lower()
    if half in ("p", "下午", "晚上", "中午") and hour < 12 and not (half == "中午" and hour == 11):
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    return f"clock{hour * 60 + minute}" if hour < 24 else "none"


def _word(body: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?:{body})(?![A-Za-z0-9])", flags)


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str], ...] = (
    (re.compile(r"(?<![\d:.])(?P<h>[01]?\d|2[0-3])[::](?P<min>[0-5]\d)(?![\d:])(?:\s*(?P<half>[ap])\.?m\b\.?)?", re.I), _clock),
    (re.compile(r"(?<![\d:.])(?P<h>1[0-2]|0?[1-9])\s*(?P<half>[ap])\.?m\b\.?", re.I), _clock),
    (re.compile(r"(?P<half>上午|早上|下午|晚上|凌晨|中午)?(?<!\d)(?P<h>1?\d|2[0-3])[时点](?:(?P<min>[0-5]?\d)分)?(?![\d间])"), _clock),
    (_word(rf"(?P<n>once|twice|(?:{_N})(?=\s*(?:x|×|times?)))(?:\s*(?:x|×|times?))?\s*(?:a|per|each|every|/)?\s*(?P<p>daily|day|weekly|week|wk|monthly|month)"), _often),
    (_word(rf"(?P<n>{_N})\s(?:a|per)\s(?P<p>day|week|month)"), _often),
    (_word(rf"(?P<n>{_N})/(?P<p>day|week|wk|month|d)"), _often),
    (_word(rf"(?:every|each)\s+(?:(?P<n>{_N}|other|second)\s*-?\s*)?(?P<p>hours?|hrs?|h|days?|weeks?|months?)"), _every),
    (_word(rf"(?P<n>{_N})[-\s]?(?P<p>hour)ly"), _every),
    (_word(r"q\s?(?P<n>\d{1,2})\s?(?P<p>h|d|w)(?:rs?|ours?|ly)?"), _every),
    (re.compile(r"[每一](?P<p>[日天周月])服?(?P<n>\d{1,2}|[一二两三四五六])次"), _often),
    (re.compile(r"(?P<n>\d{1,2}|[一二两三四五六])次\s*[/每]\s*(?P<p>[日天周月]|d(?![a-z]))"), _often),
    (re.compile(r"每隔?(?P<n>\d{1,2}|[一二两三四五六])(?P<p>小时|天|日|周)(?:[1一]次)?"), _every),
    (re.compile(r"每晚(?:睡前)?(?:[1一]次)?|睡前(?:服?[1一]次)?"), "night"),
    (re.compile(r"每[早晨](?:[1一]次)?|晨起(?:[1一]次)?"), "morning"),
    (re.compile(r"隔日(?:[1一]次)?"), "every 2 day"),
    (re.compile(r"每日"), "1/day"),
    (re.compile(r"每周"), "1/week"),
    (re.compile(r"必要时|按需"), "as needed"),
    (re.compile(r"[每三]?餐前"), "before meals"),
    (re.compile(r"[每三]?餐后"), "after meals"),
    (_word(r"b\.?d\.?|b\.?i\.?d\.?|q12"), "2/day"),
    (_word(r"t\.?d\.?s\.?|t\.?i\.?d\.?"), "3/day"),
    (_word(r"q\.?d\.?s\.?|q\.?i\.?d\.?"), "4/day"),
    (_word(r"q\.?o\.?d\.?|(?:on )?alternate days"), "every 2 day"),
    (_word(r"nocte|qhs|qn|(?:at|each|every) (?:night|bedtime)|(?:at )?bedtime|nightly"), "night"),
    (_word(r"mane|qam|(?:in the|each|every) mornings?"), "morning"),
    (_word(r"om", re.RegexFlag(0)), "morning"),
    (_word(r"qpm|(?:in the|each|every) evenings?"), "evening"),
    (_word(r"(?:once )?daily|o\.?d\.?|q\.?d\.?(?!\w)", re.RegexFlag(0)), "1/day"),
    (re.compile(r"(?<=\d )OD\b|(?<=mg )OD\b|(?<=mcg )OD\b|(?<=PO )OD\b|(?<=g )OD\b|(?<=units )OD\b|(?<=SC )OD\b|(?<=s/c )OD\b"), "1/day"),
    (_word(r"Daily|DAILY|QD"), "1/day"),
    (_word(r"(?:once )?weekly|qw"), "1/week"),
    (_word(r"fortnightly"), "every 2 week"),
    (_word(r"(?:once )?monthly"), "1/month"),
    (_word(r"p\.?r\.?n\.?|as (?:needed|required)|(?:when|if) (?:needed|required)"), "as needed"),
    (_word(r"(?:with|w/) (?:each meal|meals?|food)"), "with meals"),
    (_word(r"before (?:each meal|meals?|food)"), "before meals"),
    (_word(r"after (?:each meal|meals?|food)"), "after meals"),
)  # fmt: skip
