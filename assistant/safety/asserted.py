"""What a record's own words assert: places that are negated, struck out or a relative's are told apart.

Owns the reading of negation around a place. Refuses to know what is looked for there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assistant.domain.record import Assertion, PatientRecord, Place, SourceDocument

Struck = dict[str, list[tuple[int, int]]]
"""Per document the ranges that do not hold of the patient."""

_NOT_TRUE = frozenset(
    {Assertion.NEGATED, Assertion.FAMILY, Assertion.HYPOTHETICAL, Assertion.RULED_OUT, Assertion.ERRONEOUS}
)
_CLAUSE = re.compile(r"[.;!?](?=\s|$)|[。；！？\n]|\bbut\b|但")
_NEGATED_BEFORE = re.compile(
    r"\b(?:no|not|nil|denies|denied|without|never|negative for|free of|ruled out|excluded?|unlikely|"
    r"no (?:known )?(?:history|evidence|sign) of|family history|mother(?!\s*[:：])|father|brother|sister|son|daughter|aunt|uncle|"
    r"watch for|look out for|warning signs?|return if|come back|report any|monitor for|risk of|screen(?:ing)? for|prevent(?:ion)?|prophylaxis|in case of|if)\b(?!\s+known (?:drug )?allerg)[^.;]*$",
    re.IGNORECASE,
)
_NEGATED_BEFORE_ZH = re.compile(
    r"(?:无|从未|未曾|不曾|否认|未见|未发现|排除|没有|不伴|不支持|并非|有无|注意|观察|监测|如有|出现|一旦|家族史|父亲|母亲|其父|其母|父母|兄|姐|弟|妹|预防|警惕|如出现|若)[^，,：:]*$"
)
_NEGATED_AFTER = re.compile(
    r"^\s*(?:[:–-]|\?(?=\s*no\b))?\s*(?:none|nil|never|no(?=\s*(?:[.,;)\n-]|$)))\b|^[\w\s'()-]{0,25}\b(?:excluded|ruled out|negative|absent|denied|: ?no|unlikely|call|return|seek|go to)\b|^[^，。；\n]{0,24}(?:及时|立即|随时|马上|赶紧|拨打?\s?120|打\s?120)|^[^.;\n]{0,60}(?::|–|—|→|->)\s?(?:call|ring|phone|seek|come (?:back|in|at once|to)|return (?:at once|immediately|to (?:A&E|ED|hospital))|go to (?:A&E|ED|the nearest|hospital))\b|^[^，。；\n]{0,30}(?:——|：|→)\s?(?:马上|立刻|立即|赶紧|就医|急诊)|^[^，。；\n]{0,8}(?:阴性|已排除|除外|除外|（-）|\(-\)|不支持)",
    re.IGNORECASE,
)


def struck_spans(record: PatientRecord) -> Struck:
    """Per document the ranges whose statement or condition is negated, struck out or a relative's."""
    found: Struck = {}
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


_QUERIED = re.compile(
    r"(?:\?|\b(?:query|suspected|possible|rule out|r/o)|疑(?:似|诊)?|待排|待除外)\s*$", re.IGNORECASE
)
_RULED_OUT = re.compile(
    r"^[^.;\n，。；]{0,20}\b(?:ruled out|excluded)\b|^[^.;\n，。；]{0,8}(?:已排除|已除外|排除)", re.IGNORECASE
)


def queried(text: str, start: int) -> bool:
    """``?melaena``: asked, not found."""
    return bool(_QUERIED.search(text[max(0, start - 12) : start]))


def ruled_out(text: str, end: int) -> bool:
    """``GI bleed ruled out``."""
    return bool(_RULED_OUT.search(text[end : end + 40]))


def place_of(document: SourceDocument, start: int, end: int) -> Place:
    return Place(document.id, start, end, document.text[start:end])


def _free(struck: Struck, document: SourceDocument, start: int, end: int) -> bool:
    return not any(a < end and start < b for a, b in struck.get(document.id, ()))


def hits(
    pattern: re.Pattern[str], sources: Iterable[SourceDocument], struck: Struck
) -> Iterator[tuple[re.Match[str], Place, SourceDocument]]:
    for document in sources:
        for match in pattern.finditer(document.text):
            if _free(struck, document, match.start(), match.end()):
                yield match, place_of(document, match.start(), match.end()), document


def first(
    pattern: re.Pattern[str], sources: Iterable[SourceDocument], struck: Struck
) -> tuple[re.Match[str], Place] | None:
    return next(((match, place) for match, place, _ in hits(pattern, sources, struck)), None)
