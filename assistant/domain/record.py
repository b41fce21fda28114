"""One patient's record: facts, each with the exact place it was read from.

Owns the shape of a record. Refuses to know how a record is read (``assistant.records``) or shown.
Names follow HL7 FHIR R4 where FHIR has a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Assertion(StrEnum):
    """What a text says about a finding (after ConText, Harkema et al., J Biomed Inform 2009)."""

    PRESENT = "present"
    NEGATED = "negated"
    HISTORICAL = "historical"
    FAMILY = "family"
    HYPOTHETICAL = "hypothetical"
    RULED_OUT = "ruled_out"
    ERRONEOUS = "erroneous"
    """Struck out in the record itself: wrong patient, lab error, cancelled text."""


class MedicationPhase(StrEnum):
    """Where in the stay a medicine statement belongs."""

    HOME = "home"
    INPATIENT = "inpatient"
    DISCHARGE = "discharge"


class MedicationAction(StrEnum):
    """What the statement says is done with the medicine."""

    TAKE = "take"
    STOP = "stop"
    HOLD = "hold"


class ProcedureStatus(StrEnum):
    DONE = "done"
    PLANNED = "planned"
    CANCELLED = "cancelled"


class DiagnosisRole(StrEnum):
    PRINCIPAL = "principal"
    SECONDARY = "secondary"
    COMORBIDITY = "comorbidity"
    NOTED = "noted"
    """Named by an entry of the stay, on no list of diagnoses: for a clinician to confirm."""


class ObservationKind(StrEnum):
    LAB = "lab"
    VITAL = "vital"
    IMAGING = "imaging"
    FUNCTION = "function"
    """Mobility, cognition, scores such as Berg, 6MWT, TUG, mRS, FIM, MoCA."""
    OTHER = "other"


@dataclass(frozen=True)
class Place:
    """Characters ``start:end`` of a source document; ``quote`` is that text, verbatim."""

    document_id: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class SourceDocument:
    """A text the record was read from: a chart, a note, or one FHIR resource laid out as lines."""

    id: str
    title: str
    text: str
    kind: str  # "chart" | "note" | "fhir"
    date: str | None = None


@dataclass(frozen=True)
class Patient:
    name: str | None = None
    birth_date: str | None = None
    """ISO date."""
    age_text: str | None = None
    """The age as the record states it, e.g. ``69 y`` or ``63岁``."""
    sex: str | None = None
    """``female`` | ``male`` | ``other``; None where the record is silent."""
    mrn: str | None = None
    places: tuple[Place, ...] = ()
    deceased: str | None = None
    """ISO date or date-time of death, or ``yes``; None where the record does not say that the patient died."""


@dataclass(frozen=True)
class Encounter:
    id: str
    admitted: str | None = None
    """ISO date or date-time."""
    discharged: str | None = None
    reason: str | None = None
    ward: str | None = None
    attending: str | None = None
    type: str | None = None
    disposition: str | None = None
    places: tuple[Place, ...] = ()
    discharge_expected: bool = False
    """``discharged`` is the day the record plans or expects, and no entry says that the patient left."""


@dataclass(frozen=True)
class Condition:
    """A diagnosis or symptom and what the record asserts of it."""

    name: str
    assertion: Assertion
    role: DiagnosisRole
    place: Place
    onset: str | None = None
    ended: str | None = None
    code: str | None = None
    """``system|code`` as the record gives it."""


@dataclass(frozen=True)
class Procedure:
    name: str
    status: ProcedureStatus
    place: Place
    date: str | None = None


@dataclass(frozen=True)
class MedicationStatement:
    """One mention of one medicine, verbatim parts.

    ``generic`` is the formulary's generic name in lower-case English where the name is known to it.
    ``dose`` keeps the record's own figures and unit (``40 mg``, ``100/6 2 puffs``).
    """

    name: str
    phase: MedicationPhase
    action: MedicationAction
    place: Place
    generic: str | None = None
    dose: str | None = None
    route: str | None = None
    frequency: str | None = None
    duration: str | None = None
    """How long, or until when: ``until 10/11``, ``x8 wks``, ``7天``."""
    reason: str | None = None
    """Indication, or why stopped, in the record's words."""
    condition: str | None = None
    """For HOLD: when to restart, in the record's words."""
    previous_dose: str | None = None
    """For a change said in one sentence (``40 -> 30 mg``): the old dose."""
    date: str | None = None
    change: str | None = None
    """``new|changed|continued`` when the record itself says so."""


@dataclass(frozen=True)
class Allergy:
    substance: str
    """Empty with ``none_known``: the record states that there is no known allergy."""
    place: Place
    reaction: str | None = None
    none_known: bool = False
    generic: str | None = None


@dataclass(frozen=True)
class Observation:
    """One result. ``value`` is verbatim; ``number`` is its float where it is one number."""

    name: str
    value: str
    kind: ObservationKind
    place: Place
    unit: str | None = None
    number: float | None = None
    time: str | None = None
    """ISO date or date-time where the year is known, else as the record has it."""
    reference_range: str | None = None
    abnormal: bool | None = None
    """As the record marks it; None where it does not."""
    assertion: Assertion = Assertion.PRESENT
    """ERRONEOUS when the record says so (haemolysed, mislabelled, wrong patient)."""
    note: str | None = None
    code: str | None = None


@dataclass(frozen=True)
class PendingResult:
    name: str
    place: Place
    owner: str | None = None
    sent: str | None = None
    then: str | None = None
    """What the record says to do with the result: ``if positive, treat``."""


@dataclass(frozen=True)
class FollowUp:
    text: str
    """The arrangement in the record's words."""
    place: Place
    when: str | None = None
    who: str | None = None
    incidental: bool = False
    """An incidental finding with the action it needs."""


@dataclass(frozen=True)
class Statement:
    """A sentence of a note, kept whole: what the hospital course is written from.

    ``section`` is a key of ``records/sections.yaml`` (``history_of_present_illness``, ``progress`` …).
    ``assertion`` is ERRONEOUS for text that the record itself strikes out; FAMILY for relatives' history.
    """

    text: str
    section: str
    place: Place
    date: str | None = None
    author: str | None = None
    assertion: Assertion = Assertion.PRESENT


@dataclass(frozen=True)
class PatientRecord:
    """Everything read from one record, for one chosen encounter.

    Lists keep the order of the record. Nothing in it is inferred beyond what the place says.
    """

    id: str
    language: str  # "en" | "zh"
    documents: tuple[SourceDocument, ...]
    patient: Patient = field(default_factory=Patient)
    encounter: Encounter | None = None
    encounters: tuple[Encounter, ...] = ()
    """All encounters, the chosen one included, oldest first."""
    conditions: tuple[Condition, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    medications: tuple[MedicationStatement, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    observations: tuple[Observation, ...] = ()
    pending_results: tuple[PendingResult, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    statements: tuple[Statement, ...] = ()
    warnings: tuple[str, ...] = ()
    """What the reader could not use, one plain line each, for the clinician."""

    def document(self, document_id: str) -> SourceDocument:
        """The source document of that id; raises KeyError where there is none."""
        for document in self.documents:
            if document.id == document_id:
                return document
        raise KeyError(document_id)

    def text(self) -> str:
        """All source text, in order: what a number shown must be found in."""
        return "\n".join(document.text for document in self.documents)

    def statements_in(self, *sections: str) -> Iterator[Statement]:
        return (s for s in self.statements if s.section in sections)
