"""Facts of a record as sentences that code states: no model in between, each with its place as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.domain.answer import MedicationChange, Origin, Sentence, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import PatientRecord, Place
from assistant.tasks.base import Turn
from knowledge.types import Passage


def record_evidence(record: PatientRecord, place: Place, *, date: str = "", section: str = "") -> Evidence:
    """A place of the record as citable evidence, under its document's title."""
    document = record.document(place.document_id)
    return Evidence(
        EvidenceKind.RECORD,
        place.document_id,
        place.quote,
        place.start,
        place.end,
        title=document.title,
        date=date or document.date or "",
        section=section,
    )


def passage_evidence(
    passage: Passage, start: int | None = None, end: int | None = None, *, grade: str = ""
) -> Evidence:
    """A passage, or characters ``start:end`` of its guideline inside it, as citable evidence."""
    start = passage.start if start is None else start
    end = passage.end if end is None else end
    quote = passage.text[start - passage.start : end - passage.start]
    return Evidence(
        EvidenceKind.GUIDELINE,
        passage.doc_id,
        quote,
        start,
        end,
        title=passage.title,
        publisher=passage.publisher,
        edition=passage.edition,
        published=passage.published,
        grade=grade or passage.grade,
        url=passage.url,
        section=passage.section,
        superseded_by=passage.superseded_by,
    )


def stated(
    record: PatientRecord,
    text: str,
    places: Iterable[Place],
    *,
    change: MedicationChange | None = None,
    origin: Origin = Origin.RECORD,
    date: str = "",
) -> Sentence:
    """A sentence laid out from facts; ``text`` uses the facts' own words and figures."""
    unique = {(p.document_id, p.start, p.end): p for p in places}
    evidence = tuple(record_evidence(record, p, date=date) for p in unique.values())
    return Sentence(tidy(text), Verdict.SUPPORTED, origin, evidence, change)


def ruled(text: str, *, evidence: tuple[Evidence, ...] = ()) -> Sentence:
    """What a rule of the product says (``No allergy is recorded``): true by what was looked for, not by a quote."""
    return Sentence(text, Verdict.SUPPORTED, Origin.RULE, evidence)


def tidy(text: str) -> str:
    """One line, single blanks, no list mark in front; words and figures stay as they are."""
    line = re.sub(r"\s+", " ", text).strip()
    line = re.sub(r"^(?:[-*•▲◇=]+\s*|\(?\d{1,2}[.)、](?!\d)\s*)", "", line)
    return line.strip(" ;；,，")


def ended(turn: Turn, text: str) -> str:
    """``text`` on one line with the mark that ends a sentence."""
    text = tidy(text)
    return text if re.search(r"[.!?。！？…]$", text) else text + turn.say(".", "。")


def said_before(text: str, said: Iterable[str]) -> bool:
    """True where one of the sentences before holds ``text``, marks and case aside."""
    plain = re.sub(r"\W+", "", text).casefold()
    return any(plain in re.sub(r"\W+", "", other).casefold() for other in said)


def day(moment: str | None) -> str:
    """The calendar day of an ISO date-time; other spellings stay as they are."""
    if not moment:
        return ""
    return moment[:10] if re.match(r"\d{4}-\d{2}-\d{2}", moment) else moment
