"""Bytes to text, whatever hospital system wrote them.

Owns the order in which encodings are tried. Refuses to know what the text is.
"""

from __future__ import annotations

import codecs
from itertools import pairwise

from assistant.errors import RecordUnreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = set(range(32)) - {9, 10, 11, 12, 13, 27}


def decode_text(raw: bytes, *, name: str) -> str:
    """Text of UTF-8, UTF-16/32, GB18030 or Windows-1252 bytes; raises RecordUnreadable for what is none of them."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strict(raw, encoding, name)
    bare = _utf16_without_mark(raw)
    if bare:
        return _strict(raw, bare, name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = _eight_bit(raw)
    sample = text[:4000]
    if sum(ord(c) in _CONTROL or c == "\ufffd" for c in sample) > max(1, len(sample) // 100):
        raise RecordUnreadable(
            f"{name}: this is a binary file, not a record. Give a FHIR R4 bundle (.json), a chart as text or Markdown, "
            "or a PDF with text."
        )
    return text


def _strict(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise RecordUnreadable(
            f"{name}: marked as {encoding} but byte {error.start} is not; save it again as UTF-8."
        ) from error


def _utf16_without_mark(raw: bytes) -> str | None:
    """UTF-16 of mostly Latin text shows as a NUL in every other byte."""
    sample = raw[:400]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 5 and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) // 5 and odd == 0 else None


def _eight_bit(raw: bytes) -> str:
    """GB18030 where it gives Chinese words, else Windows-1252, in which any byte has a letter."""
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
    high = [c for c in text if ord(c) > 127]
    common = sum(
        "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in high
    )
    # accented Western letters before a consonant also decode as GB18030, into a scatter of single rare signs
    pairs = sum(a >= "\u4e00" and b >= "\u4e00" for a, b in pairwise(text))
    chinese = high and common >= 0.8 * len(high) and (pairs or len(high) == common > len(text) // 10)
    return text if chinese else raw.decode("cp1252", errors="replace")
