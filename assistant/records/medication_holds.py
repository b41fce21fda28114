"""When a held medicine starts again.

Owns the restart criterion beside a hold, and the one written in another note ("criteria per endo"). Refuses to know whether a
medicine is held.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.record import MedicationAction, MedicationStatement
from assistant.records.medication_items import ITEM_GLUE, MedicineSentence, Name
from assistant.records.sections import Segment
from assistant.records.text_spans import inside

_RESTART = re.compile(
    r"(?i)\b(?:re-?start|resum(?:e|ption)|re-?visit|re-?introduc\w+|re-?commence|re-?instate|re-?challenge|until|till|once(?!\s(?:daily|nightly|weekly|monthly|only|a\b|per|every|each|in\b|at\b))|(?:if|when)(?!\s(?:needed|required|necessary))|review|reassess|recheck|to decide|decides?|only after|criteri\w+|unless)\b"
    r"|恢复|重启|复用|再用|再启|再吃|再服|再打|接着[吃服用打]|重新|待|若|如|复查|方可|评估"
)


_POINTER = re.compile(
    r"(?i)^\W*(?:see|per|as per|as|criteria|restart criteria|restart|resume|plan|advice|by|from|in|refer|according to|the|to)\b[\w\s,/.()'-]{0,60}$|见|按.{0,8}(?:意见|会诊)|同.{0,6}(?:意见|会诊)"
)


CONDITIONAL = re.compile(r"(?i)\b(?:if|when|once|until|unless|only)\b|若|如果|待")


def criterion(said: MedicineSentence, k: int) -> tuple[str | None, int]:
    """When held medicine ``k`` starts again, with all its clauses; and where in the chart the held item ends."""
    item = said.items[k]
    begin, limit = said.name_end(k), _held_until(said, k)
    text = said.text[begin:limit]
    cue = _RESTART.search(text)
    if cue is not None:
        behind = _THEN_ZH.search(
            text[: cue.end()]
        )  # `10/17复诊时稳定且CK正常，再恢复`: the clause before says when
        upto = behind.start() if behind else cue.start()
        start = max((m.end() for m in _BEFORE_CRITERION.finditer(text[:upto])), default=0)
        if _AND_IS_TO.search(text[start : cue.start()]):
            start = cue.start()
        condition = _criterion_text(text[start:])
        if condition:
            return condition, said.span.start + limit
    last = k == len(said.items) - 1
    if last and said.following and _RESTART_SENTENCE.match(said.following[0].text):
        return _criterion_text(said.following[0].text), item.end
    told = next((s for s in said.following if last and _SOMEONE_RESTARTS.search(s.text)), None)
    if told:
        return _criterion_text(told.text), item.end
    again = _ONLY_THEN_ZH.search(said.before(k))
    if again:
        return _criterion_text(re.split(r"停[用药服]?[,，]", again["when"])[-1]), item.end
    shared = _FOR_ALL_OF_THEM.search(said.before_list(k))
    return (shared["when"].strip() if shared else None), item.end


_THEN_ZH = re.compile(
    r"[,，]\s?(?:才|再|方可?|即可|可)(?:能|可)?(?:恢复|重启|重新|接着|继续|用|吃|服|打)[用服吃打]?$"
)
_AND_IS_TO = re.compile(r"(?i)\b(?:and|but)\s(?:(?:is|was|will|can|may|to|be|should|please)\s){0,4}$")
"""``held on admission and is to restart on 16/10``: the hold's own day is no criterion."""
_ONLY_THEN_ZH = re.compile(
    r"(?P<when>[^。；;:：\n]{4,60}?)[,，]?(?:才|再|方|可)(?:能|可)?(?:接着|恢复|继续|重新)(?:吃|服|用|打|口服)?\s?$"
)
"""``铁剂先别吃：21日查CRP<8再接着蛋白琥珀酸铁7.5ml``."""
_FOR_ALL_OF_THEM = re.compile(
    r"(?i)(?P<when>\b(?:until|till|pending|once|when|if)\b[^:：;.]{4,60}?|(?:待|至|直到)[^：:；。]{3,30}?)\s?[)）]?\s*[:：]\s*(?:\S+ )?$"
)
"""``Withheld until kidney function is rechecked: ramipril, metformin``."""
_BEFORE_CRITERION = re.compile(
    r"[:：;；,，(（]\s*|\s[-–—]+\s*|—+|\bHOLD\b|\bhold\b|\bheld\b|暂停",
)
_SOMEONE_RESTARTS = re.compile(
    r"(?i)\b(?:to|will|can|may|please) (?:be )?(?:re-?start|resum|re-?commenc|re-?introduc)\w*\b.*\b(?:if|when|once|after|only|unless|until|on|at)\b"
)
"""``WITHHELD. Dr Nguyen to restart when creatinine < 100``."""
_RESTART_SENTENCE = re.compile(
    r"(?i)\W*(?:re-?start|resume|re-?introduce|re-?commence|to restart|can restart|restarting|review|恢复|复查|待)"
    r"|[^。；;\n]*(?:[<>＜＞≤≥]|正常|稳定|愈合|达标|好转)[^。；;\n]*(?:才|再|方|后|可)(?:可|能)?(?:恢复|接着|继续|重新|吃|服|用|启用)",
)


_PASSED_OVER = re.compile(r"(?i)\b(?:post|after|following|since|with|on)\s*$")
"""``omit for 2 weeks post Ferinject then restart``: the medicine named is a mark in time."""


def _held_until(said: MedicineSentence, k: int) -> int:
    """Where the words about held medicine ``k`` end: at the next medicine that its criterion does not name."""
    item, begin = said.items[k], said.name_end(k)
    bracket = re.match(r"\s*[(（][^()（）]*[)）](?=\s*[,，;；、])", said.text[begin:])
    if bracket:
        return begin + bracket.end()  # `HELD: ramipril (restart by clinic), metformin (restart by GP)`
    for j in range(k + 1, len(said.items)):
        generic = said.items[j].name.generic
        if generic is not None and generic == item.name.generic:
            continue
        between = said.between(k, j)
        named = _RESTART.search(between) and CONDITIONAL.search(between)
        if _PASSED_OVER.search(between):
            continue
        if named and not re.search(r"[;；。|]", between):
            continue
        if ITEM_GLUE.fullmatch(between) and not re.search(r"[;；]", between):
            continue
        cut = max(between.rfind(c) for c in ";；,，.|。")
        return begin + cut if cut >= 0 else said.start(j)
    return len(said.text)


def _criterion_text(text: str) -> str | None:
    text = text.strip(" \t,，;；.。")
    if text.count(")") > text.count("("):
        text = text.rstrip(")").rstrip()
    if text.count("）") > text.count("（"):
        text = text.rstrip("）").rstrip()
    return text if len(text) >= 4 else None


def restart_of(text: str) -> str | None:
    """When a held medicine starts again, from the words beside it: ``until swallow normal, GP to review``."""
    cue = _NOT_BEFORE.search(text) or _RESTART.search(text)
    return _criterion_text(text[cue.start() :]) if cue else None


_NOT_BEFORE = re.compile(
    r"(?i)\b(?:do not|don't|not to|never|not) (?=(?:be )?(?:re-?start|resum|re-?commenc))"
)
"""``do not restart until ...`` without its first words would say to restart."""


_SAME_AS = re.compile(
    r"(?:条件|标准|指征|时机)?(?:同|[见按](?!效)|参[见照])[^，,；;。<>≥≤时后若]{0,10}(?:\d{1,2}[-/.月]\d{1,2}日?)?$"
)
"""``恢复条件同风湿科10/22``: the day is of the other entry."""


def _points_elsewhere(condition: str) -> bool:
    """``criteria per endo``, ``see renal note``: the criterion itself stands in another note."""
    if _SAME_AS.search(condition):
        return True
    has_rule = re.search(
        r"(?i)\b(?:if|when|once|until|after|unless)\b|(?<!-)[<>≥≤]|时|后|若|\d{1,2}[/.-]\d{1,2}|\d月\d|\d ?(?:days?|weeks?|months?|天|周)",
        condition,
    )
    return not has_rule and bool(_POINTER.search(condition))


def with_criteria(
    statements: list[MedicationStatement],
    segments: Sequence[Segment],
    names: Sequence[Name],
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
    segments: Sequence[Segment], names: Sequence[Name], struck: Sequence[tuple[int, int]]
) -> list[tuple[str, int, str]]:
    out = []
    for segment in segments:
        if segment.section in {"home_medications", "allergies", "family_history"}:
            continue
        own = [n for n in names if segment.span.start <= n.start < segment.span.end and n.generic]
        if not own:
            continue
        for sentence in segment.statements:
            if inside(struck, sentence.start):
                continue
            for name in own:
                if not sentence.start <= name.start < sentence.end:
                    continue
                if re.search(
                    r"(?i)\b(?:re-?start|resum|re-?visit|re-?introduc|re-?commenc)\w*|\b(?:stays?|keep|kept|remains?|leave) (?:off|on hold|held) until\b|恢复|重启|复用",
                    sentence.text,
                ) and re.search(
                    r"(?i)\b(?:if|when|once|until|after|only|unless)\b|(?<!-)[<>≥≤]|若|如|待|时|后",
                    sentence.text,
                ):
                    out.append((name.generic or "", sentence.start, sentence.text.strip(" .。")))
    return out
