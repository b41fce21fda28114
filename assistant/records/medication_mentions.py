"""Medicines that a sentence names without ordering them: forbidden, planned, of a harm in the past, or the time of another order.

Owns the words of these four, English and Chinese. Refuses to know what else is done with a medicine.
"""

from __future__ import annotations

import re

_TIME_BEFORE = re.compile(
    r"(?i)\b(?:while|whilst|during|as long as|for the duration of|throughout|for as long as)\s+(?:(?:still|also|he is|she is|you are|patient is|pt is)\s+)*(?:(?:on|taking|using|having)\s+)?(?:the\s+)?$"
)
_TIME_BEHIND = re.compile(
    r"\s?(?:抗凝|抗栓|抗结核|治疗|使用|服用|用药|化疗|应用)?(?:期间|疗程中|的?同时)[^,，;；。]{0,4}(?:停|暂缓|不再|不用|禁|勿)"
)


def is_the_time_of_another(before: str, tail: str) -> bool:
    """``stop aspirin while on rivaroxaban``, ``利伐沙班期间停阿司匹林``: rivaroxaban is the time, not the object."""
    return bool(_TIME_BEFORE.search(before) or _TIME_BEHIND.match(tail))


_FORBIDDEN_ZH = re.compile(
    r"(?:不可以?|不能|不要|不得|不应|不宜|请勿|切勿|勿|切忌|忌|禁止|严禁|避免|别)(?:再|自行|擅自|随意|私自|随便|同时|继续|长期|合并|盲目|加大|过量)*"
    r"(?:服用|使用|应用|口服|加用|加服|合用|联用|购买|购用|购服|外购|服|用|吃|买)(?:含有?|任何|其[他它])?\s?$"
)
_FORBIDDEN = re.compile(
    r"(?i)\b(?:do not|don['’]?t|dont|must not|mustn['’]?t|should not|shouldn['’]?t|cannot|can['’]?t|may not|never|not to|avoid)\s"
    r"(?:(?!\b(?:stop|miss|forget|skip|run|delay|interrupt|discontinu|withhold|omit|need)\w*)[^.;:,\d]){0,30}?"
    r"\b(?:take|taking|buy|buying|use|using|self-?medicat\w+(?:\swith)?|re-?start\w*|add|adding|have|having)"
    r"(?:\s(?:any|over[- ]the[- ]counter|OTC|bought|extra|other|your own|products?|containing|medicines?|tablets?|painkillers?|anti-inflammator\w+|NSAIDs?|such as|like|e\.g\.))*[\s,(]*$"
)


def is_forbidden(before: str) -> bool:
    """``must not buy aspirin``, ``不可自行服用阿司匹林``; ``before`` ends where the list of names begins."""
    return bool(_FORBIDDEN_ZH.search(before) or _FORBIDDEN.search(before))


_PLANNED_BEHIND = re.compile(
    r"(?i)[^.;\n]{0,40}?(?<!\bas )\b(?:(?:is |are |was )?(?:being )?(?:planned|proposed|under consideration)|to be (?:considered|discussed|decided))\b"
    r"(?!,?\s(?:\d|duration|total|course|length|\w+[- ](?:day|week|month)))"
    r"|[^,，;；。\n]{0,12}(?:后|时|再)?(?:由)?[^,，;；。\n\d]{0,6}(?:再定|另定|再议|酌定|科定|医生定|决定)(?!剂量|疗程|用量)"
    r"|(?i:[^.;\n]{0,40}?\b(?:next|future|subsequent|another) (?:pregnanc\w+|cycle|episode|flare)\b)|[^,，;；。]{0,12}(?:下次|再次)(?:妊娠|怀孕|发作)"
)
_PLANNED_BEFORE = re.compile(
    r"(?i)\b(?:plan(?:ned|s|ning)?|consider(?:ing|ation of)?|aim(?:ing)?|intend\w*|for discussion of|discuss(?:ing)?)\s(?:to\s|of\s)?(?:(?:start|give|add|commence|begin|use|switch)\w*\s(?:to\s)?)?(?:oral |IV |sc )?$"
    r"|(?:由|待|交)[^，,。；;]{1,16}(?:决定|评估|考虑|讨论)(?:是否|能否)?[^，,。；;]{0,4}$"
    r"|(?:下次|再次|下一次|将来|日后)(?:怀孕|妊娠|备孕|生育|手术|发作)[^。；;\n]{0,16}$"
    r"|(?:评估|讨论)(?:是否|能否|可否)?(?:启用|使用|加用|应用|用)?$"
    r"|(?:拟|计划|准备|考虑|择期)(?!(?:长期|终身|继续|维持|带药|出院))[^,，;；。：:]{0,24}(?:[,，、][^,，;；。：:]{0,10}后)?[^,，;；。：:]{0,12}$"
)


def is_planned(before: str, tail: str) -> bool:
    """``denosumab 60 mg sc planned after vitamin D``, ``拟术后6周用地舒单抗``: not taken yet."""
    return bool(_PLANNED_BEFORE.search(before) or _PLANNED_BEHIND.match(tail))


_HARM = (
    r"(?:bled|bleed\w*|ha?emorrhag\w*|ulcer\w*|rash\w*|react\w*|anaphyla\w*|angio-?o?edema|cough\w*|rigid\w*|stiff\w*|dystoni\w*|hyponatr\w*|hypogly\w*|hypos?|AKI|"
    r"confus\w*|delirium|nausea|vomit\w*|rhabdo\w*|myopath\w*|myalgia|hepatitis|jaundice|toxic\w*|neutropeni\w*|agranulocytosis|QTc?|acidosis|swell\w*|hives|itch\w*|collapse\w*|nightmares?|wheez\w*|unwell)"
)
_HARM_BEFORE = re.compile(
    rf"(?i)\b(?P<told>[^.;\n]*\b{_HARM}\b[^.;,\n]{{0,24}}\b(?:on|with|to|from|after|by|taking|due to))\s$"
)
_ONCE = re.compile(
    r"(?i)\b(?:previous(?:ly)?|prior|past|history of|h/o|hx of|last time|years? ago|as a child|before)\b"
)
_YEAR_BEHIND = re.compile(
    r"(?i)\s?,?\(?(?:in |back in )?(?:19|20)\d\d\b|\s?(?:last time|years? ago|before)\b"
)
_MADE_ILL = re.compile(
    r"(?i)\s(?:once |previously |last time )?(?:made|gave|caused|triggered|precipitated|sent|put|brought on|upset)\s(?:him|her|me|them|the patient|pt|a |an |his |severe |acute |\w*)"
)
_HARM_ZH = re.compile(
    r"^[^,，;；。]{0,6}[后时]?[,，]?(?:曾|致|引起|导致|诱发|出现|发生|诱发过)?[^,，;；。]{0,8}(?:出血|溃疡|皮疹|过敏|休克|肝损|肾损|肝炎|低血糖|干咳|水肿|僵硬|谵妄|甲亢|甲减|不耐受)"
)
_ONCE_ZH = re.compile(r"(?:(?:19|20)\d\d\s?年|曾|既往|以前|过去|当时)[^,，;；。]{0,16}$")


_HARM_IN_TELLING_ZH = re.compile(r"(?:服用?|口服|使用|应用|用|注射|静滴|输注|静脉滴注)\s?$")
_HARMED_ZH = re.compile(
    r"^[^,，;；。]{0,4}(?:后|期间|时)[,，]?(?:曾|即|又|反复)?(?:出现|发生|引起|致|诱发|有|呕吐)[^,，;；。]{0,12}"
    r"(?:咳|皮疹|过敏|休克|水肿|荨麻疹|瘙痒|呕吐|恶心|模糊|谵妄|低血糖|出血|肝损|肾损|不耐受|不适|头痛|心慌|心悸|胸闷)"
    r"|^[^,，;；。]{0,4}后(?:呕吐|皮疹|恶心|干咳|头痛|意识模糊|心慌|胸闷|水肿|瘙痒)"
)
_AT_HOME = re.compile(
    r"(?:平素|平时|平日|日常|家中|在家|院外|院前|入院前|住院前|来院前|发病前|病前|伤前|术前)[^。\n]{0,20}?(?:服|用|吸入|注射|使用|控制|治疗)[^。\n]*$"
    r"|(?:长期|规律|一直|间断|不规律)(?:规律|口服|服用|吸入|使用|应用|注射|服){1,2}[^。\n]*$"
    r"|(?i:\b(?:at home|before admission|prior to admission|usually|normally|regularly)\b[^.;\n]{0,20}\b(?:takes?|took|uses?|on|taking|using)\b[^.;\n]*$)"
)
_SINCE_ADMISSION_ZH = re.compile(r"入院后|住院后|住院期间|本次|现予|改为|换用|给予|予以|加用|出院")


def taken_at_home(before: str) -> bool:
    """``平素服用A、B``: what a sentence names behind such words is of home, whatever part of the chart it stands in."""
    found = _AT_HOME.search(before)
    return found is not None and not _SINCE_ADMISSION_ZH.search(found.group())


def is_harm_of_the_past(before: str, tail: str) -> bool:
    """``bled on naproxen in 2021``: it did harm then. ``Admitted with a bleed on apixaban`` is of one taken now."""
    told = _HARM_BEFORE.search(before)
    if told and (_YEAR_BEHIND.match(tail) or _ONCE.search(told["told"])):
        return True
    if _MADE_ILL.match(tail):
        return True
    if _HARM_IN_TELLING_ZH.search(before) and _HARMED_ZH.match(tail):
        return True
    return bool(_ONCE_ZH.search(before) and _HARM_ZH.match(tail))
