"""Medicine statements of a chart: which medicine, what is done with it, and the words of the order.

Owns how drug mentions, verbs and dosing make one statement, from prose, lists, drug charts and discharge orders.
Refuses to know which drugs exist (the formulary's) and to reconcile statements with each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.dose_text import Dosing, masked_brackets, read_dosing
from assistant.records.sections import Segment
from assistant.records.text_spans import Span, inside


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


Verb = Literal["avoid", "hold", "stop", "change", "continue", "start", "takes"]


class _VerbRow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    action: Verb
    words: list[str]


@cache
def _verbs() -> tuple[re.Pattern[str], dict[str, Verb]]:
    raw = yaml.safe_load(Path(__file__).with_name("medication_actions.yaml").read_text(encoding="utf-8"))
    rows = TypeAdapter(list[_VerbRow]).validate_python(raw)
    table: dict[str, Verb] = {}
    for row in rows:
        for word in row.words:
            table.setdefault(word.casefold(), row.action)
    han = re.compile(r"[一-鿿]")
    parts = [
        re.escape(w) if han.search(w) else rf"(?<![\w/-]){re.escape(w)}(?![\w-])"
        for w in sorted(table, key=len, reverse=True)
    ]
    return re.compile("|".join(parts), re.IGNORECASE), table


@dataclass(frozen=True)
class _Name:
    generic: str | None
    text: str
    start: int
    end: int


_HOME = {"home_medications", "past_medical_history"}
_LISTS = {"home_medications", "discharge_medications", "discharge_orders", "orders"}
_DISCHARGE = {"discharge_medications", "discharge_orders", "condition_at_discharge"}
_SKIPPED = {
    "results",
    "imaging",
    "allergies",
    "family_history",
    "pending",
    "vitals",
    "review_of_systems",
    "examination",
    "code_status",
    "disposition",
    "chief_complaint",
}
_STORY = {"history_of_present_illness", "admission", "social_history", "header"}
_BRACKETED = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")
_LAST_WORD = re.compile(r"\b(NEW|SAME|CHANGED|STOPPED|HELD|CONTINUED?|UNCHANGED)\W*$")
_MARKED = re.compile(
    r"(?i)(?<=\s)?[(（\[]\s?(new|changed|increased|reduced|unchanged|stopped|continued|新增|新加|新|加量|减量|不变|停用)\s?(?:[)）\],，;；]|\bfrom\b)"
)
_AMOUNT_NEXT = re.compile(r"(?i)\s*\d[\d.,]*\s?(?:mg|mcg|micro\w*|µg|μg|g|units?|ml|puffs?|片|毫克)(?![a-z])")
_LATER = re.compile(
    r"(?i)\b(?:re-?start|resume|recommence)\b.*\b(?:if|when|once|after|on|at|in|until|unless|from)\b|(?:若|如|待|时|后).{0,20}恢复|恢复.{0,12}(?:若|如|待|时)"
)
_RESTART = re.compile(
    r"(?i)\b(?:re-?start|resum(?:e|ption)|re-?visit|re-?introduc\w+|re-?commence|re-?instate|re-?challenge|until|till|once|if|when|review|reassess|only after|criteri\w+|unless)\b"
    r"|恢复|重启|复用|再用|再启|重新|待|若|如|复查|方可|评估"
)
_POINTER = re.compile(
    r"(?i)^\W*(?:see|per|as per|as|criteria|restart criteria|restart|resume|plan|advice|by|from|in|refer|according to|the|to)\b[\w\s,/.()'-]{0,60}$|见|按.{0,8}(?:意见|会诊)|同.{0,6}(?:意见|会诊)"
)
_CONDITIONAL = re.compile(r"(?i)\b(?:if|when|once|until|unless|only)\b|若|如果|待")
_SWITCH = re.compile(
    r"(?i)\s*[^,;，；\d]{0,12}(?:->|→|=>|改为|改用|换为|换用|换成|(?:was |were )?(?:changed|switched|converted|swapped) to|replaced (?:by|with))\s*(?:口服)?$"
)
_SWITCH_FROM = re.compile(r"(?i)\b(?:switch|chang|convert|swap)\w*\s+(?:from\s+)?$")
_ITEM_GLUE = re.compile(r"(?i)(?:\s|,|，|、|/|\+|&|\band\b|\bor\b|及|和|与|;|；|:|：)*$")
_NOT_ORDER_AFTER = re.compile(
    r"(?i)^[\s-]*(?:levels?|toxicity|overdose|allerg\w*|interaction|induced|related|associated|resistan\w*|sensitiv\w*|sensitivity|pen teach|teach|teaching|"
    r"technique|education|card|score|test|clearance|antibod\w*|replacement technique|sens\b|浓度|中毒|过敏|抵抗|耐药|敏感|试验|皮试)"
)
_NOT_ORDER_BEFORE = re.compile(
    r"(?i)(?:\bno|\bnot on|\bnot|\bnever|\bwithout|\bsens(?:itive)?(?: to)?|\bresist(?:ant)?(?: to)?|\ballerg\w* to|\bleftover|\bhas taken|\btook|\bused to take|\btried|\bprevious(?:ly)?(?: on)?|\bagainst|\bre|\bvs|\bversus|\bor other|\blike|\bin place of|\bavoid\w*|"
    r"不用|勿|禁|避免|未用|对|非|无|未服|未服用|忌)\s*$"
)
_REPLACED = re.compile(
    r"(?i)(?:replac(?:es|ing|ed)|instead of|in place of|switch(?:ed)? from|chang(?:ed)? from|convert(?:ed)? from|substitut\w+ for|swapped from|替代|代替|取代|替换)\W*$"
)


def read_medications(
    segments: Sequence[Segment],
    mentions: Sequence[Mention],
    document_id: str,
    struck: Sequence[tuple[int, int]] = (),
) -> list[MedicationStatement]:
    """Statements in the order of the chart; struck ranges give none."""
    names = [_Name(m.generic, m.text, m.start, m.end) for m in mentions]
    out: list[MedicationStatement] = []
    at = 0
    for segment in segments:
        while at < len(names) and names[at].start < segment.span.start:
            at += 1
        stop = at
        while stop < len(names) and names[stop].end <= segment.span.end:
            stop += 1
        if segment.section not in _SKIPPED:
            out += _segment_statements(segment, names[at:stop], document_id, struck)
        at = stop
    return _with_criteria(out, segments, names, struck)


def _segment_statements(
    segment: Segment, names: Sequence[_Name], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[MedicationStatement]:
    out: list[MedicationStatement] = []
    default = _label_verb(segment.label)
    sentences = segment.sentences
    for index, sentence in enumerate(sentences):
        if inside(struck, sentence.start):
            continue
        following = sentences[index + 1] if index + 1 < len(sentences) else None
        if segment.section in _LISTS and _heading_verb(sentence):
            default = _heading_verb(sentence)
        own = [n for n in names if sentence.start <= n.start and n.end <= sentence.end]
        own = _with_unknown(segment, sentence, own)
        if own:
            verb = (_line_verb(sentence) if segment.section in _LISTS else None) or default
            out += _sentence_statements(segment, sentence, own, verb, following, document_id)
    return out


def _line_verb(sentence: Span) -> Verb | None:
    """The verb that heads a line of a list and governs all of it: ``STOP   aspirin, alendronate``, ``停用 a;b``."""
    pattern, table = _verbs()
    bare = re.match(r"[\s\-•*·]*(?:on\s+(?=hold))?", sentence.text, re.IGNORECASE)
    match = pattern.match(sentence.text, bare.end() if bare else 0)
    if match is None or not re.match(
        r"\s*[:：]|\s{2,}|[ \u3000](?=[A-Za-z一-鿿])", sentence.text[match.end() :]
    ):
        return None
    word = match.group()
    if word.isascii() and not (word[0].isupper()):
        return None
    verb = table[word.casefold()]
    return None if verb in {"takes", "avoid"} else verb


def _label_verb(label: str) -> Verb | None:
    pattern, table = _verbs()
    label = re.sub(r"(?i)\s+(?:how you )?(?:taking|take)\b.*$", "", label.strip(" :：.-*"))
    match = pattern.fullmatch(label.casefold()) if label else None
    if match:
        return table[match.group().casefold()]
    match = pattern.match(label.strip().casefold()) if re.search(r"(?i)med|药", label) else None
    return table[match.group().casefold()] if match else None


def _heading_verb(sentence: Span) -> Verb | None:
    """A line such as ``Stopped:`` or ``CHANGED MEDICATIONS`` heads the lines under it."""
    bare = sentence.text.strip(" :：*#-=【】[]")
    if len(bare) > 40:
        return None
    words = re.sub(
        r"(?i)\b(?:medications?|medicines?|meds?|home|the following|taking|these)\b|药物|用药|药", "", bare
    ).strip(" :：")
    return _label_verb(words) if words else None


_ITEM_START = re.compile(
    r"(?:^|[;；|•\n]|(?<=[a-zA-Z\d)）]),\s|，|、)\s*(?:[-•*·–]\s*|\d{1,2}[.)、）]\s*)*(?P<item>[^;；|•\n]+)"
)
_UNKNOWN = re.compile(
    r"^(?:[-•*·\s]|\d{1,2}[.)、）])*(?:(?:NEW|SAME|STOP|HOLD|CHANGED|CONTINUE|START)[:：]?\s+)?"
    r"(?P<name>[A-Za-z][A-Za-z\-'/]{2,}(?:\s[A-Za-z\-+/]{2,}){0,3}?|[一-鿿]{2,12}(?:片|胶囊|注射液|颗粒|滴丸|缓释片)?)\s*(?:\([^)]*\)\s*)?"
    r"(?=(?<=\s)(?:once |twice )?(?:daily|od|bd|bid|tds|tid|qds|nocte|mane|qhs|prn|weekly|every \w+)(?![a-z])|\d+(?:[.,]\d+)*\s?(?:mg|mcg|micrograms?|g|units?|u|iu|ml|puffs?|tabs?|caps?|drops?|%|毫克|微克|克|片|粒|单位)(?![a-z])|\d+/\d+\s)",
    re.IGNORECASE,
)
_HEADED = re.compile(
    r"^(?:[-•*·\s]|\d{1,2}[.)、）])*(?:STOP|HOLD|STOPPED|HELD|ON HOLD|CONTINUE|停用|暂停)[:：]?\s+"
    r"(?P<name>[A-Za-z][A-Za-z\-'/]{2,}(?:\s(?!until|when|if|restart|because|due|for|from|on|was|as|since|and)[A-Za-z\-+/]{1,}){0,3}|[一-鿿]{2,12})"
    r"(?=\s*(?:$|[-–—,;:.(]|until\b|when\b|if\b|restart\b|because\b|due\b))"
)
_NOT_A_NAME = re.compile(
    r"(?i)^(?:taking|take|how|these|the|your|medications?|medicines?|new|same|stop|hold|cont\w*|increase\w*|reduce\w*|change\w*|then|and|with|from|to|until|for|take|give|start\w*|od|bd|wt|weight|lr|ns|fluids?|o2|oxygen|target|dose|total|max|restart|resume|at|on|plus|iv|po|sc|up|down|"
    r"加至|减至|改为|至少|体重|共|复查|随餐|吸氧|起|每日|血压|肌酐)\b"
)


def _with_unknown(segment: Segment, sentence: Span, own: list[_Name]) -> list[_Name]:
    """Adds list items that have a dose and a name the formulary does not know."""
    if segment.section not in _LISTS or segment.section == "discharge_orders":
        return own
    found = list(own)
    for match in _ITEM_START.finditer(sentence.text):
        begin = sentence.start + match.start("item")
        name = _UNKNOWN.match(match["item"]) or _HEADED.match(match["item"])
        if name is None or _NOT_A_NAME.match(name["name"]):
            continue
        start, end = begin + name.start("name"), begin + name.end("name")
        item_end = begin + len(match["item"])
        if any(n.start < item_end and n.end > begin and n.start <= end for n in own):
            continue
        found.append(_Name(None, name["name"], start, end))
    return sorted(found, key=lambda n: n.start)


@dataclass(frozen=True)
class _Item:
    name: _Name
    tail: str
    end: int
    own_verb: tuple[Verb, int] | None
    in_brackets: bool


def _sentence_statements(
    segment: Segment,
    sentence: Span,
    names: list[_Name],
    default: Verb | None,
    following: Span | None,
    document_id: str,
) -> list[MedicationStatement]:
    names = _without_aliases(sentence, names)
    masked = _BRACKETED.sub(lambda m: "\x00" * len(m.group()), sentence.text)
    items = [_item(sentence, masked, names, k) for k in range(len(names))]
    clause_of = [_clause_index(masked, n.start - sentence.start) for n in names]
    verbs: list[Verb | None] = []
    for k in range(len(items)):
        verbs.append(_verb_for(sentence, masked, items, clause_of, k, default))
    out = []
    for k in range(len(items)):
        statement = _statement(segment, sentence, items, k, verbs[k], following, document_id)
        if statement is not None:
            out.append(statement)
    return out


def _without_aliases(sentence: Span, names: list[_Name]) -> list[_Name]:
    """Drops a brand in brackets right after its generic: ``theophylline MR (Uniphyllin)``."""
    kept: list[_Name] = []
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


def _clause_index(masked: str, at: int) -> int:
    return len(re.findall(r"[;；|。]|\s/\s|\.\s|\d[.、)]\s?(?=[A-Za-z一-鿿])", masked[:at]))


def _item(sentence: Span, masked: str, names: list[_Name], k: int) -> _Item:
    name = names[k]
    start = name.start - sentence.start
    after = name.end - sentence.start
    limit = names[k + 1].start - sentence.start if k + 1 < len(names) else len(sentence.text)
    cut = _item_end(masked[after:limit])
    end = after + cut if cut is not None else limit
    tail = sentence.text[after:end]
    if limit == end and k + 1 < len(names):
        tail = _before_next(tail)
    in_brackets = "\x00" in masked[start:after]
    if in_brackets:
        close = re.search(r"[)）\]]", tail)
        tail = tail[: close.start()] if close else tail
    return _Item(name, tail, name.end + len(tail), _trailing_verb(tail), in_brackets)


_STATUS_COLUMN = re.compile(
    r"(?i)(?:dose\s+)?(?:new|withheld|held|on hold|hold|stopped|stop|discontinued|ceased|changed|reduced|increased|decreased|unchanged|same|"
    r"continued?|no change|started|paused|suspended|omit(?:ted)?)(?![\w-])|新增|新加|加用|停用|停|暂停|继续|不变|加量|减量|调整"
)


def _item_end(masked: str) -> int | None:
    """Where a list item ends before its line does; a column that says what becomes of the medicine belongs to it."""
    for cut in re.finditer(r"[;；|]|\s/\s|(?<=[^\d])[.、](?=\s)|\s{3,}", masked):
        if cut.group().isspace() and _STATUS_COLUMN.match(masked, cut.end()):
            continue
        return cut.start()
    return None


def _before_next(tail: str) -> str:
    """The tail without the connector and the verb that belong to the next medicine."""
    pattern, _ = _verbs()
    cut = len(tail)
    for match in re.finditer(r"[,，、+&]|\band\b|\bthen\b|->|→|\bwith\b|及|和|与|[(（]|。", tail):
        rest = tail[match.end() :]
        bare = pattern.sub("", rest)
        if not re.search(r"\d", rest) and len(re.sub(r"[\s,，、:：-]", "", bare)) <= 12 and "(" not in bare:
            cut = match.start()
            break
    return tail[:cut]


def _trailing_verb(tail: str) -> tuple[Verb, int] | None:
    """The verb said of the medicine behind it, as in ``lisinopril 10 mg resumed`` or ``缬沙坦暂停``."""
    pattern, table = _verbs()
    text = masked_brackets(tail)
    last = _LAST_WORD.search(text)
    if last:
        return table[last[1].casefold()], last.start()
    later = _LATER.search(text)
    if later:
        text = text[: later.start()]
    text = re.sub(
        r"(?i)(?:then|and then|,|and)\s+(?:stop|off|hold)\b|\b(?:until|till|til)\b[^,;]*|\bhold (?:if|for)\b.*|\bstop (?:if|on|after)\b.*|\d+\s?天(?:后)?[,，]?停|(?:[吃服用]完|后)即?停|停(?=$)(?<=\d停)",
        lambda m: " " * len(m.group()),
        text,
    )
    marked = _MARKED.search(tail)
    if marked:
        return table[marked[1].casefold()], marked.start()
    for match in pattern.finditer(text):
        verb = table[match.group().casefold()]
        between = text[: match.start()]
        if match.group().casefold() in {"up to", "down to"} and not _AMOUNT_NEXT.match(text, match.end()):
            continue
        modal = re.search(
            r"(?i)\b(?:if|when|once|may|can|should|in case|and|then|(?<!to be )to)\s*$|若|如", between
        )
        if verb == "takes" or modal:
            continue
        if match.start() > 60 or re.search(r"[。]", between):
            return None
        if re.search(r"(?i)[,，]\s*\w", between) and match.start() > 45:
            return None
        nested = re.search(r"[,，]\s*(?P<word>[^,，]*)$", between)
        if nested and len(nested["word"].split()) > 4:
            return None
        return verb, match.start()
    return None


def _verb_for(
    sentence: Span,
    masked: str,
    items: list[_Item],
    clause_of: list[int],
    k: int,
    default: Verb | None,
) -> Verb | None:
    item = items[k]
    start = item.name.start - sentence.start
    if item.in_brackets:
        inside = sentence.text[:start]
        return "stop" if _replaced(inside) or (k and _replaced_list(sentence, items, k)) else None
    if _replaced(sentence.text[:start]) or (k and _replaced_list(sentence, items, k)):
        return "stop"
    if k + 1 < len(items):
        between = sentence.text[item.name.end - sentence.start : items[k + 1].name.start - sentence.start]
        arrow = _SWITCH.fullmatch(between) or (
            _SWITCH_FROM.search(sentence.text[:start]) and re.fullmatch(r"(?i)[^;.]{0,30}\bto\s+", between)
        )
    else:
        arrow = None
    if arrow:
        return "stop"
    if k and item.own_verb is None:
        before = sentence.text[items[k - 1].name.end - sentence.start : start]
        if _SWITCH.fullmatch(before) or (
            _SWITCH_FROM.search(sentence.text[: items[k - 1].name.start - sentence.start])
            and re.fullmatch(r"(?i)[^;.]{0,30}\bto\s+", before)
        ):
            return "start"
    lead = _leading_verb(masked, items, k, sentence)
    if (
        lead is None
        and default in {"hold", "stop"}
        and item.own_verb
        and re.match(r"(?i)re-?start|resum|recommenc|恢复", item.tail[item.own_verb[1] :])
    ):
        return default
    if (
        (lead or default) == "stop"
        and item.own_verb
        and re.match(
            r"(?i)(?:do not|don't|not to|never) (?:re-?start|resume)|不再恢复|勿恢复",
            item.tail[item.own_verb[1] :],
        )
    ):
        return "stop"
    if item.own_verb and not (
        lead in {"hold", "stop"}
        and item.own_verb[0] in {"continue", "start", "change"}
        and _first_after(masked, start)
    ):
        return item.own_verb[0]
    if lead is not None:
        return lead
    for j in range(k + 1, len(items)):
        if clause_of[j] != clause_of[k]:
            break
        between = masked[
            items[j - 1].name.end - sentence.start + len(items[j - 1].tail) : items[j].name.start
            - sentence.start
        ]
        if not _ITEM_GLUE.fullmatch(between):
            break
        verb = items[j].own_verb
        if verb is not None:
            if verb[0] in {"start", "change"} and items[k].tail.strip(" ,，"):
                break
            return verb[0]
        if re.search(r"\d", items[j].tail):
            break
    return default


def _first_after(masked: str, start: int) -> bool:
    """Whether a hold or stop stands right before the medicine: ``HOLD x - restart when ...`` stays a hold."""
    pattern, table = _verbs()
    found = list(pattern.finditer(masked[:start]))
    match = found[-1] if found else None
    return (
        match is not None
        and table[match.group().casefold()] in {"hold", "stop"}
        and not re.search(r"[\w一-鿿]", masked[match.end() : start])
    )


def _replaced(before: str) -> bool:
    return bool(_REPLACED.search(before))


def _replaced_list(sentence: Span, items: list[_Item], k: int) -> bool:
    first = items[k - 1]
    before = sentence.text[: first.name.start - sentence.start]
    between = sentence.text[first.name.end - sentence.start : items[k].name.start - sentence.start]
    return _replaced(before) and bool(re.fullmatch(r"(?i)\s*(?:and|&|,|/|和|及|、)\s*", between))


def _leading_verb(masked: str, items: list[_Item], k: int, sentence: Span) -> Verb | None:
    """The nearest verb before the medicine that still governs it."""
    pattern, table = _verbs()
    start = items[k].name.start - sentence.start
    begin = 0
    for mark in re.finditer(r"[;；|。]|\.\s|\s/\s|\s{3,}|\d[.、)]\s?(?=[A-Za-z一-鿿])", masked[:start]):
        begin = mark.end()
    window = masked[begin:start]
    last = None
    for match in pattern.finditer(window):
        last = match
    if last is None:
        return None
    verb = table[last.group().casefold()]
    # A verb said of an earlier medicine behind it does not govern this one, nor does one a sentence away.
    for item in items[:k]:
        if item.own_verb is not None:
            at = item.name.end - sentence.start + item.own_verb[1] - begin
            if at <= last.start() < at + 30 and last.start() - at < 2:
                return None
    between = window[last.end() :]
    names_between = [i for i in items[:k] if i.name.start - sentence.start >= begin + last.end()]
    plain = between
    for item in names_between:
        plain = plain.replace(item.name.text, " ")
    words = re.findall(
        r"[A-Za-z]{3,}|[一-鿿]",
        re.sub(r"\d\S*|\b(?:mg|mcg|daily|units?|nocte|prn|bid|tds|qds)\b", " ", plain),
    )
    limit = 4 if not names_between else 5 + 3 * len(names_between)
    if verb == "takes":
        limit = 3
    return verb if len(words) <= limit else None


def _statement(
    segment: Segment,
    sentence: Span,
    items: list[_Item],
    k: int,
    verb: Verb | None,
    following: Span | None,
    document_id: str,
) -> MedicationStatement | None:
    item = items[k]
    name = item.name
    start = name.start - sentence.start
    before = sentence.text[:start]
    if verb == "avoid" or _NOT_ORDER_AFTER.match(item.tail):
        return None
    if verb not in {"stop", "hold"} and (_NOT_ORDER_BEFORE.search(before) or _denied_list(before)):
        return None
    if item.in_brackets and verb != "stop":
        return None
    if (
        k
        and _CONDITIONAL.search(before[items[0].name.end - sentence.start :].rpartition(";")[2])
        and read_dosing(item.tail).dose is None
    ):
        return None
    dosing = read_dosing(item.tail)
    if segment.section == "discharge_orders" and _is_advice(before, item, dosing, verb):
        return None
    phase = _phase(segment, verb, dosing)
    proposed = segment.section not in _LISTS and bool(_PROPOSAL.search(before))
    if proposed and phase is MedicationPhase.HOME:
        phase = MedicationPhase.INPATIENT
    if phase is None:
        return None
    if verb == "takes" and phase is MedicationPhase.INPATIENT and dosing.dose is None:
        return None
    action = {"stop": MedicationAction.STOP, "hold": MedicationAction.HOLD}.get(
        verb or "", MedicationAction.TAKE
    )
    end = item.end
    condition = None
    if action is MedicationAction.HOLD:
        condition, end = _criterion(sentence, items, k, following)
    place_end = max(end, name.end)
    place = Span(sentence.start, sentence.end, sentence.text).sub(
        start, min(place_end, sentence.end) - sentence.start
    )
    held_dose = dosing
    if action is not MedicationAction.TAKE and not (dosing.dose and _dose_is_own(item.tail, dosing)):
        held_dose = replace(dosing, dose=None, frequency=None, route=None, duration=None)
    if action is MedicationAction.STOP:
        held_dose = replace(held_dose, duration=None)
    return MedicationStatement(
        name=name.text,
        phase=phase,
        action=action,
        place=place.place(document_id),
        generic=name.generic,
        dose=held_dose.dose,
        route=held_dose.route,
        frequency=held_dose.frequency,
        duration=held_dose.duration,
        reason=_reason(item, verb, before),
        condition=condition,
        previous_dose=dosing.previous_dose if action is MedicationAction.TAKE else None,
        date=segment.note.date[:10] if segment.note.date else None,
        change="proposed" if proposed else _change(verb, phase, segment, dosing),
    )


_PROPOSAL = re.compile(
    r"(?i)\b(?:protocol|pathway|prompt|pre-?printed|order set|template|proforma|guideline|algorithm|care bundle|sheet)\b[^:：;。]{0,40}[:：]"
    r"|(?:常规|拟定|拟用|规范|指南|路径|模板|套餐)[^:：。;；]{0,8}[:：]"
)
"""What a protocol or a draft names is not what the patient takes."""


def _denied_list(before: str) -> bool:
    return bool(
        re.search(
            r"(?i)\b(?:no|not|never|avoid|without)\b(?:\s\w+){0,2}[\s,]*(?:or|/|,)\s*$|(?:不用|勿用|禁用|避免)[^,，;；。]{0,10}[/、或]\s*$",
            before,
        )
    )


def _is_advice(before: str, item: _Item, dosing: Dosing, verb: Verb | None) -> bool:
    return (
        verb is None
        and dosing.dose is None
        and dosing.frequency is None
        and bool(re.search(r"(?i)\b(?:with|while|on)\s*$|服\s*$", before))
    )


_INPATIENT_WORDS = re.compile(r"(?i)\b(?:ED|given|stat|in ED|EMS|bolus|loaded)\b")


def _phase(segment: Segment, verb: Verb | None, dosing: Dosing) -> MedicationPhase | None:
    section, note = segment.section, segment.note
    if section in _HOME:
        return MedicationPhase.HOME
    if section in _DISCHARGE or (
        note.discharge
        and section in {"plan", "orders", "progress", "assessment", "hospital_course", "home_medications"}
    ):
        if section not in _LISTS and verb is None and dosing.dose is None:
            return None
        return MedicationPhase.DISCHARGE
    if section in {"instructions", "follow_up"}:
        return None
    if section in _STORY:
        if verb in {"takes", "continue"} or (verb is None and dosing.dose and dosing.frequency):
            return MedicationPhase.HOME
        return MedicationPhase.INPATIENT if verb in {"start", "stop", "hold", "change"} else None
    if section == "orders":
        return MedicationPhase.INPATIENT
    return MedicationPhase.INPATIENT if verb is not None or dosing.dose else None


def _change(verb: Verb | None, phase: MedicationPhase, segment: Segment, dosing: Dosing) -> str | None:
    if verb == "start":
        return "new"
    if verb == "change" or (dosing.previous_dose and phase is not MedicationPhase.HOME):
        return "changed"
    if verb == "continue":
        return "continued"
    if segment.section == "plan" and re.search(r"(?i)propos|suggest|拟|建议|方案", segment.label):
        return "proposed"
    return None


def _dose_is_own(tail: str, dosing: Dosing) -> bool:
    """Whether the dose stands right behind the name, not in a restart order or an old-dose remark."""
    at = tail.find(dosing.dose or "")
    return 0 <= at <= 12 and not re.search(r"(?i)restart|resume|恢复|[-–—:：(（]", tail[:at])


_NO_REASON = re.compile(
    r"(?i)^(?:\d|then|see|per|criteria|from|was|max|day|total|restart|resume|since|until|baseline|target|目标|见|至|U-?\d)"
)


def _reason(item: _Item, verb: Verb | None, before: str) -> str | None:
    tail = item.tail
    bracket = re.search(r"[(（]([^()（）]{2,80})[)）]", tail)
    if bracket and bracket.start() <= 45 and not _NO_REASON.match(bracket[1]):
        brand = bracket[1][0].isupper() and bracket.start() <= 12 and " " not in bracket[1] and verb is None
        if not brand:
            return bracket[1].strip()
    cause = re.search(
        r"(?i)\b(?:because(?: of)?|due to|d/t|secondary to|given|in view of|owing to|as (?=he|she|pt|patient))\s*([^,;.()]{3,80})",
        tail,
    )
    if cause:
        return cause[1].strip()
    purpose = re.search(r"(?i)\bfor\s+(?!\d|a\s|\w+\s(?:days?|weeks?|months?)\b)([^,;.()\d]{3,50})", tail)
    if purpose:
        return purpose[1].strip()
    if verb in {"stop", "hold"}:
        dash = re.search(r"\s[-–—]{1,2}\s(?!re-?start|resume|not to|until|do not)([^,;.()]{3,80})", tail)
        if dash and not re.match(r"(?i)(?:stop|hold|held|restart|resume)", dash[1]):
            return dash[1].strip()
    return None


def _criterion(sentence: Span, items: list[_Item], k: int, following: Span | None) -> tuple[str | None, int]:
    """When a held medicine starts again, with all its clauses; and where the held item ends."""
    item = items[k]
    begin = item.name.end - sentence.start
    limit = len(sentence.text)
    for other in items[k + 1 :]:
        same = other.name.generic is not None and other.name.generic == item.name.generic
        if not same:
            so_far = sentence.text[begin : other.name.start - sentence.start]
            if _RESTART.search(so_far) and _CONDITIONAL.search(so_far) and not re.search(r"[;；。|]", so_far):
                continue
            glue = sentence.text[begin : other.name.start - sentence.start]
            if _ITEM_GLUE.fullmatch(glue) and not re.search(r"[;；]", glue):
                continue
            limit = other.name.start - sentence.start
            head = sentence.text[begin:limit]
            cut = max(head.rfind(c) for c in ";；,，.|。")
            limit = begin + cut if cut >= 0 else limit
            break
    text = sentence.text[begin:limit]
    cue = _RESTART.search(text)
    if cue is not None:
        start = max(
            (
                m.end()
                for m in re.finditer(
                    r"[:：;；,，(（]\s*|\s[-–—]+\s*|—+|\bHOLD\b|\bhold\b|\bheld\b|暂停", text[: cue.start()]
                )
            ),
            default=0,
        )
        condition = _criterion_text(text[start:])
        if condition:
            return condition, sentence.start + limit
    if (
        following is not None
        and re.match(
            r"(?i)\W*(?:re-?start|resume|re-?introduce|re-?commence|to restart|can restart|restarting|review|恢复|复查|待)",
            following.text,
        )
        and k == len(items) - 1
    ):
        return _criterion_text(following.text), item.end
    return None, item.end


def _criterion_text(text: str) -> str | None:
    text = text.strip(" \t,，;；.。")
    if text.count(")") > text.count("("):
        text = text.rstrip(")").rstrip()
    if text.count("）") > text.count("（"):
        text = text.rstrip("）").rstrip()
    return text if len(text) >= 4 else None


def reads_as_hold(text: str) -> bool:
    """Whether words of a list say that the medicine is held."""
    return _first_verb(text) == "hold"


def reads_as_stop(text: str) -> bool:
    """Whether words of a list say that the medicine is stopped, or not to be taken."""
    return _first_verb(text) in {"stop", "avoid"}


def _first_verb(text: str) -> Verb | None:
    pattern, table = _verbs()
    match = pattern.search(text)
    return table[match.group().casefold()] if match else None


def restart_of(text: str) -> str | None:
    """When a held medicine starts again, from the words beside it: ``until swallow normal, GP to review``."""
    cue = _RESTART.search(text)
    return _criterion_text(text[cue.start() :]) if cue else None


def _points_elsewhere(condition: str) -> bool:
    """``criteria per endo``, ``see renal note``: the criterion itself stands in another note."""
    has_rule = re.search(r"(?i)\b(?:if|when|once|until|after|unless)\b|(?<!-)[<>≥≤]|时|后|若", condition)
    return not has_rule and bool(_POINTER.search(condition))


def _with_criteria(
    statements: list[MedicationStatement],
    segments: Sequence[Segment],
    names: Sequence[_Name],
    struck: Sequence[tuple[int, int]],
) -> list[MedicationStatement]:
    """Gives each hold that only points to another note (``criteria per endo``) the criterion written there."""
    said: dict[str, list[tuple[int, str]]] = {}
    for s in statements:
        if s.generic and s.condition and not _points_elsewhere(s.condition):
            said.setdefault(s.generic, []).append((s.place.start, s.condition))
    wanted = {s.generic for s in statements if s.action is MedicationAction.HOLD and s.generic} - said.keys()
    if wanted:
        for generic, place, text in _restart_sentences(segments, names, struck):
            if generic in wanted:
                said.setdefault(generic, []).append((place, text))
    out = []
    for s in statements:
        known = said.get(s.generic or "")
        if (
            s.action is MedicationAction.HOLD
            and known
            and (s.condition is None or _points_elsewhere(s.condition))
        ):
            s = replace(s, condition=known[-1][1])
        out.append(s)
    return out


def _restart_sentences(
    segments: Sequence[Segment], names: Sequence[_Name], struck: Sequence[tuple[int, int]]
) -> list[tuple[str, int, str]]:
    out = []
    for segment in segments:
        if segment.section in {"home_medications", "allergies", "family_history"}:
            continue
        own = [n for n in names if segment.span.start <= n.start < segment.span.end and n.generic]
        if not own:
            continue
        for sentence in segment.sentences:
            if inside(struck, sentence.start):
                continue
            for name in own:
                if not sentence.start <= name.start < sentence.end:
                    continue
                if re.search(
                    r"(?i)\b(?:re-?start|resum|re-?visit|re-?introduc|re-?commenc)\w*|恢复|重启|复用",
                    sentence.text,
                ) and re.search(
                    r"(?i)\b(?:if|when|once|until|after|only|unless)\b|(?<!-)[<>≥≤]|若|如|待|时|后",
                    sentence.text,
                ):
                    out.append((name.generic or "", sentence.start, sentence.text.strip(" .。")))
    return out
