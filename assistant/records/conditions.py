"""Diagnoses of a chart and what it asserts of them.

Owns the lists under diagnosis, impression and history headings. Refuses to name a disease that the text does not name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.absent_conditions import denied, excluded_conditions, of_family
from assistant.records.assertion import assertion_of
from assistant.records.diagnosis_items import NOT_A_DIAGNOSIS, VITALS, bare_name, diagnosis_items, is_medicine
from assistant.records.disease_words import disease
from assistant.records.noted_conditions import noted_conditions
from assistant.records.past_history import ONE_LINER, background, history
from assistant.records.sections import Segment
from assistant.records.text_spans import Span
from assistant.records.told_diagnoses import told_diagnoses

_DIAGNOSIS = {"discharge_diagnosis", "assessment"}


_NAMED_AS_DIAGNOSES = re.compile(
    r"(?i)diagnos[ei]s|\bdx\b|problem|^\W*(?:primary|principal|main|secondary|other|additional)\W*$|诊断"
)
"""A label that says that what follows are diagnoses: nothing under it need look like one."""


_OTHERS = re.compile(r"(?i)\b(?:other|secondary|additional|associated)\b|其[他它]|次|合并")
"""A label of what stands beside the principal diagnosis."""
_AT_ADMISSION = re.compile(
    r"(?i)\b(?:admission|admitting|provisional|working|pre-?op\w*)\b|入院|初步|门诊|术前|鉴别"
)


def read_conditions(
    segments: Sequence[Segment],
    document_id: str,
    struck: Sequence[tuple[int, int]],
    drug_starts: frozenset[int],
) -> list[Condition]:
    """Diagnoses first (of the discharge, else of the impression), then comorbidities, denied and excluded ones."""
    excluded = excluded_conditions(segments, document_id, struck)
    out = _diagnoses(segments, document_id, struck, drug_starts, excluded)
    if not any(c.role is DiagnosisRole.PRINCIPAL for c in out):
        out = told_diagnoses(segments, document_id, struck) + out
    for segment in segments:
        if segment.section == "past_medical_history":
            out += history(segment, document_id, struck, drug_starts)
        elif segment.section in ONE_LINER:
            out += background(segment, document_id, struck, drug_starts)
    if not any(_is_final(s) for s in segments):
        out += noted_conditions(segments, document_id, struck, drug_starts, [*out, *excluded])
    out += excluded
    out += denied(segments, document_id, struck)
    out += of_family(segments, document_id)
    return _unique(out)


def _diagnoses(
    segments: Sequence[Segment],
    document_id: str,
    struck: Sequence[tuple[int, int]],
    drugs: frozenset[int],
    excluded: Sequence[Condition],
) -> list[Condition]:
    """Of the discharge, else of the first impression that names any."""
    final = [s for s in segments if _is_final(s)]
    final = [s for s in final if not _AT_ADMISSION.search(s.label)] or final
    first = [
        s
        for s in segments
        if s.section == "assessment"
        and not s.note.discharge
        and not re.search(r"鉴别|(?i:differential)", s.label)
    ]
    out: list[Condition] = []
    of_note = -1
    read: set[int] = set()
    for segment in final or first:
        others = bool(_OTHERS.search(segment.label))
        if not final and out and not (others and segment.note.index == of_note):
            break
        if segment.label_start in read and others:
            continue  # past the blank line that ends the list
        for item in diagnosis_items(segment, struck, final=bool(final)):
            name = bare_name(item)
            if name is None or not _is_diagnosis(name, segment, drugs, final=bool(final), first=not out):
                continue
            assertion = _assertion(item, name, excluded)
            if assertion is Assertion.HISTORICAL:
                assertion = Assertion.PRESENT
            named = any(c.role is DiagnosisRole.PRINCIPAL for c in out)
            principal = assertion is Assertion.PRESENT and not named and not others
            role = DiagnosisRole.PRINCIPAL if principal else DiagnosisRole.SECONDARY
            out.append(Condition(name.text, assertion, role, name.place(document_id)))
            of_note = segment.note.index
            read.add(segment.label_start)
    return out


def _is_final(segment: Segment) -> bool:
    return segment.section == "discharge_diagnosis" or (
        segment.section == "assessment" and segment.note.discharge
    )


def _is_diagnosis(name: Span, segment: Segment, drugs: frozenset[int], *, final: bool, first: bool) -> bool:
    if is_medicine(name, drugs) or NOT_A_DIAGNOSIS.match(name.text) or VITALS.match(name.text):
        return False
    listed = final or _NAMED_AS_DIAGNOSES.search(segment.label)
    short = first and len(name.text.split()) <= 6 and not re.search(r"\d\s?(?:mg|mcg|ml)\b", name.text)
    return bool(listed or short or disease().search(name.text))


def _assertion(item: Span, name: Span, excluded: Sequence[Condition]) -> Assertion:
    head = re.split(r"[(（,，]", name.text)[0].strip().casefold()
    for condition in excluded:
        other = condition.name.casefold()
        if other == head or (
            len(other) >= 4 and other in head and not re.search(r"(?i)resolved|treated", name.text)
        ):
            return Assertion.RULED_OUT
    if re.search(r"(?i)\b(?:excluded|ruled out)\b|排除|除外|不支持|不考虑", name.text) and not re.search(
        "不除外|待排除|不能排除", name.text
    ):
        return Assertion.RULED_OUT
    if re.match(r"(?i)\W*not\s(?!yet|otherwise)", item.text):
        return Assertion.RULED_OUT
    if re.match(r"(?i)\W*(?:R/o|rule out|\?|query)", item.text):
        return Assertion.HYPOTHETICAL
    at = name.start - item.start
    found = assertion_of(item.text, at, at + min(len(name.text), max(4, len(head))))
    if found is Assertion.HYPOTHETICAL and re.search(r"待查|可能性大", name.text):
        return Assertion.PRESENT
    return found


def _unique(conditions: list[Condition]) -> list[Condition]:
    seen: set[tuple[str, Assertion]] = set()
    out = []
    for condition in conditions:
        key = (condition.name.casefold(), condition.assertion)
        if key not in seen:
            seen.add(key)
            out.append(condition)
    return out
