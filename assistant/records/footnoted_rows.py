"""Rows of a results table whose footnote takes back their only figure: ``U PCR 410 mg/mmol **`` and below ``** decimal slip``.

Owns which rows those are. Values that a reader knows are ``erroneous_values``'; this is for the rows that none reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.records.observation_names import MARKS
from assistant.records.strikeout_words import cues
from assistant.records.struck_sentences import Sentence

_NOTE = re.compile(rf"\s*(?P<mark>[{re.escape(MARKS)}]{{1,2}})\s*(?=\S)")
_FIGURE = re.compile(r"(?<![\d.,/])\d+(?:[.,]\d+)?(?![\d/]|[.,]\d)")


def footnoted_rows(sentences: Sequence[Sentence]) -> frozenset[int]:
    """Indexes of the rows whose one figure a footnote of the same note withdraws."""
    out: set[int] = set()
    for index, note in enumerate(sentences):
        lead = _NOTE.match(note.span.text)
        if lead is None or not cues().lab_error.search(note.span.text):
            continue
        ending = re.compile(rf"\d[^\n]*?(?<![{re.escape(MARKS)}]){re.escape(lead['mark'])}\s*$")
        out |= {
            i
            for i in range(index)
            if sentences[i].note.index == note.note.index
            and ending.search(sentences[i].span.text)
            and not _NOTE.match(sentences[i].span.text)
            and len(_FIGURE.findall(sentences[i].span.text)) == 1
        }
    return frozenset(out)
