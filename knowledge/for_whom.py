"""Whom a sentence of a starter guideline is for, once the patient is home: ``for_whom/<doc_id>.yaml``.

Owns reading those tables: ``ward`` (care that is over after discharge, or the making of the diagnosis), ``needs`` (only for
patients of whom one of some words is known) and ``unless`` (not for those of whom one is: another illness, medicine or state
that turns the advice wrong), ``counts_from`` (the operation that the guideline's weeks count from). Refuses to know patients: the caller gives the words. A sentence is named by its first words; a
guideline without a table is for everyone it fits by other rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent / "for_whom"
MARKS = frozenset(
    "CHILD INFANT NEWBORN AGE65 AGE75 AGE80 AGE85 WORKING_AGE MALE FEMALE FERTILE PREGNANT BREASTFEEDING POSTPARTUM SMOKER DRINKS"
    " OVERWEIGHT OBESE DIALYSIS WHEELCHAIR CARE_HOME TAKES_NSAID FRAIL END_OF_LIFE LIMITED_WEIGHT FLUID_LIMIT"
    " LUNG_NODULE HOME_OXYGEN HAS_QUIT STERILISED LIMITED_EXERTION LOW_PRESSURE WITHDRAWAL_OVER".split()
)
"""What a table may ask for beside names of conditions, procedures and medicines."""
_MARK = re.compile(rf"(?<![\w\\])({'|'.join(sorted(MARKS))})(?!\w)")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    one_of: str
    says: list[str]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ward: list[str] = []
    needs: list[_Row] = []
    unless: list[_Row] = []
    counts_from: str = ""


@dataclass(frozen=True)
class ForWhom:
    """One guideline's table."""

    ward: tuple[str, ...] = ()
    needs: tuple[tuple[str, re.Pattern[str]], ...] = ()
    unless: tuple[tuple[str, re.Pattern[str]], ...] = ()
    counts_from: re.Pattern[str] | None = None
    """Names of the operation from which the guideline's weeks count; None where they count from the discharge."""

    def leaves_out(self, sentence: str, known: str) -> bool:
        """True where the sentence is of the ward, none of the words it needs stands in ``known``, or one that bars it does."""
        if any(sentence.startswith(start) for start in self.ward):
            return True
        if any(sentence.startswith(start) and one_of.search(known) for start, one_of in self.unless):
            return True
        asked = [one_of for start, one_of in self.needs if sentence.startswith(start)]
        return bool(asked) and not any(one_of.search(known) for one_of in asked)


@cache
def for_whom(doc_id: str) -> ForWhom:
    """The table of a guideline; an empty one where it has none. Raises ValueError for a damaged table."""
    path = FOLDER / f"{doc_id}.yaml"
    if not re.fullmatch(r"[\w-]+", doc_id) or not path.is_file():
        return ForWhom()
    table = _Table.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    counted = re.compile(table.counts_from, re.IGNORECASE) if table.counts_from else None
    return ForWhom(tuple(table.ward), _patterns(table.needs), _patterns(table.unless), counted)


def _patterns(rows: list[_Row]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (start, re.compile(_MARK.sub(r"(?<![A-Za-z])(?-i:\1)(?![A-Za-z])", row.one_of), re.IGNORECASE))
        for row in rows
        for start in row.says
    )
