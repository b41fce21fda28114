"""A label inside a line of a chart.

Owns that one type. Refuses to know how labels are found (``inline_labels``, ``dictated``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """A label of a line. ``key`` None ends what an earlier label opened: the next item of a numbered list."""

    start: int
    end: int
    key: str | None
    word: str
