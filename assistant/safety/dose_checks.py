"""Doses held against the usual range: tenfold and unit errors, weekly methotrexate, a child's weight, a first dose.

Owns the arithmetic of an order. Refuses to know other risks; what the record itself contradicts is `unit_checks.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.record import PatientRecord
from assistant.safety.alert_wording import formulary_evidence
from assistant.safety.asserted import clause_before
from assistant.safety.orders import OrderedMedicine, record_evidence
from assistant.safety.patient_state import PatientState
from assistant.safety.unit_checks import AMOUNT, amount_mg, unit_alert
from knowledge.formulary import Dose, Formulary

_TIMES: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), times)
    for pattern, times in (
        (r"week|(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|每周|qw\b|周一次|周[一二三四五六日]", 1 / 7), (r"every (?:1|one) hour|hourly(?<!\d-hourly)|q1h|每1?小时一?次", 24), (r"every 2 h|2-hourly|q2h|每2小时", 12),
        (r"four times|\bQDS\b|\bQID\b|every 6|q6h|每日四次|每日4次|每6小时", 4),
        (r"three times|\bTDS\b|\bTID\b|every 8|q8h|每日三次|每日3次|每8小时", 3),
        (r"every 4|4-hourly|q4h|每4小时", 6), (r"twice|\bBD\b|\bBID\b|every 12|q12h|每日两次|每日二次|每日2次|每12小时", 2),
        (r"once|\bOD\b|\bQD\b|daily|nocte|mane|morning|evening|bedtime|each night|every night|(?-i:\bON\b)|every day|每早|a day|每日一次|每日1次|每晚|每日|每天|qn\b", 1),
    )
)  # fmt: skip
_TENFOLD = 5.0
_BEGUN = re.compile(
    r"\b(?:start\w*|commenc\w+|initiat\w+|begin\w*|na[iï]ve|first dose)\b|起始|开始|首次|初始", re.IGNORECASE
)


def dose_mg(text: str, weight: float | None = None) -> float | None:
    """The largest amount of the text in milligrams; None for units, puffs, or mg/kg without a weight."""
    match = AMOUNT.search(text)
    if match is None or (match[4] and weight is None):
        return None
    return amount_mg(match) * ((weight or 1.0) if match[4] else 1.0)


def times_a_day(text: str) -> float | None:
    """Doses in a day; a seventh for once a week; None where the text does not say."""
    return next((times for pattern, times in _TIMES if pattern.search(text)), None)


def dose_alerts(
    order: OrderedMedicine, record: PatientRecord, state: PatientState, formulary: Formulary, language: str
) -> list[Alert]:
    """At most one alert: the gravest thing wrong with the amount or the frequency."""
    apart = unit_alert(order, record, state, formulary, language)
    if apart is not None:
        return [apart]
    weight = state.readings.get("weight")
    amount = dose_mg(order.dose, weight.value if weight else None)
    often, zh = times_a_day(order.frequency), language == "zh"
    row = _row(formulary.doses(order.generic), order, amount, often) if amount is not None else None
    if amount is None or row is None or order.local:
        return []
    child = state.age_years < 12 if state.age_years is not None else bool(weight and weight.value < 30)
    if often is not None and often >= 1 and (row.weekly or amount >= (row.weekly_above_mg or amount + 1)):
        said: tuple[Severity, str] | None = (
            Severity.STOP,
            "应每周一次，不是每日：可致严重毒性（甲氨蝶呤可致死性骨髓抑制）"
            if zh
            else "this is taken once a WEEK, not daily: a daily order is dangerous (with methotrexate outside cancer care fatal)",
        )
    elif child and weight is not None:
        said = _child(row, amount, often, weight.value, zh)
    else:
        said = _adult(row, amount, often, zh) or _light(row, amount, often, state, zh)
        said = said or _first(row, order, record, amount, zh)
    if said is None:
        return []
    name = formulary.name(order.generic, language)
    what = f"{order.dose} {order.frequency}".strip()
    sentence = (
        f"{name} {what}剂量有误：{said[1]}，请核对。"
        if zh
        else f"{name.capitalize()} {what}: check the dose – {said[1]}."
    )
    own = (order.evidence,) if order.evidence else ()
    fact = (record_evidence(record, weight.place),) if child and weight else ()
    source = formulary_evidence(row.id, row.text())
    return [Alert(AlertKind.DOSE, said[0], sentence, (*fact, *own, source), (order.generic,))]


def _row(rows: Sequence[Dose], order: OrderedMedicine, amount: float, often: float | None) -> Dose | None:
    """The row of the route that holds the dose, the oral first; without a route stated, of any route.

    Where none holds it the oral, else the first. None: nothing is known of this route.
    """
    known = [row for row in rows if not order.route or row.route == order.route]
    known.sort(key=lambda row: row.route != "oral")
    return next((row for row in known if _holds(row, order, amount, often)), known[0] if known else None)


def _holds(row: Dose, order: OrderedMedicine, amount: float, often: float | None) -> bool:
    if row.depot:
        rare = not order.frequency or (often is not None and often < (2 if order.route else 1))
        if not rare:
            return False
    elif amount * max(often or 1, 1) > row.daily_mg[1] * 1.01:
        return False
    return row.single_mg[0] / _TENFOLD <= amount <= row.single_mg[1] * 1.01


def _light(
    row: Dose, amount: float, often: float | None, state: PatientState, zh: bool
) -> tuple[Severity, str] | None:
    """Paracetamol for an adult under 50 kg: at most 60 mg/kg a day, 15 mg/kg a dose (BNF, intravenous; prudent by mouth)."""
    weight = state.readings.get("weight")
    if (
        row.generic != "paracetamol"
        or weight is None
        or weight.value >= 50
        or amount * (often or 1) <= 60 * weight.value
    ):
        return None
    return (
        Severity.CAUTION,
        f"体重{weight.value:g} kg（<50 kg），应每次15 mg/kg、每日不超过60 mg/kg，否则肝损伤"
        if zh
        else f"at {weight.value:g} kg, under 50 kg, give 15 mg/kg a dose and at most 60 mg/kg a day: liver injury",
    )


def _first(
    row: Dose, order: OrderedMedicine, record: PatientRecord, amount: float, zh: bool
) -> tuple[Severity, str] | None:
    """A medicine that is begun low and raised slowly, begun at twice the usual first dose or more."""
    if row.first_mg is None or amount < 2 * row.first_mg or order.evidence is None or order.long_taken:
        return None
    document = next((d for d in record.documents if d.id == order.evidence.id), None)
    start, end = order.evidence.start, order.evidence.end
    if document is None or start is None or end is None:
        return None
    around = clause_before(document.text, start) + document.text[start:end]
    around += re.split(r"[.;。；\n]", document.text[end : end + 40])[0]
    if not _BEGUN.search(around):
        return None
    return (
        Severity.CAUTION,
        f"起始{amount:g} mg，通常首剂不超过{row.first_mg:g} mg，需缓慢加量"
        if zh
        else f"started at {amount:g} mg; a first dose is usually at most {row.first_mg:g} mg, raised slowly",
    )


def _adult(row: Dose, amount: float, often: float | None, zh: bool) -> tuple[Severity, str] | None:
    low, high = row.single_mg
    if amount >= high * _TENFOLD:
        return (
            Severity.STOP,
            f"单次{amount:g} mg，远超最大{high:g} mg，疑十倍或单位错误"
            if zh
            else f"{amount:g} mg is far above the largest single dose {high:g} mg; a tenfold or unit error (mg for micrograms)",
        )
    if amount > high * 1.01:
        return (
            Severity.STOP if row.narrow and amount >= 2 * high else Severity.CAUTION,
            f"单次{amount:g} mg，超过最大{high:g} mg"
            if zh
            else f"{amount:g} mg is above the largest single dose {high:g} mg",
        )
    if often is not None and often >= 1 and amount * often > row.daily_mg[1] * 1.01:
        total = amount * often
        grave = row.narrow and total >= 1.5 * row.daily_mg[1]
        return (
            Severity.STOP if grave else Severity.CAUTION,
            f"每日{total:g} mg，超过最大{row.daily_mg[1]:g} mg"
            if zh
            else f"{total:g} mg a day is above the maximum {row.daily_mg[1]:g} mg",
        )
    if amount * _TENFOLD < low:
        return (
            Severity.CAUTION,
            f"单次{amount:g} mg，远低于常用{low:g} mg，疑单位错误"
            if zh
            else f"{amount:g} mg is far below the usual {low:g} mg; a unit error (micrograms for mg)",
        )
    return None


def _child(
    row: Dose, amount: float, often: float | None, weight: float, zh: bool
) -> tuple[Severity, str] | None:
    if row.child_mg_per_kg is None:
        return _adult(row, amount, often, zh)
    limit = row.child_mg_per_kg * weight
    single = (row.child_single_mg_per_kg or row.child_mg_per_kg) * weight
    total = amount * (often or 1)
    if total > limit * 1.1 or amount > single * 1.1:
        grave = total >= limit * 2 or amount >= single * 3
        per_kg = total / weight
        said = (
            f"合每日{per_kg:.0f} mg/kg，超过{row.child_mg_per_kg:g} mg/kg（体重{weight:g} kg）"
            if zh
            else f"{per_kg:.0f} mg/kg a day is above {row.child_mg_per_kg:g} mg/kg for {weight:g} kg"
        )
        return (Severity.STOP if grave else Severity.CAUTION), said
    return None
