"""Conversations between a clinician and a patient: a text with speaker labels → turns, each at its exact place.

Owns speaker labels in the ways people and transcription tools write them, English and Chinese. Refuses to know what was
said: no fact is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Speaker(StrEnum):
    CLINICIAN = "clinician"
    PATIENT = "patient"
    RELATIVE = "relative"
    OTHER = "other"


@dataclass(frozen=True)
class DialogueTurn:
    """What one speaker said; ``text`` is characters ``start:end`` of the document, without the label."""

    number: int
    speaker: Speaker
    label: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Dialogue:
    turns: tuple[DialogueTurn, ...]
    language: str
    inferred: bool = False
    """True where the labels do not say who is the clinician (``Speaker 1``) and the words had to."""


_ROLES: tuple[tuple[Speaker, str], ...] = (
    (Speaker.RELATIVE, r"(?:patient|pt)[_-]\w+|(?:(?:patient|pt)['’]?s?\s+)?(?:guest[ _]?\w*|family(?: member)?|mother|father|mum|mom|dad|parent|wife|husband|"
                       r"partner|spouse|son|daughter|sister|brother|car(?:er|egiver)|relative|guardian)"
                       r"|家属|家长|母亲|父亲|妈妈|爸爸|妻子|丈夫|女儿|儿子|陪护|患者家属|病人家属"),
    (Speaker.CLINICIAN, r"doctors?|docs?|dr|d|physician|clinician|provider|gp|consultant|practitioner|nurse practitioner|md|specialist|"
                        r"surgeon|registrar|resident|therapist|psychiatrist|interviewer|医生|大夫|医师|主任|问诊者|医"),
    (Speaker.PATIENT, r"patients?|pt|p|client|caller|患者|病人|患|病患|咨询者|患儿"),
    (Speaker.OTHER, r"nurse|rn|assistant|interpreter|pharmacist|midwife|receptionist|student|护士|药师|翻译|导诊"),
    (Speaker.OTHER, r"(?:speaker|spk|person|voice|说话人|发言人)[ _-]*[a-d\d]{1,2}"),
)  # fmt: skip
_NAMED = r"(?:dr|doctor|prof|professor|nurse|mr|mrs|ms|miss)\.?\s+[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?"
_TIME = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?(?:\s*(?:-->|[-–])\s*\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)?[\])]?\s*[-–]?\s*)"
_WORD = "|".join(pattern for _, pattern in _ROLES)
_EXTRA = r"(?:\s*[(（][^()（）\n]{1,30}[)）])?"
_LABEL = re.compile(
    rf"^[ \t>]*(?:[-*•]\s+)?{_TIME}?(?:"
    rf"[\[<【]\s*(?:v\s+)?(?P<boxed>{_WORD}|{_NAMED}){_EXTRA}\s*[\]>】]\s*[:：]?"
    rf"|(?:\*\*|__)?(?P<plain>{_WORD}|{_NAMED}){_EXTRA}\s*{_TIME}?(?:\*\*|__)?\s*[:：](?:\*\*|__)?"
    rf"|(?P<dashed>doctor|dr|physician|clinician|patient|pt|医生|患者|病人)\s+[-–—](?=\s)"
    r")[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = re.compile(
    rf"(?<=[.!?。！？…\s])(?:\[\s*(?P<boxed>{_WORD})\s*\]\s*[:：]?|(?P<plain>doctor|dr|patient|pt|physician|clinician|nurse|医生|大夫|患者|病人|家属)\s*[:：])[ \t]*",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ASKS = re.compile(
    r"\?|？|\b(?:any|do you|have you|are you|how (?:long|often|much|are you)|your (?:blood|heart|lungs|medication)|examin\w*|prescri\w*|"
    r"i(?:'m| am) going to (?:order|prescribe|refer|check)|let me (?:take a look|listen))\b|吗|哪里不舒服|有没有|多久|检查一下|开(?:点|些)?药",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:i(?:'ve| have)? (?:been|had|got|feel|felt|took|take|noticed)|my (?:\w+ )?(?:hurts?|pain|stomach|head|chest|back|knee|throat)|it hurts|"
    r"doctor)\b|我(?:感觉|觉得|有点|最近|一直)|疼|难受",
    re.IGNORECASE,
)
MIN_TURNS = 2


def read_dialogue(text: str) -> Dialogue | None:
    """The conversation in ``text``; None where it has no two turns of two speakers, as in an ordinary chart."""
    marks = _marks(text, _LABEL)
    if len(marks) < MIN_TURNS or _inline_rules(text, marks):
        marks = sorted({m[0]: m for m in (*_marks(text, _INLINE), *marks)}.values())
    turns: list[DialogueTurn] = []
    for index, (_, opened, label) in enumerate(marks):
        closed = marks[index + 1][0] if index + 1 < len(marks) else len(text)
        start, end = _trimmed(text, opened, closed)
        if end > start:
            turns.append(DialogueTurn(len(turns) + 1, _speaker(label), label, text[start:end], start, end))
    if len(turns) < MIN_TURNS or len({t.label.casefold() for t in turns}) < 2:
        return None
    inferred = not any(t.speaker is Speaker.CLINICIAN for t in turns)
    if inferred:
        turns = _inferred(turns)
    if not {Speaker.CLINICIAN} < {t.speaker for t in turns}:
        return None
    language = "zh" if len(_HAN.findall(text)) * 3 > len(text) - text.count(" ") else "en"
    return Dialogue(tuple(turns), language, inferred)


def _marks(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int, str]]:
    """(start of the label, start of what is said, label), in order."""
    return [(m.start(), m.end(), next(g for g in m.groups() if g).strip()) for m in pattern.finditer(text)]


def _inline_rules(text: str, marks: Sequence[tuple[int, int, str]]) -> bool:
    """True where most labels stand inside lines: the whole conversation was pasted as one paragraph."""
    return len(_marks(text, _INLINE)) > 2 * len(marks)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _speaker(label: str) -> Speaker:
    plain = re.sub(r"\s+", " ", label).strip().casefold()
    for speaker, pattern in _ROLES:
        if re.fullmatch(pattern, plain, re.IGNORECASE):
            return speaker
    if re.match(r"(?:dr|doctor|prof)", plain):
        return Speaker.CLINICIAN
    return Speaker.OTHER if plain.startswith("nurse") else Speaker.PATIENT


def _inferred(turns: Sequence[DialogueTurn]) -> list[DialogueTurn]:
    """Of unnamed speakers, the one who asks and examines most, per word, is the clinician; the others are the patient."""
    scores: dict[str, float] = {}
    for label in dict.fromkeys(t.label for t in turns):
        said = " ".join(t.text for t in turns if t.label == label)
        size = len(said.split()) + len(_HAN.findall(said)) or 1
        scores[label] = (len(_ASKS.findall(said)) - len(_TELLS.findall(said))) / size
    clinician = max(scores, key=lambda label: scores[label])
    return [
        replace(t, speaker=Speaker.CLINICIAN if t.label == clinician else Speaker.PATIENT)
        if t.speaker is Speaker.OTHER and len(scores) == 2
        else t
        for t in turns
    ]


_SPOKEN_END = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|(?<=[。！？…；])[”’」』）)]*\s*|\n+")
_ABBREVIATED = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|St|vs|e\.g|i\.e)|\b[A-Z]|\b\d+)\s?\.$")


_DIGIT = r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|hundred|\d+)"
_SPOKEN_POINT = re.compile(rf"\b{_DIGIT}\s?\.\s+{_DIGIT}\b", re.IGNORECASE)
"""A recogniser's "one hundred . four" is a decimal, not the end of a sentence."""


def spoken_sentences(turn: DialogueTurn) -> Iterator[tuple[str, int, int]]:
    """The turn's sentences as (text, start, end) in the document."""
    cursor = 0
    cuts = [
        (m.start(), m.end())
        for m in _SPOKEN_END.finditer(turn.text)
        if not _ABBREVIATED.search(turn.text[: m.start()])
    ]
    cuts = [c for c in cuts if not _SPOKEN_POINT.search(turn.text[max(0, c[0] - 12) : c[1] + 12])]
    for stop, following in [*cuts, (len(turn.text), len(turn.text))]:
        start, end = _trimmed(turn.text, cursor, stop)
        if end > start:
            yield turn.text[start:end], turn.start + start, turn.start + end
        cursor = following
