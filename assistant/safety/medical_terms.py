"""Finds what looks like a name and is a medical term: ``Barrett mucosa``, ``Hoehn and Yahr 3``, ``Norovirus``, ``林纳试验``.

Owns ``eponyms.yaml``. Refuses to find persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from assistant.safety.name_words import name_words, plain_letters

_ROWS = Path(__file__).with_name("eponyms.yaml")
TOKEN = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*")
_ENDINGS = re.compile(r"(?:'s|’s|s['’])$")
_GRADE = re.compile(r" (?:grade |stage |type |score |class )?(?:\d|[IVX]{1,4}[a-c]?\b|[A-D]\b|[A-Z]\d)")
_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Nurse|Sister|RN|MD|Sr|Señora?)")
_CLASSED = re.compile(
    r" (?:type|grade|stage|class|score|scale) (?:\d|[IVX]{1,4}\b|[A-D]\b)| \d{1,3}/\d{1,3}\b"
)
_JOINERS = frozenset({"and", "De", "de", "la", "Le", "von", "van", "y"})
_FARTHEST = 3
_VERBS = (
    r"agree[sd]|reviewed|saw|said|says|came|comes|asked|asks|called|calls|reports?|reported|feels|felt|wants|wanted|lives|signed|advise[sd]|"
    r"explained|discussed|performed|operated|informed|aware|happy|denies|denied|states|told|tells|went|thinks|phoned|rang|arrived|"
    r"attended|brought|confirm(?:s|ed)|complain(?:s|ed)|declined|consented|slept|visits|changed|to (?:review|see|call|chase|follow|arrange|attend|ring)"
)
_VERB = re.compile(_VERBS)
OF_A_PERSON = re.compile(rf"['’]s\b|\s(?:is|was|has|had|will|seen|{_VERBS})\b")
"""What follows a name and seldom the word that it also is."""
PERSON_DOES = re.compile(
    rf"(?:['’]s)?\s(?:{_VERBS})\b|,? \(?\d{{1,3}} ?(?:[MFmf]\b|yo\b|years?\b|yrs?\b|,|\))|, (?:aged?|DOB|MRN|NHS)\b"
)


@dataclass(frozen=True)
class MedicalTerms:
    eponyms: frozenset[str]
    followers: frozenset[str]
    sure_followers: frozenset[str]
    alone: frozenset[str]
    countries: frozenset[str]
    chinese: re.Pattern[str]
    chinese_followers: re.Pattern[str]


@lru_cache(maxsize=1)
def medical_terms() -> MedicalTerms:
    rows = yaml.safe_load(_ROWS.read_text(encoding="utf-8"))
    following = "|".join(map(re.escape, rows["chinese_followers"]))
    return MedicalTerms(
        eponyms=frozenset(plain_letters(name) for name in rows["eponyms"]),
        followers=frozenset(rows["followers"]),
        sure_followers=frozenset(rows["sure_followers"]),
        alone=frozenset({*rows["alone"], *rows["organisms"], *rows["products"]}),
        countries=frozenset(rows["countries"]),
        chinese=re.compile(f"(?:{'|'.join(map(re.escape, rows['chinese_eponyms']))})(?:{following})"),
        chinese_followers=re.compile(rf" ?(?:{following})"),
    )


def term_spans(text: str) -> list[tuple[int, int]]:
    """Where terms stand, English and Chinese; a title before the name makes it a person."""
    tokens = list(TOKEN.finditer(text))
    return [*_eponyms(text, tokens), *(match.span() for match in medical_terms().chinese.finditer(text))]


def lone_term_spans(text: str) -> list[tuple[int, int]]:
    """What is a term unless something near it says that a person is meant: ``Holter``, ``Norovirus``, ``Blunt dissection``."""
    terms, words, tokens = medical_terms(), name_words(), list(TOKEN.finditer(text))
    found = _everyday(text, tokens)
    for token in tokens:
        word = _bare(token.group())
        alone = word in terms.alone or token.group() in terms.alone
        unnamed = any(_is_eponym(p) and not words.is_name(p) for p in word.split("-"))
        person = _titled(text, token.start()) or OF_A_PERSON.match(text, token.end())
        if (alone or (word[0].isupper() and unnamed)) and not person:
            found.append(token.span())
    return found


def _eponyms(text: str, tokens: Sequence[re.Match[str]]) -> Iterator[tuple[int, int]]:
    terms = medical_terms()
    for index, token in enumerate(tokens):
        if _titled(text, token.start()):
            continue
        if token.group().islower():  # a message without capitals: `todd paresis`
            after = tokens[index + 1].group() if index + 1 < len(tokens) else ""
            if after in terms.followers and token.group().capitalize() in terms.eponyms:
                yield token.start(), tokens[index + 1].end()
            continue
        behind = text[token.end() : token.end() + 14]
        known = _is_eponym(token.group())
        if known and (_GRADE.match(behind) or terms.chinese_followers.match(behind)):
            yield _whole(text, tokens, index)
        elif not name_words().only_a_name(_bare(token.group())) and (
            _CLASSED.match(behind) or terms.chinese_followers.match(text, token.end())
        ):
            yield token.span()
        last = _followed(text, tokens, index, known=known)
        if last is not None:
            yield _whole(text, tokens, index)[0], tokens[last].end()


def _followed(text: str, tokens: Sequence[re.Match[str]], index: int, *, known: bool) -> int | None:
    """The token that makes a term of this capital, at most three further on, with only eponyms between."""
    terms, words = medical_terms(), name_words()
    for following in range(index + 1, min(index + 1 + _FARTHEST, len(tokens))):
        if not _joined(text, tokens, following):
            return None
        after = tokens[following].group()
        beyond = following + 1 < len(tokens) and _joined(text, tokens, following + 1)
        if known and beyond and _between(after) and tokens[following + 1].group().lower() in terms.followers:
            return following + 1
        if after.lower() in terms.sure_followers and (
            known or not words.only_a_name(_bare(tokens[index].group()))
        ):
            return following
        if known and after.lower() in terms.followers:
            return following
        if not (_is_eponym(after) or after in _JOINERS):
            return None
    return None


def _between(word: str) -> bool:
    """A clinical adjective between name and noun: ``Lauren diffuse type``."""
    return word.islower() and word not in name_words().function and not _VERB.fullmatch(word)


def _whole(text: str, tokens: Sequence[re.Match[str]], index: int) -> tuple[int, int]:
    """The term's names before this one: ``Hoehn and`` before ``Yahr``."""
    first = index
    while first and _joined(text, tokens, first):
        before = tokens[first - 1].group()
        if not (
            _is_eponym(before) or (before in _JOINERS and first > 1 and _is_eponym(tokens[first - 2].group()))
        ):
            break
        first -= 1
    return tokens[first].start(), tokens[index].end()


def _is_eponym(word: str) -> bool:
    eponyms, bare = medical_terms().eponyms, plain_letters(_bare(word))
    return bare in eponyms or (bare[:1].isupper() and bare.split("-")[0] in eponyms)


def _everyday(text: str, tokens: Sequence[re.Match[str]]) -> list[tuple[int, int]]:
    """Surnames used as the words that they also are: ``Blunt dissection`` in a note by Dr Blunt. Behind a title or
    another name they are the surname."""
    words, spans = name_words(), []
    for index, (token, after) in enumerate(pairwise(tokens)):
        if token.group() not in words.words_too or text[token.end() : after.start()] not in {" ", "-"}:
            continue
        low = after.group().lower()
        heading = after.group().islower() or words.only_a_word(after.group())
        if low not in words.word_followers and not (heading and low in words.clinical):
            continue
        if low in _PERSON_WORDS:
            continue
        before = tokens[index - 1] if index else None
        named = before is not None and re.fullmatch(r"\.? ", text[before.end() : token.start()])
        if not (named and before is not None and before.group()[0].isupper()):
            spans.append(token.span())
    return spans


_PERSON_WORDS = frozenset(
    "is was has had will agreed said says reports reported came called saw seen reviewed and or asked to on in for with from at by of".split()
)


def _titled(text: str, start: int) -> bool:
    before = re.search(r"(\w+)\.? $", text[max(0, start - 12) : start])
    return bool(before and _TITLE.fullmatch(before.group(1).capitalize()))


def _joined(text: str, tokens: Sequence[re.Match[str]], index: int) -> bool:
    return text[tokens[index - 1].end() : tokens[index].start()] in {" ", "-", "–", "\n", "/"}


def _bare(word: str) -> str:
    return _ENDINGS.sub("", word)
