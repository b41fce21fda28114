"""Evidence: the numbered texts an answer may rest on.

Owns what a citation is. Refuses to know how evidence is found or checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EvidenceKind(StrEnum):
    RECORD = "record"
    GUIDELINE = "guideline"
    FORMULARY = "formulary"


@dataclass(frozen=True)
class Evidence:
    """One citable text. ``quote`` is verbatim characters ``start:end`` of the source ``id``.

    ``id`` is a record document's id, a guideline's ``doc_id`` or a formulary row's id.
    """

    kind: EvidenceKind
    id: str
    quote: str
    start: int
    end: int
    title: str = ""
    publisher: str = ""
    edition: str = ""
    published: str = ""
    grade: str = ""
    url: str = ""
    section: str = ""
    date: str = ""
    superseded_by: str = ""
