"""Cross-checks of what is ordered, and what they do to sentences.

A sentence that orders what an alert stops is held back; a sentence that warns or records the past is not.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.domain.answer import Alert, AlertKind, Origin, Sentence, Severity, Withheld
from assistant.domain.events import AlertRaised, Event, Stage, StageName
from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement, PatientRecord
from assistant.records.last_order import tells_of_the_end
from assistant.safety.cross_checks import OrderedMedicine, cross_check, ordered_medicines
from assistant.tasks.base import Turn

_WARNS = re.compile(
    r"\b(?:avoid|contra-?indicat\w*|do not|don't|must not|should not|never|stop(?:ped)?|not (?:use|start|give|recommended|advised)|"
    r"caution|allerg\w*|hold|withh[eo]ld|discontinu\w*|instead of)\b|避免|禁用|禁忌|不要|不得|不应|不宜|停用|过敏|慎用|暂停|勿",
    re.IGNORECASE,
)

_TELLS_OF_HARM = re.compile(
    r"\bneeds? (?:emergency|immediate|same-day|urgent|senior)\b|\bemergency care\b|\b(?:raises?|increases?|adds? to) (?:the )?risk\b|\bcan (?:cause|harm|kill)\b"
    r"|\bside effects?\b|需?(?:立即|马上|尽快|紧急|急诊)(?:就[诊医]|处理|来院)?|增加.{0,8}风险|不良反应",
    re.IGNORECASE,
)
"""``Black stools on an anticoagulant need emergency care`` orders no anticoagulant: it must reach who takes one."""
_ARRANGES = re.compile(
    r"\b(?:clinic|appointment|review|visit|decision|decide|reassess\w*|follow-?up|discuss\w*)\b|门诊|复诊|复查|随访|评估|决定",
    re.IGNORECASE,
)
_DOSED = re.compile(r"\d\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|ml|puffs?|片|粒|单位)(?![a-z])", re.IGNORECASE)


def warns(text: str) -> bool:
    """True where the sentence tells against a medicine rather than for it."""
    return bool(_WARNS.search(text) or _TELLS_OF_HARM.search(text))


_FORBIDS_IT = re.compile(
    r"\b(?:no|nil|not(?: to| for)?|without)\s(?:(?:further|more|any|other|oral|take|taking|have|having|use|using|be given|nsaids?|aspirin|ibuprofen|"
    r"naproxen|diclofenac|steroids?|and|or|nor|plus)[\s,/&]+)*$|(?:不(?:再|能|可|宜)?(?:服用|使用|服|吃|用)|无需|不需要?)[^，。；]{0,6}$",
    re.IGNORECASE,
)
_DOSE_NEXT = re.compile(r"\s*\d+(?:\.\d+)?\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|ml|片|粒)", re.IGNORECASE)


def forbidden_at(text: str, start: int, end: int) -> bool:
    """True where the medicine named there is told not to be taken: ``No aspirin``; a dose behind it is an order after all."""
    return bool(_FORBIDS_IT.search(text[:start])) and not _DOSE_NEXT.match(text[end:])


def stopped_drugs(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """Generic name → the stop alert about it."""
    return {drug: alert for alert in alerts if alert.severity is Severity.STOP for drug in alert.drugs}


def without_proposals(turn: Turn, record: PatientRecord) -> PatientRecord:
    """The record without medicines that it only proposes (a pathway quoted, a draft order): nobody takes those yet.

    Discharge lists stay as they are: what stands there is ordered.
    """
    listed = {
        (m.place.document_id, m.place.start)
        for m in record.medications
        if m.phase is MedicationPhase.DISCHARGE
    }
    proposed = [
        order.evidence
        for order in ordered_medicines(record, formulary=turn.services.formulary)
        # A row of a medicine table tells home and discharge at one place: the list is no proposal.
        if order.proposed
        and order.evidence is not None
        and (order.evidence.id, order.evidence.start) not in listed
    ]

    # `We commenced Movicol 1 sachet bd` in a letter of discharge without a list: what was begun was done, not proposed.
    told = not listed and tells_of_the_end(d.text for d in record.documents)

    def is_proposed(m: MedicationStatement) -> bool:
        if m.phase is MedicationPhase.DISCHARGE or (told and m.change == "new" and m.dose and m.frequency):
            return False
        return m.change == "proposed" or any(
            e.id == m.place.document_id and e.start < m.place.end and m.place.start < e.end for e in proposed
        )

    return replace(record, medications=tuple(m for m in record.medications if not is_proposed(m)))


_REVIEW_KINDS = frozenset(
    (
        AlertKind.ALLERGY, AlertKind.RENAL, AlertKind.HEPATIC, AlertKind.PREGNANCY, AlertKind.AGE, AlertKind.DISEASE,
        AlertKind.DOSE, AlertKind.MISSING, AlertKind.DUPLICATE,
    )
)  # fmt: skip


def review_first(alerts: Sequence[Alert]) -> dict[str, list[Alert]]:
    """Generic name → alerts that a clinician must weigh before the medicine is newly given."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.severity is Severity.STOP or (
            alert.severity is Severity.CAUTION and alert.kind in _REVIEW_KINDS
        ):
            for drug in alert.drugs:
                found.setdefault(drug, []).append(alert)
    return found


def hold_back(turn: Turn, sentence: Sentence, alerts: Sequence[Alert]) -> Withheld | None:
    """The sentence withheld with the alert as reason, or None where it may be shown."""
    stopped = stopped_drugs(alerts)
    if not stopped or warns(sentence.text):
        return None
    if (
        sentence.origin is Origin.RECORD
        and _ARRANGES.search(sentence.text)
        and not _DOSED.search(sentence.text)
    ):
        return None  # where a medicine is to be decided on is no order of it
    formulary = turn.services.formulary
    mentioned = {
        m.generic
        for m in formulary.medicines_in(sentence.text)
        if sentence.origin is not Origin.RECORD or not forbidden_at(sentence.text, m.start, m.end)
    }
    classes = (
        {c.drug_class for c in formulary.classes_in(sentence.text)}
        if sentence.origin is not Origin.RECORD
        else set()
    )
    for drug, alert in stopped.items():
        if drug in mentioned or classes & formulary.tags(drug):
            return Withheld(sentence.text, alert.text)
    return None


_ADVISES = re.compile(
    r"\b(?:recommended|preferred|offer|start|give|use|add|first[- ]line|should|suggested|continue)\b|推荐|首选|应用|给予|加用|使用|启动|长期",
    re.IGNORECASE,
)


def given_up(turn: Turn, record: PatientRecord, sentence: Sentence, part: str) -> Withheld | None:
    """Advice to take a medicine that this stay stopped or put on hold, and nothing of its kind is taken: no longer the plan."""
    if part not in ("actions", "goals") or warns(sentence.text) or not _ADVISES.search(sentence.text):
        return None
    formulary = turn.services.formulary
    last = {m.generic: m for m in record.medications if m.generic and m.phase is not MedicationPhase.HOME}
    ended = {g: m for g, m in last.items() if m.action in (MedicationAction.STOP, MedicationAction.HOLD)}
    taken = {tag for g, m in last.items() if g not in ended for tag in formulary.tags(g)}
    named = {m.generic for m in formulary.names_in(sentence.text)}
    named |= {c.drug_class for c in formulary.classes_in(sentence.text)}
    if named & taken:
        return None
    for generic, medicine in ended.items():
        if named & formulary.tags(generic):
            held = medicine.action is MedicationAction.HOLD
            reason = turn.say(
                f"{medicine.name} {'is on hold' if held else 'was stopped'} in this stay: settle whether this advice holds",
                f"本次住院{'暂停' if held else '停用'}了{medicine.name}：请确认此建议是否仍适用",
            )
            return Withheld(sentence.text, reason)
    return None


@dataclass(frozen=True)
class Checked:
    """``alerts`` are about what is ordered or asked about; ``unsuitable`` about options nobody ordered, by drug."""

    alerts: tuple[Alert, ...] = ()
    unsuitable: tuple[Alert, ...] = ()

    @property
    def all(self) -> tuple[Alert, ...]:
        return (*self.alerts, *self.unsuitable)


def check_orders(
    turn: Turn, record: PatientRecord | None, *, question: str = "", offered: Iterable[str] = ()
) -> Generator[Event, None, Checked]:
    """Cross-checks of the record's orders and of each drug that the question brings up; yields and returns the alerts.

    Nobody has ordered the drugs of ``offered`` texts (guideline sentences): those that would be a stop for this patient
    are raised as a note, and returned apart as the stop that keeps their sentences back.
    """
    if record is None:
        return Checked()
    services = turn.services
    yield Stage(StageName.CHECKS)

    def check(orders: Sequence[OrderedMedicine]) -> tuple[Alert, ...]:
        return cross_check(
            record, orders, language=turn.language, formulary=services.formulary, today=services.today()
        )

    orders = [*ordered_medicines(record, formulary=services.formulary), *_named(turn, [question])]
    alerts = list(check(orders))
    for alert in alerts:
        yield AlertRaised(alert)
    taken = {order.generic for order in orders}
    options = [option for option in _named(turn, offered) if option.generic not in taken]
    unsuitable: list[Alert] = []
    if options:
        known = {(a.kind, a.drugs) for a in alerts}
        offered_names = {option.generic for option in options}
        for alert in check([*orders, *options]):
            drugs = tuple(d for d in alert.drugs if d in offered_names)
            if alert.severity is not Severity.STOP or not drugs or (alert.kind, alert.drugs) in known:
                continue
            paired = alert.kind is AlertKind.INTERACTION
            if alert.kind is AlertKind.DUPLICATE or (paired and not taken.intersection(alert.drugs)):
                continue  # an option stands in place of what is taken, and of the other options
            unsuitable.append(replace(alert, drugs=drugs))
            if not paired:
                yield AlertRaised(replace(alert, severity=Severity.NOTE))
    yield Stage(StageName.CHECKS, done=True, count=len(alerts))
    return Checked(tuple(alerts), tuple(unsuitable))


def _named(turn: Turn, texts: Iterable[str]) -> list[OrderedMedicine]:
    """Each drug named in the texts, once, as a proposal."""
    named = {m.generic: m.text for text in texts for m in turn.services.formulary.medicines_in(text)}
    return [OrderedMedicine(generic, name, proposed=True) for generic, name in named.items()]
