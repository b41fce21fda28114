"""Every ordered medicine held against this patient: allergy, interaction, organ, pregnancy, age, disease, dose, gaps.

Owns which checks run and the order of their alerts. Refuses to know how a record is read or a plan is written.
A stop is for what is contraindicated for this patient; everything else is a caution or a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.domain.answer import Alert, AlertKind
from assistant.domain.record import PatientRecord, Place
from assistant.safety.alert_wording import RANK, Chart
from assistant.safety.allergy_checks import allergy_alerts, recorded_allergies, scan_alerts, unnamed_alert
from assistant.safety.dose_checks import dose_alerts
from assistant.safety.high_alert import high_alerts
from assistant.safety.orders import OrderedMedicine, ordered_medicines
from assistant.safety.pair_checks import duplicate_alerts, interaction_alerts
from assistant.safety.patient_checks import gap_alerts, patient_alerts
from assistant.safety.patient_state import PatientState, patient_state
from knowledge.formulary import Formulary, open_formulary

__all__ = ["OrderedMedicine", "cross_check", "ordered_medicines"]


def cross_check(
    record: PatientRecord, ordered: Sequence[OrderedMedicine], *, language: str = "en",
    formulary: Formulary | None = None, today: date | None = None,
) -> tuple[Alert, ...]:  # fmt: skip
    """Alerts for the ordered medicines, gravest first, one a medicine and reason. Pure; the clock is passed in."""
    known = formulary or open_formulary()
    state = patient_state(record, known, today=today)
    chart = Chart(record, state, known, "zh" if language.startswith("zh") else "en", today)
    medicines = _one_each(ordered)
    asked = {order.generic for order in medicines}
    current = [o for o in ordered_medicines(record, formulary=known) if o.generic not in asked]
    chart = replace(chart, state=_with_implied(state, [*medicines, *current], known))
    allergies = tuple(recorded_allergies(chart))
    alerts: list[Alert] = []
    for order in medicines:
        alerts += allergy_alerts(chart, order, allergies)
        alerts += dose_alerts(order, record, state, known, chart.language)
    alerts += scan_alerts(chart, allergies) + unnamed_alert(chart, medicines)
    alerts += high_alerts(chart, medicines)
    alerts += patient_alerts(chart, medicines)
    alerts += interaction_alerts(chart, medicines, current)
    alerts += duplicate_alerts(chart, medicines, current)
    alerts += gap_alerts(chart, medicines, bool(allergies))
    unique: dict[tuple[AlertKind, str], Alert] = {}
    for alert in alerts:
        unique.setdefault((alert.kind, alert.text), alert)
    return tuple(sorted(unique.values(), key=lambda alert: RANK[alert.severity]))


def _one_each(ordered: Sequence[OrderedMedicine]) -> list[OrderedMedicine]:
    """One order a medicine: what a question names without a dose does not hide the dose that the record orders."""
    kept: dict[str, OrderedMedicine] = {}
    for order in ordered:
        before = kept.get(order.generic)
        if before is None or order.dose or not before.dose:
            kept[order.generic] = order
        elif order.proposed and not before.proposed:
            kept[order.generic] = replace(before, proposed=True, long_taken=False)
    return list(kept.values())


def _with_implied(state: PatientState, orders: Sequence[OrderedMedicine], known: Formulary) -> PatientState:
    """The conditions that a medicine already taken gives away: levodopa is given for Parkinson disease."""
    conditions = dict(state.conditions)
    for order in orders:
        evidence, tags = order.evidence, known.tags(order.generic)
        if order.proposed or evidence is None or evidence.start is None or evidence.end is None:
            continue
        for condition in known.conditions():
            if condition.id not in conditions and not tags.isdisjoint(condition.implied_by):
                conditions[condition.id] = Place(evidence.id, evidence.start, evidence.end, evidence.quote)
    return replace(state, conditions=conditions)
