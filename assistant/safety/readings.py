"""The last true value of what safety checks go by: kidney, potassium, QTc, blood count, weight, each with its place.

Owns how a value is told from a target, a dose and an earlier figure. Refuses to know any medicine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.domain.record import Assertion, Observation, PatientRecord, Place, SourceDocument
from assistant.safety.asserted import Struck, clause_before, first, hits

_FORMERLY = re.compile(
    r"\b(?:was|were|baseline|previous(?:ly)?|prior|last (?:year|month)|before|then|from|target|goal|aim|range|until|if|below|above|under|over)\b[^.;,]{0,12}$|"
    r"(?:既往|原|上次|此前|去年|目标|基线|若|如果|低于|高于|当)[^，。；]{0,8}$",
    re.IGNORECASE,
)
_UNIT = (
    r"(?:[(（|]?\s?(?:[mμµu]?mol/L|mg/dL|g/L|U/L|m[lL]/min(?:/1\.73\s?m(?:2|²))?|kg|mmHg|10\^?9/L)\s?[)）|]?)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\b"
_NUMBER = (
    rf"(?:\s?[(（](?:[^()（）\d\n]|\d(?=[周天日月次])){{1,14}}[)）]|\s{{0,3}}{_UNIT})?(?:[^\d\n。；;，、,.)）/]{{1,14}}?(?<![A-Za-z]))??(\d+(?:\.\d+)?)(?!\.?\d)"
    rf"(?!\s?(?:st|nd|rd|th)?[\s-]?{_MONTH}|\s?m(?:2|²)|月|\s?[-–]\s?\d(?!\d*\s?%)|\s?(?:am|pm)\b)"
)
"""The first figure near a name that is no date, no unit's own figure and no part of a word (``HbA1c``, ``1.73 m2``)."""
_PAIR = r"(?=\s?[/／]\s?(?:\d{2,3}(?!\s?[/／\d])|palp)|\s?(?:systolic|mmHg))"
_NO_FRACTION = r"(?!\s?[/／]\s?\d)"
_MEASURES: dict[str, str] = {
    "egfr": r"(?:eGFR|GFR|肾小球滤过率)",
    "crcl": r"(?:CrCl|creatinine clearance|Ccr|肌酐清除率)",
    "creatinine": r"(?:creatinine|creat\b|SCr|Cr(?![A-Za-z])|肌酐)(?! clearance|清除)",
    "potassium": r"(?:potassium(?! chloride| citrate)|血钾|(?<![A-Za-z0-9-])(?<!itamin )(?<!维生素)K\+?(?![1-4](?![.\d])))(?![A-Za-z])",
    "sodium": r"(?:serum sodium|sodium(?! chloride| valproate| bicarb)|血钠|(?<![A-Za-z0-9])Na\+?)(?![A-Za-z])",
    "qtc": r"(?:QTcF?B?)",
    "lvef": r"(?:LVEF|(?<![A-Za-z])EF|ejection fraction|射血分数)",
    "heart_rate": r"(?:heart rate|pulse|(?<![A-Za-z])HR|(?<![A-Za-z])P(?=\s?\d)|心率|脉搏)",
    "systolic": r"(?:BP|blood pressure|血压)",
    "platelets": r"(?:platelets?|plt|血小板)",
    "neutrophils": r"(?:neutrophils?|ANC|中性粒细胞(?!百分))",
    "inr": r"(?:INR)",
    "alt": r"(?:(?<![A-Za-z])ALT|谷丙转氨酶|丙氨酸氨基转移酶)",
    "bilirubin": r"(?:(?<!conjugated )(?<!direct )bilirubin|bili\b|TBIL|TBil|(?<![直间]接)胆红素)",
    "weight": r"(?:weight|wt\b|体重)",
}
_PATTERNS = {
    name: re.compile(
        rf"(?<![A-Za-z])(?:{head}){_NUMBER}{_PAIR if name == 'systolic' else _NO_FRACTION}",
        re.IGNORECASE if name != "potassium" else 0,
    )
    for name, head in _MEASURES.items()
}
_NAMES = {name: re.compile(head, re.IGNORECASE) for name, head in _MEASURES.items()}
_PLAUSIBLE = {
    "egfr": (2, 200), "crcl": (2, 250), "creatinine": (0.2, 2500), "potassium": (1.5, 9.9), "sodium": (95, 185), "qtc": (250, 800),
    "lvef": (5, 85), "heart_rate": (20, 250), "systolic": (40, 280), "platelets": (1, 1500), "neutrophils": (0, 60),
    "inr": (0.5, 20), "alt": (1, 9999), "bilirubin": (0.1, 1500), "weight": (0.4, 350),
}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d{2}")
_KG = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?(?:kg|公斤|千克)(?![/·\w])", re.IGNORECASE)
_NOT_A_READING = re.compile(
    r"\s?(?:months?|weeks?|days?|years?|yrs?|hours?|个?月|周|天|年|小时)", re.IGNORECASE
)
_A_DOSE = re.compile(
    r"\s?(?:mg|g\b|ml|mcg|tab|cap|sachet|units?\b|pools?\b|bags?\b|治疗量|人份|单位|袋|片|粒|支|克|毫克)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """One number in the unit of ``PatientState``, and where it stands. ``computed`` names the formula."""

    value: float
    place: Place
    computed: str = ""


def readings_of(
    record: PatientRecord,
    sources: tuple[SourceDocument, ...],
    struck: Struck,
    *,
    age: float | None,
    sex: str | None,
) -> dict[str, Reading]:
    """Measure to reading; the kidney's figures are worked out where the record gives creatinine alone."""
    readings = {name: r for name in _MEASURES if (r := _reading(record, name, sources, struck)) is not None}
    if "weight" not in readings and (weight := first(_KG, sources, struck)) is not None:
        readings["weight"] = Reading(float(weight[0][1]), weight[1])
    if age is not None and age >= 18 and "weight" in readings and readings["weight"].value < 25:
        # A newborn's weight in the mother's record.
        del readings["weight"]
    _kidney(readings, age, sex)
    return readings


def _reading(
    record: PatientRecord,
    name: str,
    sources: Iterable[SourceDocument],
    struck: Struck,
) -> Reading | None:
    low, high = _PLAUSIBLE[name]
    measured = [
        o for o in record.observations
        if o.number is not None and o.assertion is Assertion.PRESENT and _NAMES[name].match(o.name.strip()) and low <= o.number <= high
        and not (name == "platelets" and _is_transfusion(record, o))
    ]  # fmt: skip
    if measured:
        chosen = latest(_of_now(record, measured))
        number = chosen.number or 0.0
        return Reading(
            _micromoles(number, chosen.unit or "") if name == "creatinine" else number, chosen.place
        )
    found: Reading | None = None
    for match, place, document in hits(_PATTERNS[name], sources, struck):
        value = float(match[1])
        if (
            not low <= value <= high
            or _FORMERLY.search(clause_before(document.text, match.start()))
            or re.search(
                r"(?i)\b(?:was|from|peak\w*|target|goal|baseline|below|above|if|aim|up to|until|limit|exceed\w*)\b|目标|基线|低于|高于|峰",
                match[0],
            )
        ):
            continue
        value, end = _last_of_series(document.text, match, value)
        unit = document.text[end : end + 12]
        if _NOT_A_READING.match(unit) or (
            name in ("potassium", "sodium", "platelets") and _A_DOSE.match(unit)
        ):
            continue
        if not low <= value <= high:
            continue
        found = Reading(_micromoles(value, unit) if name == "creatinine" else value, place)
    return found


_NEXT_VALUE = re.compile(
    r"\s?(?:→|->|、|，?\s?(?:今日|今晨|现)[:：]?)\s?(?:今日|今晨|现)?[:：]?\s?(\d+(?:\.\d+)?)(?![\d.]|\s?[-–~%]\s?\d)"
)
_NOW = re.compile(r"(?i)\b(?:today|now|current|latest|this morning)\b|今[日天晨]|现在|本次|最新")


def _is_transfusion(record: PatientRecord, platelets: Observation) -> bool:
    """``血小板1治疗量``: what was ordered from the blood bank, no count."""
    text = next((d.text for d in record.documents if d.id == platelets.place.document_id), "")
    return _A_DOSE.match(text[platelets.place.end : platelets.place.end + 8]) is not None


def _last_of_series(text: str, match: re.Match[str], value: float) -> tuple[float, int]:
    """The newest of several values behind one name: ``2.3、2.5，今日 2.4``, or a table's column of today."""
    end = match.end()
    while (following := _NEXT_VALUE.match(text, end)) is not None:
        value, end = float(following[1]), following.end()
    begin = text.rfind("\n", 0, match.start()) + 1
    row = text[begin : text.find("\n", end) if "\n" in text[end:] else len(text)]
    if row.count("|") < 3:
        return value, end
    above = text[:begin].splitlines()
    headings = next((line for line in reversed(above) if "|" in line and _NOW.search(line)), "")
    column = next((i for i, cell in enumerate(headings.split("|")) if _NOW.search(cell)), None)
    cells = row.split("|")
    if (
        column is None
        or column >= len(cells)
        or not (own := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*", cells[column]))
    ):
        return value, end
    at = begin + sum(len(cell) + 1 for cell in cells[:column]) + own.end(1)
    return float(own[1]), at


_BEFOREHAND = re.compile(
    r"(?:\b(?:baseline|pre-?(?:treatment|therapy|dose|chemo\w*)|before (?:treatment|therapy|starting|the first dose|(?:he|she|they) started)|at (?:the start|baseline))\b|"
    r"(?:(?:用|服|给|停|加)药|治疗|化疗|放疗|抗结核|起病|发病)前|基线)[^.;,，。；\n]{0,12}$",
    re.IGNORECASE,
)
"""Before a value: what it was before the treatment, wherever the text tells it."""


def _of_now(record: PatientRecord, measured: list[Observation]) -> list[Observation]:
    """Without the values of before the treatment, unless there are no others: ``ALT 512 ... 用药前ALT 22``."""
    texts = {d.id: d.text for d in record.documents if d.kind != "fhir"}
    now = [o for o in measured if not _BEFOREHAND.search(texts.get(o.place.document_id, "")[max(0, o.place.start - 40) : o.place.start])]  # fmt: skip
    return now or measured


def latest(measured: Sequence[Observation]) -> Observation:
    """The value of the last day, of one day the last in the text; a value without a day that ends the text is newer still."""
    last = max(measured, key=lambda o: o.place.end)
    if not _DAY.match(last.time or ""):
        return last
    dated = [o for o in measured if _DAY.match(o.time or "")]
    return max(dated, key=lambda o: (o.time or "", o.place.end))


def _micromoles(value: float, unit: str) -> float:
    """Creatinine in µmol/L; without a unit a value below 15 can only be mg/dL."""
    milligrams = "mg" in unit.lower() or ("mol" not in unit.lower() and value < 15)
    return value * 88.4 if milligrams else value


def _kidney(readings: dict[str, Reading], age: float | None, sex: str | None) -> None:
    """Where the record gives creatinine: clearance by Cockcroft-Gault (Nephron 1976) from the weight, and eGFR by
    CKD-EPI 2021 (Inker, N Engl J Med 2021)."""
    creatinine, weight = readings.get("creatinine"), readings.get("weight")
    if creatinine and weight and "crcl" not in readings and age and age >= 18 and sex in ("female", "male"):
        factor = 1.04 if sex == "female" else 1.23
        clearance = (140 - age) * weight.value * factor / creatinine.value
        readings["crcl"] = Reading(round(clearance), creatinine.place, "Cockcroft-Gault")
    if "egfr" not in readings and "crcl" in readings and not readings["crcl"].computed:
        readings["egfr"] = readings["crcl"]
    if "egfr" in readings or creatinine is None or age is None or age < 18 or sex not in ("female", "male"):
        return
    kappa, alpha = (0.7, -0.241) if sex == "female" else (0.9, -0.302)
    ratio = creatinine.value / 88.4 / kappa
    egfr = (
        142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * (1.012 if sex == "female" else 1)
    )
    readings["egfr"] = Reading(round(egfr), creatinine.place, "CKD-EPI 2021")
