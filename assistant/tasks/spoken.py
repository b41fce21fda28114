"""Spoken sentences in the form of a note: fillers dropped, first person to third, a question joined with its answer.

Owns wording alone. Whatever it writes uses the speaker's own words and a few frame words (``FRAME``); where that cannot be
done in good grammar it gives None, and the words are quoted. Refuses to know what is worth noting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_FILLERS = re.compile(
    r"(?:(?<=^)|(?<=[\s,]))(?:um+|uh+|uhm+|er+m?|hm+|mm-?hm+|ah|i mean|y'know)\b\s*,?\s*|<[^<>]{1,12}>|(?<![\w'])(?!x-)[a-z]{1,3}-\s+",
    re.IGNORECASE,
)
_YOU_KNOW = re.compile(
    r"(?<!let )(?<!do )(?<!did )(?<!if )(?<!as )(?<!sure )(?<!when )(?<!that )(?<!how )(?<!what )(?<!would )(?<!should )(?<!because )"
    r"\byou know\b(?!\s+(?:what|how|if|that|why|when|where|about|who|whether|anyone|any|your)\b)\s*,?\s*",
    re.IGNORECASE,
)
"""A filler, and no verb: "I'll let you know what it means" keeps it."""
_OPENERS = re.compile(
    r"^(?:(?:and|so|but|well|okay|ok|alright|all right|yeah|yep|yes|oh|then|also|because|um|uh|sure|anyway|and then|gotcha|got it)\b[\s,.…-]*"
    r"|(?:good|great|excellent|perfect|right|now|sorry|no problem|absolutely|exactly|correct|actually|like|basically|honestly|of course)\s*[,.]\s*)+",
    re.IGNORECASE,
)
_REPEAT = re.compile(r"\b([a-z']{1,12})((?:\s*,?\s+|-\s+)\1\b)+", re.IGNORECASE)
_NUMBER_WORD = re.compile(
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|twenty|thirty|forty|fifty|\w+ty|hundred|thousand|oh|point)$",
    re.I,
)
_VERBS = frozenset(
    """feel take get go think know want live work smoke drink use eat sleep notice wake cough try exercise walk like love remember guess
    run see say come keep start stop hurt play sit stand lie bend lift help feel cook check watch find need suffer wonder hope
    worry throw stay suppose believe forget hear do""".split()
)
_PASTS = frozenset(
    """had was went took felt got did said told saw came ran ate fell woke hurt thought knew began lost left made found heard kept slept
    broke gave could would should can will might may must forgot drank drove sat stood lay bent hit cut put tore threw wore used
    couldn't wouldn't can't cannot won't didn't""".split()
)  # fmt: skip
_ADVERBS = "just really also still usually always never sometimes kind|of sort|of actually definitely only often recently already probably normally mostly even kinda".split()
_ADVERB = "(?:" + "|".join(a.replace("|", r"\s") for a in _ADVERBS) + ")"
FRAME = frozenset(
    """patient patient's the he she his her him himself herself is has does was to denies reports asked mg not it be
    on of in by clinician relative says self""".split()
)


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    UNKNOWN = ""


_PRONOUNS = {
    Sex.FEMALE: ("she", "her", "her", "herself"),
    Sex.MALE: ("he", "his", "him", "himself"),
    Sex.UNKNOWN: ("the patient", "the patient's", "the patient", "the patient"),
}


def plain(text: str) -> str:
    """One spoken sentence without fillers, false starts and openers, in ordinary spelling; the other words as they were."""
    text = text.replace("’", "'")
    text = re.sub(r"\s+([,.?!;:])", r"\1", text)
    text = re.sub(r"\b(\w+) n't\b", r"\1n't", re.sub(r"\b(gon|wan|got) (na|ta)\b", r"\1\2", text))
    text = re.sub(r"\s+('(?:s|m|re|ve|ll|d)\b)", r"\1", text)
    text = _YOU_KNOW.sub(" ", _FILLERS.sub(" ", text))
    text = re.sub(r"\s+", " ", text).strip()
    text = _REPEAT.sub(lambda m: m.group() if _NUMBER_WORD.fullmatch(m.group(1)) else m.group(1), text)
    text = _OPENERS.sub("", text).strip(" ,-–—")
    text = re.sub(r"\s+([,.?!;:])", r"\1", re.sub(r"(?:,\s*){2,}", ", ", text))
    text = re.sub(r"\bi\b", "I", text)
    # A bare "right" at the end is a side of the body; a nod asked for ("…, okay?") leaves a statement.
    tag = r"(?:,?\s+(?:okay|ok|alright|all right)|,\s+(?:right|yeah|you know))+"
    text = re.sub(tag + r"\s*\?$", ".", text, flags=re.I)
    return re.sub(tag + r"([.!]?)$", r"\1", text, flags=re.I).strip(" ,")


def sentence(text: str, *, zh: bool = False) -> str:
    """With a capital and a full stop."""
    text = text.strip(" ,;-–—")
    if not text:
        return ""
    ended = text if re.search(r"[.!?。！？”\"]$", text) else text + ("。" if zh else ".")
    return ended[0].upper() + ended[1:]


_ADDRESSED = re.compile(r"\b(?:you|your|yours|we|us|our|ours|let's|i'd)\b|\?", re.IGNORECASE)
_OF_SELF = re.compile(r"\b(?:i|my|me|myself|i'm|i've|i'll)\b", re.IGNORECASE)
_BARE_VERB_FOLLOWS = re.compile(
    r"\b(?:and|or|but)\s+(?:then\s+)?(?:" + "|".join(_VERBS) + r")\b", re.IGNORECASE
)
_IRREGULAR = {
    "am": "is",
    "have": "has",
    "do": "does",
    "don't": "does not",
    "haven't": "has not",
    "was": "was",
    "wasn't": "was not",
}


def in_third_person(text: str, sex: Sex) -> str | None:
    """``I've been coughing at night`` → ``Patient has been coughing at night``; None where that would need a guess."""
    if _ADDRESSED.search(text) or not _OF_SELF.search(text):
        return None
    if sex is Sex.UNKNOWN and len(_OF_SELF.findall(text)) > 2:
        # Without a pronoun "the patient" would stand in every clause.
        return None
    text, inflected = _verbs_turned(text)
    if re.search(r"(?<!@)\bi\b", text, re.I) or (inflected and _BARE_VERB_FOLLOWS.search(text)):
        return None
    he, his, him, himself = _PRONOUNS[sex]
    for word, third in (("me", him), ("my", his), ("myself", himself)):
        text = re.sub(rf"\b{word}\b", third, text, flags=re.I)
    if re.search(r"\bmine\b", text, re.I):
        return None
    text = text.replace("@I", "Patient", 1).replace("@I", he)
    return re.sub(r"(?<=\w\s)Patient\b", he if sex is not Sex.UNKNOWN else "the patient", text)


def _verbs_turned(text: str) -> tuple[str, bool]:
    """Each "I" with its verb as ``@I`` and the verb in the third person, and whether any verb got an ending."""
    inflected = False

    def after_i(match: re.Match[str]) -> str:
        nonlocal inflected
        adverb, verb = match.group("adverb") or "", match.group("verb").lower()
        if verb in _IRREGULAR:
            return f"@I {adverb}{_IRREGULAR[verb]}"
        if verb in _PASTS or (verb.endswith("ed") and verb != "need"):
            return f"@I {adverb}{verb}"
        if verb in _VERBS:
            inflected = True
            return f"@I {adverb}{_with_s(verb)}"
        return match.group()

    for short, whole in (("i'm", "@I is"), ("i've", "@I has"), ("i'll", "@I will")):
        text = re.sub(rf"\b{short}\b", whole, text, flags=re.I)
    text = re.sub(rf"\bi\s+(?P<adverb>(?:{_ADVERB}\s+)*)(?P<verb>[a-z']+)", after_i, text, flags=re.I)
    return text, inflected


def _with_s(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


_ASKS_FOR = re.compile(
    r"\b(?:(?:have|has) (?:you|he|she|there) (?:had|noticed|experienced|felt|been having|been feeling|been experiencing|got|seen|been)|"
    r"(?:do|did|does) (?:you|he|she) (?:have|get|feel|notice|experience|suffer from)|(?:are|were|is) (?:you|he|she) (?:having|feeling|getting|experiencing|noticing)|"
    r"(?:is|was|were|are) there|you (?:have|had|having)|no)\s+(?P<after>.+)|\bany\s+(?P<any>.+)",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"^(?:any\s+)?(?:(?:other|of those|new)\s+)?(?:symptoms?|signs?|things?|problems?|issues?)\s*(?:,\s*)?(?:like|such as)\s*,?\s*",
    re.I,
)
_TAIL = re.compile(
    r"[\s,]*\b(?:(?:or )?(?:anything|any of (?:that|those)|things|stuff)(?: else)?(?: (?:like|of) (?:that|those|sort))?|at all|or not|or no|or-?|is that right|"
    r"with (?:that|this|it)|that (?:kind|sort) of thing|and (?:things|stuff) like that)[\s,.?-]*$",
    re.I,
)
_ASKS_ZH = re.compile(
    r"(?:有没有|有无|是否有|是不是有|会不会|有过?)(?P<after>[^？?。]{1,40}?)(?:吗|么|呢|的?情况|这些症状|等症状|之类的?|什么的?|没有|没)?[？?。]?$"
)
_NO = re.compile(
    r"^(?:(?:um+|uh+|oh|well|so|okay|and)\s*,?\s*)*(?:no+|nope|nah|none|never|negative|not (?:really|at all|that i|as of|so far|right now|currently)|i (?:don't|do n't|haven't|have n't|didn't|did n't)|nothing)\b",
    re.I,
)
_YES = re.compile(
    r"^(?:(?:um+|uh+|oh|well)\s*,?\s*)*(?:yes|yeah|yep|yup|yea|i do|i have|i did|i am|correct|absolutely|definitely|mm-?hmm|uh-?huh)\b",
    re.I,
)
_NO_ZH = re.compile(r"^(?:嗯|呃|啊|哦)?[，,]?(?:没有|没|无|不(?!知|清楚|舒服|太|怎么|好)|从来没|都没|否)")
_YES_ZH = re.compile(r"^(?:嗯|呃|啊|哦)?[，,]?(?:有(?!时|点)|是的?|对|会的?)")
_BARE_NO = re.compile(
    r"^(?:no|nope|nah|none|never|nothing|negative)[\s,.!]*(?:(?:no|nope|sir|ma'am|doctor|nothing like that|none of that)[\s,.!]*)*$",
    re.I,
)
_PLAIN_NO_ZH = re.compile(r"^(?:没有|没|无|都没有|不)(?:的|过|了|啊|吧)?[，,。！!.]*$")
_TAKES_BACK = re.compile(
    r"\b(?:but|just|only|except|unless|though|although|however|sometimes|maybe|a little|a bit|other than|besides|well)\b|但|就是|只是|除了|有时|有点|偶尔",
    re.I,
)


@dataclass(frozen=True)
class Asked:
    """What a question and its answer say together. ``denied`` None: neither yes nor no, both are to be quoted."""

    finding: str
    denied: bool | None
    rest: str = ""
    """What the answer says beyond yes or no."""


def asked_and_answered(question: str, answer: str, *, zh: bool) -> Asked:
    """The finding asked about, and whether the answer denies it. A yes to a list is no yes to each of it."""
    finding = _finding(question, zh=zh)
    first, rest = _first_sentence(answer)
    says_no = bool((_NO_ZH if zh else _NO).search(first))
    says_yes = not says_no and bool((_YES_ZH if zh else _YES).search(first))
    if not finding:
        return Asked("", None)
    if says_no and not _TAKES_BACK.search(first):
        bare = (_PLAIN_NO_ZH if zh else _BARE_NO).match(first.strip())
        return Asked(finding, True, rest if bare else f"{first} {rest}".strip())
    if says_yes and not re.search(r"\bor\b|,|、|，|还是|或", finding):
        return Asked(finding, False, f"{first} {rest}".strip())
    return Asked(finding, None)


def _first_sentence(answer: str) -> tuple[str, str]:
    parts = re.split(r"(?<=[.!?。！？])\s*", answer.strip(), maxsplit=1)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _finding(question: str, *, zh: bool) -> str:
    if zh:
        found = _ASKS_ZH.search(question.strip())
        text = found.group("after").strip("，, ") if found else ""
        return "" if re.search(r"[你您我什么怎么多久哪]", text) else re.sub(r"或者|还是|或", "、", text)
    found = _ASKS_FOR.search(plain(question))
    if not found:
        return ""
    text = (found.group("after") or found.group("any") or "").strip(" ?.,")
    text = _LIKE.sub("", text)
    for _ in range(3):
        text = _TAIL.sub("", text).strip(" ?.,-")
    text = re.sub(
        r"\b(?:your|you know|like)\s+", "", re.sub(r"^(?:any|a|an)\s+", "", text, flags=re.I), flags=re.I
    )
    # "Denies issues, no feelings of harm" would deny the denial.
    text = re.sub(r"(?<=,\s)(?:no|any)\s+", "", text, flags=re.I)
    text = re.sub(r"\byourself\b", "self", text, flags=re.I)
    if (
        re.search(
            r"\b(?:you|i|we|me|question\w*|idea|else|anything|what|how|when|which|where|who)\b|\?", text, re.I
        )
        or not 3 < len(text) <= 180
    ):
        return ""
    return text


_UNITS = {
    w: i
    for i, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_SPOKEN = "|".join([*_UNITS, *_TENS, "hundred", "thousand", "and"])
_SPOKEN_MG = re.compile(
    rf"(?<![\w-])(?<!\bpoint\s)(?<!\boh\s)(?<!\d\s)((?:(?:{_SPOKEN})[\s-]+)+)(?:milligrams?|mg)\b|(\b\d+(?:\.\d+)?)\s+milligrams?\b",
    re.I,
)


def with_figures(text: str) -> str:
    """``forty milligrams`` → ``40 mg``, where the words can mean one number only; ``two fifty milligrams`` stays."""

    def one(match: re.Match[str]) -> str:
        if match.group(2):
            return f"{match.group(2)} mg"
        value = spoken_number(match.group(1))
        return match.group() if value is None else f"{value} mg"

    return _SPOKEN_MG.sub(one, text)


def spoken_number(words: str) -> int | None:
    """A cardinal in full words (``one hundred and twenty five``); None for digits read one after another."""
    total = current = 0
    last = "start"
    for word in re.split(r"[\s-]+", words.strip().lower()):
        if word in _UNITS and last in ("start", "hundred", "thousand", "tens", "and"):
            if last == "tens" and not 1 <= _UNITS[word] <= 9:
                return None
            current, last = current + _UNITS[word], "unit"
        elif word in _TENS and last in ("start", "hundred", "thousand", "and"):
            current, last = current + _TENS[word], "tens"
        elif word == "hundred" and last == "unit" and 1 <= current <= 19:
            current, last = current * 100, "hundred"
        elif word == "thousand" and last in ("unit", "tens", "hundred") and not total:
            total, current, last = current * 1000, 0, "thousand"
        elif word == "and" and last in ("hundred", "thousand"):
            last = "and"
        else:
            return None
    return total + current if last not in ("start", "and") else None
