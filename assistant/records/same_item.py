"""Do two entries of a record name the same thing?

Owns the comparison of names across abbreviations, spellings and word order (``same_item.yaml``). Refuses to judge which
of two entries is right.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from assistant.records.date_forms import MONTHS

_TABLE = Path(__file__).parent / "same_item.yaml"
_EMPTY = frozenset(
    "a an and are as at be been by for from has have her his if in is it its not of on or she he that the their then there this "
    "to until was were when which who will with would done both new known current history former "
    "follow followup up visit clinic appointment review referral refer service team unit hospital dr doctor mr mrs ms prof "
    "result report formal final preliminary sent test testing check repeat finding incidental disorder disease procedure "
    "situation status acute chronic resolved resolving recovering told patient see looks like no".split()
)
"""Words that do not tell one item from another."""
_ISO = re.compile(r"(?<!\d)\d{4}-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s+({'|'.join(MONTHS)})\b", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({'|'.join(MONTHS)})\.?\s+(\d{{1,2}})(?!\d)", re.IGNORECASE)
_CHINESE_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")


def meaning(text: str) -> frozenset[str]:
    """The words of ``text`` that tell it from others: abbreviations spelled out, plural and British forms folded."""
    plain = _read_as(_plain(text), "words")
    latin = {_stem(word) for word in re.findall(r"[a-z][a-z0-9]*|\d+(?:\.\d+)?", plain)}
    chinese = {
        run[i : i + 2] for run in re.findall(r"[\u4e00-\u9fff]{2,}", plain) for i in range(len(run) - 1)
    }
    return frozenset((latin - _EMPTY - {"left", "right"}) | chinese)


def days(text: str) -> frozenset[tuple[int, int]]:
    """(month, day) of every calendar day that the text names."""
    found = [(int(m), int(d)) for m, d in _ISO.findall(text)]
    found += [(MONTHS[m.casefold()], int(d)) for d, m in _DAY_MONTH.findall(text)]
    found += [(MONTHS[m.casefold()], int(d)) for m, d in _MONTH_DAY.findall(text)]
    found += [(int(m), int(d)) for m, d in _CHINESE_DAY.findall(text)]
    return frozenset(found)


def same_name(first: str, second: str) -> bool:
    """True where one name says nothing that the other does not: ``knee osteoarthritis``, ``Osteoarthritis of both knees``."""
    one, two = meaning(first), meaning(second)
    return bool(one and two) and (one <= two or two <= one) and not _other_side(first, second)


def covered(name: str, known: Iterable[str]) -> bool:
    """True where one of the known names says what ``name`` says; a word or two of a longer name is not enough."""
    wanted = meaning(_HOW_LONG.sub(" ", name))
    for other in known:
        words = meaning(other)
        if _other_side(name, other):
            continue
        figures = {word for word in wanted if word[0].isdigit()}
        most = len(wanted & words) * 3 >= 2 * max(len(wanted), 2) and figures <= words
        if wanted and words and (wanted <= words or most):
            return True
        if words and len(words) > 1 and words <= wanted:
            return True
    return not wanted


_HOW_LONG = re.compile(
    r"(?:\b(?:for|since|x)\s+)?\d+\s*(?:\+\s*)?(?:years?|yrs?|months?)\b|\d+余?(?:年|个月)[余多]?",
    re.IGNORECASE,
)
_SIDES = (re.compile(r"\bleft\b|左", re.IGNORECASE), re.compile(r"\bright\b|右", re.IGNORECASE))


def _other_side(first: str, second: str) -> bool:
    """The left of one and the right of the other."""
    one, two = ({i for i, side in enumerate(_SIDES) if side.search(text)} for text in (first, second))
    return bool(one and two) and not one & two


def measure(name: str) -> str:
    """One name for a test however it is written: ``Cr``, ``Creatinine (µmol/L)`` and ``creatinine`` are one."""
    bare = _plain(re.sub(r"[(\[][^)\]]*[)\]]", " ", name))
    bare = re.sub(r"\s+in (?:serum|plasma|blood).*$|^(?:serum|plasma|blood) ", "", bare).strip()
    return _ways("measures").get(bare, bare)


def _plain(text: str) -> str:
    folded = (
        text.casefold().replace("haem", "hem").replace("aem", "em").replace("oes", "es").replace("oed", "ed")
    )
    return " ".join(re.sub(r"[,;:.()\[\]/]+(?=\s|$)|(?<=\s)[(\[]|^[(\[]", " ", folded).split())


def _read_as(text: str, table: str) -> str:
    pattern = _pattern(table)
    ways = _ways(table)
    return pattern.sub(lambda found: ways[found.group()], text)


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return (
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is", "us")) else word
    )


@functools.cache
def _ways(table: str) -> dict[str, str]:
    rows: Sequence[Sequence[object]] = yaml.safe_load(_TABLE.read_text("utf-8"))[table]
    return {_plain(str(way)): str(row[0]) for row in rows for way in row}


@functools.cache
def _pattern(table: str) -> re.Pattern[str]:
    ways = sorted(_ways(table), key=len, reverse=True)
    return re.compile("|".join(
        re.escape(way) if re.search(r"[\u4e00-\u9fff]", way) else rf"(?<![a-z0-9-]){re.escape(way)}(?![a-z0-9])"
        for way in ways
    ))  # fmt: skip
