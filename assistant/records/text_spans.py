"""A range of the chart's text that remembers where it lies.

Owns the pair (text, offset) and the Place made of it. Refuses to know any clinical meaning.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.record import Place


@dataclass(frozen=True)
class Span:
    """Characters ``start:end`` of the chart; ``text`` is exactly that range."""

    start: int
    end: int
    text: str

    def sub(self, start: int, end: int) -> Span:
        """Part of this span, offsets relative to it, outer white space and loose punctuation left off."""
        start, end = trimmed(self.text, start, end)
        return Span(self.start + start, self.start + end, self.text[start:end])

    def place(self, document_id: str) -> Place:
        return Place(document_id, self.start, self.end, self.text)


def inside(ranges: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether ``at`` lies in one of the sorted, disjoint ranges."""
    index = bisect_right(ranges, (at, 1 << 60)) - 1
    return index >= 0 and ranges[index][0] <= at < ranges[index][1]


_EDGE = " \t\r\n;；,，、。　"


def trimmed(text: str, start: int, end: int, edge: str = _EDGE) -> tuple[int, int]:
    """``start:end`` drawn in past white space and separators at both edges."""
    while start < end and text[start] in edge:
        start += 1
    while end > start and text[end - 1] in edge:
        end -= 1
    if end > start and text[end - 1] == "." and text[start:end].count(".") == 1:
        end -= 1
    return start, end
