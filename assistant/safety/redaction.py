"""Takes direct identifiers out of a text before it leaves for an outside server, and puts them back after.

Owns the patterns of ``redaction.yaml``, the order in which they win, and the placeholders. Refuses to promise
anonymity: the text is *redacted*, not de-identified. Drugs, eponyms, doses, values and ages up to 89 stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.safety.person_names import english_names, eponym_spans, everyday_spans, name_words
from knowledge.formulary import open_formulary

_RULES = Path(__file__).with_name("redaction.yaml")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_NAMED = {"TITLED_NAME": "NAME", "CHINESE_NAME": "NAME"}
_READS_ALL_LETTERS = frozenset({"TITLED_NAME", "CHINESE_NAME", "ORG", "ADDRESS"})
_LEFTOVER_CHARS = 1
_SHORTEST_KNOWN = 2
_PLACEHOLDER = re.compile(r"\[([A-Z0-9]+)_(\d+)\]")


@dataclass(frozen=True)
class RedactedSpan:
    """``text[start:end]`` of the original and what it is."""

    start: int
    end: int
    type: str
    text: str


@dataclass(frozen=True)
class Redacted:
    """``text`` with numbered placeholders (``[NAME_1]``); the same words get the same placeholder."""

    text: str
    spans: tuple[RedactedSpan, ...]
    originals: tuple[tuple[str, str], ...] = ()

    def restore(self, answer: str) -> str:
        """``answer`` with each placeholder of this redaction put back; a placeholder never given out stays."""
        meanings = dict(self.originals)
        return _PLACEHOLDER.sub(lambda match: meanings.get(match.group(), match.group()), answer)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    surname = f"[{name_words().chinese_surnames}]"
    return tuple(
        # ASCII word edges, so that an identifier is seen where Chinese stands right beside it; names have accents.
        (kind, re.compile(row.replace("{surname}", surname), 0 if kind in _READS_ALL_LETTERS else re.ASCII))
        for kind, found in rows.items()
        for row in found
    )


def redact(text: str, *, known: Sequence[str] = (), language: str | None = None) -> Redacted:
    """``text`` without its direct identifiers; ``known`` are names on the record, found however they are written.

    Offsets of the spans are those of ``text``. ``language`` is not needed: both are read.
    """
    kept = _kept(text)
    candidates = [
        *_known_names(text, known),
        *(span for span in _by_pattern(text) if not _inside(span, kept)),
    ]
    capitals = [(start, end, "NAME") for start, end in english_names(text)]
    candidates += [span for span in capitals if not _touches(span, kept)]
    chosen = _settled(candidates)
    chosen = _settled([*chosen, *(s for s in _repeated(text, chosen) if not _touches(s, kept))])
    return _written(text, [RedactedSpan(start, end, kind, text[start:end]) for start, end, kind in chosen])


_Span = tuple[int, int, str]


def _kept(text: str) -> list[tuple[int, int]]:
    drugs = [(mention.start, mention.end) for mention in open_formulary().names_in(text)]
    return [*drugs, *eponym_spans(text), *everyday_spans(text)]


def _inside(span: _Span, kept: Iterable[tuple[int, int]]) -> bool:
    return span[2] == "NAME" and any(a < span[1] and span[0] < b for a, b in kept)


def _touches(span: _Span, kept: Iterable[tuple[int, int]]) -> bool:
    return any(a < span[1] and span[0] < b for a, b in kept)


def _by_pattern(text: str) -> Iterator[_Span]:
    words = name_words()
    has_chinese = bool(_CHINESE.search(text))
    for kind, pattern in _patterns():
        if kind == "CHINESE_NAME" and not has_chinese:
            continue
        for match in pattern.finditer(text):
            start, end = match.span("v") if "v" in pattern.groupindex else match.span()
            if end <= start:
                continue
            if kind == "CHINESE_NAME" and any(
                text[start:end].startswith(w) or w in text[start:end] for w in words.chinese_not_names
            ):
                continue
            if kind == "TITLED_NAME":
                start, end = _without_ordinary(text, start, end)
                if end <= start:
                    continue
            yield start, end, _NAMED.get(kind, kind)


_ALWAYS_NAMED = re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Miss)\.? $")
_NEVER_A_NAME = frozenset(
    "I A The He She It We They You No Not Yes And Or But If When While For With On In To At Is Was Has".split()
)
_OF_A_PERSON = (
    r"(?=['’]s\b|\s(?:agree[sd]|reviewed|saw|said|says|came|comes|will|is|was|has|had|asked|asks|called|calls|reports?|feels|felt|wants|lives|signed|advised|advises|"
    r"explained|discussed|performed|operated|informed|aware|happy|denies|denied|states|told|tells|went|thinks|seen|to (?:review|see|call|chase|follow|arrange))\b)"
)


def _without_ordinary(text: str, start: int, end: int) -> tuple[int, int]:
    """A titled name ends where ordinary words begin: ``Dr Keen Review`` is ``Keen``."""
    words, ordinary = name_words(), name_words().ordinary
    taken = end
    first = re.match(r"[\w'’-]+", text[start:end])
    titled = _ALWAYS_NAMED.search(text[max(0, start - 6) : start])
    named = first and (titled or first.group() in words.words_too or first.group() in words.surnames)
    if first and named and first.group() not in _NEVER_A_NAME:
        least = start + first.end()  # `Mr White`, `Dr Day`: behind a title an everyday word is the name
        for word in re.finditer(r"[\w'’.-]+", text[least:end]):
            if word.group().strip(".'’") in ordinary:
                return start, least + len(text[least : least + word.start()].rstrip(" ,-"))
        return start, end
    for word in reversed(list(re.finditer(r"[\w'’.-]+", text[start:end]))):
        if word.group().strip(".'’") not in ordinary:
            break
        taken = start + word.start()
    if any(w.strip(".") in ordinary for w in text[start:taken].split()[:1]):
        return start, start
    return start, start + len(text[start:taken].rstrip(" ,-"))


def _folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))


def _known_names(text: str, known: Sequence[str]) -> Iterator[_Span]:
    """Names on the record: whole or in part, in any case, without accents, or one letter off (from five letters)."""
    parts = {
        part
        for name in known
        for part in [name, *re.split(r"[\s,·.]+", name)]
        if len(part) >= _SHORTEST_KNOWN
    }
    folded = {_folded(part) for part in parts if not _CHINESE.search(part)}
    for part in parts:
        if _CHINESE.search(part):
            for match in re.finditer(re.escape(part), text):
                yield match.start(), match.end(), "NAME"
    for match in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text):
        word = _folded(match.group())
        if _CHINESE.search(word):
            continue
        capital = match.group()[0].isupper()
        if (word in folded and (capital or len(word) > 4)) or (
            capital and any(_one_off(word, name) for name in folded)
        ):
            yield match.start(), match.end(), "NAME"


def _one_off(word: str, name: str) -> bool:
    if len(name) < 5 or abs(len(word) - len(name)) > 1 or word[0] != name[0]:
        return False
    if len(word) == len(name):
        return sum(a != b for a, b in zip(word, name, strict=True)) == 1 or sorted(word) == sorted(name)
    longer, shorter = (word, name) if len(word) > len(name) else (name, word)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def _repeated(text: str, chosen: Sequence[_Span]) -> Iterator[_Span]:
    """Each part of a name found once, wherever it stands again with its capital."""
    whole = {text[start:end] for start, end, kind in chosen if kind == "NAME"}
    parts = {
        p for name in whole for p in [name, *re.split(r"[\s,.·]+", name)] if len(p) > 2 and p[0].isupper()
    }
    parts |= {name for name in whole if _CHINESE.match(name) and len(name) > 2}
    for part in parts & name_words().ordinary:
        for match in re.finditer(rf"\b{re.escape(part)}{_OF_A_PERSON}", text):
            yield match.start(), match.end(), "NAME"
    for part in parts - name_words().ordinary:
        edge = "" if _CHINESE.search(part) else r"\b"
        for match in re.finditer(edge + re.escape(part) + edge, text):
            yield match.start(), match.end(), "NAME"


def _settled(candidates: Iterable[_Span]) -> list[_Span]:
    """No two overlap: the longer wins, and what it leaves uncovered of the other still goes."""
    chosen: list[_Span] = []
    for start, end, kind in sorted(candidates, key=lambda s: (-(s[1] - s[0]), s[2] == "NAME", s[0])):
        pieces = [(start, end)]
        for a, b, _ in chosen:
            pieces = (
                [(x, y) for s, e in pieces for x, y in ((s, min(e, a)), (max(s, b), e)) if x < y]
                if pieces
                else []
            )
        chosen += [(s, e, kind) for s, e in pieces if (s, e) == (start, end) or e - s > _LEFTOVER_CHARS]
    return sorted(chosen)


def _written(text: str, spans: list[RedactedSpan]) -> Redacted:
    placeholders: dict[tuple[str, str], str] = {}
    counts: dict[str, int] = {}
    pieces: list[str] = []
    done = 0
    for span in spans:
        key = (span.type, span.text)
        if key not in placeholders:
            counts[span.type] = counts.get(span.type, 0) + 1
            placeholders[key] = f"[{span.type}_{counts[span.type]}]"
        pieces += [text[done : span.start], placeholders[key]]
        done = span.end
    pieces.append(text[done:])
    originals = tuple((placeholder, original) for (_, original), placeholder in placeholders.items())
    return Redacted("".join(pieces), tuple(spans), originals)
