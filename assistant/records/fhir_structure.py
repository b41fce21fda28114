"""The facts that a bundle's resources gave before any note was read, and how a note's reader looks at them.

Owns that frozen view, the sentence a note's fact stands in, and warnings. Refuses to know what a note adds.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    MedicationPhase,
    MedicationStatement,
    Observation,
    PatientRecord,
    Place,
    Procedure,
)
from assistant.domain.stay import Period, period_of
from assistant.records.fhir_facts import Reading


@dataclass(frozen=True)
class Structure:
    """The facts that the resources themselves gave, before any note was read."""

    conditions: tuple[Condition, ...]
    procedures: tuple[Procedure, ...]
    medications: tuple[MedicationStatement, ...]
    allergies: tuple[Allergy, ...]
    observations: tuple[Observation, ...]
    """Of the stay, or without a date."""

    @classmethod
    def of(cls, reading: Reading) -> Structure:
        stay = reading.stay.encounter

        def of_stay(moment: str | None) -> bool:
            return period_of(moment, stay) in {Period.DURING, Period.UNKNOWN}

        return cls(
            tuple(reading.conditions),
            tuple(p for p in reading.procedures if of_stay(p.date)),
            tuple(reading.medications),
            tuple(reading.allergies),
            tuple(o for o in reading.observations if of_stay(o.time)),
        )

    @property
    def has_diagnoses(self) -> bool:
        return any(
            c.role is not DiagnosisRole.COMORBIDITY and c.assertion is Assertion.PRESENT
            for c in self.conditions
        )

    def lists(self, phase: MedicationPhase) -> bool:
        return any(m.phase is phase for m in self.medications)


def section_of(place: Place, read: PatientRecord) -> tuple[str, str]:
    """Section and text of the sentence that a fact stands in."""
    for said in read.statements:
        if said.place.start < place.end and place.start < said.place.end:
            return said.section, said.text
    return "", place.quote


def warn(reading: Reading, text: str) -> None:
    """Tells the reader of the draft once."""
    if text not in reading.bundle.warnings:
        reading.bundle.warnings.append(text)
