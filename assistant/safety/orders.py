"""The medicines a record continues or proposes: what the cross-checks look at.

Owns which mention is an order. Refuses to know whether it is safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.medicine_kinds import is_of_kind
from assistant.domain.record import (
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    PatientRecord,
    Place,
    SourceDocument,
)
from assistant.safety.allergy_stories import told_allergies
from assistant.safety.asserted import clause_before, place_of, struck_spans
from assistant.safety.order_words import (
    ANSWERED_NO,
    ASKED_AFTER,
    BARRED_AFTER,
    BARRED_BEFORE,
    BARRED_BEFORE_ZH,
    BARRED_NEAR,
    CHANGED_TO,
    CONTINUED_AFTER,
    CURRENT,
    DOSE,
    ENDED,
    ENDED_AFTER,
    FOR_ANOTHER,
    FORBIDDEN,
    INDICATION,
    LEFT_FOR_ANOTHER,
    OFTEN,
    ORDER_WORD,
    PROPOSED,
    PROPOSED_AFTER,
    REACTED_TO,
    RESTARTED,
    ROUTES,
    TOPICAL,
)
from knowledge.formulary import DrugMention, Formulary, open_formulary


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
    long_taken: bool = False
    """Named among what the patient takes already, and nobody proposes it anew."""


def record_evidence(record: PatientRecord, place: Place) -> Evidence:
    """The record's own words at ``place`` as evidence."""
    title = next((d.title for d in record.documents if d.id == place.document_id), "")
    return Evidence(EvidenceKind.RECORD, place.document_id, place.quote, place.start, place.end, title=title)


def ordered_medicines(
    record: PatientRecord, *, formulary: Formulary | None = None
) -> tuple[OrderedMedicine, ...]:
    """Medicines the record continues or proposes, in its order; stopped, held, struck-out and past ones are left out."""
    return tuple(_best(orders) for orders in orders_of(record, formulary or open_formulary()).values())


def orders_of(record: PatientRecord, known: Formulary) -> dict[str, list[OrderedMedicine]]:
    """Every order of each medicine: a brand and its generic stand under one key, each with its own words."""
    found: dict[str, list[OrderedMedicine]] = {}
    ended, barred = set[str](), list[Place]()
    documents = {document.id: document for document in record.documents}
    last_word: dict[str, Place] = {}
    has_discharge = any(m.phase is MedicationPhase.DISCHARGE for m in record.medications)
    for statement in record.medications:
        generics = _generics(known, statement.generic or statement.name)
        document = documents.get(statement.place.document_id)
        if statement.action is not MedicationAction.TAKE and _is_ended(statement, document, known):
            ended.update(generics)
            barred.append(statement.place)
            if statement.phase is MedicationPhase.DISCHARGE:
                last_word.update((generic, statement.place) for generic in generics)
            continue
        if has_discharge and statement.phase is MedicationPhase.INPATIENT:
            continue
        if (
            document is not None
            and document.kind != "fhir"
            and FORBIDDEN.search(clause_before(document.text, statement.place.start))
        ):
            continue
        for generic in generics:
            if statement.phase is MedicationPhase.DISCHARGE or _is_restart(statement, document, known):
                ended.discard(generic)
                last_word.pop(generic, None)
            found.setdefault(generic, []).append(_from_statement(record, statement, generic, document, known))
    listed = {
        generic
        for m in record.medications
        if m.phase is MedicationPhase.DISCHARGE and m.action is MedicationAction.TAKE
        for generic in _generics(known, m.generic or m.name)
    }
    # `HRT stopped` ends the estradiol of the home list
    ended |= {g for g in found if g not in listed and any(is_of_kind(e, g) for e in ended)}
    for generic in ended:
        found.pop(generic, None)
    struck = struck_spans(record)
    for _, culprit in told_allergies(record, known):
        struck.setdefault(culprit.document_id, []).append((culprit.start, culprit.end))
    of_the_stay = _of_the_stay(record, known)
    for document in record.documents:
        if document.kind == "fhir":
            continue
        for order in _from_text(record, document, known, struck.get(document.id, [])):
            generic, place = order.generic, order.evidence
            if place and any(b.document_id == document.id and b.start <= place.start < b.end for b in barred):
                continue
            if _is_above(place, last_word.get(generic), document):
                continue  # given during the stay, stopped or held in the discharge list below
            if generic not in found and _is_above(place, of_the_stay.get(generic), document):
                continue  # given in the ward and not on the discharge list below
            if generic not in found and not order.proposed and (has_discharge or generic in ended):
                continue
            if generic in ended and not order.dose:
                continue  # `GP to check simvastatin restarted`: still the medicine that is held
            found.setdefault(generic, []).append(order)
    return _without_ended(record, found, _ended_in_text(record, known), listed)


def _is_culprit(record: PatientRecord, order: OrderedMedicine) -> bool:
    """Named in the telling of an allergy, without a dose and proposed by nobody: ``rash on day 5 of amoxicillin``."""
    own = order.evidence
    if order.dose or order.proposed or own is None or own.start is None:
        return False
    at, text = own.start, next((d.text for d in record.documents if d.id == own.id and d.kind != "fhir"), "")
    return REACTED_TO.search(text[max(0, at - 60) : at]) is not None or any(
        a.place.document_id == own.id and a.place.start <= at < a.place.end and not a.none_known
        for a in record.allergies
    )


def _ended_in_text(record: PatientRecord, known: Formulary) -> dict[tuple[str, str], int]:
    """``(document, generic)`` → where prose last says that the medicine was ended: ``依那普利末次服用为4天前``."""
    last: dict[tuple[str, str], int] = {}
    for document in record.documents:
        if document.kind == "fhir":
            continue
        for mention in known.medicines_in(document.text):
            if ENDED_AFTER.search(document.text[mention.end : mention.end + 60]):
                last[document.id, mention.generic] = mention.start
    return last


def _without_ended(
    record: PatientRecord,
    found: dict[str, list[OrderedMedicine]],
    ended: dict[tuple[str, str], int],
    listed: set[str],
) -> dict[str, list[OrderedMedicine]]:
    """A home medicine that the text below its line ends is no order; what is proposed or on the discharge list stays."""
    kept: dict[str, list[OrderedMedicine]] = {}
    for generic, orders in found.items():
        left = [
            o for o in orders
            if not _is_culprit(record, o)
            and (o.proposed or generic in listed or o.evidence is None or (o.evidence.start or 0) >= ended.get((o.evidence.id, generic), -1))
        ]  # fmt: skip
        if left:
            kept[generic] = left
    return kept


def _is_above(mention: Evidence | None, settled: Place | None, document: SourceDocument) -> bool:
    """Whether a mention in ``document`` stands earlier there than the line that settles its medicine."""
    if mention is None or settled is None or settled.document_id != document.id:
        return False
    return (mention.start or 0) < settled.start


def _of_the_stay(record: PatientRecord, known: Formulary) -> dict[str, Place]:
    """Medicines given in the ward before a discharge list of the same text, with the place where that list begins."""
    lists: dict[str, Place] = {}
    for m in record.medications:
        if m.phase is MedicationPhase.DISCHARGE and m.action is MedicationAction.TAKE:
            first = lists.setdefault(m.place.document_id, m.place)
            lists[m.place.document_id] = min(first, m.place, key=lambda p: p.start)
    return {
        generic: lists[m.place.document_id]
        for m in record.medications
        if m.phase is MedicationPhase.INPATIENT
        and m.place.document_id in lists
        and m.place.start < lists[m.place.document_id].start
        for generic in _generics(known, m.generic or m.name)
    }


def _best(orders: list[OrderedMedicine]) -> OrderedMedicine:
    """The order that says most: a proposal over a mention, then one with a dose; the last of equals in a list."""
    best = orders[0]
    for order in orders[1:]:
        if (order.proposed and not best.proposed) or (order.dose and not best.dose):
            best = order
    best = _changed_to(best, orders)
    route = best.route or next((o.route for o in orders if o.route and o.dose == best.dose), "")
    often = best.frequency or next((o.frequency for o in orders if o.frequency and o.dose == best.dose), "")
    long_taken = best.long_taken and not any(order.proposed for order in orders)
    return replace(best, route=route, frequency=often, long_taken=long_taken)


def _changed_to(best: OrderedMedicine, orders: list[OrderedMedicine]) -> OrderedMedicine:
    """``captopril 12.5 mg changed to captopril 25 mg``: the second is what is given."""
    own = best.evidence
    if own is None or own.end is None or not CHANGED_TO.search(own.quote):
        return best
    after = [
        o for o in orders
        if o.dose and o.evidence and o.evidence.id == own.id and o.evidence.start is not None and 0 <= o.evidence.start - own.end <= 3
    ]  # fmt: skip
    return replace(after[0], proposed=best.proposed or after[0].proposed) if after else best


def _is_ended(statement: MedicationStatement, document: SourceDocument | None, known: Formulary) -> bool:
    """False where the word that ends a medicine belongs to its neighbour: "digoxin 250 mcg, warfarin stopped"."""
    if document is None or document.kind == "fhir":
        return True
    text, start, end = document.text, statement.place.start, statement.place.end
    before = re.split(r"[.;](?=\s)|[。；\n]", text[max(0, start - 120) : start])[-1]
    after = re.split(r"[.;](?=\s|$)|[。；\n]|\s/\s", text[end : end + 120])[0]
    own = statement.place.quote + _own_words(text, end, known, 120)
    if ENDED.search(own) or ENDED.search(before) or statement.reason:
        return True
    return not ENDED.search(after)


def _is_restart(statement: MedicationStatement, document: SourceDocument | None, known: Formulary) -> bool:
    """``Apixaban 5 mg BD restarted yesterday``: what ended it for theatre is over, unless it was stopped again."""
    said, quote = RESTARTED.search(statement.place.quote), statement.place.quote
    after = _own_words(document.text, statement.place.end, known, 120) if document else ""
    return said is not None and not ENDED.search(quote[said.end() :] + after)


def _generics(formulary: Formulary, name: str) -> tuple[str, ...]:
    whole = formulary.generic(name)
    if whole:
        return (whole,)
    return tuple(dict.fromkeys(mention.generic for mention in formulary.names_in(name)))


def _route(words: str) -> str:
    return next((route for route, pattern in ROUTES if pattern.search(words)), "")


def _is_local(words: str, tags: frozenset[str]) -> bool:
    patch = not tags.isdisjoint({"nsaid", "lidocaine", "capsaicin"}) and re.search(r"(?i)\bpatch|贴剂", words)
    outside = not tags.isdisjoint({"antiseptic", "device_material"})
    return bool(TOPICAL.search(words) or patch or outside)


def _own_words(text: str, start: int, known: Formulary, length: int = 80) -> str:
    """From ``start`` to the next medicine or the end of the sentence."""
    after = re.split(r"[.;](?=\s|$)|[。；\n]|\s/\s", text[start : start + length])[0]
    return after[: next((m.start for m in known.names_in(after)), len(after))]


def _from_statement(
    record: PatientRecord,
    statement: MedicationStatement,
    generic: str,
    document: SourceDocument | None,
    known: Formulary,
) -> OrderedMedicine:
    quote = statement.place.quote
    around = f"{statement.name} {statement.route or ''} {quote}"
    before = clause_before(document.text, statement.place.start) if document else ""
    if document is not None and document.kind != "fhir":
        around += _own_words(document.text, statement.place.end, known, 50)
    discharge = statement.phase is MedicationPhase.DISCHARGE
    proposed = statement.change == "new" or discharge
    return OrderedMedicine(
        generic, statement.name, statement.dose or "", statement.frequency or "", _route(around),
        record_evidence(record, statement.place), proposed, _is_local(around, known.tags(generic)),
        not proposed and bool(CURRENT.search(before)),
    )  # fmt: skip


def _is_barred(text: str, mention: DrugMention, nearest: str) -> bool:
    """The words around say that it is not given: refused, past, an allergen, or changed for another."""
    before = clause_before(text, mention.start)
    ordered = ORDER_WORD.search(before)
    if ordered and not BARRED_NEAR.search(before[max(0, ordered.start() - 14) : ordered.start()]):
        before = before[ordered.start() :]
    near = before.rsplit(",", 1)[-1] if DOSE.match(nearest) else before
    if BARRED_BEFORE.search(before) or BARRED_NEAR.search(near):
        return True
    if BARRED_BEFORE_ZH.search(before) or BARRED_AFTER.search(nearest):
        return True
    if ANSWERED_NO.match(text, mention.end):
        return True
    return bool(LEFT_FOR_ANOTHER.search(before) and FOR_ANOTHER.search(nearest))


def _from_text(
    record: PatientRecord, document: SourceDocument, formulary: Formulary, struck: list[tuple[int, int]]
) -> list[OrderedMedicine]:
    text = document.text
    orders = []
    for mention in formulary.medicines_in(text):
        before = clause_before(text, mention.start)
        after = re.split(r"[.;](?=\s|$)|[。；\n]|\s/\s", text[mention.end : mention.end + 90])[0]
        nearest = re.split(r"[,，]", after)[0]
        if any(a < mention.end and mention.start < b for a, b in struck) or _is_barred(
            text, mention, nearest
        ):
            continue
        dose = DOSE.match(after)
        line = text[text.rfind("\n", 0, mention.start) + 1 : mention.start]
        proposed = bool(
            PROPOSED.search(line)
            or (dose and PROPOSED_AFTER.search(after[dose.end() :]))
            or ASKED_AFTER.search(after)
        )
        current = bool(CURRENT.search(before) or INDICATION.match(after) or CONTINUED_AFTER.search(after))
        if not (dose or proposed or current):
            continue
        if formulary.generic(mention.text) is None:
            dose = None  # a regimen's amount (`RHZE 4 tablets`) is of none of its medicines
        words = _own_words(text, mention.end, formulary)
        own = mention.text + words
        often = OFTEN.search(words[dose.end() if dose else 0 :][:40])
        place = place_of(document, mention.start, mention.end + (dose.end() if dose else 0))
        orders.append(
            OrderedMedicine(
                mention.generic, mention.text, dose[1] if dose else "", often.group() if often else "", _route(own),
                record_evidence(record, place), proposed, _is_local(own[:50], formulary.tags(mention.generic)),
                current and not (proposed and not PROPOSED.search(line)) and not PROPOSED.search(before),
            )
        )  # fmt: skip
    return orders
