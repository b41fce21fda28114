"""Which problem of the stay a statement tells of (``problems.yaml``): the hospital course is read problem by problem.

Owns that grouping alone. Refuses to guess: a statement whose words tie it to no diagnosis stays in the general course.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.domain.record import Assertion, Condition, DiagnosisRole, PatientRecord, Statement

GENERAL = ""
"""The group of statements that belong to no single problem."""
_OWN_WORDS = re.compile(r"[A-Za-z][A-Za-z-]{3,}|[一-鿿]{2,}")
_TOO_COMMON = frozenset(
    "acute chronic severe mild moderate left right bilateral with without secondary primary type stage stable resolved improving "
    "improved unspecified disease disorder syndrome history status post likely possible known presumed associated induced".split()
)


class _Family(BaseModel):
    model_config = ConfigDict(extra="forbid")
    problem: list[str]
    said: list[str]


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    han = re.compile(r"[一-鿿]")
    parts = [
        re.escape(w) if han.search(w) else rf"(?<![A-Za-z0-9-]){re.escape(w)}(?![A-Za-z-])"
        for w in sorted(set(words), key=len, reverse=True)
    ]
    return re.compile("|".join(parts), re.IGNORECASE)


@cache
def _families() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    raw = yaml.safe_load(Path(__file__).with_name("problems.yaml").read_text(encoding="utf-8"))
    rows = TypeAdapter(list[_Family]).validate_python(raw)
    return tuple((_pattern(row.problem), _pattern([*row.problem, *row.said])) for row in rows)


def problems_of(record: PatientRecord) -> list[Condition]:
    """The diagnoses of the stay in their order: principal, then secondary."""
    found = [
        c
        for role in (DiagnosisRole.PRINCIPAL, DiagnosisRole.SECONDARY)
        for c in record.conditions
        if c.role is role and c.assertion is Assertion.PRESENT
    ]
    return list({c.name.casefold(): c for c in found}.values())


def group_by_problem(
    record: PatientRecord, statements: Sequence[Statement]
) -> list[tuple[str, list[Statement]]]:
    """``(problem as the record names it, its statements in their order)``; the general course last, under ``GENERAL``.

    A statement goes to the problem whose words it has most of; of equals, to the one listed first.
    """
    problems = problems_of(record)
    groups: dict[str, list[Statement]] = {p.name: [] for p in problems}
    general: list[Statement] = []
    last: tuple[Statement, list[Statement]] | None = None
    for statement in statements:
        if last and _goes_on(last[0], statement):
            last[1].append(statement)
            last = (statement, last[1])
            continue
        scores = [(_score(p.name, statement.text), -i) for i, p in enumerate(problems)]
        best = max(scores, default=(0, 0))
        chosen = groups[problems[-best[1]].name] if best[0] > 0 else general
        chosen.append(statement)
        last = (statement, chosen)
    told = [(name, said) for name, said in groups.items() if said]
    return [*told, (GENERAL, general)] if general else told


def _goes_on(before: Statement, statement: Statement) -> bool:
    """``No complication.`` right behind an operation belongs to it."""
    a, b = before.place, statement.place
    return a.document_id == b.document_id and 0 <= b.start - a.end <= 2 and len(statement.text.split()) <= 3


def _score(problem: str, text: str) -> int:
    """Own words of the diagnosis count double: they name it; words of its family only speak of it."""
    own = {w.casefold() for w in _OWN_WORDS.findall(problem)} - _TOO_COMMON
    # "resp" is no part of "ReSPECT": only a long word may go on.
    ends = {w: "" if len(w) > 5 else r"s?(?![a-z])" for w in own}
    score = 2 * sum(bool(re.search(rf"(?<![a-z]){re.escape(w)}{ends[w]}", text.casefold())) for w in own)
    for named, said in _families():
        if named.search(problem):
            score += len({m.group().casefold() for m in said.finditer(text)})
    return score
