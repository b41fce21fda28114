"""Illnesses of one patient whose guidelines pull apart, named with the patient's own figures (``conflicts.yaml``).

Owns which pairs are named and goals that differ between guidelines. Refuses to decide what a clinician must weigh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assistant.domain.answer import Sentence
from assistant.domain.evidence import Evidence
from assistant.domain.record import (
    Assertion,
    Condition,
    MedicationAction,
    MedicationPhase,
    PatientRecord,
    Place,
)
from assistant.safety.patient_state import is_over
from assistant.tasks.base import Turn
from assistant.tasks.gathering import Unit
from assistant.tasks.goals import all_measures, measure_of, value_of
from assistant.tasks.states_now import avoided_medicines
from assistant.tasks.stating import record_evidence, ruled


@dataclass(frozen=True)
class _Row:
    all: tuple[re.Pattern[str], ...]
    takes: re.Pattern[str] | None
    says: re.Pattern[str] | None
    show: tuple[str, ...]
    names: str
    """The medicine that the row's words propose; the row gives way to ``instead_*`` where the record avoids it."""
    instead_en: str
    instead_zh: str
    en: str
    zh: str
    source_en: str
    source_zh: str


@cache
def _rows() -> tuple[_Row, ...]:
    rows: list[dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    )["rows"]

    def one(row: dict[str, Any], key: str) -> re.Pattern[str] | None:
        return re.compile("|".join(row[key]), re.IGNORECASE) if row.get(key) else None

    return tuple(
        _Row(
            tuple(re.compile(p, re.IGNORECASE) for p in row["all"]),
            one(row, "takes"),
            one(row, "says"),
            tuple(row.get("show", ())),
            row.get("names", ""),
            row.get("instead", {}).get("en", ""),
            row.get("instead", {}).get("zh", ""),
            row["en"],
            row["zh"],
            row["source"]["en"],
            row["source"]["zh"],
        )
        for row in rows
    )


def conflict_sentences(turn: Turn, record: PatientRecord) -> Iterator[Sentence]:
    """One sentence a conflict, with the conditions, the medicine and the values it rests on."""
    standing = [
        c
        for c in record.conditions
        if (c.assertion is Assertion.PRESENT or (c.assertion is Assertion.HISTORICAL and not c.ended))
        and not is_over(c.name)
    ]
    avoided = avoided_medicines(record, turn.services.formulary)
    for row in _rows():
        places = _met(row, record, standing)
        if places is None:
            continue
        values = []
        for measure in (m for m in all_measures() if m.id in row.show):
            now = value_of(record, measure)
            if now is not None:
                values.append(f"{now.text} ({now.when})" if now.when else now.text)
                places += now.places
        on_record = (
            turn.say(f" On record: {'; '.join(values)}.", f"现有记录：{'；'.join(values)}。")
            if values
            else ""
        )
        en, zh = (row.instead_en, row.instead_zh) if row.names in avoided else (row.en, row.zh)
        text = turn.say(f"{en}{on_record} ({row.source_en})", f"{zh}{on_record}（{row.source_zh}）")
        unique = {(p.document_id, p.start, p.end): p for p in places}
        yield ruled(text, evidence=tuple(record_evidence(record, p) for p in unique.values()))


_FEARED_BEFORE = re.compile(
    r"(?i)(?:[怕惧恐]|担心|担忧|顾虑|警惕|预防|防止|避免)[\"“”'（(]?[一-鿿]{0,4}$|\b(?:fear(?:ful|s|ing)? of|afraid of|worr(?:y|ied) (?:about|of)|risk (?:of|for)|to (?:avoid|prevent)|prevention of)\s(?:[\w-]+\s){0,3}$"
)
_FEARED_BEHIND = re.compile(r"(?i)[\"“”'）)]?(?:的)?(?:风险|倾向|恐惧)|(?:ing)?\s(?:risk|phobia)\b")


def _has(condition: Condition, pattern: re.Pattern[str]) -> bool:
    """Whether the condition's name tells of the illness, and not only of the fear or the risk of it: ``因"怕出血"拒服抗凝``."""
    return any(
        not _FEARED_BEFORE.search(condition.name[: m.start()])
        and not _FEARED_BEHIND.match(condition.name, m.end())
        for m in pattern.finditer(condition.name)
    )


def _met(row: _Row, record: PatientRecord, standing: Sequence[Condition]) -> list[Place] | None:
    """Places of what meets the row; None where something is missing. Two patterns need two conditions."""
    places: list[Place] = []
    used: set[str] = set()
    for pattern in row.all:
        hit = next((c for c in standing if _has(c, pattern) and c.name not in used), None)
        if hit is None:
            return None
        used.add(hit.name)
        places.append(hit.place)
    if row.takes is not None:
        stopped = {
            m.generic for m in record.medications if m.generic and m.action is MedicationAction.STOP
        } - {
            m.generic
            for m in record.medications
            if m.phase is MedicationPhase.DISCHARGE and m.action is not MedicationAction.STOP
        }
        taken = next(
            (
                m
                for m in record.medications
                if m.phase is not MedicationPhase.INPATIENT
                and m.generic not in stopped
                and m.action is not MedicationAction.STOP
                and row.takes.search(f"{m.generic or ''} {m.name}")
            ),
            None,
        )
        if taken is None:
            return None
        places.append(taken.place)
    if row.says is not None:
        said = next(
            (
                s
                for s in record.statements
                if s.assertion is not Assertion.ERRONEOUS and row.says.search(s.text)
            ),
            None,
        )
        if said is None:
            return None
        places.append(said.place)
    return places


def one_target_each(units: Sequence[Unit]) -> tuple[list[Unit], list[tuple[Unit, Unit]]]:
    """Goals with one target a measure, the first guideline's, and the pairs (kept, other) whose targets differ."""
    kept: dict[str, Unit] = {}
    chosen: list[Unit] = []
    differing: list[tuple[Unit, Unit]] = []
    for unit in units:
        measure = measure_of(unit.text)
        if measure is None:
            chosen.append(unit)
        elif measure.id not in kept:
            kept[measure.id] = unit
            chosen.append(unit)
        elif _differ(_figures(unit.text), _figures(kept[measure.id].text)):
            if unit.passage.doc_id == kept[measure.id].passage.doc_id:
                continue
            differing.append((kept[measure.id], unit))
    return chosen, differing


def differing_target(turn: Turn, kept: Unit, other: Unit) -> Sentence:
    """Both targets, each with its guideline and year; the clinician chooses."""
    first, second = kept.passage, other.passage
    text = turn.say(
        f"Targets differ: {first.title}, {first.edition}: {_bare(kept.text)} - {second.title}, {second.edition}: "
        f"{_bare(other.text)} - the plan takes the first; confirm.",
        f"目标不一致：{first.title}（{first.edition}）：{_bare(kept.text)}；{second.title}（{second.edition}）："
        f"{_bare(other.text)}；本计划采用前者，请确认。",
    )
    evidence: tuple[Evidence, ...] = (kept.evidence(), other.evidence())
    return ruled(text, evidence=evidence)


_IN_TIME = re.compile(
    r"\d+(?:\s?(?:-|–|to|至|~)\s?\d+)?\s?(?:hours?|days?|weeks?|months?|years?|小时|天|周|个?月|年)\b|\d+(?:[-–~至]\d+)?\s?(?:小时|天|周|个?月|年)"
)


def _figures(text: str) -> set[str]:
    """The figures of a target; by when it is to be reached is none."""
    return set(re.findall(r"\d+(?:\.\d+)?", _IN_TIME.sub("", re.split(r"[:：]", text, maxsplit=1)[-1])))


def _differ(one: set[str], other: set[str]) -> bool:
    """Unequal, and neither only says more (the same target in a second unit)."""
    return not (one <= other or other <= one)


def _bare(text: str) -> str:
    return re.sub(r"\s*\[[^\]]*\]\.?$", "", text).rstrip(".。")
