"""The formulary's clinical facts: interactions, patient rules, allergy groups, conditions, doses.

Owns their shape and wording as evidence. Refuses to know any patient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from knowledge.formulary_names import DrugClass, FormularyError, read_yaml

SeverityName = Literal["stop", "caution", "note"]
RANK = {"stop": 2, "caution": 1, "note": 0}


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InteractionRow(_Row):
    a: list[str]
    b: list[str]
    severity: SeverityName
    source: str
    why: str
    zh: str
    checked: bool = False
    above_mg: dict[str, float] = {}
    """The row holds only where the ordered single dose of that medicine is above so many milligrams."""


class When(_Row):
    condition: str | None = None
    egfr_below: float | None = None
    crcl_below: float | None = None
    """Creatinine clearance, stated or by Cockcroft-Gault; the eGFR where neither is to be had."""
    potassium_above: float | None = None
    potassium_below: float | None = None
    sodium_below: float | None = None
    qtc_above: float | None = None
    lvef_below: float | None = None
    heart_rate_below: float | None = None
    systolic_below: float | None = None
    platelets_below: float | None = None
    neutrophils_below: float | None = None
    inr_above: float | None = None
    alt_above: float | None = None
    bilirubin_above: float | None = None
    age: float | None = None
    age_below: float | None = None
    age_days_below: float | None = None
    pregnant: bool | None = None
    breastfeeding: bool | None = None
    childbearing: bool | None = None
    planning: bool | None = None
    weeks_from: float | None = None
    weeks_to: float | None = None


class PatientRuleRow(_Row):
    drugs: list[str]
    when: When
    severity: SeverityName
    source: str
    why: str
    zh: str
    checked: bool = False
    unless_condition: str | None = None
    unless_drug: list[str] = []
    route: str | None = None
    """The row holds for this route alone (a patch, not an injection)."""
    daily_above_mg: float | None = None
    """The row holds for more than this a day."""
    within_months: float | None = None
    """The row holds for a condition of these months before the admission; one without a date counts as recent."""


class DoseRow(_Row):
    drug: str
    route: str
    single: str
    daily: str
    source: str
    weekly: bool = False
    weekly_above: float | None = None
    """From this single dose (mg) on the medicine is taken once a week."""
    narrow: bool = False
    """Half as much again as the daily maximum is dangerous."""
    child: float | None = None
    child_single: float | None = None
    checked: bool = False
    often: str = ""
    """How often the single dose is usually given, in words."""
    depot: bool = False
    """Given every one to four weeks, never daily: no measure for the short-acting injection."""
    first: float | None = None
    """The largest usual first dose in mg of a medicine that is begun low and raised slowly."""


class _AllergyGroupRow(_Row):
    severity: SeverityName
    source: str
    why: str
    zh: str
    checked: bool = False


class _CrossRow(_AllergyGroupRow):
    from_: str
    to: list[str]


class _ConditionRow(_Row):
    name: str
    zh_name: str
    en: list[str]
    zh: list[str]
    current: bool = False
    implied_by: list[str] = []
    """Medicines or classes that are taken for this condition alone."""


def _source(row: InteractionRow | PatientRuleRow) -> str:
    return row.source if row.checked else f"{row.source}; unchecked"


@dataclass(frozen=True)
class Interaction:
    id: str
    row: InteractionRow

    def text(self, language: str = "en") -> str:
        a, b = " / ".join(self.row.a), " / ".join(self.row.b)
        why = self.row.zh if language == "zh" else self.row.why
        return f"{a} × {b} — {self.row.severity}: {why} ({_source(self.row)})"


@dataclass(frozen=True)
class PatientRule:
    id: str
    kind: str
    row: PatientRuleRow

    def text(self, language: str = "en") -> str:
        facts = ", ".join(
            f"{key} {value}" for key, value in self.row.when.model_dump(exclude_none=True).items()
        )
        why = self.row.zh if language == "zh" else self.row.why
        return (
            f"{' / '.join(self.row.drugs)}; when {facts} — {self.row.severity}: {why} ({_source(self.row)})"
        )


@dataclass(frozen=True)
class CrossAllergy:
    """An allergy to ``source_group`` bars ``targets``; ``same`` means within one group."""

    id: str
    source_group: str
    targets: tuple[str, ...]
    severity: str
    why: str
    zh: str
    source: str
    checked: bool = False

    def text(self, language: str = "en") -> str:
        why = self.zh if language == "zh" else self.why
        source = self.source if self.checked else f"{self.source}; unchecked"
        return (
            f"allergy to {self.source_group} × {' / '.join(self.targets)} — {self.severity}: {why} ({source})"
        )


@dataclass(frozen=True)
class ConditionName:
    id: str
    name: str
    chinese: str
    pattern: re.Pattern[str]
    current: bool = False
    implied_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dose:
    """Milligrams. ``child_mg_per_kg`` is the daily maximum."""

    id: str
    generic: str
    route: str
    single_mg: tuple[float, float]
    daily_mg: tuple[float, float]
    source: str
    weekly: bool = False
    child_mg_per_kg: float | None = None
    child_single_mg_per_kg: float | None = None
    weekly_above_mg: float | None = None
    narrow: bool = False
    checked: bool = False
    often: str = ""
    depot: bool = False
    first_mg: float | None = None

    def text(self) -> str:
        given = f", usually {self.often}" if self.often else ""
        child = f"; child at most {self.child_mg_per_kg:g} mg/kg a day" if self.child_mg_per_kg else ""
        often = "once a WEEK" if self.weekly else "at a time" if self.depot else "a day"
        low, high = self.single_mg
        return f"{self.generic} {self.route}: {low:g}-{high:g} mg a dose{given}, at most {self.daily_mg[1]:g} mg {often}{child} ({self.source}{'' if self.checked else '; unchecked'})"


@dataclass(frozen=True)
class Facts:
    interactions: tuple[Interaction, ...] = ()
    patient_rules: tuple[PatientRule, ...] = ()
    allergies: tuple[CrossAllergy, ...] = ()
    conditions: dict[str, ConditionName] = field(default_factory=dict)
    doses: dict[str, tuple[Dose, ...]] = field(default_factory=dict)
    groups: dict[str, DrugClass] = field(default_factory=dict)


def _validated(adapter: TypeAdapter[Any], raw: Any, path: Path) -> Any:
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        raise FormularyError(f"{path.name}: {error}; correct the row it names") from error


def read_facts(folder: Path) -> Facts:
    """All fact files of the folder; raises FormularyError naming the file and row that break the schema."""
    groups = {
        key: DrugClass(key, (row["en"],), (row["zh"],), tuple(row["of"]))
        for key, row in read_yaml(folder / "groups.yaml").items()
    }
    path = folder / "interactions.yaml"
    rows = _validated(TypeAdapter(list[InteractionRow]), read_yaml(path), path)
    interactions = tuple(Interaction(f"interaction/{i}/{r.a[0]}+{r.b[0]}", r) for i, r in enumerate(rows))
    path = folder / "patient_rules.yaml"
    kinds = _validated(TypeAdapter(dict[str, list[PatientRuleRow]]), read_yaml(path), path)
    rules = tuple(
        PatientRule(f"{kind}/{i}/{row.drugs[0]}", kind, row)
        for kind, rows_of_kind in kinds.items()
        for i, row in enumerate(rows_of_kind)
    )
    return Facts(interactions, rules, _allergies(folder), _conditions(folder), _doses(folder), groups)


def _allergies(folder: Path) -> tuple[CrossAllergy, ...]:
    path = folder / "allergies.yaml"
    raw = read_yaml(path)
    groups = _validated(TypeAdapter(dict[str, _AllergyGroupRow]), raw["groups"], path)
    found = [
        CrossAllergy(
            f"allergy/{key}",
            key,
            (key, *raw["members"].get(key, ())),
            row.severity,
            row.why,
            row.zh,
            row.source,
            row.checked,
        )
        for key, row in groups.items()
    ]
    for i, item in enumerate(raw["cross"]):
        row = _validated(
            TypeAdapter(_CrossRow), {("from_" if k == "from" else k): v for k, v in item.items()}, path
        )
        found.append(
            CrossAllergy(
                f"allergy/cross/{i}",
                row.from_,
                tuple(row.to),
                row.severity,
                row.why,
                row.zh,
                row.source,
                row.checked,
            )
        )
    return tuple(found)


def _conditions(folder: Path) -> dict[str, ConditionName]:
    path = folder / "conditions.yaml"
    rows = _validated(TypeAdapter(dict[str, _ConditionRow]), read_yaml(path), path)
    found = {}
    for key, row in rows.items():
        # An all-capital abbreviation (CAD, HIT, APS) is matched as written: "hit" and "aps" are words.
        english = "|".join(p if p.isupper() else f"(?i:{p})" for p in row.en)
        parts = [rf"(?<![A-Za-z0-9])(?:{english})(?![A-Za-z0-9])", *row.zh] if row.en else row.zh
        found[key] = ConditionName(
            key, row.name, row.zh_name, re.compile("|".join(parts)), row.current, tuple(row.implied_by)
        )
    return found


def _doses(folder: Path) -> dict[str, tuple[Dose, ...]]:
    path = folder / "doses.yaml"
    found: dict[str, tuple[Dose, ...]] = {}
    for row in _validated(TypeAdapter(list[DoseRow]), read_yaml(path), path):
        before = sum(dose.route == row.route for dose in found.get(row.drug, ()))
        dose = Dose(
            f"dose/{row.drug}/{row.route}" + (f"/{before + 1}" if before else ""),
            row.drug,
            row.route,
            _range_mg(row.single),
            _range_mg(row.daily),
            row.source,
            row.weekly,
            row.child,
            row.child_single,
            row.weekly_above,
            row.narrow,
            row.checked,
            row.often,
            row.depot,
            row.first,
        )
        found[row.drug] = (*found.get(row.drug, ()), dose)
    return found


def _range_mg(text: str) -> tuple[float, float]:
    match = re.fullmatch(r"([\d.]+)-([\d.]+) mg", text)
    if match is None:
        raise FormularyError(f"doses.yaml: {text!r} is no range such as '5-10 mg'; write low-high and mg")
    return float(match[1]), float(match[2])
