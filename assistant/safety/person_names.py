"""Finds names of persons by their form: given names and surnames known, capitals where a sentence has no call for one.

Owns the word lists of ``redaction_words.yaml`` and the public name lists of Faker. Refuses to know about other
identifiers and about what replaces a name.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

_WORDS = Path(__file__).with_name("redaction_words.yaml")
_LOCALES = (
    "en_US en_GB en_IN en_NZ de_DE fr_FR es_ES it_IT nl_NL sv_SE da_DK no_NO fi_FI pl_PL pt_PT pt_BR hu_HU cs_CZ ro_RO "
    "hr_HR tr_TR ga_IE yo_NG sl_SI"
).split()
_LISTS = (
    "first_names",
    "first_names_male",
    "first_names_female",
    "first_names_nonbinary",
    "first_names_unisex",
)
_ENDINGS = re.compile(r"(?:'s|’s)$")
_TOKEN = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*")
_ABBREVIATION = re.compile(r"(?!Mc|Mac|Mc|De|Di|Du|La|Le|Van|Von|Fitz|O['’])[A-Za-z]*[a-z][A-Z]")
_PARTICLES = frozenset("ap ab ferch van von de del der la le di da dos al bin ibn ter ten den el y e".split())
_SENTENCE_BREAK = re.compile(r"(?:^|[.!?:;\n•*#\"“(\[]|[-–] )\s*$")


@dataclass(frozen=True)
class NameWords:
    given: frozenset[str]
    surnames: frozenset[str]
    eponyms: frozenset[str]
    followers: frozenset[str]
    ordinary: frozenset[str]
    chinese_surnames: str
    chinese_not_names: frozenset[str]
    words_too: frozenset[str]
    word_followers: frozenset[str]


def _plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


@lru_cache(maxsize=1)
def name_words() -> NameWords:
    """The lists, read at first use (about a quarter of a second)."""
    given: set[str] = set()
    surnames: set[str] = set()
    for locale in _LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for name in _LISTS:
            given.update(part for whole in getattr(provider, name, ()) for part in str(whole).split())
        surnames.update(part for whole in getattr(provider, "last_names", ()) for part in str(whole).split())
    rows = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return NameWords(
        frozenset(_plain(w) for w in given if len(w) > 1),
        frozenset(_plain(w) for w in surnames if len(w) > 1),
        frozenset(rows["eponyms"]),
        frozenset(rows["eponym_followers"]),
        frozenset(rows["ordinary"]),
        rows["chinese_surnames"],
        frozenset(rows["chinese_not_names"]),
        frozenset(rows["words_too"]),
        frozenset(rows["word_followers"]),
    )


def _tokens(text: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(text))


def _title_case(word: str) -> bool:
    return word[0].isupper() and any(c.islower() for c in word[1:]) and not _ABBREVIATION.match(word)


def everyday_spans(text: str) -> list[tuple[int, int]]:
    """Surnames used as the everyday words that they also are: ``Blunt dissection`` in a note by Dr Blunt. Behind a title or
    another name they are the surname."""
    words, tokens, spans = name_words(), _tokens(text), []
    for index, (token, after) in enumerate(pairwise(tokens)):
        if token.group() not in words.words_too or after.group() not in words.word_followers:
            continue
        if text[token.end() : after.start()] not in {" ", "-"}:
            continue
        before = tokens[index - 1] if index else None
        joined = before is not None and re.fullmatch(r"\.? ", text[before.end() : token.start()])
        named = (
            before is not None and joined and (_TITLE.fullmatch(before.group()) or text[before.end()] == " ")
        )
        if not (named and before is not None and before.group()[0].isupper()):
            spans.append(token.span())
    return spans


_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Nurse|Sister|RN|MD)")


def eponym_spans(text: str) -> list[tuple[int, int]]:
    """Names that stand for a disease, sign, device or scale: ``Parkinson disease``, ``Foley catheter``."""
    words, tokens, spans = name_words(), _tokens(text), []
    for index, token in enumerate(tokens):
        if (
            _ENDINGS.sub("", token.group()).split("-")[0] not in words.eponyms
            and _ENDINGS.sub("", token.group()) not in words.eponyms
        ):
            continue
        if re.match(r" \d|[\u4e00-\u9fff]", text[token.end() :]):
            spans.append(token.span())
        following = index + 1
        while following < len(tokens) and following <= index + 3 and _joined(text, tokens, following):
            after = tokens[following].group()
            if after.lower() in words.followers:
                first = index
                while first and tokens[first - 1].group() in words.eponyms and _joined(text, tokens, first):
                    first -= 1
                spans.append((tokens[first].start(), tokens[following].end()))
                break
            if _ENDINGS.sub("", after) not in words.eponyms and after not in {"and", "De", "de"}:
                break
            following += 1
    return spans


_SURE_FOLLOWERS = frozenset(
    "disease syndrome tumour tumor palsy dystrophy sarcoma lymphoma chorea sign triad phenomenon thyroiditis arteritis".split()
)
_TITLE_BEFORE = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Miss|Prof|Professor|Nurse|Sister)\.?\s$")


def _names_a_disease(text: str, tokens: Sequence[re.Match[str]], index: int) -> bool:
    """A capital before ``disease`` or ``syndrome`` is an eponym even when the list does not know it."""
    if index + 1 >= len(tokens) or tokens[index + 1].group().lower() not in _SURE_FOLLOWERS:
        return False
    capital = _title_case(tokens[index].group()) and _joined(text, tokens, index + 1)
    return capital and not _TITLE_BEFORE.search(text[: tokens[index].start()][-12:])


def _joined(text: str, tokens: Sequence[re.Match[str]], index: int) -> bool:
    return text[tokens[index - 1].end() : tokens[index].start()] in {" ", "-", "–"}


def english_names(text: str) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words that name a person, or may do: what is neither ordinary nor an eponym."""
    words, tokens = name_words(), _tokens(text)
    lower_here = {t.group() for t in tokens if t.group().islower()}
    index = 0
    while index < len(tokens):
        run = [index]
        while run[-1] + 1 < len(tokens) and _continues(text, tokens, run[-1] + 1):
            run.append(run[-1] + 1)
        while run and tokens[run[-1]].group() in _PARTICLES:
            run.pop()
        if run and _title_case(tokens[run[0]].group()):
            yield from _of_run(text, [tokens[i] for i in run], words, lower_here)
            index = run[-1] + 1
        else:
            index += 1


def _continues(text: str, tokens: Sequence[re.Match[str]], index: int) -> bool:
    between = text[tokens[index - 1].end() : tokens[index].start()]
    word = tokens[index].group()
    initial = len(tokens[index - 1].group()) == 1 and between == ". "
    return (between == " " or initial) and (word[0].isupper() or _particle(word))


def _particle(word: str) -> bool:
    """``van``, ``de``, and the Arabic article joined to its noun: ``al-Zahra``."""
    return word in _PARTICLES or word.split("-")[0] in {"al", "el", "ap", "ab"}


def _of_run(
    text: str, run: list[re.Match[str]], words: NameWords, lower_here: set[str]
) -> Iterator[tuple[int, int]]:
    starts_sentence = bool(_SENTENCE_BREAK.search(text[: run[0].start()][-4:]) or run[0].start() == 0)
    while run and (
        _bare(run[0]) in words.ordinary
        or (len(run) > 1 and run[0].group().isupper() and len(run[0].group()) > 1)
    ):
        run, starts_sentence = run[1:], False
    while run and _bare(run[-1]) in words.ordinary:
        run = run[:-1]
    run = [token for token in run if token.group() in _PARTICLES or token.group()[0].isupper()]
    if not run or any(token.group() in words.ordinary for token in run[1:-1]):
        return
    known_given = _plain(_bare(run[0])) in words.given
    known_surname = _plain(_bare(run[-1])) in words.surnames
    if starts_sentence:
        ordinary_word = _bare(run[0]).lower() in lower_here
        several = sum(_title_case(token.group()) for token in run) > 1
        if not (
            (known_given and not ordinary_word)
            or (several and not ordinary_word)
            or (len(run) > 1 and known_surname)
        ):
            return
    elif len(run) == 1 and not _title_case(run[0].group()) and not known_given:
        return
    last = run[-1]
    yield run[0].start(), last.start() + len(_bare(last))


def _bare(token: re.Match[str]) -> str:
    return _ENDINGS.sub("", token.group())
