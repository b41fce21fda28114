"""The words by which a chart says that the patient came in or left.

Owns the patterns that find them beside a day, and what shows that they tell of another stay or of a plan. Refuses to read
the day (``dates``) and to weigh one source against another (``stay_dates``).
"""

from __future__ import annotations

import re

from assistant.records.date_forms import MONTH

STAY_START = re.compile(
    r"(?i)\b(?:adm(?:it(?:ted)?|ission)?|date of admission|doa|d\.o\.a)\b|入院(?!前|后|诊断|记录|病历)"
)
STAY_END = re.compile(
    r"(?i)\b(?:dis(?:ch)?(?=\.?\s*[:：]?\s*\d)|discharged?|d/c|dc date|dc(?=\s\d)|date of discharge|DOD|d\.o\.d|(?:going|goes|went|gone) home|(?<=, )home(?=\s\d)|TTOs?(?=\s*[:：]?\s*\d)|TTAs?(?=\s*[:：]?\s*\d))\b|出院(?!记录|小结|诊断|带药|医嘱|情况|状况|时(?!间)|后|前)"
)
_DAY = (
    rf"(?:(?:\d{{1,4}}(?:[-/.年月]\d{{1,4}}){{1,2}}日?|\d{{1,2}}(?:st|nd|rd|th)?[ -]{MONTH}(?:[ ,-]+(?:20)?\d\d(?![:\d]))?|{MONTH} \d{{1,2}}(?:, \d{{4}})?)"
    r"(?:[ ,T]+\d{1,2}[:.：]?\d\d\s?(?:hrs?|h|am|pm)?)?)"
)
STAY_PAIR = re.compile(
    rf"(?:(?<![A-Za-z])(?:IN|In|in)\s?[:：|]?\s?(?P<from>(?i:{_DAY}))[\s,;/|–-]{{1,6}}(?:and\s)?(?:OUT|Out|out)\s?[:：|]?\s?(?P<to>(?i:{_DAY}))"
    rf"|(?i:\b(?:with us|in ?patient|in hospital|hospitali[sz]ed|hospital stay|under (?:our|my) care|on (?:our|the) ward|stay|admission)|住院(?:时间|日期|期间)?|(?<![一-鿿])住)"
    rf"\s?[:：|]?\s?(?i:from\s)?(?P<from2>(?i:{_DAY}))\s?(?:(?i:to|until|till)\s|[-–—~～至到])\s?(?P<to2>(?i:{_DAY}))"
    rf"|(?<![一-鿿])入院?\s?[:：]?\s?(?P<from3>{_DAY})[\s，,;；~～至到–-]{{1,4}}出院?\s?[:：]?\s?(?P<to3>{_DAY}))"
)
"""``In 01.12.2025, out 15.12.2025``; ``with us from 6 October to 11 October 2025``; ``住院时间：…至…``, ``住 24.11.18–24.11.29``."""
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
_DAY_BEFORE = re.compile(rf"{_DAY}\Z")
_PLANNED_BEFORE = re.compile(
    r"(?i)(?:\b(?:plan\w*|aim\w*|hop\w*|likely|if|expect\w*|until|when)\b[^.;\n]{0,14}|[拟预计划]+于?)\Z"
)
_ENTRY = rf"(?im)^[ \t*•>\-\[(]*(?P<date>{_DAY})[\s,:：\])–-]*"
_ARRIVAL = r"(?:(?:medical|surgical|ED|A&E|(?-i:[A-Z]{2,4})|night|on.?call|initial)\s)?(?:clerking|clerked|clerk[- ]in|admission|admitted|admit note|H&P|post-?take|PTWR|ED\b|A&E\b|ER\b|triage|入院|急诊|收入)"
ARRIVES = re.compile(
    rf"{_ENTRY}{_ARRIVAL}|^[ \t*#=>\[]*{_ARRIVAL}(?: note)?[\s,:：\]–-]{{1,3}}(?P<date2>{_DAY})"
)
LEAVES = (
    r"(?:(?:WR|ward round|reviewed|PM|AM|seen)\W{1,3})?(?:for |fit for |going |gone |went |sent )?"
    r"(?:home|discharged?|d/c'?d?|dc'?d?|dc home|left (?:the )?ward|(?:goes |went )?back (?:home|to (?:NH|care home|nursing home|residential))|(?:transfer(?:red)?|moved|goes) to [^.;\n]{0,40}?\b(?:rehab(?:ilitation)?|hospice|care home|nursing home|community hospital|intermediate care|SNF))(?!\w)(?!\s*(?:meds|BP|O2|oxygen|visit|plan\w*|delayed|tomorrow|summary|date|pending|cancel\w*|not|if|when|once|by|in))"
    r"|(?:今日|予以?|患者|今|办理|病情平稳|好转)*(?:出院|回家)(?!前|后|计划|带药|医嘱|诊断|日期|时间)"
)
"""How the last entry of a stay opens, after its date: ``10/11 d/c home``, ``10-28 今日出院``."""
_LETTER = r"(?:immediate|final|interim)\s(?:hospital\s)?discharge\s(?:letter|document|summary|prescription)\b"
LEAVES_ON = re.compile(_ENTRY + rf"(?:{LEAVES}|{_LETTER})")
EARLIER_STAY = re.compile(
    r"(?i)\b(?:previous|prior|last|earlier|old|past|another)\s+$|(?:上次|前次|既往|曾)$"
)
"""Before ``admission 14/03/2024``: not the stay that the chart tells of."""


def of_no_stay(text: str, start: int) -> bool:
    """Whether the day at ``start`` is one of an earlier stay, or only planned."""
    before = text[max(0, start - 16) : start]
    return bool(EARLIER_STAY.search(before) or _PLANNED_BEFORE.search(before))


def has_its_day_before(text: str, start: int) -> bool:
    """``2025-12-02入院，2025-12-13出院``: the day of a Chinese word at ``start`` is written right before it."""
    return "一" <= text[start : start + 1] <= "鿿" and bool(
        _DAY_BEFORE.search(text[max(0, start - 24) : start])
    )
