"""A guideline's contents, made from its passages: the headings on the way to each, once, where they first come.

Refuses to read files and text: what the loader took for a heading is a heading here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.types import Passage


@dataclass(frozen=True)
class Entry:
    """``start`` is the offset of the first passage under the heading; ``level`` counts from 1."""

    title: str
    level: int
    start: int
    page: int | None = None


def contents(passages: Sequence[Passage]) -> tuple[Entry, ...]:
    """Headings in reading order; passages without one add nothing."""
    found: list[Entry] = []
    open_path: list[str] = []
    for passage in sorted(passages, key=lambda p: p.start):
        path = [title for title in passage.section.split(" > ") if title]
        same = 0
        while same < min(len(path), len(open_path)) and path[same] == open_path[same]:
            same += 1
        found += [
            Entry(title, level, passage.start, passage.page)
            for level, title in enumerate(path[same:], start=same + 1)
        ]
        open_path = path
    return tuple(found)


def passage_at(passages: Sequence[Passage], offset: int) -> Passage | None:
    """The passage that holds the character, else the next one, else the last; None where there is none."""
    ordered = sorted(passages, key=lambda p: p.start)
    return next((p for p in ordered if offset < p.end), ordered[-1] if ordered else None)
