"""The diagnosis of a stay that no list names: a letter's ``The principal diagnosis is ...``, ``admitted with ...``, the operation
that the patient came for, and the complications that a line of its own names.

Owns which sentences say so and where the name ends. Refuses symptoms, what is only thought of, earlier stays and relatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.assertion import assertion_of
from assistant.records.diagnosis_items import bare_name
from assistant.records.disease_words import disease, symptom
from assistant.records.procedure_names import name_range, pattern
from assistant.records.section_names import key_of
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
_RANKED_SO = re.compile(
    r"(?i)^\W*(?:principal|main|primary|final) diagnos[ei]s,?\s(?!(?:is|was|were|are|remains|of|at|on|and|to|for|not|unclear|pending)\b)(?P<what>[a-z].{3,})"
)
"""``Principal diagnosis chronic lithium toxicity with ...``, as it is dictated."""
_CAME_FOR = re.compile(
    r"(?i)(?:\b(?:(?:was|were|been|being|got) (?:re-?)?(?:admitted|hospitali[sz]ed)|in hospital|with us|under our care|on our (?:ward|unit)|came (?:in|to (?:us|hospital|ED|A&E))|who presented|was brought in)\b|^\W*(?:re-?)?admitted\b)"
    r"(?P<on_the_way>[^;:]{0,90}?)\b(?:with|for|because of|due to|owing to) (?P<what>.{4,})"
)
_TREATED_FOR = re.compile(r"(?i)(?:\b(?:was|been) |^\W*)treated (?:\w+ ){0,3}?for (?P<what>.{4,})")
_REASON = re.compile(r"(?i)(?:reason|reasons)\b.*admi|^reason$|入院原因")
_ENDS = re.compile(
    r"(?i)\s*(?:[,;.]?\s(?:which|who|whom|where|she|he|they|this|on (?:a |the )?background|(?:and|but|then) (?:was|is|has|had|then|subsequently|underwent|required|received)|requiring|needing|treated|during|while|until|in (?:our|the) (?:\w+ )?(?:ward|unit|hospital)|from \d|between \d|under (?:the care|Dr))\b|\s[-–—]{1,2}\s|[;]|\.\s*$|$)"
)
_OPERATED = re.compile(
    r"\W*(?:Op|Opn|Operation|OPERATION|OP|Procedure|PROCEDURE|Surgery)s?\s?[:：]\s*(?P<what>.{3,})"
)
_CAME_TO_HAVE = re.compile(
    r"(?i)\b(?:admitted|came in|attended|brought in|listed) (?:to \w+ |electively )?for (?:an? |her |his |their )?(?:elective |planned |scheduled |day-?case |emergency |urgent )?(?P<what>.{3,})"
)
_COMPLICATIONS = re.compile(
    r"(?i)\W*(?:post-?op(?:erative)? |in-?patient |hospital )?complic(?:ations?|s)?\.?\s?[:：]\s*(?P<what>.{2,})"
)
_PARTS = re.compile(r"\s*[,;]\s*|\s+and\s+|\s+with\s+|\.\s|\.?\s*$")
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
    """What the first sentence calls the diagnosis, else the reason given for the stay: the first principal, others beside it; the
    operation the patient came for where no illness is named; and what a line calls complications."""
    said = [
        (segment, sentence)
        for segment in segments
        if segment.section in _SECTIONS or _headed_operation(segment)
        for sentence in segment.sentences
        if not inside(struck, sentence.start)
    ]
    found = _first_told(said)
    roles = [DiagnosisRole.PRINCIPAL, *(DiagnosisRole.SECONDARY for _ in found[1:])]
    complications = [name for _, sentence in said for name in _complications(sentence)]
    told = [*zip(found, roles, strict=False), *((name, DiagnosisRole.SECONDARY) for name in complications)]
    return [Condition(name.text, Assertion.PRESENT, role, name.place(document_id)) for name, role in told]


def _first_told(said: Sequence[tuple[Segment, Span]]) -> list[Span]:
    for find in (_called_so, _reason_given, _came_for, _treated_for, _operation):
        for segment, sentence in said:
            names = [part for name in find(sentence, segment) for part in _each_illness(name)]
            if names:
                return names
    return []


def _each_illness(name: Span) -> list[Span]:
    """``exacerbation of COPD and respiratory failure`` are two; ``fracture of radius and ulna`` is one."""
    for joint in re.finditer(r"\s+and\s+", name.text):
        left, right = name.sub(0, joint.start()), name.sub(joint.end(), len(name.text))
        if left.text.count("(") == left.text.count(")") and _diseases(left.text) and _diseases(right.text):
            return [left, *_each_illness(right)]
    return [name]


def _operation(sentence: Span, segment: Segment) -> Iterator[Span]:
    """The operation of an ``Op:`` line, or that the patient was admitted for."""
    found = _OPERATED.match(sentence.text) or _CAME_TO_HAVE.search(sentence.text)
    if _headed_operation(segment):
        found = re.match(r"\W*(?P<what>.{3,})", sentence.text)
    if (
        found is None
        or _NOT_THIS_STAY.search(sentence.text)
        or _OF_ANOTHER.search(sentence.text[: found.start("what")])
    ):
        return
    named = pattern().search(sentence.text, found.start("what"))
    if named is None or named.start() - found.start("what") > _NEAR or _CALLED_OFF.search(sentence.text):
        return
    yield sentence.sub(*name_range(sentence.text, named.start(), named.end()))


def _headed_operation(segment: Segment) -> bool:
    return segment.section == "procedures" and key_of(segment.label).startswith(("op", "surgery"))


_NEAR = 40
_CALLED_OFF = re.compile(r"(?i)\b(?:cancel\w*|deferred|postponed|abandoned|not done|not performed)\b")


def _complications(sentence: Span) -> Iterator[Span]:
    found = _COMPLICATIONS.match(sentence.text)
    if found is None:
        return
    at = found.start("what")
    for joint in _PARTS.finditer(sentence.text, at):
        part = bare_name(sentence.sub(at, joint.start()))
        at = joint.end()
        known = _diseases(part.text) if part else []
        if part is None or not known:
            continue
        begins = part.start - sentence.start + known[0].start()
        if assertion_of(sentence.text, begins, begins + len(known[0].group())) is Assertion.PRESENT:
            yield part


def _called_so(sentence: Span, segment: Segment) -> Iterator[Span]:
    yield from _named(sentence, _CALLED_SO.search(sentence.text) or _RANKED_SO.match(sentence.text))


def _came_for(sentence: Span, segment: Segment) -> Iterator[Span]:
    yield from _named(sentence, _CAME_FOR.search(sentence.text))


def _treated_for(sentence: Span, segment: Segment) -> Iterator[Span]:
    if segment.section != "history_of_present_illness":
        for name in _named(sentence, _TREATED_FOR.search(sentence.text)):
            cut = re.search(r"(?i)\s(?:with|by|using)\s", name.text)
            means = cut is not None and not _diseases(name.text[cut.end() :])
            yield name.sub(0, cut.start()) if cut and means else name


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


_GENERIC = re.compile(
    r"(?i)failure|infection|fractures?|retention|effusion|obstruction|arrest|injury|exacerbation"
)
_QUALIFIED = re.compile(
    r"(?i)\b(?:respiratory|heart|cardiac|ventricular|renal|kidney|liver|hepatic|organ|wound|chest|site|urinary|tract|line|skin|tissue|joint|prosthetic|hip|neck|femur|femoral|wrist|ankle|humeral|humerus|radial|radius|"
    r"tibial|tibia|pelvic|rib|vertebral|spinal|skull|compression|crush|periprosthetic|pleural|pericardial|bowel|intestinal|biliary|outlet|ureteric|brain|head|cord|cardiorespiratory)\s(?:\([^()]*\)\s)?$"
)
"""Before a word that alone is as vague as a symptom: ``respiratory failure``, ``wound infection``."""


def _diseases(text: str) -> list[re.Match[str]]:
    return [
        m for m in disease().finditer(text) if not symptom().fullmatch(m.group()) or _is_qualified(m, text)
    ]


def _is_qualified(word: re.Match[str], text: str) -> bool:
    if not _GENERIC.fullmatch(word.group()):
        return False
    return bool(
        _QUALIFIED.search(text[: word.start()]) or re.match(r"(?i)\sof\s(?:the\s)?\w", text[word.end() :])
    )
