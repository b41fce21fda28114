"""Entries of the discharge that name no kind of note: the letter to those who take over, and what amends the discharge note.

Owns which headers are such. Refuses to open the entry (``note_headers``).
"""

from __future__ import annotations

import re
from datetime import date

from assistant.records.sections import Note

_TO_THOSE_AFTER = re.compile(
    r"(?i)\b(?:letter|transfer|summary|handover)\b.*\b(?:to|for)\b.*\b(?:GP|PCP|family (?:doctor|physician)|N/?H|nursing home|care home|residential home|hospice|PHC|community|district nurs\w*)\b"
)
_LAST_DAYS = 3
_AMENDS = re.compile(
    r"(?i)\b(?:addend\w*|amend\w*|correct(?:ion|ed)|errat\w*|(?:added|further|late|additional|extra) orders?|discharge|contd?|continued)\b"
)


def is_letter_out(bare: str, day: str | None, left: date | None) -> bool:
    """``LETTER 2: Rehab to Nursing Home + GP, 2/3/26``, of the last days of the stay; an earlier one is of another ward."""
    if day is None or not _TO_THOSE_AFTER.search(bare):
        return False
    return left is None or abs((left - date.fromisoformat(day[:10])).days) <= _LAST_DAYS


def amends_the_discharge(bare: str, day: str | None, previous: Note) -> bool:
    """``PHARMACY ADDENDUM 20/1 1520`` behind the discharge note: what it says is the last word on going home."""
    if not previous.discharge or not _AMENDS.search(bare):
        return False
    return day is None or previous.date is None or day[:10] >= previous.date[:10]
