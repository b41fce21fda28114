"""A second reading of messages that no rule has flagged: could a person be unwell in a way the rules have no words for?

Owns two small linear scores over kinds of word (body, feeling, loss, ...) and how the message is framed: one for what
should not wait, one for what is an emergency. It may only add a flag; it never removes or lowers a rule's alarm. Refuses to know models: the weights are figures in
``second_reading_weights.json``, fitted by ``scripts/fit_second_reading.py`` on messages written for the tests.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Literal

import yaml

from assistant.domain.answer import Urgency
from assistant.safety.red_flags import Assertion, Message, detect_language

WORDS_FILE = Path(__file__).with_name("second_reading_words.yaml")
WEIGHTS_FILE = Path(__file__).with_name("second_reading_weights.json")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]+")
WHOLE_WORD_UP_TO = 4
_LONGEST_SCORED = 2_000
_LONGEST_RAISED_CHARS = 320
# Who someone is must not weigh in how urgent they are: these words are not scored.
WHO = re.compile(
    r"(?:\b(?:an? )?(?:\d{1,3}[- ]?(?:year|yr|yo)s?[- ]?(?:old)? )?(?:black|white|asian|hispanic|latin[ao]|arab|african|"
    r"caucasian|chinese|indian|jewish|muslim|christian|gay|trans|homeless|uninsured|african[- ]american|native)[, ]+)"
    r"(?=man\b|woman\b|male\b|female\b|person\b|patient\b|boy\b|girl\b|lady\b|gentleman\b)|"
    r"\b(?:with(?:out)? (?:\w+ )?insurance|(?:who is |is |on )?(?:uninsured|homeless|medicaid|medicare|private insurance)|"
    r"on medicaid|on medicare)\b|\b\d{1,3}[- ]year[- ]old\b|"
    r"\b(?:an? )?(?:man|woman|male|female|gentleman|lady)\b|没有医保|有医保|自费|农民工|低保",
    re.IGNORECASE,
)
_SHORTEST_RAISED_CHARS = {"en": 25, "zh": 10}
"""The scores are sums over words: a long case report makes them grow, a few words leave them to chance."""


_MORE_WHERE_ALL_IS_WELL = 1.5
"""Where the message says that the person is well, a sum over single words must be surer, and is no emergency by itself."""


_STRETCH_CHARS = {"en": 260, "zh": 110}
_LEAST_AROUND_CHARS = 60
_MOST_STRETCHES = 12
_WRITER = re.compile(r"\b(?:i|i'm|i've|i'd|my|me|we|we're|we've|our|us)\b|我|俺|咱|家里")
"""A case report has no writer who is ill or cares for someone who is."""
_MORE_IN_A_LETTER = 2.5
"""A letter has many stretches, each a chance of a false alarm: one must be surer than a message of its own."""


@dataclass(frozen=True)
class Weights:
    bias: float
    threshold: float
    """Score (log odds) from which a person should read the message."""
    by_feature: Mapping[str, float]


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    rows = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    return {kind: {language: tuple(words) for language, words in row.items()} for kind, row in rows.items()}


@lru_cache(maxsize=1)
def _starts() -> tuple[
    Mapping[str, frozenset[str]], Mapping[str, frozenset[str]], Mapping[str, re.Pattern[str]]
]:
    """Whole words and word beginnings to kinds (English), and one pattern a kind (Chinese)."""
    whole: dict[str, set[str]] = {}
    begins: dict[str, set[str]] = {}
    for kind, row in _kinds().items():
        for word in row["en"]:
            (whole if len(word) <= WHOLE_WORD_UP_TO else begins).setdefault(word, set()).add(kind)
    chinese = {kind: re.compile("|".join(map(re.escape, row["zh"]))) for kind, row in _kinds().items()}
    return (
        {w: frozenset(k) for w, k in whole.items()},
        {w: frozenset(k) for w, k in begins.items()},
        chinese,
    )


@lru_cache(maxsize=8192)
def _kinds_of(word: str) -> frozenset[str]:
    whole, begins, _ = _starts()
    found = set(whole.get(word, ()))
    if word.endswith("s"):
        found |= whole.get(word[:-1], frozenset())
    for length in range(WHOLE_WORD_UP_TO + 1, len(word) + 1):
        found |= begins.get(word[:length], frozenset())
    return frozenset(found)


def features(message: Message) -> dict[str, float]:
    """What the score looks at, each between 0 and about 1."""
    text = message.normal[:_LONGEST_SCORED]
    language = detect_language(text)
    counts: dict[str, int] = {}
    pieces: set[str] = set()
    words = _WORD.findall(text)
    if language == "zh":
        for kind, pattern in _starts()[2].items():
            counts[kind] = len(pattern.findall(text))
        for run in _CHINESE_RUN.findall(text):
            pieces.update(run[i : i + 2] for i in range(len(run) - 1))
    else:
        for word in words:
            for kind in _kinds_of(word):
                counts[kind] = counts.get(kind, 0) + 1
        pieces.update(word[:6] for word in words)
        pieces.update(f"{a} {b}" for a, b in pairwise(words))
    present = sorted(kind for kind, count in counts.items() if count)
    found = {f"kind:{kind}": min(counts[kind], 4) / 4 for kind in present}
    found |= {f"both:{a}+{b}": 0.5 for a, b in combinations(present, 2)}
    found |= {f"{language}:{piece}": 0.5 for piece in pieces}
    found |= _framing(message, text, language, len(words))
    return found


def _framing(message: Message, text: str, language: str, words: int) -> dict[str, float]:
    stated: set[str] = set()
    otherwise = denied = 0
    for concept in message.lexicon.concepts:
        for mention in message.mentions(concept):
            if mention.assertion is Assertion.STATED:
                stated.add(concept)
            else:
                otherwise += 1
                denied += mention.assertion is Assertion.NEGATED
    length = len(text) / 60 if language == "zh" else words / 40
    return {
        "frame:stated": min(len(stated), 8) / 8,
        "frame:not_stated": min(otherwise, 8) / 8,
        "frame:denied": min(denied, 8) / 8,
        "frame:length": min(length, 2.0),
        "frame:question": float("?" in text or "？" in text or "吗" in text),
        "frame:ends_in_question": float(text.rstrip().endswith(("?", "？", "吗"))),
        "frame:read_about": float(message.read_about),
        "frame:hypothetical": float(bool(message.cue("hypothetical"))),
        "frame:past": float(bool(message.cue("past") or message.cue("past_label"))),
        "frame:resolved": float(bool(message.cue("resolved") or message.cue("well_now"))),
        "frame:well_now": float(bool(message.cue("well_now"))),
        "frame:negation": float(bool(message.cue("negation"))),
        "frame:information": float(bool(message.cue("information"))),
        "frame:personal": float(bool(message.cue("personal"))),
        f"frame:{language}": 1.0,
    }


Head = Literal["urgent", "emergency"]


@lru_cache(maxsize=1)
def load_weights(path: Path = WEIGHTS_FILE) -> Mapping[str, Weights]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {head: Weights(row["bias"], row["threshold"], row["weights"]) for head, row in rows.items()}


def score(found: Mapping[str, float], head: Head) -> float:
    """Log odds that a message with these features should not wait, or is an emergency."""
    weights = load_weights()[head]
    return weights.bias + math.fsum(
        weights.by_feature.get(name, 0.0) * value for name, value in found.items()
    )


def heard_of_someone(message: Message) -> Message:
    """The message without animals and idioms, and without who someone is."""
    read = WHO.sub("someone", message.of_someone())
    return message if read == message.normal else Message(read, message.lexicon)


def read_again(message: Message, *, rules_raised: bool = False) -> Urgency | None:
    """The urgency a second reading gives a message that no rule calls an emergency; None where it lets it be."""
    if message.read_about or message.only_prepares:
        return None
    if not rules_raised and _hidden_in_a_letter(message):
        return Urgency.EMERGENCY
    found = features(heard_of_someone(message))
    weights = load_weights()
    size = len(message.text)
    told = _SHORTEST_RAISED_CHARS[detect_language(message.text)] <= size <= _LONGEST_RAISED_CHARS
    calm = bool(message.cue("well_now") or message.cue("calm_state"))
    if told and not calm and score(found, "emergency") >= weights["emergency"].threshold:
        return Urgency.EMERGENCY
    least = weights["urgent"].threshold + (_MORE_WHERE_ALL_IS_WELL if calm else 0.0)
    return Urgency.URGENT if score(found, "urgent") >= least else None


def _hidden_in_a_letter(message: Message) -> bool:
    """One stretch of a long letter is an emergency by itself: the pleasantries around it must not thin it out."""
    at_most = _STRETCH_CHARS[detect_language(message.text)]
    if len(message.text) <= at_most + _LEAST_AROUND_CHARS or not _WRITER.search(message.normal):
        return False
    surer = load_weights()["emergency"].threshold + _MORE_IN_A_LETTER
    for stretch in message.stretches(at_most)[:_MOST_STRETCHES]:
        part = Message(stretch, message.lexicon)
        calm = part.cue("well_now") or part.cue("calm_state") or part.read_about
        if not calm and score(features(heard_of_someone(part)), "emergency") >= surer:
            return True
    return False
