"""Sentences and clauses of telegraphic notes, English and Chinese.

Owns where a sentence ends: decimals, abbreviations, doses and numbered lists keep together.
Refuses to know sections or meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from assistant.records.text_spans import Span

_ABBREVIATIONS = frozenset(
    "y.o dr drs mr mrs ms prof st vs approx incl excl e.g i.e etc no nos wt ht temp hosp dept resp cons adm pt pts hx dx rx tx fx sx "
    "inc exac mod sev bilat lat med ant post inf sup tab tabs cap caps inj susp soln max min hr hrs wk wks yr yrs mo mos "
    "s.c p.o i.v i.m s.l p.r q.d b.d t.d.s q.d.s o.d sec jan feb mar apr jun jul aug sep sept oct nov dec t".split()
)
_BREAK = re.compile(r"\r?\n|[。！]|？(?!\s?(?:→|->|➔))|[.!?]+(?=[\s\"”')\]）]|$)|[；;](?=\s|[^\s])")


def split_sentences(span: Span, *, at_semicolon: bool = False) -> list[Span]:
    """Sentences in order; a line end always ends one. Semicolons end one only when asked."""
    out: list[Span] = []
    text, start = span.text, 0
    for match in _BREAK.finditer(text):
        mark = match.group()
        if mark in ";；":
            if not at_semicolon or _inside_brackets(text, start, match.start()):
                continue
        elif mark.startswith((".", "!", "?")) and not _ends_sentence(text, start, match):
            continue
        _append(out, span, start, match.end())
        start = match.end()
    _append(out, span, start, len(text))
    return out


def split_clauses(span: Span) -> list[Span]:
    """Sentence parts between semicolons, bars and spaced slashes; brackets keep together."""
    text = span.text
    return _split(span, lambda at: text[at] in ";；|｜" or text[at - 1 : at + 2] == " / ")


def list_items(span: Span, separators: str = ",，、;；") -> Iterator[Span]:
    """Members of an enumeration; commas inside brackets or between digits do not separate."""
    text = span.text

    def separates(at: int) -> bool:
        within_number = text[at] == "," and text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit()
        return text[at] in separators and not within_number

    return iter(_split(span, separates))


def _split(span: Span, separates: Callable[[int], bool]) -> list[Span]:
    """Parts between the single characters that separate, brackets kept together."""
    out: list[Span] = []
    start = depth = 0
    for index, char in enumerate(span.text):
        if char in "([（［":
            depth += 1
        elif char in ")]）］":
            depth = max(0, depth - 1)
        elif depth == 0 and separates(index):
            _append(out, span, start, index)
            start = index + 1
    _append(out, span, start, len(span.text))
    return out


_NUMBERED = re.compile(
    r"(?:^|(?<=\s)|(?<=[;；。）)]))(?:\(?\d{1,2}[.、)）](?=\s?[^\d\s]|[12]型)|\d{1,2}、(?=\d))"
)


def numbered_parts(span: Span) -> list[Span]:
    """``1.心房颤动 2.高血压病`` on one line as its numbered parts."""
    cuts = [m.start() for m in _NUMBERED.finditer(span.text) if not _closes_bracket(span.text, m)]
    if len(cuts) < 2:
        return [span]
    return [span.sub(a, b) for a, b in pairwise([*cuts, len(span.text)])]


def _closes_bracket(text: str, number: re.Match[str]) -> bool:
    """``(stage 3)``: the figure before the closing bracket numbers nothing."""
    own = number.group().lstrip()
    return own[-1] in ")）" and own[0] not in "(（" and _inside_brackets(text, 0, number.start())


def _append(out: list[Span], span: Span, start: int, end: int) -> None:
    text = span.text
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    part = Span(span.start + start, span.start + end, text[start:end])
    if any(c.isalnum() for c in part.text):
        out.append(part)


def _inside_brackets(text: str, start: int, at: int) -> bool:
    part = text[start:at]
    opened = sum(part.count(c) for c in "(（[") - sum(part.count(c) for c in ")）]")
    return opened > 0


_NUMBERING = re.compile(r"^\s*(?:[-•*·–]\s*)?\(?\d{1,2}$")
FORM_BEFORE_NAME = r"(?:T|Tabs?|Caps?|C|Inj|Syp|Syr|Susp|Oint|Neb|H)"
"""``T. Telma 40 mg``, ``Inj. Monocef 1 g``: how Indian orders write the form before the name."""
_OF_A_NAME = re.compile(rf"(?:^|[\s,;:(+-]|\d[.)]\s?){FORM_BEFORE_NAME}$")


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    before = text[start : match.start()]
    if match.group() == "?":
        # `R/o PE ?` and `?age` are queries inside a sentence; only a capital or an end starts a new one.
        after = text[match.end() : match.end() + 2].strip()
        return not after or after[0].isupper()
    if match.group() != ".":
        return True
    if _NUMBERING.match(before):
        return False
    if _OF_A_NAME.search(before) and re.match(r"\.\s?[A-Z][A-Za-z]", text[match.start() :]):
        return False
    word = re.search(r"([A-Za-z][A-Za-z.&]*)$", before)
    if word is None:
        # `decision on 06.11. in clinic`: the dot of a day and month, where the sentence goes on.
        goes_on = re.match(r"\.\s+[a-z\d(]", text[match.start() :])
        return not (goes_on and re.search(r"(?<![\d.])[0-3]?\d\.[01]?\d$", before))
    token = word[1].lower()
    if len(token) == 1 and token != "t":
        if re.match(r"\.\s?[a-z]{5,}", text[match.start() :]) and word[1].isupper():
            return False  # a genus: `S. pneumoniae`
        # An initial: `Dr L. Tweddle`. A unit or a score letter ends a sentence after a number.
        return bool(re.search(r"[\d%/]\s*[A-Za-z]$", before))
    if token in _ABBREVIATIONS:
        after = text[match.end() : match.end() + 2].strip()
        return token not in {
            "dr",
            "mr",
            "mrs",
            "ms",
            "prof",
            "drs",
            "st",
            "vs",
            "incl",
            "excl",
            "e.g",
            "i.e",
        } and (not after or after[0].isupper())
    return True
