"""How old the patient of a question is, and whether a guideline's population takes that age in.

Owns reading ages and words for ages in both languages. Refuses to rank, and to guess: a question without an age or a plain
word for one, or a guideline without a population, fits everything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from knowledge.types import Guideline

_AGE = re.compile(
    r"(?<![\d.,/-])(?P<en>\d{1,3})\s*-?\s*(?P<unit>days?|weeks?|months?|mths?|years?|yrs?)[\s-]+olds?\b"
    r"|(?<![\d.,/-])(?P<short>\d{1,3})(?:\s?y/?o|[MF])\b(?![/\d])"
    r"|\baged (?P<aged>\d{1,3})(?! ?(?:weeks|days|months))"
    r"|(?P<zh>\d{1,3})\s*个?\s*(?P<zh_unit>岁|月大|月龄|天大|周大)"
)
_YEARS = {
    "d": 1 / 365,
    "w": 7 / 365,
    "m": 1 / 12,
    "y": 1.0,
    "岁": 1.0,
    "月": 1 / 12,
    "天": 1 / 365,
    "周": 7 / 365,
}
_WORDS = (
    (0.5, r"(?<!for a )(?<!having a )(?<!after the )(?<!another )\b(?:infants?|newborns?|neonates?|baby|babies)\b|宝宝|婴儿|新生儿"),
    (2.0, r"\btoddlers?\b|幼儿"),
    (8.0, r"\b(?:child|children|paediatric|pediatric|schoolboy|schoolgirl|(?:six|seven|eight|nine|ten)-year-old)\b(?!-?bearing)|孩子|小儿|儿童|患儿|小孩"),
)  # fmt: skip
_LEAST = re.compile(r"(\d+) years or more|(\d+)岁及以上")
_BELOW = re.compile(r"under (\d+) (days|years)")
_GROWN = re.compile(r"adult|people|women|\bmen\b|成人|成年|老年|患者|孕", re.IGNORECASE)
_YOUNG = re.compile(r"child|infant|bab(?:y|ies)|newborn|儿童|小儿|婴|新生儿", re.IGNORECASE)
_GROWN_UP = 16


def age_in(question: str) -> float | None:
    """Age in years; None where the question gives none, or more than one."""
    ages = {_years(match) for match in _AGE.finditer(question)}
    if not ages:
        ages = {age for age, words in _WORDS if re.search(words, question, re.IGNORECASE)}
    return next(iter(ages)) if len(ages) == 1 else None


def ages_of(population: str) -> tuple[float, float]:
    """Least and greatest age that a population takes in; 0 and infinity where it does not say.

    What stands after a semicolon only adds to it: ``adults; children by specialist advice`` is for adults.
    """
    population = population.split(";")[0]
    young, grown = bool(_YOUNG.search(population)), bool(_GROWN.search(population))
    least = min((float(a or b) for a, b in _LEAST.findall(population)), default=None)
    low = 0.0 if young or not grown else _GROWN_UP
    if least is not None and (grown or young):
        low = least if not (young and grown) else 0.0
    if young and not grown:
        below = [int(n) * _YEARS[unit[0]] for n, unit in _BELOW.findall(population)]
        return low, max(below, default=18.0)
    return low, math.inf


def left_out(age: float | None, guidelines: Iterable[Guideline]) -> frozenset[str]:
    """doc_ids of guidelines whose population does not take in this age."""
    if age is None:
        return frozenset()
    return frozenset(g.doc_id for g in guidelines if not takes_in(g.population, age))


def takes_in(population: str, age: float | None) -> bool:
    """True where a guideline for this population is for a patient of this age; of no known age: not for children alone."""
    if not population:
        return True
    least, greatest = ages_of(population)
    if age is None:
        return math.isinf(greatest)
    return min(least, _GROWN_UP) <= age <= greatest


def _years(match: re.Match[str]) -> float:
    number = next(int(v) for v in (match["en"], match["short"], match["aged"], match["zh"]) if v)
    return round(number * _YEARS[(match["unit"] or match["zh_unit"] or "y")[0]], 3)
