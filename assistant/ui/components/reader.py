"""A guideline's text as blocks to read: headings, list items, table rows, paragraphs, with the cited characters marked.

Owns the cutting: each character of the text is in one block, either shown or as its lead (``## ``, ``- ``, ``|``), so that
what is marked is exactly ``text[start:end]``. Refuses to know the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from knowledge.contents import Entry

Block = dict[str, Any]
_HEADING = re.compile(r"(?P<lead>(?P<hashes>#{1,6})[ \t]+)(?P<body>.*)")
_ITEM = re.compile(r"(?P<lead>[ \t]*[-*•][ \t]+)(?P<body>.*)")
_RULE_OF_TABLE = re.compile(r"\|(?:\s*:?-{2,}:?\s*\|)+\s*")


def blocks_of(text: str, start: int, end: int, entries: Sequence[Entry] = ()) -> list[Block]:
    """``at`` is the offset at which a block's line begins. Lines that ``entries`` name are headings in any format."""
    titles: dict[str, int] = {entry.title: entry.level + 1 for entry in entries}
    found: list[Block] = []
    at = 0
    for line in text.splitlines(keepends=True):
        words = line.rstrip("\r\n")
        if words.strip() and not _RULE_OF_TABLE.fullmatch(words):
            found.append(_block(words, at, start, end, titles))
        at += len(line)
    return found


def _block(words: str, at: int, start: int, end: int, titles: dict[str, int]) -> Block:
    if heading := _HEADING.fullmatch(words):
        body = at + len(heading["lead"])
        runs = _runs(heading["body"], body, start, end)
        return {"kind": "heading", "level": len(heading["hashes"]), "at": at, "runs": runs}
    if words.lstrip().startswith("|"):
        return {"kind": "row", "at": at, "cells": list(_cells(words, at, start, end))}
    if item := _ITEM.fullmatch(words):
        return {"kind": "item", "at": at, "runs": _runs(item["body"], at + len(item["lead"]), start, end)}
    if words.strip() in titles:
        return {
            "kind": "heading",
            "level": titles[words.strip()],
            "at": at,
            "runs": _runs(words, at, start, end),
        }
    return {"kind": "text", "at": at, "runs": _runs(words, at, start, end)}


def _cells(words: str, at: int, start: int, end: int) -> Iterator[list[Block]]:
    inner = words.strip()
    at += words.index(inner) + 1
    for cell in inner.strip("|").split("|"):
        yield _runs(cell, at, start, end)
        at += len(cell) + 1


def _runs(words: str, at: int, start: int, end: int) -> list[Block]:
    first, last = max(0, min(len(words), start - at)), max(0, min(len(words), end - at))
    rows: list[Block] = [{"text": words[:first]}, {"text": words[first:last], "mark": True}]
    rows.append({"text": words[max(first, last) :]})
    return [row for row in rows if row["text"]]


def places(entries: Sequence[Entry], blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The contents with the block each entry leads to: the heading's own line, else the text that it stands over."""
    starts = [block["at"] for block in blocks]
    lines = ["".join(run["text"] for run in block.get("runs", ())).strip() for block in blocks]
    found, behind = [], 0
    for entry in entries:
        first = next((i for i, at in enumerate(starts) if at >= entry.start), len(blocks) - 1)
        near = [i for i in range(behind, first + 1) if lines[i] == entry.title]
        row = near[-1] if near else max(first, 0)
        behind = row
        found.append(
            {
                "title": entry.title,
                "level": entry.level,
                "page": entry.page,
                "at": starts[row] if starts else 0,
            }
        )
    return found
