"""Turns of a conversation in sentences, each told to be a question or a statement, with its place in the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.records.dialogue import DialogueTurn, spoken_sentences

if TYPE_CHECKING:
    pass


Span = tuple[int, int]
LONG_WORDS = 40


@dataclass(frozen=True)
class Said:
    """One sentence of a turn; ``asks`` where it is a question."""

    turn: DialogueTurn
    text: str
    span: Span
    asks: bool


_TAG = re.compile(
    r"[,.]\s*(?:okay|ok|alright|all right|right|yeah|you know)\s*\?\s*$|[，,](?:好吗|可以吗|行吗)[？?]?$",
    re.IGNORECASE,
)
_BREATH = re.compile(
    r"\s+(?=(?:okay|alright|all right|and then|anyway|so (?:i|we|you|your|for|on|let|the|it)|now (?:i|you|on|for|let)|and so|for your|on your|on (?:the )?(?:\w+ ){1,2}exam\w*|and i(?:'m| am)? (?:also )?(?:going to|gonna|wanna|want)|have you|do you|are you)\b)",
    re.I,
)


def _breaths(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """A run-on without marks, as recognisers write it, in the pieces that spoken turns of thought begin."""
    words = len(text.split())
    if words <= LONG_WORDS // 2 or (words <= LONG_WORDS and re.search(r"[,.;]", text[:-1])):
        yield text, start, end
        return
    cursor = 0
    for cut in [*(m for m in _BREATH.finditer(text)), None]:
        stop = cut.start() if cut else len(text)
        if cut and stop - cursor < 20:
            continue
        piece = text[cursor:stop]
        if piece.strip():
            yield piece, start + cursor, start + stop
        cursor = cut.end() if cut else stop


def last_question(asked: str) -> str:
    return asked if len(asked) <= 160 else asked[-160:].split(" ", 1)[-1]


def utterances(turn: DialogueTurn, *, zh: bool) -> Iterator[Said]:
    for text, start, end in spoken_sentences(turn):
        for piece, a, b in _breaths(text, start, end):
            yield Said(turn, piece, (a, b), _asks(piece, zh=zh))


def _asks(text: str, *, zh: bool) -> bool:
    # "I'm starting you on lisinopril, okay?" asks for a nod and states an order.
    tagged = _TAG.search(text.strip())
    if tagged:
        text = text.strip()[: tagged.start()] + "."
    if re.search(r"[?？]\s*$", text.strip()):
        return True
    if zh:
        return bool(re.search(r"(?:吗|呢|没有|多久|怎么样|哪里|什么时候)[。]?$|有没有|是不是|有无", text))
    start = re.sub(
        r"^(?:(?:okay|ok|alright|all right|and|so|well|now|yeah|um|uh|then|great|good|but|right)\b[\s,.]*)+",
        "",
        text.strip(),
        flags=re.I,
    )
    return bool(
        (
            re.match(
                r"(?:do|does|did|are|is|was|were|have|has|had|can|could|would|will|any|how|what|when|where|which|who|why|what's|how's|and any|or any)\b(?! i\b)",
                start,
                re.I,
            )
            and not text.strip().endswith(".")
        )
        or (
            re.search(
                r"\b(?:are you|do you|have you|did you|is it|is there|does it|how (?:long|often|many|much)|what (?:kind|about))\b",
                start,
                re.I,
            )
            and not text.strip().endswith(".")
        )
    )
