"""What a note adds to the coded medicines of a bundle.

Owns which phase a note's list belongs to and when its words differ from the coded list of that phase. Refuses to overrule a
coded list.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement, PatientRecord
from assistant.records.dosing import same_dose
from assistant.records.drug_names import comparable
from assistant.records.fhir_facts import Reading
from assistant.records.fhir_notes import Note
from assistant.records.fhir_structure import Structure, warn

_DISCHARGE_NOTE = re.compile(r"discharge|出院", re.IGNORECASE)


_HOME_HEADING = re.compile(
    r"(?:home|admission|pre-?admission|prior|usual|regular|outpatient)[^\n:]{0,30}:|(?:入院前|既往|平素|家庭)[^\n：:]{0,10}[：:]",
    re.IGNORECASE,
)


_HEADING = re.compile(r"(?m)^[^\n:：]{2,40}[:：]")


def phased(note: Note, read: PatientRecord) -> list[MedicationStatement]:
    """Medicines with their phase: a plain "Medications" list of a discharge note is the discharge list."""
    found = list(read.medications)
    listed = any(m.phase is MedicationPhase.DISCHARGE and m.action is MedicationAction.TAKE for m in found)
    if listed or not _DISCHARGE_NOTE.search(note.document.title):
        return found

    def at_home(medicine: MedicationStatement) -> bool:
        headings = [m.group() for m in _HEADING.finditer(note.document.text, 0, medicine.place.start)]
        return bool(headings and _HOME_HEADING.match(headings[-1].strip()))

    return [
        replace(m, phase=MedicationPhase.DISCHARGE)
        if m.phase is MedicationPhase.HOME and not at_home(m)
        else m
        for m in found
    ]


def add_medicine(medicine: MedicationStatement, note: Note, reading: Reading, structure: Structure) -> None:
    """A coded list of a phase is that phase's truth; a note explains it, adds what it lacks, and differs by warning."""
    dated = replace(medicine, date=medicine.date or note.document.date)
    known = [m for m in structure.medications if _same_medicine(m, medicine, reading)]
    if not known:
        _warn_of_uncoded(medicine, note, reading, structure)
        reading.medications.append(dated)
        return
    of_phase = [m for m in known if m.phase is medicine.phase]
    if medicine.phase is MedicationPhase.INPATIENT:
        reading.medications.append(dated)
    elif not of_phase:
        # a coded list of that phase without it: the note's sentence speaks of another phase
        if not structure.lists(medicine.phase):
            reading.medications.append(dated)
    elif all(m.action is not medicine.action for m in of_phase):
        _warn_of_action(medicine, of_phase, note, reading)
    else:
        others = [m for m in structure.medications if m.phase is medicine.phase and m not in of_phase]
        _warn_of_dose(medicine, of_phase, others, note, reading)


def _warn_of_uncoded(
    medicine: MedicationStatement, note: Note, reading: Reading, structure: Structure
) -> None:
    listed = structure.lists(MedicationPhase.DISCHARGE) and medicine.action is MedicationAction.TAKE
    if listed and medicine.phase is MedicationPhase.DISCHARGE:
        warn(
            reading,
            f"{medicine.name}: in {note.document.title} but not among the coded discharge medicines: confirm.",
        )


def _warn_of_action(
    medicine: MedicationStatement, coded: list[MedicationStatement], note: Note, reading: Reading
) -> None:
    """Of a discharge medicine: where the note ends what is coded as taken, or takes what is coded as ended."""
    said = medicine.action is MedicationAction.TAKE or _ENDS.search(medicine.place.quote)
    if medicine.phase is not MedicationPhase.DISCHARGE or not said:
        return
    if not _also_said(medicine, coded, note, reading):
        actions = ", ".join(dict.fromkeys(m.action.value for m in coded))
        warn(
            reading,
            f"{medicine.name}: {note.document.title} says {medicine.action.value}, the coded entry says {actions}; "
            "the coded entry was used.",
        )


def _warn_of_dose(
    medicine: MedicationStatement,
    coded: list[MedicationStatement],
    others: list[MedicationStatement],
    note: Note,
    reading: Reading,
) -> None:
    """Silent on a dose of the stay, and on the dose of a neighbour in the sentence."""
    if medicine.phase is MedicationPhase.HOME and _later_than_admission(note, reading):
        return
    if any(same_dose(m.dose, medicine.dose) for m in others):
        return
    doses = [m.dose for m in coded if m.dose]
    differs = medicine.dose and doses and all(same_dose(d, medicine.dose) is False for d in doses)
    if differs and medicine.dose and medicine.dose not in " ".join(m.place.quote for m in coded):
        warn(
            reading,
            f"{medicine.name}: {note.document.title} says {medicine.dose}, {coded[-1].place.document_id} says "
            f"{doses[-1]}; the structured entry was used.",
        )


_ENDS = re.compile(
    r"\b(?:stop\w*|discontinu\w*|ceas\w*|h[eo]ld\w*|withheld|paus\w*|suspend\w*)\b|停|暂", re.IGNORECASE
)


def _later_than_admission(note: Note, reading: Reading) -> bool:
    stay, written = reading.stay.encounter, note.document.date
    return bool(stay and stay.admitted and written and written[:10] > stay.admitted[:10])


def _also_said(
    medicine: MedicationStatement, coded: list[MedicationStatement], note: Note, reading: Reading
) -> bool:
    """True where the note says of the medicine, in a sentence of its own, what the coded entry says."""
    own = [
        m
        for m in reading.medications
        if m.place.document_id == note.document.id and _same_medicine(m, medicine, reading)
    ]
    return any(m.action is c.action for m in own for c in coded)


def _same_medicine(known: MedicationStatement, found: MedicationStatement, reading: Reading) -> bool:
    one = comparable(known.name, known.generic, reading.formulary)
    two = comparable(found.name, found.generic, reading.formulary)
    if one == two:
        return True
    if re.search(r"[\u4e00-\u9fff]{2}", one + two):
        shorter, longer = sorted((known.name, found.name), key=len)
        return len(shorter) >= 3 and shorter in longer
    words, other = (frozenset(re.findall(r"[a-z]{4,}", name)) for name in (one, two))
    return bool(words and other) and (words <= other or other <= words)
