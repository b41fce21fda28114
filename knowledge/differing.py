"""Where two retrieved guidelines differ on one question: a goal, a threshold, a duration, a time limit, an amount.

Owns the comparison; what may be compared stands in ``differing_terms.yaml``. Pure: passages in, differences out. Refuses to
say which guideline is right. It errs towards silence: lines about other circumstances (age, severity, shock, pregnancy, a
second disease) are never set against one another, and neither are guidelines without a topic or an edition in common.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge.filters import year_of
from knowledge.query import understand
from knowledge.types import Difference, Guideline, Passage

SAME = 0.03
"""Limits that lie closer than this share of their size are one limit: 129 and 130 mmHg."""
_CLAUSE = re.compile(r"[;；]|(?<=[。.])\s+(?=[A-Z\u4e00-\u9fff])")
_LINE = re.compile(r"^[ \t]*(?:[-*•]\s+)?(?P<line>\S.*)$", re.MULTILINE)
_VALUE = (
    r"(?P<before>below|under|less than|fewer than|at most|up to|within|above|at least|over|more than|<|≤|>|≥|不超过|小于|低于|高于|至少)?\s*"
    r"(?P<low>\d+(?:\.\d+)?)(?:\s*(?:–|—|-|~|～|to|至|or|或)\s*(?P<high>\d+(?:\.\d+)?))?"
    r"(?P<second>/\d+(?:\s*(?:–|-|~|～)\s*\d+)?)?\s*"
    r"(?P<unit>mmHg|%|％|mmol/L|mg/dL|mg/kg|g/kg|mL/kg|ml/kg|g/dL|g/L|(?:beats )?/min(?:ute)?|beats per minute|次/分|bpm|days?|天|日(?!常)|weeks?|周|months?|个月|years?|年|hours?|小时|h\b|g(?![A-Za-z/]))"
    r"\s*(?P<after>or more|or less|or longer|及以上|以上|以内|之内|内|minimum)?"
)
_NUMBER = re.compile(_VALUE, re.IGNORECASE)
_BELOW = {
    "below",
    "under",
    "less than",
    "fewer than",
    "at most",
    "up to",
    "within",
    "<",
    "≤",
    "不超过",
    "小于",
    "低于",
}
_ABOVE = {"above", "at least", "over", "more than", ">", "≥", "高于", "至少"}
_UNITS: Mapping[str, tuple[str, float]] = {
    "％": ("%", 1), "ml/kg": ("mL/kg", 1), "g/dl": ("g/L", 10), "天": ("day", 1), "日": ("day", 1), "day": ("day", 1),
    "days": ("day", 1), "week": ("day", 7), "weeks": ("day", 7), "周": ("day", 7), "month": ("month", 1),
    "months": ("month", 1), "个月": ("month", 1), "year": ("month", 12), "years": ("month", 12), "年": ("month", 12),
    "hour": ("hour", 1), "hours": ("hour", 1), "小时": ("hour", 1), "h": ("hour", 1), "/min": ("/min", 1),
    "/minute": ("/min", 1), "beats /min": ("/min", 1), "beats per minute": ("/min", 1), "次/分": ("/min", 1),
    "bpm": ("/min", 1),
}  # fmt: skip


class _Quantity(BaseModel):
    model_config = ConfigDict(extra="forbid")
    key: str
    name: str
    zh: str
    words: str
    also: str = ""
    not_words: str = ""
    unit: str
    role: str
    compare: str


class _Role(BaseModel):
    model_config = ConfigDict(extra="forbid")
    cue: str
    heading: str = ""


class _Terms(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str
    date: object
    quantities: list[_Quantity]
    roles: dict[str, _Role]
    circumstances: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Statement:
    """One number of one line: what it is the goal, limit or duration of, and under which circumstances."""

    quantity: _Quantity
    low: float
    high: float
    written: str
    circumstances: tuple[tuple[str, str], ...]
    at: tuple[int, int]
    """Where its line stands in the guideline's text, list mark left out."""


@functools.cache
def _terms() -> _Terms:
    text = (Path(__file__).parent / "differing_terms.yaml").read_text("utf-8")
    # YAML reads the bare keys yes and no as booleans.
    raw = yaml.load(text, Loader=yaml.BaseLoader)
    return _Terms.model_validate(raw)


def differing(passages: Sequence[Passage], guidelines: Mapping[str, Guideline]) -> tuple[Difference, ...]:
    """The differences between passages of different documents on one topic, newer first in each; one a pair."""
    told: dict[str, list[Statement]] = {}
    found: list[Difference] = []
    for one, other in combinations(passages, 2):
        if one.doc_id == other.doc_id or not _one_subject(one, other, guidelines):
            continue
        for p in (one, other):
            if p.passage_id not in told:
                told[p.passage_id] = list(statements(p))
        of_one, of_other = told[one.passage_id], told[other.passage_id]
        pair = next(((a, b) for a in of_one for b in of_other if differ(a, b)), None)
        if pair is None:
            continue
        a, b = pair
        newer, older = (one, other) if _year(one) >= _year(other) else (other, one)
        new, old = (a, b) if newer is one else (b, a)
        found.append(
            Difference(
                newer.passage_id,
                older.passage_id,
                f"{new.quantity.name}: {new.written} ({_by(newer)}), {old.written} ({_by(older)})",
                f"{new.quantity.zh}：{new.written}（{_by(newer)}），{old.written}（{_by(older)}）",
                new.at,
                old.at,
            )
        )
    return tuple(found)


def statements(passage: Passage) -> Iterator[Statement]:
    """Each number of the passage that the table names, clause by clause."""
    heading = passage.section.split(" > ")[-1].strip().casefold()
    for found in _LINE.finditer(passage.text):
        line = found["line"].rstrip()
        first = passage.start + found.start("line")
        label = re.split("[:：]", line, maxsplit=1)[0]
        lead = label if label != line and len(label) < 60 else ""
        for clause in _CLAUSE.split(line):
            yield from _of_clause(clause, lead, heading, (first, first + len(line)))


def _of_clause(clause: str, lead: str, heading: str, at: tuple[int, int]) -> Iterator[Statement]:
    if not _NUMBER.search(clause):
        return
    whole = clause if clause.startswith(lead) else f"{lead} {clause}"
    for quantity in _terms().quantities:
        role = _terms().roles[quantity.role]
        named = re.search(quantity.words, whole, re.IGNORECASE)
        if (
            not named
            or (quantity.also and not re.search(quantity.also, whole, re.IGNORECASE))
            or (quantity.not_words and re.search(quantity.not_words, whole, re.IGNORECASE))
        ):
            continue
        by_heading = bool(role.heading and re.search(role.heading, heading, re.IGNORECASE))
        if not by_heading and not re.search(role.cue, whole, re.IGNORECASE):
            continue
        if quantity.role == "goal" and not by_heading and re.search(_NOT_A_GOAL, whole, re.IGNORECASE):
            continue
        value = next(
            (
                v
                for m in _NUMBER.finditer(clause)
                if (v := _interval(m, quantity)) and m.end() > named.start() - len(lead)
            ),
            None,
        )
        if value:
            yield Statement(quantity, *value, _circumstances(whole), at)


_NOT_A_GOAL = r"\bmeans\b|defined|diagnos|hypertension is|or more, start|启动|起始|高于目标|诊断|指|定义|≥\d+/\d+ ?mmHg的|暂停|avoid"


def _interval(match: re.Match[str], quantity: _Quantity) -> tuple[float, float, str] | None:
    unit = match["unit"].casefold()
    name, factor = _UNITS.get(unit, (match["unit"], 1.0))
    if name.casefold() != quantity.unit.casefold():
        return None
    low = float(match["low"]) * factor
    high = float(match["high"]) * factor if match["high"] else low
    before, after = (match["before"] or "").casefold(), (match["after"] or "").casefold()
    if before in _BELOW or after in ("or less", "以内", "之内", "内"):
        low = -math.inf
    elif before in _ABOVE or after in ("or more", "or longer", "及以上", "以上"):
        high = math.inf
    return low, high, match.group().strip()


def _circumstances(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for name, values in _terms().circumstances.items():
        value = next((v for v, pattern in values.items() if re.search(pattern, text, re.IGNORECASE)), None)
        if value:
            found.append((name, value))
    return tuple(found)


def differ(a: Statement, b: Statement) -> bool:
    """Whether two statements give the same quantity other limits under the same circumstances."""
    if a.quantity.key != b.quantity.key:
        return False
    ours, theirs = dict(a.circumstances), dict(b.circumstances)
    for name in ours.keys() | theirs.keys():
        values = {ours.get(name, ""), theirs.get(name, "")}
        if len(values) > 1 and "any" not in values:
            return False
    if a.quantity.compare == "range" or math.inf in (abs(a.high), abs(b.high)):
        return _apart(a.low, b.high) or _apart(b.low, a.high)
    return abs(a.high - b.high) > SAME * max(abs(a.high), abs(b.high))


def _apart(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and low - high > SAME * abs(low)


def _one_subject(one: Passage, other: Passage, guidelines: Mapping[str, Guideline]) -> bool:
    """Editions of one guideline, or guidelines with a topic in common in either language."""
    if other.superseded_by == one.doc_id or one.superseded_by == other.doc_id:
        return True
    a, b = guidelines.get(one.doc_id), guidelines.get(other.doc_id)
    return bool(a and b and _subjects(a) & _subjects(b))


def _subjects(guideline: Guideline) -> frozenset[str]:
    return _folded((guideline.title, *guideline.topics))


@functools.lru_cache(maxsize=1024)
def _folded(topics: tuple[str, ...]) -> frozenset[str]:
    """The topics and their other names; the title counts as it stands."""
    found = {topics[0].casefold()}
    for topic in topics[1:]:
        found.add(topic.casefold())
        for way, others in understand(topic).said:
            if way.casefold() == topic.casefold():
                found |= {other.casefold() for other in others}
    return frozenset(found)


def _year(passage: Passage) -> str:
    return passage.published or str(year_of(passage.edition) or "")


def _by(passage: Passage) -> str:
    year = year_of(passage.published) or year_of(passage.edition)
    publisher = passage.publisher or passage.title
    return f"{publisher}, {year}" if year else publisher
