"""Measurements of a chart: tables with date columns, values in text, vital signs, scores, reports.

Owns the way through a chart, reports in words, and which values the record itself calls erroneous (haemolysed,
mislabelled, another patient's sample). Refuses to judge what is normal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.record import Assertion, Observation, ObservationKind, Place
from assistant.records.dates import ChartDates
from assistant.records.day_tables import read_day_tables
from assistant.records.erroneous_values import footnote_of, strike_values
from assistant.records.found_or_not import found_or_not
from assistant.records.inline_values import inline_values
from assistant.records.observation_names import key_of_test, kind_of, observation_names
from assistant.records.possible_values import is_possible
from assistant.records.result_tables import ChartContext, read_table, result_tables
from assistant.records.sections import Segment
from assistant.records.strikeout_words import cues
from assistant.records.text_spans import Span, inside
from assistant.records.value_days import time_of

_NO_VALUES = {
    "family_history",
    "home_medications",
    "discharge_medications",
    "instructions",
    "follow_up",
    "pending",
    "past_medical_history",
    "social_history",
}


def read_observations(
    segments: Sequence[Segment],
    dates: ChartDates,
    document_id: str,
    struck: Sequence[tuple[int, int]] = (),
    text: str = "",
) -> list[Observation]:
    """All measurements in order; those the record withdraws carry ``ERRONEOUS``."""
    context = ChartContext(dates, document_id)
    found, rows = read_day_tables(text, context)
    errors: list[tuple[Span, Segment]] = []
    for segment in segments:
        if segment.section in _NO_VALUES:
            continue
        tables = result_tables(segment, dates, text)
        for lines in tables:
            found += read_table(lines, segment, context)
        covered = [*rows, *((line.start, line.end) for lines in tables for line in lines)]
        for sentence in segment.sentences:
            if inside(covered, sentence.start):
                continue
            sentence = _with_its_heading(sentence, segment, text)
            if errors and errors[-1][0].end >= sentence.end:
                found += _of_sentence(sentence, segment, context)
                continue
            remark = footnote_of(sentence, segment)
            if cues().lab_error.search(remark.text):
                errors.append((remark, segment))
            found += _of_sentence(sentence, segment, context)
    found = [o for o in found if o.kind is ObservationKind.IMAGING or is_possible(o.name, o.value)]
    found.sort(key=lambda o: o.place.start)
    found = _weighed(found, segments)
    marked = [
        replace(o, assertion=Assertion.ERRONEOUS) if inside(struck, o.place.start) else o for o in found
    ]
    for sentence, segment in errors:
        marked = strike_values(marked, sentence, segment, dates)
    return marked


def _with_its_heading(sentence: Span, segment: Segment, text: str) -> Span:
    """``BP 27 Aug: 152/84`` opens a note of that day; the name belongs to the value behind it."""
    start = segment.note.start
    head = text[start : sentence.start]
    if not 2 < len(head) < 30 or "\n" in head or sentence.start > segment.span.start + 2:
        return sentence
    named = observation_names()[0].match(head.lstrip(" •*-\t"))
    return Span(start, sentence.end, head + sentence.text) if named else sentence


_GUESSED = re.compile(
    r"(?i)\s?[(,]?\s?(?:est\b|estimated|approx|guess\w*|reported|stated|per (?:mum|mother|parent|patient))|\s?[（(]?(?:估计|自述)"
)


def _weighed(found: list[Observation], segments: Sequence[Segment]) -> list[Observation]:
    """A weight that was guessed gives way to one that was taken: doses rest on it."""
    text = {s.span.start: s.span for s in segments}
    weights = [o for o in found if key_of_test(o.name) == "weight" and o.assertion is Assertion.PRESENT]
    guessed = set()
    for o in weights:
        span = next((s for start, s in text.items() if start <= o.place.start < s.end), None)
        if span is not None and _GUESSED.match(span.text[o.place.end - span.start :]):
            guessed.add(o.place)
    if not guessed or len(guessed) == len(weights):
        return found
    return [
        replace(o, assertion=Assertion.ERRONEOUS, note="estimated") if o.place in guessed else o
        for o in found
    ]


_OPENS_VITAL = re.compile(r"(?i)[\s•*·-]*(?:(?:discharge|admission|出院(?:时)?|入院(?:时)?|离院)\s?)?")


def _measures_vitals(text: str) -> bool:
    """``出院体重 66.8 kg``, ``BP 102/64  HR 64`` under a picture's report: a line of its own, no finding of it."""
    lead = _OPENS_VITAL.match(text)
    name = observation_names()[0].match(text, lead.end() if lead else 0)
    figure = name and re.match(r"\s{0,3}[:：=]?\s{0,2}\d", text[name.end() :])
    return bool(name and figure and kind_of(name.group()) is ObservationKind.VITAL)


def _of_sentence(sentence: Span, segment: Segment, context: ChartContext) -> list[Observation]:
    vitals = segment.section == "imaging" and _measures_vitals(sentence.text)
    report = [] if vitals else _report(sentence, segment, context)
    pictured = (segment.section == "imaging" and not vitals) or (
        any(o.kind is ObservationKind.IMAGING for o in report) and not _BEDSIDE.search(sentence.text[:24])
    )
    values = inline_values(sentence, segment, context, pictured=pictured)
    if vitals:  # the day of the entry is that of the picture above
        values = [replace(o, time=None) if o.time == segment.note.date else o for o in values]
    told = [o.place for o in (*report, *values)]
    answers = [
        o
        for o in found_or_not(sentence, segment, context, time_of(sentence.text, segment, context.dates))
        if not any(p.start <= o.place.start < p.end for p in told)
    ]
    return report + values + answers


_BEDSIDE = re.compile(
    r"(?i)\b(?:ECG|EKG|UA|dip|urinalysis|cultures?|endoscopy|EGD|OGD)\b|心电图|尿常规|血常规|培养"
)


def _report(sentence: Span, segment: Segment, context: ChartContext) -> list[Observation]:
    """A report or culture in words: ``CXR: no consolidation``."""
    _, _, report = observation_names()
    lead = context.dates.first(sentence.text[:20])
    at = lead.end if lead and lead.start <= 3 else 0
    match = report.match(sentence.text[at:])
    heading = segment.label or segment.note.heading
    if match is None:
        if (
            segment.section != "imaging"
            or segment.span.start > sentence.start
            or sentence.start - segment.span.start > 3
        ):
            return []
        name = re.sub(r"[\d/:.\-]{3,}", "", heading).strip(" :：-*=(") or "imaging"
        begin = sentence.start
    else:
        name = match.group().strip(" :：-*")
        begin = sentence.start + at + match.end()
    end = sentence.end
    text = sentence.text[begin - sentence.start :].strip()
    if len(text) < 3 or (
        match and re.match(r"(?i)^\s*(?:booked|planned|requested|pending|await|sent|待|拟)", text)
    ):
        return []
    begin = sentence.start + sentence.text.index(text, begin - sentence.start)
    return [
        Observation(name[:60], text, ObservationKind.IMAGING if segment.section == "imaging" or match else ObservationKind.LAB,
                    Place(context.document_id, begin, end if text == sentence.text[begin - sentence.start:] else begin + len(text), text),
                    time=time_of(sentence.text, segment, context.dates))
    ]  # fmt: skip
