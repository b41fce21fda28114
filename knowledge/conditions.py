"""Which conditions a question names, from a list of the field's common ones: what it is about, treated here or not.

Owns the table ``conditions.yaml``. Refuses to judge whether a library treats them.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge.keyword import terms


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str
    date: object
    en: dict[str, list[str]]
    zh: list[str]


@functools.cache
def _by_first_word() -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in (name for names in _table().en.values() for name in names):
        words = tuple(terms(_spelt(name)))
        found.setdefault(words[0], []).append(words)
    return found


@functools.cache
def _table() -> _Table:
    raw = yaml.load(
        (Path(__file__).parent / "conditions.yaml").read_text("utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    )
    return _Table.model_validate(raw)


@functools.cache
def _chinese() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_table().zh, key=len, reverse=True))))


def conditions_in(question: str) -> list[tuple[str, ...]]:
    """Each condition named, as its terms as they are spelt in the question; the longest name where one holds another."""
    found = [tuple(terms(match.group())) for match in _chinese().finditer(question)]
    words = [word for word in terms(question) if word.isascii()]
    folded = [_spelt(word) for word in words]
    at = 0
    while at < len(words):
        names = [n for n in _by_first_word().get(folded[at], ()) if tuple(folded[at : at + len(n)]) == n]
        longest = max(map(len, names), default=0)
        if longest:
            found.append(tuple(words[at : at + longest]))
        at += longest or 1
    return found


def _spelt(text: str) -> str:
    """British and American spelling made one, before or after stemming."""
    return text.lower().replace("ae", "e").replace("oe", "e").replace("our", "or")
