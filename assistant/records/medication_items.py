"""The items of a sentence that names medicines: each name with the words that belong to it.

Owns where one medicine's words end and the next one's begin, brands in brackets, and list items whose name the formulary
does not know. Refuses to know what is done with a medicine beyond the verb written behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from assistant.records.dose_forms import DOSE, FREQUENCY, ROUTE
from assistant.records.medication_mentions import is_the_time_of_another
from assistant.records.medication_verbs import Verb, medication_verbs, trailing_verb
from assistant.records.no_medicine import is_no_medicine
from assistant.records.sections import Segment
from assistant.records.sentences import FORM_BEFORE_NAME
from assistant.records.text_spans import Span


class Mention(Protocol):
    """A medicine named in a text (the formulary's ``DrugMention``)."""

    @property
    def generic(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True)
class Name:
    """A medicine as written; ``generic`` is None where the formulary does not know it."""

    generic: str | None
    text: str
    start: int
    end: int


LISTS = {"home_medications", "discharge_medications", "discharge_orders", "orders"}


_BRACKETED = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")


ITEM_GLUE = re.compile(r"(?i)(?:\s|,|，|、|/|\+|&|\band\b|\bor\b|及|和|与|;|；|:|：)*$")


_ITEM_START = re.compile(
    r"(?:^|[;；|•\n]|(?<=[a-zA-Z\d)）]),\s|，|、)\s*(?:[-•*·–]\s*|\d{1,2}[.)、）]\s*)*(?P<item>[^;；|•\n]+)"
)


_DOSED = re.compile(
    r"^(?:[-•*·\s]|\d{1,2}[.)、）])*(?:(?:NEW|SAME|STOP|HOLD|CHANGED|CONTINUE|START)[:：]?\s+)?"
    rf"(?:{FORM_BEFORE_NAME}\.\s?)?"
    r"(?P<name>[A-Za-z][A-Za-z\-'/]{2,}(?:\s[A-Za-z\-+/]{2,}){0,3}?|(?:[A-Za-zα-ω][A-Za-zα-ω\d-]{0,9}\s?)?[一-鿿]{2,12}(?:片|胶囊|注射液|颗粒|滴丸|缓释片)?)\s*(?:[(（][^()（）]*[)）]\s*)?"
    r"(?=(?<=\s)(?:once |twice )?(?:[0-3](?:-[0-3]){2,3}(?!\d)|daily|od|bd|bid|tds|tid|qds|nocte|mane|qhs|prn|weekly|every \w+)(?![a-z])|\d+(?:[.,]\d+)*\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|u|iu|ml|puffs?|tabs?|caps?|drops?|%|[µμ]g|毫克|微克|克|片|粒|单位|丸|袋|支|喷|吸|滴|贴)(?:(?<=[一-鿿])|(?![a-z]))|\d+/\d+\s|\d+(?:\.\d+)?\s+(?:daily|od|bd|bid|tds|tid|qds|nocte|mane|qhs|prn|weekly)(?![a-z]))",
    re.IGNORECASE,
)


_HEADED = re.compile(
    r"^(?:[-•*·\s]|\d{1,2}[.)、）])*(?:STOP|HOLD|STOPPED|HELD|ON HOLD|CONTINUE|停用|暂停)[:：]?\s+"
    r"(?P<name>[A-Za-z][A-Za-z\-'/]{2,}(?:\s(?!until|when|if|restart|because|due|for|from|on|was|as|since|and)[A-Za-z\-+/]{1,}){0,3}|[一-鿿]{2,12})"
    r"(?=\s*(?:$|[-–—,;:.(]|until\b|when\b|if\b|restart\b|because\b|due\b))"
)


_NOT_A_NAME = re.compile(
    r"(?i)^(?:please|use|using|usual|all|any|no|not|do|avoid|restart\w*|resum\w*|taking|take|how|these|the|your|medications?|medicines?|new|same|stop|hold|cont\w*|increase\w*|reduce\w*|change\w*|then|and|with|from|to|until|for|take|give|start\w*|od|bd|wt|weight|lr|ns|fluids?|o2|oxygen|target|dose|total|max|weigh|walk|check|drink|eat|call|rest|wear|elevate|ice|apply|clean|wash|shower|return|exercise|stretch|measure|record|ring|phone|see|visit|may|can|extra|if|or|restart|resume|at|on|plus|iv|po|sc|up|down|"
    r"加至|减至|改为|至少|体重|共|复查|随餐|吸氧|起|每日|血压|肌酐|继续|口服|服用|规律|目标|控制|监测|饮[食水]|低[盐脂糖]|空腹|餐后|皮下|静脉|注射|予|给予|加用|若|如|避免|限)\b"
    r"|.*\b(?:mon|tues?|wed|thurs?|fri|sat|sun|clinic|appt|visit|review)$"
)


_FORM_LINE = re.compile(
    r"(?im)^(?:[-•*·–\s]|\d{1,2}[.)、）])*(?P<name>[A-Z][\w'-]*(?:\s[\w'%-]+){0,4}?\s(?:cream|ointment|gel|lotion|emollient|(?:eye |ear |nasal )?drops|(?:nasal )?spray|inhaler|mouthwash|shampoo|suppositories|pessaries|lozenges|patches)"
    r"|[一-鿿A-Za-z]{2,12}(?:片|胶囊|颗粒|丸|口服液|糖浆|软膏|乳膏|凝胶|滴眼液|喷雾剂|贴膏))\s*(?=$|[-–(（,;:，；]|(?:to|both|each|left|right|as|prn|bd|od|tds|qds|nocte|daily)\b)"
)
"""A line of the list with a form and no dose: ``Cavilon barrier cream``."""
_OF_A_MEDICINE = re.compile(
    r"(?:片|胶囊|颗粒|丸|口服液|糖浆|注射液|软膏|乳膏|滴眼液|喷雾剂|酯)\s*(?:[(（][^()（）]*[)）]\s*)?\d|\d\s?(?:mg|[µμ]g|U|IU|单位|毫克|微克|片|粒|袋|支)(?![A-Za-z])"
)
_OFTEN_ZH = re.compile(
    r"(?<![A-Za-z])(?:qd|bid|tid|qid|qn|qod|qw|q\d+h|prn)(?![A-Za-z])|每[日天晚周]|口服|睡前|皮下|外用|必要时"
)


def _may_be_medicine(segment: Segment, item: str) -> bool:
    """Chinese discharge orders tell of food and walks too: there an unknown name needs a medicine's form or unit."""
    if segment.section != "discharge_orders" or item.isascii():
        return True
    return bool(_OF_A_MEDICINE.search(item) and _OFTEN_ZH.search(item))


def with_unlisted(segment: Segment, sentence: Span, own: list[Name]) -> list[Name]:
    """Adds list items that have a dose and a name the formulary does not know."""
    if segment.section not in LISTS:
        return own
    mixed = segment.section == "discharge_orders"  # beside medicines it tells of walks and dressings
    found = list(own)
    masked = _BRACKETED.sub(lambda m: "\x00" * len(m.group()), sentence.text)
    for match in _ITEM_START.finditer(sentence.text):
        if masked[match.start("item")] == "\x00":
            continue  # `(dose reduced; was 100 micrograms)`
        begin = sentence.start + match.start("item")
        name = _DOSED.match(match["item"]) or _HEADED.match(match["item"])
        if name is None or _NOT_A_NAME.match(name["name"]) or not _may_be_medicine(segment, match["item"]):
            continue
        if mixed and not re.match(r"\s*\d", match["item"][name.end("name") :]):
            continue
        if is_no_medicine(name["name"], match["item"][name.end("name") :]):
            continue
        start, end = begin + name.start("name"), begin + name.end("name")
        item_end = begin + len(match["item"])
        if any(n.start < item_end and n.end > begin and n.start <= end for n in own):
            continue
        found.append(Name(None, name["name"], start, end))
    found += [
        n for n in _ended_names(sentence) if not any(o.start < n.end and n.start < o.end for o in found)
    ]
    if segment.section == "discharge_medications":
        for match in _FORM_LINE.finditer(sentence.text):
            start, end = sentence.start + match.start("name"), sentence.start + match.end("name")
            if not _NOT_A_NAME.match(match["name"]) and not any(
                n.start < end and start < n.end for n in found
            ):
                found.append(Name(None, match["name"], start, end))
    return sorted(found, key=lambda n: n.start)


_ENDS_HERE = re.compile(
    r"^[\s\-•*·]*(?:\d{1,2}[.)、）]\s?)?(?:停用|停药|停服|停|永久停用)(?:药物)?\s?[:：]\s*(?P<list>[^。；;:：\n]+)"
)
_A_NAME = re.compile(r"(?P<name>[一-鿿]{2,10})(?:\s?[(（][^()（）]*[)）])?(?:\d[^、，,]*)?")


def _ended_names(sentence: Span) -> list[Name]:
    """``停：扶他林、消肿草药、诺和锐30``: what a list of the ended names is a medicine, known or not."""
    listed = _ENDS_HERE.match(sentence.text)
    if listed is None:
        return []
    out, at = [], listed.start("list")
    for part in re.split(r"[、，,]", listed["list"]):
        lead = len(part) - len(part.lstrip())
        named = _A_NAME.fullmatch(part.strip())
        if named and not _NOT_A_NAME.match(named["name"]) and not is_no_medicine(named["name"], ""):
            start = sentence.start + at + lead
            out.append(Name(None, named["name"], start, start + len(named["name"])))
        at += len(part) + 1
    return out


@dataclass(frozen=True)
class Item:
    """One medicine of a sentence: ``tail`` are its words behind the name, up to the next medicine; ``end`` is where they end."""

    name: Name
    tail: str
    end: int
    own_verb: tuple[Verb, int] | None
    """The verb in the tail and where it stands there."""
    in_brackets: bool
    clause: int
    """Number of its clause in the sentence."""


@dataclass(frozen=True)
class MedicineSentence:
    """A sentence that names medicines; ``masked`` is its text with bracketed remarks blanked out."""

    span: Span
    masked: str
    items: tuple[Item, ...]
    following: tuple[Span, ...] = ()
    """The next sentence of the segment, and what else stands on the same line."""

    @property
    def text(self) -> str:
        return self.span.text

    def start(self, k: int) -> int:
        """Where the name of medicine ``k`` begins in the sentence."""
        return self.items[k].name.start - self.span.start

    def name_end(self, k: int) -> int:
        return self.items[k].name.end - self.span.start

    def before(self, k: int) -> str:
        return self.text[: self.start(k)]

    def before_list(self, k: int) -> str:
        """The words before the names that ``k`` is joined to: ``no aspirin, ibuprofen or naproxen``."""
        while k and ITEM_GLUE.fullmatch(self.between(k - 1, k)):
            k -= 1
        return self.before(k)

    def between(self, j: int, k: int) -> str:
        """The words from the name of medicine ``j`` to that of ``k``."""
        return self.text[self.name_end(j) : self.start(k)]


def medicine_sentence(sentence: Span, names: list[Name], following: tuple[Span, ...]) -> MedicineSentence:
    names = _without_aliases(sentence, names)
    masked = _BRACKETED.sub(lambda m: "\x00" * len(m.group()), sentence.text)
    items = tuple(_item(sentence, masked, names, k) for k in range(len(names)))
    return MedicineSentence(sentence, masked, items, following)


def _without_aliases(sentence: Span, names: list[Name]) -> list[Name]:
    """Drops a brand in brackets right after its generic: ``theophylline MR (Uniphyllin)``."""
    kept: list[Name] = []
    for name in names:
        last = kept[-1] if kept else None
        if last and name.generic and last.generic == name.generic:
            between = sentence.text[last.end - sentence.start : name.start - sentence.start]
            if (
                len(between) <= 16
                and re.search(r"[(（/]\s*$|^\s*$", between)
                and not re.search(r"\d", between)
            ):
                continue
        kept.append(name)
    return kept


def _clause(masked: str, at: int) -> int:
    ends = re.finditer(
        r"[;；|。]|\s/\s(?!\d)|(?<!\b[a-zA-Z]\.[a-zA-Z])\.\s|\d[.、)]\s?(?=[A-Za-z一-鿿])", masked
    )
    return sum(mark.end() <= at for mark in ends)


def _item(sentence: Span, masked: str, names: list[Name], k: int) -> Item:
    name = names[k]
    start = name.start - sentence.start
    after = name.end - sentence.start
    limit = names[k + 1].start - sentence.start if k + 1 < len(names) else len(sentence.text)
    cut = _item_end(masked[after:limit])
    end = after + cut if cut is not None else limit
    tail = sentence.text[after:end]
    if limit == end and k + 1 < len(names):
        tail = _NUMBER_OF_NEXT.sub("", _FORM_OF_NEXT.sub("", _TO_THE_NEXT.sub("", _before_next(tail))))
    in_brackets = "\x00" in masked[start:after]
    if in_brackets:
        close = re.search(r"[)）\]]", tail)
        tail = tail[: close.start()] if close else tail
    verb = None if is_the_time_of_another(sentence.text[:start], tail) else trailing_verb(tail)
    return Item(name, tail, name.end + len(tail), verb, in_brackets, _clause(masked, start))


_STATUS_COLUMN = re.compile(
    r"(?i)(?:dose\s+)?(?:new|withheld|held|on hold|hold|stopped|stop|discontinued|ceased|changed|reduced|increased|decreased|unchanged|same|"
    r"continued?|no change|started|paused|suspended|omit(?:ted)?)(?![\w-])|新增|新加|加用|停用|停|暂停|继续|不变|加量|减量|调整"
)


def _past_marks(masked: str, at: int) -> int:
    """``**NEW**``, ``--- WITHHELD``: what stands before a column's word."""
    found = re.compile(r"\s*[*_\[(-]{0,3}\s?").match(masked, at)
    return found.end() if found else at


_DOSING_COLUMN = re.compile(
    rf"{DOSE.pattern}|(?:{FREQUENCY.pattern.replace('(?i)', '')})|(?:{ROUTE.pattern.replace('(?i)', '')})",
    re.IGNORECASE,
)
"""``氯吡格雷片        75mg   每日1次``: dose, route and how often in columns of their own."""


def _item_end(masked: str) -> int | None:
    """Where a list item ends before its line does; a column that says what becomes of the medicine, or its dose, belongs to it."""
    for cut in re.finditer(
        r"[;；|]|\s/\s(?!\d)|(?<=[^\d])(?<!\b[a-zA-Z]\.[a-zA-Z])(?<!\b[tqTQ]\.[dD]\.[sS])(?<!\b(?-i:[A-Z]))[.、](?=\s)|\s{3,}",
        masked,
    ):
        if (cut.group().isspace() or cut.group() == "|") and (
            _STATUS_COLUMN.match(masked, _past_marks(masked, cut.end()))
            or _DOSING_COLUMN.match(masked, _past_marks(masked, cut.end()))
        ):
            continue
        return cut.start()
    return None


def _before_next(tail: str) -> str:
    """The tail without the connector and the verb that belong to the next medicine."""
    pattern, _ = medication_verbs()
    cut = len(tail)
    for match in re.finditer(
        r"[,，、&]|\+(?!\s?(?:months?|mo|weeks?|wks?|days?|years?|h)\b)|\band\b|\bthen\b|->|→|(?<!take )(?<!taken )(?<!given )(?<!used )\bwith\b|及|和|与|[(（]|。",
        tail,
    ):
        rest = tail[match.end() :]
        if is_the_time_of_another(rest, "") or (match.group() in "(（" and re.search(r"[)）]", rest)):
            continue
        bare = pattern.sub("", rest)
        if not re.search(r"\d", rest) and len(re.sub(r"[\s,，、:：-]", "", bare)) <= 12 and "(" not in bare:
            cut = match.start()
            break
    ordered = _ORDER_OF_NEXT.search(tail[:cut])
    return tail[: ordered.start() + 1] if ordered else tail[:cut]


_NUMBER_OF_NEXT = re.compile(r"[\s,，;；]+[(（]?\d{1,2}[.、．)）]\s*$")
"""``氨氯地平5mg 6.立普妥``: the number is of the next item."""
_FORM_OF_NEXT = re.compile(rf"[\s,;+-]+(?:\d{{1,2}}[.)]\s?)?{FORM_BEFORE_NAME}\.?\s*$")
"""``40 mg 0-1-0, T. Wysolone``: the form before the next name is not of this one."""
_TO_THE_NEXT = re.compile(r"(?<=[a-z]{4})\son\s+$")
"""``metformin, and an ulcer that bled on``: no `on` for at night."""
_ORDER_OF_NEXT = re.compile(
    r"(?i)(?<=[\w)])\s*\s[-–—]\s*(?:stop|hold|withhold|omit|pause|start|restart|resume|continue|increase|reduce|avoid)\s*$"
)
"""``tramadol 50 mg prn - stop codeine while taking this``: the order is of the codeine."""
