"""Medicine statements of a chart, from prose, lists and discharge orders.

Owns the way from a segment's sentences to statements. Refuses to know which drugs exist (the formulary's), what the words of a
sentence mean (``medication_*``) and to reconcile statements with each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain.record import MedicationStatement
from assistant.records.medication_governance import governing_verb
from assistant.records.medication_holds import with_criteria
from assistant.records.medication_items import LISTS, Mention, Name, medicine_sentence, with_unlisted
from assistant.records.medication_statements import statement_of
from assistant.records.medication_verbs import heading_verb, label_verb, line_verb
from assistant.records.sections import Segment
from assistant.records.text_spans import inside

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


def read_medications(
    segments: Sequence[Segment],
    mentions: Sequence[Mention],
    document_id: str,
    struck: Sequence[tuple[int, int]] = (),
) -> list[MedicationStatement]:
    """Statements in the order of the chart; struck ranges give none."""
    names = [Name(m.generic, m.text, m.start, m.end) for m in mentions]
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
    return with_criteria(out, segments, names, struck)


def _segment_statements(
    segment: Segment, names: Sequence[Name], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[MedicationStatement]:
    out: list[MedicationStatement] = []
    default = label_verb(segment.label)
    sentences = segment.sentences
    for index, sentence in enumerate(sentences):
        if inside(struck, sentence.start):
            continue
        following = sentences[index + 1] if index + 1 < len(sentences) else None
        if segment.section in LISTS and heading_verb(sentence):
            default = heading_verb(sentence)
        own = [n for n in names if sentence.start <= n.start and n.end <= sentence.end]
        own = with_unlisted(segment, sentence, own)
        if own:
            verb = (line_verb(sentence) if segment.section in LISTS else None) or default
            said = medicine_sentence(sentence, own, following)
            verbs = [governing_verb(said, k, verb) for k in range(len(said.items))]
            stated = [statement_of(segment, said, k, v, document_id) for k, v in enumerate(verbs)]
            out += [s for s in stated if s is not None]
    return out
