"""The tables of the canonical store, and their rows as guidelines and passages. Refuses to open a database."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from knowledge.types import Guideline, Passage

SCHEMA_VERSION = 1
_LINES = ("sources", "unchecked")
metadata = sa.MetaData()
meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("doc_id", sa.Text, primary_key=True),
    *(
        sa.Column(name, sa.Text, nullable=False, default="")
        for name in (
            "title text publisher edition published next_review url language population topics grade supersedes"
            " superseded_by collection source_path sources unchecked content_hash text_hash"
        ).split()
    ),
)
passages = sa.Table(
    "passages",
    metadata,
    sa.Column("passage_id", sa.Text, primary_key=True),
    sa.Column(
        "doc_id", sa.Text, sa.ForeignKey("documents.doc_id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("section", sa.Text, nullable=False),
    sa.Column("grade", sa.Text, nullable=False),
    sa.Column("page", sa.Integer),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)


def row_of(guideline: Guideline) -> dict[str, Any]:
    row = {name: getattr(guideline, name) for name in guideline.__dataclass_fields__}
    lines = {name: "\n".join(row[name]) for name in _LINES}
    return row | lines | {"topics": json.dumps(guideline.topics, ensure_ascii=False)}


def guideline_of(row: dict[str, Any]) -> Guideline:
    fields = {name: row.get(name, "") for name in Guideline.__dataclass_fields__}
    lines = {name: tuple(filter(None, (row.get(name) or "").split("\n"))) for name in _LINES}
    return Guideline(**fields | lines | {"topics": tuple(json.loads(row["topics"] or "[]"))})


def passage_of(row: Any, guideline: Guideline) -> Passage:
    return Passage(
        passage_id=row.passage_id,
        doc_id=row.doc_id,
        title=guideline.title,
        text=guideline.text[row.start : row.end],
        start=row.start,
        end=row.end,
        section=row.section,
        publisher=guideline.publisher,
        edition=guideline.edition,
        published=guideline.published,
        grade=row.grade,
        url=guideline.url,
        language=guideline.language,
        collection=guideline.collection,
        superseded_by=guideline.superseded_by,
        page=row.page,
    )
