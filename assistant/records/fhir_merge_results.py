"""What a note adds to the coded results of a bundle.

Owns which told value is new, which contradicts the results of its day, and which retells an erroneous one. Refuses to judge
values.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.domain.record import Assertion, Observation, ObservationKind, PatientRecord, Place
from assistant.records.fhir_facts import Reading
from assistant.records.fhir_notes import Note
from assistant.records.fhir_structure import Structure, section_of, warn
from assistant.records.same_item import measure, same_name

_MEASURED = (ObservationKind.LAB, ObservationKind.VITAL)


_OTHER_TIME = re.compile(
    r"\b(?:baseline|usual\w*|previous\w*|prior|last (?:week|month|year)|from|was|urine|target|above|below|less than|under|over|if|"
    r"when|until|january|february|march|april|may|june|july|august|september|october|november|december)\b|基线|既往|尿|目标",
    re.IGNORECASE,
)


_MODALITY = re.compile(
    r"\b(?:CT|MRI|MRA|x-?rays?|ultrasound|USS|echo\w*|angiogra\w+|scan|doppler|ECG|EKG|EEG|PET)\b|胸片|超声|心电图|造影",
    re.IGNORECASE,
)


def add_observation(
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
    _, sentence = section_of(found.place, read)
    lab = found.kind is ObservationKind.LAB and found.assertion is Assertion.PRESENT
    if not lab or measure(found.name) == "glucose" or _OTHER_TIME.search(sentence) or found.number is None:
        return
    day = (found.time or note.document.date or "")[:10]
    of_day = [o for o in same if (o.time or "")[:10] == day and o.number is not None]
    if of_day and all(o.number != found.number for o in same):
        warn(
            reading,
            f"{found.name} {found.value} in {note.document.title} is not among the results of that day "
            f"({', '.join(o.value for o in of_day)}); the results were used.",
        )


_STRUCK = re.compile(
    r"error|h(?:a)?emoly|clott|clump|wrong|mislabel|withdrawn|contaminat|spurious|溶血|作废|有误|凝固",
    re.IGNORECASE,
)


def strike_out(read: PatientRecord, reading: Reading, structure: Structure) -> None:
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
