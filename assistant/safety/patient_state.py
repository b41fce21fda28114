"""The patient's deciding facts: age, sex, kidney, potassium, pregnancy, conditions, each with its place.

Owns what is read from a record for safety checks. Refuses to know any medicine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from assistant.domain.record import Assertion, PatientRecord, Place, SourceDocument
from knowledge.formulary import Formulary

_NOT_TRUE = frozenset(
    {Assertion.NEGATED, Assertion.FAMILY, Assertion.HYPOTHETICAL, Assertion.RULED_OUT, Assertion.ERRONEOUS}
)
_CLAUSE = re.compile(r"[.;!?](?=\s|$)|[。；！？\n]|\bbut\b|但")
_NEGATED_BEFORE = re.compile(
    r"\b(?:no|not|nil|denies|denied|without|never|negative for|free of|ruled out|excluded?|unlikely|"
    r"no (?:known )?(?:history|evidence|sign) of|family history|mother|father|brother|sister|son|daughter|aunt|uncle|"
    r"watch for|look out for|warning signs?|return if|come back|report any|monitor for|risk of|screen(?:ing)? for|prevent(?:ion)?|prophylaxis|in case of|if)\b(?!\s+known (?:drug )?allerg)[^.;]*$",
    re.IGNORECASE,
)
_NEGATED_BEFORE_ZH = re.compile(
    r"(?:无|否认|未见|未发现|排除|没有|不伴|不支持|并非|有无|注意|观察|监测|如有|出现|一旦|家族史|父亲|母亲|其父|其母|父母|兄|姐|弟|妹|预防|警惕|如出现|若)[^，,：:]*$"
)
_NEGATED_AFTER = re.compile(
    r"^\s*[:–-]?\s*(?:none|nil|no(?=\s*(?:[.,;)\n]|$)))\b|^[\w\s'()-]{0,25}\b(?:excluded|ruled out|negative|absent|denied|: ?no|unlikely|call|return|seek|go to)\b|^[^，。；\n]{0,24}(?:及时|立即|随时)|^[^，。；\n]{0,8}(?:阴性|已排除|除外|除外|（-）|\(-\)|不支持)",
    re.IGNORECASE,
)
_FORMERLY = re.compile(
    r"\b(?:was|were|baseline|previous(?:ly)?|prior|last (?:year|month)|before|then|from|target|goal|aim|range|until|if|below|above|under|over)\b[^.;,]{0,12}$|"
    r"(?:既往|原|上次|此前|去年|目标|基线|若|如果|低于|高于|当)[^，。；]{0,8}$",
    re.IGNORECASE,
)
_NUMBER = r"[^\d\n。；;，、,]{0,14}?(\d+(?:\.\d+)?)"
_MEASURES: dict[str, str] = {
    "egfr": r"(?:eGFR|GFR|肾小球滤过率)",
    "crcl": r"(?:CrCl|creatinine clearance|Ccr|肌酐清除率)",
    "creatinine": r"(?:creatinine|creat\b|SCr|Cr(?![A-Za-z])|肌酐)(?! clearance|清除)",
    "potassium": r"(?:potassium(?! chloride| citrate)|血钾|(?<![A-Za-z0-9-])(?<!itamin )K\+?)(?![A-Za-z])",
    "sodium": r"(?:serum sodium|sodium(?! chloride| valproate| bicarb)|血钠|(?<![A-Za-z0-9])Na\+?)(?![A-Za-z])",
    "qtc": r"(?:QTcF?B?)",
    "lvef": r"(?:LVEF|(?<![A-Za-z])EF|ejection fraction|射血分数)",
    "heart_rate": r"(?:heart rate|pulse|(?<![A-Za-z])HR|(?<![A-Za-z])P(?=\s?\d)|心率|脉搏)",
    "systolic": r"(?:BP|blood pressure|血压)",
    "platelets": r"(?:platelets?|plt|血小板)",
    "neutrophils": r"(?:neutrophils?|ANC|中性粒细胞(?!百分))",
    "inr": r"(?:INR)",
    "alt": r"(?:(?<![A-Za-z])ALT|谷丙转氨酶|丙氨酸氨基转移酶)",
    "weight": r"(?:weight|wt\b|体重)",
}
_PATTERNS = {
    name: re.compile(rf"(?:{head}){_NUMBER}(?!\d)", re.IGNORECASE if name != "potassium" else 0)
    for name, head in _MEASURES.items()
}
_NAMES = {name: re.compile(head, re.IGNORECASE) for name, head in _MEASURES.items()}
_PLAUSIBLE = {
    "egfr": (1, 200), "crcl": (1, 250), "creatinine": (0.2, 2500), "potassium": (1.5, 9.9), "sodium": (95, 185), "qtc": (250, 800),
    "lvef": (5, 85), "heart_rate": (20, 250), "systolic": (40, 280), "platelets": (1, 1500), "neutrophils": (0, 60),
    "inr": (0.5, 20), "alt": (1, 9999), "weight": (0.4, 350),
}  # fmt: skip
_KG = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?(?:kg|公斤|千克)(?![/·\w])", re.IGNORECASE)
_AGE = re.compile(
    r"(?<![\d.])(\d{1,3})[\s-]?(岁|years?[- ]old|y/?o\b|yrs?\b|years\b|y\b|个?月(?:龄|大)?|months?[- ]old|months?(?=,? ?\d{1,2}(?:\.\d+)? ?kg)|weeks?[- ]old|天龄|日龄|days?[- ]old|(?=[MF]\b))|(?:aged?|Age:?|年龄[:：]?)\s*(\d{1,3})",
    re.IGNORECASE,
)
_FEMALE = re.compile(r"\b(?:female|woman|girl|mrs|ms|miss|she|her|\d+\s?F)\b|女", re.IGNORECASE)
_MALE = re.compile(r"\b(?:male|man|boy|mr|he|his|\d+\s?M)\b|男", re.IGNORECASE)
_PREGNANT = re.compile(
    r"\bpregnan(?:t|cy)\b(?! test| prevention| category)|\b\d{1,2}\s?(?:\+\d)?\s?(?:weeks?|/40|wks?)(?:'s?)?\s?(?:gestation|pregnant)|\b\d{1,2}\+?\d?/40\b|\bG\d+\s?P\d+\b[^.\n]{0,30}\d+\s?weeks|\b\d{1,2}\s?\+\s?\d\s?(?:weeks?|wks?)|\bgestation\b|\btrimester\b|\bantenatal\b|\bh?CG\b[^.;,\n]{0,14}\bpositive|pregnancy test[^.;,\n]{0,10}\bpositive|positive (?:urine |serum |home )?(?:pregnancy test|h?CG)|(?:HCG|妊娠试验)[^，。；\n]{0,8}阳性|早孕|妊娠|怀孕|孕\s?\d+|宫内孕|孕妇",
    re.IGNORECASE,
)
_WEEKS = re.compile(r"(\d{1,2})\s?(?:\+\s?\d)?\s?(?:weeks?|wks?|/40|周)", re.IGNORECASE)
_BREASTFEEDING = re.compile(
    r"\bbreast-?\s?feed(?:ing|s)?\b|\bbreastfed\b|\blactating\b|\bnursing (?:her|a|mother)\b|哺乳期|母乳喂养|哺乳",
    re.IGNORECASE,
)
_NOT_FERTILE = re.compile(
    r"hysterectom|post-?menopaus|menopause|sterili[sz]|tubal ligation|contracepti|IUD|coil|vasectomy|子宫切除|绝经|绝育|结扎|避孕|节育环",
    re.IGNORECASE,
)
_NO_CONTRACEPTION = re.compile(
    r"(?:\b(?:not|no|without|never|stopped|needs?|wants?|declin\w+|refus\w+|unreliable)\b|未|无|没有|不)[^.;,，。]{0,25}$",
    re.IGNORECASE,
)
_NOT_A_READING = re.compile(
    r"\s?(?:months?|weeks?|days?|years?|yrs?|hours?|个?月|周|天|年|小时)", re.IGNORECASE
)
_A_DOSE = re.compile(r"\s?(?:mg|g\b|ml|mcg|tab|cap|sachet|片|粒|支|克|毫克)", re.IGNORECASE)
_CHILD_NOTE = re.compile(r"\b(?:infant|newborn|neonate|baby|child|toddler)\b|患儿|新生儿|婴儿", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """One number in the unit of ``PatientState``, and where it stands. ``computed`` names the formula."""

    value: float
    place: Place
    computed: str = ""


@dataclass(frozen=True)
class PatientState:
    """Numbers: egfr mL/min/1.73 m², creatinine µmol/L, potassium and sodium mmol/L, qtc ms, weight kg …"""

    age_years: float | None = None
    age_place: Place | None = None
    sex: str | None = None
    readings: dict[str, Reading] = field(default_factory=dict)
    pregnant: Place | None = None
    weeks: float | None = None
    pregnancy_excluded: bool = False
    breastfeeding: Place | None = None
    conditions: dict[str, Place] = field(default_factory=dict)

    @property
    def childbearing(self) -> bool:
        """A woman of 12 to 50 whose fertility and pregnancy the record leaves open."""
        return (
            self.sex == "female" and self.age_years is not None and 12 <= self.age_years <= 50
            and not self.pregnancy_excluded and self.pregnant is None
        )  # fmt: skip


def patient_state(record: PatientRecord, formulary: Formulary, *, today: date | None = None) -> PatientState:
    """What the record asserts of this patient now; facts it negates, strikes out or tells of relatives are left out."""
    sources = tuple(d for d in record.documents)
    struck = struck_spans(record)
    age, age_place = _age(record, today)
    readings = {name: r for name in _MEASURES if (r := _reading(record, name, sources, struck)) is not None}
    if "weight" not in readings and (weight := _first(_KG, sources, struck)) is not None:
        readings["weight"] = Reading(float(weight[0][1]), weight[1])
    if age is not None and age >= 18 and "weight" in readings and readings["weight"].value < 25:
        # A newborn's weight in the mother's record.
        del readings["weight"]
    sex = record.patient.sex or _sex(sources)
    _kidney(readings, age, sex)
    pregnant = _first_true(_PREGNANT, sources, struck) if sex != "male" else None
    weeks = None
    if pregnant is not None:
        document = next(d for d in sources if d.id == pregnant.document_id)
        near = _WEEKS.search(
            document.text, max(0, pregnant.start - 25), min(len(document.text), pregnant.end + 25)
        )
        weeks = float(near[1]) if near and 3 <= float(near[1]) <= 43 else None
    text = record.text()
    excluded = any(
        not _NO_CONTRACEPTION.search(clause_before(text, m.start())) for m in _NOT_FERTILE.finditer(text)
    ) or bool(
        re.search(
            r"(?i)pregnan\w*[^.,;\n]{0,20}\b(?:neg|not )|not pregnant|HCG[^.\n]{0,12}(?:neg|阴)|未孕|未怀孕|妊娠试验阴性",
            text,
        )
    )
    return PatientState(
        age, age_place, sex, readings, pregnant, weeks, excluded,
        _first_true(_BREASTFEEDING, sources, struck) if sex != "male" else None,
        _conditions(record, formulary, sources, struck),
    )  # fmt: skip


def struck_spans(record: PatientRecord) -> dict[str, list[tuple[int, int]]]:
    """Per document the ranges whose statement or condition is negated, struck out or a relative's."""
    found: dict[str, list[tuple[int, int]]] = {}
    facts: Iterable[tuple[Assertion, Place]] = [
        *(
            (s.assertion, s.place)
            for s in record.statements
            if s.assertion in (Assertion.ERRONEOUS, Assertion.FAMILY)
        ),
        # "Awaited: lupus anticoagulant" names a test, no disease.
        *((Assertion.ERRONEOUS, s.place) for s in record.statements if s.section == "pending"),
        *((c.assertion, c.place) for c in record.conditions),
        *((o.assertion, o.place) for o in record.observations),
    ]
    for assertion, place in facts:
        if assertion in _NOT_TRUE and not _is_good_sample(record, assertion, place):
            found.setdefault(place.document_id, []).append((place.start, place.end))
    return found


def _is_good_sample(record: PatientRecord, assertion: Assertion, place: Place) -> bool:
    """ "K 6.1 (not haemolysed)" vouches for the value that the word haemolysed would strike out."""
    text = next((d.text for d in record.documents if d.id == place.document_id), "")
    return assertion is Assertion.ERRONEOUS and bool(
        re.search(r"(?i)\b(?:not|no|non-?)\s?ha?emoly|[未无非]溶血", text[place.start : place.end + 40])
    )


def clause_before(text: str, start: int) -> str:
    """What stands between the last end of a clause and ``start``."""
    window = text[max(0, start - 200) : start]
    cut = 0
    for end in _CLAUSE.finditer(window):
        cut = end.end()
    return window[cut:]


def denied(text: str, start: int, end: int) -> bool:
    """True where the words around say that the patient does not have it."""
    before = clause_before(text, start)
    return bool(
        _NEGATED_BEFORE.search(before)
        or _NEGATED_BEFORE_ZH.search(before)
        or _NEGATED_AFTER.search(text[end : end + 40])
    )


def place_of(document: SourceDocument, start: int, end: int) -> Place:
    return Place(document.id, start, end, document.text[start:end])


def _free(struck: dict[str, list[tuple[int, int]]], document: SourceDocument, start: int, end: int) -> bool:
    return not any(a < end and start < b for a, b in struck.get(document.id, ()))


def _hits(
    pattern: re.Pattern[str], sources: Iterable[SourceDocument], struck: dict[str, list[tuple[int, int]]]
) -> Iterator[tuple[re.Match[str], Place, SourceDocument]]:
    for document in sources:
        for match in pattern.finditer(document.text):
            if _free(struck, document, match.start(), match.end()):
                yield match, place_of(document, match.start(), match.end()), document


def _first(
    pattern: re.Pattern[str], sources: Iterable[SourceDocument], struck: dict[str, list[tuple[int, int]]]
) -> tuple[re.Match[str], Place] | None:
    return next(((match, place) for match, place, _ in _hits(pattern, sources, struck)), None)


def _first_true(
    pattern: re.Pattern[str], sources: Iterable[SourceDocument], struck: dict[str, list[tuple[int, int]]]
) -> Place | None:
    for match, place, document in _hits(pattern, sources, struck):
        if not denied(document.text, match.start(), match.end()) and not _past_pregnancy(
            document.text, match.start()
        ):
            return place
    return None


def _past_pregnancy(text: str, start: int) -> bool:
    before = text[max(0, start - 30) : start].lower()
    return bool(
        re.search(
            r"previous|last|first|past|plan|wish|hop|want|prior|trying|计划|备孕|拟|曾|既往|上次|希望", before
        )
    )


def _reading(
    record: PatientRecord,
    name: str,
    sources: Iterable[SourceDocument],
    struck: dict[str, list[tuple[int, int]]],
) -> Reading | None:
    low, high = _PLAUSIBLE[name]
    measured = [
        o for o in record.observations
        if o.number is not None and o.assertion is Assertion.PRESENT and _NAMES[name].match(o.name.strip()) and low <= o.number <= high
    ]  # fmt: skip
    if measured:
        dated = [o for o in measured if o.time and re.match(r"\d{4}-\d{2}", o.time)]
        chosen = (
            max(dated, key=lambda o: o.time or "") if dated and len(dated) == len(measured) else measured[-1]
        )
        number = chosen.number or 0.0
        return Reading(
            _micromoles(number, chosen.unit or "") if name == "creatinine" else number, chosen.place
        )
    found: Reading | None = None
    for match, place, document in _hits(_PATTERNS[name], sources, struck):
        value = float(match[1])
        if (
            not low <= value <= high
            or _FORMERLY.search(clause_before(document.text, match.start()))
            or re.search(r"(?i)\b(?:was|target|goal|baseline|below|above|if)\b|目标|基线|低于|高于", match[0])
        ):
            continue
        unit = document.text[match.end() : match.end() + 12]
        if _NOT_A_READING.match(unit) or (name in ("potassium", "sodium") and _A_DOSE.match(unit)):
            continue
        found = Reading(_micromoles(value, unit) if name == "creatinine" else value, place)
    return found


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


def _age(record: PatientRecord, today: date | None) -> tuple[float | None, Place | None]:
    place = record.patient.places[0] if record.patient.places else None
    stated = _AGE.search(record.patient.age_text or "")
    if stated:
        return _years(stated), place
    if record.patient.birth_date and re.match(r"\d{4}-\d{2}-\d{2}", record.patient.birth_date):
        born = date.fromisoformat(record.patient.birth_date[:10])
        then = record.encounter.admitted if record.encounter else None
        now = date.fromisoformat(then[:10]) if then and re.match(r"\d{4}-\d{2}-\d{2}", then) else today
        if now is not None:
            return (now - born).days / 365.25, place
    for document in record.documents:
        match = _AGE.search(document.text[:1500])
        if match:
            return _years(match), place_of(document, match.start(), match.end())
    return None, None


def _years(match: re.Match[str]) -> float:
    number, unit = float(match[1] or match[3]), (match[2] or "").lower()
    if "month" in unit or "月" in unit:
        return number / 12
    if "week" in unit:
        return number / 52
    return number / 365 if "day" in unit or "天" in unit or "日" in unit else number


def _sex(sources: Iterable[SourceDocument]) -> str | None:
    for document in sources:
        female, male = _FEMALE.search(document.text), _MALE.search(document.text)
        if female or male:
            return "female" if female and (male is None or female.start() < male.start()) else "male"
    return None


_OVER = re.compile(r"\b(?:resolved|recovered|normali[sz]ed)\b|已恢复|已缓解|已纠正|恢复正常", re.IGNORECASE)


def is_over(said: str) -> bool:
    """Whether the record's words for a condition say that it has passed: it then warns one step more mildly."""
    return bool(_OVER.search(said))


def _conditions(
    record: PatientRecord,
    formulary: Formulary,
    sources: tuple[SourceDocument, ...],
    struck: dict[str, list[tuple[int, int]]],
) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for condition in formulary.conditions():
        if condition.current:
            for known in record.conditions:
                if condition.pattern.search(known.name) and is_over(known.name):
                    found.setdefault(
                        condition.id, known.place
                    )  # "AKI, resolved" is what the diagnoses say last
        asserted = {Assertion.PRESENT} if condition.current else {Assertion.PRESENT, Assertion.HISTORICAL}
        for known in record.conditions:
            if known.assertion in asserted and condition.pattern.search(known.name):
                found.setdefault(condition.id, known.place)
        if condition.id in found:
            continue
        for match, place, document in _hits(condition.pattern, sources, struck):
            if not denied(document.text, match.start(), match.end()):
                found[condition.id] = place
                break
    return found
