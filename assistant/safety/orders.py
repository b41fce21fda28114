"""The medicines a record continues or proposes: what the cross-checks look at.

Owns which mention is an order. Refuses to know whether it is safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import MedicationAction, MedicationPhase, PatientRecord, Place, SourceDocument
from assistant.safety.patient_state import clause_before, place_of, struck_spans
from knowledge.formulary import Formulary, open_formulary

_PROPOSED = re.compile(
    r"propos|\bplan\b|pre-?printed|protocol|pathway|standard|template|order set|\bstart|commenc|initiat|prescri|\bgive\b|"
    r"\bto go home|discharge (?:on|med|with)|TTO|request|suggest|draft|拟|常规|给予|予以|加用|带药|建议|草案|路径|方案|医嘱|处方|开具|模板|起始",
    re.IGNORECASE,
)
_CURRENT = re.compile(
    r"\bmed(?:s|ication|icines?)\b|\btak(?:es|ing)\b|\bon\b|regular|repeat|DHx|\bDH\b|home|用药|服用|长期|口服|目前|平素|吸入",
    re.IGNORECASE,
)
_BARRED_BEFORE = re.compile(
    r"\b(?:avoid\w*|not|no|nor|never|without|stop(?:ped|ping)?|hold|held|withh\w+|discontinu\w+|ceas\w+|suspend\w*|paus\w+|"
    r"previous(?:ly)?|formerly|declin\w+|refus\w+|instead of|rather than|contraindicat\w+|allerg\w*|anaphyla\w*|intoleran\w*|"
    r"reaction to|rash (?:to|with|after)|tried|failed|used to|off|last (?:year|month)|had|sensitive to|mother|father|sister|brother|wife|husband)\b[^.;]*$",
    re.IGNORECASE,
)
_BARRED_BEFORE_ZH = re.compile(
    r"(?:停用|已停|停|避免|禁用|禁|不用|未用|曾|勿|不宜|不能|否认|对|过敏史?[:：]?|既往用|暂停|家属|父亲|母亲)[^，,；。]*$"
)
_BARRED_AFTER = re.compile(
    r"^[^.;\n，。；]{0,40}?(?:\b(?:stopped|held|withheld|discontinued|allerg\w*|anaphyla\w*|contraindicated|intoleran\w*|caused|last year|years? ago|in the past|before without|finished|completed|level|is avoided|was given)\b|过敏|停用|已停|禁用|不耐受|浓度|皮疹|休克)",
    re.IGNORECASE,
)
_DOSE = re.compile(
    r"^[^\d\n.;。；，,]{0,24}?(\d+(?:[.,]\d+)?(?:\s?[-–~]\s?\d+(?:\.\d+)?)?\s?(?:mg|mcg|micrograms?|µg|μg|ug|g|units?|IU|ml|mmol|毫克|微克|克|片|粒|单位|puffs?)(?:/kg)?)(?![A-Za-z/])",
    re.IGNORECASE,
)
_OFTEN = re.compile(
    r"\b(?:once|twice|three times|four times|every \d+ ?(?:h\w*|hours?)|OD|BD|BID|TDS|TID|QDS|QID|QD|nocte|ON|daily|weekly|once a week|per week|every day|each day|a day|PRN|stat|q\d+h)\b(?: (?:daily|a day|weekly|a week|per week|per day))?|每[日天周晚][^，。；\s]{0,5}|[一二三四1-4]次/[日天]|(?:qd|bid|tid|qid|qn|qw|q\d+h)",
    re.IGNORECASE,
)
_TOPICAL = re.compile(
    r"\b(?:gel|cream|ointment|topical|lotion|shampoo|patch(?:es)?|pessar\w+|eye ?drops?|ear ?drops?|eyedrops)\b|乳膏|凝胶|软膏|滴眼|外用|栓|洗剂|滴耳|贴膏",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OrderedMedicine:
    """``proposed``: the record or a draft wants it newly given; otherwise the patient already takes it."""

    generic: str
    name: str
    dose: str = ""
    frequency: str = ""
    route: str = ""
    evidence: Evidence | None = None
    proposed: bool = False
    local: bool = False
    """Applied to skin, eye or ear: little reaches the blood."""


def record_evidence(record: PatientRecord, place: Place) -> Evidence:
    """The record's own words at ``place`` as evidence."""
    title = next((d.title for d in record.documents if d.id == place.document_id), "")
    return Evidence(EvidenceKind.RECORD, place.document_id, place.quote, place.start, place.end, title=title)


def ordered_medicines(
    record: PatientRecord, *, formulary: Formulary | None = None
) -> tuple[OrderedMedicine, ...]:
    """Medicines the record continues or proposes, in its order; stopped, held, struck-out and past ones are left out."""
    known = formulary or open_formulary()
    found: dict[str, OrderedMedicine] = {}
    ended: set[str] = set()
    has_discharge = any(m.phase is MedicationPhase.DISCHARGE for m in record.medications)
    for statement in record.medications:
        generics = _generics(known, statement.generic or statement.name)
        if statement.action is not MedicationAction.TAKE:
            ended.update(generics)
            continue
        if has_discharge and statement.phase is MedicationPhase.INPATIENT:
            continue
        for generic in generics:
            if statement.phase is MedicationPhase.DISCHARGE:
                ended.discard(generic)
            found[generic] = OrderedMedicine(
                generic, statement.name, statement.dose or "", statement.frequency or "", statement.route or "",
                record_evidence(record, statement.place), statement.change == "new" or statement.phase is MedicationPhase.DISCHARGE,
                bool(_TOPICAL.search(f"{statement.name} {statement.route or ''} {statement.place.quote}")),
            )  # fmt: skip
    for generic in ended:
        found.pop(generic, None)
    struck = struck_spans(record)
    barred_places = {
        (m.place.document_id, m.place.start, m.place.end)
        for m in record.medications
        if m.action is not MedicationAction.TAKE
    }
    for document in record.documents:
        if document.kind == "fhir":
            continue
        for order in _from_text(record, document, known, struck.get(document.id, [])):
            place = order.evidence
            if place and any(d == document.id and a <= place.start < b for d, a, b in barred_places):
                continue
            if has_discharge and not order.proposed and order.generic not in found:
                continue
            before = found.get(order.generic)
            if before is None and order.generic in ended and not order.proposed:
                continue
            if before is None or (order.proposed and not before.proposed) or (order.dose and not before.dose):
                found[order.generic] = order
    return tuple(found.values())


def _generics(formulary: Formulary, name: str) -> tuple[str, ...]:
    whole = formulary.generic(name)
    if whole:
        return (whole,)
    return tuple(dict.fromkeys(mention.generic for mention in formulary.names_in(name)))


def _from_text(
    record: PatientRecord, document: SourceDocument, formulary: Formulary, struck: list[tuple[int, int]]
) -> list[OrderedMedicine]:
    text = document.text
    orders = []
    for mention in formulary.names_in(text):
        before = clause_before(text, mention.start)
        after = re.split(r"[.;](?=\s|$)|[。；\n]", text[mention.end : mention.end + 90])[0]
        nearest = re.split(r"[,，]", after)[0]
        if any(a < mention.end and mention.start < b for a, b in struck):
            continue
        if _BARRED_BEFORE.search(before) or _BARRED_BEFORE_ZH.search(before) or _BARRED_AFTER.search(nearest):
            continue
        dose = _DOSE.match(after)
        line = text[text.rfind("\n", 0, mention.start) + 1 : mention.start]
        proposed = bool(_PROPOSED.search(line))
        if not (dose or proposed or _CURRENT.search(before)):
            continue
        often = _OFTEN.search(after[dose.end() if dose else 0 :][:30])
        place = place_of(document, mention.start, mention.end + (dose.end() if dose else 0))
        orders.append(
            OrderedMedicine(
                mention.generic,
                mention.text,
                dose[1] if dose else "",
                often.group() if often else "",
                "",
                record_evidence(record, place),
                proposed,
                bool(_TOPICAL.search(after[:30])),
            )
        )
    return orders
