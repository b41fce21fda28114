"""At most two questions back to a patient whose question leaves a deciding fact open (``ask_back.yaml``).

Owns which facts decide. Refuses to answer: what is known is still answered; the questions stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.domain.record import PatientRecord
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import Turn

MOST = 2


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    about: tuple[str, ...]
    en: str
    zh: str
    known: tuple[str, ...] = ()
    who: tuple[str, int, int] | None = None
    record_lacks: Literal["allergies"] | None = None
    names_drug: bool = False


@cache
def _rows() -> tuple[_Row, ...]:
    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[_Row, ...]).validate_python(content["rows"])


def questions_back(turn: Turn) -> list[str]:
    """The deciding facts to ask for, in the language of the answer; none where all is said."""
    asked = turn.request.question
    return [turn.say(row.en, row.zh) for row in _open(turn, asked, turn.request.record)][:MOST]


def _open(turn: Turn, asked: str, record: PatientRecord | None) -> Iterator[_Row]:
    for row in _rows():
        if not _found(row.about, asked) or _found(row.known, asked):
            continue
        if row.names_drug and turn.services.formulary.names_in(asked):
            continue
        if row.record_lacks and record is not None and record.allergies:
            continue
        if row.who is not None and not _may_be(turn, row, record):
            continue
        yield row


def _may_be(turn: Turn, row: _Row, record: PatientRecord | None) -> bool:
    """True where the patient is of the sex and age meant and the record leaves the fact open."""
    if row.who is None or record is None:
        return False
    sex, youngest, oldest = row.who
    state = patient_state(record, turn.services.formulary)
    open_still = state.pregnant is None and not state.pregnancy_excluded and state.breastfeeding is None
    return (
        state.sex == sex
        and state.age_years is not None
        and youngest <= state.age_years <= oldest
        and open_still
    )


def _found(patterns: tuple[str, ...], text: str) -> bool:
    return any(re.search(p, text, re.IGNORECASE) for p in patterns)
