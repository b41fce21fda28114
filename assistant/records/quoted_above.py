"""The lines that a flag withdraws because they stand in quotation marks beside it: what was written for somebody else.

Owns which quoted sentences a flag means. Refuses to know what makes a flag
(``strikeouts``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.records.struck_sentences import Sentence

QUOTES_WHAT_IT_WITHDRAWS = re.compile(r"\"[^\"]{12,}\"|“[^”]{6,}”|「[^」]{6,}」")
"""``"s/p nephrectomy, on warfarin" is not this pt``: the flag holds the false words itself."""


def quoted_beside(sentences: Sequence[Sentence], flag: int) -> set[int]:
    """In the head of a chart, where no entry can be meant: ``"Keith - on buprenorphine" imported. NOT this pt.``"""
    if sentences[flag].section != "header":
        return set()
    found: set[int] = set()
    for index in range(flag - 1, max(-1, flag - 6), -1):
        if sentences[index + 1].span.start - sentences[index].span.end > 1:
            break
        if QUOTES_WHAT_IT_WITHDRAWS.search(sentences[index].span.text):
            found.add(index)
    return found


_ALL_QUOTED = re.compile(r"[\"“「『][^\"”」』]{8,}[\"”」』](?!\w)")
_ANSWERS_ABOVE = re.compile(r"[\s|(（]*(?:[—–-]{1,3}|[←↑↖^>＞]+)")


def quoted_above(sentences: Sequence[Sentence], flag: int, flags: Mapping[int, bool]) -> set[int]:
    """``——护士：这是6床的！`` under a line that quotes what was written: the line above is meant, whatever words it shares."""
    index = flag - 1
    while index in flags:
        index -= 1
    if index < 0 or not flags.get(flag):
        return set()
    above, first = sentences[index], sentences[index + 1]
    beside = first.span.start - above.span.end <= _NEXT_LINE and _ALL_QUOTED.search(above.span.text)
    return {index} if beside and _ANSWERS_ABOVE.match(first.span.text) else set()


_NEXT_LINE = 24
