"""The one way a patient enters: a file is read, then its bytes are kept as they came, with what lists show of it.

Refuses to know pages and where the file came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.domain.record import Assertion, DiagnosisRole, PatientRecord
from assistant.records.apart import DEFAULT_LIMITS, read_record_apart
from assistant.records.reader import read_record
from assistant.store import Actor, PatientDisplay, RecordSource, SourceKind, Store

if TYPE_CHECKING:
    from knowledge.apart import Limits
    from knowledge.formulary import Formulary

_RANK = [DiagnosisRole.PRINCIPAL, DiagnosisRole.SECONDARY, DiagnosisRole.NOTED, DiagnosisRole.COMORBIDITY]
LONGEST_PROBLEM_CHARS = 120


@dataclass(frozen=True)
class Admitted:
    patient_id: str
    record: PatientRecord


def admit(
    store: Store,
    actor: Actor,
    content: bytes,
    filename: str,
    formulary: Formulary,
    *,
    ward_id: str | None = None,
    limits: Limits | None = DEFAULT_LIMITS,
) -> Admitted:
    """Raises RecordUnreadable before anything is kept.

    The file is read in a child process under ``limits``; None reads it here, for samples that come with the program.
    """
    if limits is None:
        record = read_record(content, filename=filename, formulary=formulary)
    else:
        record = read_record_apart(content, filename=filename, limits=limits)
    source = RecordSource(_kind(content, record), content, filename)
    return Admitted(store.patients.add(actor, source, display_of(record), ward_id=ward_id), record)


def problems(record: PatientRecord) -> list[str]:
    """Present diagnoses, the principal one first, each name once."""
    present = [c for c in record.conditions if c.assertion is Assertion.PRESENT]
    names = (" ".join(c.name.split()) for c in sorted(present, key=lambda c: _RANK.index(c.role)))
    return list(dict.fromkeys(name for name in names if name))


def display_of(record: PatientRecord) -> PatientDisplay:
    patient, stay = record.patient, record.encounter
    names = problems(record)
    problem = names[0] if names else (stay.reason if stay else None)
    return PatientDisplay(
        name=patient.name,
        sex=patient.sex,
        birth_date=patient.birth_date,
        age_text=patient.age_text,
        mrn=patient.mrn,
        language=record.language,
        admitted=stay.admitted if stay else None,
        discharged=stay.discharged if stay else None,
        problem=problem[:LONGEST_PROBLEM_CHARS] if problem else None,
    )


def _kind(content: bytes, record: PatientRecord) -> SourceKind:
    if content[:1024].lstrip().startswith(b"%PDF"):
        return SourceKind.PDF
    return SourceKind.CHART if any(d.kind == "chart" for d in record.documents) else SourceKind.BUNDLE
