"""Finds names of persons by their form: given names and surnames known, capitals where a sentence has no call for one.

Owns how a run of capitals is judged, and what a message written without capitals still tells. Refuses to know other
identifiers, the word lists (``name_words.py``) and what replaces a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.safety.medical_terms import OF_A_PERSON, PERSON_DOES, TOKEN
from assistant.safety.name_words import NameWords, name_words, plain_letters

_ENDINGS = re.compile(r"(?:'s|’s)$")
_ABBREVIATION = re.compile(
    r"(?!Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz|O['’])(?:[A-Za-z]*[a-z][A-Z]|[A-Z]{2,}[a-z]|[A-Z]-)"
)
_PARTICLES = frozenset(
    "ap ab ferch van von de del de los la le di da dos al bin ibn ter ten den el y e bint ben abu".split()
)
_SENTENCE_BREAK = re.compile(r"(?:^|[.!?:;\n•*#\"“(\[]|[-–—] )\s*$")
_VALUE_BEFORE = re.compile(r": ?$|\($")
_ARTICLES = re.compile(r"(?:al|el|ap|ab|ul|ur|ud|os|as|an|ash)-")
_SHORTEST_LOWER = 4
_MOST_PARTS = 4

_TITLES = (
    r"dr|prof|professor|mr|mrs|ms|miss|mx|sister|nurse|matron|hajja|hajji|haji|sheikh|shaikh|auntie|uncle"
)
_KIN = (
    r"wife|husband|daughter|son|mother|father|mum|mom|dad|sister|brother|partner|niece|nephew|aunt|uncle|grandson|granddaughter|"
    r"grandmother|grandfather|grandma|grandpa|nan|friend|neighbou?r|cousin|carer|fianc[eé]e?|girlfriend|boyfriend|twin|stepson|"
    r"stepdaughter|stepmum|stepdad|landlord|landlady|roommate|flatmate"
)
_SELF = r"this is|i am|i'm|my name is|name is|regards|thanks|thank you|love from|called|named|spoke to|spoke with|seen by"
_LOWER_CUE = re.compile(
    rf"(?i)\b(?:(?P<title>{_TITLES})\.?|(?P<kin>{_KIN})(?:,| is| is called| called| named| of)?|(?P<patient>pt|patient)|(?P<self>{_SELF})) "
    rf"(?:of )?(?:(?:{_TITLES})\.? )?(?=(?P<v>(?-i:[a-zà-ɏ][\wà-ɏ'’-]*(?: [a-zà-ɏ][\wà-ɏ'’-]*){{0,{_MOST_PARTS - 1}}})))"
)
_PLACES = re.compile(
    r"(?<![\w-])(?P<v>[a-z][a-z'’-]+(?: [a-z][a-z'’-]+)?) (?P<place>hospital|clinic|surgery|pharmacy|school|infirmary|hospice|nursing home|care home)\b"
)
_AGED = re.compile(
    r"(?<![\w'’-])(?P<v>[a-zà-ɏ'’-]{2,}(?: [a-zà-ɏ'’-]{2,}){1,2}),? ?\(?\d{1,3} ?(?:m|f|yo|yrs?)\b"
)
_OF_A_CHILD = re.compile(rf"(?<![\w'’-])(?P<v>[a-zà-ɏ]{{3,}}?)['’]?s (?=(?:{_KIN})\b)")
_PAIR = re.compile(
    r"(?<![\w@./:'’-])(?P<first>[a-zà-ɏ]{3,}) (?:[a-z]\.? )?(?P<last>[a-zà-ɏ'’-]{4,})(?![\w@/]|\.[a-z])"
)
_RELATED = re.compile(rf",? (?:the|his|her|my|your) (?:{_KIN})\b|, (?:{_KIN})\b")
_AGE_FOLLOWS = re.compile(r",? ?\(?\d{1,3} ?(?:[mfMF]\b|yo\b|y/o|yrs?\b|years?\b)")


def title_case(word: str) -> bool:
    return word[0].isupper() and any(c.islower() for c in word[1:]) and not _ABBREVIATION.match(word)


def english_names(text: str) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words that name a person, or may do: what is neither ordinary nor an eponym."""
    words, tokens = name_words(), list(TOKEN.finditer(text))
    lower_here = {t.group() for t in tokens if t.group().islower()}
    index = 0
    while index < len(tokens):
        run = [index]
        while run[-1] + 1 < len(tokens) and _continues(text, tokens, run[-1] + 1):
            run.append(run[-1] + 1)
        while run and tokens[run[-1]].group() in _PARTICLES:
            run.pop()
        if run and title_case(tokens[run[0]].group()):
            yield from _of_run(text, [tokens[i] for i in run], words, lower_here)
            index = run[-1] + 1
        else:
            index += 1


def _continues(text: str, tokens: list[re.Match[str]], index: int) -> bool:
    between = text[tokens[index - 1].end() : tokens[index].start()]
    word = tokens[index].group()
    initial = len(tokens[index - 1].group()) == 1 and between == ". "
    return (between == " " or initial) and (word[0].isupper() or _particle(word))


def _particle(word: str) -> bool:
    """``van``, ``de``, and the Arabic article joined to its noun: ``al-Zahra``."""
    return word in _PARTICLES or bool(_ARTICLES.match(word))


def _of_run(
    text: str, run: list[re.Match[str]], words: NameWords, lower_here: set[str]
) -> Iterator[tuple[int, int]]:
    starts_sentence = bool(_SENTENCE_BREAK.search(text[: run[0].start()][-4:]) or run[0].start() == 0)
    while run and _leads(run, words):
        run, starts_sentence = run[1:], starts_sentence and len(run) == 2
    while run and _trails(run, words):
        run = run[:-1]
    run = [token for token in run if _particle(token.group()) or token.group()[0].isupper()]
    if not run or any(bare(token) in words.ordinary for token in run[1:-1]):
        return
    named = (
        _lone(text, run[0], words, lower_here, starts_sentence)
        if len(run) == 1
        else _several(run, words, starts_sentence)
    )
    if named:
        yield run[0].start(), run[-1].start() + len(bare(run[-1]))


def _leads(run: list[re.Match[str]], words: NameWords) -> bool:
    """A heading or weekday before the name; a name that is a word too, before a surname, is no heading."""
    first = bare(run[0])
    if (
        len(run) > 1
        and first in words.words_too
        and not words.only_a_word(bare(run[1]))
        and title_case(run[1].group())
    ):
        return False
    if len(run) > 1 and (words.only_a_word(first) or (first.isupper() and len(first) > 1)):
        return (
            words.is_name(bare(run[1]))
            or bare(run[1]) in words.words_too
            or first.isupper()
            or first in words.ordinary
        )
    return first in words.ordinary


def _trails(run: list[re.Match[str]], words: NameWords) -> bool:
    last = bare(run[-1])
    surname = len(run) > 1 and words.only_a_name(bare(run[0])) and last in words.words_too
    return last in words.ordinary and not surname


def _lone(
    text: str, token: re.Match[str], words: NameWords, lower_here: set[str], starts_sentence: bool
) -> bool:
    word = bare(token)
    behind = text[token.start() + len(word) : token.end() + 24]
    if "-" in word and _double_barrelled(word, words):
        return True
    if re.match(r"[/(]|-?\d", behind) or (
        "-" in word and any(p.islower() and words.is_word(p) for p in word.split("-"))
    ):
        return False  # `Kt/V`, `Ki-67`, `Gram-negative`
    if not title_case(token.group()) and not words.is_name(word):
        return False
    if words.only_a_word(word):
        return False
    low, strange = word.lower(), not words.is_word(word)
    dull = low in words.clinical or low in words.function
    given = plain_letters(word) in words.given and word not in words.words_too and not dull
    if not starts_sentence:
        # In mid-sentence a capital names somebody or some place, unless it is a clinical word and at most a surname.
        return words.only_a_name(word) or word in words.words_too or given or (not dull and len(word) > 2)
    if words.only_a_name(word) or given:
        return word.lower() not in lower_here or bool(PERSON_DOES.match(behind))
    if strange and len(word) > 3 and _VALUE_BEFORE.search(text[: token.start()][-3:]):
        return bool(
            re.match(r"[.,;)\n]|\s*$| \(", behind)
        )  # a stranger alone behind a label: `Apologies: Ruaridh.`
    if strange and len(word) > 3 and OF_A_PERSON.match(behind):
        return True
    return bool(PERSON_DOES.match(behind))


def _double_barrelled(word: str, words: NameWords) -> bool:
    """``Adeyemi-Cole``: two capitals joined, at least one of them no word at all."""
    parts = word.split("-")
    if not all(len(p) > 2 and title_case(p) for p in parts):
        return False
    return any(not words.is_word(p) for p in parts) or all(words.is_name(p) for p in parts)


def _several(run: list[re.Match[str]], words: NameWords, starts_sentence: bool) -> bool:
    parts = [bare(token) for token in run if not _particle(token.group())]
    named = [p for p in parts if words.is_name(p) or p in words.words_too]
    strange = [p for p in parts if title_case(p) and not words.is_word(p)]
    if starts_sentence:
        if not all(title_case(p) or len(p) == 1 for p in parts) and not named:
            return False
        first_is = words.is_name(parts[0]) or parts[0] in words.words_too
        last_is = words.is_name(parts[-1]) or parts[-1] in words.words_too
        if any(words.only_a_word(p) for p in parts):
            return any(words.only_a_name(p) for p in parts) or len(strange) > 1
        return (first_is and (last_is or bool(strange))) or len(strange) > 1 or (last_is and bool(strange))
    if named or strange:
        return True
    return parts[-1].lower() not in words.clinical and parts[0].lower() not in words.clinical


def lower_case_names(text: str) -> Iterator[tuple[int, int]]:
    """Names in messages without capitals: behind a title, a relative or ``this is``, and what is a name and no word."""
    words = name_words()
    for match in _LOWER_CUE.finditer(text):
        yield from _behind_cue(text, match, words)
    for match in _AGED.finditer(text):
        yield from _unknown_tail(match, words)
    if not _chat(text):
        return
    for match in _OF_A_CHILD.finditer(text):
        if words.is_name(match["v"].capitalize()) and match["v"] not in words.function:
            yield match.span("v")
    for match in _PAIR.finditer(text):
        first, last = match["first"], match["last"]
        word = first in words.function or first in words.clinical or first.capitalize() in words.words_too
        known = words.is_name(first.capitalize()) and not word
        if known and not words.is_word(last) and re.search("[aeiouy]", plain_letters(last)):
            yield match.span()
    for token in re.finditer(r"(?<![\w@./:-])[a-zà-ɏ]{4,}(?![\w@./:-]|\.[a-z])", text):
        if words.only_a_name(token.group().capitalize()) and len(token.group()) >= _SHORTEST_LOWER:
            yield token.span()


def _chat(text: str) -> bool:
    """True where most sentences start in lower case."""
    starts = re.findall(r"(?:^|[.!?]\s+|\n\s*)([A-Za-z])", text)
    return len([letter for letter in starts if letter.islower()]) * 2 > len(starts)


def _unknown_tail(match: re.Match[str], words: NameWords) -> Iterator[tuple[int, int]]:
    """The last words of the match that no dictionary knows."""
    start = match.end("v")
    for part in reversed(list(re.finditer(r"\S+", match["v"]))):
        if words.is_word(part.group()):
            break
        start = match.start("v") + part.start()
    if start < match.end("v"):
        yield start, match.end("v")


def lower_case_places(text: str) -> Iterator[tuple[int, int]]:
    """``mpilo hospital``: a word that no dictionary knows before the kind of place."""
    for match in _PLACES.finditer(text):
        for start, _ in _unknown_tail(match, name_words()):
            yield start, match.end("place")


def _behind_cue(text: str, match: re.Match[str], words: NameWords) -> Iterator[tuple[int, int]]:
    parts = list(re.finditer(r"\S+", match["v"]))
    if match["patient"]:
        yield from _patient(text, match, parts, words)
        return
    end = 0
    for position, part in enumerate(parts):
        word = _ENDINGS.sub("", part.group().rstrip(".,;:"))
        if not _may_be_named(word, match, position, words):
            break
        end = part.start() + len(word)
    if not end:
        return
    start, stop = match.start("v"), match.start("v") + end
    unknown = not any(words.is_name(w.capitalize()) for w in text[start:stop].split())
    if (
        match["self"]
        and unknown
        and not re.match(r"\s*(?:[.,;!\n]|$| (?:from|again|here|calling)\b)", text[stop : stop + 10])
    ):
        return
    yield start, stop


def _patient(
    text: str, match: re.Match[str], parts: list[re.Match[str]], words: NameWords
) -> Iterator[tuple[int, int]]:
    """``pt dinh van hue, 61m``: behind ``pt`` up to the age, unless it opens with a clinical word."""
    for part in parts:
        stop = match.start("v") + part.end()
        if _AGE_FOLLOWS.match(text[stop : stop + 12]):
            first = parts[0].group().strip(",.")
            if first not in words.function and first not in words.clinical:
                yield match.start("v"), stop - (1 if text[stop - 1] in ",." else 0)
            return


def _may_be_named(word: str, match: re.Match[str], position: int, words: NameWords) -> bool:
    low = word.lower()
    if _particle(low) and position:
        return True
    if low in words.function or low in words.clinical or not low:
        return False
    if words.is_name(word.capitalize()) or word.capitalize() in words.words_too:
        sure = (
            match["title"]
            or match["kin"]
            or position
            or _RELATED.match(match.string, match.start("v") + len(word))
        )
        return bool(sure) or words.only_a_name(word.capitalize())
    if words.is_word(low):
        return False
    least = 3 if match["title"] or position else _SHORTEST_LOWER - 1
    return len(low) >= least and any(c in "aeiouyà-ɏ" for c in plain_letters(low))


def bare(token: re.Match[str]) -> str:
    return _ENDINGS.sub("", token.group())
