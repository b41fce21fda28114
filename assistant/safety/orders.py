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
from assistant.safety.asserted import clause_before, place_of, struck_spans
from knowledge.formulary import DrugMention, Formulary, open_formulary

_PROPOSED = re.compile(
    r"propos|\bplan\b|pre-?printed|protocol|pathway|standard|template|order set|\bstart|commenc|initiat|prescri|\bgive\b|"
    r"\bto go home|discharge (?:on|med|with)|TTO|request|suggest|draft|拟|常规|给予|予以|加用|带药|建议|草案|路径|方案|医嘱|处方|开具|模板|起始|\border|\bload\b|recommend|advi[sc]e|\badd(?:ing)?\b|\boffer|\bwants?\b|\basks? for|\basking for|要求|treat(?:ed|ment)? with|considered|\bchart(?:ed)? for|switch|改用|换用|建议|开始|处理[:：]|治疗[:：]",
    re.IGNORECASE,
)
_CURRENT = re.compile(
    r"\bmed(?:s|ication|icines?)\b|\btak(?:es|ing)\b|\bon\b|regular|repeat|DHx|\bDH\b|home|despite|已在服|正在服|用药|服用|长期|口服|目前|平素|吸入",
    re.IGNORECASE,
)
_BARRED_BEFORE = re.compile(
    r"\b(?:avoid\w*|never|without|stop(?:ped|ping)?|hold|held|withh\w+|discontinu\w+|ceas\w+|suspend\w*|paus\w+|"
    r"previous(?:ly)?|formerly|instead of|rather than|contraindicat\w+|tried|failed|used to|last (?:year|month))\b[^.;]*$",
    re.IGNORECASE,
)
_BARRED_NEAR = re.compile(
    r"\b(?:not|no|nor|talked about|discuss\w+|considered|considering|rejected|declin\w+|refus\w+|allerg\w*|anaphyla\w*|intoleran\w*|(?:reaction|rash|hives|swelling|swollen|angio-?o?edema|bronchospasm|urticaria|DRESS|SJS)\b[^.;,]{0,20}\b(?:to|with|after|on|from)|off|had|"
    r"sensitive to|mother|father|sister|brother|wife|husband)\b[^.;]*$",
    re.IGNORECASE,
)
"""Bars the medicine of its own phrase and a bare list; a dose after a comma is a new order ("no allergies, amoxicillin 1 g")."""
_ORDER_WORD = re.compile(
    r"(?:\b(?:plan|propos\w+|start\w*|prescri\w+|give|begin|commenc\w+|initiat\w+|order\w*|suggest\w*|recommend\w*)\b)(?!.*(?:\bplan|\bstart|prescri|\bgive\b))",
    re.IGNORECASE,
)
_BARRED_BEFORE_ZH = re.compile(
    r"(?:停用|已停|停|避免|禁用|禁|不用|未用|曾|勿|不宜|不能|否认|对|过敏史?[:：]?|既往用|暂停|家属|父亲|母亲)[^，,；。]*$"
)
_BARRED_AFTER = re.compile(
    r"^\s*(?:->|→|-|:)\s*(?:NO\b|not\b)|^[^.;\n，。；]{0,40}?(?:\b(?:stopped|held|withheld|discontinued|allerg\w*|anaphyla\w*|contraindicated|intoleran\w*|caused|brings|brought|gave (?:him|her)|made (?:him|her)|last year|years? ago|in the past|before without|finished|completed|level|is avoided|was given|not (?:yet )?(?:started|begun|commenced|given|prescribed)|(?:was |were )?(?:considered|discussed|rejected)|declined|does not want|doesn't want|not wanted)\b|过敏|停用|已停|禁用|不用|未用|不宜|不予|不耐受|浓度|皮疹|休克|所致|引起|导致)",
    re.IGNORECASE,
)
_LEFT_FOR_ANOTHER = re.compile(
    r"\b(?:switch\w*|chang\w*|convert\w*|swap\w*|replac\w*|transition\w*)\s+(?:\w+\s+){0,2}?$|(?:\bfrom|由|将|把|从|原)\s*$",
    re.IGNORECASE,
)
_CHANGED_TO = re.compile(
    r"(?:\b(?:changed|increased|reduced|decreased|titrated|raised|lowered) to|→|->|改为|增至|减至|加至)\s*$",
    re.IGNORECASE,
)
_FOR_ANOTHER = re.compile(
    r"^[^.;\n，。；]{0,30}?(?:\b(?:to|with|by|for)\b|→|->|改为|换为|换成|改用|更换为|改成)", re.IGNORECASE
)
_ENDED = re.compile(
    r"\b(?:stop\w*|held|hold|withh\w+|discontinu\w+|ceas\w+|suspend\w*|paus\w+|omit\w*|switch\w*|chang\w*|complet\w+|finish\w+)\b|"
    r"停|暂缓|禁|改为|换|不再",
    re.IGNORECASE,
)
_ROUTES = tuple(
    (route, re.compile(pattern, re.IGNORECASE))
    for route, pattern in (
        ("inhaled", r"inhal|\bpuffs?\b|neb(?:s|uli[sz]\w+)?\b|spacer|\bMDI\b|haler|吸入|雾化|气雾|粉雾|揿|喷(?!雾?鼻)"),
        ("nasal", r"nasal|nostril|nose|鼻"),
        ("eye", r"\beyes?\b|\bdrops?\b|ophthalm|滴眼|眼膏|眼用"),
        ("intrathecal", r"intrathecal|鞘内"),
        ("patch", r"\bpatch(?:es)?\b|transdermal|/\s?h(?:ou)?r?\b|贴剂|透皮|贴片"),
        ("rectal", r"\brectal\w*|suppositor\w+|\bPR\b|enema|(?<!溶)栓|灌肠|直肠"),
        ("iv", r"\bIVI?\b|intraven\w+|infus\w+|bolus|静脉|静滴|静推|静注|泵入|滴注|ivgtt|iv\b"),
        ("im", r"\bIM\b|intramusc\w+|auto-?inject\w+|肌注|肌内|肌肉注射"),
        ("sc", r"\bS/?C\b|subcut\w*|皮下"),
        ("oral", r"\bPO\b|\boral\w*|by mouth|tablets?|capsules?|口服|片|胶囊|颗粒"),
    )
)  # fmt: skip
_DOSE = re.compile(
    r"^[^\d\n.;。；，,]{0,24}?((?:\d{1,3}(?:,\d{3})+|\d+(?:[.,]\d+)?)(?:\s?[-–~]\s?\d+(?:\.\d+)?)?\s?(?:mg|mcg|micrograms?|µg|μg|ug|g|units?|IU|ml|mmol|毫克|微克|克|片|粒|单位|puffs?)(?:/kg|/\s?(?:h(?:ou)?rs?|小时))?)(?![A-Za-z/])",
    re.IGNORECASE,
)
_OFTEN = re.compile(
    r"\b(?:once|twice|three times|four times|every \d+ ?(?:h\w*|hours?)|OD|BD|BID|TDS|TID|QDS|QID|QD|nocte|ON|daily|weekly|(?:every|each) (?:morning|evening|night)|in the morning|mane|at bedtime|once a week|per week|every day|each day|a day|PRN|stat|q\d+h)\b(?: (?:daily|a day|weekly|a week|per week|per day))?|每[日天周晚早][^，。；\s]{0,5}|[一二三四1-4]次/[日天]|(?:qd|bid|tid|qid|qn|qw|q\d+h)",
    re.IGNORECASE,
)
_INDICATION = re.compile(r"\s*(?:for (?!(?:consider|discuss))|since\b)", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"(?:\b(?:do not|don't|not to|never|must not|should not|avoid)|不要|勿|避免|不宜)\s*(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_TOPICAL = re.compile(
    r"\b(?:gel|cream|ointment|topical|lotion|shampoo|pessar\w+|eye ?drops?|ear ?drops?|eyedrops)\b|乳膏|凝胶|软膏|滴眼|外用|洗剂|滴耳|贴膏",
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
    ended: set[str] = set()
    documents = {document.id: document for document in record.documents}
    barred: list[Place] = []
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
            and _FORBIDDEN.search(clause_before(document.text, statement.place.start))
        ):
            continue
        for generic in generics:
            if statement.phase is MedicationPhase.DISCHARGE:
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
    return found


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
    if own is None or own.end is None or not _CHANGED_TO.search(own.quote):
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
    following = next((m.start for m in known.names_in(after)), len(after))
    own = statement.place.quote + after[:following]
    if _ENDED.search(own) or _ENDED.search(before) or statement.reason:
        return True
    return not _ENDED.search(after)


def _generics(formulary: Formulary, name: str) -> tuple[str, ...]:
    whole = formulary.generic(name)
    if whole:
        return (whole,)
    return tuple(dict.fromkeys(mention.generic for mention in formulary.names_in(name)))


def _route(words: str) -> str:
    return next((route for route, pattern in _ROUTES if pattern.search(words)), "")


def _is_local(words: str, tags: frozenset[str]) -> bool:
    patch = not tags.isdisjoint({"nsaid", "lidocaine", "capsaicin"}) and re.search(r"(?i)\bpatch|贴剂", words)
    return bool(_TOPICAL.search(words) or patch)


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
        not proposed and bool(_CURRENT.search(before)),
    )  # fmt: skip


def _is_barred(text: str, mention: DrugMention, nearest: str) -> bool:
    """The words around say that it is not given: refused, past, an allergen, or changed for another."""
    before = clause_before(text, mention.start)
    ordered = _ORDER_WORD.search(before)
    if ordered and not _BARRED_NEAR.search(before[max(0, ordered.start() - 14) : ordered.start()]):
        before = before[ordered.start() :]
    near = before.rsplit(",", 1)[-1] if _DOSE.match(nearest) else before
    if _BARRED_BEFORE.search(before) or _BARRED_NEAR.search(near):
        return True
    if _BARRED_BEFORE_ZH.search(before) or _BARRED_AFTER.search(nearest):
        return True
    return bool(_LEFT_FOR_ANOTHER.search(before) and _FOR_ANOTHER.search(nearest))


def _from_text(
    record: PatientRecord, document: SourceDocument, formulary: Formulary, struck: list[tuple[int, int]]
) -> list[OrderedMedicine]:
    text = document.text
    orders = []
    for mention in formulary.names_in(text):
        before = clause_before(text, mention.start)
        after = re.split(r"[.;](?=\s|$)|[。；\n]|\s/\s", text[mention.end : mention.end + 90])[0]
        nearest = re.split(r"[,，]", after)[0]
        if any(a < mention.end and mention.start < b for a, b in struck) or _is_barred(
            text, mention, nearest
        ):
            continue
        dose = _DOSE.match(after)
        line = text[text.rfind("\n", 0, mention.start) + 1 : mention.start]
        proposed = bool(_PROPOSED.search(line))
        current = bool(_CURRENT.search(before) or _INDICATION.match(after))
        if not (dose or proposed or current):
            continue
        words = _own_words(text, mention.end, formulary)
        own = mention.text + words
        often = _OFTEN.search(words[dose.end() if dose else 0 :][:40])
        place = place_of(document, mention.start, mention.end + (dose.end() if dose else 0))
        orders.append(
            OrderedMedicine(
                mention.generic, mention.text, dose[1] if dose else "", often.group() if often else "", _route(own),
                record_evidence(record, place), proposed, _is_local(own[:50], formulary.tags(mention.generic)),
                current and not _PROPOSED.search(before),
            )
        )  # fmt: skip
    return orders
