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
    if any(pattern.search(text) for pattern in (*book.protects, *book.harmless)):
        return None
    speaks = language or detect_language(text)
    for category, alternative, patterns in book.categories:
        for pattern in patterns:
            if match := pattern.search(text):
                return Refusal(category, _OPENING[speaks] + alternative[speaks], match.group())
    return None
