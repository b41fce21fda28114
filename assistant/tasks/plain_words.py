"""Clinical words in everyday ones: diagnoses, how often and by which way a medicine is taken, and the shorthand of orders.

The words stand in ``plain_words.yaml`` and ``plain_words_phrases.yaml``. Figures are never touched. Refuses to guess a time of
day: only what the order word means is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assistant.domain.medicine_row import DayTime

_FILE = Path(__file__).with_name("plain_words.yaml")
_PHRASES = Path(__file__).with_name("plain_words_phrases.yaml")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b(?:T[\d:.+Z-]*)?")
_MONTHS = "January February March April May June July August September October November December".split()
_PIECES = {
    "en": re.compile(
        r"(?<!Dr\.)(?<!Mr\.)(?<!Mrs\.)(?<!Ms\.)(?<!St\.)(?<=[.!?])\s+(?=[A-Z0-9“])|\s*;\s+(?![<>≥≤\d])"
    ),
    "zh": re.compile(r"(?<=[。！？])|[;；]\s*"),
}


@cache
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


@cache
def _phrases(kind: str, language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Pattern and plain words, the longest term first."""
    rows = yaml.safe_load(_PHRASES.read_text(encoding="utf-8"))[kind][language]
    found = [(str(t), str(row["to"]), str(row.get("before", ""))) for row in rows for t in row["terms"]]
    found.sort(key=lambda row: -len(row[0]))
    return tuple((_pattern(term, before), to) for term, to, before in found)


@cache
def hard_words(language: str) -> tuple[re.Pattern[str], ...]:
    """Words that a handout must not hold."""
    rows = yaml.safe_load(_PHRASES.read_text(encoding="utf-8"))["hard"][language]
    return tuple(_pattern(str(term), "") for term in rows)


def _pattern(term: str, before: str) -> re.Pattern[str]:
    edge = r"(?<![A-Za-z0-9])" if re.match(r"[A-Za-z0-9]", term) else ""
    end = r"(?![A-Za-z0-9])" if re.search(r"[A-Za-z0-9]$", term) else ""
    case = 0 if re.fullmatch(r"[A-Z&/]+s?|[a-z]{2}", term) else re.IGNORECASE
    return re.compile(edge + re.escape(term) + end + before, case)


def in_plain_words(term: str, language: str) -> str:
    """Everyday words for a diagnosis, or "" where there are none or the term says them itself."""
    key = "zh" if language == "zh" else "en"
    best = ""
    plain = ""
    for row in _words()["diagnoses"]:
        for name in row["terms"]:
            if len(name) > len(best) and _term(name).search(term):
                best, plain = name, str(row.get(key, ""))
    return "" if plain and plain.casefold() in term.casefold() else plain


@cache
def _term(name: str) -> re.Pattern[str]:
    edge = "" if re.search(r"[\u4e00-\u9fff]", name) else r"\b"
    return re.compile(edge + re.escape(name) + edge, re.IGNORECASE)


@dataclass(frozen=True)
class Frequency:
    """How often, in plain words; the times of day that the order word means; whether it is for when needed only."""

    words: str
    times: tuple[DayTime, ...] = ()
    needed: bool = False


def frequency_of(frequency: str, language: str) -> Frequency:
    """``bd`` → twice a day, morning and evening; ``2 mg morning and 1 mg at 2 pm`` keeps its words and has no pictures."""
    key = "zh" if language == "zh" else "en"
    text, needed = frequency, False
    said: list[str] = []
    times: tuple[DayTime, ...] = ()
    for row in _words()["frequencies"]:
        hit = _hit(text, tuple(str(t) for t in row["terms"]))
        if hit is None or (said and not row.get("needed")):
            continue
        said.append(hit.group() if row.get("keep") else str(row[key]))
        text = text[: hit.start()] + "\0" + text[hit.end() :]
        needed = needed or bool(row.get("needed"))
        times = times or tuple(DayTime(t) for t in row["times"])
    if not said:
        return Frequency(frequency)
    rest = text.replace("\0", "", 1) if text.count("\0") > 1 else text
    joined = re.sub(
        r"\s+", " ", rest.replace("\0", (", " if key == "en" else "，").join(said), 1).replace("\0", "")
    )
    clock = re.search(r"\d\s*(?:am|pm|mg|g|units?|毫克|单位|点)\b|\d+:\d\d|\d[点时]", text, re.IGNORECASE)
    return Frequency(joined.strip(" ,，"), () if needed or clock else times, needed)


def _hit(text: str, terms: tuple[str, ...]) -> re.Match[str] | None:
    for name in sorted(terms, key=len, reverse=True):
        han = re.search(r"[\u4e00-\u9fff]", name)
        edge, end = ("", "") if han else (r"(?<![A-Za-z])", r"(?![A-Za-z])")
        found = re.search(edge + re.escape(name) + end, text, re.IGNORECASE)
        if found:
            return found
    return None


def plain_frequency(frequency: str, language: str) -> str:
    """``bd`` → ``twice a day``; words that are not known stay as they are."""
    return frequency_of(frequency, language).words


def plain_route(route: str, language: str) -> str:
    """``PO`` → ``by mouth``."""
    key = "zh" if language == "zh" else "en"
    for row in _words()["routes"]:
        hit = _hit(route, tuple(str(t) for t in row["terms"]))
        if hit:
            return route[: hit.start()] + str(row[key]) + route[hit.end() :]
    return route


_SPAN = re.compile(r"(?i)\b(for|in|after|every|at|x|within)\s?(\d{1,2})/(7|12)\b(?!/)")
_WEEKS = re.compile(r"(?<![\d/])(\d{1,2})/52\b")
_PARTS = {"7": "day", "12": "month"}


def _in_parts_of_a_year(text: str) -> str:
    """``6/52`` is six weeks and ``for 5/7`` five days; ``3/12`` alone may be a date and stays."""
    text = _WEEKS.sub(lambda m: f"{m[1]} week{'' if m[1] == '1' else 's'}", text)
    return _SPAN.sub(lambda m: f"{m[1]} {m[2]} {_PARTS[m[3]]}{'' if m[2] == '1' else 's'}", text)


@dataclass
class PlainWriter:
    """Writes the record's own words plainly for one reader; what a term means is said once, at its first use."""

    language: str
    explained: set[str] = field(default_factory=set)

    def plain(self, text: str) -> str:
        """Shorthand in words and dates with the month's name; the meaning of new terms follows in a sentence of its own."""
        text = _swapped(text, self.language)
        if self.language == "en":
            # "10 u" has been read as 100: the word is written out (ISMP).
            text = re.sub(r"(?<![\d.])1\s*u\b(?!/)", "1 unit", text)
            text = re.sub(r"(\d)\s*u\b(?!/)", r"\1 units", text)
            text = _in_parts_of_a_year(text)
        text = self.dated(_signs(text, self.language))
        return re.sub(r"\s+([,.:;])", r"\1", re.sub(r"[ \t]+", " ", text)).strip()

    def meanings(self, text: str) -> str:
        """`` MRI means: a scan with magnets.`` for each term in ``text`` that was not explained before; else empty."""
        told = []
        for pattern, to in _phrases("explain", self.language):
            hit = pattern.search(text)
            if hit is None or to in self.explained or to.casefold() in text.casefold():
                continue
            self.explained.add(to)
            term = hit.group()[0].upper() + hit.group()[1:]
            told.append(f"“{term}”是：{to}。" if self.language == "zh" else f" {term} means {to}.")
        return "".join(told)

    def dated(self, text: str) -> str:
        """``2026-03-18`` → ``18 March 2026``; other spellings stay, since day and month cannot be told apart."""

        def one(m: re.Match[str]) -> str:
            year, month, day = m.group(1), int(m.group(2)), int(m.group(3))
            if not 1 <= month <= 12:
                return m.group()
            if self.language == "zh":
                return f"{year}年{month}月{day}日"
            return f"{day} {_MONTHS[month - 1]} {year}"

        return _ISO.sub(one, text)

    def pieces(self, text: str, *, whole: bool = False) -> Iterator[str]:
        """The text's sentences, plain and each with its stop; a semicolon ends one unless the text is to stay whole."""
        stop = "。" if self.language == "zh" else "."
        for piece in [text] if whole else _PIECES[self.language].split(text):
            plain = self.plain((piece or "").strip(" ;；,，"))
            if not plain or not re.search(r"\w", plain):
                continue
            told = plain if re.search(r"[.!?。！？]$", plain) else plain + stop
            yield told[0].upper() + told[1:] + self.meanings(told)


def _swapped(text: str, language: str) -> str:
    """One pass from left to right, the longest term first: a plain word is never itself taken for a term."""
    found: list[tuple[int, int, str]] = []
    for pattern, to in _phrases("swap", language):
        for hit in pattern.finditer(text):
            if all(hit.end() <= start or hit.start() >= end for start, end, _ in found):
                found.append((hit.start(), hit.end(), to))
    out, at = [], 0
    for start, end, to in sorted(found):
        glued = to[:1].isascii() and to[:1].isalnum()
        left = " " if glued and re.search(r"[A-Za-z0-9]$", text[at:start] or text[:start]) else ""
        right = " " if glued and re.match(r"[A-Za-z0-9]", text[end:]) else ""
        out += [text[at:start], left + to + right]
        at = end
    return "".join([*out, text[at:]])


_SPANS_ZH = r"(?:min|分钟|h(?![a-z])|小时|天|周|个月|kg|公斤|千克|斤|次|片|cm|米|步)"
_WHOM_TO_CALL = re.compile(
    r"\b((?:[Cc]all|[Rr]ing|[Pp]hone|emergency department)(?:/L&D)?) (at least|over|below|[<>])\s?(?=\d)"
)
"""``Call at least 150/100``: of a blood pressure."""


def _signs(text: str, language: str) -> str:
    """``>1.5`` → over 1.5, ``<5.0`` → below 5.0: a sign that a reader may turn round is said in words."""
    over, below = ("高于", "低于") if language == "zh" else (" over ", " below ")
    if language == "zh":  # a span or a load is exceeded, a pressure is high
        text = re.sub(rf"\s*>\s*(?=\d+(?:\.\d+)?\s?{_SPANS_ZH})", "超过", text)
        text = re.sub(rf"\s*<\s*(?=\d+(?:\.\d+)?\s?{_SPANS_ZH})", "不到", text)
    else:
        text = _WHOM_TO_CALL.sub(r"\1 if \2 ", text)
    text = re.sub(r"\s*>\s*(?=\d)", over, text)
    return re.sub(r"\s*<\s*(?=\d)", below, text)
