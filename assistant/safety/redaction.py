"""Takes direct identifiers out of a text before it leaves for an outside server, and puts them back after.

Owns the patterns of ``redaction.yaml``, the order in which they win, and the placeholders. Refuses to promise
anonymity: the text is *redacted*, not de-identified. Drugs, eponyms, doses, values and ages up to 89 stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.safety.chinese_names import CHINESE, chinese_names, name_said_again, named_beside, simplified
from assistant.safety.medical_terms import (
    OF_A_PERSON,
    PERSON_DOES,
    lone_term_spans,
    medical_terms,
    term_spans,
)
from assistant.safety.name_words import name_words, plain_letters
from assistant.safety.person_names import english_names, lower_case_names, lower_case_places
from knowledge.formulary import open_formulary

_RULES = Path(__file__).with_name("redaction.yaml")
_NAMED = {"TITLED_NAME": "NAME"}
_READS_ALL_LETTERS = frozenset({"TITLED_NAME", "ORG", "ADDRESS"})
_LEFTOVER_CHARS = 1
_SHORTEST_KNOWN = 2
_SHORTEST_ANY_CASE = 4
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
    parts = {f"{{{name}}}": part for name, part in rows.pop("parts").items()}
    for name, part in parts.items():
        parts[name] = _filled(part, parts)
    return tuple(
        # ASCII word edges, so that an identifier is seen where Chinese stands right beside it; names have accents.
        (kind, re.compile(_filled(row, parts), 0 if kind in _READS_ALL_LETTERS else re.ASCII))
        for kind, found in rows.items()
        for row in found
    )


def _filled(row: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        row = row.replace(name, part)
    return row


def redact(text: str, *, known: Sequence[str] = (), language: str | None = None) -> Redacted:
    """``text`` without its direct identifiers; ``known`` are names on the record, found however they are written.

    Offsets of the spans are those of ``text``. ``language`` is not needed: both are read.
    """
    plain = simplified(text)
    kept, perhaps = _kept(plain), lone_term_spans(plain)
    candidates = [
        *_known_names(text, known),
        *(span for span in _by_pattern(plain) if not (span[2] == "NAME" and _touches(span, kept))),
        *((start, end, "NAME") for start, end in chinese_names(plain, kept)),
    ]
    guessed = [(start, end, "NAME") for start, end in (*english_names(text), *lower_case_names(text))]
    guessed += [(start, end, "ORG") for start, end in lower_case_places(text)]
    candidates += [span for span in guessed if not _touches(span, [*kept, *perhaps])]
    chosen = _settled(candidates)
    beside = (
        (start, end, "NAME") for start, end in named_beside(plain, [s[1] for s in chosen if s[2] == "NAME"])
    )
    chosen = _settled([*chosen, *beside])
    chosen = _settled([*chosen, *(s for s in _repeated(plain, chosen) if not _touches(s, [*kept, *perhaps]))])
    chosen = _settled([*chosen, *_ages_beside(text, chosen)])
    return _written(text, [RedactedSpan(start, end, kind, text[start:end]) for start, end, kind in chosen])


_Span = tuple[int, int, str]
_AGE_BESIDE = re.compile(r"(?:,? \(|, | is | was | aged? | turned )(9\d|1[01]\d)(?=\)|[,;.](?! ?\d)|$)")


def _kept(text: str) -> list[tuple[int, int]]:
    drugs = [(mention.start, mention.end) for mention in open_formulary().names_in(text)]
    return [*drugs, *term_spans(text)]


def _touches(span: _Span, kept: Iterable[tuple[int, int]]) -> bool:
    return any(a < span[1] and span[0] < b for a, b in kept)


def _ages_beside(text: str, chosen: Sequence[_Span]) -> Iterator[_Span]:
    """``Mrs Iris Kitchen (91)``: behind a name a number in brackets or between commas is the age."""
    for _, end, kind in chosen:
        match = _AGE_BESIDE.match(text, end) if kind == "NAME" else None
        if match:
            yield match.start(1), match.end(1), "AGE90"


def _by_pattern(text: str) -> Iterator[_Span]:
    countries = medical_terms().countries
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            start, end = match.span("v") if "v" in pattern.groupindex else match.span()
            if kind == "TITLED_NAME":
                start, end = _without_ordinary(text, start, end)
            if end > start and not (kind == "ADDRESS" and text[start:end].split()[0].strip(",") in countries):
                yield start, end, _NAMED.get(kind, kind)


_ALWAYS_NAMED = re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Miss)\.? $")
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Sister|Nurse|Sir|Lady|Dame)\.? $")
_NEVER_A_NAME = frozenset(
    "I A The He She It We They You No Not Yes And Or But If When While For With On In To At Is Was Has".split()
)


def _without_ordinary(text: str, start: int, end: int) -> tuple[int, int]:
    """A titled name ends where ordinary words begin: ``Dr Keen Review`` is ``Keen``."""
    words, ordinary = name_words(), name_words().ordinary
    taken = end
    said = text[start:end].rstrip(".")
    dull = said in ordinary or said.lower() in words.clinical or said.lower() in words.function
    if dull and said not in words.words_too and not _TITLED.search(text[max(0, start - 12) : start]):
        return start, start
    surname, comma, given = said.partition(", ")
    dull_given = comma and words.only_a_word(given.split()[0] if given else "")
    if dull_given and (words.only_a_word(surname) or surname.isupper()):
        return start, start  # `No, Sir`: no surname before its given name
    first = re.match(r"[\w'’-]+", text[start:end])
    titled = _ALWAYS_NAMED.search(text[max(0, start - 6) : start])
    named = first and (titled or first.group() in words.words_too or words.is_name(first.group()))
    if first and named and first.group() not in _NEVER_A_NAME:
        least = start + first.end()  # `Mr White`, `Dr Day`: behind a title an everyday word is the name
        for word in re.finditer(r"[\w'’.-]+", text[least:end]):
            said = word.group().strip(".'’")
            if len(said) > 1 and said in ordinary and said not in words.words_too:
                return start, least + len(text[least : least + word.start()].rstrip(" ,-"))
        return start, end
    for word in reversed(list(re.finditer(r"[\w'’.-]+", text[start:end]))):
        said = word.group().strip(".'’")
        if said not in ordinary or said in words.words_too:
            break
        taken = start + word.start()
    opening = text[start:taken].split()[:1]
    if any(w.strip(".") in ordinary and w.strip(".") not in words.words_too for w in opening):
        return start, start
    return start, start + len(text[start:taken].rstrip(" ,-"))


def _lowered(word: str) -> str:
    return plain_letters(word.lower())


def _known_names(text: str, known: Sequence[str]) -> Iterator[_Span]:
    """Names on the record: whole or in part, in any case, without accents, or one letter off (from five letters)."""
    parts = {
        part
        for name in known
        for part in [name, *re.split(r"[\s,·.]+", name)]
        if len(part) >= _SHORTEST_KNOWN
    }
    folded = {_lowered(part) for part in parts if not CHINESE.search(part)}
    for part in parts:
        if CHINESE.search(part):
            for match in re.finditer(re.escape(part), text):
                yield match.start(), match.end(), "NAME"
    for match in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text):
        word = _lowered(match.group())
        if CHINESE.search(word):
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
    """Each part of a name found once, wherever it stands again; a name that is a word too, only where a person is meant."""
    words = name_words()
    whole = {text[start:end] for start, end, kind in chosen if kind == "NAME"}
    parts = {p for name in whole for p in [name, *re.split(r"[\s,.·\"“”()]+", name)] if len(p) > 2}
    latin = [p for p in parts if not CHINESE.search(p) and p[0].isalpha()]
    both = {p for p in latin if " " not in p and (p.lower() in words.common or p in words.ordinary)}
    for match in _any_of([p for p in latin if p not in both], text):
        yield match.start(), match.end(), "NAME"
    for match in _any_of(sorted(both), text):
        acts = PERSON_DOES if match.group() in words.words_too else OF_A_PERSON  # `Hope is for home`
        if acts.match(text, match.end()) and match.group() in both:
            yield match.start(), match.end(), "NAME"
    for name in (n for n in whole if CHINESE.match(n)):
        for start, end in name_said_again(text, name):
            yield start, end, "NAME"


def _any_of(parts: Sequence[str], text: str) -> Iterator[re.Match[str]]:
    """Longer parts in any case, short ones as they are written."""
    long = [re.escape(p) for p in parts if len(p) >= _SHORTEST_ANY_CASE]
    short = [re.escape(p) for p in parts if len(p) < _SHORTEST_ANY_CASE]
    for found, flags in ((long, re.IGNORECASE), (short, 0)):
        if found:
            joined = "|".join(sorted(found, key=len, reverse=True))
            yield from re.finditer(rf"(?<![\w@.])(?:{joined})\b(?![\w-]*[@_])", text, flags)


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
