"""Stretches of a message that tell of an animal's illness, so that no sign in them is taken for a person's.

Owns where such a stretch begins and where a person comes back into it. Refuses to know what an animal did to a person: a
sentence with a bite, a kick or a fall is always a person's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.safety.red_flag_phrases import CHINESE

_KIN = (
    r"son|daughter|husband|wife|partner|mum|mom|dad|mother|father|gran|nan|nana|grandad|grandma|grandpa|brother|sister|"
    r"uncle|aunt|baby|toddler|child|children|kids?|boy|girl|friend|neighbour|flatmate|lodger|colleague|man|woman"
)
_ANIMAL = r"dogs?|puppy|pup|cats?|kitten|rabbit|bunny|hamster|horse|pony|spaniel|terrier|collie|retriever|parrot|budgie|pets?"
_PERSON = re.compile(
    rf"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|myself|we|we're|we've|us|our|someone|{_KIN}|when|while|because|then)\b(?! (?:{_ANIMAL})\b)|"
    r"我(?!家(?:的)?(?:狗|猫|宠|兔)|们?家|的(?:狗|猫|宠|兔))|孩子|小孩|娃|宝宝|儿子|女儿|老公|老婆|爸|妈|爷|奶奶|弟|妹|哥|姐|同学|室友|邻居|老人|家里人"
)
"""Whoever comes after these words is a person again; ``when`` and ``because`` open a clause of their own."""
_THIRD_PERSON = re.compile(
    rf"\b(?:{_KIN})\b|孩子|娃|宝宝|儿子|女儿|老公|老婆|爸|妈|爷|奶奶|弟|妹|哥|姐|室友|邻居|老人"
)
_GOES_ON = re.compile(r"\s*(?:it|it's|its|the vet|poor thing|它|宠物医院|兽医)(?![a-z])")
_GOES_ON_AS_HE = re.compile(r"\s*(?:he|she|he's|she's|his|her)(?![a-z])")
_CLAUSE = re.compile(r"[,，;:：]|\b(?:and|but)\b")


def animal_spans(
    text: str, starts: Sequence[int], told: Sequence[tuple[int, int]], harmed: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Spans of ``text`` about an ill animal: ``told`` names it as ill, ``harmed`` is what it did to a person."""
    if not told:
        return []
    spans: list[tuple[int, int]] = []
    goes_on = False
    for first, last in zip(starts, [*starts[1:], len(text)], strict=True):
        opening = [a for a, b in told if first <= a < last]
        if any(first <= a < last for a, _ in harmed):
            goes_on = False
            continue
        if opening:
            begin = _clause_start(text, first, min(opening))
            spans.append((begin, _person_or_end(text, max(begin, min(opening)) + 1, last)))
            goes_on = True
        elif goes_on and text[first:last].strip():
            as_he = _GOES_ON_AS_HE.match(text, first) and not _THIRD_PERSON.search(text)
            goes_on = bool(_GOES_ON.match(text, first) or as_he)
            if goes_on:
                spans.append((first, _person_or_end(text, first, last)))
    return spans


def _clause_start(text: str, first: int, opening: int) -> int:
    return max((m.end() for m in _CLAUSE.finditer(text, first, opening)), default=first)


def _person_or_end(text: str, begin: int, last: int) -> int:
    person = _PERSON.search(text, begin, last)
    return person.start() if person else last


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """``text`` with every span blanked out."""
    for a, b in spans:
        text = text[:a] + (" " if not CHINESE.search(text[a:b]) else "，") * (b - a) + text[b:]
    return text
