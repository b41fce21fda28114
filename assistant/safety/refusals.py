"""Declines requests that would harm someone, in one sentence with a safe way on, and lets alarming but harmless ones pass.

Owns the rows of ``refusals.yaml``. Refuses to judge people: a person in danger is answered by ``triage.py`` first,
and what no guideline covers is not answered anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.safety.red_flags import detect_language

_RULES = Path(__file__).with_name("refusals.yaml")
_OPENING = {
    "en": "I will not help with that: it could harm someone or break a duty of care. ",
    "zh": "这个请求可能伤害他人或违反医疗伦理，我不能帮忙。",
}
# A word that is harmless elsewhere ("kill the lights", "a shot of coffee") excuses nothing a professional owes a patient.
_OF_CARE = frozenset({"forgery_fraud", "discrimination", "privacy", "harmful_practice", "drugs_weapons"})
_PROFESSIONAL = re.compile(
    r"\b(?:patients?|doctors?|physicians?|nurses?|surgeons?|\w+ologists?|\w+iatrists?|\w+iatricians?|pharmac\w+|"
    r"hospitals?|clinic\w*|prescri\w+|medical\w*|medicin\w*|medication\w*|drugs?|insur\w+|surg\w+|treatments?|"
    r"therap\w+|health\w*|diagnos\w+|trials?|vaccin\w+|organs?)\b|患者|病人|医生|护士|医院|处方|诊断|药",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Refusal:
    """``text`` is shown as it is; ``quote`` is what in the request it rests on."""

    category: str
    text: str
    quote: str


@dataclass(frozen=True)
class _Book:
    asks: tuple[re.Pattern[str], ...]
    protects: tuple[re.Pattern[str], ...]
    harmless: tuple[re.Pattern[str], ...]
    categories: tuple[tuple[str, dict[str, str], tuple[re.Pattern[str], ...]], ...]


@lru_cache(maxsize=1)
def _book() -> _Book:
    rows = yaml.safe_load(_RULES.read_text(encoding="utf-8"))

    def compiled(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)

    asks, protects, harmless = (compiled(rows.pop(name)) for name in ("asks", "protects", "harmless"))
    categories = tuple((name, row["alternative"], compiled(row["patterns"])) for name, row in rows.items())
    return _Book(asks, protects, harmless, categories)


def refuse(text: str, *, language: str | None = None) -> Refusal | None:
    """The refusal due to ``text``, or None where it may be answered."""
    book = _book()
    if not any(pattern.search(text) for pattern in book.asks):
        return None
    if any(pattern.search(text) for pattern in book.protects):
        return None
    only_sounds_so = any(pattern.search(text) for pattern in book.harmless)
    speaks = language or detect_language(text)
    for category, alternative, patterns in book.categories:
        if only_sounds_so and (category not in _OF_CARE or not _PROFESSIONAL.search(text)):
            continue
        for pattern in patterns:
            if match := pattern.search(text):
                return Refusal(category, _OPENING[speaks] + alternative[speaks], match.group())
    return None
