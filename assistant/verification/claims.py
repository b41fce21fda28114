"""Cuts written prose into sentences and clauses, as it streams.

Owns where a sentence ends in model text (English and Chinese). Record text has its own splitter in
``assistant.records``: notes are telegraphic, prose is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|approx|e\.g|i\.e|no|No|Fig|etc|al|max|min)|\b[A-Z])\.$"
)
_END = re.compile(r"(?:[。！？；]+[”’」』）)]*|[.!?]+[\"')\]]*(?=\s)|\n+)")
_LIST_MARK = re.compile(r"^\s*(?:[-*•▪·]+\s+|\(?\d{1,2}[.)、]\s+|#+\s*)")
CITATION = re.compile(r"\s*[\[【](\d{1,3}(?:\s*[,，、;–-]\s*\d{1,3})*)[\]】]")
_CLAUSE = re.compile(
    r"[;,，；、。]|(?<!\d):|：|\b(?:but|while|whereas|although|then|and then)\b|但是?|而|然后"
)


def split_sentences(text: str) -> list[str]:
    """Sentences of ``text`` in order, list marks and surrounding blanks removed, empty ones dropped."""
    return [s for s in _pieces(text, final=True) if s]


def stream_sentences(chunks: Iterable[str], *, was_cut: Callable[[], bool] = lambda: False) -> Iterator[str]:
    """Each sentence as soon as its end has arrived; what is left at the end is the last one.

    Where ``was_cut`` then says that the writer was stopped in mid-sentence, the unfinished rest is dropped.
    """
    waiting = ""
    for chunk in chunks:
        waiting += chunk
        cut = _last_end(waiting)
        if cut:
            yield from (s for s in _pieces(waiting[:cut], final=True) if s)
            waiting = waiting[cut:]
    if not was_cut():
        yield from (s for s in _pieces(waiting, final=True) if s)


def split_clauses(sentence: str) -> list[str]:
    """Parts of a sentence that each make one statement; decimals and thousands marks are kept whole."""
    shielded = re.sub(r"(?<=\d),(?=\d{3}\b)", "\x00", sentence)
    return [part.replace("\x00", ",").strip() for part in _CLAUSE.split(shielded) if part and part.strip()]


def take_citations(sentence: str) -> tuple[str, tuple[int, ...]]:
    """The sentence without its ``[n]`` marks, and the numbers they named, in order and once each."""
    numbers: list[int] = []
    for mark in CITATION.finditer(sentence):
        for part in re.split(r"\s*[,，、;]\s*", mark.group(1)):
            low, _, high = part.replace("–", "-").partition("-")
            last = int(high) if high.strip() else int(low)
            numbers.extend(n for n in range(int(low), min(last, int(low) + 20) + 1) if n not in numbers)
    return CITATION.sub("", sentence).strip(), tuple(numbers)


def _last_end(text: str) -> int:
    """Where the last complete sentence ends; 0 while none is complete."""
    end = 0
    for match in _END.finditer(text):
        if not _is_abbreviation(text, match) and (
            match.end() < len(text) or text[match.start()] in "。！？；\n"
        ):
            end = match.end()
    return end


def _pieces(text: str, *, final: bool) -> Iterator[str]:
    start = 0
    for match in _END.finditer(text):
        if _is_abbreviation(text, match):
            continue
        yield _clean(text[start : match.end()])
        start = match.end()
    if final:
        yield _clean(text[start:])


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    return text[match.start()] == "." and bool(_ABBREVIATION.search(text[: match.start() + 1]))


def _clean(piece: str) -> str:
    return _LIST_MARK.sub("", piece).strip().strip("*").strip()
