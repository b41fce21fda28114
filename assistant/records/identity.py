"""Who the patient is and what stay this is: name, age, sex, number, dates, ward, attending.

Owns the chart's header facts. Refuses to guess: what is not written stays None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.domain.age import find_age
from assistant.domain.record import Encounter, Patient, Place
from assistant.records.dates import ChartDates
from assistant.records.disease_words import disease
from assistant.records.sections import Segment
from assistant.records.stay_dates import read_stay_dates

_NOT_NAMES = r"(?!(?:DOB|MRN|NHS|CHI|UHID|Age|Sex|Ward|Bed|Adm\w*|Hosp\w*|No|Consultant|Male|Female|Date|Unit|Room|PCP|GP|Dept|Address|Tel|Known|Seen|Says|Has|Is|Was|Will|To|The)\b)"
_WORD = rf"{_NOT_NAMES}[A-Z][\w'’.-]*"
_NICK = r"(?: ?[(\"“'‘]{1,2}[A-Z][\w'’ -]{1,14}[)\"”'’]{1,2})?"
_FULL = rf"{_WORD}{_NICK},?(?: (?:{_WORD}|(?:van|von|de|der|del|bin|al|el|o')\b)){{0,4}}"
_NAME = re.compile(
    r"(?:^|\n)\s*(?:RE|Re)\s*[:：]\s*(?:(?:Mr|Mrs|Ms|Miss|Master)\.? )?(?P<re>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){1,3})(?=[,\s(]+(?:\d|DOB|dob|D\.O\.B|born|NHS|MRN))|"
    rf"(?:^|\n|[\s|])(?:(?i:patient(?:'?s)?(?: name)?|pt(?: name)?|(?:full )?name))(?:\s*[:：|]\s*|[ \t]{{2,}})(?:(?:Mr|Mrs|Ms|Miss|Mx|Master|Dr)\.? )?(?P<en>{_FULL})"
    rf"|(?:^|\n)\W*(?i:patient|pt|(?:full |patient )?name) (?:(?:Mr|Mrs|Ms|Miss|Mx|Master)\.? )?(?P<spaced>{_WORD}{_NICK}(?: {_WORD}){{1,3}})(?=\s*(?:[,|(\n]|\s(?:DOB|MRN|NHS|\d)))"
    r"|(?:姓名|患者姓名)\s*[:：]?\s*(?P<zh>[一-鿿·]{2,6})"
    r"|(?:患者|病人)[:：]?\s*(?P<zh2>[一-鿿·]{2,4})[,，、\s]\s*(?:男|女)"
    rf"|(?P<caps>\b[A-Z][A-Z'’-]{{2,}}(?:[ -][A-Z][A-Z'’-]+)*, ?[A-Z][A-Za-z][\w'’-]*(?: {_WORD})?(?=\s|$|,|\())"
    r"|\b(?P<title>(?:Mr|Mrs|Ms|Miss|Master)\.? (?:[A-Z][\w'’-]+ ?){2,4})(?=[,(]|\s+\d)"
    rf"|(?:^|\n)\s*(?P<plain>[A-Z][a-z'’-]+{_NICK}(?: [A-Z][\w'’-]+){{1,3}}),?\s+(?:\d{{1,3}}\s?(?:y|yo|M|F|yrs|years)\b|(?:M|F|Male|Female)\s+\d|(?:\(?(?:DOB|D\.O\.B|MRN|NHS|CHI|born)\b))"
    rf"|(?:^|\n)\s*(?P<upper>[A-Z][A-Z'’-]{{2,}}(?: [A-Z][A-Z'’-]{{2,}}){{1,2}}),?\s+(?:\d{{1,3}}(?:\s?(?:y|yo|yrs|years))?,?\s+)?(?:born|DOB|dob|MRN|NHS|M\b|F\b)"
    rf"|(?:^|\n)\s*(?P<surname>[A-Z][A-Z'’-]{{2,}}(?: [A-Z][a-z'’-]+){{1,3}})\s+(?:[MF]\s?\d{{1,3}}\b|\d{{1,3}}\s?[MFy]\b|(?:DOB|dob|MRN|NHS)\b)"
    r"|(?:^|\n|\d床\s|\s)(?P<zh3>[一-鿿]{2,4})[,，\s]+(?:男|女)[,，\s]+\d"
)
_DOB = re.compile(r"(?i)(?:DOB|D\.O\.B\.?|date of birth|born|\bb\.(?=\s?\d)|出生日期|出生)\s*[:：]?\s*")
_SEX = (
    re.compile(
        r"(?P<f>\b[Ff](?:emale|EMALE)\b|\b\d{1,3}\s?(?:y|yo|yrs?|years?|mo|months?|m|weeks?|days?)?(?:[ /-]?old|/o)?\s*[/,]?\s*F\b|\bF\s*[/,]?\s*\d{1,3}\s?y|(?i:sex|gender)\s*[:：]?\s*F\b|女(?!(?:活|早产|足月)?[儿婿孩友婴]))"
        r"|(?P<m>\b[Mm](?:ale|ALE)\b|\b\d{1,3}\s?(?:y|yo|yrs?|years?|mo|months?|weeks?|days?)?(?:[ /-]?old|/o)?\s*[/,]?\s*M\b|\bM\s*[/,]?\s*\d{1,3}\s?y|(?i:sex|gender)\s*[:：]?\s*M\b|男(?!(?:活|早产|足月)?[孩友婴]))"
    ),
    re.compile(r"(?P<f>\b(?:woman|lady|girl)\b|女士|老太太)|(?P<m>\b(?:man|gentleman|boy)\b|先生)"),
    re.compile(
        r"(?<!Consultant: )(?<!Cons: )(?<!Attending: )(?<!under )(?<!Consultant )"
        r"(?:(?P<f>\b(?:Mrs|Ms|Miss)\b)|(?P<m>\b(?:Mr|Master)\b))"
    ),
)
"""Stated sex first; a title only where nothing else tells, and never the consultant's."""
_GROWN = 12
_GROWN_TITLE = re.compile(r"(?:Mrs|Ms|Mr|Mdm)\b")
_NOT_IN_YEARS = re.compile(r"(?i)\d\s?(?:d|w|wks?|mo|m)\b|days?|weeks?|months?|[天日周月]")
_OF_HER_BABY = re.compile(
    r"(?i)\b(?:baby|infant|newborn|neonate)\W+(?:boy|girl|male|female|[MF]\b)[^.;\n]{0,20}|\b(?:live|healthy) (?:male|female)\b|[男女](?:活|早产|足月)?婴|新生儿"
)
"""``Baby boy 2480 g`` in the mother's record."""
_IN_CHILDBED = re.compile(
    r"(?P<f>\bG\d+\s?P\d+|\bpost-?partum\b|\bprimi(?:gravida|para)|孕\s?\d+\s?产\s?\d+|剖宫产)|(?P<m>(?!))"
)
_MRN = re.compile(
    r"(?i)(?:\bMRN|\bhosp(?:ital)?\.? (?:no|number|id|#)\.?|\bNHS (?:no|number)\.?|\bUHID|\bURN?|\bCHI|\bpatient (?:id|no)\.?|\bPID|\bmedical record (?:no|number)|住院号|病案号|病历号|门诊号|登记号|ID号)\s*[:：#]?\s*(?P<mrn>(?:[A-Z]{1,4}[ -]?)?\d(?:[\dA-Z-]| (?=\d)(?!\d{1,2}[/.月-]\d|\d{1,3}\s?(?:床|岁|y|yo|M\b|F\b))){2,16}[\dA-Z](?![\w-])|[A-Z]{1,3}\d{3,})"
)
_WARD = re.compile(
    r"(?P<ward>\b(?i:ward)\s(?!round|\d{3,}\s\d{3})[A-Z0-9][\w-]*|\b[A-Z][A-Za-z]+ WARD(?: [A-Z0-9]+)?|\b(?:Rm|Room|Bed|Unit)\s?[:#]?\s?[A-Z0-9][\w-]*(?: (?:North|South|East|West)\b)?|(?:病区|科室|科别)\s*[:：]\s*[一-鿿A-Z0-9]{1,10}|床号\s*[:：]?\s*\d+\S{0,2}|[一-鿿]{2,12}科[一二三四五六七八九十]?(?:病区)?(?=\s|$|，|,)|(?<=\s)\d+床)"
)
_ATTENDING = re.compile(
    r"(?:\b(?i:cons(?:ultant)?|attending(?: physician)?|under(?: the care of)?|admitting physician|hospitalist)\b\s*[:：]?\s*(?P<en>(?:(?:Dr|Mr|Ms|Mrs|Miss|Prof)\.? )[A-Z][\w'’-]*\.?(?:[ \t][A-Z][\w'’-]*(?!\w*:)){0,2}))"
    r"|\b(?i:attending(?: physician)?|consultant|hospitalist)\s*[:：]\s*(?P<en2>[A-Z][\w'’.-]+(?: [A-Z][\w'’.-]+){1,2})(?=,? (?:MD|DO|FRC\w+)\b|\s{2,}|\s*[|\n])"
    r"|(?:主管|主诊|责任|上级|主治|经治|管床|主任)(?:医师|医生)?\s*[:：]\s*(?P<zh>[一-鿿](?:主任|主治)|[一-鿿]{2,3}?)(?=副?主任|主治|医师|医生|[\s/,，。)）;；(（]|$)"
    r"|(?:主管|主诊|责任|上级|主治|经治|管床|主任)(?:医师|医生)\s+(?!签)(?P<zh2>[一-鿿]{2,3})(?=[\s/,，。)）;；(（]|$)"
)
_ATTENDING_LATER = (
    re.compile(
        r"(?:^|[\s:：])(?P<zh>[一-鿿](?=副?主任|主治)(?:副?主任|主治)|[一-鿿]{2,3}?)(?:副?主任医师|主治医师|主任|副主任|医师)?\s?(?:医师)?查房"
    ),
    re.compile(r"(?:医师|医生|主任|主治|经治)签[名字]\s*[:：]\s*(?P<zh>[一-鿿]{2,3})(?=[\s/,，。)）;；]|$)"),
)


def _is_grown(age_text: str | None) -> bool:
    years = re.search(r"\d+", age_text or "")
    return years is not None and int(years.group()) >= _GROWN and not _NOT_IN_YEARS.search(age_text or "")


def read_patient(text: str, dates: ChartDates, document_id: str) -> Patient:
    """Identity from the head of the chart; the rest of the text where the head is silent."""
    head = text[:2500]
    places: list[Place] = []

    def keep(start: int, end: int) -> str:
        places.append(Place(document_id, start, end, text[start:end]))
        return text[start:end]

    name = _name(head, keep)
    birth = None
    dob = _DOB.search(head)
    if dob:
        token = dates.first(head[dob.end() : dob.end() + 24])
        if token and token.start <= 1 and token.year:
            birth = dates.iso(token)
            keep(dob.start(), dob.end() + token.end)
    age = find_age(head, disease())
    age_text = keep(*age).strip() if age else None
    sex = None
    grown = _is_grown(age_text) or bool(_GROWN_TITLE.match(name or ""))
    told = _OF_HER_BABY.sub(lambda m: " " * len(m.group()), head) if grown else head
    found = next(
        (hit for pattern in (*_SEX, *([_IN_CHILDBED] if grown else [])) if (hit := pattern.search(told))),
        None,
    )
    if found:
        sex = "female" if found["f"] else "male"
        keep(found.start(), found.end())
    mrn_match = _MRN.search(head)
    mrn = keep(mrn_match.start("mrn"), mrn_match.end("mrn")).strip() if mrn_match else None
    return Patient(name, birth, age_text, sex, mrn, tuple(places))


_NAMES_OF_ACTS = re.compile(r"\b(?:PCI|CABG|ERCP|CRRT|NIV|CPAP|OGD|TURP|TAVI|STEMI|NSTEMI|ACS)\b")


def _name(head: str, keep: Callable[[int, int], str]) -> str | None:
    best = None
    for match in _NAME.finditer(head):
        group = next(k for k, v in match.groupdict().items() if v)
        value = match[group].strip(" ,")
        if group in {"caps", "plain", "upper", "surname"} and re.search(
            r"(?i)hospital|ward|clinic|unit|centre|center|department|\bDR\b", value
        ):
            continue
        if group in {"caps", "plain", "upper", "surname"} and (
            disease().search(value) or _NAMES_OF_ACTS.search(value)
        ):
            continue  # `NSTEMI, PCI` in capitals is no person
        best = (match.start(group), match.start(group) + len(match[group].rstrip(" ,")))
        break
    return keep(*best) if best else None


_HEADER_CHARS = 500
"""Further down a bed is as likely another patient's."""


def read_encounter(
    text: str,
    segments: Sequence[Segment],
    dates: ChartDates,
    document_id: str,
    reason: str | None,
    disposition: str | None,
) -> Encounter | None:
    """The stay: admission and discharge from the header, else from the discharge note's date."""
    places: list[Place] = []
    stay = read_stay_dates(text, segments, dates, document_id, places)
    ward = _WARD.search(text[:_HEADER_CHARS])
    attending = _ATTENDING.search(text[:3000]) or next(
        (found for pattern in _ATTENDING_LATER if (found := pattern.search(text))), None
    )
    name = None
    if attending:
        name = next(v for v in attending.groupdict().values() if v).strip()
        places.append(Place(document_id, attending.start(), attending.end(), attending.group()))
    if ward:
        places.append(Place(document_id, ward.start("ward"), ward.end("ward"), ward["ward"]))
    for said, at in ((reason, text.find(reason or "")), (disposition, text.rfind(disposition or ""))):
        if said and at >= 0:
            places.append(Place(document_id, at, at + len(said), said))
    if not any((stay.admitted, stay.discharged, reason, ward, disposition, name)):
        return None
    return Encounter(
        id=f"{document_id}-stay",
        admitted=stay.admitted,
        discharged=stay.discharged,
        reason=reason,
        ward=re.sub(r"^(?:病区|科室|科别)\s*[:：]\s*", "", ward["ward"].strip()) if ward else None,
        attending=name,
        disposition=disposition,
        places=tuple(places),
        discharge_expected=stay.expected,
    )


def read_reason(segments: Sequence[Segment]) -> str | None:
    """The complaint that led to the stay, in the record's words."""
    for segment in segments:
        if segment.section == "chief_complaint":
            return segment.span.text.strip(" \n.。")
    for segment in segments:
        if segment.section in {
            "admission",
            "history_of_present_illness",
            "hospital_course",
            "header",
            "progress",
        }:
            for sentence in segment.sentences:
                match = re.search(
                    r"(?i)^\W*(?:CC|PC)\s+(?P<a>.+)|\b(?:admitted (?:with|for|after|because)|came (?:in|to (?:us|hospital|ED|A&E)) (?:with|after|because of)|presents? with|presented with|presenting with|p/w|c/o|brought in (?:with|after)|因)\s*(?P<b>.+)",
                    sentence.text,
                )
                if match and not (
                    _is_later_entry(segment, segments) and match.group().casefold()[:3] == "c/o"
                ):
                    return (match["a"] or match["b"]).strip(" .。")
    for segment in segments:
        if segment.section == "history_of_present_illness":
            return segment.sentences[0].text.strip() if segment.sentences else None
    return None


def _is_later_entry(segment: Segment, segments: Sequence[Segment]) -> bool:
    """``pt c/o dry mouth`` on a day of the stay is not why the patient came."""
    first = next((s.note.date[:10] for s in segments if s.note.date), None)
    return segment.section == "progress" and bool(
        first and segment.note.date and segment.note.date[:10] > first
    )
