"""Chart shorthand written out, so that a note and a sentence made of it read alike.

Owns rewritings that hold in any chart: ``2/52`` is 2 weeks, ``72M`` a man of 72 years, ``POD2`` postoperative day 2. What is
read differently from ward to ward stays as it is written.
"""

from __future__ import annotations

import re

from assistant.verification.facts import spell_sides
from assistant.verification.schedules import encode

_NUMBERED = "one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORGANS = "breast|lung|colon|bowel|prostate|bladder|ovary|ovarian|cervix|cervical|gastric|stomach|thyroid|renal|kidney|pancreas|pancreatic|rectum|rectal|endometrial|oesophagus|oesophageal|skin|liver"
_LED = r"(?:\b(?:x|for|in|of|after|every|over|last|past|next|min|max|within|repeat|rpt|review|clinic|f/u|follow[- ]up|least|aged|at)\s*|[x×]\s*)"
_ENDED = r"(?=\s*(?:[.;,)\]]\s|[.;)]?$|\n|\s(?:ago|history|hx|hx of|of|post|later|course)\b))"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE if ignore else 0), new)
    for pattern, new, ignore in (
        (r"(?<![\d/])(\d{1,2})/52\b(?!/)", r"\1 weeks", False),
        (rf"({_LED})(\d{{1,2}})/7\b(?!/)", r"\1 \2 days", True),
        (rf"({_LED})(\d{{1,2}})/12\b(?!/)", r"\1 \2 months", True),
        (rf"(?<=[A-Za-z\uE000-\uE7FF] )(?<!on )(?<!from )(?<!since )(?<!until )(?<!by )(\d{{1,2}})/7\b{_ENDED}", r"\1 days", False),
        (rf"(?<=[a-z] )(?<!on )(?<!from )(?<!since )(?<!until )(?<!by )(?<!acuity )(\d{{1,2}})/12\b{_ENDED}", r"\1 months", False),
        (r"(?<![\d/])(\d{1,2})(?:\+\d)?/40\b(?!/)", r"\1 weeks of pregnancy", False),
        (r"(?<![\dA-Za-z])(\d{1,3})[-\s]*(?:yo|y/o|y\.o\.|yrs?|years?)\b[-\s]*(?:old)?\s*(?:([MF])\b)?", r"\1 years old \2 ", True),
        (r"(?<![\dA-Za-z])(\d{2})\s?M\b(?!\w)(?=[ ,]|$)", r"\1 years old man", False),
        (r"(?<![\dA-Za-z])(\d{2})\s?F\b(?!\w)(?=[ ,]|$)", r"\1 years old woman", False),
        (r"\b(?:aged?|at the age of)\s+(\d{1,3})\b(?!\s*(?:days?|weeks?|months?|years?))", r"age \1 years old", True),
        (r"\bPOD\s?#?(\d+)\b", r"postoperative day \1", False),
        (r"\bpost-?op(?:erative)? day\b|术后第(?=\d)", "postoperative day ", True),
        (r"\b([CG])KD\s?(\d)([ab]?)\b", r"\1KD stage \2\3", False),
        (r"\bstage\s?(\d[ab]?)\s+(CKD|chronic kidney disease)\b", r"\2 stage \1", True),
        (r"(?<=%)\s*(?:on\s+)?RA\b", " on room air", False),
        (r"\b(at|on|since|after|before|for|upon|home on)\s+d/c\b|\bd/c(?=\s+(?:home|date|summary|if|meds|when|planned|today|\d))", r"\1 discharge", True),
        (rf"\b({_ORGANS}) ca\b", r"\1 cancer", True),
        (rf"\bca(?= (?:of |the )*(?:{_ORGANS}))", "cancer", True),
        (r"\bMon(?=[\s,.)])", "Monday", False),
        (r"\bTues?(?=[\s,.)])", "Tuesday", False),
        (r"\bWed(?=[\s,.)])", "Wednesday", False),
        (r"\bThu(?:rs)?(?=[\s,.)])", "Thursday", False),
        (r"\bFri(?=[\s,.)])", "Friday", False),
        (r"(?<=\()Sat(?=\))", "Saturday", False),
        (r"\bSun(?=[\s,.)])", "Sunday", False),
        (r"\bPE(?=\s*:)", "examination", False),
        (r"\b(\d+)\s*(st|nd|rd|th)\s+(day|week|dose|month)\b", r"\3 \1", True),
        (r"(?<=\d)\s*-\s*(?=(?:day|week|month|year|hour|minute)s?\b)", " ", True),
        (r"\bw/o\b", "without", False),
        (r"\bw/\s*", "with ", False),
        (r"\bx\s?1\b(?!\s?/)", "single dose", False),
        (r"\b2/2\s|\b2°\s?to\b", "secondary to ", False),
        (r"\bs/p\b", "status post", True),
        (r"\bc/o\b", "complains of", True),
        (r"\bx(?=\s?\d)", "for ", False),
        (r"(?<=\D)[×x](?=\d+\s?(?:d|days?|weeks?|wk|h|hours?|months?)\b)", "for ", False),
        (r"(?:(?<=\s)|(?<=\()|(?<=\A))\?\s?(?=[A-Za-z])", " possible ", False),
        (r"(?<=[,:;] )S to (?=[a-z])", "sensitive to ", False),
        (r"(?<=[,:;] )R to (?=[a-z])", "resistant to ", False),
        (r"(?<=[A-Za-z] )#(?!\s?\d)|(?<!\S)#(?= [A-Za-z])", "fracture", False),
        (r"([左右双])侧", r"\1", False),
        (r"乳(?=肿|结节|癌|改良|切除|外|内|房)(?!房)", "乳腺", False),
        (r"(?<![\d年])(\d{1,2})月(?=余|前|后|[,，。;；、]|内|来|$)", r"\1个月", False),
        (r"第(?=\d)", "", False),
        (r"(?<=[a-z]{4})(?=\d)", " ", False),
        (r"(?<![A-Za-z])(BP|HR|RR|Hb|HGB|PLT|WBC|CRP|Cr|ALT|AST|BNP|INR|LDL)(?=\d)", r"\1 ", False),
        (r"\b1st\b", "first", True),
        (r"\b2nd\b", "second", True),
        (r"\b3rd\b", "third", True),
        (r"输(?=红细胞|血小板|血浆|白蛋白)", "输注", False),
        (r"[(（]\s*[-－﹣–]\s*[)）]", "阴性", False),
        (r"[(（]\s*[+＋]{1,4}\s*[)）]", "阳性", False),
        (r"(?<=\d)\s?u(?![a-zA-Zµ])", " units", True),
        (r"(?<=\d)\s*~\s*(?=\d)|(?<=\d)\s*至\s*(?=\d)", "-", False),
    )
)  # fmt: skip
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\s+(?:(postoperative)\s+)?(day|week|dose)\b", re.IGNORECASE)
_DAY_AFTER = re.compile(r"\bday (\d+) after\b", re.IGNORECASE)


def expand(text: str) -> str:
    """``text`` written out, frequencies and clock times as marks (``schedules``); offsets are not kept."""
    text = re.sub(r"[ \t]{2,}", " ", spell_sides(encode(text)))
    for pattern, new in _RULES:
        text = pattern.sub(new, text)
    return _ORDINAL.sub(_ordinal, text)


def _ordinal(match: re.Match[str]) -> str:
    number = _ORDINALS.index(match[1].lower()) + 1
    return f"{match[2] or ''} {match[3]} {number}".strip()
