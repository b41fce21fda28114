"""A sentence that names a cause needs a source that names it: two true facts side by side do not make one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.verification.reading import Mark, Reading
from assistant.verification.status import sentence_spans

_CAUSE = re.compile(
    r"\b(?:due to|because(?: of)?|caused? by|secondary to|as a result of|treated with|for the treatment of|to treat|led to|leading to|resulted in|resulting in|"
    r"caus(?:ed|es|ing)|precipitated by|triggered by|provoked by|attribut\w+ to|owing to|explained by|induced by|gave (?:you|him|her|rise))\b"
    r"|由于|因为|因(?!素|子)|导致|所致|引起|用于治疗|继发于|诱发",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\bcaus|由于|因|所致|引起|导致|due to|because|precipitat|trigger|induced|provok|result|led to|secondary|attribut",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\b(?:due|because|caus\w+|secondary|trigger\w*|provok\w*|attribut\w*|induced|result\w*|led to|from|for|gave)\b|->|→|=>|[(（]|因|由于|所致|引起|导致|继发|[:：]|(?<=[病症炎癌])后",
    re.IGNORECASE,
)
_OPENS = re.compile(r"\b(?:due to|because|precipitant|precipitated|cause)\b|因|由于|诱因", re.IGNORECASE)


# 因…入院: a reason for coming, not a cause of anything.
_ATTENDS = re.compile(r"^[^。；;]{0,40}(?:入院|就诊|来诊|收治|收住)")
_ATTENDED = re.compile(r"\b(?:admitted|presented|attended|seen|referred|brought)\b[^.]{0,30}$", re.IGNORECASE)


def check_causes(said: Reading, sources: Sequence[Reading]) -> str:
    """A cause needs both its ends in one sentence of one source, and a word or sign there that joins them."""
    for start, end in sentence_spans(said.text):
        for mark in _CAUSE.finditer(said.text, start, end):
            ends = [
                {m.key for m in said.marks if m.names and a <= m.start < b}
                for a, b in ((start, mark.start()), (mark.end(), end))
            ]
            if _ATTENDS.search(said.text[mark.end() : end]) or (
                not ends[0] and _ATTENDED.search(said.text[start : mark.start()])
            ):
                continue
            strong = bool(_STRONG.search(mark.group()))
            if not any(_joins(r, ends, strong=strong) for r in sources):
                return "no single source joins what this sentence joins"
    return ""


def _joins(source: Reading, ends: Sequence[set[str]], *, strong: bool) -> bool:
    for a, b in sentence_spans(source.text):
        marks = [m for m in source.marks if m.names and a <= m.start < b]
        names = {m.key for m in marks}
        if not all(not end or end & names for end in ends) or not any(end & names for end in ends):
            continue
        if not strong or any(_links(marks, ends, x.start()) for x in _LINK.finditer(source.text, a, b)):
            return True
        if any(_opens(marks, ends, x.start()) for x in _OPENS.finditer(source.text, a, b)):
            return True
    return False


def _links(marks: Sequence[Mark], ends: Sequence[set[str]], link: int) -> bool:
    """Whether the joining word stands between the two ends, each in the clause next to it."""
    before, behind = [m for m in marks if m.start < link], [m for m in marks if m.start >= link]
    if not before or not behind:
        return False
    near = {m.key for m in before if m.clause >= before[-1].clause - 1}
    next_to = {m.key for m in behind if m.clause <= behind[0].clause + 1}
    one, other = ends
    return bool(
        ((not one or one & near) and (not other or other & next_to)) or (other & near and one & next_to)
    )


def _opens(marks: Sequence[Mark], ends: Sequence[set[str]], word: int) -> bool:
    """因…停用…: the joining word opens what it explains."""
    behind = {m.key for m in marks if m.start >= word}
    return all(not end or end & behind for end in ends)
