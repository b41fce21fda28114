"""Finds symptom concepts in a message and says whether each is stated, denied, past, imagined or read about.

Owns the assertion filter (after ConText, Harkema et al. 2009). Refuses to know how urgent anything is: that is
``triage.py``. Every match keeps its place in the text as it was written, common misspellings set right.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from assistant.safety.animals import animal_spans, without
from assistant.safety.red_flag_lexicon import Lexicon, load_lexicon
from assistant.safety.red_flag_phrases import CHINESE

_SENTENCE_END = re.compile(r"[!?;\n。！？；]+|\.(?!\d)(?=\s|$)|\.{2,}")
_CLAUSE_END = re.compile(r"[,;，；:]|\b(?:but|and now|then|now)\b")
_BUT = re.compile(r"\b(?:but|until|except|however|only)\b|可|但|不过|结果|谁知|没想到")
_TELLS = re.compile(
    r"(?:\band|\bbut|\bwell|,)\s+(?:well,? |now )?(?:it's|it is|it has|i've|i'm|he's|she's|there's|my \w+ (?:is|has|are|feels|went)|"
    r"i (?:cough|vomit|pass|faint|collaps|woke|can't))"
)
_OWN = re.compile(r"i\b|i'|my\b|our\b|我")
_LABEL_REACH_CHARS = 30
_MOST_READ = 200
"""Mentions of one concept that are read, from both ends: a flood of one word must not hold up the answer."""
_DENIES_LISTS = re.compile(
    r"den(?:y|ies|ied|ying)\b|negative for|without|absence of|free (?:of|from)|否认|无|未见"
)
_LIST_GOES_ON = re.compile(r"\b(?:or|nor)\b")


_JUST_DENIED = re.compile(r"(?:\b(?:did|had|has|have|was|were)(?:n't| not)|\bnever)\s(?:even |actually )?$")
"""``didn't black out``."""
_DENIED_WITHIN = re.compile(
    r"(?:不|没(?:有)?|冇)(?:怎么|太)?(?:疼|痛|肿|麻|晕|喘(?!不)|吐|烧|红|痒|闷|抽)(?:$|了)|阴性|"
    r"[，,](?:也|并|都)?(?:没有?|无|冇)(?:头|胸|腹|肚|腰|发烧|发热|恶心|呕|咳|水肿|出血|疼|痛)"
)
"""``胸口也不疼``, ``尿蛋白阴性，没有头疼``: the words between an organ and a complaint hold a denial of their own."""


class Assertion(StrEnum):
    STATED = "stated"
    NEGATED = "negated"
    PAST = "past"
    RESOLVED = "resolved"
    HYPOTHETICAL = "hypothetical"
    FAMILY = "family"
    READ_ABOUT = "read_about"
    FIGURATIVE = "figurative"
    ANIMAL = "animal"


@dataclass(frozen=True)
class Mention:
    """One place where a concept stands; ``start`` and ``end`` are offsets in the text as written."""

    concept: str
    start: int
    end: int
    sentence: int
    assertion: Assertion


def detect_language(text: str) -> str:
    """``zh`` when at least one character in five of the letters is Chinese, else ``en``."""
    letters = sum(character.isalpha() for character in text)
    return "zh" if letters and len(CHINESE.findall(text)) >= letters / 5 else "en"


class Message:
    """A text with its sentences, ready to be asked for concepts."""

    def __init__(self, text: str, lexicon: Lexicon | None = None) -> None:
        self.text = text
        self.lexicon = lexicon or load_lexicon()
        self.normal, self._places, self._offsets = self.lexicon.speller.normalise(text)
        self._words = frozenset(word for word in self.lexicon.literals if word in self.normal)
        self._starts = [0, *(m.end() for m in _SENTENCE_END.finditer(self.normal))]
        self._cues: dict[str, list[tuple[int, int]]] = {}
        self._mentions: dict[str, tuple[Mention, ...]] = {}
        self.at_the_bedside = bool(self.cue("bedside_patient")) and bool(self.cue("bedside_change"))
        self.read_about = self._framed_as_reading()
        self._of_animals = animal_spans(
            self.normal, self._starts, self.cue("animal"), self.cue("animal_harm")
        )

    def cue(self, name: str) -> list[tuple[int, int]]:
        """Places of a cue, in the normalised text."""
        if name not in self._cues:
            self._cues[name] = [
                m.span() for p in self.lexicon.cues[name] for m in p.find(self.normal, self._words)
            ]
        return self._cues[name]

    def mentions(self, concept: str) -> tuple[Mention, ...]:
        if concept not in self._mentions:
            needed = self.lexicon.needed.get(concept)
            phrases = (
                self.lexicon.concepts[concept] if needed is None or not needed.isdisjoint(self._words) else ()
            )
            found = {m.span() for phrase in phrases for m in phrase.find(self.normal, self._words)}
            places = sorted(found)
            if len(places) > _MOST_READ:
                places = [*places[: _MOST_READ // 2], *places[-_MOST_READ // 2 :]]
            self._mentions[concept] = tuple(self._mention(concept, *span) for span in places)
        return self._mentions[concept]

    @property
    def only_prepares(self) -> bool:
        """Nobody is ill, and what is asked is asked of an ``if``; nothing is told as done."""
        imagines = bool(self.cue("imagined_person") or self.cue("hypothetical"))
        told = self.cue("personal_now") or self.cue("told_fact")
        return imagines and bool(self.cue("nobody_ill")) and not told

    def of_someone(self) -> str:
        """What a second reader should weigh: no animal, no idiom, no illness told as past and over."""
        over = [bounds for bounds in map(self._bounds, range(len(self._starts))) if self._is_over(*bounds)]
        return without(self.normal, [*self._of_animals, *self.cue("figurative"), *over])

    def _is_over(self, first: int, last: int) -> bool:
        """The sentence tells of the past, says that it is over, and no word of it is of now."""
        past = any(self._has(cue, first, last) for cue in ("past", "past_label", "long_over"))
        over = any(self._has(cue, first, last) for cue in ("resolved", "well_now", "none_since"))
        return past and over and not self._is_now(first, last)

    def stretches(self, at_most: int) -> list[str]:
        """From each sentence on, as many whole sentences as fit in ``at_most`` characters (one at the least)."""
        bounds = [self._bounds(sentence) for sentence in range(len(self._starts))]
        ends = [max([b, *(e for _, e in bounds[i:] if e - a <= at_most)]) for i, (a, b) in enumerate(bounds)]
        found = (self.normal[a:end].strip() for (a, _), end in zip(bounds, ends, strict=True))
        return [stretch for stretch in found if stretch]

    def sentence_of(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1

    def _bounds(self, sentence: int) -> tuple[int, int]:
        end = self._starts[sentence + 1] if sentence + 1 < len(self._starts) else len(self.normal)
        return self._starts[sentence], end

    def _original(self, place: int) -> int:
        index = bisect_right(self._places, place) - 1
        return self._offsets[index] + (place - self._places[index])

    def _mention(self, concept: str, start: int, end: int) -> Mention:
        first, last = self._original(start), min(self._original(end - 1) + 1, len(self.text))
        while (
            last < len(self.text)
            and self.text[last].isascii()
            and self.text[last].isalnum()
            and self.text[last - 1].isascii()
        ):
            last += 1
        sentence = self.sentence_of(start)
        assertion = self._assertion(start, end, sentence)
        of_now = {Assertion.PAST, Assertion.RESOLVED, Assertion.FAMILY}
        if not self.read_about:
            of_now.add(Assertion.READ_ABOUT)  # `38 weeks, is it true they go quiet?` tells who asks
        if concept in self.lexicon.contexts and assertion in of_now:
            assertion = Assertion.STATED
        return Mention(concept, first, last, sentence, assertion)

    def _has(self, cue: str, start: int, end: int) -> bool:
        return any(start <= a and b <= end for a, b in self.cue(cue))

    def _framed_as_reading(self) -> bool:
        """The whole message is study, fiction, news or a clinician's question about management.

        A question about one patient whose state has just changed is no study, whatever else it asks.
        """
        studied = [a for a, _ in self.cue("study") if not any(x <= a < y for x, y in self.cue("outing"))]
        asks = any(
            self.cue(c) for c in ("information", "hypothetical", "imagined_person", "management_question")
        )
        if studied or (self.cue("learner") and asks):
            return not self.cue("personal_now") and not self._goes_on_to_oneself(studied)
        if self.at_the_bedside:
            return False
        return bool(self.cue("management_question")) and not self.cue("personal")

    def _studies(self, first: int, last: int) -> bool:
        """The sentence is of a film or a lesson in a letter that is not."""
        return (
            self._has("study", first, last)
            and not self._has("outing", first, last)
            and not self.cue("personal_now")
        )

    def _goes_on_to_oneself(self, studied: list[int]) -> bool:
        """A sentence without the word of study tells what the writer has now: ``the leaflet is on the fridge. Tonight I ...``."""
        for first, last in map(self._bounds, range(len(self._starts))):
            if any(first <= a < last for a in studied):
                continue
            own = [
                (a, b) for a, b in self.cue("personal") if first <= a < last and _OWN.match(self.normal, a)
            ]
            current = [span for span in self.cue("current") if first <= span[0] < last]
            if any(y <= a or b <= x for a, b in own for x, y in current):
                return True
        return False

    def _assertion(self, start: int, end: int, sentence: int) -> Assertion:
        first, last = self._bounds(sentence)
        if self.read_about or self._studies(first, last):
            return Assertion.READ_ABOUT
        if any(a <= start < b for a, b in self._of_animals):
            return Assertion.ANIMAL
        if any(a < end and start < b for a, b in self.cue("figurative")):
            return Assertion.FIGURATIVE
        if self._negated(start, end, first, last):
            return Assertion.NEGATED
        now = self._is_now(first, last)
        if not now and self.only_prepares:
            return Assertion.HYPOTHETICAL
        if not now and self._asked_about(start, first, last):
            return Assertion.READ_ABOUT
        if not self.cue("thin_disguise"):
            if self._has("imagined_person", first, end) and not self._has("personal_now", first, last):
                return Assertion.HYPOTHETICAL
            if not now and self._supposed(first, start, end):
                return Assertion.HYPOTHETICAL
        if self._has("family", first, last) and not now:
            return Assertion.FAMILY
        if self._past("long_over", start, end, first, last):
            return Assertion.PAST
        if not now and (self._past("past", start, end, first, last) or self._past_label(start, first)):
            return Assertion.PAST
        if self._has("resolved", start, last):
            return Assertion.RESOLVED
        return Assertion.STATED

    def _asked_about(self, start: int, first: int, last: int) -> bool:
        """The sentence asks for knowledge; ``she ate his pills, no idea how many`` only wonders after telling."""
        if self.at_the_bedside or self._has("personal_now", first, last):
            return False
        asks = [a for a, b in self.cue("information") if first <= a and b <= last]
        if not asks or min(asks) <= start:
            return bool(asks)
        return (
            "?" in self.normal[first:last] + self.normal[last - 1 : last] and not self.cue("personal")
        ) or any(CHINESE.match(self.normal, a) for a in asks)

    def _is_now(self, first: int, last: int) -> bool:
        """The sentence speaks of now, and not to say that all is well; ``recovered well, but today ...`` speaks of now."""
        current = [a for a, b in self.cue("current") if first <= a and b <= last]
        well = [b for a, b in self.cue("well_now") if first <= a and b <= last]
        if not current or not well:
            return bool(current)
        return any(_BUT.search(self.normal, b, a) for a in current for b in well if b <= a)

    def _supposed(self, first: int, start: int, end: int) -> bool:
        """After an ``if`` or a ``told to watch for``, unless the sentence has gone on to tell: ``and well, it's swollen``."""
        ends = [b for a, b in self.cue("hypothetical") if first <= a and b <= end]
        return bool(ends) and not _TELLS.search(self.normal, min(ends), start)

    def _past_label(self, start: int, first: int) -> bool:
        """A label (``history of``) just before."""
        labelled = any(first <= a and b <= start <= b + _LABEL_REACH_CHARS for a, b in self.cue("past_label"))
        return labelled and not _CLAUSE_END.search(self.normal[start - 1 : start])

    def _past(self, cue: str, start: int, end: int, first: int, last: int) -> bool:
        """A cue of the past in the same clause, or one that opens the sentence."""
        for a, b in self.cue(cue):
            if not (first <= a and b <= last) or self._dates_another(a, b, start):
                continue
            if self._has("resolved", start, last):
                return True
            between = self.normal[b:start] if b <= start else self.normal[end:a]
            opens = b <= start and not self.normal[first:a].strip() and len(_CLAUSE_END.findall(between)) == 1
            closes = (
                end <= a
                and between.count(",") == 1
                and not self.normal[b:last].strip(" .,;!?。，！？\n")
                and "now" not in between
            )
            if opens or closes or not _CLAUSE_END.search(between):
                return True
        return False

    def _dates_another(self, cue: int, cue_end: int, start: int) -> bool:
        """``started lamotrigine 2 weeks ago, skin is peeling``: the date is the medicine's, not the rash's."""
        return cue_end <= start and any(a <= cue and cue_end <= b for a, b in self.cue("dated_event"))

    def _negated(self, start: int, end: int, first: int, last: int) -> bool:
        if any(a < end and start < b for a, b in self.cue("nobody_harmed")):
            return True
        if any(
            end <= a and not self.normal[end:a].strip(" :,-()是有")
            for a, _ in self.cue("negated_after")
            if a <= last
        ):
            return True
        if _DENIED_WITHIN.search(self.normal[start:end]) or _JUST_DENIED.search(self.normal[first:start]):
            return True
        for a, b in self.cue("negation"):
            if not (first <= a and b <= start) or start - b > 70:
                continue
            if any(x <= a and b <= y for x, y in self.cue("false_negation")):
                continue
            if any(b <= x < start for x, _ in self.cue("negation_end")):
                continue
            if self._one_list(a, b, start, last):
                return True
        return False

    def _one_list(self, cue: int, cue_end: int, start: int, last: int) -> bool:
        """A comma ends a denial, unless what is denied is a list: ``denies a, b``, ``no a, b or c``."""
        if "," not in self.normal[cue_end:start]:
            return True
        return bool(_DENIES_LISTS.match(self.normal, cue) or _LIST_GOES_ON.search(self.normal, start, last))
