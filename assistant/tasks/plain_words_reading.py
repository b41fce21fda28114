"""How hard a text is to read: Flesch-Kincaid grade for English, sentence length and hard words for Chinese.

Owns the counting: words, sentences, syllables (rules, and ``plain_words_syllables.yaml`` for the words that break them).
Refuses to know what the text is about or to change it. Flesch-Kincaid: Kincaid et al., Naval Technical Training Command
Research Branch Report 8-75 (1975): 0.39 words/sentence + 11.8 syllables/word - 15.59.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("plain_words_syllables.yaml")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d+(?:[.,:/]\d+)*")
_END = re.compile(r"(?<=[.!?])[\"”)\]]*\s+(?=[\"“(]?[A-Z0-9])|[\n;]+")
_END_ZH = re.compile(r"[。！？!?；;\n]+")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|approx)\.")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HIATUS = re.compile(
    r"ia(?!l|n$|ns$|lly)|io(?!us|n)|iu|eo(?!n$|us)|ua(?!r)|uo|ism|[^aeiouqg]ua|yi|iest|[^cst]ian|[^cst]ial"
)
MAX_WORDS = 15
"""Words of an English sentence that a patient reads with ease (AHRQ, CLINICAL.md)."""
MAX_HAN = 25
"""Characters of a Chinese sentence that a patient reads with ease."""


@cache
def _exceptions() -> dict[str, int]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["syllables"]
    return {word: int(count) for count, words in rows.items() for word in str(words).split()}


@cache
def syllables(word: str) -> int:
    """Syllables of an English word; letters of an abbreviation are read out (``GP`` 2, ``TW`` 4); a number counts as one."""
    if word[:1].isdigit():
        return 1
    if len(word) > 1 and word.isupper() and len(word) <= 5 and word.lower() not in _exceptions():
        return sum(3 if letter == "W" else 1 for letter in word)
    plain = re.sub(r"['’]s?$", "", word.lower())
    known = _exceptions()
    for stem in (plain, plain.removesuffix("s")):
        if stem in known:
            return known[stem]
    if not plain:
        return 1
    plain = re.sub(r"['’]", "", plain)
    count = len(re.findall(r"[aeiouy]+", plain))
    count += len(_HIATUS.findall(plain))
    if re.search(r"[^aeiouy]le$|[^aeiouy]les$|[^aeiouy]led$", plain):
        pass
    elif re.search(r"[^aeiouy]es$|[aeiouy]e?s$", plain):
        if re.search(r"[^aeiouysxzcg]es$", plain) and not re.search(r"(?:ch|sh)es$", plain):
            count -= 1
    elif re.search(r"[^aeiouytd]ed$", plain) or re.search(r"[^aeiouy]e$|[aeiou][^aeiouy]e$|ue$", plain):
        count -= 1
    return max(1, count)


def sentences(text: str, language: str) -> list[str]:
    """Sentences of running text, each without blanks around it; a semicolon and a new line end one too."""
    if language == "zh":
        found = _END_ZH.split(text)
    else:
        found = _END.split(_ABBREVIATION.sub(lambda m: m.group()[:-1], text))
    return [s.strip() for s in found if s.strip() and (_WORD.search(s) or _HAN.search(s))]


def words(sentence: str) -> list[str]:
    return _WORD.findall(sentence)


def grade(texts: Iterable[str]) -> float:
    """Flesch-Kincaid grade of English texts, each its own run of sentences; 0.0 where there is no word."""
    each = [words(s) for text in texts for s in sentences(text, "en")]
    counted = [w for sentence in each for w in sentence]
    if not counted:
        return 0.0
    return 0.39 * len(counted) / len(each) + 11.8 * sum(map(syllables, counted)) / len(counted) - 15.59


@dataclass(frozen=True)
class Reading:
    """``grade`` English only; ``length`` is words or characters a sentence; ``long`` the sentences over the limit."""

    grade: float
    length: float
    longest: int
    long: tuple[str, ...]


def reading_of(texts: Sequence[str], language: str) -> Reading:
    """How hard the texts are; an empty sequence reads with ease."""
    each = [s for text in texts for s in sentences(text, language)]
    sizes = [
        len(_HAN.findall(s)) + len(_WORD.findall(s)) if language == "zh" else len(words(s)) for s in each
    ]
    limit = MAX_HAN if language == "zh" else MAX_WORDS
    long = tuple(s for s, size in zip(each, sizes, strict=True) if size > limit)
    mean = sum(sizes) / len(sizes) if sizes else 0.0
    return Reading(grade(texts) if language == "en" else 0.0, mean, max(sizes, default=0), long)
