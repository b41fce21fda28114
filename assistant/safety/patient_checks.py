"""Ordered medicines against the patient: kidney, liver, pregnancy, age, disease; and the facts that are missing.

Owns when a rule of the formulary holds for this patient. Refuses to know other medicines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.record import Place
from assistant.safety.alert_wording import VERB, Chart, capital
from assistant.safety.dose_checks import dose_mg, times_a_day
from assistant.safety.long_past import is_long_past
from assistant.safety.orders import OrderedMedicine
from assistant.safety.patient_state import is_over
from knowledge.formulary import PatientRule

_READING_KEYS = {
    "egfr_below": ("egfr", "eGFR", "eGFR"), "crcl_below": ("crcl", "creatinine clearance", "肌酐清除率"),
    "potassium_above": ("potassium", "potassium", "血钾"),
    "potassium_below": ("potassium", "potassium", "血钾"), "sodium_below": ("sodium", "sodium", "血钠"),
    "qtc_above": ("qtc", "QTc", "QTc"), "lvef_below": ("lvef", "LVEF", "LVEF"),
    "heart_rate_below": ("heart_rate", "heart rate", "心率"), "systolic_below": ("systolic", "systolic pressure", "收缩压"),
    "platelets_below": ("platelets", "platelets", "血小板"), "neutrophils_below": ("neutrophils", "neutrophils", "中性粒细胞"),
    "inr_above": ("inr", "INR", "INR"), "alt_above": ("alt", "ALT", "ALT"),
    "bilirubin_above": ("bilirubin", "bilirubin", "胆红素"),
}  # fmt: skip
_ANY_ALLERGY_WORD = re.compile(r"allerg|NKDA|NKA\b|anaphyla|intoleran|过敏|皮试", re.IGNORECASE)
_KIDNEY_SAID = re.compile(
    r"(?i)(?:renal|kidney|eGFR|U&Es?|creatinine)[^.\n]{0,20}\b(?:normal|fine|ok|unremarkable)|normal (?:renal|kidney)|"
    r"肾功能?(?:正常|未见|无)|肝肾功能?(?:均?正常|未见|无)|(?i:eGFR)\s*正常"
)

_BLEEDS = frozenset({"gi_bleed", "intracranial_haemorrhage"})
_RESTART = re.compile(
    r"\b(?:re-?start\w*|resum\w*|re-?introduc\w*|re-?commenc\w*|re-?initiat\w*)\b|重启|恢复(?:使用|服用|抗凝)|重新(?:开始|使用|启用)",
    re.IGNORECASE,
)
_BLEED_PAST = re.compile(
    r"\b(?:\d+|two|three|four|five|six|several) (?:days?|weeks?|months?) ago\b|no (?:further|more|re-?)\s?bleed|"
    r"\bh(?:a)?emostasis\b|\bclipped\b|\bbanded\b|\bcoagulated\b|(?:Hb|ha?emoglobin)[^.\n]{0,20}stable|"
    r"(?:天|周|个月)前|未再出血|止血|血红蛋白稳定",
    re.IGNORECASE,
)
_BLEED_NOW = re.compile(
    r"\b(?:active(?:ly)?|ongoing|continu\w+|still|current(?:ly)?|today'?s?|re-?)[- ]?bleed\w*|bleed\w* (?:today|now|continues|ongoing)|"
    r"活动性出血|仍(?:在)?(?:出血|黑便)|今日(?:出血|黑便|呕血)",
    re.IGNORECASE,
)


_SAME_FACT = {"egfr": "kidney", "crcl": "kidney", "planning": "childbearing"}
_DIALYSED = 20.0
"""A clearance above this is not that of someone on dialysis: the word is then told of another time or person."""
_MILDER = {Severity.STOP: Severity.CAUTION, Severity.CAUTION: Severity.NOTE, Severity.NOTE: Severity.NOTE}


@dataclass(frozen=True)
class _Finding:
    order: OrderedMedicine
    rule: PatientRule
    said: str
    places: tuple[Place | None, ...]

    over: bool = False
    planned: bool = False
    """The record itself plans this medicine's restart after the bleed: a clinician has weighed it."""

    @property
    def severity(self) -> Severity:
        severity = Severity(self.rule.row.severity)
        if self.over or any(place and is_over(place.quote) for place in self.places):
            severity = _MILDER[severity]
        return Severity.CAUTION if self.planned and severity is Severity.STOP else severity


def patient_alerts(chart: Chart, orders: list[OrderedMedicine]) -> list[Alert]:
    """One alert for each rule and the medicines it names; milder notes on one medicine share a sentence."""
    found = [finding for order in orders for finding in _findings(chart, order)]
    by_rule: dict[str, list[_Finding]] = {}
    for finding in found:
        by_rule.setdefault(finding.rule.id, []).append(finding)
    merged: dict[tuple[object, ...], list[list[_Finding]]] = {}
    for group in by_rule.values():
        drugs = tuple(f.order.generic for f in group)
        severity = group[0].severity
        own = (group[0].rule.id,) if severity is Severity.STOP else ()
        merged.setdefault((drugs, severity, group[0].rule.kind, *own), []).append(group)
    return [_alert(chart, groups) for groups in merged.values()]


def _alert(chart: Chart, groups: list[list[_Finding]]) -> Alert:
    """``groups``: one list of findings for each rule, all about the same medicines with the same severity and kind."""
    first = groups[0][0]
    reasons = dict.fromkeys(
        (f"{g[0].said}——{g[0].rule.row.zh}" if chart.zh else f"with {g[0].said} – {g[0].rule.row.why}")
        for g in groups
    )
    names, verb = chart.names(f.order.generic for f in groups[0]), VERB[chart.language][first.severity]
    said = (
        f"{names}：{verb}（{'；'.join(reasons)}）。"
        if chart.zh
        else f"{capital(names)}: {verb} {'; '.join(reasons)}."
    )
    if first.planned:
        said += (
            "病历已写明重启计划，请按计划的日期与条件核对。" if chart.zh
            else " A restart plan is written: check its date and conditions."
        )  # fmt: skip
    return chart.alert(
        AlertKind(first.rule.kind), first.severity, said, (f.order for f in groups[0]),
        (place for g in groups for place in g[0].places), ((g[0].rule.id, g[0].rule.text(chart.language)) for g in groups),
    )  # fmt: skip


def _is_enough(order: OrderedMedicine, daily_above_mg: float | None) -> bool:
    """Whether the order is for more a day than the rule asks; an order without a dose is not."""
    if daily_above_mg is None:
        return True
    amount = dose_mg(order.dose)
    return amount is not None and amount * (times_a_day(order.frequency) or 1) > daily_above_mg


def _findings(chart: Chart, order: OrderedMedicine) -> list[_Finding]:
    tags = chart.formulary.tags(order.generic)
    if order.local and "beta_blocker" not in tags:
        return []
    found: list[_Finding] = []
    seen: set[tuple[str, str]] = set()
    for rule in chart.formulary.patient_rules(order.generic):
        fits = rule.row.route in (None, order.route) and _is_enough(order, rule.row.daily_above_mg)
        fact = _fact(chart, rule) if fits else None
        if fact is not None and _is_long_past(chart, rule):
            continue
        if fact is None or (
            rule.row.unless_condition and rule.row.unless_condition in chart.state.conditions
        ):
            continue
        # The gravest rule of a kind about one fact speaks for the milder ones.
        measure = next(iter(rule.row.when.model_dump(exclude_none=True))).removesuffix("_below")
        subject = _SAME_FACT.get(measure, measure)
        key = (rule.kind, subject + str(rule.row.when.condition))
        if key not in seen:
            seen.add(key)
            planned = rule.row.when.condition in _BLEEDS and _restart_is_planned(chart, order)
            over = rule.row.when.condition in chart.state.over
            found.append(_Finding(order, rule, fact[0], tuple(fact[1]), over, planned))
    return found


def _is_long_past(chart: Chart, rule: PatientRule) -> bool:
    """Whether the rule asks for a recent condition and the record tells only of an old one."""
    months, condition = rule.row.within_months, rule.row.when.condition
    if months is None or condition is None:
        return False
    return is_long_past(chart.record, chart.formulary.facts.conditions[condition], months, chart.today)


def _restart_is_planned(chart: Chart, order: OrderedMedicine) -> bool:
    """A restart of this medicine is written, the bleed is past and treated, and nothing says that it goes on."""
    text = chart.record.text()
    if not _BLEED_PAST.search(text) or _BLEED_NOW.search(text):
        return False
    sentences = re.split(r"(?<=[.;。；])\s*|\n", text)
    return any(
        _RESTART.search(said) and any(m.generic == order.generic for m in chart.formulary.names_in(said))
        for said in sentences
    )


def _fact(chart: Chart, rule: PatientRule) -> tuple[str, list[Place | None]] | None:
    """The patient's side of the rule in words with its places; None where any part does not hold."""
    words, places = [], []
    for key, wanted in rule.row.when.model_dump(exclude_none=True).items():
        part = _part(chart, key, wanted)
        if part is None:
            return None
        words.append(part[0])
        places.append(part[1])
    return ("、" if chart.zh else " and ").join(dict.fromkeys(w for w in words if w)), places


def _part(chart: Chart, key: str, wanted: float | str | bool) -> tuple[str, Place | None] | None:
    if key == "condition":
        place = chart.state.conditions.get(str(wanted))
        condition = chart.formulary.facts.conditions[str(wanted)]
        passed = "（已恢复）" if chart.zh else ", recovered by the last value"
        name = (condition.chinese if chart.zh else condition.name) + passed * (wanted in chart.state.over)
        return (name, place) if place else None
    if key in _READING_KEYS:
        return _reading(chart, key, float(wanted))
    if key in ("age", "age_below", "age_days_below"):
        return _age(chart, key, float(wanted))
    if key in ("weeks_from", "weeks_to"):
        weeks = chart.state.weeks
        if weeks is None:
            return None
        return (
            ("", None)
            if (weeks >= float(wanted) if key == "weeks_from" else weeks <= float(wanted))
            else None
        )
    return _FERTILITY[key](chart)


def _reading(chart: Chart, key: str, wanted: float) -> tuple[str, Place] | None:
    measure, english, chinese = _READING_KEYS[key]
    reading = chart.state.readings.get(measure)
    dialysis = chart.state.conditions.get("dialysis") if measure in ("egfr", "crcl") else None
    if dialysis and (reading is None or reading.value < _DIALYSED):
        return ("透析" if chart.zh else "dialysis"), dialysis
    if reading is None and measure == "crcl":
        (measure, english, chinese), reading = _READING_KEYS["egfr_below"], chart.state.readings.get("egfr")
    if reading is None or not (reading.value < wanted if key.endswith("below") else reading.value > wanted):
        return None
    how = f" ({reading.computed})" if reading.computed else ""
    return f"{chinese if chart.zh else english} {reading.value:g}{how}", reading.place


def _age(chart: Chart, key: str, wanted: float) -> tuple[str, Place | None] | None:
    age = chart.state.age_years
    if age is None:
        return None
    limit = wanted / (365 if key == "age_days_below" else 1)
    if not (age >= limit if key == "age" else age < limit):
        return None
    if age >= 2:
        return (f"年龄{age:.0f}岁" if chart.zh else f"age {age:.0f}"), chart.state.age_place
    unit = "月" if chart.zh else " months"
    return (f"年龄{age * 12:.0f}{unit}" if chart.zh else f"age {age * 12:.0f}{unit}"), chart.state.age_place


def _pregnant(chart: Chart) -> tuple[str, Place | None] | None:
    state = chart.state
    weeks = f" {state.weeks:g}{'周' if chart.zh else ' weeks'}" if state.weeks else ""
    return (("妊娠" if chart.zh else "pregnancy") + weeks, state.pregnant) if state.pregnant else None


def _planning(chart: Chart) -> tuple[str, Place | None] | None:
    place = chart.state.planning
    return ("备孕" if chart.zh else "a pregnancy planned", place) if place else None


def _breastfeeding(chart: Chart) -> tuple[str, Place | None] | None:
    place = chart.state.breastfeeding
    return ("哺乳" if chart.zh else "breastfeeding", place) if place else None


def _childbearing(chart: Chart) -> tuple[str, Place | None] | None:
    said = (
        "育龄女性，妊娠状态未记录"
        if chart.zh
        else "a woman of child-bearing age whose pregnancy status is not recorded"
    )
    return (said, chart.state.age_place) if chart.state.childbearing else None


_FERTILITY: dict[str, Callable[[Chart], tuple[str, Place | None] | None]] = {
    "pregnant": _pregnant, "planning": _planning, "breastfeeding": _breastfeeding, "childbearing": _childbearing,
}  # fmt: skip


def gap_alerts(chart: Chart, orders: list[OrderedMedicine], allergy_known: bool) -> list[Alert]:
    """The deciding fact is absent from the record."""
    state, text, alerts = chart.state, chart.record.text(), []
    whole = [order for order in orders if not order.local]

    def tagged(tag: str) -> list[OrderedMedicine]:
        return [order for order in whole if tag in chart.formulary.tags(order.generic)]

    if orders and not allergy_known and not chart.record.allergies and not _ANY_ALLERGY_WORD.search(text):
        first = (tagged("beta_lactam") or tagged("sulfonamide_antibiotic") or tagged("nsaid") or orders)[:1]
        alerts.append(
            _gap(chart, first, "missing/allergy", "allergy status is not recorded; ask before giving", "病历缺少过敏史，给药前须询问过敏史")
        )  # fmt: skip
    if (renal := tagged("renally_cleared")) and not (
        state.readings.keys() & {"egfr", "creatinine", "crcl"}
        or _KIDNEY_SAID.search(text)
        or "dialysis" in state.conditions
    ):
        alerts.append(
            _gap(chart, renal, "missing/creatinine", "kidney function (creatinine, eGFR) is not recorded", "缺少肾功能（肌酐、eGFR）结果")
        )  # fmt: skip
    if (teratogens := tagged("teratogen")) and state.childbearing:
        english = "pregnancy status is not recorded; do a pregnancy test and agree contraception first"
        alerts.append(
            _gap(chart, teratogens, "missing/pregnancy", english, "育龄女性未记录妊娠状态，须先做妊娠试验并落实避孕")
        )  # fmt: skip
    if (warfarin := tagged("vitamin_k_antagonist")) and "inr" not in state.readings:
        alerts.append(_gap(chart, warfarin, "missing/inr", "no INR is recorded", "缺少INR结果"))
    if whole and state.age_years is not None and state.age_years < 12 and "weight" not in state.readings:
        english = "the child's weight is not recorded; a dose per kg cannot be checked"
        alerts.append(
            _gap(chart, whole[:1], "missing/weight", english, "患儿缺少体重记录，无法按公斤体重核对剂量")
        )
    return alerts


def _gap(chart: Chart, orders: list[OrderedMedicine], row_id: str, english: str, chinese: str) -> Alert:
    names = chart.names(order.generic for order in orders)
    said = f"{names}：{chinese}。" if chart.zh else f"Missing for {names}: {english}."
    return chart.alert(AlertKind.MISSING, Severity.CAUTION, said, orders, [], [(row_id, english)])
