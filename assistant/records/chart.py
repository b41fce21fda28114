"""A free-text chart, English or Chinese → PatientRecord.

Owns the order of reading: layout, what the record strikes out, then one reader a concern. Refuses to judge, to
reconcile and to drop: every sentence stays as a Statement, whatever else it gave.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from assistant.domain.record import (
    Assertion,
    Observation,
    PatientRecord,
    Procedure,
    ProcedureStatus,
    SourceDocument,
    Statement,
)
from assistant.records.allergies import read_allergies
from assistant.records.arrangements import read_follow_ups
from assistant.records.assertion import sentence_assertion
from assistant.records.barred_rows import rows_as_lines
from assistant.records.conditions import read_conditions
from assistant.records.dates import ChartDates
from assistant.records.destination import read_disposition
from assistant.records.footnoted_rows import footnoted_rows
from assistant.records.identity import read_encounter, read_patient, read_reason
from assistant.records.layout import read_layout
from assistant.records.medication_items import Mention
from assistant.records.medication_tables import read_medication_tables
from assistant.records.medications import read_medications
from assistant.records.observations import read_observations
from assistant.records.pending_results import read_pending, tells_how_to_live
from assistant.records.procedure_names import core_name
from assistant.records.procedures import read_procedures
from assistant.records.sections import Segment
from assistant.records.strikeouts import find_struck
from assistant.records.struck_sentences import Sentence, Struck
from assistant.records.text_spans import Span
from assistant.records.wrapped_lines import join_broken_lines, placed_as_given


class DrugMentions(Protocol):
    """What the chart reader needs of the formulary."""

    def names_in(self, text: str) -> Sequence[Mention]: ...


def read_chart(
    text: str, *, document_id: str = "chart", title: str = "Chart", formulary: object | None = None
) -> PatientRecord:
    """The record of one chart; every fact's place is a range of ``text`` as given.

    ``formulary`` names the medicines (``names_in``); without one the formulary that ships is opened. Any text gives a
    record: what no rule can class stays a Statement.
    """
    reading, ways = text, []
    for rewrite in (join_broken_lines, rows_as_lines):
        joined = rewrite(reading)
        if joined is not None:
            ways.append((reading, joined))
            reading = joined.text
    record = _read(reading, document_id, title, _names(formulary))
    for before, joined in reversed(ways):
        record = placed_as_given(record, before, joined)
    return record


def _read(text: str, document_id: str, title: str, names: DrugMentions) -> PatientRecord:
    dates = ChartDates(text)
    segments = read_layout(Span(0, len(text), text), dates)
    mentions = list(names.names_in(text))
    sentences = _sentences(segments)
    crossed = [(m.start(), m.end()) for m in _CROSSED_OUT.finditer(text)]
    struck = _with_crossed_out(find_struck(sentences), sentences, crossed)
    struck = replace(struck, sentences=struck.sentences | footnoted_rows(sentences))
    ranges = sorted(
        [
            *((sentences[i].span.start, sentences[i].span.end) for i in struck.sentences | struck.flags),
            *crossed,
        ]
    )
    tables = read_medication_tables(segments, mentions, document_id, ranges)
    listed = sorted([*ranges, *((t.start, t.end) for t in tables)])
    tabled = [s for t in tables for s in t.statements]
    observations = read_observations(segments, dates, document_id, ranges, text)
    procedures = read_procedures(segments, dates, document_id, ranges, text)
    encounter = read_encounter(
        text, segments, dates, document_id, read_reason(segments), read_disposition(segments)
    )
    return PatientRecord(
        id=document_id,
        language=_language(text),
        documents=(SourceDocument(document_id, title, text, "chart"),),
        patient=read_patient(text, dates, document_id),
        encounter=encounter,
        encounters=(encounter,) if encounter else (),
        conditions=tuple(
            read_conditions(segments, document_id, ranges, frozenset(m.start for m in mentions))
        ),
        procedures=tuple(procedures),
        medications=tuple(
            sorted(
                [
                    *read_medications(segments, mentions, document_id, listed, tabled),
                    *tabled,
                ],
                key=lambda s: s.place.start,
            )
        ),
        allergies=tuple(read_allergies(segments, mentions, document_id)),
        observations=tuple(observations),
        pending_results=tuple(read_pending(segments, dates, document_id, ranges)),
        follow_ups=tuple(read_follow_ups(segments, dates, document_id, ranges)),
        statements=tuple(_statements(sentences, struck, observations, procedures, dates, document_id)),
    )


_CROSSED_OUT = re.compile(r"~~(?=\S)[^~\n]{2,200}?(?<=\S)~~")
"""A line struck through, as a pasted text writes it: ``~~Tab. Caripill 1-1-1~~``."""


def _with_crossed_out(
    struck: Struck, sentences: Sequence[Sentence], crossed: Sequence[tuple[int, int]]
) -> Struck:
    """A sentence most of which is crossed out is withdrawn."""
    out = {
        i
        for i, s in enumerate(sentences)
        for start, end in crossed
        if 2 * (min(end, s.span.end) - max(start, s.span.start)) > len(s.span.text)
    }
    return replace(struck, sentences=struck.sentences | out)


def _names(formulary: object | None) -> DrugMentions:
    if formulary is not None and hasattr(formulary, "names_in"):
        return formulary
    from knowledge.formulary import open_formulary

    return open_formulary()


def _language(text: str) -> str:
    han = len(re.findall(r"[一-鿿]", text))
    latin_words = len(re.findall(r"[A-Za-z]{2,}", text))
    return "zh" if han > latin_words else "en"


def _sentences(segments: Sequence[Segment]) -> list[Sentence]:
    return [
        Sentence(span, segment.section, segment.note, segment.label, index)
        for index, segment in enumerate(segments)
        for span in segment.sentences
    ]


def _statements(
    sentences: Sequence[Sentence],
    struck: Struck,
    observations: Sequence[Observation],
    procedures: Sequence[Procedure],
    dates: ChartDates,
    document_id: str,
) -> list[Statement]:
    out = []
    wrong = sorted(o.place.start for o in observations if o.assertion is Assertion.ERRONEOUS)
    cancelled = [core_name(p.name).casefold() for p in procedures if p.status is ProcedureStatus.CANCELLED]
    for index, sentence in enumerate(sentences):
        span = sentence.span
        out.append(
            Statement(
                text=span.text,
                section=_section(sentence),
                place=span.place(document_id),
                date=_date_of(sentence, dates),
                author=sentence.note.author,
                assertion=_statement_assertion(sentence, index, struck, wrong, cancelled),
            )
        )
    return out


def _date_of(sentence: Sentence, dates: ChartDates) -> str | None:
    """The day of the entry; in a course told as a letter, the day that the sentence itself names."""
    if sentence.section == "hospital_course":
        token = dates.first(sentence.span.text, strong_only=True)
        iso = dates.iso(token) if token else None
        return iso if iso and not (dates.discharged and iso > dates.discharged.isoformat()) else None
    return sentence.note.date[:10] if sentence.note.date else None


_WARNING = re.compile(
    r"(?i)(?<![\d/.])(?:999|911|112)(?![\d/.%]|\s?(?:mg|mmol|g|kg|bpm|umol))|\b(?:return (?:if|to (?:the )?(?:ED|ER|A&E|hospital|emergency|ward|clinic if))|come back|(?:call|ring|phone|contact) (?:us|if|the|(?:\w+ ){1,2}(?:if|when)|(?:\w+ ){0,2}hotline)|crisis line|(?:A&E|ED|ER) (?:if|for)|seek help|safety[- ]?net\w*|(?:do not|don'?t|no|avoid|not to) driv(?:e|ing)|to return (?:if|to)|(?:no|avoid) (?:heavy lifting|lifting|contact sports?|sports?|swimming|flights?|flying|alcohol|tub baths?|baths?)|(?:come|go) straight back|straight back to)\b|^000\b"
    r"|\b(?:pt|patient|family|wife|husband|daughter|son|mum|mother|parents|carers?|[A-Z][a-z]+) (?:was |were |has been |have been |and \w+ )*(?:told|advised|warned|counsel+ed|educated|aware)\b(?! (?:by|of (?:the )?(?:plan|diagnosis)))|^\W*(?:told|advised?|advice)\b"
    r"|(?:拨?打|呼叫|急救|立即|马上)[^。,，]{0,6}120|立即(?:就诊|就医|急诊|来院)|(?:及时|马上|随时)(?:就[诊医]|急诊|来院)|急诊就|[：:→]\s?(?:拨?打|呼叫|叫)?\s?(?:120|急诊)(?!科|[\d/])"
)
_INCIDENTAL = re.compile(r"(?i)\bincid(?:ental\w*)?\b|偶然发现|意外发现|偶见|偶发现")
_TO_BE_WATCHED = re.compile(
    r"(?i)\d\s?(?:mm|cm)\s(?:\w+\s){0,4}(?:nodule|lesion|cyst|aneurysm|adenoma|meningioma|mass)\b[^.]{0,70}\b(?:CT|MRI|USS?|scan|repeat|surveillance|follow\w*|f/u|\d+/(?:12|52))\b"
)
"""``7 mm RUL nodule, CT 6/12``: a finding to be watched, whether or not it is called incidental."""
_ORDERS_AT_DISCHARGE = {
    "discharge_orders",
    "condition_at_discharge",
    "disposition",
    "progress",
    "plan",
    "follow_up",
}
_DOSE = re.compile(r"(?i)\d\s?(?:mg|mcg|units?|puffs?|tabs?|片|毫克)\b")
_FINDING = {"progress", "admission", "consult", "examination", "hospital_course", "operation"}


def _section(sentence: Sentence) -> str:
    """Warning signs in mixed discharge text are instructions; an incidental finding is a result wherever it stands."""
    text = sentence.span.text
    if sentence.section == "pending" and sentence.note.discharge and tells_how_to_live(text):
        return "discharge_orders"
    if sentence.section == "vitals" and sentence.note.discharge:
        return "condition_at_discharge"
    if (
        (
            sentence.section in _ORDERS_AT_DISCHARGE
            or (sentence.section == "discharge_medications" and not _DOSE.search(text))
        )
        and (sentence.note.discharge or sentence.section in {"discharge_orders", "follow_up"})
        and _WARNING.search(text)
    ):
        return "instructions"
    if (
        sentence.section in _FINDING
        and not sentence.note.discharge
        and (_INCIDENTAL.search(text) or _TO_BE_WATCHED.search(text))
    ):
        return "imaging"
    return sentence.section


_EXPLAINS = re.compile(
    r"(?i)\b(?:error|mis-?label\w*|haemoly\w*|hemoly\w*|contaminat\w*|spurious|artefact|artifact|repeat\w*|wrong|clotted)\b|溶血|凝固|作废|复查|不合格|有误|误|更正"
)
_PLAN = re.compile(r"(?i)\b(?:booked|planned|scheduled|listed|if|will|for)\b|拟|备|待|预约|计划")


def _statement_assertion(
    sentence: Sentence, index: int, struck: Struck, wrong: Sequence[int], cancelled: Sequence[str]
) -> Assertion:
    text, span = sentence.span.text, sentence.span
    if index in struck.sentences or index in struck.flags:
        return Assertion.ERRONEOUS
    if bisect_left(wrong, span.end) > bisect_left(wrong, span.start) and not _EXPLAINS.search(text):
        return Assertion.ERRONEOUS
    if sentence.section == "family_history":
        return Assertion.FAMILY
    lowered = text.casefold()
    for name in cancelled:
        if (
            name in lowered
            and _PLAN.search(text)
            and not re.search(r"(?i)cancel|not |defer|postpon|interval|取消|未|暂", text)
        ):
            return Assertion.HYPOTHETICAL
    if sentence.section == "instructions":
        return Assertion.HYPOTHETICAL
    return sentence_assertion(text)
