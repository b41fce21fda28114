"""Medicine statements of a chart, from prose, lists and discharge orders.

Owns the way from a segment's sentences to statements. Refuses to know which drugs exist (the formulary's), what the words of a
sentence mean (``medication_*``) and to reconcile statements with each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.line_rests import with_rest_of_line
from assistant.records.medication_governance import governing_verb
from assistant.records.medication_holds import with_criteria
from assistant.records.medication_items import LISTS, Mention, Name, medicine_sentence, with_unlisted
from assistant.records.medication_orders import STORY
from assistant.records.medication_statements import COURSE, statement_of, with_shared_duration
from assistant.records.medication_verbs import heading_verb, label_verb, line_verb
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside

_SKIPPED = {
    "results",
    "imaging",
    "allergies",
    "family_history",
    "pending",
    "vitals",
    "review_of_systems",
    "examination",
    "code_status",
    "disposition",
    "chief_complaint",
}


_FOODS = {"grapefruit"}
"""Stand in the formulary for their interactions; nobody is prescribed them."""


def read_medications(
    segments: Sequence[Segment],
    mentions: Sequence[Mention],
    document_id: str,
    struck: Sequence[tuple[int, int]] = (),
    tabled: Sequence[MedicationStatement] = (),
) -> list[MedicationStatement]:
    """Statements in the order of the chart; struck ranges give none. ``tabled``: what tables say."""
    names = [_named(m) for m in mentions if m.generic not in _FOODS]
    out = _statements(segments, names, document_id, struck)
    again = _unlisted_again(out, segments, names)
    if again:
        names = sorted([*names, *again], key=lambda n: n.start)
        out = _statements(segments, names, document_id, struck)
    begins = _discharge_list(segments, [*out, *tabled])
    if begins is not None:
        out = [_of_the_stay(s, segments) if s.place.start < begins else s for s in out]
    out = _only_taken_at_home(out, segments)
    if any(s.phase is MedicationPhase.DISCHARGE for s in (*out, *tabled)):
        out = _with_what_was_taken(out, segments)
    return with_rest_of_line(with_criteria(out, segments, names, struck), segments, struck)


def _unlisted_again(
    statements: Sequence[MedicationStatement], segments: Sequence[Segment], names: Sequence[Name]
) -> list[Name]:
    """Where a home medicine that the formulary does not know is named again: ``停用：格列齐特、复方降压片``."""
    unknown = {
        s.name
        for s in statements
        if s.generic is None
        and s.phase is MedicationPhase.HOME
        and len(s.name) >= (_LONG_ENOUGH if s.name.isascii() else _LONG_ENOUGH - 1)
    }
    taken = sorted((n.start, n.end) for n in names)
    found = []
    for segment in segments:
        if segment.section == "home_medications":
            continue
        for name in unknown:
            for match in re.finditer(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", segment.span.text):
                start, end = segment.span.start + match.start(), segment.span.start + match.end()
                if not any(a < end and start < b for a, b in taken):
                    found.append(Name(None, name, start, end))
    return found


_LONG_ENOUGH = 4
_SOME = 3


def _lists_home(stated: Sequence[MedicationStatement | None]) -> bool:
    """``chronic HTN on methyldopa 250 mg TID; GDM on Humulin N 14 units hs; ...``: a story that tells the home list whole."""
    return (
        sum(
            s is not None
            and s.phase is MedicationPhase.HOME
            and s.action is MedicationAction.TAKE
            and bool(s.dose and s.frequency)
            for s in stated
        )
        >= _SOME
    )


def _as_home_list(
    segment: Segment, sentence: Span, own: list[Name], following: tuple[Span, ...], document_id: str
) -> list[MedicationStatement | None]:
    """The same sentence read as the list that it is: what it names without how often, or the formulary does not know, is taken too."""
    listed = replace(segment, section="home_medications")
    said = medicine_sentence(sentence, with_unlisted(listed, sentence, own), following)
    verbs = [governing_verb(said, k, None) for k in range(len(said.items))]
    return [statement_of(listed, said, k, v, document_id) for k, v in enumerate(verbs)]


def _statements(
    segments: Sequence[Segment], names: Sequence[Name], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[MedicationStatement]:
    out: list[MedicationStatement] = []
    at = 0
    for segment in segments:
        while at < len(names) and names[at].start < segment.span.start:
            at += 1
        stop = at
        while stop < len(names) and names[stop].end <= segment.span.end:
            stop += 1
        if segment.section not in _SKIPPED:
            out += _segment_statements(segment, names[at:stop], document_id, struck)
        at = stop
    return out


_A_LIST = 3
"""Fewer medicines to take may be the end of a list that the course gave in prose."""


_STRENGTH_IN_NAME = re.compile(r"(?P<name>[A-Z](?:[A-Z]{2}|an|olo))[\s-]\d+(?:mg)?")


def _named(mention: Mention) -> Name:
    """``MST 20`` and ``ASA 75`` are names only with their strength; the strength is the dose all the same."""
    short = _STRENGTH_IN_NAME.fullmatch(mention.text)
    end = mention.start + len(short["name"]) if short else mention.end
    return Name(mention.generic, mention.text[: end - mention.start], mention.start, end)


def _discharge_list(segments: Sequence[Segment], statements: Sequence[MedicationStatement]) -> int | None:
    """Where the chart's own list of what goes home begins; None where it has none."""
    told = [(s.span.start, s.span.end) for s in segments if s.section in COURSE]
    listed = [
        s.place.start
        for s in statements
        if s.phase is MedicationPhase.DISCHARGE
        and s.action is MedicationAction.TAKE
        and not inside(told, s.place.start)
    ]
    return min(listed) if len(listed) >= _A_LIST else None


def _of_the_stay(statement: MedicationStatement, segments: Sequence[Segment]) -> MedicationStatement:
    """Before a discharge list, what the course of a discharge summary tells of a medicine is of the stay."""
    if statement.phase is not MedicationPhase.DISCHARGE:
        return statement
    at = statement.place.start
    told = any(s.section in COURSE and s.span.start <= at < s.span.end for s in segments)
    return replace(statement, phase=MedicationPhase.INPATIENT) if told else statement


def _with_what_was_taken(
    statements: list[MedicationStatement], segments: Sequence[Segment]
) -> list[MedicationStatement]:
    """A row of the home list, beside a discharge list, that says what became of the medicine (``5 mg bd | WITHHELD``) also says that
    it was taken; that it ended is of the stay, unless a time before the stay is given."""
    ranges = [(s.span.start, s.span.end) for s in segments if s.section == "home_medications"]
    lists = [s.span for s in segments if s.section == "home_medications"]
    taken = {
        s.generic or s.name
        for s in statements
        if s.phase is MedicationPhase.HOME and s.action is MedicationAction.TAKE
    }
    out: list[MedicationStatement] = []
    for statement in statements:
        name = statement.generic or statement.name
        ended = statement.action is not MedicationAction.TAKE and statement.change != "forbidden"
        row = ended and statement.dose and inside(ranges, statement.place.start)
        if _replaces(statement, lists):
            continue
        if not row or _BEFORE_THE_STAY.search(statement.place.quote):
            out.append(statement)
            continue
        if name not in taken:
            taken.add(name)
            at_home = MedicationPhase.HOME, MedicationAction.TAKE
            out.append(
                replace(
                    statement, phase=at_home[0], action=at_home[1], reason=None, condition=None, change=None
                )
            )
        out.append(replace(statement, phase=MedicationPhase.INPATIENT))
    return out


def _replaces(statement: MedicationStatement, lists: Sequence[Span]) -> bool:
    """``STOPPED, mirtazapine instead`` in the row of another medicine."""
    for span in lists:
        if span.start <= statement.place.start < span.end:
            behind = span.text[statement.place.start - span.start + len(statement.name) :]
            return statement.dose is None and re.match(r"(?i)\s+instead\b", behind) is not None
    return False


_BEFORE_THE_STAY = re.compile(
    r"(?i)\b(?:ago|last (?:week|month|year)|before admission|prior to admission|by (?:the |her |his )?GP|previously|(?:19|20)\d\d)\b|入院前.{0,6}停|自行停"
)


def _only_taken_at_home(
    statements: list[MedicationStatement], segments: Sequence[Segment]
) -> list[MedicationStatement]:
    """Beside a list of home medicines, a medicine told of in the story is given in hospital when the list has it too, or when
    it was begun before: ``creatinine up on vanc``."""
    ranges = [(s.span.start, s.span.end) for s in segments if s.section == "home_medications"]
    at_home = [s for s in statements if s.phase is MedicationPhase.HOME]
    listed = {s.generic for s in at_home if s.generic and inside(ranges, s.place.start)}
    if not listed:
        return statements
    begun: set[str | None] = set()
    out = []
    for statement in statements:
        in_story = statement.phase is MedicationPhase.HOME and not inside(ranges, statement.place.start)
        if statement.phase is MedicationPhase.INPATIENT and statement.action is MedicationAction.TAKE:
            begun.add(statement.generic)
        if in_story and statement.generic and statement.generic in listed | begun:
            if statement.dose is None:
                continue
            statement = replace(statement, phase=MedicationPhase.INPATIENT)
        out.append(statement)
    return out


def _behind(sentences: Sequence[Span], index: int) -> tuple[Span, ...]:
    """The next sentence, and what else stands on the same line."""
    out = list(sentences[index + 1 : index + 2])
    for sentence in sentences[index + 2 :]:
        if sentence.start - out[-1].end > 1:
            break
        out.append(sentence)
    return tuple(out)


_OWN_LABEL = re.compile(r"[\s\-•*·]*[^\s:：,，;；。()（）\d][^:：,，;；。()（）\d\n]{1,24}[:：]")
"""``停药：A、B`` and below it ``抗骨松治疗：C``: a line with a label of its own stands under none before it."""


def _segment_statements(
    segment: Segment, names: Sequence[Name], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[MedicationStatement]:
    out: list[MedicationStatement] = []
    default = label_verb(segment.label)
    at_label = default is not None and re.match(r"[^\n:：]{1,40}[:：][ \t]*\S", segment.span.text.lstrip())
    sentences = segment.sentences
    for index, sentence in enumerate(sentences):
        if inside(struck, sentence.start):
            continue
        following = _behind(sentences, index)
        if segment.section in LISTS and heading_verb(sentence):
            default, at_label = heading_verb(sentence), None
        own = [n for n in names if sentence.start <= n.start and n.end <= sentence.end]
        own = with_unlisted(segment, sentence, own)
        if own:
            verb = (line_verb(sentence) if segment.section in LISTS else None) or default
            labelled = _OWN_LABEL.match(sentence.text)
            if at_label and index and labelled and own[0].start >= sentence.start + labelled.end():
                verb = None
            said = medicine_sentence(sentence, own, following)
            verbs = [governing_verb(said, k, verb) for k in range(len(said.items))]
            stated = [statement_of(segment, said, k, v, document_id) for k, v in enumerate(verbs)]
            if segment.section in STORY and _lists_home(stated):
                stated = _as_home_list(segment, sentence, own, following, document_id)
            out += [s for s in with_shared_duration(said, stated) if s is not None]
    return out
