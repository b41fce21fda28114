"""What the treating team ordered for this patient outranks what a guideline says of the same matter (``own_orders.yaml``).

Owns which sentences of the record are such orders and which guideline sentences give way to them: weight-bearing, fluids,
driving, how long two antiplatelets are taken, a target of the patient's own. Refuses to weigh who is right: where the figures
differ the plan shows both and asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.domain.answer import Sentence
from assistant.domain.record import Assertion, PatientRecord, Statement
from assistant.tasks.base import Turn
from assistant.tasks.gathering import Unit
from assistant.tasks.goals import Measure, all_measures, measure_of
from assistant.tasks.record_lines import clauses, usable
from assistant.tasks.stating import record_evidence, ruled, tidy

_ORDERS_STAND_IN = frozenset(
    "plan hospital_course discharge_medications discharge_orders follow_up instructions disposition goals"
    " condition_at_discharge therapy nursing pharmacy advance_care assessment discharge_diagnosis header".split()
)
"""Sections that speak of the time after; of the course and the diagnoses only what says ``target`` or ``until``."""
_TARGET = re.compile(
    r"\b(?:target(?:ed|s|ing)?|aim(?:ing|s)?(?: for)?|goals?|keep|maintain)\b|目标|控制在|维持在|保持在",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had been|previously|before admission|on admission|initially|in ED|overnight)\b|入院前|既往|此前",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\d+(?:\.\d+)?")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    said: tuple[str, ...]
    about: tuple[str, ...]
    parts: tuple[str, ...]
    measure: str = ""


@dataclass(frozen=True)
class _Matter:
    id: str
    said: re.Pattern[str]
    about: re.Pattern[str]
    parts: frozenset[str]
    measure: str


@cache
def _matters() -> tuple[_Matter, ...]:
    content = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    rows = [_Row.model_validate(row) for row in content["rows"]]
    return tuple(
        _Matter(
            row.id,
            re.compile("|".join(row.said), re.IGNORECASE),
            re.compile("|".join(row.about), re.IGNORECASE),
            frozenset(row.parts),
            row.measure,
        )
        for row in rows
    )


@dataclass
class OwnOrders:
    """Matter or measure → the record's last sentence on it; ``gave_way`` gathers what was left out for it."""

    said: dict[str, Statement]
    gave_way: dict[str, list[Unit]] = field(default_factory=dict)

    @classmethod
    def of(cls, record: PatientRecord) -> OwnOrders:
        found: dict[str, Statement] = {}
        for statement in (part for whole in usable(record) for part in clauses(whole)):
            if statement.section not in _ORDERS_STAND_IN or statement.assertion is Assertion.FAMILY:
                continue
            if _PAST.search(statement.text):
                continue
            for matter in _matters():
                if matter.said.search(statement.text):
                    found[matter.id] = statement
            measure = _own_target(statement.text)
            if measure is not None:
                found[measure.id] = statement
        return cls(found)

    def outranks(self, unit: Unit, part: str) -> bool:
        """True where the record's own order settles what the guideline's sentence speaks of."""
        matter = next((m for m in _matters() if m.id in self.said and _is_about(m, unit.text, part)), None)
        key = matter.id if matter else ""
        if not key and part == "goals":
            measure = measure_of(unit.text)
            key = measure.id if measure is not None and measure.id in self.said else ""
        if not key:
            return False
        self.gave_way.setdefault(key, []).append(unit)
        return True


def outranked_sentences(turn: Turn, record: PatientRecord, orders: OwnOrders) -> Iterator[Sentence]:
    """The record's order beside the guideline's line that gave way, where their figures differ: the clinician confirms."""
    for key, units in orders.gave_way.items():
        own = orders.said[key]
        differ = [u for u in units if _figures_differ(_plain(u), own.text)]
        # Of most matters one line tells the difference; where to stop is a limit each time.
        differ = differ if key == _EACH_TOLD else differ[:1]
        if not differ:
            continue
        said = tidy(own.text).rstrip(".。")
        theirs = "; ".join(f"{_plain(u)} ({u.passage.title}, {u.passage.edition})" for u in differ)
        text = turn.say(
            f"The record's own order stands: {said}. Left out: {theirs}. Confirm which is meant.",
            f"以病历医嘱为准：{said}。未采用：{theirs}。请确认。",
        )
        yield ruled(text, evidence=(record_evidence(record, own.place), *(u.evidence() for u in differ)))


_EACH_TOLD = "oxygen_on_exertion"


def _plain(unit: Unit) -> str:
    return re.sub(r"\s*\[[^\]]*\]\.?$", "", unit.text).rstrip(".。")


def _figures_differ(theirs: str, own: str) -> bool:
    figures = set(_FIGURES.findall(theirs))
    return bool(figures) and not figures & set(_FIGURES.findall(own))


def _is_about(matter: _Matter, text: str, part: str) -> bool:
    if part not in matter.parts:
        return False
    if matter.measure and part == "goals":
        measure = measure_of(text)
        return measure is not None and measure.id == matter.measure
    return bool(matter.about.search(text))


def _own_target(text: str) -> Measure | None:
    """The measure for which a sentence sets this patient's target: ``aim HbA1c 58``, ``target INR 2.5-3.5``."""
    word = _TARGET.search(text)
    if word is None:
        return None
    near = text[max(0, word.start() - 30) : word.end() + 40]
    if not _FIGURES.search(near):
        return None
    heads = re.split(r"(?<![A-Za-z\d])(?=[\d<>≤≥＜＞])", near)
    return next((m for m in all_measures() if any(m.is_in(head.strip()) for head in _names(heads[0]))), None)


def _names(head: str) -> list[str]:
    """The words before a figure, with and without what opens them: measures' names may be anchored to their start."""
    words = re.sub(_TARGET, " ", head)
    words = re.sub(
        r"[:：,，=]|\b(?:for|of|is|the|a|an|at|below|under|between|range|above)\b", " ", words
    ).strip()
    parts = words.split()
    return [" ".join(parts[i:]) for i in range(len(parts))] or [words]
