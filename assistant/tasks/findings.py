"""A lump on a scan that is being looked into, and oxygen at home: told wherever the record's text has them.

Owns which sentences tell of one. Refuses to say what the lump is, and to order tests: the record's own words stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain.record import Assertion, PatientRecord, Statement
from assistant.tasks.record_lines import clauses, usable

_LUMP = re.compile(
    r"(?=.*\b(?:nodules?|mass(?:es)?|lesions?|opacity|shadow)\b)(?=.*\b\d+(?:\.\d+)?\s?(?:x\s?\d+(?:\.\d+)?\s?)?(?:mm|cm)\b)"
    r"(?=.*\b(?:new(?:ly)?|spiculat\w+|suspicious|indeterminate|growing|grown|enlarg\w+|possible (?:cancer|malignan\w+|neoplas\w+)|concerning|worrying|FDG|avid|unexplained)\b)"
    r"|(?=.*(?:结节|占位|肿块))(?=.*\d\s?(?:mm|cm|毫米|厘米))(?=.*(?:新发|新增|毛刺|可疑|增大|恶性(?:可能|不除外)|性质待定))",
    re.IGNORECASE,
)
_SETTLED = re.compile(
    r"\bno (?:\w+ ){0,3}(?:nodules?|mass(?:es)?|lesions?)\b|\b(?:benign|resect\w+|excis\w+|removed|unchanged|stable since|skin|wound|ulcer|haematoma|hematoma)\b"
    r"|未见|良性|已切除|切除术后|无明显变化",
    re.IGNORECASE,
)
_SCANS_STAND_IN = frozenset(
    "imaging results hospital_course progress consult assessment plan header discharge_orders condition_at_discharge".split()
)
HOME_OXYGEN = re.compile(
    r"\b(?:home|long[- ]term|domiciliary|ambulatory|portable|nocturnal|overnight) (?:oxygen|O2)\b(?! saturation| sats)|\bLTOT\b"
    r"|\boxygen concentrator\b|\b(?:oxygen|O2)\b.{0,50}\b(?:hours?|hrs?|h) ?(?:/|a|per) ?(?:day|d)\b|\boxygen alert card\b"
    r"|(?:家庭|长期|家用)(?:氧疗|吸氧)|制氧机|吸氧[^。；]{0,16}小时",
    re.IGNORECASE,
)
_NO_OXYGEN = re.compile(
    r"\b(?:no|not|without|declin\w+|refus\w+|wean\w+|stopped|off|consider\w*|assess\w* for|eligib\w+|criteria)\b(?! (?:more|less|smok\w+|to (?:smoke|exceed))).{0,30}\b(?:oxygen|O2|LTOT)\b"
    r"|\b(?:oxygen|O2|LTOT)\b.{0,40}\b(?:not (?:needed|required|indicated|ordered)|weaned|stopped|assessment)\b|无需.{0,6}氧|停.{0,3}氧",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"\b(?:target|aim|keep|maintain)\b.{0,20}\b(?:SpO2|sats?|saturations?|oxygen)\b.{0,12}\d\d|\b(?:SpO2|sats?|saturations?)\b.{0,12}\b(?:target|aim)\b.{0,6}\d\d|(?:血氧|SpO2|氧饱和度).{0,8}(?:维持|目标).{0,8}\d\d",
    re.IGNORECASE,
)
_OXYGEN_STANDS_IN = _SCANS_STAND_IN - {"imaging", "results"} | {
    "instructions",
    "discharge_medications",
    "follow_up",
    "equipment",
}
_NEXT = 2
"""Sentences behind the order in which its target still stands."""


def lumps(record: PatientRecord) -> Iterator[Statement]:
    """Sentences that tell of a sized lump with a reason to look into it; those called incidental are arrangements already."""
    told = [f.place for f in record.follow_ups]
    for statement in usable(record):
        if statement.section not in _SCANS_STAND_IN or statement.assertion is not Assertion.PRESENT:
            continue
        place = statement.place
        if any(
            p.document_id == place.document_id and p.start < place.end and place.start < p.end for p in told
        ):
            continue
        if any(_LUMP.match(c.text) and not _SETTLED.search(c.text) for c in clauses(statement)):
            yield statement


def home_oxygen(record: PatientRecord) -> list[Statement]:
    """The order of oxygen at home with the target that follows it; empty where none is ordered."""
    found: list[Statement] = []
    near = 0
    for statement in usable(record):
        near -= 1
        if statement.section not in _OXYGEN_STANDS_IN or statement.assertion is not Assertion.PRESENT:
            continue
        if HOME_OXYGEN.search(statement.text) and not _NO_OXYGEN.search(statement.text):
            found.append(statement)
            near = _NEXT + 1
        elif near > 0 and _TARGET.search(statement.text):
            found.append(statement)
    return found
