"""Whether what a rule asks to be recent is told only as of long ago: "gastric ulcer bleed 2014" in a stay of 2025.

Owns the reading of the year or date that stands with a condition. Refuses to know any rule: what has no date counts as recent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from assistant.domain.record import Assertion, PatientRecord, SourceDocument
from assistant.domain.stay import iso_date
from assistant.safety.asserted import denied, hits, struck_spans
from knowledge.formulary_facts import ConditionName

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATED = re.compile(
    r"(?<![\d.])(?:(?P<y1>(?:19|20)\d\d)[-/.年](?P<m1>1[0-2]|0?[1-9])(?!\d)"
    r"|(?:(?P<a>\d{1,2})[-/.])?(?P<b>\d{1,2})[-/.](?P<y2>(?:19|20)\d\d)(?!\d)"
    rf"|\b(?P<mon>{'|'.join(_MONTHS)})[a-z]*\.?,? (?P<y3>(?:19|20)\d\d)(?!\d)"
    r"|(?P<y4>(?:19|20)\d\d)(?![\d.]*\d|\s?(?:mg|ml|mcg|kcal|steps|IU)\b))",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"(?P<n>\d+|two|three|four|five|six|seven|eight|nine|ten|several|many)\+? ?(?:(?P<years>years?|yrs?|decades)|(?P<months>months?|mths?)) (?:ago|previously|before|earlier)"
    r"|(?P<zn>\d+|[一二三四五六七八九十]+|多)余?(?:(?P<zyears>年)|(?P<zmonths>个?月))前",
    re.IGNORECASE,
)
_PIECE_END = re.compile(
    rf"[;\n；。，、]|\.(?=\s|$)|,(?!\s*(?:\d{{1,2}}[-/. ])?(?:(?:{'|'.join(_MONTHS)})[a-z]* )?(?:19|20)\d\d)",
    re.IGNORECASE,
)
_WORDS = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), start=1)}


def is_long_past(record: PatientRecord, condition: ConditionName, months: float, day: date | None) -> bool:
    """True where every telling of the condition is older than ``months`` before the admission (``day`` where none is known).

    An allergy's reaction and the reason for barring a medicine tell what once happened: undated, they are the past event that
    the record dates elsewhere.
    """
    stay = record.encounter
    seen_from = (iso_date(stay.admitted) if stay and stay.admitted else None) or day
    told = [*_of_the_list(record, condition, seen_from), *_of_the_text(record, condition, seen_from)]
    return any(age is not None for age in told) and all(age is not None and age > months for age in told)


def _of_the_list(
    record: PatientRecord, condition: ConditionName, seen_from: date | None
) -> Iterator[float | None]:
    """Months since the onset or end of a coded condition; None for one without."""
    coded = {d.id for d in record.documents if d.kind == "fhir"}
    for c in record.conditions:
        if c.place.document_id not in coded or c.assertion is Assertion.NEGATED:
            continue
        if condition.pattern.search(c.name):
            moment = iso_date(c.ended or c.onset or "")
            yield _months_between(moment, seen_from) if moment and seen_from else None


def _of_the_text(
    record: PatientRecord, condition: ConditionName, seen_from: date | None
) -> Iterator[float | None]:
    prose = [d for d in record.documents if d.kind != "fhir"]
    reactions = [a.place for a in record.allergies]
    for match, place, document in hits(condition.pattern, prose, struck_spans(record)):
        if denied(document.text, match.start(), match.end()):
            continue
        age = _age_in_months(_piece(document, match.start(), match.end()), seen_from)
        of_allergy = any(p.document_id == document.id and p.start <= place.start < p.end for p in reactions)
        if age is not None or not (of_allergy or _bars(document.text, match.start())):
            yield age


_BARRING = re.compile(
    r"(?i)(?:\b(?:avoid\w*|never|no (?:more )?\w+|not (?:to|for)|do not|don'?t|contra-?indicated|C/I|withh\w+)\b[^()\n]{0,30}\([^()\n]*"
    r"|(?:禁用|避免|忌用|勿用|不用|不宜|慎用)[^（）()\n]{0,16}[（(][^（）()\n]*)$"
)
"""``NSAIDs - AVOID (GI bleed, CKD)``: in brackets stands why."""


def _bars(text: str, at: int) -> bool:
    line = text.rfind("\n", 0, at) + 1
    return bool(_BARRING.search(text[max(line, at - 120) : at]))


def _piece(document: SourceDocument, start: int, end: int) -> str:
    """The item of its list that a mention stands in: the next item's year is not its own."""
    text = document.text
    begin = max(
        (m.end() for m in _PIECE_END.finditer(text, max(0, start - 80), start)), default=max(0, start - 80)
    )
    stop = _PIECE_END.search(text, end, end + 80)
    return text[begin : stop.start() if stop else end + 80]


def _age_in_months(piece: str, seen_from: date | None) -> float | None:
    """Months since the newest moment that the words name; None where they name none."""
    ages = [_ago(m) for m in _AGO.finditer(piece)]
    if seen_from is not None:
        ages += [_months_between(_latest_day(m), seen_from) for m in _DATED.finditer(piece)]
    return min(ages, default=None)


def _ago(match: re.Match[str]) -> float:
    said = (match["n"] or match["zn"]).casefold()
    count = float(said) if said.isdigit() else float(_WORDS.get(said, 2))
    if match["years"] and match["years"].casefold() == "decades":
        count *= 10
    return count * (12 if match["years"] or match["zyears"] else 1)


def _latest_day(match: re.Match[str]) -> date:
    """The last day that the words allow, so that nothing recent is taken for old."""
    year = int(next(y for y in (match["y1"], match["y2"], match["y3"], match["y4"]) if y))
    if match["mon"]:
        month = _MONTHS.index(match["mon"].casefold()[:3]) + 1
    elif match["m1"]:
        month = int(match["m1"])
    else:
        month = max((int(n) for n in (match["a"], match["b"]) if n and 1 <= int(n) <= 12), default=12)
    return date(year, month, 28)


def _months_between(then: date, now: date) -> float:
    return (now.year - then.year) * 12 + now.month - then.month + (now.day - then.day) / 31
