"""The patient's deciding facts: age, sex, kidney, potassium, pregnancy, conditions, each with its place.

Owns what is read from a record for safety checks. Refuses to know any medicine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from assistant.domain.age import find_age, years_of
from assistant.domain.record import Assertion, PatientRecord, Place, SourceDocument
from assistant.safety.asserted import (
    Struck,
    clause_before,
    denied,
    hits,
    place_of,
    queried,
    ruled_out,
    struck_spans,
)
from assistant.safety.kidney_recovery import has_recovered
from assistant.safety.readings import Reading, readings_of
from knowledge.formulary import Formulary

_FEMALE = re.compile(
    r"\b(?:female|woman|girl|mrs|ms|miss|she|her|\d+\s?F)\b|女(?![儿婿孩友])|老太太", re.IGNORECASE
)
_MALE = re.compile(r"\b(?:male|man|boy|mr|he|his|\d+\s?M)\b|男(?![友孩])|先生", re.IGNORECASE)
_PREGNANT = re.compile(
    r"\bpregnan(?:t|cy)\b(?! test| prevention| category)|\b\d{1,2}\s?(?:\+\d)?\s?(?:weeks?|/40|wks?)(?:'s?)?\s?(?:gestation|pregnant)|\b\d{1,2}\+?\d?/40\b|\bG\d+\s?P\d+\b[^.\n]{0,30}\d+\s?weeks|\b\d{1,2}\s?\+\s?\d\s?(?:weeks?|wks?)|\b\d{1,2}\s?(?:weeks?|wks?)\s?\+\s?\d\b|\b\d{1,2}\s?w(?:k|ks)?\s?\d\s?d\b|\bf(?:o?e)tal (?:heart|movements?)\b|\b(?:live |viable )?intra-?uterine (?:pregnancy|gestation)|\bsingle live intra-?uterine\b|\bgestation\b|\btrimester\b|\bantenatal\b|\bh?CG\b[^.;,\n]{0,14}\bpositive|pregnancy test[^.;,\n]{0,10}\bpositive|positive (?:urine |serum |home )?(?:pregnancy test|h?CG)|(?:HCG|妊娠试验)[^，。；\n]{0,8}阳性|早孕(?!史|期)|妊娠(?!史|产后|纹|试验|风险|结局)|怀孕|孕\s?\d+(?!\s?(?:\d|产|次|[Pp]\d))|宫内孕|孕妇",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"(?i)\bapgars?\b|\blive (?:girl|boy|male|female|infant|birth)\b|\bpost[- ]?natal(?:ly)?\b(?! depression| clinic)|\bpost[- ]?partum\b(?! (?:depression|contracepti\w+|plan\w*|check|visit|clinic|period))|\b(?:day|d)\s?\d+ (?:post|after|following)[- ]?(?:(?:the )?(?:delivery|LSCS|birth|c(?:a?e)sarean|section))|胎儿娩出|新生儿|产后第?\s?\d+\s?(?:[天日周]|个?月)|产褥期|Apgar"
)
"""Words of a birth that has happened in this record."""
_PAST_BIRTH = re.compile(
    r"(?i)\b(?:previous|prior|last|past|19\d\d|20\d\d|first|second|plan\w*|history|risk of|prevent\w*)\b|既往|上次|曾"
)
_WEEKS = re.compile(r"(\d{1,2})\s?(?:\+\s?\d)?\s?(?:weeks?|wks?|w(?=\s?\d\s?d\b)|/40|周)", re.IGNORECASE)
_BREASTFEEDING = re.compile(
    r"\bbreast-?\s?feed(?:ing|s)?\b|\bbreastfed\b|\blactating\b|\bnursing (?:her|a|mother)\b|哺乳期|母乳喂养|哺乳",
    re.IGNORECASE,
)
_NOT_FERTILE = re.compile(
    r"hysterectom|post-?menopaus|menopause|sterili[sz]|tubal ligation|contracepti|IUD|coil|vasectomy|子宫切除|绝经|绝育|结扎|避孕|节育环",
    re.IGNORECASE,
)
_PLANNING = re.compile(
    r"\btry(?:ing|s)? (?:for (?:a |another |their |her |his )?(?:\w+ )?(?:baby|child|pregnancy)|to (?:conceive|(?:get|become|fall|be) pregnant))\b|"
    r"\b(?:plan(?:s|ning|ned)?|wish(?:es|ing)?|hop(?:es|ing)|want(?:s|ing)?|intend(?:s|ing)?|keen|like[sd]?)\b[^.,;\n]{0,25}\b(?:pregnancy|(?:get|become|fall|be) pregnant|conceive|(?:a|another|more) (?:baby|child|children))\b|"
    r"\bTTC\b|\bpre-?conception (?:clinic|visit|counsel\w*|advice|review)\b|备孕|试孕|(?:准备|计划|打算|拟|想|希望|要求)(?:近期|今年|明年|尽快|再)?(?:怀孕|妊娠|受孕|生育|要(?:个|二胎|三胎)?(?:孩子|小孩|宝宝|二胎))|有(?:近期)?(?:生育|妊娠)(?:要求|计划|需求|意愿|打算)",
    re.IGNORECASE,
)
_NOT_PLANNING = re.compile(
    r"(?:\b(?:before|until|when|whenever|if|should|stopped|gave up|years? ago|previously)\b[^.;,\n]{0,25}|[不未无没暂非勿再若如][^，。；,;\n]{0,8}|既往[^，。；\n]{0,8}|曾[^，。；\n]{0,4})$",
    re.IGNORECASE,
)
_NOT_PLANNING_AFTER = re.compile(
    r"\s?(?:前|时|期间|后|者|(?:计划|要求)?[:：]?\s?(?:暂?无|否))|\s*[:：–-]\s*(?:none|no|nil)\b",
    re.IGNORECASE,
)
_NO_CONTRACEPTION = re.compile(
    r"(?:\b(?:not|no|without|never|stopped|needs?|wants?|declin\w+|refus\w+|unreliable)\b|未|无|没有|不)[^.;,，。]{0,25}$",
    re.IGNORECASE,
)
_CHILD_NOTE = re.compile(r"\b(?:infant|newborn|neonate|baby|child|toddler)\b|患儿|新生儿|婴儿", re.IGNORECASE)


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
    planning: Place | None = None
    """A pregnancy is wished for, now or soon."""
    breastfeeding: Place | None = None
    conditions: dict[str, Place] = field(default_factory=dict)
    over: frozenset[str] = frozenset()
    """Of the conditions those that the record's own values show to have passed: they warn one step more mildly."""

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
    sex = record.patient.sex or _sex(sources)
    readings = readings_of(record, sources, struck, age=age, sex=sex)
    grown = age is None or age >= 10
    pregnant = _first_true(_PREGNANT, sources, struck) if sex != "male" and grown else None
    if pregnant is not None and has_given_birth(record):
        pregnant = None
    weeks = _weeks_of(sources, pregnant)
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
        _planning(sources, struck) if sex != "male" and pregnant is None and grown else None,
        _breastfeeding(sources, struck) if sex != "male" else None,
        _conditions(record, formulary, sources, struck),
        frozenset({"acute_kidney_injury"}) if has_recovered(record) else frozenset(),
    )  # fmt: skip


_DATED_PREGNANCY = re.compile(
    r"\b(\d{1,2})\s?(?:\+\s?\d)?\s?(?:weeks?|wks?)(?:\s?\+\s?\d\s?d?)?\s(?:by|on) (?:scan|dates|LMP|ultrasound)|\b(\d{1,2})(?:\+\d)?/40\b|(?:妊娠|孕|停经)\s?(\d{1,2})\s?(?:[+＋]\s?\d)?\s?周",
    re.IGNORECASE,
)


def _weeks_of(sources: tuple[SourceDocument, ...], pregnant: Place | None) -> float | None:
    """The week of pregnancy beside the words that tell of it, else wherever it is dated."""
    if pregnant is None:
        return None
    document = next(d for d in sources if d.id == pregnant.document_id)
    near = _WEEKS.search(
        document.text, max(0, pregnant.start - 25), min(len(document.text), pregnant.end + 25)
    )
    near = near or _DATED_PREGNANCY.search(document.text)
    figure = next((g for g in near.groups() if g), None) if near else None
    return float(figure) if figure and 3 <= float(figure) <= 43 else None


_DELIVERY = re.compile(r"(?i)\bc(?:a?e)sarean|\bLSCS\b|\bdelivery\b|剖宫产|分娩|顺产")


def has_given_birth(record: PatientRecord) -> bool:
    """Whether the birth that ends the pregnancy lies in this record: told of, or an operation of this stay."""
    told = any(
        not _PAST_BIRTH.search(re.split(r"[.;\n。；]", d.text[max(0, m.start() - 40) : m.start()])[-1])
        for d in record.documents
        for m in _BORN.finditer(d.text)
    )
    admitted = (record.encounter.admitted or "")[:10] if record.encounter else ""
    return told or any(
        _DELIVERY.search(p.name) and p.status.value == "done" and admitted and (p.date or "")[:10] >= admitted
        for p in record.procedures
    )


def _first_true(pattern: re.Pattern[str], sources: Iterable[SourceDocument], struck: Struck) -> Place | None:
    for match, place, document in hits(pattern, sources, struck):
        # `no contraception, LMP six weeks ago, pregnancy test positive`: the answer itself is told.
        told = re.search(r"(?i)positive|阳性", match.group()) is not None
        if (told or not denied(document.text, match.start(), match.end())) and not _past_pregnancy(
            document.text, match.start()
        ):
            return place
    return None


def _planning(sources: Iterable[SourceDocument], struck: Struck) -> Place | None:
    for match, place, document in hits(_PLANNING, sources, struck):
        before = clause_before(document.text, match.start())
        if denied(document.text, match.start(), match.start()) or _NOT_PLANNING.search(before):
            continue
        if not _NOT_PLANNING_AFTER.match(document.text, match.end()):
            return place
    return None


_MATERNITY = re.compile(
    r"(?i)\b(?:maternity|postnatal|post-?partum|obstetric\w*|caesarean|cesarean|LSCS|midwife)\b|产科|产后|剖宫产"
)


def _breastfeeding(sources: tuple[SourceDocument, ...], struck: Struck) -> Place | None:
    """On a maternity ward ``Mother: day 3 ..., breastfeeding`` is the patient and no relative."""
    own = tuple(d for d in sources if _MATERNITY.search(d.text))
    return _first_true(_BREASTFEEDING, sources, struck) or _first_true(_BREASTFEEDING, own, {})


def _past_pregnancy(text: str, start: int) -> bool:
    before = text[max(0, start - 30) : start].lower()
    return bool(
        re.search(
            r"previous|last|first|past|plan|wish|hop|want|prior|trying|计划|备孕|拟|曾|既往|上次|希望", before
        )
    )


def _age(record: PatientRecord, today: date | None) -> tuple[float | None, Place | None]:
    place = record.patient.places[0] if record.patient.places else None
    stated = years_of(record.patient.age_text)
    if stated is not None:
        return stated, place
    if record.patient.birth_date and re.match(r"\d{4}-\d{2}-\d{2}", record.patient.birth_date):
        born = date.fromisoformat(record.patient.birth_date[:10])
        then = record.encounter.admitted if record.encounter else None
        now = date.fromisoformat(then[:10]) if then and re.match(r"\d{4}-\d{2}-\d{2}", then) else today
        if now is not None:
            return (now - born).days / 365.25, place
    for document in record.documents:
        found = find_age(document.text)
        if found:
            return years_of(document.text[found[0] : found[1]]), place_of(document, *found)
    return None, None


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
    struck: Struck,
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
            if known.assertion not in asserted or (named := condition.pattern.search(known.name)) is None:
                continue
            # A list that the reader cut at its commas: `无出血、黑便` gives a 黑便 that nobody has.
            if not _is_denied_there(sources, known.place, named.group()):
                found.setdefault(condition.id, known.place)
        if condition.id in found:
            continue
        for match, place, document in hits(condition.pattern, sources, struck):
            if denied(document.text, match.start(), match.end()):
                continue
            # `?melaena ... GI bleed ruled out`: what was only asked is answered.
            if queried(document.text, match.start()) and _is_settled(condition.pattern, sources):
                continue
            found[condition.id] = place
            break
    return found


def _is_settled(pattern: re.Pattern[str], sources: tuple[SourceDocument, ...]) -> bool:
    return any(ruled_out(document.text, match.end()) for match, _, document in hits(pattern, sources, {}))


_DENIED_LIST = re.compile(
    r"(?:无|否认|未见|没有|从未|未曾|未诉)[^，,：:；。]{0,30}、[^，,：:]{0,12}$|(?:从未|从无|未曾|不曾|否认)[^，,：:；。、]{0,12}$"
)


def _is_denied_there(sources: tuple[SourceDocument, ...], place: Place, words: str) -> bool:
    document = next((d for d in sources if d.id == place.document_id and d.kind != "fhir"), None)
    at = document.text.find(words, place.start, place.end) if document else -1
    return document is not None and at >= 0 and bool(_DENIED_LIST.search(clause_before(document.text, at)))
