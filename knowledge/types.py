"""The words of the guideline library: Guideline, Passage, ScoredPassage, SearchResult.

Frozen values only; nothing here opens a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Guideline:
    """One edition of one guideline. ``text`` is canonical: passages are character ranges of it."""

    doc_id: str
    title: str
    text: str
    publisher: str = ""
    edition: str = ""
    published: str = ""
    """ISO date or year."""
    next_review: str = ""
    url: str = ""
    language: str = "en"
    population: str = ""
    topics: tuple[str, ...] = ()
    grade: str = ""
    """The grading scheme the document uses, in a few words."""
    supersedes: str = ""
    superseded_by: str = ""
    collection: str = "library"
    source_path: str = ""
    sources: tuple[str, ...] = ()
    """What a summary was written from."""
    unchecked: tuple[str, ...] = ()
    """What in it was not held against a source."""


@dataclass(frozen=True)
class Passage:
    """Characters ``start:end`` of a guideline's text, under the heading path ``section``."""

    passage_id: str
    doc_id: str
    title: str
    text: str
    start: int
    end: int
    section: str = ""
    """Heading path joined with `` > ``."""
    publisher: str = ""
    edition: str = ""
    published: str = ""
    grade: str = ""
    """Strength and evidence grade of the recommendations in it, as the source gives them."""
    url: str = ""
    language: str = "en"
    collection: str = "library"
    superseded_by: str = ""
    page: int | None = None


@dataclass(frozen=True)
class ScoredPassage:
    passage: Passage
    score: float


@dataclass(frozen=True)
class Difference:
    """Two passages of different guidelines, or editions, that give one quantity other limits; reasons are one line."""

    newer: str
    """passage_id; of the same year, the one that ranks higher."""
    older: str
    reason: str
    reason_zh: str
    newer_at: tuple[int, int] = (0, 0)
    """Where the line stands in the newer guideline's text."""
    older_at: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class SearchResult:
    """Best first. ``abstained``: nothing in the library answers the query; passages are then the nearest."""

    query: str
    passages: tuple[ScoredPassage, ...] = ()
    abstained: bool = False
    differences: tuple[Difference, ...] = ()
    """Where passages among these differ on one question."""
    answerability: float = 1.0
    """How likely it is, 0 to 1, that the passages answer the query; ``abstained`` is where it is below a half."""

    def differs_from(self, passage_id: str) -> list[dict[str, str]]:
        """The other passages that one differs from, as ``passage_id``, ``reason``, ``reason_zh``."""
        return [
            {
                "passage_id": d.older if d.newer == passage_id else d.newer,
                "reason": d.reason,
                "reason_zh": d.reason_zh,
            }
            for d in self.differences
            if passage_id in (d.newer, d.older)
        ]

    def to_json(self) -> dict[str, Any]:
        """The public JSON shape of one search."""
        rows = []
        for hit in self.passages:
            p = hit.passage
            rows.append(
                {
                    "passage_id": p.passage_id,
                    "doc_id": p.doc_id,
                    "title": p.title,
                    "publisher": p.publisher,
                    "edition": p.edition,
                    "published": p.published,
                    "grade": p.grade,
                    "section": p.section,
                    "text": p.text,
                    "start": p.start,
                    "end": p.end,
                    "score": round(hit.score, 4),
                    "url": p.url,
                    "superseded_by": p.superseded_by or None,
                    "language": p.language,
                    "page": p.page,
                    "differs_from": self.differs_from(p.passage_id),
                }
            )
        return {"query": self.query, "abstained": self.abstained, "passages": rows}


@dataclass(frozen=True)
class Skipped:
    path: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """A document that stands in the library after an ingest, and the file it came from."""

    doc_id: str
    path: str
    change: Literal["added", "replaced", "unchanged"]


@dataclass(frozen=True)
class IngestReport:
    documents: int = 0
    passages: int = 0
    skipped: tuple[Skipped, ...] = field(default_factory=tuple)
    taken: tuple[Taken, ...] = field(default=(), compare=False)
