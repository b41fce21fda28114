"""Orders of the discharge that no part of a plan has told: none of the team's own words to the patient is lost.

Owns which are left, and whether they warn. Refuses to sort them further (``record_lines``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.domain.answer import Sentence
from assistant.domain.record import PatientRecord, Place
from assistant.tasks.base import Turn
from assistant.tasks.discharge_facts import instruction_statements
from assistant.tasks.discharge_state import URGENT
from assistant.tasks.record_lines import clauses, line_of, usable

MOST = 14
"""Lines at most: a page of advice is no plan."""
_NO_ORDER = re.compile(
    r"(?i)^\W*(?:leaflet|booklet|copy (?:to|given)|signed|dictated|thank you|kind regards|yours)\b|^\W*(?:签名|医师|记录者|抄送)|\b(?:given|immune|negative|positive|n/a)\W*$"
)


def orders_left(
    turn: Turn, record: PatientRecord, told: Iterable[Sentence]
) -> tuple[list[Sentence], list[Sentence]]:
    """What is left, to do and to watch for, in the order of the record."""
    places = [Place(e.id, e.start, e.end, e.quote) for sentence in told for e in sentence.evidence]
    arranged = [f.place for f in record.follow_ups] + [p.place for p in record.pending_results]
    arranged += [m.place for m in record.medications]
    allowed = {s.place for s in usable(record)}
    said: set[str] = set()
    to_do: list[Sentence] = []
    warnings: list[Sentence] = []
    for statement in instruction_statements(record):
        if statement.place not in allowed:
            continue
        for part in clauses(statement, least=0):
            key = re.sub(r"\W+", "", part.text).casefold()
            beside = any(_overlap(part.place, p) for p in (*places, *arranged))
            if beside or key in said or len(key) < 4 or _NO_ORDER.search(part.text):
                continue
            said.add(key)
            (warnings if URGENT.search(part.text) else to_do).append(line_of(turn, record, part))
    return to_do[:MOST], warnings[:MOST]


def _overlap(one: Place, other: Place) -> bool:
    return one.document_id == other.document_id and one.start < other.end and other.start < one.end
