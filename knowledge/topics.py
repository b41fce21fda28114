"""Which guidelines a query names: their topics (front matter) found in its words, or in other ways of saying them.

Owns the look-up of topic phrases. Refuses to rank: it says how plainly a guideline is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.keyword import terms
from knowledge.query import Query
from knowledge.types import Guideline

SAID = 1.0
"""The topic stands in the query, or its translation or abbreviation does."""
SAID_OTHERWISE = 0.6
"""It stands in what the table adds for a lay word, which may mean other things too."""
_CJK = re.compile(r"[\u3400-\u9fff]")


class Topics:
    """Topic phrases of all guidelines, by their terms."""

    def __init__(self, guidelines: Iterable[Guideline]) -> None:
        self._latin: dict[tuple[str, ...], set[str]] = {}
        self._chinese: dict[str, set[str]] = {}
        for g in guidelines:
            for topic in g.topics:
                if _CJK.search(topic):
                    self._chinese.setdefault(topic.casefold(), set()).add(g.doc_id)
                elif words := tuple(terms(topic)):
                    self._latin.setdefault(words, set()).add(g.doc_id)
        self._longest = max(map(len, self._latin), default=0)

    def named(self, query: Query) -> dict[str, float]:
        """doc_id → how plainly the query names its topic, in (0, 1]; guidelines that are not named are left out."""
        found: dict[str, float] = {}
        said = [(way, SAID if way in query.same else SAID_OTHERWISE) for way in query.added]
        for text, weight in ((query.text, SAID), *said):
            for doc_id in self._in(text):
                found[doc_id] = max(found.get(doc_id, 0.0), weight)
        return found

    def _in(self, text: str) -> set[str]:
        found: set[str] = set()
        folded = text.casefold()
        for topic, doc_ids in self._chinese.items():
            if topic in folded:
                found |= doc_ids
        words = [w for w in terms(text) if not _CJK.match(w)]
        for first in range(len(words)):
            for last in range(first + 1, min(len(words), first + self._longest) + 1):
                found |= self._latin.get(tuple(words[first:last]), set())
        return found
