"""What is open while a chart is read line by line: the note, the section it falls back to, the label.

Owns that state and the adding of a piece of text to it. Refuses to decide what opens or closes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from assistant.records.sections import Note, Segment
from assistant.records.text_spans import Span


@dataclass
class Open:
    section: str
    label: str
    reach: str
    label_start: int = 0
    inline: bool = False
    """Opened by a label with text behind it, not by a heading of its own: the next dated line ends it."""
    bulleted: bool = False
    """The label stood in an item of a list (``- Pending: ...``): the next item is not of it."""
    indent: int = 0
    """How far in the label's line begins."""
    stage: bool = False
    """A part of the course headed by the ward: the next line goes on after a label's line."""
    within: Open | None = None
    """The list that an action label (``CONTINUE:``) stands in; it goes on after the label's line."""


@dataclass
class State:
    note: Note
    base: str
    open: Open | None = None
    blank: bool = False
    letter: bool = False
    """``Dear Dr X`` has been read: what follows is told in sentences."""
    grown: bool = False
    """The head of the chart says that the patient is no infant."""
    last_line: int = 0
    """Where the last line with words begins."""
    segments: list[Segment] = field(default_factory=list)


MEDICINE_LISTS = ("home_medications", "discharge_medications", "discharge_orders", "orders")


def add(line: Span, start: int, end: int, state: State) -> None:
    piece = Span(line.start + start, line.start + end, line.text[start:end])
    # The rule under a table's head keeps the table in one piece.
    ruled = (
        any(c in piece.text for c in "|│┃┼├")
        and state.segments
        and state.segments[-1].span.end == piece.start
    )
    if not ruled and not any(c.isalnum() for c in piece.text):
        return
    if state.open is not None:
        section, label, label_start = state.open.section, state.open.label, state.open.label_start
    else:
        section, label, label_start = state.base, "", state.note.start
    state.segments.append(Segment(section, piece, state.note, label, label_start))


def joined(segments: list[Segment]) -> list[Segment]:
    """Neighbouring lines of one section as one segment."""
    out: list[Segment] = []
    for segment in segments:
        last = out[-1] if out else None
        if (
            last
            and last.section == segment.section
            and last.note.index == segment.note.index
            and last.label_start == segment.label_start
            and last.span.end == segment.span.start
        ):
            text = last.span.text + segment.span.text
            out[-1] = replace(last, span=Span(last.span.start, segment.span.end, text))
        else:
            out.append(segment)
    return out
