"""Which edition supersedes which. Owns that one rule; refuses to know how documents come in or are ranked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from knowledge.tables import documents


def mark_superseded(db: sa.Connection) -> None:
    """An edition is superseded by a document that names it, or by a newer one of the same publisher and title."""
    d = documents.c
    rows = db.execute(
        sa.select(d.doc_id, d.title, d.publisher, d.edition, d.published, d.supersedes, d.superseded_by)
    ).all()
    marks: dict[str, str] = {}
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        for old in filter(None, (part.strip() for part in row.supersedes.split(","))):
            if old != row.doc_id:
                marks[old] = row.doc_id
        if row.publisher and row.title and (row.published or row.edition):
            groups.setdefault((row.publisher.casefold(), row.title.casefold(), ""), []).append(row)
    for group in groups.values():
        newest = max(group, key=lambda r: (r.published, r.edition))
        for row in group:
            if (row.published, row.edition) < (newest.published, newest.edition):
                marks.setdefault(row.doc_id, newest.doc_id)
    for row in rows:
        wanted = marks.get(row.doc_id, "")
        if wanted != row.superseded_by:
            db.execute(documents.update().where(d.doc_id == row.doc_id).values(superseded_by=wanted))
