"""What a text says of each thing it names: denied, doubtful, planned, of a relative, in the past.

After ConText (Harkema et al., J Biomed Inform 2009): cues with a scope of their clause, carried over the commas of a list.
Where the end of a denial cannot be told, ``negated`` is None and bears out neither the finding nor its absence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from assistant.verification.terms import NEGATED_AFTER, NEGATION

_SCOPE_WORDS = 8
_BOUND = re.compile(
    r"[;；。！？!\n]|\?(?=\s|$)|(?<!\d)(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bProf)(?<!\bSt)(?<!\bvs)(?<!\bapprox)(?<!\b[A-Z])\.(?!\d)|(?<=\d)\.(?=\s|$)"
)
_BREAK = re.compile(
    r"[,，、()（）\[\]](?!\d{3}\b)|\s[-–—]\s(?!results? (?:awaited|pending|outstanding))|(?<!\d)[:：]|\b(?:but|while|whereas|although|however|then|and|(?<!lives )(?<!live )(?<!living )with(?!out|\s+(?:Dr|Prof)\b)|without|who|which)\b|但是?|而(?!且)|然后|并|伴|及|和"
)
_DOUBT = re.compile(
    r"\b(?:possibl[ey]|probabl[ey]|likely|presum\w+|suspect\w*|suspicio\w+|suggest\w*|query|considered|consider|"
    r"may(?! (?:shower|bathe|drive|eat|drink|walk|take|use|remove|resume|go|fly|exercise|swim)\b)|might|could|concern(?:ing|s)? for|differential|equivocal|questionable|uncertain|appears?|seems?)\b|(?<=\w)\?|疑似?|可能|考虑|待排|待查|倾向|不除外|不能排除",
    re.IGNORECASE,
)
_DOUBT_ALL = re.compile(r"may|might|could|consider|appear|seem|\?", re.IGNORECASE)
_PLAN = re.compile(
    r"\b(?:booked|schedul\w*|plan(?:s|ned|ning)?|await\w*|pending|outstanding|to be|to have|to come|is to|are to|will|shall|arrang\w*|request\w*|"
    r"refer(?:red|ral)?|recommend\w*|advis\w*|should|if|when|unless|due(?! to)|f/u|follow[- ]up|to (?:exclude|rule out|assess|check|review|start|stop|continue|see|confirm|take)|"
    r"return|come back|call|as (?:an )?(?:OP|outpatient)|rebook\w*|for review|consider|considered|propos\w*|restart at|review in|repeat in|clips? out|not yet|tomorrow|next (?:week|month|day)|in \d+(?:\s*(?:-|to)\s*\d+)? (?:days?|weeks?|months?|wks?|mo|years?)(?! of| history))\b"
    r"|拟|建议|计划|预约|待(?!查|排)|择期|复诊|随访|随诊|门诊|出院后|若|如(?!下|上|前)|复查(?!示|提示|:|：|[A-Za-z])",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:was|were|had|has been|have been|underwent|showed|shown|revealed|confirmed|completed|performed|done|given|received|removed|grew|found|excluded|saw|seen)\b|已|示|提示",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"\b(?:mother|father|brother|sister|son|daughter|family(?! doctor)|fhx|aunt|uncle|grand\w+|maternal|paternal|husband|wife|cousin|parents?)(?:'s)?\b"
    r"|母亲|父亲|父母|兄弟|哥哥|弟弟|姐姐|妹妹|儿子|女儿|家族|[其父母兄姐][父母兄]|妻子|丈夫|姑|舅|祖[父母]",
    re.IGNORECASE,
)
_SELF = re.compile(r"\b(?:pt|patient)(?:'s)?\b|患者|本人|孕妇|产妇|患儿", re.IGNORECASE)
_REPORTS = re.compile(
    r"^\s*(?:reports?|states?|says?|notes?|noticed|called|found|brought|代诉|诉|发现|陪|送)", re.IGNORECASE
)
_PAST = re.compile(
    r"\b(?:resolved|prev(?:ious(?:ly)?)?|former(?:ly)?|past|hx(?: of)?|history of|h/o|ex|remote|in (?:19|20)\d\d|(?:19|20)\d\d)\b|曾|既往|(?:19|20)\d\d年",
    re.IGNORECASE,
)
_NOW = re.compile(r"\b(?:now|currently|current|active|presently|has|have)\b|目前|现有|现患", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\b(?:not|never)\s+(?:(?:yet|be|been|being|to be|routinely|further)\s+)*[a-z]+(?:ed|en|wn|ne|nt|de|ven)\b|n't\s+(?:be|been)\b",
    re.IGNORECASE,
)
CUES = (_DOUBT, _PLAN, _KIN)
_LIST = re.compile(
    r"^\s*(?:(?:or|and|nor|any)\s+)?[A-Za-z'’/+-]+(?: [A-Za-z'’/+-]+){0,2}\s*$|^\s*[\u4e00-\u9fff]{1,8}$"
)


@dataclass(frozen=True)
class Status:
    """``negated`` None: the text leaves it open whether its denial reaches so far."""

    negated: bool | None = False
    doubtful: bool = False
    doubt_near: bool = False
    """The doubt is of this very thing."""
    planned: bool = False
    done: bool = False
    kin: bool = False
    past: bool = False
    now: bool = False


@dataclass(frozen=True)
class Clause:
    start: int
    end: int
    sentence: int
    text: str
    status: Status
    """Of the clause as a whole; a denial is told place by place (``Clauses.at``)."""
    denied_from: int | None
    denied_before: int | None
    open_denial: bool
    doubt_from: int | None = None
    doubt_to: int | None = None


def sentence_spans(text: str) -> list[tuple[int, int]]:
    return _cut(text, 0, len(text), _BOUND)


def clauses_of(text: str) -> list[Clause]:
    """The clauses of ``text`` in order, each with what its cues say."""
    found = _clauses(text)
    for number, clause in enumerate(found):
        for place in _denied_by(found, number):
            found[place] = replace(found[place], status=replace(found[place].status, negated=True))
        found[number] = replace(clause, status=found[number].status)
    return found


def _denied_by(found: list[Clause], number: int) -> list[int]:
    """Which clauses before it a closing denial reaches: the whole sentence, the head before a bracket, the rest of a pair."""
    clause = found[number]
    own = [n for n in range(number) if found[n].sentence == clause.sentence]
    if _DENIED_ALONE.fullmatch(clause.text.strip()):
        return [n for n in own if not _HAS.search(found[n].text)]
    if number - 2 in own and _DENIED_FIRST.match(clause.text):
        return [number - 2]
    pair = clause.denied_before is not None and clause.denied_from is None and _PAIR.match(clause.text)
    if number - 1 in own and pair:
        before = found[number - 1]
        if before.denied_from is None and not before.status.done and len(before.text.split()) <= 5:
            return [number - 1]
    return []


_HAS = re.compile(r"(?:^|[—–:：])\s*(?:有|可见|存在|has\b|shows?\b)", re.IGNORECASE)
_PAIR = re.compile(r"\s*(?:(?:and|or)\b|及|和)")
_DENIED_FIRST = re.compile(r"\s*(?:was |were )?(?:neg\b|negative|阴性)", re.IGNORECASE)
_DENIED_ALONE = re.compile(
    r"(?:已|现已|均已)?(?:排除|除外)|(?:now |since |all )?(?:excluded|ruled out)", re.IGNORECASE
)


def _clauses(text: str) -> list[Clause]:
    found: list[Clause] = []
    for number, (start, end) in enumerate(sentence_spans(text)):
        carried: str | None = None
        kin = False
        for a, b in _cut(text, start, end, _BREAK):
            part = text[a:b]
            clause, carried, kin = _clause(text, a, b, part, number, carried, kin)
            found.append(clause)
    return found


def status_at(clause: Clause, place: int) -> Status:
    """What the clause says of the thing that stands at ``place``."""
    base = clause.status
    negated: bool | None = base.negated
    if clause.denied_from is not None and place >= clause.denied_from:
        negated = True if _words(clause, clause.denied_from, place) < _SCOPE_WORDS else negated
    if clause.denied_before is not None and place < clause.denied_before:
        negated = True
    if negated is False and clause.open_denial:
        negated = None
    start = clause.doubt_from
    doubtful = (start is not None and place >= start) or (
        clause.doubt_to is not None and place < clause.doubt_to
    )
    near = start is not None and doubtful and _words(clause, start, place) < 3
    return replace(base, negated=negated, doubtful=doubtful, doubt_near=near)


def _words(clause: Clause, start: int, end: int) -> int:
    return len(
        re.findall(
            r"[A-Za-z][\w'-]+|[\u4e00-\u9fff]{2}",
            clause.text[start - clause.start : max(start, end) - clause.start],
        )
    )


def _clause(
    text: str, a: int, b: int, part: str, number: int, carried: str | None, kin: bool
) -> tuple[Clause, str | None, bool]:
    cue = NEGATION.search(part)
    after = NEGATED_AFTER.search(part) or _PASSIVE.search(part)
    doubt = _DOUBT.search(text[a : b + 1] if text[b : b + 1] == "?" else part)
    behind = doubt is not None and (
        bool(_DOUBT_ALL.match(doubt.group()))
        or len(re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]{2}", part[doubt.end() :])) < 2
    )
    sure = cue is None and (carried == "all" or (carried == "sure" and bool(_LIST.match(part))))
    unsure = carried == "unsure" and bool(_LIST.match(part)) and cue is None
    own_kin = _KIN.search(part)
    if _SELF.search(part):
        kin = False
    if own_kin and not _REPORTS.match(part[own_kin.end() :]):
        kin = True
    status = Status(
        negated=sure,
        doubtful=doubt is not None,
        planned=bool(_PLAN.search(part)),
        done=bool(_DONE.search(part)),
        kin=kin,
        past=bool(_PAST.search(part)),
        now=bool(_NOW.search(part)),
    )
    clause = Clause(
        a, b, number, part, status, a + cue.end() if cue else None, a + after.start() if after else None, unsure,
        a + doubt.start() if doubt else None, b if behind else None,
    )  # fmt: skip
    return (
        clause,
        _carry(part, cue, carried if (sure or unsure) else None, text[b:]),
        kin,
    )


def _carry(part: str, cue: re.Match[str] | None, carried: str | None, rest: str) -> str | None:
    """Whether a denial goes on behind this clause: over a list for certain, over a plain comma perhaps."""
    if cue is None:
        return carried
    word, at_end = cue.group().lower(), rest[:4]
    if re.match(r"\s*[:：]", at_end) and len(re.findall(r"\w+", part[cue.end() :])) <= 2:
        return "all"
    if not re.match(r"\s*(?:[,，、]|and\b|or\b|及|和)", at_end):
        return None
    if (
        word.startswith("deni")
        or word in ("否认", "negative for", "free of", "neither")
        or at_end.startswith("、")
    ):
        return "sure"
    listed = _BOUND.split(rest, maxsplit=1)[0]
    if re.search(r"\b(?:or|nor)\b|或", listed) and not re.search(r"\d", listed):
        return "sure"
    return "unsure"


def _cut(text: str, start: int, end: int, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    spans, at = [], start
    for match in pattern.finditer(text, start, end):
        # The breaking word itself opens the next clause, so that its cue ("with", "并") is not lost.
        stop = match.start()
        if text[at:stop].strip():
            spans.append((at, stop))
        at = match.end() if match.group().strip() in ",，、()（）[];；。.!?！？:：-–—\n" else match.start()
    if text[at:end].strip():
        spans.append((at, end))
    return spans
