"""What kinds of answer a question asks for: a medicine, a dose, a target, a length, a test, what to avoid ...

Owns reading ``question_kinds.yaml``: the words of such questions, the headings under which guidelines answer them, and how a
sentence looks that gives the answer. Refuses to rank; a question may be of several kinds or of none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_TABLE = Path(__file__).with_name("question_kinds.yaml")
_MEDICINE = "medicine"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    asked: str
    gives: str
    sections: str = ""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kinds: dict[str, _Row]
    routes: dict[str, _Row]


@dataclass(frozen=True)
class QuestionKind:
    """One kind; the patterns as the table has them, ``gives`` None where a medicine's name is the answer."""

    name: str
    asked: re.Pattern[str]
    sections: re.Pattern[str]
    gives: re.Pattern[str] | None

    def given_in(self, sentence: str, names_medicine: Callable[[str], bool]) -> bool:
        return bool(self.gives.search(sentence)) if self.gives else names_medicine(sentence)


@cache
def _kinds() -> tuple[tuple[QuestionKind, ...], tuple[QuestionKind, ...]]:
    table = _Table.model_validate(yaml.safe_load(_TABLE.read_text("utf-8")))
    kinds, routes = (
        tuple(
            QuestionKind(
                name,
                _pattern(row.asked),
                _pattern(row.sections),
                None if row.gives == _MEDICINE else _pattern(row.gives),
            )
            for name, row in rows.items()
        )
        for rows in (table.kinds, table.routes)
    )
    return kinds, routes


def kinds_asked(question: str) -> tuple[QuestionKind, ...]:
    """The kinds whose words stand in the question, in the order of the table."""
    return tuple(kind for kind in _kinds()[0] if kind.asked.search(question))


def another_route(question: str, sentence: str) -> bool:
    """Whether the question asks for one way of giving a medicine and the sentence names only others."""
    routes = _kinds()[1]
    asked = [route for route in routes if route.asked.search(question)]
    given = [route for route in routes if route.gives is None or route.gives.search(sentence)]
    return bool(asked and given) and not any(route in asked for route in given)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
