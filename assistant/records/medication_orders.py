"""Whether a sentence that names a medicine says what is done with it.

Owns which mentions are no order at all: levels, allergies, advice, another's medicines. Refuses to know what is ordered.
"""

from __future__ import annotations

import re

from assistant.records.conditional_orders import (
    ADVICE_SECTIONS,
    is_conditional,
    is_day_of_another,
    is_end_of_the_one_before,
    is_in_reserve,
    is_step_should_it,
)
from assistant.records.dose_text import Dosing
from assistant.records.medication_holds import CONDITIONAL
from assistant.records.medication_items import Item, MedicineSentence
from assistant.records.medication_mentions import is_harm_of_the_past, is_the_time_of_another
from assistant.records.medication_verbs import Verb
from assistant.records.sections import Segment

HOME = {"home_medications", "past_medical_history"}
STORY = {"history_of_present_illness", "admission", "social_history", "header"}
_LONG_PAST = re.compile(
    r"(?i)\b(?:treated|was on|were on|then stopped|and stopped|until|finished|completed|previously|in the past|ago|given for)\b|曾|既往(?:用|服)"
)
_TOLD_OF_IT = re.compile(
    r"(?i)\s*[-–:(]+\s*(?:acute |severe |mild |bad )?(?:dystoni\w*|rash|anaphyla\w*|hives|itch\w*|swelling|angio\w*|vomit\w*|nausea|confusion|hallucinat\w*|jaundice|bleed\w*|allerg\w*|intoleran\w*)"
)
"""``Metoclopramide - acute dystonia`` in a past history: what it did, not that it is taken."""
_NOT_ORDER_AFTER = re.compile(
    r"(?i)^[\s-]*(?:levels?|toxicity|overdose|allerg\w*|interaction|induced|related|associated|resistan\w*|sensitiv\w*|sensitivity|pen teach|teach|teaching|"
    r"technique|education|card|score|test|clearance|antibod\w*|replacement technique|sens\b|by \d|浓度|中毒|过敏|抵抗|耐药|敏感|试验|皮试)"
    r"|^[^。；;，,]{0,10}?(?:不缓解|不能缓解|未缓解|无缓解)"
    r"|^[^。；;，,]{0,12}?\d{1,2}\s?[天日]后?(?:无效|无好转|未缓解|不缓解|未见好转|无改善)"
)
_NOT_ORDER_BEFORE = re.compile(
    r"(?i)(?:\bno|\bnot on|\bnot|\bnever|\bwithout|\bsens(?:itive)?(?: to)?|\bresist(?:ant)?(?: to)?|\ballerg\w* to|\bleftover|\bhas taken|\btook|\bused to take|\btried|\bprevious(?:ly)?(?: on)?|\bagainst|\bre|\bvs|\bversus|\bor other|\blike|\bin place of|\bavoid\w*|\bpost|\bafter|\bpast|\bbeyond|\b(?:after|since) (?:the |his |her )?last(?: dose of)?|\bwhile (?:on|taking)(?:\s[^.;\n]{2,40}(?:\bor|\band|[/,+&]))?|(?<!the )\bfollowing|\b(?:not|never|don['’]?t|avoid)\b[^,;.]{0,30}?\bwith(?: the)?|\bsame (?:day|time) as|\b(?:away|apart) from|\bhours? (?:before|from)|\binteracts? with|\bseparate(?:d)? from|\bcombin\w+ with|\b(?:together|along|back|alongside) with(?: the)?|\bwith the|"
    r"(?:勿|避免|不|不可|不能|不宜|不得|禁止|禁)[^,，;；。]{0,4}(?:与|和|同|跟)|不用|勿|禁|避免|未用|对|非|无|未服|未服用|忌|(?:慎|禁|忌|慎用|禁用|忌用|慎[/、]?禁|禁忌|避免|避用|不[能要]用|不[能要]吃|别用|别吃|勿用|勿服)\s?[：:][^。；;\n]{0,160})\s*$"
)
_NOT_WITH = re.compile(
    r"(?i)\b(?:not|never|don['’]?t|avoid)\b[^,;.]{0,20}?\b(?:tak\w+|giv\w+|us\w+|combin\w+|mix\w*)\s(?:it\s)?(?:together\s)?with(?: the)?\s*$|\b(?:after|once|when|until)\s*$"
)
"""``ibuprofen - not to take with enoxaparin``, ``GP to decide after pred ceased``: the other one's partner or time."""
_OF_A_RELATIVE = re.compile(
    r"(?i)(?<!with )(?<!with his )(?<!with her )\b(?:mother|father|mum|mom|dad|brother|sister|son|daughter|aunt|uncle|grand(?:mother|father|parent)|cousin|nan|wife|husband|partner)\b"
    r"(?![^.;]*\b(?:says?|said|reports?|states?|confirms?|gives?|gave|told|brought|tells|manages|administers|helps|noted|concerned)\b)[^.;]{0,40}$"
    r"|(?:父|母|兄|弟|姐|妹|爷爷|奶奶|外公|外婆)亲?(?:[^。；;，,诉称述说给]{0,10})(?:服用|口服|用)$"
)
"""``brother schizophrenia on clozapine``: whose medicine it is, unless the relative only tells of the patient's."""
_NOT_BEGUN = re.compile(
    r"(?i)[^.;,]{0,20}?\bnot (?:yet )?(?:given|started|commenced|begun)(?: yet)?\b(?<!not given)(?<!not started)"
    r"|[^,，;；。\n\d]{0,4}?(?:没有?|未曾?|从未|并未)(?:在|再|曾)?(?:吃|服用?|口服|用|打|开始|启用)(?!完|够|到|[早中晚]?[饭餐]|东西|过量|药?规律|其)"
)
"""``zoledronate infusion - not yet given``, ``叶酸没吃``; ``未规律服用`` is taken, if not well."""
_ONE_MORE = re.compile(
    r"(?i)\b(?:second|third|next|repeat|another|2nd|3rd)\s(?:dose of |infusion of |injection of |IV )?$|第[二三四两]次$"
)
"""``Second ferric carboxymaltose dose 11/24 at infusion center``: a visit."""
_AT_HOME_IN_STORE = re.compile(
    r"(?i)(?:[/+&, ]{1,3}[\w-]+){0,3}\s(?:rescue |emergency |standby )?(?:packs?|kits?|supply|supplies)\b[^.;]{0,16}\b(?:at home|in the (?:house|fridge)|already|given|provided)\b"
)
"""``Doxycycline/pred pack at home``: it is kept, not taken."""
_OF_THEIRS = re.compile(
    r"(?i)\b(?:mom|mum|mother|mam|father|dad|husband|wife|partner|sister|brother|carer|caregiver)['’]?s?\s(?:own\s)?(?:meds?|medications?|medicines?|drugs?|tablets|drug history)\b[^;\n]*$"
    r"|(?:母亲|父亲|母|父|丈夫|妻子|配偶)(?:的)?(?:用药|服药|药物)[^;；。\n]*$"
)
"""``Mom's meds (breastfeeding): sertraline 50 mg``: not the child's."""
_ASKED_OF = re.compile(r"(?i)\W*(?:please|kindly|(?:could|would) you)\b")
"""``Please withhold X if ...``, in a letter: what is asked of the reader."""
_NONE_OF_A_LIST = re.compile(
    r"(?i)\b(?:no|avoid|never take|do not take|without)\s+(?:new\s+|more\s+)?[\w'’ -]{2,30}(?:[,/]\s*[\w'’ -]{2,30}){0,8}[,/]?\s*(?:(?:or|and)\s+)?$"
)
"""``no new antibiotics, grapefruit, St John's wort``: what is not to be taken."""


_TOLD_TO_THE_PATIENT = ("discharge_orders", "discharge_medications", "instructions", "follow_up")
_SEE_ELSEWHERE = re.compile(
    r"\s*(?:具体|详|请)?(?:见|按|遵|依|听)[^。；;，,]{0,12}(?:意见|会诊|医嘱|记录|安排|交代|嘱咐)"
)
"""``二甲双胍见内分泌意见``: what became of it stands elsewhere."""
_TO_BE_DECIDED = re.compile(r"(?:(?<![稳固规恒])定|评估|讨论|商量|调整)\s?$")
"""``抽血给风湿科定甲氨蝶呤``: of a visit, no order."""


def is_order(segment: Segment, said: MedicineSentence, k: int, verb: Verb | None, dosing: Dosing) -> bool:
    """False where the words around medicine ``k`` only speak of it: its level, its harm, its time, someone else's."""
    item, before = said.items[k], said.before(k)
    if verb == "avoid" or _NOT_ORDER_AFTER.match(item.tail):
        return False
    if _NOT_WITH.search(before):
        return False
    if verb not in {"stop", "hold"} and (
        _NOT_ORDER_BEFORE.search(before) or (_denied_list(before) and not (dosing.dose and dosing.frequency))
    ):
        return False
    if is_the_time_of_another(before, item.tail) and dosing.dose is None:
        return False
    if (item.name.generic or "").endswith("vaccine") and dosing.dose is None:
        return False  # `influenza vaccine given 08/10`, `肺炎疫苗2024年已接种`: no medicine of a list
    if is_day_of_another(item.tail) or (k and is_end_of_the_one_before(item.tail)):
        return False
    if segment.section in _TOLD_TO_THE_PATIENT and is_step_should_it(before, item.tail):
        return False
    bare = verb is None and dosing.dose is None and dosing.frequency is None
    if bare and segment.note.discharge and (_SEE_ELSEWHERE.match(item.tail) or _TO_BE_DECIDED.search(before)):
        return False
    advised = segment.section in ADVICE_SECTIONS or segment.note.discharge or _ASKED_OF.match(said.text)
    if advised and verb is not None and is_conditional(before, item.tail):
        return False
    if segment.section in ADVICE_SECTIONS and verb in {None, "start"} and is_in_reserve(before):
        return False
    if verb in {None, "takes", "start"} and is_harm_of_the_past(before, item.tail) and not dosing.frequency:
        return False
    if verb in {None, "start"} and dosing.dose is None and _ONE_MORE.search(before):
        return False
    if dosing.dose is None and _AT_HOME_IN_STORE.match(said.text, said.name_end(k)):
        return False
    if _NOT_BEGUN.match(item.tail) or _OF_THEIRS.search(before):
        return False
    if verb is None and dosing.dose is None and _NONE_OF_A_LIST.search(before):
        return False
    own_regimen = verb is None and dosing.dose and dosing.frequency and segment.section in {*STORY, *HOME}
    if item.in_brackets and verb not in {"stop", "hold"} and not own_regimen:
        return False
    if segment.section == "past_medical_history" and (
        verb == "start"
        or (
            verb is None
            and not dosing.dose
            and (_TOLD_OF_IT.match(item.tail) or _LONG_PAST.search(said.text))
        )
    ):
        return False
    if verb in {None, "takes"} and not segment.note.discharge and _OF_A_RELATIVE.search(before):
        return False
    if (
        k
        and dosing.dose is None
        and CONDITIONAL.search(said.masked[said.name_end(0) : said.start(k)].rpartition(";")[2])
    ):
        return False
    return not (segment.section == "discharge_orders" and _is_advice(before, item, dosing, verb))


def _denied_list(before: str) -> bool:
    return bool(
        re.search(
            r"(?i)\b(?:no|not|never|avoid|without)\b(?:\s\w+){0,2}[\s,]*(?:or|/|,)\s*$|(?:不用|勿用|禁用|避免)[^,，;；。]{0,10}[/、或]\s*$",
            before,
        )
    )


def _is_advice(before: str, item: Item, dosing: Dosing, verb: Verb | None) -> bool:
    return (
        verb is None
        and dosing.dose is None
        and dosing.frequency is None
        and bool(re.search(r"(?i)\b(?:with|while|on)\s*$|服\s*$", before))
    )
