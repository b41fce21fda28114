"""Markdown with front matter, and plain text."""

from __future__ import annotations

from pathlib import Path

from knowledge.chunking import markdown_headings, plain_headings
from knowledge.formats.document import LoadedDocument, decoded, document_of
from knowledge.front_matter import FrontMatter, split_front_matter


def read_markdown(path: Path, content: bytes) -> LoadedDocument:
    head, body = split_front_matter(decoded(content), path.name)
    return document_of(path, body, head, markdown_headings(body))


def read_text(path: Path, content: bytes) -> LoadedDocument:
    text = decoded(content)
    return document_of(path, text, FrontMatter(), plain_headings(text))
