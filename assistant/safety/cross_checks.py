"""Every ordered medicine held against this patient: allergy, interaction, organ, pregnancy, age, disease, dose, gaps.

Owns which rule fires for whom and the sentence that says so. Refuses to know how a record is read or a plan is written.
A stop is for what is contraindicated for this patient; everything else is a caution or a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import PatientRecord, Place
from assistant.safety.dose_checks import dose_alerts
from assistant.safety.orders import OrderedMedicine, ordered_medicines, record_evidence
from assistant.safety.patient_state import PatientState, clause_before, patient_state, place_of, struck_spans
from knowledge.formulary import Formulary, Interaction, PatientRule, open_formulary

__all__ = ["OrderedMedicine", "cross_check", "ordered_medicines"]

_RANK = {Severity.STOP: 0, Severity.CAUTION: 1, Severity.NOTE: 2}
_READING_KEYS = {
    "egfr_below": ("egfr", "eGFR", "eGFR"), "potassium_above": ("potassium", "potassium", "血钾"),
    "potassium_below": ("potassium", "potassium", "血钾"), "sodium_below": ("sodium", "sodium", "血钠"),
    "qtc_above": ("qtc", "QTc", "QTc"), "lvef_below": ("lvef", "LVEF", "LVEF"),
    "heart_rate_below": ("heart_rate", "heart rate", "心率"), "systolic_below": ("systolic", "systolic pressure", "收缩压"),
    "platelets_below": ("platelets", "platelets", "血小板"), "neutrophils_below": ("neutrophils", "neutrophils", "中性粒细胞"),
    "inr_above": ("inr", "INR", "INR"), "alt_above": ("alt", "ALT", "ALT"),
}  # fmt: skip
_VERB = {
    "en": {
        Severity.STOP: "avoid, contraindicated",
        Severity.CAUTION: "use with caution",
        Severity.NOTE: "note",
    },
    "zh": {Severity.STOP: "禁用/避免使用", Severity.CAUTION: "慎用", Severity.NOTE: "注意"},
}
_ALLERGY_TEXTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"allerg(?:y|ic|ies)(?: to)?[:：]?\s*([^.;\n。；]{2,80})",
        r"(?:anaphylaxis|anaphylactic|angio-?o?edema|reaction|rash|hives|urticaria|stevens[- ]johnson[^.;,\n]{0,12}|SJS|TEN|DRESS)\s+(?:to|after|with|from|on)\s+([^.;,\n]{2,60})",
        r"(?:对|既往)?([^，。；\n:：]{2,20})过敏(?!史?[:：]?\s*(?:无|否认))",
        r"过敏史?[:：]\s*([^。；\n]{2,40})",
        r"([^.;,:\n]{2,40}?)\s*(?:allergy|anaphylaxis|\(?rash\b)",
    )
)
_NO_ALLERGY = re.compile(
    r"\b(?:no|nil|not|none|denies|NKDA|tolerat\w+|without)\b|否认|无|未|没有|耐受", re.IGNORECASE
)
_ANY_ALLERGY_WORD = re.compile(r"allerg|NKDA|NKA\b|anaphyla|intoleran|过敏", re.IGNORECASE)


def cross_check(
    record: PatientRecord, ordered: Sequence[OrderedMedicine], *, language: str = "en",
    formulary: Formulary | None = None, today: date | None = None,
) -> tuple[Alert, ...]:  # fmt: skip
    """Alerts for the ordered medicines, gravest first, one a medicine and reason. Pure; the clock is passed in."""
    known = formulary or open_formulary()
    state = patient_state(record, known, today=today)
    check = _Check(record, state, known, "zh" if language.startswith("zh") else "en")
    medicines = list({order.generic: order for order in ordered}.values())
    current = [
        o
        for o in ordered_medicines(record, formulary=known)
        if o.generic not in {m.generic for m in medicines}
    ]
    alerts: list[Alert] = []
    for order in medicines:
        alerts += check.allergies(order)
        alerts += check.patient_rules(order)
        alerts += dose_alerts(order, record, state, known, check.language)
    alerts += check.interactions(medicines, current)
    alerts += check.duplicates(medicines, current)
    alerts += check.gaps(medicines)
    unique: dict[tuple[AlertKind, str], Alert] = {}
    for alert in alerts:
        unique.setdefault((alert.kind, alert.text), alert)
    return tuple(sorted(unique.values(), key=lambda alert: _RANK[alert.severity]))


def _formulary_evidence(row_id: str, text: str, title: str = "formulary") -> Evidence:
    return Evidence(EvidenceKind.FORMULARY, row_id, text, 0, len(text), title=title)


_SPLIT_ON_PURPOSE = frozenset(
    {
        "levodopa",
        "carbidopa",
        "benserazide",
        "salbutamol",
        "ipratropium",
        "metformin",
        "formoterol",
        "amlodipine",
    }
)
_DOUBLED_IS_DANGEROUS = frozenset({"doac", "oral_anticoagulant", "maoi"})
_ALTERNATIVE = re.compile(r"\bor\b|alternativ|if not|instead|否则|或|替代|不耐受", re.IGNORECASE)


class _Check:
    def __init__(
        self, record: PatientRecord, state: PatientState, formulary: Formulary, language: str
    ) -> None:
        self.record, self.state, self.formulary, self.language = record, state, formulary, language
        self._allergies = tuple(self._recorded_allergies())

    def _evidence(
        self, orders: Iterable[OrderedMedicine], places: Iterable[Place | None], row_id: str, text: str
    ) -> tuple[Evidence, ...]:
        own = [order.evidence for order in orders if order.evidence is not None]
        facts = [record_evidence(self.record, place) for place in places if place is not None]
        return (*facts, *own, _formulary_evidence(row_id, text))

    def _name(self, generic: str) -> str:
        return self.formulary.name(generic, self.language)

    def _recorded_allergies(self) -> Iterator[tuple[str, Place]]:
        for allergy in self.record.allergies:
            if not allergy.none_known:
                yield f"{allergy.substance} {allergy.generic or ''}".strip(), allergy.place
        struck = struck_spans(self.record)
        for document in self.record.documents:
            for match in (m for pattern in _ALLERGY_TEXTS for m in pattern.finditer(document.text)):
                spans = struck.get(document.id, ())
                context = clause_before(document.text, match.start())[-25:] + match.group()
                if _NO_ALLERGY.search(context) or any(
                    a < match.end() and match.start() < b for a, b in spans
                ):
                    continue
                substance = next((group for group in match.groups() if group), "")
                if self.formulary.names_in(substance) or self.formulary.classes_in(substance):
                    yield substance.strip(), place_of(document, match.start(), match.end())

    def allergies(self, order: OrderedMedicine) -> list[Alert]:
        alerts: list[Alert] = []
        tags = self.formulary.tags(order.generic)
        for substance, place in self._allergies:
            named = {
                i for m in self.formulary.names_in(substance) for i in self.formulary.ingredients(m.generic)
            }
            groups = self.formulary.allergy_groups(substance)
            rules = self.formulary.allergy_rules(order.generic, groups)
            name = self._name(order.generic)
            if not tags.isdisjoint(named | {m.drug_class for m in self.formulary.classes_in(substance)}):
                severity, why, row, text = (
                    Severity.STOP,
                    ("同一药物或同类" if self.language == "zh" else "the same medicine or class"),
                    f"allergy/self/{order.generic}",
                    f"{order.generic}: barred by an allergy to itself or its class",
                )
            elif rules:
                rule = rules[0]
                severity, why = Severity(rule.severity), rule.zh if self.language == "zh" else rule.why
                row, text = rule.id, rule.text(self.language)
            else:
                continue
            said = (
                f"{name}：{_VERB['zh'][severity]}，病历记载对“{substance}”过敏——{why}。" if self.language == "zh"
                else f"{name.capitalize()}: {_VERB['en'][severity]} – recorded allergy “{substance}”: {why}."
            )  # fmt: skip
            alerts.append(
                Alert(
                    AlertKind.ALLERGY,
                    severity,
                    said,
                    self._evidence([order], [place], row, text),
                    (order.generic,),
                )
            )
        return sorted(alerts, key=lambda alert: _RANK[alert.severity])[:1]

    def patient_rules(self, order: OrderedMedicine) -> list[Alert]:
        tags = self.formulary.tags(order.generic)
        if order.local and "beta_blocker" not in tags:
            return []
        alerts: list[Alert] = []
        seen: set[tuple[str, str]] = set()
        for rule in self.formulary.patient_rules(order.generic):
            fact = self._fact(rule)
            if fact is None or (
                rule.row.unless_condition and rule.row.unless_condition in self.state.conditions
            ):
                continue
            key = (
                rule.kind,
                next(iter(rule.row.when.model_dump(exclude_none=True))) + str(rule.row.when.condition),
            )
            if key in seen:
                continue
            seen.add(key)
            alerts.append(self._rule_alert(order, rule, *fact))
        return alerts

    def _rule_alert(
        self, order: OrderedMedicine, rule: PatientRule, said: str, places: list[Place | None]
    ) -> Alert:
        severity = Severity(rule.row.severity)
        name, why = self._name(order.generic), rule.row.zh if self.language == "zh" else rule.row.why
        sentence = (
            f"{name}：{_VERB['zh'][severity]}（{said}）——{why}。" if self.language == "zh"
            else f"{name.capitalize()}: {_VERB['en'][severity]} with {said} – {why}."
        )  # fmt: skip
        evidence = self._evidence([order], places, rule.id, rule.text(self.language))
        return Alert(AlertKind(rule.kind), severity, sentence, evidence, (order.generic,))

    def _fact(self, rule: PatientRule) -> tuple[str, list[Place | None]] | None:
        """The patient's side of the rule in words with its places; None where any part does not hold."""
        words, places = [], []
        for key, wanted in rule.row.when.model_dump(exclude_none=True).items():
            part = self._part(key, wanted)
            if part is None:
                return None
            words.append(part[0])
            places.append(part[1])
        return ("、" if self.language == "zh" else " and ").join(dict.fromkeys(w for w in words if w)), places

    def _part(self, key: str, wanted: float | str | bool) -> tuple[str, Place | None] | None:
        state, zh = self.state, self.language == "zh"
        if key == "condition":
            place = state.conditions.get(str(wanted))
            if place is None:
                return None
            condition = self.formulary.facts.conditions[str(wanted)]
            return condition.chinese if zh else condition.name, place
        if key in _READING_KEYS:
            measure, english, chinese = _READING_KEYS[key]
            reading = state.readings.get(measure)
            if reading is None or not (
                reading.value < float(wanted) if key.endswith("below") else reading.value > float(wanted)
            ):
                return None
            return f"{chinese if zh else english} {reading.value:g}", reading.place
        if key in ("age", "age_below", "age_days_below"):
            if state.age_years is None:
                return None
            limit = float(wanted) / (365 if key == "age_days_below" else 1)
            holds = state.age_years >= limit if key == "age" else state.age_years < limit
            years = (
                f"{state.age_years:.0f}"
                if state.age_years >= 2
                else f"{state.age_years * 12:.0f}{'月' if zh else ' months'}"
            )
            said = f"年龄{years}{'岁' if state.age_years >= 2 else ''}" if zh else f"age {years}"
            return (said, state.age_place) if holds else None
        if key == "pregnant":
            weeks = f" {state.weeks:g}{'周' if zh else ' weeks'}" if state.weeks else ""
            return (("妊娠" if zh else "pregnancy") + weeks, state.pregnant) if state.pregnant else None
        if key == "breastfeeding":
            return ("哺乳" if zh else "breastfeeding", state.breastfeeding) if state.breastfeeding else None
        if key == "childbearing":
            said = (
                "育龄女性，妊娠状态未记录"
                if zh
                else "a woman of child-bearing age whose pregnancy status is not recorded"
            )
            return (said, state.age_place) if state.childbearing else None
        if state.weeks is None:
            return None
        return (
            ("", None)
            if (state.weeks >= float(wanted) if key == "weeks_from" else state.weeks <= float(wanted))
            else None
        )

    def interactions(self, medicines: list[OrderedMedicine], current: list[OrderedMedicine]) -> list[Alert]:
        alerts = []
        everything = [*medicines, *current]
        for i, first in enumerate(medicines):
            for second in everything[i + 1 :]:
                if (
                    self._same(first, second)
                    or self._alternatives(first, second)
                    or ((first.local or second.local) and "miconazole" not in (first.generic, second.generic))
                ):
                    continue
                rows = self.formulary.interactions(first.generic, second.generic)
                if rows:
                    alerts.append(self._interaction_alert(first, second, rows[0]))
        return alerts

    def _interaction_alert(self, first: OrderedMedicine, second: OrderedMedicine, item: Interaction) -> Alert:
        severity = Severity(item.row.severity)
        a, b = self._name(first.generic), self._name(second.generic)
        if self.language == "zh":
            verb = {Severity.STOP: "避免合用", Severity.CAUTION: "合用需谨慎", Severity.NOTE: "合用注意"}[
                severity
            ]
            sentence = f"{a}与{b}{verb}：{item.row.zh}。"
        else:
            verb = {
                Severity.STOP: "avoid together",
                Severity.CAUTION: "caution together",
                Severity.NOTE: "note",
            }[severity]
            sentence = f"{a.capitalize()} with {b}: {verb} – {item.row.why}."
        evidence = self._evidence([first, second], [], item.id, item.text(self.language))
        return Alert(AlertKind.INTERACTION, severity, sentence, evidence, (first.generic, second.generic))

    def _alternatives(self, first: OrderedMedicine, second: OrderedMedicine) -> bool:
        """Both stand in one proposal as a choice: "naproxen 500 mg or celecoxib 200 mg"."""
        a, b = first.evidence, second.evidence
        if a is None or b is None or a.id != b.id or not (first.proposed and second.proposed):
            return False
        low, high = sorted((a.end, b.end))
        between = next((d.text[low:high] for d in self.record.documents if d.id == a.id), "")
        return len(between) < 160 and "\n" not in between and bool(_ALTERNATIVE.search(between))

    def _same(self, first: OrderedMedicine, second: OrderedMedicine) -> bool:
        return not set(self.formulary.ingredients(first.generic)).isdisjoint(
            self.formulary.ingredients(second.generic)
        )

    def duplicates(self, medicines: list[OrderedMedicine], current: list[OrderedMedicine]) -> list[Alert]:
        alerts = []
        everything = [*medicines, *current]
        for i, first in enumerate(medicines):
            for second in everything[i + 1 :]:
                shared = set(self.formulary.ingredients(first.generic)) & set(
                    self.formulary.ingredients(second.generic)
                )
                classes = self.formulary.tags(first.generic) & self.formulary.tags(second.generic)
                doubled = next(
                    (
                        c
                        for c in sorted(classes)
                        if c in self.formulary.classes and self.formulary.classes[c].duplicate
                    ),
                    None,
                )
                if (
                    (not shared and doubled is None)
                    or first.local
                    or second.local
                    or self._alternatives(first, second)
                ):
                    continue
                what = (
                    " + ".join(self._name(s) for s in sorted(shared))
                    if shared
                    else self.formulary.label(doubled or "", self.language)
                )
                grave = bool(shared - _SPLIT_ON_PURPOSE) or bool(classes & _DOUBLED_IS_DANGEROUS)
                severity = Severity.STOP if grave else Severity.CAUTION
                a, b = self._name(first.generic), self._name(second.generic)
                sentence = (
                    f"{a}与{b}重复用药（{what}），避免同时使用。"
                    if self.language == "zh"
                    else f"Duplicate therapy: {a} and {b} both contain or are {what}; avoid giving both."
                )
                text = f"{first.generic} and {second.generic}: {what} twice"
                evidence = self._evidence([first, second], [], f"duplicate/{doubled or 'ingredient'}", text)
                alerts.append(
                    Alert(
                        AlertKind.DUPLICATE,
                        severity,
                        sentence,
                        evidence,
                        (first.generic, second.generic),
                    )
                )
        return alerts

    def gaps(self, medicines: list[OrderedMedicine]) -> list[Alert]:
        """The deciding fact is absent from the record."""
        state, alerts = self.state, []
        text = self.record.text()
        whole = [m for m in medicines if not m.local]
        if medicines and not self.record.allergies and not _ANY_ALLERGY_WORD.search(text):
            alerts.append(
                self._gap(
                    medicines[:1],
                    "missing/allergy",
                    "allergy status is not recorded; ask before giving",
                    "病历缺少过敏史，给药前须询问过敏史",
                )
            )
        renal = [m for m in whole if "renally_cleared" in self.formulary.tags(m.generic)]
        if (
            renal
            and not state.readings.keys() & {"egfr", "creatinine"}
            and not re.search(r"(?i)renal function|kidney function|U&E|肾功能?(?:正常|未见)|肝肾功能", text)
        ):
            alerts.append(
                self._gap(
                    renal,
                    "missing/creatinine",
                    "kidney function (creatinine, eGFR) is not recorded",
                    "缺少肾功能（肌酐、eGFR）结果",
                )
            )
        teratogens = [m for m in whole if "teratogen" in self.formulary.tags(m.generic)]
        if teratogens and state.childbearing:
            alerts.append(
                self._gap(
                    teratogens,
                    "missing/pregnancy",
                    "pregnancy status is not recorded; do a pregnancy test and agree contraception first",
                    "育龄女性未记录妊娠状态，须先做妊娠试验并落实避孕",
                )
            )
        warfarin = [m for m in whole if "vitamin_k_antagonist" in self.formulary.tags(m.generic)]
        if warfarin and "inr" not in state.readings and "INR" not in text:
            alerts.append(self._gap(warfarin, "missing/inr", "no INR is recorded", "缺少INR结果"))
        if whole and state.age_years is not None and state.age_years < 12 and "weight" not in state.readings:
            alerts.append(
                self._gap(
                    whole[:1],
                    "missing/weight",
                    "the child's weight is not recorded; a dose per kg cannot be checked",
                    "患儿缺少体重记录，无法按公斤体重核对剂量",
                )
            )
        return alerts

    def _gap(self, orders: list[OrderedMedicine], row_id: str, english: str, chinese: str) -> Alert:
        names = ", ".join(self._name(order.generic) for order in orders)
        sentence = f"{names}：{chinese}。" if self.language == "zh" else f"Missing for {names}: {english}."
        evidence = self._evidence(orders, [], row_id, english)
        return Alert(
            AlertKind.MISSING, Severity.CAUTION, sentence, evidence, tuple(o.generic for o in orders)
        )
