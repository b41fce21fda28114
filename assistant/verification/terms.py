"""The words of a text that carry clinical content, each with its polarity, and what is done to which medicine.

Words are compared by stem (Snowball, English) or by character pairs (Chinese) after equal terms were brought under one
spelling (``equivalents.yaml``: abbreviations and plain-language equals). A word counts as negated inside the scope of a
negation cue, after NegEx (Chapman et al., J Biomed Inform 2001): from the cue to the end of its clause, six words at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assistant.verification.claims import split_clauses
from assistant.verification.facts import dates_in

_EQUIVALENTS = Path(__file__).with_name("equivalents.yaml")
_TOKEN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9+]*(?:[-'][A-Za-zÀ-ÿ0-9]+)*|[\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
NEGATION = re.compile(
    r"\b(?:no|not|nil|never|without|denie[sd]|deny|denying|negative for|absence of|absent|lacks?|lacked|lacking|lack of|excluded?|ruled out|rule out|"
    r"free of|neither|nor|none|cannot|can't|didn't|isn't|wasn't|don't|doesn't|unlikely|resolved)\b"
    r"|否认|未见|未(?!来)|无(?!力|菌|创|名)|没有|不(?!良|适|全|稳|足|规则|久|同|超过|少于|低于)|排除|阴性",
    re.IGNORECASE,
)
NEGATED_AFTER = re.compile(
    r"\b(?:excluded|ruled out|negative|absent|neg|lacking|declined|refused|cancelled|canceled|not (?:done|given|needed|seen|found|performed|sent|indicated|required|started|recommended|detected))\b|排除|阴性|取消|未行|作废|拒绝",
    re.IGNORECASE,
)
_SCOPE_WORDS = 6

ACTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("not", re.compile(r"\b(?:not|never|n't|avoid(?:ed)?|no)\s+(?:\w+\s+){0,2}(?:start|restart|giv|continu|resum|prescrib|us|tak)\w*|未予|未使?用|未给予|不用|勿用|避免", re.I)),
    ("cancel", re.compile(r"\bcancel\w*|取消|作废", re.I)),
    ("resume", re.compile(r"\b(?:resum|restart|re-?start|reinstat)\w*|恢复|重新(?:开始|使用)", re.I)),
    ("hold", re.compile(r"\b(?:held|hold(?:ing|s)?|withh[eo]ld\w*|paus\w+|suspend\w*)\b|暂停|暂缓", re.I)),
    ("stop", re.compile(r"\b(?:stop\w*|discontinu\w*|ceas\w*|withdrawn|d/c'?d|dc'?d)\b|停用|停药|停(?!留|止|车)|停止", re.I)),
    ("increase", re.compile(r"\b(?:increas|up-?titrat|rais|escalat|doubl)\w*|加量|增至|加至|增加", re.I)),
    ("decrease", re.compile(r"\b(?:reduc|decreas|lower|wean|taper|down-?titrat|halv)\w*|减量|减至|减少", re.I)),
    ("switch", re.compile(r"\b(?:switch|chang|replac|convert)\w*|改(?!变|善|良|期)|换用|替换", re.I)),
    ("continue", re.compile(r"\b(?:continu\w*|unchanged|ongoing|same|remains? on|carry on)\b|继续|同前|不变", re.I)),
    ("start", re.compile(r"\b(?:start|commenc|began|begun|begin|initiat|add(?:ed|ing)?|new)\w*|开始|加用|予|给予|启用|新增", re.I)),
    ("give", re.compile(r"\b(?:giv|gave|receiv|treat|administer|load|tak|took|prescrib|us(?:ed|ing)|on)\w*\b|使用|应用|治疗|口服|服用|静滴", re.I)),
)  # fmt: skip
_AGAINST = {"not", "cancel", "hold", "stop"}

NARRATIVE = frozenset(
    """
    a about after again against all also am an and any are around as at be because been before being below between both but by
    can could did do does doing down due during each few for from further had has have having he her here hers him his how i if
    in into is it its itself just later me more most my no nor not now of off on once only or other our out over own per same
    she should so some such than that the their them then there these they this those through to too under until up upon very
    was we were what when where which while who why will with within without would you your yours
    patient pt man woman gentleman lady mr mrs ms miss he's she's year years old aged day days week weeks month months
    admitted admission admit presented presentation present presenting discharge discharged hospital stay ward clinic
    treated treatment treat received receive given give started start commenced stopped stop held hold continued continue
    continues resumed restarted restart changed change switched reduced increased replaced managed management showed shown show shows
    found finding findings revealed confirmed noted seen reported report recorded record documented including included
    following followed follow next then thereafter subsequently later initially initial course home mg
    dose medication medicine medications medicines drug tablet daily twice once times morning evening night
    well good better improved improving improvement improve stable remained remains remain became
    underwent undergo performed done carried made was-given recommended advised suggested planned plan plans arranged
    due secondary because cause caused history known previous previously prior also however therefore
    test tests result results level levels normal value values measured result's
    use used using take taken takes help helps need needs needed important should may might must
    first second third new old last current currently today
    """.split()
)
_NARRATIVE_ZH = frozenset(
    "的了和及与在于为是有并后前予给行经示见对将被以至者其该因由此及其患者病人住院入院出院治疗后时日年月天次于给予进行显示考虑期间目前开始继续复查"
)


_FUNCTION_ZH = frozenset("的了和及与在于为是有并因由此等将被以其而至")


@dataclass(frozen=True)
class Term:
    stem: str
    word: str
    negated: bool


@dataclass(frozen=True)
class DrugAction:
    """``action`` (a key of the table above) done to ``drug`` (generic name)."""

    drug: str
    action: str


@cache
def _equivalents() -> tuple[re.Pattern[str], dict[str, str], dict[str, str]]:
    """One pattern of all equal terms, longest first; exact spellings and case-folded ones → the spelling compared under."""
    rows = yaml.safe_load(_EQUIVALENTS.read_text(encoding="utf-8"))["equal"]
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    for one, *others in rows:
        for term in (one, *others):
            # "CAP" and "US" are abbreviations, "cap" and "us" are words; "Mg" is magnesium, "mg" is not.
            if (term.isupper() and len(term) <= 4) or (term[0].isupper() and len(term) <= 2):
                exact.setdefault(term, one)
            else:
                folded.setdefault(term.lower(), one)
    terms = sorted({*exact, *folded}, key=len, reverse=True)
    parts = [
        re.escape(t) if _HAN.search(t) else rf"(?<![A-Za-z0-9]){re.escape(t)}(?![A-Za-z0-9])" for t in terms
    ]
    return re.compile("|".join(parts), re.IGNORECASE), exact, folded


@cache
def _stemmer() -> object:
    import Stemmer

    return Stemmer.Stemmer("english")


@cache
def stem(word: str) -> str:
    return str(_stemmer().stemWord(word.lower().removesuffix("'s")))  # type: ignore[attr-defined]


def canonical(text: str) -> str:
    """``text`` with every known equal term under one spelling; offsets are not kept."""
    pattern, exact, folded = _equivalents()

    def one(match: re.Match[str]) -> str:
        word = match.group()
        same = exact.get(word) or folded.get(word.lower())
        # Chinese needs no blanks between words; the English spelling that replaces it does.
        return f" {same} " if same and _HAN.search(word) else same or word

    return pattern.sub(one, text)


def terms_in(text: str) -> list[Term]:
    """Content words (English) and character pairs (Chinese), in order, each with its polarity; equal terms as one."""
    return terms_in_as_written(canonical(text))


def terms_in_as_written(text: str) -> list[Term]:
    """Like :func:`terms_in`, abbreviations and synonyms left as they are."""
    found: list[Term] = []
    for date in reversed(dates_in(text)):
        text = text[: date.start] + " " + text[date.end :]
    for clause in split_clauses(text):
        after = NEGATED_AFTER.search(clause)
        cues = [m.end() for m in NEGATION.finditer(clause)]
        masked = clause
        for pattern in (NEGATION, *(p for _, p in ACTIONS)):
            masked = pattern.sub(
                lambda m: " " * len(m.group()) if _HAN.search(m.group()) else m.group(), masked
            )
        for token in _TOKEN.finditer(masked):
            before = [c for c in cues if c <= token.start()]
            near = any(len(_TOKEN.findall(clause[c : token.start()])) < _SCOPE_WORDS for c in before)
            negated = near or (after is not None and token.end() <= after.start())
            found.extend(_terms_of(token.group(), negated))
    return found


def _terms_of(word: str, negated: bool) -> list[Term]:
    if _HAN.match(word):
        pairs = [word[i : i + 2] for i in range(len(word) - 1)]
        return [
            Term(p, p, negated)
            for p in pairs
            if not all(c in _NARRATIVE_ZH for c in p) and not any(c in _FUNCTION_ZH for c in p)
        ]
    parts = [p for p in re.split(r"-", word) if p]
    return [
        Term(stem(p), p, negated)
        for p in parts
        if len(p) > 1 and p.lower() not in NARRATIVE and not NEGATION.fullmatch(p)
    ]


def actions_in(text: str, drugs: list[tuple[str, int, int]]) -> list[DrugAction]:
    """What the text does with each drug in it; ``drugs`` are (generic, start, end) in ``text``.

    An action belongs to every drug of its clause up to the next action word; list lines (``STOP: a, b``) belong to
    the label that opens them.
    """
    found: list[DrugAction] = []
    marks = sorted(
        ((m.start(), m.end(), name) for name, pattern in ACTIONS for m in pattern.finditer(text)),
        key=lambda m: (m[0], -m[1]),
    )
    kept: list[tuple[int, int, str]] = []
    for mark in marks:
        if not kept or mark[0] >= kept[-1][1]:
            kept.append(mark)
    for generic, start, end in drugs:
        action = _action_of(text, start, end, kept)
        if action:
            found.append(DrugAction(generic, action))
    return found


def _action_of(text: str, start: int, end: int, marks: list[tuple[int, int, str]]) -> str | None:
    stops = r"[;。；\n]|\.(?!\d)"
    before = [m for m in marks if m[1] <= start and not re.search(stops, text[m[1] : start])]
    after = [
        m
        for m in marks
        if m[0] >= end and not re.search(r"[,;。，；、\n]|\.(?!\d)|\band\b", text[end : m[0]])
    ]
    passive = after and re.match(
        r"\s*(?:[\w./%-]+\s+){0,5}?(?:was|were|is|are|be|been|has|had|被|已)?\s*(?:\w+\s+)?$",
        text[end : after[0][0]],
    )
    if after and (passive or not before):
        return after[0][2]
    return before[-1][2] if before else None


def against(action: str) -> bool:
    """True for actions by which the patient ends up without the medicine."""
    return action in _AGAINST
