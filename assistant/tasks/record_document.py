"""A document that code states from the record alone: the record read, its orders checked, the sections laid out, unsigned.

Owns the order of these steps, which admission record, referral and handover share. Refuses to know which sections there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from assistant.domain.answer import Sentence
from assistant.domain.events import Event, SentenceShown, Stage, StageName
from assistant.tasks.base import Turn
from assistant.tasks.discharge_facts import count
from assistant.tasks.ordering import check_orders
from assistant.tasks.record_sections import RecordSections, unsigned

Laid = Iterable[tuple[str, Iterable[Sentence]]]
"""Section keys, each with its sentences, in the order of the document; a key may come twice."""


def from_record(
    turn: Turn, sections: Callable[[RecordSections], Laid], *, early: bool = False
) -> Iterator[Event]:
    """The document of ``sections``; ``early``: as of the admission, nothing that became known later."""
    record = turn.record
    yield Stage(StageName.RECORD)
    yield Stage(StageName.RECORD, done=True, count=count(record))
    yield from check_orders(turn, record)
    yield Stage(StageName.COMPOSE)
    for key, sentences in sections(RecordSections(turn, record, early=early)):
        for sentence in sentences:
            yield SentenceShown(key, sentence)
    yield SentenceShown("signature", unsigned(turn))
    yield Stage(StageName.COMPOSE, done=True)
