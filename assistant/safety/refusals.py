"""Declines requests that would harm someone, in one sentence with a safe way on, and lets alarming but harmless ones pass.

Owns the rows of ``refusals.yaml`` (words) and ``refusal_intents.yaml`` (ideas that stand together). Refuses to judge people: a person in danger is answered by ``triage.py`` first,
and what no guideline covers is not answered anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.safety.red_flags import detect_language
from assistant.safety.request_judgement import Embed, asks_for_harm

_RULES = Path(__file__).with_name("refusals.yaml")
_FICTION = "fiction"
_IN_EARNEST = "in_earnest"
_INTENTS = Path(__file__).with_name("refusal_intents.yaml")
GENERAL = "general"
"""The category of what no rule has named and the second judgement refuses."""
_OPENING = {
    "en": "I will not help with that: it could harm someone or break a duty of care. ",
    "zh": "这个请求可能伤害他人或违反医疗伦理，我不能帮忙。",
}
# A word that is harmless elsewhere ("kill the lights", "a shot of coffee") excuses nothing a professional owes a patient.
_OF_CARE = frozenset({"forgery_fraud", "discrimination", "privacy", "harmful_practice", "drugs_weapons"})
_QUESTION = re.compile(r"[?？]|^\W*(?:steps|ways|what|which|how)\b|什么|哪种|多少", re.IGNORECASE)
_WISH = re.compile(
    r"\b(?:please|kindly|i'd|we'd|i'll need|(?:i|we|he|she|they|\w+) (?:would|wants?|needs?|need to|has to|have to)|help|show|draft|write|outline|summari[sz]e|re-?word|rewrite|generate|"
    r"create|give|walk me|coach|mock up|match|build|produce|word a|make (?:it|this|me)|whats|what's)\b|^\W*(?:need|want|wanna|looking for)\b|帮|想给|想让|麻烦|有没有|替我|给我",
    re.IGNORECASE,
)
"""A wish anywhere in the message: ``As home manager I'd like ...``. Only whole intents are looked for then."""
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
class _Intent:
    """Every idea of ``needs`` stands in the request (any of its alternatives), and none of ``spared``."""

    category: str
    needs: tuple[tuple[re.Pattern[str], ...], ...]
    spared: tuple[re.Pattern[str], ...]
    told: re.Pattern[str]
    earnest: re.Pattern[str]
    """A tale (``told``) spares, unless it wants what would work in earnest."""

    def quote(self, text: str) -> str:
        """The words of the first idea, or an empty string where the intent is not there."""
        found = [next((m for idea in ideas if (m := idea.search(text))), None) for ideas in self.needs]
        if not all(found) or any(idea.search(text) for idea in self.spared):
            return ""
        if self.told.search(text) and not self.earnest.search(text):
            return ""
        return found[0].group() if found[0] else ""


@dataclass(frozen=True)
class _Book:
    asks: tuple[re.Pattern[str], ...]
    protects: tuple[re.Pattern[str], ...]
    harmless: tuple[re.Pattern[str], ...]
    categories: tuple[tuple[str, dict[str, str], tuple[re.Pattern[str], ...]], ...]
    intents: tuple[_Intent, ...]


@lru_cache(maxsize=1)
def _book() -> _Book:
    rows = yaml.safe_load(_RULES.read_text(encoding="utf-8"))

    def compiled(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)

    asks, protects, harmless = (compiled(rows.pop(name)) for name in ("asks", "protects", "harmless"))
    categories = tuple((name, row["alternative"], compiled(row["patterns"])) for name, row in rows.items())
    return _Book(asks, protects, harmless, categories, _intents({name for name, *_ in categories}))


def _intents(categories: set[str]) -> tuple[_Intent, ...]:
    """The rows of ``refusal_intents.yaml``; raises ValueError naming an idea or category that is not defined."""
    rows = yaml.safe_load(_INTENTS.read_text(encoding="utf-8"))
    ideas = {
        name: re.compile(f"{row['en']}|{row['zh']}", re.IGNORECASE) for name, row in rows["ideas"].items()
    }
    made = []
    for row in rows["intents"]:
        needs = tuple(entry.split("|") for entry in row["all"])
        strangers = {name for entry in (*needs, row["none"]) for name in entry} - ideas.keys()
        if strangers or row["category"] not in categories:
            raise ValueError(
                f"{_INTENTS.name}: {sorted(strangers) or row['category']} is not defined; define it"
            )
        made.append(
            _Intent(
                row["category"],
                tuple(tuple(ideas[name] for name in entry) for entry in needs),
                tuple(ideas[name] for name in row["none"]),
                ideas[_FICTION],
                ideas[_IN_EARNEST],
            )
        )
    return tuple(made)


def refuse(text: str, *, language: str | None = None, embed: Embed | None = None) -> Refusal | None:
    """The refusal due to ``text``, or None where it may be answered.

    ``embed`` gives the vector of an English text for the second judgement; without it the rules judge alone. It is called only
    where no rule refuses and none protects.
    """
    speaks = language or detect_language(text)
    if refusal := _by_rule(text, speaks):
        return refusal
    if (
        embed is None
        or detect_language(text) != "en"
        or _only_sounds_so(text)
        or not asks_for_harm(text, embed)
    ):
        return None
    alternatives = {category: alternative for category, alternative, _ in _book().categories}
    return Refusal(GENERAL, _OPENING[speaks] + alternatives[GENERAL][speaks], text)


def _only_sounds_so(text: str) -> bool:
    return any(pattern.search(text) for pattern in _book().protects)


def _by_rule(text: str, speaks: str) -> Refusal | None:
    book = _book()
    asked = any(pattern.search(text) for pattern in book.asks)
    if not (asked or _QUESTION.search(text) or _WISH.search(text)) or _only_sounds_so(text):
        return None
    only_sounds_so = any(pattern.search(text) for pattern in book.harmless)
    for category, alternative, patterns in book.categories:
        if not asked or (only_sounds_so and (category not in _OF_CARE or not _PROFESSIONAL.search(text))):
            continue
        for pattern in patterns:
            if match := pattern.search(text):
                return Refusal(category, _OPENING[speaks] + alternative[speaks], match.group())
    alternatives = {category: alternative for category, alternative, _ in book.categories}
    for intent in book.intents:
        if quote := intent.quote(text):
            return Refusal(intent.category, _OPENING[speaks] + alternatives[intent.category][speaks], quote)
    return None
