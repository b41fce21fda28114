"""What a figure belongs to: the test, drug, side and occasion that stand with it, in a sentence and in a source.

``segment`` is the rule: a figure belongs to what is named between the figure before it and itself, or, where nothing is, to
what follows; a row of figures (``84.2 -> 79.6``) shares its name.
"""

from __future__ import annotations

import re

from assistant.verification.facts import same_quantity, sides_in
from assistant.verification.reading import Mark, Reading

_DOSE_UNITS = {
    "mg",
    "mcg",
    "g",
    "unit",
    "mL",
    "tablet",
    "capsule",
    "puff",
    "day",
    "week",
    "month",
    "h",
    "mg/h",
    "mL/h",
    "mcg/h",
}
WAS = re.compile(
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


def same(stated: Mark, source: Mark) -> bool:
    assert stated.quantity is not None
    assert source.quantity is not None
    return same_quantity(stated.quantity, source.quantity)


def owner_of(reading: Reading, number: Mark) -> str:
    drug = last_drug(reading, number)
    names = segment(reading, number)[0]
    return drug if drug and (not names or drug in names) else ", ".join(sorted(names)[:2])


def last_drug(reading: Reading, number: Mark) -> str:
    """The drug named last before the figure in its sentence."""
    drugs = [m for m in reading.in_sentence(number.clause, "drug") if m.start < number.start]
    return drugs[-1].key if drugs else ""


_APART = re.compile(r"[,，、(（;；]")


def segment(reading: Reading, number: Mark) -> tuple[set[str], set[str]]:
    """What is named between the figure before and this one; between this one and the next.

    Where the figure opens its clause (``6 mm sigmoid, 9 mm caecum``) only what follows belongs to it.
    """
    around = [
        m
        for m in reading.in_sentence(number.clause, "word", "drug", "number", "often")
        if m.kind != "often" or "meals" in m.key
    ]
    before: set[str] = set()
    near = False
    for mark in reversed([m for m in around if m.end <= number.start]):
        between = reading.text[mark.end : number.start]
        if re.search(r"[)）]", between) and between.count("(") + between.count("（") == 0:
            continue
        if mark.kind == "number":
            break
        near = near or mark.clause == number.clause or not _APART.search(between)
        before.add(mark.key)
    behind: set[str] = set()
    for mark in (m for m in around if m.start >= number.end):
        if mark.kind == "number" or mark.clause != number.clause:
            break
        behind.add(mark.key)
    return (before if near or not behind else set()), behind


def _inherited(reading: Reading, number: Mark) -> set[str]:
    """What the nearest figure before it belongs to, where nothing stands between: ``84.2 -> 79.6``."""
    for mark in reversed([m for m in reading.in_sentence(number.clause, "number") if m.end <= number.start]):
        names, _ = segment(reading, mark)
        if names:
            return names
    return set()


def belongs(said: Reading, stated: Mark, source: Reading, number: Mark) -> bool:
    before, behind = segment(said, stated)
    there, there_behind = segment(source, number)
    in_clause = {m.key for m in said.in_clause(stated.clause) if m.names and m.start < stated.start}
    told = (before & in_clause) - _TOLD_BY_UNIT.get((stated.quantity and stated.quantity.unit) or "", set())
    if (
        not _same_side(said, stated, source, number)
        or not told <= source.held
        or not _of_one_sentence(told, source, number)
    ):
        return False
    if there_behind and _in_brackets(source, number) and not there_behind & said.names:
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


def _in_brackets(source: Reading, number: Mark) -> bool:
    before = source.text[: number.start]
    return max(before.rfind("("), before.rfind("（")) > max(before.rfind(")"), before.rfind("）"))


_TOLD_BY_UNIT = {"C": {"temperatur"}, "mmHg": {"blood", "pressur"}}


def _same_side(said: Reading, stated: Mark, source: Reading, number: Mark) -> bool:
    sentence = source.clauses[number.clause].sentence
    there = {side for side, n in source.sides() if source.clauses[n].sentence == sentence}
    return sides_in(said.clause_text(stated.clause)) <= there | (
        {"both"} if {"left", "right"} <= there else set()
    )


def _of_one_sentence(told: set[str], source: Reading, number: Mark) -> bool:
    """Most of what the sentence says of the figure stands in the figure's own sentence."""
    here = {m.key for m in source.in_sentence(number.clause) if m.names or m.kind == "echo"}
    return not told or len(told - here) < max(1, len(told & here))


def is_old(source: Reading, number: Mark) -> bool:
    """A dose that the source itself calls the earlier one; results have no old and new, only times."""
    if number.quantity is None or number.quantity.unit not in _DOSE_UNITS or not last_drug(source, number):
        return False
    return bool(
        WAS.search(source.text[max(0, number.start - 16) : number.start])
        or _BECAME.search(source.text[number.end : number.end + 12])
    )


def states_old(said: Reading, stated: Mark) -> bool:
    sentence = said.clauses[stated.clause].sentence
    clauses = [c for c in said.clauses if c.sentence == sentence]
    return bool(_STATES_OLD.search(said.text[clauses[0].start : clauses[-1].end]))


def qualified(said: Reading, stated: Mark, source: Reading, number: Mark) -> bool:
    """``at discharge``, ``baseline``: the same occasion, where either text ties one to the figure."""
    clause = said.clause_text(stated.clause)
    there = source.clause_text(number.clause)
    before = source.text[max(0, number.start - 20) : number.start]
    alone = len(said.in_clause(stated.clause, "number")) == 1
    for name, pattern in _QUALIFIERS.items():
        if alone and pattern.search(clause) and not pattern.search(there):
            return False
        if (
            name not in ("after", "before")
            and re.search(rf"(?:{pattern.pattern})\W*$", before, re.IGNORECASE)
            and not pattern.search(said.text)
        ):
            return False
    return True
