"""Which passages a search may return: publisher, years, population, grade, collection, language, topics, documents.

Owns what each filter means and which values are refused. Refuses to rank. All filters given must hold; within one filter
any of its values is enough. A guideline that does not say what a filter asks (no year, no population) is left out by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields

from knowledge.errors import BadFilter
from knowledge.keyword import terms
from knowledge.query import publisher_names, understand
from knowledge.types import Guideline

OLDEST_YEAR = 1900
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_OUTSIDE = re.compile(
    r"\b(?:outside|except|excluding|without|not (?:treated|having|with))\b[^;]*|\bnon-\w+|非\w{1,2}|无[^，。；的]{1,6}的|除外[^；]*"
)
"""What a population is not: ``non-pregnant adults`` are no match for pregnant."""
_AGED = re.compile(r"aged (\d+)|(\d+)岁及以上")
ADULT_YEARS = 16
OLDER_YEARS = 60
_ADULT_WORDS = re.compile(r"\b(?:women|men)\b|女性|男性", re.IGNORECASE)
_TIERS = {
    "strong": re.compile(
        r"\bstrong\b|\bclass I\b(?![ab])|\bclass 1\b|\bgrade 1|^1[A-D]|强(?:推荐|烈)|(?<![I\d])I类",
        re.IGNORECASE,
    ),
    "weak": re.compile(
        r"\b(?:weak|conditional)\b|\bclass (?:II[ab]|2[ab])\b|\bgrade 2|^2[A-D]|弱推荐|条件推荐|II[ab]?类",
        re.IGNORECASE,
    ),
    "against": re.compile(r"\bclass (?:III|3)\b|\bagainst\b|\bdo not offer\b|III类|不推荐", re.IGNORECASE),
}
_ROMAN = str.maketrans({"Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅳ": "IV"})


@dataclass(frozen=True)
class Filters:
    """Empty or None means no filter.

    ``grades`` takes words as sources print them (``Class I``, ``1B``, ``强推荐``) and the tiers ``strong`` (Class I, Grade 1,
    强推荐), ``weak`` (Class II, Grade 2, conditional) and ``against`` (Class III), under which schemes are set side by side.
    """

    language: str | None = None
    collections: Collection[str] | None = None
    doc_ids: Collection[str] | None = None
    publishers: Collection[str] | None = None
    year_from: int | None = None
    year_to: int | None = None
    populations: Collection[str] | None = None
    grades: Collection[str] | None = None
    topics: Collection[str] | None = None

    def __post_init__(self) -> None:
        """Raises BadFilter."""
        for name in ("year_from", "year_to"):
            year = getattr(self, name)
            if year is not None and not OLDEST_YEAR <= year <= 2999:
                raise BadFilter(
                    f"{name} is {year}; a year from {OLDEST_YEAR} to 2999 is expected. Correct the year."
                )
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise BadFilter(
                f"year_from {self.year_from} is after year_to {self.year_to}. Exchange them, or leave one out."
            )
        for name in ("collections", "doc_ids", "publishers", "populations", "grades", "topics"):
            values = getattr(self, name)
            if isinstance(values, str):
                raise BadFilter(f"{name} is the text {values!r}; a list is expected. Write [{values!r}].")
            if values is not None and any(not value.strip() for value in values):
                raise BadFilter(f"{name} holds an empty value. Leave it out.")

    @property
    def any(self) -> bool:
        return any(getattr(self, f.name) is not None for f in fields(self))

    def guideline(self) -> Callable[[Guideline], bool]:
        """Whether a document stands; grades are asked of its passages."""
        asked_publishers = [_publisher_test(p) for p in self.publishers or ()]
        asked_populations = [_ways(p) for p in self.populations or ()]
        asked_topics = [_ways(t) for t in self.topics or ()]
        language = self.language.split("-")[0].casefold() if self.language else None

        def stands(g: Guideline) -> bool:
            return (
                (language is None or g.language.split("-")[0].casefold() == language)
                and (self.collections is None or g.collection in self.collections)
                and (self.doc_ids is None or g.doc_id in self.doc_ids)
                and (self.publishers is None or any(test(g.publisher) for test in asked_publishers))
                and self._in_years(g)
                and (self.populations is None or _holds(asked_populations, [_people(g.population)]))
                and (self.topics is None or _holds(asked_topics, [g.title, *g.topics]))
            )

        return stands

    def graded(self, grade: str) -> bool:
        """Whether the grades printed in a passage hold one of those asked."""
        if self.grades is None:
            return True
        printed = [part.strip().translate(_ROMAN) for part in re.split("[;；]", grade) if part.strip()]
        return any(_grade_test(asked).search(part) for asked in self.grades for part in printed)

    def _in_years(self, g: Guideline) -> bool:
        if self.year_from is None and self.year_to is None:
            return True
        year = year_of(g.published)
        return year is not None and (self.year_from or 0) <= year <= (self.year_to or 9999)


def year_of(published: str) -> int | None:
    """The first year in a date as guidelines print it; None where there is none."""
    found = _YEAR.search(published)
    return int(found.group()) if found else None


def _grade_test(asked: str) -> re.Pattern[str]:
    word = asked.strip().translate(_ROMAN)
    tier = _TIERS.get(word.casefold())
    return tier or re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", re.IGNORECASE)


def _publisher_test(asked: str) -> Callable[[str], bool]:
    """Whole, or as words within a list of publishers, or by the initials in the table (NICE, ESC)."""
    patterns = [
        re.compile(
            rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])",
            0 if name.isupper() and len(name) < 7 else re.IGNORECASE,
        )
        for name in publisher_names(asked.strip())
    ]
    return lambda publisher: any(p.search(publisher) for p in patterns)


def _ways(asked: str) -> list[set[str]]:
    """The terms of the value as asked, and of each other way the table has of saying the whole of it."""
    wanted = asked.strip().casefold()
    same = [other for way, others in understand(asked).said if way.casefold() == wanted for other in others]
    return [words for text in (asked, *same) if (words := set(terms(text)))]


def _holds(asked: Iterable[list[set[str]]], texts: Iterable[str]) -> bool:
    held = [set(terms(text)) for text in texts]
    return any(way <= words for ways in asked for way in ways for words in held)


def _people(population: str) -> str:
    """The population with what it implies: people aged 65 years or more are adults and older."""
    text = _OUTSIDE.sub(" ", population)
    ages = [int(a or b) for a, b in _AGED.findall(text)]
    if any(age >= ADULT_YEARS for age in ages) or _ADULT_WORDS.search(text):
        text += " adults 成人"
    if any(age >= OLDER_YEARS for age in ages):
        text += " older people 老年人"
    return text
