"""What notes add to the structured facts of a bundle, where the structured fact is the truth.

Owns the merge: a note adds what the structure lacks, never says a thing twice, and where it contradicts the structure
the reader is warned. Refuses to know how free text is read (``chart``) and what two names have in common (``same_item``).
"""

from __future__ import annotations

from dataclasses import replace

from assistant.domain.record import Assertion, Encounter, PatientRecord
from assistant.domain.stay import Period
from assistant.records.fhir_facts import Reading
from assistant.records.fhir_merge_arrangements import add_follow_up, add_pending
from assistant.records.fhir_merge_medicines import add_medicine, phased
from assistant.records.fhir_merge_problems import add_allergy, add_condition, add_procedure
from assistant.records.fhir_merge_results import add_observation, strike_out
from assistant.records.fhir_notes import Note
from assistant.records.fhir_structure import Structure


def merge_note(note: Note, read: PatientRecord, reading: Reading, structure: Structure) -> None:
    """Add what a note says to the facts; a note from another time adds its sentences only, as history."""
    during = note.period in {Period.DURING, Period.UNKNOWN}
    for said in read.statements:
        historical = note.period is Period.BEFORE and said.assertion is Assertion.PRESENT
        reading.statements.append(
            replace(
                said,
                date=said.date or note.document.date,
                author=said.author or note.author,
                assertion=Assertion.HISTORICAL if historical else said.assertion,
            )
        )
    if not during:
        return
    for follow_up in read.follow_ups:
        add_follow_up(follow_up, read, reading)
    for pending in read.pending_results:
        add_pending(pending, reading)
    for condition in read.conditions:
        add_condition(condition, read, reading, structure)
    for procedure in read.procedures:
        add_procedure(procedure, note, read, reading, structure)
    for allergy in read.allergies:
        add_allergy(allergy, note, reading)
    for observation in read.observations:
        add_observation(observation, note, read, reading, structure)
    strike_out(read, reading, structure)
    for medicine in phased(note, read):
        add_medicine(medicine, note, reading, structure)


def fill_encounter(encounter: Encounter | None, notes: list[PatientRecord]) -> Encounter | None:
    """What the structured encounter leaves open, from the notes of the stay."""
    for record in notes:
        said = record.encounter
        if encounter is None or said is None:
            encounter = encounter or said
            continue
        gaps = {
            name: getattr(said, name)
            for name in ("admitted", "discharged", "reason", "ward", "attending", "type", "disposition")
            if getattr(encounter, name) is None and getattr(said, name) is not None
        }
        if gaps:
            encounter = replace(encounter, **gaps, places=encounter.places + said.places)
    return encounter
