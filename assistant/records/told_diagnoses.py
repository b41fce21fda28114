"""The diagnosis of a stay that no list names: a letter's ``The principal diagnosis is ...``, ``admitted with ...``.

Owns which sentences say so and where the name ends. Refuses symptoms, what is only thought of, earlier stays and relatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.assertion import assertion_of
from assistant.records.diagnosis_items import bare_name
from assistant.records.disease_words import disease, symptom
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside

_SECTIONS = {
    "header",
    "admission",
    "hospital_course",
    "history_of_present_illness",
    "chief_complaint",
    "condition_at_discharge",
}
_CALLED_SO = re.compile(
    r"(?i)\b(?:(?:principal|main|primary|final|discharge|overall|underlying) )?diagnos[ei]s(?: (?:on|at) discharge)?,? (?:is|was|were|are|remains)"
    r"(?: (?:that of|confirmed as|made of|thought to be|felt to be))? (?P<what>.{4,})"
)
_CAME_FOR = re.compile(
    r"(?i)\b(?:(?:was|were|been|being|got) (?:re-?)?(?:admitted|hospitali[sz]ed)|in hospital|with us|under our care|on our (?:ward|unit))\b"
    r"(?P<on_the_way>[^;:]{0,90}?)\b(?:with|for|because of|due to|owing to) (?P<what>.{4,})"
)
_TREATED_FOR = re.compile(r"(?i)\b(?:was|been) treated (?:\w+ ){0,3}?for (?P<what>.{4,})")
_REASON = re.compile(r"(?i)(?:reason|reasons)\b.*admi|^reason$|入院原因")
_ENDS = re.compile(
    r"(?i)\s*(?:[,;.]?\s(?:which|who|whom|where|she|he|they|this|on (?:a |the )?background|(?:and|but|then) (?:was|is|has|had|then|subsequently|underwent|required|received)|requiring|needing|treated|during|while|until|in (?:our|the) (?:\w+ )?(?:ward|unit|hospital)|from \d|between \d|under (?:the care|Dr))\b|\s[-–—]{1,2}\s|[;]|\.\s*$|$)"
)
_BECAUSE = re.compile(r"(?i)\b(?:because of|due to|owing to|on account of)\s+")
_NOT_THIS_STAY = re.compile(
    r"(?i)\b(?:previous(?:ly)?|prior|earlier|last (?:year|month|time|admission|spring|summer|autumn|winter)|years? ago|in (?:19|20)\d\d|before that|past|multiple times)\b"
)
_OF_ANOTHER = re.compile(
    r"(?i)\b(?:wife|husband|partner|mother|father|mum|mom|dad|son|daughter|sister|brother|neighbou?r|carer)\b(?! (?:who|says|said|reports))"
)


def told_diagnoses(
    segments: Sequence[Segment], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[Condition]:
    """The first sentence that calls something the diagnosis, else the reason given for the stay; at most one."""
    said = [
        (segment, sentence)
        for segment in segments
        if segment.section in _SECTIONS
        for sentence in segment.sentences
        if not inside(struck, sentence.start)
    ]
    for find in (_called_so, _reason_given, _came_for, _treated_for):
        for segment, sentence in said:
            for name in find(sentence, segment):
                return [
                    Condition(name.text, Assertion.PRESENT, DiagnosisRole.PRINCIPAL, name.place(document_id))
                ]
    return []


def _called_so(sentence: Span, segment: Segment) -> Iterator[Span]:
    yield from _named(sentence, _CALLED_SO.search(sentence.text))


def _came_for(sentence: Span, segment: Segment) -> Iterator[Span]:
    yield from _named(sentence, _CAME_FOR.search(sentence.text))


def _treated_for(sentence: Span, segment: Segment) -> Iterator[Span]:
    if segment.section != "history_of_present_illness":
        yield from _named(sentence, _TREATED_FOR.search(sentence.text))


def _reason_given(sentence: Span, segment: Segment) -> Iterator[Span]:
    if segment.section == "chief_complaint" and _REASON.search(segment.label):
        yield from _named(sentence, re.match(r"\s*(?P<what>.{3,})", sentence.text))


def _named(sentence: Span, found: re.Match[str] | None) -> Iterator[Span]:
    """The disease that the words name, where it is the patient's, of this stay, and no mere symptom."""
    if found is None:
        return
    start, end = found.span("what")
    end = _ENDS.search(sentence.text, start).start()  # type: ignore[union-attr]
    before = sentence.text[: found.start("what")]
    if _NOT_THIS_STAY.search(before[-60:]) or _NOT_THIS_STAY.search(sentence.text[start : end + 12]):
        return
    if _OF_ANOTHER.search(before):
        return
    because = _BECAUSE.search(sentence.text, start, end)
    if because and not _diseases(sentence.text[start : because.start()]):
        start = because.end()  # `for an elective knee replacement because of arthritis`
    name = bare_name(sentence.sub(start, end))
    if name is None:
        return
    known = _diseases(name.text)
    if not known:
        return
    at = name.start - sentence.start + known[0].start()
    if assertion_of(sentence.text, at, at + len(known[0].group())) is Assertion.PRESENT:
        yield name


def _diseases(text: str) -> list[re.Match[str]]:
    return [m for m in disease().finditer(text) if not symptom().fullmatch(m.group())]
