"""Finds orders to an assistant hidden in guideline pages, records and messages, and blanks them.

Owns the patterns of ``injection.yaml`` and the disguises: comments, hidden styling, invisible characters, encoded
runs. Refuses to be the boundary: what code holds (egress, doses, alerts, signatures, other patients) holds without
it. It only keeps such sentences out of the prompt and says that they were there.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_RULES = Path(__file__).with_name("injection.yaml")

_INVISIBLE = re.compile(
    "[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_BIDI_OVERRIDE = re.compile("[\u202d\u202e]")
_TAG_CHARACTERS = re.compile("[\U000e0020-\U000e007e]{4,}")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HIDDEN_ELEMENT = re.compile(
    r"<(?P<tag>[a-z][a-z0-9]*)\b[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:\.\d+)?(?:px|pt|em)?\b"
    r"|opacity\s*:\s*0(?:\.0*)?\s*[;\"']|color\s*:\s*(?:#fff(?:fff)?|white)\b|(?:left|top|text-indent)\s*:\s*-\d{3,}|aria-hidden\s*=\s*[\"']?true"
    r"|\shidden(?=[\s>=]))[^>]*>.*?(?:</(?P=tag)\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_ACTIVE_ELEMENT = re.compile(
    r"<(script|iframe|object|embed|form|meta|link|style)\b[^>]*>(?:.*?</\1\s*>)?|<[a-z][^>]*\son\w+\s*=[^>]*>|<img\b[^>]*>|javascript\s*:\s*\S+",
    re.DOTALL | re.IGNORECASE,
)
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{24,}={0,2}(?![A-Za-z0-9+/=])")
_SENTENCE = re.compile(r"[^.!?。！？；\n]*(?:\.(?=\S)[^.!?。！？；\n]*)*[.!?。！？；]*[\"'”’)\]]*[ \t]*\n?")
_REPORTED = re.compile(
    r"\b(?:training|awareness|example of|examples of|such as|phrases? like|attackers? (?:may|might|can|could)|known as|called|prompt injection|for instance|e\.g\.|teaches|workshop|policy (?:forbids|bans)|reported that)\b"
    r"|培训|举例|例如|攻击者可能|所谓|示例"
)
_QUOTED = re.compile(r"[\"“「『‘][^\"”」』’\n]{4,200}[\"”」』’]")


@dataclass(frozen=True)
class InstructionFound:
    """One stretch of the text, by character offsets, that orders an assistant about."""

    start: int
    end: int
    quote: str
    kind: str


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    return tuple(
        (kind, re.compile(pattern, re.IGNORECASE)) for kind, patterns in rows.items() for pattern in patterns
    )


def _readable(text: str) -> tuple[str, list[int]]:
    """The text as a reader would take it, without invisible characters, and where each character stands in ``text``."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if _INVISIBLE.match(character):
            continue
        for plain in unicodedata.normalize("NFKC", character) if ord(character) > 0x2000 else character:
            characters.append(plain)
            places.append(place)
    return "".join(characters), places


def find_instructions(text: str) -> tuple[InstructionFound, ...]:
    """Stretches of ``text`` that give orders to an assistant, in order, none overlapping."""
    spans = sorted({*_plain(text), *_disguised(text)}, key=lambda span: (span[0], -span[1]))
    merged: list[tuple[int, int, str]] = []
    for start, end, kind in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
        elif end > start:
            merged.append((start, end, kind))
    return tuple(InstructionFound(start, end, text[start:end], kind) for start, end, kind in merged)


def strip_instructions(text: str) -> tuple[str, tuple[InstructionFound, ...]]:
    """``text`` with each such sentence blanked by spaces of the same length, so that every other offset holds."""
    found = find_instructions(text)
    blanked = list(text)
    for instruction in found:
        for place in range(instruction.start, instruction.end):
            if blanked[place] != "\n":
                blanked[place] = " "
    return "".join(blanked), found


def _plain(text: str) -> Iterator[tuple[int, int, str]]:
    readable, places = _readable(text)
    flat = readable.replace("\t", " ")
    for kind, pattern in _patterns():
        for match in pattern.finditer(flat):
            if _merely_reported(flat, match):
                continue
            first = match.start() + len(match.group()) - len(match.group().lstrip())
            start, end = _sentence_around(flat, first, match.end())
            yield places[start], places[end - 1] + 1, kind


def _merely_reported(text: str, match: re.Match[str]) -> bool:
    """Quoted inside a sentence that teaches about such texts."""
    start, end = _sentence_around(text, match.start(), match.end())
    sentence = text[start:end]
    if not _REPORTED.search(sentence.lower()):
        return False
    return any(
        start + q.start() <= match.start() and match.end() <= start + q.end()
        for q in _QUOTED.finditer(sentence)
    )


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole sentence or sentences that ``start:end`` touches, without the blanks around them."""
    window = max(0, start - 600)
    first, last = start, end
    for sentence in _SENTENCE.finditer(text, window):
        if sentence.end() <= start and sentence.end() > sentence.start():
            continue
        if sentence.start() >= end or sentence.start() == sentence.end():
            break
        first, last = min(first, sentence.start()), max(last, sentence.end())
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return first, last


def _disguised(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _COMMENT.finditer(text):
        yield (*match.span(), "hidden_comment")
    for match in _HIDDEN_ELEMENT.finditer(text):
        yield (*match.span(), "hidden_text")
    for match in _ACTIVE_ELEMENT.finditer(text):
        yield (*match.span(), "html")
    for match in _TAG_CHARACTERS.finditer(text):
        yield (*match.span(), "invisible_characters")
    for match in _BIDI_OVERRIDE.finditer(text):
        end = next((i for i in range(match.end(), len(text)) if text[i] in "\u202c\n"), len(text))
        yield match.start(), end, "bidirectional_override"
    for match in _ENCODED.finditer(text):
        if _says_something(match.group()):
            yield (*match.span(), "encoded")


def _says_something(run: str) -> bool:
    """Decodes to words: a serial number or a hash does not."""
    try:
        decoded = base64.b64decode(run + "=" * (-len(run) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return sum(c.isalpha() or c.isspace() for c in decoded) > 0.8 * len(decoded) and (
        " " in decoded or not decoded.isascii()
    )
