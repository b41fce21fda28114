"""Figures beside a measurement's name that are no result: targets, limits, criteria to restart or to call.

Owns that one decision. Refuses to know what the target should be.
"""

from __future__ import annotations

import re

from assistant.domain.record import ObservationKind
from assistant.records.observation_names import key_of_test, kind_of

_GOAL = re.compile(
    r"(?i)(?:\b(?:target(?: dry| discharge)?|targets|goal|dry|aim(?:ing)?(?: for)?|keep(?:ing)?|maintain|titrat\w+(?: to)?|accept|allow|baseline|base-line|usual(?:ly)?|normally|bl|b/l|previous(?:ly)?|prior|pre-?morbid|pre-?admission|historical(?:ly)?|trigger|cut-?off|基础|基线|平素|平时|既往|此前|原先|病前)(?: (?:of|is|an?|the|for))?|目标|控制在|维持|保持|<|(?<![-=])>|≥|≤)\s*$"
)
_CRITERION = re.compile(
    r"(?i)\b(?:if|when|until|till|once|unless|criteria|in case|should|provided|only after|as long as|whenever)\b|(?<![A-Za-z])(?:restart|resume|hold|call|ring|seek)\b|若|如果|如(?!下|前|常)|一旦|直至|直到|待|时恢复|恢复条件|后恢复|方可|再(?:用|启用|恢复)"
)
_COMPARED = re.compile(
    r"(?i)^\s?(?:[<>≤≥]|小于|大于|低于|高于|不超过|不低于|below|above|under|over|less than|greater than|more than|at least|at most)"
)
_NEVER_BEYOND = frozenset(
    map(
        key_of_test,
        [
            *"creatinine potassium sodium chloride haemoglobin calcium magnesium phosphate bicarbonate haematocrit pH albumin weight".split(),
            "corrected Ca",
            "adj Ca",
        ],
    )
)
_NEVER_ABOVE = _NEVER_BEYOND | frozenset(
    map(key_of_test, ("platelets", "neutrophils", "white cells", "urea"))
)
_NEVER_BELOW = _NEVER_BEYOND | frozenset(map(key_of_test, ("HbA1c", "LDL", "INR")))
"""No report of these says ``<`` or ``>``: analysers give the figure, so the sign belongs to a rule."""


def _is_rule_by_sign(name: str, value: str) -> bool:
    never = _NEVER_ABOVE if value[:1] in tuple(">≥") else _NEVER_BELOW if value[:1] in tuple("<≤") else ()
    return key_of_test(name) in never


_RESTARTS_BEHIND = re.compile(
    r"^[^。;；\n]{0,40}?(?:时|后|再)[^。;；，,\n]{0,10}(?:恢复|重启|加用|使用|用|停|就诊)|^[^。;；\n]{0,30}(?:恢复|重启)"
)


_LIST_OF_GOALS = re.compile(
    r"(?i)^[\s\d.)）、*•·\-–①-⑳]*(?:(?:(?:discharge|treatment|patient|BP|blood pressure|weight) )?(?:targets?|goals?)\b|(?:控制|治疗|管理|各项|出院后)?(?:目标|指标))(?!\s?(?:met|reached|achieved|达标|已达))"
)
"""A line of the orders that opens so names aims to its end, past every full stop."""
_ABOUT = re.compile(
    r"(?i)^\s?[A-Za-z/%]{0,8}\s?(?:左右|上下|为宜|即可|以[上下内]|or (?:so|less|more|above|below|lower|higher))"
)
_ABOUT_BEFORE = re.compile(r"(?i)(?:\b(?:about|around|between|below|above|under|within)|[约在])\s*$")
_MEASURED = re.compile(
    r"(?i)\b(?:was|were|ran|has been|have been|today|yesterday|on (?:discharge|admission)|latest|last|current\w*|now)\b|今[日晨天]|昨|目前|现|出院时|出院前|入院|住院|期间|末次|最近|波动|监测示|复查示|结果"
)
_TWO_FIGURES = re.compile(r"\d\s?[-–~～]\s?\d")


def is_ordered(text: str, line: str, match: re.Match[str], value: re.Match[str]) -> bool:
    """Whether a figure of the discharge orders is what to keep to: ``目标：…。Hb 100-115``, ``血压130/80左右``, ``Borg≤12``.

    ``line`` is the line up to the sentence ``text``. Orders tell of a result only in words of the past or with its day.
    """
    if _LIST_OF_GOALS.match(line + text):
        return True
    left = max((m.end() for m in re.finditer(r"[。;；]|\.\s", text[: match.start()])), default=0)
    if _MEASURED.search(text, left, value.start()):
        return False
    gap, after = text[match.end() : value.start()], text[value.end() :]
    return bool(
        _TWO_FIGURES.search(value["value"])
        or _ABOUT.match(after)
        or _ABOUT_BEFORE.search(gap)
        or _COMPARED.match(text[match.end() :])
        or value["value"].strip()[:1] in tuple("<>≤≥")
    )


_TIMES_NORMAL = re.compile(r"(?i)\s?[x×]\s?(?:the )?(?:ULN|upper limit|normal)|\s?倍(?:正常)?上限")
"""``ALT < 3x ULN``."""


_HOW_OFTEN = re.compile(
    r"(?i)^(?:\s?[-–]?\s?(?:hourly|daily|weekly|monthly|yearly)\b|(?:\s?[-–]\s?\d+)?\s?(?:/52|/12|/7)(?!\d)|(?:\s?[-–]\s?\d+)?\s(?:weeks?|wks?|months?)\b(?! (?:ago|old|later|post)))"
)
"""``AFP 6-monthly``, ``HbA1c 3/12``: when to take it, no figure of it."""
_AIMED_AT = re.compile(r"(?i)^\W*(?:\w+ ){0,2}(?:aims?|goals?|targets?)(?: of \w+)?\s*[:：]")
_BY_THEN = re.compile(
    r"(?i)^[^,;.\d]{0,14}\bby (?:\d+ ?(?:weeks?|wks?|months?|/52|/12)|(?:two|three|four|six|eight|twelve) (?:weeks|months))"
)
"""``flexion 90 by 2 wks``: what is to be reached."""


def is_threshold(text: str, match: re.Match[str], value: re.Match[str]) -> bool:
    """A target, a limit or a criterion is no result: ``target 88-92%``, ``if K <5.0``, ``复查肌酐<80时恢复``."""
    left = max((m.end() for m in re.finditer(r"[。;；]|\.\s", text[: match.start()])), default=0)
    before, gap = text[left : match.start()], text[match.end() : value.start()]
    after = text[value.end() :]
    often = _HOW_OFTEN.match(after) and re.fullmatch(r"\d{1,2}", value["value"].strip())
    if often or _BY_THEN.match(after) or _AIMED_AT.match(text[left : match.start()]):
        return True
    if (
        _GOAL.search(before.rstrip())
        or _GOAL.search(gap.strip() or "-")
        or re.search(r"(?i)\b(?:target|goal)s?\b|目标", gap)
    ):
        return True
    if re.match(r"(?i)\s*(?:target|goal|aim)\b|\s*目标", text[match.end() :]):
        return True
    compared = bool(_COMPARED.match(text[match.end() :])) or value["value"].strip()[:1] in tuple("<>≤≥")
    if compared and kind_of(match.group()) is ObservationKind.VITAL:
        return True
    if _is_rule_by_sign(match.group(), value["value"].strip()) or _TIMES_NORMAL.match(after):
        return True
    if not compared:
        tail = re.search(
            r"(?i)\b(?:if|when|until|once|unless)\b[^,;，；]*$|(?:若|如果|一旦|直至)[^,;，；]*$", before
        )
        return bool(tail)
    if _CRITERION.search(before) or _RESTARTS_BEHIND.match(after):
        return True
    return bool(re.match(r"^[\s%a-zA-Z/μ]{0,10}(?:且|并|and\b|or\b|或)", after)) and bool(
        _CRITERION.search(text) or _RESTARTS_BEHIND.match(after)
    )
