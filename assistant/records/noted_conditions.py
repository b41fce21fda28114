"""Diseases that the entries of the stay name where no list of discharge diagnoses does: ``New AF.``, ``creat 156, AKI``.

Owns which words of an entry name a disease by themselves. Refuses symptoms, what is only thought of, denied, past or a
relative's, and whatever a list of diagnoses already names; nothing here is called a diagnosis of the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.assertion import assertion_of
from assistant.records.diagnosis_items import NOT_A_DIAGNOSIS, NUMBERING, VITALS
from assistant.records.disease_words import disease, symptom
from assistant.records.sections import Segment
from assistant.records.sentences import list_items, numbered_parts
from assistant.records.text_spans import Span, inside

_SECTIONS = {
    "admission",
    "progress",
    "consult",
    "plan",
    "assessment",
    "hospital_course",
    "results",
    "header",
}
_MOST_WORDS = 6
_MOST_HAN = 16
MOST = 8
_LEAD = re.compile(
    r"(?i)^(?:[\d/.:\s-]+(?=[A-Za-z一-鿿]))?(?:(?:imp|impression|dx|diagnosis|assessment|a/p|a|known|now|has|have|had|developed|develops|likely new|think this is|this is|c/w|consistent with)\b\s*[:：-]?\s*)*"
)
_NAMES_A_PLACE = re.compile(
    r"(?i)^\W*(?:call|clinic|unit|ward|cons\w*|nurses?|rehab\w*|team|risk|leaflet|score|screen\w*|pathway|protocol|prevention|prophyla\w+|liaison|mat|alarm|service|charity|guideline|checklist|bundle|plan|round|hx|history|diary|study|education|teaching|panel|swab|PCR|test\w*|titre|antibod\w*|marker|rate|serolog\w*|vaccin\w*)\b"
)
_OF_A_HOUSE = re.compile(
    r"医院|卫生院|病院|医疗中心|医学中心|(?i:(?:\b(?:hospital|infirmary|department|dept|directorate)|(?:&|\band) (?:general |acute |elderly )?(?:medicine|surgery|rehabilitation|care))\b)"
)
_NAMES_A_PLACE_ZH = re.compile(
    r"(?:与?[一-鿿]{0,4}?)(?:病房|病区|科|门诊|中心|单元|专科|专病|监护|小组|团队|医师|医生|护士|宣教|教育|评分|量表|筛查|指南|路径)"
)
"""``YY大学附属医院 心力衰竭病房``, ``卒中单元``, ``糖尿病足门诊``: a ward, a clinic or a team has the disease in its name."""
_ONLY_THOUGHT_OF = re.compile(
    r"(?i)\?|\b(?:if|r/o|rule out|exclude|consider\w*|suspect\w*|possible|possibly|query|likely|risk of|concern\w*|worr\w+|could|may|might|would|in case|screen\w*|previous\w*|prior|ago|old|resolved|settled|prophyla\w+|prevent\w*|avoid\w*|watch for|never|due to|for|of|after|with|wife|husband|mother|father|sister|brother|daughter|son|not|no|nil|neg\w*|awaited|pending|sent|excluded|unlikely)\b|疑|可能|待排|警惕|预防|注意|排除|除外|未见|无|否认|母|父|姐|妹|兄|弟|哥|姑|姨|舅|叔|伯|爷|奶奶|外公|外婆|姥|爹|娘|爸|妈|闺女|儿子|表[哥亲]|堂[哥亲]|家族|家史|没|不算|不像|不补|考虑|不支持|病理|送检|培养|化验|标本"
)


_OF_A_TEST = re.compile(r"(?i)\b(?:serolog\w*|antibod\w*|antigens?|viral load|virology)\b|抗体|抗原|血清学")
"""``Hepatitis B and C serology sent``: a test for the disease."""


def noted_conditions(
    segments: Sequence[Segment],
    document_id: str,
    struck: Sequence[tuple[int, int]],
    drugs: frozenset[int],
    listed: Sequence[Condition],
) -> list[Condition]:
    """In the order of the entries, one a disease; at most ``MOST``."""
    known = {_key(c.name) for c in listed if c.assertion in (Assertion.PRESENT, Assertion.HISTORICAL)}
    out: list[Condition] = []
    for segment in segments:
        if segment.section not in _SECTIONS or segment.note.discharge:
            continue
        for sentence in segment.statements:
            if inside(struck, sentence.start):
                continue
            if _OF_A_TEST.search(sentence.text):
                continue
            for name in _named(sentence, drugs):
                key = _key(name.text)
                if any(key <= other or other <= key for other in known):
                    continue
                known.add(key)
                out.append(
                    Condition(name.text, Assertion.PRESENT, DiagnosisRole.NOTED, name.place(document_id))
                )
    return out[:MOST]


def _named(sentence: Span, drugs: frozenset[int]) -> Iterator[Span]:
    for part in (p for n in numbered_parts(sentence) for p in list_items(n, ",，、;；+")):
        name = _bare(part)
        found = disease().search(name.text)
        while found and symptom().fullmatch(found.group()):
            found = disease().search(name.text, found.end())
        if found is None or not _stands_alone(name, found):
            continue
        if any(name.start <= d < name.end for d in drugs) or _ONLY_THOUGHT_OF.search(name.text):
            continue
        if VITALS.match(name.text):
            name = name.sub(found.start(), len(name.text))  # `HR 118 AF`: the rate is no part of the name
        at = name.start - sentence.start
        if assertion_of(sentence.text, at + found.start(), at + found.end()) is Assertion.PRESENT:
            yield name


def _bare(part: Span) -> Span:
    """Without number, day, author and lead-in: ``06/09 Dr Ferris - drug hyponatraemia``."""
    cut = max((m.end() for m in re.finditer(r"[:：]\s|：|\s[-–—]+\s", part.text)), default=0)
    span = part.sub(cut, len(part.text))
    for lead in (NUMBERING, _LEAD):
        found = lead.match(span.text)
        if found:
            span = span.sub(found.end(), len(span.text))
    span = span.sub(0, len(span.text.rstrip(".。 ")))
    unopened = span.text.endswith(")") and "(" not in span.text  # `(unreliable - anaemia)`, past its dash
    return span.sub(0, len(span.text) - unopened)


def _stands_alone(name: Span, found: re.Match[str]) -> bool:
    """Few words and no verb: the disease is what the part is about."""
    text = name.text
    behind = text[found.end() :]
    if NOT_A_DIAGNOSIS.match(text) or _NAMES_A_PLACE.match(behind):
        return False
    if _NAMES_A_PLACE_ZH.match(behind) or _OF_A_HOUSE.search(text):
        return False
    if re.search(r"[一-鿿]", text):
        return len(text) <= _MOST_HAN and not re.search(r"\d", text)
    if re.search(r"\d\s?(?:mg|mcg|g|ml|mmol|%|kg|units?)\b|->|→|=", text):
        return False
    return len(text.split()) <= _MOST_WORDS and not re.search(
        r"(?i)\b(?:was|were|is|are|will|discussed|seen|told|given|started|stopped|needs?|asked|reviewed|explained|referred|booked)\b",
        text,
    )


def _key(name: str) -> frozenset[str]:
    """The diseases that the words name, in small letters."""
    return frozenset(m.group().casefold() for m in disease().finditer(name)) or frozenset({name.casefold()})
