"""Figures of a sentence against those of its sources: value and unit, what they belong to, limits, ranges, rise and fall.

A figure is borne out by one of the same value that stands behind (or, where nothing stands before it, in front of) the same
thing: 40 mg of one drug does not bear out 40 mg of another, nor the value of one test that of the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.verification.facts import same_quantity
from assistant.verification.reading import Mark, Reading

_DOSE_UNITS = {"mg", "mcg", "g", "unit", "mL", "tablet", "capsule", "puff", "day", "week", "month", "h", "mg/h", "mL/h", "mcg/h"}
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
_WAS = re.compile(
    r"(?:\b(?:was|were|prev(?:iously)?|from|formerly|earlier|baseline|instead of|admission|adm|usual(?:ly)?)|入院时?|原(?:为)?|由|从|此前|基线)\W*$",
    re.I,
)
_BECAME = re.compile(
    r"^[^\w]*(?:->|→|=>)|^\s*(?:(?:down |up )?to\b|改为|增至|减至|加至|降至|升至)", re.IGNORECASE
)
_STATES_OLD = re.compile(
    r"\b(?:from|previously|formerly|earlier|before|baseline|had been|was on|home dose|until)\b|由|从|原|入院前|此前|之前|基线|->|→",
    re.IGNORECASE,
)
_QUALIFIERS = {
    "baseline": re.compile(r"\bbaseline\b|基线", re.I),
    "discharge": re.compile(r"\b(?:at|on|by|before|for) discharge\b|出院时", re.I),
    "admission": re.compile(r"\b(?:at|on) admission\b|入院时?(?!后)", re.I),
    "repeat": re.compile(r"\b(?:repeat(?:ed)?|recheck(?:ed)?|rpt)\b|复查", re.I),
    "after": re.compile(r"后(?!壁|续|背|叶|腹)|\bafter\b|\bpost-?\b", re.I),
    "before": re.compile(r"(?<![以周天月年日])前(?!列|壁|降|臂|叶|房|置)|\bbefore\b|\bpre-?\b", re.I),
    "peak": re.compile(r"\bpeak(?:ed)?\b|峰值", re.I),
    "target": re.compile(r"\b(?:target|goal)\b|目标", re.I),
}
_FROM_TO = re.compile(r"\s*(?:->|→|=>|to|down to|up to|[减增降升加]?至|[减增降升]为|到)\s*")
_RATIO = re.compile(r"/|\s+over\s+")
_RATIO_THERE = re.compile(r"\s*(?:/|\bover\b|\bof\b|\bout of\b|[^\w,;.，。；]{1,3})\s*")
_RANGE = re.compile(r"\s*(?:[-–~至]|to)\s*")
UP = re.compile(r"\b(?:rose|risen|rising|rise|increas\w*|went up|climbed|up from|raised)\b|升|增(?!强|生|殖|大|厚)|加[至量]", re.IGNORECASE)
DOWN = re.compile(r"\b(?:fell|fallen|falling|fall to|decreas\w*|reduc\w*|dropp?\w*|came down|went down|down from|declin\w*|lower(?:ed|ing))\b|降|减(?!压)|下滑", re.IGNORECASE)  # fmt: skip
_ARROW_UP_DOWN = re.compile(r"\s*(?:->|→|=>|to)\s*")


def check_figures(said: Reading, sources: Sequence[Reading]) -> str:
    for check in (_values, _clocks, _ranges, _changes):
        problem = check(said, sources)
        if problem:
            return problem
    return ""


def _values(said: Reading, sources: Sequence[Reading]) -> str:
    for mark in said.of("number"):
        same = [(r, n) for r in sources for n in r.of("number") if _same(mark, n)]
        if not same:
            return f"“{mark.word}” is not in the evidence"
        if not _ASKS_REFERENCE.search(said.text):
            same = [(r, n) for r, n in same if not _is_reference(r, n)]
        stated = limit(said, mark)
        same = [(r, n) for r, n in same if limit(r, n) == stated]
        if not same:
            return f"the evidence sets another limit than “{mark.word}”"
        owner = _owner(said, mark)
        if not any(_belongs(said, mark, r, n) for r, n in same):
            return f"“{mark.word}” does not belong to {owner or 'it'} in the evidence"
        if owner and not _states_old(said, mark) and all(is_old(r, n) for r, n in same):
            return f"“{mark.word}” is the earlier dose of {owner} in the evidence"
        if not any(_qualified(said, mark, r, n) for r, n in same):
            return f"“{mark.word}” is of another time in the evidence"
    return ""


def _same(stated: Mark, source: Mark) -> bool:
    assert stated.quantity is not None
    assert source.quantity is not None
    return same_quantity(stated.quantity, source.quantity)


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


def _owner(reading: Reading, number: Mark) -> str:
    drug = last_drug(reading, number)
    names = segment(reading, number)[0]
    return drug if drug and (not names or drug in names) else ", ".join(sorted(names)[:2])


def last_drug(reading: Reading, number: Mark) -> str:
    """The drug named last before the figure in its sentence."""
    drugs = [m for m in reading.in_sentence(number.clause, "drug") if m.start < number.start]
    return drugs[-1].key if drugs else ""


def segment(reading: Reading, number: Mark) -> tuple[set[str], set[str]]:
    """What is named between the figure before and this one; between this one and the next."""
    around = reading.in_sentence(number.clause, "word", "drug", "number")
    before: set[str] = set()
    for mark in reversed([m for m in around if m.end <= number.start]):
        if mark.kind == "number" and not _inside(mark, number):
            break
        if mark.names:
            before.add(mark.key)
    behind: set[str] = set()
    for mark in (m for m in around if m.start >= number.end):
        if mark.kind == "number" or mark.clause != number.clause:
            break
        behind.add(mark.key)
    return before, behind


def _inside(a: Mark, b: Mark) -> bool:
    return a.start < b.end and b.start < a.end


def _inherited(reading: Reading, number: Mark) -> set[str]:
    """What the nearest figure before it belongs to, where nothing stands between: ``84.2 -> 79.6``."""
    for mark in reversed([m for m in reading.in_sentence(number.clause, "number") if m.end <= number.start]):
        names, _ = segment(reading, mark)
        if names:
            return names
    return set()


def _belongs(said: Reading, stated: Mark, source: Reading, number: Mark) -> bool:
    before, behind = segment(said, stated)
    there, there_behind = segment(source, number)
    in_clause = {m.key for m in said.in_clause(stated.clause) if m.names and m.start < stated.start}
    told = before & in_clause
    if not told <= source.held or not _of_one_sentence(told, source, number):
        return False
    head = before or _inherited(said, stated)
    if not head and not behind:
        return True
    heads = there or _inherited(source, number)
    drug = last_drug(said, stated)
    dosed = stated.quantity is not None and stated.quantity.unit in _DOSE_UNITS
    if dosed and drug:
        return drug == last_drug(source, number) or (not there and drug in there_behind)
    if head & heads or (not there and head & there_behind):
        return True
    return not before and bool(behind & (there | there_behind | heads))


def _of_one_sentence(told: set[str], source: Reading, number: Mark) -> bool:
    """Most of what the sentence says of the figure stands in the figure's own sentence."""
    here = {m.key for m in source.in_sentence(number.clause) if m.names or m.kind == "echo"}
    return not told or len(told - here) < max(1, len(told & here))


def is_old(source: Reading, number: Mark) -> bool:
    """A dose that the source itself calls the earlier one; results have no old and new, only times."""
    if number.quantity is None or number.quantity.unit not in _DOSE_UNITS or not last_drug(source, number):
        return False
    return bool(
        _WAS.search(source.text[max(0, number.start - 16) : number.start])
        or _BECAME.search(source.text[number.end : number.end + 12])
    )


def _states_old(said: Reading, stated: Mark) -> bool:
    sentence = said.clauses[stated.clause].sentence
    clauses = [c for c in said.clauses if c.sentence == sentence]
    return bool(_STATES_OLD.search(said.text[clauses[0].start : clauses[-1].end]))


def _qualified(said: Reading, stated: Mark, source: Reading, number: Mark) -> bool:
    """``at discharge``, ``baseline``: the same occasion, where either text ties one to the figure."""
    clause = said.clause_text(stated.clause)
    there = source.clause_text(number.clause)
    before = source.text[max(0, number.start - 20) : number.start]
    alone = len(said.in_clause(stated.clause, "number")) == 1
    for name, pattern in _QUALIFIERS.items():
        if alone and pattern.search(clause) and not pattern.search(there):
            return False
        if name not in ("after", "before") and re.search(rf"(?:{pattern.pattern})\W*$", before, re.IGNORECASE) and not pattern.search(said.text):
            return False
    return True


def _clocks(said: Reading, sources: Sequence[Reading]) -> str:
    for mark in said.of("clock"):
        if not any(mark.key == m.key for r in sources for m in r.of("clock")):
            return f"the time {mark.key} is not in the evidence"
    return ""


def _pairs(reading: Reading, joint: re.Pattern[str]) -> list[tuple[Mark, Mark]]:
    numbers = reading.of("number")
    return [
        (a, b)
        for a, b in zip(numbers, numbers[1:], strict=False)
        if joint.fullmatch(reading.text[a.end : b.start])
    ]


def _ranges(said: Reading, sources: Sequence[Reading]) -> str:
    for a, b in _pairs(said, _RATIO):
        if not any(_same(a, x) and _same(b, y) for r in sources for x, y in _pairs(r, _RATIO_THERE)):
            return f"“{a.word}/{b.word}” is not in the evidence"
    for a, b in _pairs(said, _RANGE):
        if re.search(r"\bfrom\b|由|从", said.text[: a.start][-40:]):
            continue
        if not any(_same(a, x) and _same(b, y) for r in sources for x, y in _pairs(r, _RANGE)):
            return f"the range “{a.word}–{b.word}” is not in the evidence"
    return ""


def _changes(said: Reading, sources: Sequence[Reading]) -> str:
    for a, b in _pairs(said, _FROM_TO):
        assert a.quantity is not None
        assert b.quantity is not None
        clause = said.text[max(0, a.start - 60) : b.end]
        up, down = bool(UP.search(clause)), bool(DOWN.search(clause))
        rises = b.quantity.value > a.quantity.value
        if a.quantity.unit in (None, b.quantity.unit) and ((up and not down and not rises) or (down and not up and rises)):
            return f"“{a.word} → {b.word}” goes the other way"
        if not any(_in_order(r, a, b) for r in sources):
            return f"“{a.word} → {b.word}” is not in the evidence"
    return ""


def _in_order(source: Reading, a: Mark, b: Mark) -> bool:
    for x in (n for n in source.of("number") if _same(a, n)):
        for y in (n for n in source.of("number") if _same(b, n)):
            turned = _WAS.search(source.text[max(0, x.start - 16) : x.start])
            if (x.start < y.start) or (y.start < x.start and turned):
                return True
    return False
