"""What the record itself asks for in a plan: its goals, limits, exercises, surroundings and warnings, in its own words.

Owns which sentence of the record belongs to which part (``record_lines.yaml``). Refuses to know guidelines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from assistant.domain.answer import Sentence
from assistant.domain.record import (
    Assertion,
    Observation,
    ObservationKind,
    PatientRecord,
    Place,
    Statement,
)
from assistant.domain.stay import Period, period_of, sort_key
from assistant.safety.injection import find_instructions
from assistant.tasks.base import Turn
from assistant.tasks.stating import day, stated, tidy

PARTS = (
    "problems", "goals", "actions", "monitoring", "lifestyle_or_exercise", "safety_limits", "red_flags", "follow_up",
)  # fmt: skip
PER_PART = 8
_LATE = ("therapy", "pharmacy", "consult", "nursing", "progress", "header", "plan", "assessment")
_NOT_READ = ("assessment", "discharge_diagnosis", "orders", "pending", "allergies")
_RESUSCITATION = "resuscitation"
"""The one row that reads the code status: what is not to be done goes home with the patient."""
_PASSING = re.compile(
    r"@@|\?\?|\b(?:IV|infusion|bolus|mmHg at|theatre|drip|nil by mouth|bed held|on call)\b|\b\d{1,2}:\d{2}\b.{0,20}\b(?:given|salbutamol)\b|"
    r"抽吸|静滴|ivgtt|入院记录|查房",
    re.IGNORECASE,
)
"""Care of the ward, not of the time after."""
_TABLE = re.compile(r"(?:\s{3,}\S+){3,}|(?:\|.*){3,}")
_LONG_LINE = 50
_NEAR_STRUCK = 3
_NEAR_STRUCK_CHARS = 500


@dataclass(frozen=True)
class _Row:
    id: str
    part: str
    any: re.Pattern[str]
    where: tuple[str, ...]
    relatives: bool


@cache
def _rows() -> tuple[_Row, ...]:
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))["rows"]
    strange = {row["part"] for row in rows} - set(PARTS)
    if strange:
        raise ValueError(f"record_lines.yaml names parts that no plan has: {sorted(strange)}; use {PARTS}")
    return tuple(
        _Row(
            row["id"],
            row["part"],
            re.compile("|".join(row["any"]), re.IGNORECASE),
            tuple(row.get("where", ())),
            bool(row.get("relatives")),
        )
        for row in rows
    )


_DOSED = re.compile(r"\d\s?(?:mg|mcg|microg(?:ram)?s?|units?|puffs?|片|粒|单位)(?![a-z/])", re.IGNORECASE)
_IDENTITY = re.compile(
    r"^\W*(?:Patient|Name|Pt|Ward|Consultant|Dear|Re|DOB|Adm(?:itted|ission)?|Discharged?|D/C|Hospital|NHS|MRN|Thank you)\b[^.]{0,60}(?:[:：]|\bDOB\b|\b(?:MRN|NHS|Hosp\w*)\b|\d{4})"
    r"|\bDOB\b\W{0,3}\d|\b(?:MRN|NHS|Hosp(?:ital)?) ?(?:no|number|#)?\.?:? ?\w*\d{3,}|^\W*(?:Dear|Re:|Thank you for)\b|^\W*(?:姓名|住院号|病案号|床号|科室|病区|患者|病人)[:： ]|(?:住院号|病案号|病历号)\s?[:：]?\s?\w*\d{3,}|^\W*入院\s?[:：]?\s?(?:20)?\d\d[-./年]",
    re.IGNORECASE,
)
"""Who the patient is and when they came and went stands at the head of the plan, and is no part of it."""


def lines_for_plan(turn: Turn, record: PatientRecord) -> dict[str, list[Sentence]]:
    """Part → the record's own sentences for it, newest wording first where two say the same."""
    found: dict[str, list[Sentence]] = {part: [] for part in PARTS}
    said: set[str] = set()
    figures = {o.value for pair in measures(record) for o in pair if o is not None}
    for statement in reversed([part for whole in usable(record) for part in clauses(whole)]):
        row = next((r for r in _rows() if _fits(r, statement)), None)
        key = re.sub(r"\W+", "", statement.text).casefold()
        if row is not None and row.id == "function_now" and _measured(statement.text, figures):
            continue
        if row is not None and row.id == "state_at_discharge" and _DOSED.search(statement.text):
            continue
        if row is None or any(key in other or other in key for other in said):
            continue
        if len(found[row.part]) >= PER_PART and row.part != "goals":
            continue
        said.add(key)
        found[row.part].append(line_of(turn, record, statement))
    return {part: list(reversed(lines)) for part, lines in found.items()}


def line_of(turn: Turn, record: PatientRecord, statement: Statement) -> Sentence:
    """``From the record (2026-05-12): no driving for 6 weeks.``"""
    text = tidy(statement.text)
    stop = "" if re.search(r"[.!?。！？]$", text) else turn.say(".", "。")
    lead = turn.say("From the record", "病历")
    when = f" ({day(statement.date)})" if statement.date else ""
    return stated(record, f"{lead}{when}{turn.say(': ', '：')}{text}{stop}", [statement.place])


def usable(record: PatientRecord) -> Iterator[Statement]:
    """Sentences that are this patient's, of this stay, whole, and no table. What stands beside struck-out text is not used."""
    statements = record.statements
    for index, statement in enumerate(statements):
        if (
            statement.section in _NOT_READ
            or statement.assertion is Assertion.ERRONEOUS
            or not 6 <= len(statement.text) <= 400
            or _IDENTITY.search(statement.text)
        ):
            continue
        after = statements[index + 1 : index + 1 + _NEAR_STRUCK]
        beside = any(
            other.assertion is Assertion.ERRONEOUS
            and other.place.document_id == statement.place.document_id
            and 0 <= other.place.start - statement.place.end < _NEAR_STRUCK_CHARS
            and other.section == statement.section
            for other in after
        )
        if beside or _TABLE.search(statement.text) or find_instructions(statement.text):
            continue
        if period_of(statement.date, record.encounter) is Period.BEFORE:
            continue
        yield statement


def clauses(statement: Statement, *, least: int = _LONG_LINE) -> Iterator[Statement]:
    """A long line of several facts as its parts between semicolons, each with its own place; a short one is one part."""
    if len(statement.text) < least or not re.search(r"[;；]", statement.text):
        yield statement
        return
    place = statement.place
    verbatim = place.quote == statement.text
    for found in re.finditer(r"[^;；]+", statement.text):
        text = found.group()
        if len(text.strip()) < 4:
            continue
        start = place.start + found.start()
        own = Place(place.document_id, start, start + len(text), text) if verbatim else place
        yield replace(statement, text=text.strip(), place=own)


def _measured(text: str, figures: set[str]) -> bool:
    return any(re.search(rf"(?<![\d.]){re.escape(value)}(?![\d.])", text) for value in figures)


def _fits(row: _Row, statement: Statement) -> bool:
    if statement.section == "code_status" and row.id != _RESUSCITATION:
        return False
    if row.where and statement.section not in row.where:
        return False
    if statement.section == "follow_up" and row.part not in (
        "follow_up",
        "safety_limits",
        "red_flags",
        "goals",
    ):
        return False
    if statement.assertion is Assertion.FAMILY and not row.relatives:
        return False
    if statement.section in (*_LATE, "admission", "examination", "results") and _PASSING.search(
        statement.text
    ):
        return False
    return bool(row.any.search(statement.text))


def measures(record: PatientRecord) -> list[tuple[Observation, Observation | None]]:
    """Each outcome measure (Berg, TUG, Barthel, range of motion …): the newest value, and the first one where it differs."""
    by_name: dict[str, list[Observation]] = {}
    for o in record.observations:
        if o.kind is ObservationKind.FUNCTION and o.assertion is Assertion.PRESENT and o.value:
            by_name.setdefault(o.name.casefold(), []).append(o)
    found: list[tuple[Observation, Observation | None]] = []
    for series in by_name.values():
        ordered = sorted(series, key=lambda o: sort_key(o.time))
        first, last = ordered[0], ordered[-1]
        found.append((last, first if first.value != last.value else None))
    return found


def value_now(o: Observation) -> str:
    """``27/56 (2026-08-02)``: value, unit and day."""
    joint = "" if o.unit and o.unit.startswith(("/", "%")) else " "
    unit = f"{joint}{o.unit}" if o.unit and o.unit not in o.value else ""
    return f"{o.value}{unit}" + (f" ({day(o.time)})" if o.time else "")
