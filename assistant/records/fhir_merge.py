"""What notes add to the structured facts of a bundle, where the structured fact is the truth.

Owns the merge: a note adds what the structure lacks, never says a thing twice, and where it contradicts the structure
the reader is warned. Refuses to know how free text is read (``chart``) and what two names have in common (``same_item``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    DiagnosisRole,
    Encounter,
    FollowUp,
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    Observation,
    ObservationKind,
    PatientRecord,
    PendingResult,
    Place,
    Procedure,
    ProcedureStatus,
)
from assistant.domain.stay import Period, period_of
from assistant.records.dosing import same_dose
from assistant.records.drug_names import comparable
from assistant.records.fhir_facts import Reading
from assistant.records.fhir_notes import Note
from assistant.records.same_item import covered, days, meaning, measure, same_name

_MEASURED = (ObservationKind.LAB, ObservationKind.VITAL)


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
        _add_follow_up(follow_up, read, reading)
    for pending in read.pending_results:
        _add_pending(pending, reading)
    for condition in read.conditions:
        _add_condition(condition, read, reading, structure)
    for procedure in read.procedures:
        _add_procedure(procedure, note, read, reading, structure)
    for allergy in read.allergies:
        _add_allergy(allergy, note, reading)
    for observation in read.observations:
        _add_observation(observation, note, read, reading, structure)
    _strike_out(read, reading, structure)
    for medicine in _phased(note, read):
        _add_medicine(medicine, note, reading, structure)


def _section(place: Place, read: PatientRecord) -> tuple[str, str]:
    """Section and text of the sentence that a fact stands in."""
    for said in read.statements:
        if said.place.start < place.end and place.start < said.place.end:
            return said.section, said.text
    return "", place.quote


def _warn(reading: Reading, text: str) -> None:
    if text not in reading.bundle.warnings:
        reading.bundle.warnings.append(text)


def _from_note(fact: Place) -> bool:
    return fact.document_id.startswith(("DocumentReference/", "Composition/")) or fact.document_id.endswith(
        "/text"
    )


# diagnoses -----------------------------------------------------------------------------------------------------------


def _add_condition(found: Condition, read: PatientRecord, reading: Reading, structure: Structure) -> None:
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
        _warn(
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
    section, _ = _section(found.place, read)
    if section == "discharge_diagnosis" and not covered(found.name, names):
        reading.conditions.append(replace(found, role=DiagnosisRole.SECONDARY))


def _part_of_list(found: Condition, read: PatientRecord, names: Iterable[str]) -> bool:
    """``quit 2010`` of "Former smoker, 25 pack-years, quit 2010": the whole sentence stands on the problem list."""
    _, sentence = _section(found.place, read)
    words = meaning(sentence)
    return any(len(meaning(name) & words) >= 3 and meaning(found.name) <= meaning(name) for name in names)


def _warn_of_excluded(found: Condition, reading: Reading, structure: Structure) -> None:
    for c in structure.conditions:
        stands = c.assertion is Assertion.PRESENT and c.role is not DiagnosisRole.COMORBIDITY
        if stands and meaning(c.name) and meaning(c.name) == meaning(found.name):
            _warn(
                reading, f"{c.name}: coded as a diagnosis of this stay, but a note says that it was excluded."
            )


# procedures ----------------------------------------------------------------------------------------------------------


def _add_procedure(
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
            _warn(
                reading,
                f"{p.name}: coded as not done, but {note.document.title} says done; the coded entry was used.",
            )
    if same:
        return
    section, _ = _section(found.place, read)
    names = [p.name for p in reading.procedures]
    if section in {"procedures", "operation"} and not covered(found.name, names):
        reading.procedures.append(found)


# allergies -----------------------------------------------------------------------------------------------------------


def _add_allergy(found: Allergy, note: Note, reading: Reading) -> None:
    stated = [a for a in reading.allergies if not a.none_known]
    if found.none_known:
        if stated:  # a stated allergy is never overruled by "NKDA" in a note
            names = ", ".join(dict.fromkeys(a.substance for a in stated))
            _warn(
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
        _warn(
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


# results -------------------------------------------------------------------------------------------------------------

_OTHER_TIME = re.compile(
    r"\b(?:baseline|usual\w*|previous\w*|prior|last (?:week|month|year)|from|was|urine|target|above|below|less than|under|over|if|"
    r"when|until|january|february|march|april|may|june|july|august|september|october|november|december)\b|基线|既往|尿|目标",
    re.IGNORECASE,
)
_MODALITY = re.compile(
    r"\b(?:CT|MRI|MRA|x-?rays?|ultrasound|USS|echo\w*|angiogra\w+|scan|doppler|ECG|EKG|EEG|PET)\b|胸片|超声|心电图|造影",
    re.IGNORECASE,
)


def _add_observation(
    found: Observation, note: Note, read: PatientRecord, reading: Reading, structure: Structure
) -> None:
    """A test that the structure holds is not told again from a note; a note's value that it does not hold is a warning."""
    if any(
        o.name.casefold() == found.name.casefold() and o.value == found.value and o.time == found.time
        for o in reading.observations
    ):
        return
    if found.kind is ObservationKind.IMAGING:
        wanted = {m.casefold() for m in _MODALITY.findall(found.name)}
        shown = [o for o in structure.observations if o.kind is ObservationKind.IMAGING]
        if any(wanted & {m.casefold() for m in _MODALITY.findall(o.name)} for o in shown) or any(
            same_name(o.name, found.name) for o in shown
        ):
            return
        reading.observations.append(found)
        return
    key = measure(found.name)
    same = [o for o in structure.observations if _is_of(o, key, found)]
    if not same:
        if found.kind is not ObservationKind.VITAL or not _has_vitals(structure):
            reading.observations.append(found)
        return
    if found.assertion is Assertion.ERRONEOUS:
        # its place must stay known as struck out, or a safety check takes the figure for true; told under the coded one
        reading.observations.append(replace(found, kind=ObservationKind.OTHER))
        return
    _, sentence = _section(found.place, read)
    lab = found.kind is ObservationKind.LAB and found.assertion is Assertion.PRESENT
    if not lab or measure(found.name) == "glucose" or _OTHER_TIME.search(sentence) or found.number is None:
        return
    day = (found.time or note.document.date or "")[:10]
    of_day = [o for o in same if (o.time or "")[:10] == day and o.number is not None]
    if of_day and all(o.number != found.number for o in same):
        _warn(
            reading,
            f"{found.name} {found.value} in {note.document.title} is not among the results of that day "
            f"({', '.join(o.value for o in of_day)}); the results were used.",
        )


_STRUCK = re.compile(
    r"error|h(?:a)?emoly|clott|clump|wrong|mislabel|withdrawn|contaminat|spurious|溶血|作废|有误|凝固",
    re.IGNORECASE,
)


def _strike_out(read: PatientRecord, reading: Reading, structure: Structure) -> None:
    """Where a note retells a result that is coded as an error, its figure is marked as one too."""
    for known in structure.observations:
        if known.assertion is not Assertion.ERRONEOUS or not known.value:
            continue
        for said in read.statements:
            at = re.search(rf"(?<![\d.]){re.escape(known.value)}(?![\d.]*\d)", said.text)
            if at is None or not _STRUCK.search(said.text) or not said.place.quote.startswith(said.text):
                continue
            end = said.place.start + at.end()
            place = Place(said.place.document_id, said.place.start, end, said.place.quote[: at.end()])
            reading.observations.append(replace(known, kind=ObservationKind.OTHER, place=place))


def _is_of(known: Observation, key: str, found: Observation) -> bool:
    name = measure(known.name)
    if name == key:
        return True
    if known.kind not in _MEASURED and known.kind is not ObservationKind.FUNCTION:
        return False
    return name.split(" ")[0] == key.split(" ")[0] and same_name(name, key) and known.kind is found.kind


def _has_vitals(structure: Structure) -> bool:
    return any(o.kind is ObservationKind.VITAL for o in structure.observations)


# medicines -----------------------------------------------------------------------------------------------------------

_DISCHARGE_NOTE = re.compile(r"discharge|出院", re.IGNORECASE)
_HOME_HEADING = re.compile(
    r"(?:home|admission|pre-?admission|prior|usual|regular|outpatient)[^\n:]{0,30}:|(?:入院前|既往|平素|家庭)[^\n：:]{0,10}[：:]",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(?m)^[^\n:：]{2,40}[:：]")


def _phased(note: Note, read: PatientRecord) -> list[MedicationStatement]:
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


def _add_medicine(medicine: MedicationStatement, note: Note, reading: Reading, structure: Structure) -> None:
    """A coded list of a phase is that phase's truth; a note explains it, adds what it lacks, and differs by warning."""
    dated = replace(medicine, date=medicine.date or note.document.date)
    known = [m for m in structure.medications if _same_medicine(m, medicine, reading)]
    if not known:
        listed = structure.lists(MedicationPhase.DISCHARGE) and medicine.action is MedicationAction.TAKE
        if listed and medicine.phase is MedicationPhase.DISCHARGE:
            _warn(
                reading,
                f"{medicine.name}: in {note.document.title} but not among the coded discharge medicines: confirm.",
            )
        reading.medications.append(dated)
        return
    of_phase = [m for m in known if m.phase is medicine.phase]
    if medicine.phase is MedicationPhase.INPATIENT:
        reading.medications.append(dated)
        return
    if not of_phase:
        # a coded list of that phase without it: the note's sentence speaks of another phase
        if not structure.lists(medicine.phase):
            reading.medications.append(dated)
        return
    if all(m.action is not medicine.action for m in of_phase):
        coded = ", ".join(dict.fromkeys(m.action.value for m in of_phase))
        said = medicine.action is MedicationAction.TAKE or _ENDS.search(medicine.place.quote)
        if (
            medicine.phase is MedicationPhase.DISCHARGE
            and said
            and not _also_said(medicine, of_phase, note, reading)
        ):
            _warn(
                reading,
                f"{medicine.name}: {note.document.title} says {medicine.action.value}, the coded entry says {coded}; "
                "the coded entry was used.",
            )
        return
    doses = [m.dose for m in of_phase if m.dose]
    quotes = " ".join(m.place.quote for m in of_phase)
    if medicine.phase is MedicationPhase.HOME and _later_than_admission(note, reading):
        return  # a dose of the stay
    others = [m for m in structure.medications if m.phase is medicine.phase and m not in of_phase]
    if any(same_dose(m.dose, medicine.dose) for m in others):
        return  # the dose of its neighbour in the sentence
    differs = medicine.dose and doses and all(same_dose(d, medicine.dose) is False for d in doses)
    if differs and medicine.dose and medicine.dose not in quotes:
        _warn(
            reading,
            f"{medicine.name}: {note.document.title} says {medicine.dose}, {of_phase[-1].place.document_id} says "
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


# arrangements --------------------------------------------------------------------------------------------------------

_ADVICE = re.compile(
    r"\s*(?:no|not|do not|don't|avoid|never|only if)\b|(?:\w+\s+){1,2}only if\b|禁止|避免|勿", re.IGNORECASE
)
_AGAIN = re.compile(
    r"\b(?:repeat\w*|recheck\w*|in \d+ (?:week|month)s?|at \d+ (?:week|month)s?)\b|复查", re.IGNORECASE
)


def _add_follow_up(found: FollowUp, read: PatientRecord, reading: Reading) -> None:
    """The same arrangement once: the entry with a date and a person stays."""
    _, sentence = _section(found.place, read)
    for known in reading.follow_ups:
        if not _same_arrangement(known, found, sentence):
            continue
        return
    if meaning(found.text) or not reading.follow_ups:
        reading.follow_ups.append(found)


def _same_arrangement(known: FollowUp, found: FollowUp, sentence: str) -> bool:
    if re.sub(r"\W+", "", known.text).casefold() == re.sub(r"\W+", "", found.text).casefold():
        return True
    if _ADVICE.match(found.text):
        return False
    said = f"{known.text} {known.who or ''}"
    one, two = meaning(said), meaning(found.text)
    shared = {word for word in one & two if not word[0].isdigit()}
    dates = days(f"{known.text} {known.when or ''}"), days(found.text)
    if dates[0] and dates[1]:
        return bool(dates[0] & dates[1]) and bool(shared)
    if found.incidental:
        return bool({w for w in one & meaning(sentence) if not w[0].isdigit()})
    smaller = min((meaning(known.text), two), key=len)
    return len(shared) >= 1 and len(one & two) * 2 >= max(len(smaller), 2)


_A_TEST = re.compile(
    r"cultur|patholog|histolog|biops|antibod|antigen|level|swab|electrophores|cytolog|\bPCR\b|serolog|screen|\btests?\b|titre|titer|"
    r"assay|ratio|scan|x-?ray|\bMRI\b|\bCT\b|ultrasound|echo|film|stud(?:y|ies)|genotyp|sensitiv|smear|count|lipoprotein|hormone|"
    r"vitamin|ferritin|blood|urine|sputum|培养|病理|抗体|化验|检查|检测|结果|报告",
    re.IGNORECASE,
)


def _add_pending(found: PendingResult, reading: Reading) -> None:
    """The same pending result once; what a note says of its repeat stays as a follow-up."""
    words = meaning(found.name)
    if reading.pending_results and not (words and _A_TEST.search(found.name)):
        return  # "final 28 September", "Dr X calls with both": about one that is listed
    for index, known in enumerate(reading.pending_results):
        if not (same_name(known.name, found.name) or covered(re.sub(r"\(.*", "", found.name), [known.name])):
            continue
        if _AGAIN.search(found.name) and not _AGAIN.search(known.name):
            reading.follow_ups.append(FollowUp(found.name, found.place))
        if found.owner and not known.owner:
            reading.pending_results[index] = found
        return
    reading.pending_results.append(found)


# the stay ------------------------------------------------------------------------------------------------------------


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
