"""Figures of a sentence against those of its sources: value and unit, what they belong to, limits, ranges, rise and fall.

A figure is borne out by one of the same value that stands behind (or, where nothing stands before it, in front of) the same
thing: 40 mg of one drug does not bear out 40 mg of another, nor the value of one test that of the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.verification.belonging import WAS, belongs, is_old, owner_of, qualified, same, states_old
from assistant.verification.reading import Mark, Reading

_LIMITS = tuple(
    (name, re.compile(rf"(?:{body})\s*(?:of\s+|by\s+|为|:)?$", re.IGNORECASE))
    for name, body in (
        ("at most", r"≤|<=|\bat most|\bmax(?:imum)?|\bup to|\b(?:no|not) (?:more|higher|greater) than|不超过|不高于|最多|至多"),
        ("at least", r"≥|>=|\bat least|\bmin(?:imum)?|\b(?:no|not) (?:less|lower|fewer) than|至少|不少于|不低于"),
        ("above", r"(?<![-=])>|\babove|\bover|\b(?:more|greater|higher) than|\bexceed(?:s|ed|ing)?|高于|超过|大于"),
        ("below", r"<|\bbelow|\bunder|\b(?:less|lower|fewer) than|低于|小于|不足"),
    )
)  # fmt: skip
_LIMIT_BEHIND = ((re.compile(r"^\s*(?:以上|or (?:more|above|over|higher))"), "at least"), (re.compile(r"^\s*(?:以下|or (?:less|below|lower))"), "at most"))  # fmt: skip
_REFERENCE = re.compile(
    r"(?<=[\w%)])\s*[(\[（]\s*(?:ref\w*\.?|normal|nr|参考\S*|正常\S*)?[:：\s]*[<>≤≥]?\s*\d+(?:\.\d+)?\s*[-–~]\s*\d+(?:\.\d+)?[^()\[\]]{0,12}[)\]）]"
    r"|[(\[（]\s*(?:ref\w*\.?|normal|nr|参考\S*|正常\S*)[^()\[\]）]{0,40}[)\]）]",
    re.IGNORECASE,
)
_ASKS_REFERENCE = re.compile(r"\breference|\bnormal range|\brange\b|参考", re.IGNORECASE)
_FROM_TO = re.compile(r"\s*(?:->|→|=>|to|down to|up to|[减增降升加]?至|[减增降升]为|到)\s*")
_RATIO = re.compile(r"/|\s+over\s+")
_RATIO_THERE = re.compile(r"\s*(?:/|\bover\b|\bof\b|\bout of\b|[^\w,;.，。；]{1,3})\s*")
_RANGE = re.compile(r"\s*(?:[-–~至]|to)\s*")
UP = re.compile(
    r"\b(?:rose|risen|rising|rise|increas\w*|went up|climbed|up from|raised)\b|升|增(?!强|生|殖|大|厚)|加[至量]",
    re.IGNORECASE,
)
DOWN = re.compile(r"\b(?:fell|fallen|falling|fall to|decreas\w*|reduc\w*|dropp?\w*|came down|went down|down from|declin\w*|lower(?:ed|ing))\b|降|减(?!压)|下滑", re.IGNORECASE)  # fmt: skip


def check_figures(said: Reading, sources: Sequence[Reading]) -> str:
    for check in (_values, _clocks, _ranges, _changes):
        problem = check(said, sources)
        if problem:
            return problem
    return ""


def _values(said: Reading, sources: Sequence[Reading]) -> str:
    for mark in said.of("number"):
        alike = [(r, n) for r in sources for n in r.of("number") if same(mark, n)]
        if not alike:
            return f"“{mark.word}” is not in the evidence"
        if not _ASKS_REFERENCE.search(said.text) and not _is_reference(said, mark):
            alike = [(r, n) for r, n in alike if not _is_reference(r, n)]
        stated = limit(said, mark)
        alike = [(r, n) for r, n in alike if limit(r, n) == stated]
        if not alike:
            return f"the evidence sets another limit than “{mark.word}”"
        owner = owner_of(said, mark)
        if not any(belongs(said, mark, r, n) for r, n in alike):
            return f"“{mark.word}” does not belong to {owner or 'it'} in the evidence"
        if owner and not states_old(said, mark) and all(is_old(r, n) for r, n in alike):
            return f"“{mark.word}” is the earlier dose of {owner} in the evidence"
        if not any(qualified(said, mark, r, n) for r, n in alike):
            return f"“{mark.word}” is of another time in the evidence"
    return ""


def limit(reading: Reading, number: Mark) -> str:
    """``at least``, ``at most``, ``above``, ``below``, or nothing."""
    before = reading.text[max(0, number.start - 24) : number.start]
    behind = reading.text[number.end : number.end + 10]
    for name, pattern in _LIMITS:
        if pattern.search(before):
            return name
    return next((name for pattern, name in _LIMIT_BEHIND if pattern.search(behind)), "")


def _is_reference(reading: Reading, number: Mark) -> bool:
    return any(m.start() <= number.start < m.end() for m in _REFERENCE.finditer(reading.text))


def _clocks(said: Reading, sources: Sequence[Reading]) -> str:
    for mark in said.of("clock"):
        if not any(mark.key == m.key for r in sources for m in r.of("clock")):
            return f"the time {mark.key} is not in the evidence"
    return ""


def _pairs(reading: Reading, joint: re.Pattern[str]) -> list[tuple[Mark, Mark]]:
    numbers = reading.of("number")
    return [(a, b) for a, b in pairwise(numbers) if joint.fullmatch(reading.text[a.end : b.start])]


def _ranges(said: Reading, sources: Sequence[Reading]) -> str:
    for a, b in _pairs(said, _RATIO):
        if not any(same(a, x) and same(b, y) for r in sources for x, y in _pairs(r, _RATIO_THERE)):
            return f"“{a.word}/{b.word}” is not in the evidence"
    for a, b in _pairs(said, _RANGE):
        if re.search(r"\bfrom\b|由|从", said.text[: a.start][-40:]):
            continue
        if not any(same(a, x) and same(b, y) for r in sources for x, y in _pairs(r, _RANGE)):
            return f"the range “{a.word}–{b.word}” is not in the evidence"
    return ""


def _changes(said: Reading, sources: Sequence[Reading]) -> str:
    for a, b in _pairs(said, _FROM_TO):
        assert a.quantity is not None
        assert b.quantity is not None
        clause = said.text[max(0, a.start - 60) : b.end]
        up, down = bool(UP.search(clause)), bool(DOWN.search(clause))
        rises = b.quantity.value > a.quantity.value
        if a.quantity.unit in (None, b.quantity.unit) and (
            (up and not down and not rises) or (down and not up and rises)
        ):
            return f"“{a.word} → {b.word}” goes the other way"
        if not any(_in_order(r, a, b) for r in sources):
            return f"“{a.word} → {b.word}” is not in the evidence"
    return ""


def _in_order(source: Reading, a: Mark, b: Mark) -> bool:
    for x in (n for n in source.of("number") if same(a, n)):
        for y in (n for n in source.of("number") if same(b, n)):
            turned = WAS.search(source.text[max(0, x.start - 16) : x.start])
            if (x.start < y.start) or (y.start < x.start and turned):
                return True
    return False
