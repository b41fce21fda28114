"""What a note adds to the coded diagnoses, procedures and allergies of a bundle.

Owns when a problem told in a note is new, told already, or against the coded list. Refuses to overrule what is coded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    PatientRecord,
    Procedure,
    ProcedureStatus,
)
from assistant.records.drug_names import comparable
from assistant.records.fhir_facts import Reading
from assistant.records.fhir_notes import Note
from assistant.records.fhir_structure import Structure, section_of, warn
from assistant.records.same_item import covered, meaning, same_name


def add_condition(found: Condition, read: PatientRecord, reading: Reading, structure: Structure) -> None:
    """Notes name comorbidities and excluded diagnoses; a diagnosis of the stay only where none is coded, or in its list."""
    known = [c for c in reading.conditions if c.assertion is found.assertion]
    if any(c.name.casefold() == found.name.casefold() for c in known):
        return
    if found.assertion is Assertion.RULED_OUT:
        _warn_of_excluded(found, reading, structure)
    if found.assertion is not Assertion.PRESENT:
        reading.conditions.append(found)
        return
    refuted = [c for c in structure.conditions if c.assertion is Assertion.RULED_OUT]
    if any(meaning(c.name) and meaning(c.name) == meaning(found.name) for c in refuted):
        warn(
            reading,
            f"{found.name}: a note names it as a diagnosis, the problem list as refuted; it was not used.",
        )
        return
    names = [c.name for c in reading.conditions if c.assertion is not Assertion.FAMILY]
    if found.role is DiagnosisRole.COMORBIDITY:
        if structure.conditions and (covered(found.name, names) or _part_of_list(found, read, names)):
            return
        reading.conditions.append(found)
        return
    if not structure.has_diagnoses:
        reading.conditions.append(found)
        return
    section, _ = section_of(found.place, read)
    if section == "discharge_diagnosis" and not covered(found.name, names):
        reading.conditions.append(replace(found, role=DiagnosisRole.SECONDARY))


def _part_of_list(found: Condition, read: PatientRecord, names: Iterable[str]) -> bool:
    """``quit 2010`` of "Former smoker, 25 pack-years, quit 2010": the whole sentence stands on the problem list."""
    _, sentence = section_of(found.place, read)
    words = meaning(sentence)
    return any(len(meaning(name) & words) >= 3 and meaning(found.name) <= meaning(name) for name in names)


def _warn_of_excluded(found: Condition, reading: Reading, structure: Structure) -> None:
    for c in structure.conditions:
        stands = c.assertion is Assertion.PRESENT and c.role is not DiagnosisRole.COMORBIDITY
        if stands and meaning(c.name) and meaning(c.name) == meaning(found.name):
            warn(
                reading, f"{c.name}: coded as a diagnosis of this stay, but a note says that it was excluded."
            )


def add_procedure(
    found: Procedure, note: Note, read: PatientRecord, reading: Reading, structure: Structure
) -> None:
    """A mention in passing is no procedure beside a coded list; one under a procedure heading is."""
    if any(
        p.name.casefold() == found.name.casefold() and p.status is found.status for p in reading.procedures
    ):
        return
    if not structure.procedures:
        reading.procedures.append(found)
        return
    same = [p for p in structure.procedures if same_name(p.name, found.name)]
    for p in same:
        if (
            found.status is ProcedureStatus.DONE
            and p.status is ProcedureStatus.CANCELLED
            and meaning(p.name) == meaning(found.name)
        ):
            warn(
                reading,
                f"{p.name}: coded as not done, but {note.document.title} says done; the coded entry was used.",
            )
    if same:
        return
    section, _ = section_of(found.place, read)
    names = [p.name for p in reading.procedures]
    if section in {"procedures", "operation"} and not covered(found.name, names):
        reading.procedures.append(found)


def add_allergy(found: Allergy, note: Note, reading: Reading) -> None:
    stated = [a for a in reading.allergies if not a.none_known]
    if found.none_known:
        if stated:  # a stated allergy is never overruled by "NKDA" in a note
            names = ", ".join(dict.fromkeys(a.substance for a in stated))
            warn(
                reading,
                f'{note.document.title} says "{found.place.quote.strip()}", but recorded is: {names}.',
            )
        elif not reading.allergies:
            reading.allergies.append(found)
        return
    for index, known in enumerate(reading.allergies):
        if known.none_known or not _same_substance(known, found, reading):
            continue
        if not known.reaction and found.reaction:
            reading.allergies[index] = found
        return
    if reading.allergies and not stated:
        warn(
            reading,
            f"{found.substance}: {note.document.title} names an allergy, the allergy list says none known; kept.",
        )
        reading.allergies = [a for a in reading.allergies if not a.none_known]
    reading.allergies.append(found)


def _same_substance(known: Allergy, found: Allergy, reading: Reading) -> bool:
    one = comparable(known.substance, known.generic, reading.formulary)
    two = comparable(found.substance, found.generic, reading.formulary)
    if one == two or same_name(known.substance, found.substance):
        return True
    parts = [frozenset(re.findall(r"[a-z]{5,}", name)) - {"sulfate", "sodium"} for name in (one, two)]
    if parts[0] and parts[0] == parts[1]:
        return True
    words, other = meaning(known.substance), meaning(found.substance)
    return len(words & other) >= 2 and len(words & other) * 3 >= 2 * min(len(words), len(other))
