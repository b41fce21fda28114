"""A goal with what makes it one for this patient: the own value now, whether the target is reached, the date it is due.

Owns reading a guideline's target against a result. Refuses to know which goals a plan takes. Dates count from discharge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from assistant.domain.record import Assertion, Observation, ObservationKind, PatientRecord, Place
from assistant.safety.readings import latest
from assistant.tasks.base import Turn
from assistant.tasks.stating import day

_SPAN = re.compile(
    r"\b(?:within|in|by|after|at)\s+(\d{1,2})(?:\s*(?:-|–|to)\s*(\d{1,2}))?\s*(day|week|month)s?\b|(\d{1,2})(?:[-–~至](\d{1,2}))?\s*(天|周|个月)(?:内|后|达标)",
    re.I,
)
_DAYS = {"day": 1, "week": 7, "month": 30, "天": 1, "周": 7, "个月": 30}
_PREGNANCY_WEEKS = re.compile(r"\bweeks? plus \d|孕\d+周", re.IGNORECASE)


@dataclass(frozen=True)
class Measure:
    id: str
    names: re.Pattern[str]
    not_names: re.Pattern[str] | None
    short: re.Pattern[str] | None

    def is_in(self, text: str) -> bool:
        return bool(self.names.search(text)) and not (self.not_names and self.not_names.search(text))


@cache
def all_measures() -> tuple[Measure, ...]:
    rows = yaml.safe_load(Path(__file__).with_name("measures.yaml").read_text(encoding="utf-8"))["measures"]

    def pattern(row: dict[str, list[str]], key: str) -> re.Pattern[str] | None:
        return re.compile("|".join(row[key]), re.IGNORECASE) if key in row else None

    return tuple(
        Measure(
            str(row["id"]),
            re.compile("|".join(row["any"]), re.IGNORECASE),
            pattern(row, "not"),
            pattern(row, "short"),
        )
        for row in rows
    )


@dataclass(frozen=True)
class Now:
    """The newest value of one measure. ``number`` None where it is not one figure; ``second`` is the diastolic pressure."""

    measure: str
    text: str
    places: tuple[Place, ...]
    number: float | None
    second: float | None = None
    unit: str = ""
    when: str = ""


def measure_of(goal: str) -> Measure | None:
    """The measure that opens a goal (``Blood pressure: below 130/80 …``); None where it has none."""
    head = re.split(r"[:：]", goal, maxsplit=1)[0].strip()
    if re.search(r"\bintake\b|\bdiet\b|摄入|食盐|training|therapy", head, re.IGNORECASE) or len(head) > 90:
        return None
    plain = re.sub(
        r"^(?:Systolic|Office|Clinic|Target|Resting|Serum|Fasting plasma|一般|能耐受的|家庭自测)\s*", "", head
    )
    return next((m for m in all_measures() if m.is_in(head) or m.is_in(plain)), None)


def value_of(record: PatientRecord, measure: Measure) -> Now | None:
    """The newest result of a measure; a sentence of the record where no result was read as one."""
    hits = [
        o
        for o in record.observations
        if o.assertion is Assertion.PRESENT
        and o.kind is not ObservationKind.IMAGING
        and measure.is_in(o.name.strip())
        and any(c.isdigit() for c in o.value)
    ]
    if hits:
        newest = latest(hits)
        return _pressure(hits, newest) if measure.id == "blood_pressure" else _now(measure.id, newest)
    if measure.short is None:
        return None
    for statement in reversed(record.statements):
        if statement.assertion in (Assertion.ERRONEOUS, Assertion.FAMILY, Assertion.HYPOTHETICAL):
            continue
        found = measure.short.search(statement.text)
        if found:
            unit = next((g for g in found.groups()[1:] if g), "")
            return Now(
                measure.id,
                found.group(0).strip(),
                (statement.place,),
                float(found.group(1)),
                unit=unit,
                when=day(statement.date),
            )
    return None


def _now(measure: str, o: Observation) -> Now:
    joint = "" if o.unit and o.unit.startswith(("/", "%")) else " "
    unit = f"{joint}{o.unit}" if o.unit and o.unit not in o.value else ""
    number = o.number if o.number is not None else _first_number(o.value)
    return Now(measure, f"{o.name} {o.value}{unit}", (o.place,), number, unit=o.unit or "", when=day(o.time))


def _pressure(hits: list[Observation], latest: Observation) -> Now:
    """Systolic and diastolic of one moment as one value."""
    joined = re.search(r"(\d{2,3})\s*/\s*(\d{2,3})", latest.value)
    if joined:
        return replace(_now("blood_pressure", latest), number=float(joined[1]), second=float(joined[2]))
    same = [o for o in hits if o.time == latest.time]
    upper = next((o for o in same if re.search(r"systolic|收缩", o.name, re.IGNORECASE)), None)
    lower = next((o for o in same if re.search(r"diastolic|舒张", o.name, re.IGNORECASE)), None)
    if upper is None or lower is None:
        return _now("blood_pressure", latest)
    text = f"{upper.value}/{lower.value} {upper.unit or ''}".strip()
    name = "血压" if re.search(r"[\u4e00-\u9fff]", upper.name) else "Blood pressure"
    return Now(
        "blood_pressure",
        f"{name} {text}",
        (upper.place, lower.place),
        upper.number,
        lower.number,
        upper.unit or "",
        day(latest.time),
    )


def _first_number(text: str) -> float | None:
    found = re.search(r"\d+(?:\.\d+)?", text)
    return float(found.group()) if found else None


_BELOW = re.compile(
    r"(?:below|under|less than|<|＜|低于|不超过|≤|at most)\s*(\d+(?:\.\d+)?)(?:/(\d+))?|"
    r"(\d+(?:\.\d+)?)(?:/(\d+))?(?:\s*of\s*\d+)?\s*[^\d,;:.，；]{0,12}\bor (?:less|lower)",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:above|at least|more than|≥|>|＞|不低于|高于)\s*(\d+(?:\.\d+)?)|"
    r"(\d+(?:\.\d+)?)(?:\s*of\s*\d+)?\s*[^\d,;:.，；]{0,16}\bor more",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\bgain of|times|倍|loss of|fall(?: of)?\b|declin|rise of|halved|grade|change|reduc|较基线|较前|较上次|增加|下降|减少|降低|提高|per year\b|(?<=\d )a year\b|/\s?(?:yr|year)\b|[/／]\s?年|每年(?=[下升])",
    re.IGNORECASE,
)
"""A target that is a change from the first value: the value alone cannot tell whether it is reached."""
_CHANGE_NAMED = re.compile(
    r"\b(?:fall|decline|loss|drop|rise|change|slope) (?:in|of)\b|\b(?:eGFR|GFR|FEV1|weight|BMI|LVEF|creatinine|Hb|haemoglobin) (?:fall|decline|loss|drop|rise|change|slope)\b|\brate of (?:fall|decline|loss|change)\b"
    r"|下降(?!压)|降幅|升幅|增幅|变化|丢失|减少|减轻|速率|下降速度|年降",
    re.IGNORECASE,
)
"""``eGFR下降：<5``, ``Decline in eGFR: less than 5``: what is limited is the fall; the level says nothing of it."""
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:–|-|~|至|to)\s*(\d+(?:\.\d+)?)")
_ABSOLUTE = r"(\d+(?:\.\d+)?)(?![\d.]*\d|\s*(?:[%％]|per ?cent))"
"""A figure that is no percentage: of ``50%`` not even the 5 may be read."""
_GAIN = re.compile(rf"\bgain of {_ABSOLUTE}|增加\s*≥?\s*{_ABSOLUTE}", re.IGNORECASE)
_FALL = re.compile(rf"较基线下降\s*≥?\s*{_ABSOLUTE}|\bfall of {_ABSOLUTE}", re.IGNORECASE)
_LOW = {"blood_pressure": 100.0, "heart_rate": 50.0, "potassium": 3.5, "fasting_glucose": 4.0}
"""Below this a value is a danger of its own (mmHg, /min, mmol/L), whatever upper limit it keeps to."""


def reached(goal: str, now: Now) -> bool | None:
    """True or False where target and value can be compared in one unit; None where they cannot, and for a value that keeps
    below a limit only because it is dangerously low."""
    *heads, target = re.split(r"[:：]", goal, maxsplit=1)
    number = now.number
    # Several steps ("80°, by 2 weeks; 120°, by 12 weeks") are not reached with the first.
    if number is None or any(_CHANGE_NAMED.search(head) for head in heads):
        return None
    if _CHANGE.search(target) or len(re.findall(r"\d[^;；]*[;；][^;；]*\d", target)):
        return None
    unit = now.unit or _usual_unit(now.measure, number)
    if now.measure == "hba1c" and (unit == "mmol/mol") != ("mmol/mol" in target):
        number = percent_hba1c(number) if unit == "mmol/mol" else number
    elif _other_unit(target, unit):
        return None
    target = _in_unit(target, unit)
    low = number < _LOW.get(now.measure, 0) or (
        now.measure == "fasting_glucose" and number > 40 and number < 70
    )
    band = _RANGE.search(re.sub(r"\d+\s*[–~-]\s*\d+\s*(?:weeks?|months?|days?|周|个月|天).*", "", target))
    if band and float(band[1]) < float(band[2]) and now.measure not in ("creatinine",):
        if low and now.measure == "blood_pressure":
            return None
        return number <= float(band[2]) if now.measure == "blood_pressure" else float(band[1]) <= number <= float(band[2])  # fmt: skip
    below = _BELOW.search(target)
    if below:
        limit, lower = below[1] or below[3], below[2] or below[4]
        inclusive = bool(below[3]) or "≤" in below[0]
        meets = number <= float(limit) if inclusive else number < float(limit)
        meets = meets and (lower is None or now.second is None or now.second < float(lower) + inclusive)
        return None if meets and low else meets
    above = _ABOVE.search(target)
    if above:
        return number >= float(above[1] or above[2])
    return None


_UNITS = r"mg/dL|mmol/L|[µμ]mol/L|g/dL|g/L|ng/mL|mmol/mol"


def _in_unit(target: str, unit: str) -> str:
    """``below 70 mg/dL (1.8 mmol/L)`` for a value in mmol/L: ``below 1.8 mmol/L``."""
    figure = r"\d+(?:\.\d+)?(?:\s?[–-]\s?\d+(?:\.\d+)?)?"
    same = re.search(rf"({figure})\s?{re.escape(unit)}", target.replace("μ", "µ")) if unit else None
    first = re.search(rf"({figure})\s?({_UNITS})", target)
    if same is None or first is None or first[2].replace("μ", "µ") == unit:
        return target
    return f"{target[: first.start()]}{same[1]} {unit}"


def _usual_unit(measure: str, number: float) -> str:
    """The unit that a bare figure can only have: ``HbA1c 7.9``, ``HbA1c 48``, ``SpO2 94``."""
    if measure == "hba1c":
        return "%" if number <= 20 else "mmol/mol"
    return "%" if measure in ("saturation", "lvef") else ""


def _other_unit(target: str, unit: str) -> bool:
    """True where the target names a unit and the value has another one, or none that could be told apart."""
    units = re.findall(r"mg/dL|mmol/L|µmol/L|μmol/L|g/dL|g/L|ng/mL|mmol/mol|%", target)
    plain = {u.replace("μ", "µ") for u in units}
    if plain == {"%"} and not unit:
        return True  # `50 % of the first value` beside a bare figure
    if len(plain) > 1 and not unit:
        return True  # `LDL 4.3` beside mg/dL and mmol/L
    return bool(plain) and bool(unit) and unit.replace("μ", "µ") not in plain


def percent_hba1c(mmol_mol: float) -> float:
    """NGSP per cent from IFCC mmol/mol (NGSP master equation: 0.09148 x IFCC + 2.152)."""
    return round(0.09148 * mmol_mol + 2.152, 1)


def own_target(turn: Turn, goal: str, now: Now) -> str:
    """The figure that a gain means for this patient (``34/56 or more``); empty where the goal names no gain."""
    gain = _GAIN.search(goal)
    scale = re.match(r"/(\d+)", now.unit)
    if gain and now.number is not None:
        step = float(gain[1] or gain[2])
        other = re.search(r"\(0[–-](\d+)\)", goal)
        if other and scale and float(other[1]) != float(scale[1]):
            step = step * float(scale[1]) / float(other[1])
        figure = f"{now.number + step:g}{now.unit if scale else ''}"
        return turn.say(f"For this patient: {figure} or more.", f"本患者：达到{figure}或以上。")
    fall = _FALL.search(goal)
    if fall and now.number is not None and now.number > float(fall[1] or fall[2]):
        figure = f"{now.number - float(fall[1] or fall[2]):g}"
        return turn.say(f"For this patient: {figure} or less.", f"本患者：降至{figure}或以下。")
    if re.search(r"\bone grade lower\b", goal) and now.number:
        return turn.say(f"For this patient: grade {now.number - 1:g}.", f"本患者：降至{now.number - 1:g}级。")
    return ""


_FROM_ELSE = re.compile(
    r"\b(?:after|of|from) (?:the |an? |each |every |your )?(?:surgery|operation|procedure|birth|delivery|fitting|injury|stroke|event|infarction|amputation"
    r"|fracture|replacement|start\w*|chang\w*|increas\w*|diagnos\w*|onset|stent\w*|each|every|symptom\w*)\b|术后|产后|发病|起病|开始.{0,6}后|诊断后|卒中后|伤后",
    re.IGNORECASE,
)
"""A span that counts from another day than the discharge."""


def due_date(text: str, start: date | None) -> date | None:
    """The date a guideline's "within 3 months" falls on, counted from ``start`` (months as calendar months).

    None without a ``start``, and for a span that counts from surgery, birth, the event or the start of a treatment.
    """
    match = _SPAN.search(text)
    if start is None or not match or _PREGNANCY_WEEKS.search(text) or _FROM_ELSE.search(text):
        return None
    number = int(match.group(2) or match.group(1) or match.group(5) or match.group(4))
    unit = (match.group(3) or match.group(6)).lower()
    if _DAYS[unit] != 30:
        return start + timedelta(days=number * _DAYS[unit])
    return months_after(start, number)


def months_after(start: date, number: int) -> date:
    """The same day ``number`` calendar months on; the month's last day where there is none."""
    month = start.month - 1 + number
    year, month = start.year + month // 12, month % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(start.day, last))
