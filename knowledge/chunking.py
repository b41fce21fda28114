"""Cuts a document into passages along its headings and sentences.

Owns where a passage starts and ends: every passage is exactly ``text[start:end]``. Refuses to change a character of the
text, and refuses to know how passages are stored or searched.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.grades import grades_in

TARGET_SIZE = 900
"""Characters, where a Chinese character counts as three: about 230 word pieces, within MiniLM's 256."""
LARGEST_TABLE = 2400

_CJK = re.compile(r"[\u3400-\u9fff]")
_MARKDOWN_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”’)\]]*\s+(?=[A-Z0-9(“\"‘])|(?<=[。！？；])(?![”’」』）\[［【])")
_NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|cf|approx|Dr|Prof|Mr|Mrs|Fig|No|St|al|max|min|incl|resp|spp|ca)|\b[A-Z])\.[\"”’)\]]*$"
)
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVX]{1,4}\.|[A-H]\.)\s+[A-Z\u4e00-\u9fff]")
_CHINESE_NUMBERED = re.compile(
    r"^(?:第[一二三四五六七八九十\d]+[章节部]|[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）)"
)


@dataclass(frozen=True)
class Heading:
    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True)
class Chunk:
    """Characters ``start:end`` of a text, under ``section`` (heading path joined with `` > ``)."""

    start: int
    end: int
    section: str
    grade: str
    page: int | None


def size(text: str) -> int:
    """Length in characters, a Chinese one counting three, as it does in word pieces."""
    return len(text) + 2 * len(_CJK.findall(text))


def language_of(text: str) -> str:
    """``zh`` where a fifth of the first 5,000 characters are Chinese, else ``en``."""
    sample = text[:5000]
    return "zh" if len(_CJK.findall(sample)) > 0.2 * max(1, len(sample)) else "en"


def markdown_headings(text: str) -> list[Heading]:
    return [Heading(m.start(), m.end(), len(m[1]), m[2].strip()) for m in _MARKDOWN_HEADING.finditer(text)]


def plain_headings(text: str) -> list[Heading]:
    """Lines of plain text that stand as headings: numbered, in capitals, or short between blank line and body."""
    found: list[Heading] = []
    lines = list(_lines(text))
    for i, (start, end) in enumerate(lines):
        line = text[start:end].strip()
        if not 3 <= len(line) <= 80 or line[-1] in ".,;:!?。，；：！？、" or line[0] in "-•*■–◦|":
            continue
        after_blank = i == 0 or not text[slice(*lines[i - 1])].strip()
        before_body = i + 1 < len(lines) and bool(text[slice(*lines[i + 1])].strip())
        level = _plain_level(line, after_blank and before_body)
        if level:
            found.append(Heading(start, end, level, line))
    return found


def _plain_level(line: str, stands_alone: bool) -> int:
    letters = [c for c in line if c.isalpha()]
    if _CHINESE_NUMBERED.match(line):
        return 1 if line[0] == "第" else 2 if "、" in line[:4] else 3
    if _NUMBERED.match(line) and len(line.split()) <= 10:
        return min(2 + line.split()[0].rstrip(".").count("."), 6)
    if len(letters) >= 4 and all(c.isupper() for c in letters) and not _CJK.search(line):
        return 1
    if stands_alone and len(line) <= 60 and len(line.split()) <= 8 and line[0].isupper():
        return 2
    return 0


def chunk(
    text: str, headings: Sequence[Heading], *, pages: Sequence[int] = (), target: int = TARGET_SIZE
) -> list[Chunk]:
    """Passages of ``text`` in order.

    ``pages`` holds the offset at which each page starts; the page of a passage is that of its first character, from 1.
    """
    found: list[Chunk] = []
    for start, end, section in _sections(text, headings):
        for first, last in _pack(text, list(_units(text, start, end, target)), target):
            body = text[first:last]
            page = bisect_right(pages, first) if pages else None
            found.append(Chunk(first, last, section, grades_in(body), page))
    return found


def _sections(text: str, headings: Sequence[Heading]) -> Iterator[tuple[int, int, str]]:
    path: list[Heading] = []
    edges = [*headings, Heading(len(text), len(text), 0, "")]
    start = 0
    for heading in edges:
        yield start, heading.start, " > ".join(h.title for h in path if h.title)
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
        start = heading.end


def _lines(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    stop = len(text) if end is None else end
    while start < stop:
        cut = text.find("\n", start, stop)
        cut = stop if cut < 0 else cut
        yield start, cut
        start = cut + 1


def _units(text: str, start: int, end: int, target: int) -> Iterator[tuple[int, int]]:
    """Lines, tables whole, and sentences of lines that are longer than a passage; white space trimmed."""
    table: tuple[int, int] | None = None
    for first, last in _lines(text, start, end):
        if text[first:last].lstrip().startswith("|") and (table is None or last - table[0] <= LARGEST_TABLE):
            table = (table[0] if table else first, last)
            continue
        if table:
            yield _trim(text, *table)
            table = None
        if text[first:last].strip():
            yield from _sentences(text, *_trim(text, first, last), target)
    if table:
        yield _trim(text, *table)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _sentences(text: str, start: int, end: int, target: int) -> Iterator[tuple[int, int]]:
    if size(text[start:end]) <= target:
        yield start, end
        return
    first = start
    for m in _SENTENCE_END.finditer(text, start, end):
        if _NOT_AN_END.search(text, first, m.start()):
            continue
        yield from _cut(text, *_trim(text, first, m.end()), target)
        first = m.end()
    yield from _cut(text, *_trim(text, first, end), target)


def _cut(text: str, start: int, end: int, target: int) -> Iterator[tuple[int, int]]:
    """A sentence that alone is over the target is cut at a space or, lacking one, anywhere."""
    while start < end and size(text[start:end]) > target:
        step = target if size(text[start : start + target]) <= 1.5 * target else target // 3
        cut = text.rfind(" ", start + step // 2, start + step)
        cut = cut if cut > 0 else start + step
        if cut >= end:
            break
        yield _trim(text, start, cut)
        start = _trim(text, cut, end)[0]
    if start < end:
        yield start, end


def _pack(text: str, units: list[tuple[int, int]], target: int) -> Iterator[tuple[int, int]]:
    """Neighbouring units joined up to ``target``, evenly, so that no section ends in a stub of a passage."""
    sizes = [size(text[a:b]) for a, b in units]
    total = sum(sizes)
    if not total:
        return
    aim = total / max(1, -(-total // target))
    start, used = units[0][0], 0
    for i, (first, last) in enumerate(units):
        if used and size(text[start:last]) > target:
            yield start, units[i - 1][1]
            start = first
        used = size(text[start:last])
        if used >= aim and i + 1 < len(units) and used + sizes[i + 1] > 1.15 * aim:
            yield start, last
            start, used = units[i + 1][0], 0
    if used:
        yield start, units[-1][1]
