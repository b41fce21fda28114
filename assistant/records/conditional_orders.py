"""What is to be done with a medicine should something happen: ``when vomiting, stop dapagliflozin``, ``<64.5kg：停一次托拉塞米``.

Owns the words of such advice before a medicine, English and Chinese. Such a stop has not been made: the list stands.
"""

from __future__ import annotations

import re

ADVICE_SECTIONS = frozenset(
    (
        "discharge_orders",
        "discharge_medications",
        "instructions",
        "follow_up",
        "plan",
        "condition_at_discharge",
    )
)
_EVENTS_PAST = r"(?<!入院)(?<!住院)(?<!出院)(?<!手术)(?<!术)(?<!转科)(?<!转入)(?<!来院)(?<!就诊)(?<!急诊)(?<!检查)(?<!当)"
_DO_ZH = r"(?:则|应|可|需|请|须|要|即|立即|临时|先|再|自行|及时){0,3}(?:停服?一次|停[用药服]?|暂停|漏服|少[服吃用]一次|加服|另服|补服|加量|减量|减半)(?:一次|\d次)?"
_NAMES_ZH = r"(?:[一-鿿A-Za-z]{2,12}[、和及与/]){0,4}"
_BEFORE_ZH = re.compile(
    rf"(?:(?:若|如(?!前|上|下|常|实)|一旦|遇到?|凡)[^。；;\n]{{1,40}}?|[^。；;\n]{{1,30}}?{_EVENTS_PAST}(?:时|期间)"
    rf"|[^。；;\n]{{0,24}}(?:[<>＜＞≤≥↑↓]|超过|低于|高于|大于|小于)\s?\d[^。；;\n]{{0,24}}?)[，,：:\s]*{_DO_ZH}\s?{_NAMES_ZH}$"
    rf"|(?:停|暂停|少[服吃用]|漏服)(?:一|1)次\s?{_NAMES_ZH}$"
)
_WHILE_TAKING = re.compile(r"(?:服用?|使用|应用|口服|联用|抗凝|抗栓|化疗|治疗)[^，,。；;]{0,10}期间")
"""``服用华法林期间停用阿司匹林``: that is so from now on."""
_BEHIND_ZH = re.compile(r"^[^，,。；;]{0,4}(?:加服|另服|补服|停服?(?:一|1)次|临时)")
_LIMIT_ZH = re.compile(r"(?:[<>＜＞≤≥↑↓]|超过|低于|高于)\s?≥?\d[^。；;\n]{0,24}[：:，,]\s*$")
_BEFORE = re.compile(
    r"(?i)(?:^|[.;:\n]\s*|,\s)(?:\W*(?:sick[- ]day rules?:?\s)?(?:if|when(?:ever)?|should|during|in case of|with any|on days? (?:of|with|when)))\b[^.;\n]{3,70}?[,:]?\s"
    r"(?:then |please |you (?:should|must|can) |do )?(?:stop|hold|pause|omit|skip|withhold|miss|suspend|double|halve|increase|reduce)(?: taking| the| your| her| his| all)*\s"
    r"(?:[\w-]+(?:, | and |/| or )(?:the |your )?){0,4}$"
)


_ORDERED = re.compile(
    r"(?i)(?:^|[.;:,(\n•*-]\s*|\band |\bto |\bplease )(?:stop|hold|pause|omit|skip|withhold|suspend|halve|double|reduce|increase)(?: taking| the| your| her| his)*\s(?:[\w-]+(?:, | and |/| or | & )){0,4}$"
)
_SHOULD_IT = re.compile(
    r"(?i)(?:(?:, | and |/| or | & )[\w-]+){0,4}(?:\s(?:altogether|completely|entirely|as well|too))?,?\s(?:if|when(?:ever)?|should|unless|in case|on sick days?|during (?:any )?(?:illness|vomiting|diarrh\w+))\b|(?:(?:, | and |/| or | & )[\w-]+){0,4}\s(?:for (?:any )?)?(?:(?:SBP|HR|BP|MAP|RR|K|Na|pulse|systolic|heart rate|eGFR|creat\w*|glucose|BG|CBG)\s?(?:is |of )?(?:[<>≤≥]|under|below|over|above|less|more)|[<>≤≥]\s?\d|sedation\b|vomiting\b|diarrh)"
)
"""``hold carvedilol for HR <50``, ``stop spironolactone if Na <125``: the condition stands behind the name."""
_UNDECIDED = re.compile(
    r"(?i)\b(?:decide|decision|consider|discuss|whether|review|plan|hope|aim|\?|re-?assess|think about|query)\s?(?:on |about |re:? |of |if |when |whether |for |to |re )*(?:to )?(?:can |could |should )?(?:stop|stopping|ceas(?:e|ing|ation of)|discontinu\w+|hold(?:ing)?|wean(?:ing)?|withdraw(?:ing|al of)?|de-?prescrib\w+|restart(?:ing)?|resum(?:e|ing)|reduc\w+|increas\w+|switch(?:ing)?)(?: of| the| her| his| your)*\s(?:[\w-]+(?:, | and |/| or ))*$|(?:决定|讨论|考虑|评估|酌情)(?:是否|能否|可否)?(?:停用?|减停|减量|恢复|启用|加用|换用)$"
)
"""``PE clinic - decide stop apixaban``: that is settled later."""


_COURSE_IF = re.compile(
    r"(?i)(?:^|[.;:\n]\s*|\d[.)]\s*)[^.;\n]{0,30}?\b(?:if|when|should|in case of|at (?:the )?first signs? of)\b[^.;,:\n]{3,60}?(?:[,:]\s*|\s+(?=(?:start|take|use|begin|commence)\b))(?:then |please |you (?:can|should|may) )?(?:start|take|use|begin|commence|give)?\s?(?:the |your |his |her )?(?:[\w./-]+[ ]?){0,9}(?:\+ |and |& |, )?$"
    r"|(?:如|若|一旦)[^。；;，,]{2,20}[，,：:]?\s?(?:可|则|请|即|立即|自行)*(?:加?服|口服|使用|吃|用|予)?(?:[一-鿿A-Za-z0-9./+]{1,20}[、+和])?$"
)
"""``if sputum goes green, prednisolone 37.5 mg 5/7 + doxycycline 100 mg bd``: a course in reserve, not today's medicine."""


def is_in_reserve(before: str) -> bool:
    """Whether the words before a medicine with a dose say that it is taken only should something happen."""
    return bool(_COURSE_IF.search(before))


def is_conditional(before: str, tail: str) -> bool:
    """Whether what is said of a medicine holds only should something happen; ``before`` and ``tail`` stand around its name."""
    if _UNDECIDED.search(before) or (_ORDERED.search(before) and _SHOULD_IT.match(tail)):
        return True
    told = _BEFORE_ZH.search(before)
    if _BEFORE.search(before) or (told and not _WHILE_TAKING.search(told.group())):
        return True
    return bool(_LIMIT_ZH.search(before) and _BEHIND_ZH.match(tail))


_SURELY_IF = r"[<>＜＞≤≥]|超过|低于|高于|小于|大于|碰到|遇到|接触|若|如(?!前|上|下|常)|一旦|万一"
_IF_ZH = re.compile(
    rf"(?:^|[。；;\n])(?![^。；;\n]*(?:因|由于|曾|已|昨|入院|住院))[^。；;\n]*(?:(?:{_SURELY_IF})[^。；;\n]*[：:,，→]|(?:出现|发生|得了)[^。；;\n,，]*[：:→])\s*$"
)
_THEN_STEP_ZH = re.compile(
    r"^\s?(?:则|就|应|需|可|要|请|马上|立即|立刻|当天|先|自行|临时|再){0,2}(?:暂停|停[药用服]?|减|加|改|少|多|隔日|翻倍)"
)


def is_step_should_it(before: str, tail: str) -> bool:
    """``体重<54kg或头晕：托拉塞米改隔日一次``: what is then done to a medicine of the list is no order of today."""
    return bool(_IF_ZH.search(before) and _THEN_STEP_ZH.match(tail))


_WHEN_ANOTHER_IS_DOWN = re.compile(
    r"^\s?(?:减|降)(?:量)?(?:到|至)[^,，。；;]{1,14}(?:及以下|以下|以内|时|后)[^,，。；;]{0,4}(?:停|减|恢复|加|换)"
)


def is_end_of_the_one_before(tail: str) -> bool:
    """``泮托拉唑40mg qd：泼尼松减到每日10mg及以下即可停``: how far prednisone is down ends the pantoprazole."""
    return bool(_WHEN_ANOTHER_IS_DOWN.match(tail))


_END_OF_ANOTHER = re.compile(r"^\s?(?:停[药用]?|减停|撤)(?:的?当[日天]|之日|同[时日])")


def is_day_of_another(tail: str) -> bool:
    """``泼尼松停药当日起停``: a day by another medicine's end."""
    return bool(_END_OF_ANOTHER.match(tail))
