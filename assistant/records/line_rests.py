"""What a line of the discharge list says behind a medicine's own words: ``; pause if vomiting``, ``. Stop 14 Nov``, ``while on aspirin``.

Owns how far the evidence of a listed medicine reaches. Refuses to read the words: who tells of the medicine does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.sections import Segment

_LISTS = frozenset(("discharge_medications", "discharge_orders"))
_LONGEST = 200
_NUMBER_OF_NEXT = re.compile(r"\s+[(（]?\d{1,2}$")
_PARTS = re.compile(r"[;；|│。]|\.(?=\s|$)|,\s|，|、")


def with_rest_of_line(
    statements: Sequence[MedicationStatement],
    segments: Sequence[Segment],
    struck: Sequence[tuple[int, int]],
) -> list[MedicationStatement]:
    """Medicines to take, each with its line up to the next medicine's words; struck-out words end it."""
    starts = sorted(s.place.start for s in statements)
    return [_reaching(s, segments, starts, struck) for s in statements]


def _reaching(
    statement: MedicationStatement,
    segments: Sequence[Segment],
    starts: Sequence[int],
    struck: Sequence[tuple[int, int]],
) -> MedicationStatement:
    if statement.phase is not MedicationPhase.DISCHARGE or statement.action is not MedicationAction.TAKE:
        return statement
    place = statement.place
    segment = next((s for s in segments if s.span.start <= place.start < s.span.end), None)
    if segment is None or segment.section not in _LISTS:
        return statement
    text, base = segment.span.text, segment.span.start
    end = text.find("\n", place.end - base)
    end = base + (len(text) if end < 0 else end)
    bound = next((at for at in starts if place.end <= at < end), None)
    barred = next((a for a, b in sorted(struck) if place.end <= a < end), None)
    if bound is not None or barred is not None:
        stop = min(at for at in (bound, barred) if at is not None)
        parts = [m.start() for m in _PARTS.finditer(text, place.end - base, stop - base)]
        end = base + parts[-1] if parts else place.end
    number = _NUMBER_OF_NEXT.search(text, place.end - base, end - base)
    end = base + number.start() if number else end
    if not 0 < end - place.end <= _LONGEST or not text[place.end - base : end - base].strip(" \t.;,"):
        return statement
    return replace(statement, place=segment.span.sub(place.start - base, end - base).place(place.document_id))
