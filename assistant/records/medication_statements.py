"""One medicine of a sentence with its action and dosing → a MedicationStatement.

Owns phase, change, reason and which doses are the medicine's own. Refuses to know which verb governs it and which mentions are
no order (``medication_orders``).
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.domain.record import MedicationAction, MedicationPhase, MedicationStatement
from assistant.records.dose_forms import HOW_OFTEN
from assistant.records.dose_text import Dosing, read_dosing
from assistant.records.medication_advice import later_stop, without_advice
from assistant.records.medication_holds import criterion
from assistant.records.medication_items import ITEM_GLUE, LISTS, Item, MedicineSentence
from assistant.records.medication_mentions import is_forbidden, is_planned, taken_at_home
from assistant.records.medication_orders import HOME, STORY, is_order
from assistant.records.medication_verbs import Verb
from assistant.records.sections import Segment

_DISCHARGE = {"discharge_medications", "discharge_orders", "condition_at_discharge"}
COURSE = {"condition_at_discharge", "hospital_course", "progress", "assessment"}
"""Where a discharge summary tells of the stay."""
_ONE_DOSE = re.compile(r"(?i)(?:once|twice|stat)(?: on| only)?|(?:one|two|single) doses?")
"""``haloperidol 0.5 mg twice on 2/12``: doses given, no regimen."""
_BEGUN_ON = re.compile(r"(?i)\bfrom (?:\d{1,2}[/.](?:0?[1-9]|1[0-2])(?![\d/]|\.\d)|day \d)")
"""``fidaxomicin 200 mg bd from 7/10``: begun on a day of the stay."""
_IN_A_VEIN = re.compile(r"(?i)iv|i\.v\.|ivi|静滴|静脉滴注|静脉注射|静注|静推|泵入")


def statement_of(
    segment: Segment, said: MedicineSentence, k: int, verb: Verb | None, document_id: str
) -> MedicationStatement | None:
    """The statement of medicine ``k``, or None where the words are no order: a level, an allergy, a mere mention."""
    item, before = said.items[k], said.before(k)
    dosing = _of_insulin(item, _with_bare_dose(read_dosing(item.tail), segment, item))
    verb = _verb_meant(segment, said, k, verb)
    forbidden = verb == "avoid" and (segment.section in _DISCHARGE or segment.note.discharge)
    if forbidden and segment.section not in {"instructions", "follow_up"}:
        verb = "stop"  # `NOT to take: ibuprofen`: of a home medicine it says that it ends
    if not is_order(segment, said, k, verb, dosing):
        return None
    proposed = segment.section not in LISTS and bool(_PROPOSAL.search(before))
    phase = _phase_told(segment, verb, dosing, before, item.tail, proposed=proposed)
    if phase is None:
        return None
    action = _ACTIONS.get(verb or "", MedicationAction.TAKE)
    if (
        action is MedicationAction.TAKE
        and phase is MedicationPhase.DISCHARGE
        and _NOT_YET.search(without_advice(item.tail))
    ):
        action = MedicationAction.HOLD
    condition, end = criterion(said, k) if action is MedicationAction.HOLD else (None, item.end)
    stated = _stated_dosing(item, dosing, action)
    last = min(max(end, item.name.end), said.span.end)
    return MedicationStatement(
        name=item.name.text,
        phase=phase,
        action=action,
        place=said.span.sub(said.start(k), last - said.span.start).place(document_id),
        generic=item.name.generic,
        dose=stated.dose,
        route=stated.route,
        frequency=stated.frequency,
        duration=stated.duration,
        reason=_reason(item, verb, before),
        condition=condition,
        previous_dose=dosing.previous_dose if action is MedicationAction.TAKE else None,
        date=segment.note.date[:10] if segment.note.date else None,
        change="forbidden"
        if forbidden
        else "proposed"
        if proposed
        else (
            "continued"
            if verb is None and _NEXT_DUE.match(item.tail)
            else _change(verb, phase, segment, dosing, item.tail)
        ),
    )


_PARTS_ALONE = re.compile(
    r"\s*(?:三餐前?|餐前|早中晚)?\s*(?P<dose>\d{1,2}(?:[-–/、]\d{1,2}){2,3})(?![\d.月日号])"
)


def _of_insulin(item: Item, dosing: Dosing) -> Dosing:
    """``诺和锐8-8-6餐前``: of insulin, three or four bare figures are the units of the meals."""
    insulin = "insulin" in (item.name.generic or "")
    alone = _PARTS_ALONE.match(item.tail) if insulin and dosing.dose is None else None
    return replace(dosing, dose=alone["dose"], end=max(dosing.end, alone.end())) if alone else dosing


_BARE_DOSE = re.compile(r"\s(?P<dose>\d{1,4}(?:\.\d+)?)(?=\s*(?:[,.;)]\s|[,;.)]?$))")
_LEVELS = {
    "lithium", "digoxin", "vancomycin", "gentamicin", "amikacin", "phenytoin", "theophylline", "tacrolimus", "ciclosporin",
    "carbamazepine", "valproate",
}  # fmt: skip
"""A number behind these may be a level in the blood."""


def _with_bare_dose(dosing: Dosing, segment: Segment, item: Item) -> Dosing:
    """``CONTINUE Toprol-XL 50, Crestor 20``: at discharge a number alone behind the name is the dose, its unit unwritten."""
    listed = segment.section == "discharge_medications"
    told = segment.note.discharge and segment.section in _DISCHARGE and item.name.generic not in _LEVELS
    if dosing.dose or not item.name.generic or not (listed or told):
        return dosing
    bare = _BARE_DOSE.match(item.tail)
    return replace(dosing, dose=bare["dose"], end=max(dosing.end, bare.end())) if bare else dosing


def _verb_meant(segment: Segment, said: MedicineSentence, k: int, verb: Verb | None) -> Verb | None:
    """The verb that governs it, unless the words around the name forbid it or put it off."""
    tail = said.items[k].tail
    if verb is None and segment.section == "discharge_medications" and _NAMED_NOT.search(said.before(k)):
        verb = "avoid"  # `NOT indapamide` in the list of what to take
    if verb not in {"avoid", "stop", "hold"} and is_forbidden(said.before_list(k)):
        verb = "hold" if re.search(r"(?i)\b(?:until|till)\b", tail) else "avoid"
    if verb == "avoid" and _FOR_NOW.match(tail) and segment.section in _DISCHARGE:
        verb = "hold"
    return verb


_FOR_NOW = re.compile(r"(?i)[^.;]{0,24}?\b(?:yet|for now|at present|at the moment)\b")
"""``DO NOT take aspirin 81 mg yet``: it is put off, not given up."""
_NAMED_NOT = re.compile(r"(?:^|[,;\n•*-])\s*(?:NOT|NO|No)\s+$")
_NOT_YET = re.compile(
    r"(?i)\b(?:resume|re-?start|recommence)\b[^.;,()]{0,24}?\b(?:if|when|once|after|unless)\b(?! (?:discharge|home|this|today|needed))|(?:若|待|如)[^。；;，,]{2,20}(?:恢复|再用)"
)
"""``metformin 1000 mg BID resume 9/19 if Cr <1.5``: not to be taken before that."""
_ACTIONS = {"stop": MedicationAction.STOP, "hold": MedicationAction.HOLD}


def _stated_dosing(item: Item, dosing: Dosing, action: MedicationAction) -> Dosing:
    """A dose in a restart order or an old-dose remark is not the dose of a held or stopped medicine."""
    if action is MedicationAction.TAKE:
        return dosing if dosing.duration else replace(dosing, duration=later_stop(item.tail))
    if not (dosing.dose and _dose_is_own(item.tail, dosing)):
        return replace(dosing, dose=None, frequency=None, route=None, duration=None)
    return replace(dosing, duration=None) if action is MedicationAction.STOP else dosing


_PROPOSAL = re.compile(
    r"(?i)\b(?:protocol|pathway|prompt|pre-?printed|order set|template|proforma|guideline|algorithm|care bundle|sheet)\b[^:：;。]{0,40}[:：]"
    r"|(?:常规|拟定|拟用|规范|指南|路径|模板|套餐)[^:：。;；]{0,8}[:：]"
)
"""What a protocol or a draft names is not what the patient takes."""


_GIVEN_THERE = re.compile(
    r"(?i)\b(?:IV|i\.v|IVI|intravenous\w*|stat|ED|A&E|EMS|resus|emergency department|neb(?:s|uli[sz]\w*)?|bolus\w*|infusions?|loaded|given|received|treated with)\b(?![^.;]*\b(?:home|discharge|TTO|OPAT)\b)"
    r"|静滴|静脉|静注|静推|雾化|泵入|急诊|术中"
)
"""What is given in a vein, by nebuliser or at once is given in hospital."""


_NEXT_DUE = re.compile(
    r"(?i)[^.;,]{0,30}?\b(?:next )?(?:dose |injection )?(?:is )?due\s(?:on |by |in )?(?:\d|[A-Z][a-z]{2,8} )|[^。；，]{0,16}下次[^。；，]{0,6}\d"
)
"""``Denosumab due 14/07/2025``: it goes on, and that is its day."""


def _phase_told(
    segment: Segment, verb: Verb | None, dosing: Dosing, before: str, tail: str, *, proposed: bool
) -> MedicationPhase | None:
    """The phase of its section, unless its own words say another; None where it is no order of any."""
    if verb is None and _NEXT_DUE.match(tail) and segment.section not in HOME:
        return MedicationPhase.DISCHARGE
    if verb in {None, "takes", "continue"} and segment.section not in LISTS and taken_at_home(before):
        return MedicationPhase.HOME
    phase = _phase(segment, verb, dosing, before, tail)
    if phase is MedicationPhase.DISCHARGE and verb in {None, "start"} and is_planned(before, tail):
        return None
    if (
        phase is MedicationPhase.DISCHARGE
        and segment.section in COURSE
        and _GIVEN_THERE.search(f"{before[-40:]} {tail}")
    ):
        phase = MedicationPhase.INPATIENT
    if proposed and phase is MedicationPhase.HOME:
        phase = MedicationPhase.INPATIENT
    if verb == "takes" and phase is MedicationPhase.INPATIENT and dosing.dose is None:
        return None
    return phase


_TAKES_ITS_PLACE = re.compile(r"停[^。；;\n]{0,8}[,，]?[^。；;\n]{0,6}[改换](?:为|用|成|服)?\s?$")
"""``普萘洛尔 10mg bid | 停，后改卡维地洛``: a row of the home list names what came after it."""


def _phase(
    segment: Segment, verb: Verb | None, dosing: Dosing, before: str, tail: str
) -> MedicationPhase | None:
    section, note = segment.section, segment.note
    if section == "past_medical_history" and verb is None and _IN_A_VEIN.fullmatch(dosing.route or ""):
        return MedicationPhase.INPATIENT
    if section in HOME:
        later = verb == "start" and _TAKES_ITS_PLACE.search(before)
        return MedicationPhase.INPATIENT if later else MedicationPhase.HOME
    if section in _DISCHARGE or (
        note.discharge
        and section
        in {"plan", "orders", "progress", "assessment", "hospital_course", "home_medications", "pharmacy"}
    ):
        if section not in LISTS and verb is None and dosing.dose is None and not _OFTEN_ALONE.match(tail):
            return None
        return MedicationPhase.DISCHARGE
    if section in {"instructions", "follow_up"}:
        return None
    if section in STORY:
        if verb is None and (
            (dosing.frequency and _ONE_DOSE.fullmatch(dosing.frequency))
            or _BEGUN_ON.search(tail)
            or _IN_A_VEIN.fullmatch(dosing.route or "")
        ):
            return MedicationPhase.INPATIENT
        if verb in {"takes", "continue"} or (verb is None and dosing.dose and dosing.frequency):
            return MedicationPhase.HOME
        return MedicationPhase.INPATIENT if verb in {"start", "stop", "hold", "change"} else None
    if section == "orders":
        return MedicationPhase.INPATIENT
    return MedicationPhase.INPATIENT if verb is not None or dosing.dose else None


_OFTEN_ALONE = re.compile(rf"\s(?:{HOW_OFTEN})(?=[\s.,;]|$)", re.IGNORECASE)
"""``Laxido bd whilst on opioid``: how often right behind the name orders it without a dose."""


_HOW_LONG = re.compile(
    r"(?i)\d[^;]{0,40}\b(?:to (?:be )?continued?|continue)\s?(?:for|till|until|x|lifelong|life-?long|indefinitely|long[- ]?term|\d)"
)
"""``75 mg 0-1-0 to continue lifelong``: how long, not that it was taken before."""


def _change(
    verb: Verb | None, phase: MedicationPhase, segment: Segment, dosing: Dosing, tail: str
) -> str | None:
    if verb == "start":
        return "new"
    if verb == "change" or (dosing.previous_dose and phase is not MedicationPhase.HOME):
        return "changed"
    if verb == "continue":
        return None if _HOW_LONG.search(tail) and phase is MedicationPhase.DISCHARGE else "continued"
    if segment.section == "plan" and re.search(r"(?i)propos|suggest|拟|建议|方案", segment.label):
        return "proposed"
    return None


_OTHER_NAME = re.compile(r"^[一-鿿]{0,6}\s?[(（][一-鿿A-Za-z\d+/ ]{2,16}[)）]")
"""``拉米夫定(贺普丁) 100mg``, ``布洛芬缓释胶囊(芬必得) 0.3g``."""


def _dose_is_own(tail: str, dosing: Dosing) -> bool:
    """Whether the dose stands right behind the name, not in a restart order or an old-dose remark."""
    tail = _OTHER_NAME.sub("", tail)
    at = tail.find(dosing.dose or "")
    return 0 <= at <= 12 and not re.search(r"(?i)restart|resume|恢复|[-–—:：(（]", tail[:at])


_NO_REASON = re.compile(
    r"(?i)^(?:\d|[<>≤≥]|计划|疗程|共\d|单药|own\b|then|see|per|criteria|from|was|max|day|total|restart|resume|since|until|baseline|target|目标|见|至|U-?\d|(?:oral|topical|inhaled|transdermal|vaginal|nasal|PO|SC|IV|口服|皮下|外用)$)"
)


_STATUS_FIRST = re.compile(
    r"(?i)^\s*(?:new|cont(?:inued?)?|unchanged|unch|same|as before|no change|restarted|started|increased|decreased|reduced|changed|新增|新加|新|继续|不变|同前|加量|减量|已减|已加量)\s*(?:[;,，；]|$)"
)
"""``(NEW; ok with breastfeeding)``: the first word is a status, no reason."""
_WHEN_NEEDED_FOR = re.compile(
    r"(?i)\b(?:prn|as needed|as required|when needed|when required)[,:]?\s(?!(?:max|up to|od|bd|tds|qds|qid|tid|bid|every|for|po|sc|iv|only|at|in|take|use|then|until|if|and|or|not|no|new|continue\w*|unchanged|stop\w*|with)\b)([a-z][a-z /-]{3,40})(?=[,;.()\n]|\s[-–—]|$)"
)
"""``prn chest pain``."""


def _reason(item: Item, verb: Verb | None, before: str) -> str | None:
    tail = item.tail
    bracket = re.search(r"(?<!25)[(（]([^()（）]{2,80})[)）]", tail)
    if bracket and bracket.start() <= 45 and not _NO_REASON.match(bracket[1]):
        brand = bracket[1][0].isupper() and bracket.start() <= 12 and " " not in bracket[1] and verb is None
        if not brand and (why := _STATUS_FIRST.sub("", bracket[1]).strip(" ;,，；")):
            return why
    cause = re.search(
        r"(?i)\b(?:because(?: of)?|due to|d/t|secondary to|given|in view of|owing to|as (?=he|she|pt|patient))\s*((?:(?!\band (?:has|have|is|was|will|to)\b)[^,;:.()]){3,80})",
        tail,
    )
    if cause:
        return cause[1].strip()
    purpose = re.search(
        r"(?i)\bfor\s+(?!(?:the )?(?:first|next)\b|good\b|now\b|life\b|the time being|ever\b|\d|a\s|\w+\s(?:days?|weeks?|months?)\b)((?:(?!\s[-–—|]\s)[^,;.()\d]){3,50})",
        tail,
    )
    purpose = purpose or _WHEN_NEEDED_FOR.search(tail)
    if purpose:
        return purpose[1].strip()
    if verb in {"stop", "hold"}:
        dash = re.search(r"\s[-–—]{1,2}\s(?!re-?start|resume|not to|until|do not)([^,;.()]{3,80})", tail)
        if dash and not re.match(r"(?i)(?:stop|hold|held|restart|resume)", dash[1]):
            return dash[1].strip()
    return None


_FOR_ALL = re.compile(r"(?i)\b(?:all|both|each)\b[^,;.]{0,12}$|(?:均|都|各|共)$")


def with_shared_duration(
    said: MedicineSentence, stated: list[MedicationStatement | None]
) -> list[MedicationStatement | None]:
    """``A, B and C through 1/14`` and ``A 1 g, B 2 g, both for 7 days``: the duration behind the last is of all.

    Of bare names only, or where the words say all: ``amlodipine 5 mg, cefalexin 500 mg for 7 days`` ends the second alone.
    """
    last = stated[-1] if stated else None
    if len(stated) < 2 or last is None or not last.duration or last.action is not MedicationAction.TAKE:
        return stated
    tail = said.items[-1].tail
    at = tail.find(last.duration)
    out = list(stated)
    for k in range(len(stated) - 2, -1, -1):
        one = stated[k]
        joined = ITEM_GLUE.fullmatch(
            said.text[said.name_end(k) + len(said.items[k].tail) : said.start(k + 1)]
        )
        bare = not re.search(r"\w", said.items[k].tail) and not re.search(r"\w", tail[: max(at, 0)])
        if one is None or one.duration or not joined or not (bare or _FOR_ALL.search(tail[: max(at, 0)])):
            break
        out[k] = replace(one, duration=last.duration)
    return out
