"""Which mentions of a record are of one medicine.

Owns the grouping by name, by form and by product, and the phases of a group. Refuses to compare the phases: that is
``reconcile``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.domain.record import (
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    PatientRecord,
    Place,
)
from assistant.domain.stay import iso_date, sort_key
from assistant.records.dosing import same_dose
from assistant.records.drug_names import DrugNames, comparable, generic_name, way_given

_SLOW = re.compile(
    r"(?<![A-Za-z])(?:SR|MR|XL|XR|CR|ER|LA|PR|MST|Zomorph|MXL|Longtec|OxyContin|Shortec XL|(?:modified|slow|prolonged|extended|sustained|controlled)[- ]release)(?![A-Za-z])|缓释|控释"
)
_QUICK = re.compile(
    r"(?i)(?<![a-z])(?:IR|immediate[- ]release|quick|oral (?:solution|liquid)|liquid|Oramorph|OxyNorm|Sevredol|Shortec|prn|sos|as (?:needed|required)|when (?:needed|required)|if (?:needed|required)|breakthrough)(?![a-z])|必要时|即释|口服液|爆发"
)
_LINE_HEAD = re.compile(r"[\s\-•*·–|│]*(?:\d{1,2}\s?[.)、）|│]\s*)?")


@dataclass
class Mentions:
    """All mentions of one medicine, by phase, in time order."""

    home: list[MedicationStatement]
    inpatient: list[MedicationStatement]
    discharge: list[MedicationStatement]
    orders: list[MedicationStatement]
    """Orders of the stay still active after it (``fhir_medicines``): a discharge list only for want of one."""


def only_the_class(mentions: Mentions, record: PatientRecord) -> bool:
    """``on insulin`` beside ``insulin glargine 18 units``: no second insulin."""
    said = [*mentions.home, *mentions.inpatient, *mentions.discharge, *mentions.orders]
    bare = all(s.generic == "insulin" and not s.dose and s.action is MedicationAction.TAKE for s in said)
    return bare and any(
        s.generic and s.generic != "insulin" and "insulin" in s.generic for s in record.medications
    )


def group_mentions(
    statements: Sequence[MedicationStatement], formulary: DrugNames | None, texts: Mapping[str, str]
) -> list[Mentions]:
    """One entry a medicine, in the order of the record; ``texts`` are the charts by document id."""
    named: dict[str, list[MedicationStatement]] = {}
    for statement in statements:
        generic = statement.generic or generic_name(statement.name, formulary)
        named.setdefault(comparable(statement.name, generic, formulary), []).append(statement)
    ordered = {s.place for s in statements if s.phase is MedicationPhase.INPATIENT}
    return [
        _by_phase(part, ordered)
        for group in named.values()
        for form in _by_form(group)
        for part in _by_product(form, texts)
    ]


def _by_phase(group: list[MedicationStatement], ordered: set[Place]) -> Mentions:
    mentions = Mentions([], [], [], [])
    for statement in group:
        if statement.phase is MedicationPhase.HOME:
            mentions.home.append(statement)
        elif statement.phase is MedicationPhase.INPATIENT:
            mentions.inpatient.append(statement)
        elif statement.place in ordered and statement.place.document_id.startswith("MedicationRequest/"):
            mentions.orders.append(statement)
        else:
            mentions.discharge.append(statement)
    for phase in (mentions.home, mentions.inpatient, mentions.discharge, mentions.orders):
        if all(iso_date(s.date or "") for s in phase):
            phase.sort(key=lambda s: sort_key(s.date))  # renewals in a bundle come in any order
    return mentions


def _by_form(group: list[MedicationStatement]) -> list[list[MedicationStatement]]:
    """An inhaler beside tablets of the same drug is a second medicine, where one list names both."""
    ways = {id(s): way_given(s.name, s.route) for s in group}
    for phase in (MedicationPhase.HOME, MedicationPhase.DISCHARGE):
        listed = {ways[id(s)] for s in group if s.phase is phase and s.action is MedicationAction.TAKE}
        if len(listed) > 1:
            parts: dict[str | None, list[MedicationStatement]] = {}
            for statement in group:
                parts.setdefault(ways[id(statement)], []).append(statement)
            return list(parts.values())
    return [group]


def _by_product(
    group: list[MedicationStatement], texts: Mapping[str, str]
) -> list[list[MedicationStatement]]:
    """Slow and quick morphine, or two lines of one list with other doses and times, are two medicines."""
    taken = [
        s
        for s in group
        if s.phase is MedicationPhase.DISCHARGE and s.action is MedicationAction.TAKE and s.dose
    ]
    if len(taken) < 2:
        return [group]
    slow = {id(s): _is_slow(s) for s in group}
    if len({slow[id(s)] for s in taken}) > 1 and _quick(taken):
        # what says neither goes with the one it is written like
        return [[s for s in group if _belongs(s, slow) is way] for way in (True, False)]
    listed = [s for s in taken if _opens_its_line(s, texts)]
    if len(listed) > 1 and len({slow[id(s)] for s in listed}) > 1 and _in_one_list(listed, texts):
        return [[s for s in group if slow[id(s)] is way] for way in (False, True)]
    if len(listed) < 2 or not all(_differs(a, b) for a, b in itertools.pairwise(listed)):
        return [group]
    if not _in_one_list(listed, texts):
        return [group]
    parts = {id(s): [s] for s in listed}
    for statement in group:
        if id(statement) not in parts:
            own = next((s for s in listed if same_dose(statement.dose, s.dose)), listed[0])
            parts[id(own)].append(statement)
    return list(parts.values())


def _is_slow(statement: MedicationStatement) -> bool:
    return bool(
        _SLOW.search(statement.place.quote[: len(statement.name) + 32]) or _SLOW.search(statement.name)
    )


def _quick(taken: Sequence[MedicationStatement]) -> bool:
    """Whether one of them says that it is quick, or is for when it is needed."""
    return any(
        _QUICK.search(f"{s.place.quote[: len(s.name) + 32]} {s.frequency or ''}")
        for s in taken
        if not _is_slow(s)
    )


def _belongs(statement: MedicationStatement, slow: Mapping[int, bool]) -> bool:
    said = f"{statement.place.quote[: len(statement.name) + 32]} {statement.frequency or ''}"
    return slow[id(statement)] or not _QUICK.search(said)


def _opens_its_line(statement: MedicationStatement, texts: Mapping[str, str]) -> bool:
    text, start = texts.get(statement.place.document_id, ""), statement.place.start
    return bool(_LINE_HEAD.fullmatch(text[text.rfind("\n", 0, start) + 1 : start])) if text else False


def _differs(one: MedicationStatement, other: MedicationStatement) -> bool:
    """Another dose at other times: the same time twice would be a correction, or a doubt."""
    return (
        same_dose(one.dose, other.dose) is not True
        and bool(one.frequency and other.frequency)
        and (one.frequency or "").casefold() != (other.frequency or "").casefold()
    )


def _in_one_list(listed: Sequence[MedicationStatement], texts: Mapping[str, str]) -> bool:
    document = listed[0].place.document_id
    if any(s.place.document_id != document or s.date != listed[0].date for s in listed):
        return False
    between = texts[document][listed[0].place.start : listed[-1].place.start]
    return not re.search(r"\n\s*\n", between)


_AS_ABOVE = re.compile(r"同上|见上|同前|照前")


def as_ordered_above(
    final: MedicationStatement, home: MedicationStatement | None, mentions: Mentions
) -> MedicationStatement:
    """``骨化三醇同上`` of a medicine that was not taken at home: the dose is the ward's last, and it is new."""
    given = [s for s in mentions.inpatient if s.action is MedicationAction.TAKE and s.dose]
    if home is not None or not given or final.dose or not _AS_ABOVE.search(final.place.quote):
        return final
    last = given[-1]
    return replace(
        final, dose=last.dose, frequency=final.frequency or last.frequency, route=last.route, change="new"
    )
