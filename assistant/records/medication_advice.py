"""Words of stopping that stand beside a medicine and do not stop it.

Owns what blanks them: ``DO NOT STOP``, ``avoid alcohol``, ``omit if unwell``, ``心率<55次/分停用``. Refuses to say what is done.
Source: our reading of UK, US and Chinese discharge lists; the ward phrases of ISMP and the BNF's cautionary labels.
"""

from __future__ import annotations

import re

_DENIED = re.compile(
    r"(?i)\b(?:do not|don['’]?t|dont|never|not|avoid|without|no)\s+(?:(?:to|be|been|being|abruptly|abrupt|suddenly|sudden|ever|just|"
    r"simply|yourself|have|need|going|any|miss|skip|miss or|skip or)\s+){0,3}(?:stop\w*|discontinu\w*|ceas\w*|withh[eo]ld\w*|hold\w*|omit\w*|paus\w*|suspend\w*|"
    r"chang\w*|interrupt\w*|withdraw\w*|cessation|miss\w*)\b"
    r"|\bno longer (?:on hold|held|stopped|paused|withheld|suspended)\b"
    r"|(?:勿|不要|不可|不能|不得|不应|不宜|不应该|不许|不准|避免|禁止|严禁|未|不|别)(?:自行|自己|突然|随意|擅自|随便|骤然|私自|立即|轻易|马上|擅|私|乱|再|要|应|可){0,2}"
    r"(?:停[药用服]?|中断|减停|漏服)"
)
_IN_CASE = re.compile(
    r"(?i)\b(?:hold|stop|omit|withhold|pause|skip|suspend|discontinue|cease|miss|reduce|increase|avoid|d/c|dc|(?:do not|don['’]?t|not to be|not to) (?:take|give|taken|given|use|used))"
    r"(?:\s(?:it|this|dose|the dose|early|and call|temporarily|1 dose|one dose))?,?\s"
    r"(?:(?:if|when|whenever|once|as soon as|after)\b|(?:for (?:any )?)?(?:(?:SBP|HR|BP|MAP|RR|K|pulse|systolic)\s?[<>≤≥]|[<>≤≥])|for (?:any )?(?:SBP|HR|BP|MAP|RR|K\b|pulse|sedation|systolic|loose|diarrh\w+|[<>≤≥])|on sick|during (?:any )?(?:illness|acute|intercurrent|vomiting|diarrh\w+)|"
    r"(?:on|in) (?:the )?(?:morning|days?) (?:of|before)|in case|unless|with (?:any )?(?:vomiting|diarrh\w+|dehydration|illness))\b[^;；]*"
)
"""What is to be done should something happen has not been done."""
_AROUND = re.compile(
    r"(?i)\b(?:hold|withhold|stop|omit|pause|skip|to be (?:held|withheld|stopped|omitted|paused))\s(?:it\s)?(?:for\s)?\d+\s?(?:days?|d|hours?|hrs?|h|weeks?|wks?)\s(?:before|prior to|pre-?|around|after)\b[^,;.]*"
)
"""``withhold 3 days before colonoscopy, otherwise continue``."""
_OFF_LABEL = re.compile(r"(?i)\boff[- ](?:label|licen[cs]e|formulary)\b")
_NAMED_PLAN = re.compile(
    r"(?i)\b(?:stop|stopping|cease|restart|start|hold|wean(?:ing)?|taper|reduction|cessation)\s(?:plan|dates?|day|criteria|rules?|decision|schedule)\b"
)
"""``GP: BGL diary, insulin stop plan``."""
_OF_A_CLASS = re.compile(
    r"(?i)\b(?:hold|stop|omit|withhold|pause|suspend|reduce|halve)\s(?:the |all |both |his |her |your )?"
    r"(?:diuretics?|water tablets?|ACE[- ]?(?:i|inhibitors?)|ARBs?|statins?|NSAIDs?|anticoagula\w+|blood thinners?|antihypertensives?|BP tablets?|steroids?|tablets?|medicines?|meds|them|these)\s"
    r"(?:if|when|whenever|once|should)\b[^;；)）]*"
)
"""``K with spiro + co-trimoxazole; stop diuretics if Na <125``: said of a class, should something happen."""
_THEN_ZH = re.compile(
    r"(?:(?:^|(?<=[\s,，;；(（]))(?!因|由于|已|曾)[^\s,，;；。(（因]{1,12}(?<!入院)(?<!住院)(?<!出院)(?<!手术)(?<!转科)(?<!转入)(?<!转出)(?<!就诊)(?<!来院)(?<!急诊)(?<!当)(?<!术)(?<!检查)(?<!门诊)时"
    r"|(?:^|(?<=[\s,，;；(（]))(?:若|如)?(?:出现|发生)[^,，;；。]{1,12}?)(?:应|需|可|立即|即|则|请|须)*(?:停[药用服]?|暂停|减量|加量)(?:并|及时|后)*(?:就诊|就医|复诊)?"
    r"|停[药用](?:期间|后)|[^\s,，;；。]{0,8}(?:即可|后可|可自行)停[药用服]?"
    r"|停药(?:并|后|、|，)?(?:立即|及时)?(?:就诊|就医|复诊)"
)
_IF_NEEDED_ZH = re.compile(
    r"(?:必要时|需要时|疼痛时|发作时)(?:可|再|应)?(?:加至|增至|加到|加量|增量|改为|改用)[^,，;；。]*"
    r"|(?:调整|滴定|加减)(?:剂量|用量)?(?:至|到|使)[^,，;；。]{0,6}(?:便|血压|心率|血糖|INR|体重)[^,，;；。]*"
)
"""``q8h，必要时加至q6h``: no change of the dose."""
_IN_CASE_ZH = re.compile(
    r"(?:(?:^|(?<=[\s,，;；(（]))(?!因|由于|已)(?:如|若|一旦|当)?[^\s,，;；。(（因]{0,8}(?:[<>＜＞≤≥]|低于|高于|小于|大于|超过|不足)|(?:如|若|一旦)[^,，;；。]{0,16}?)"
    r"[^,，;；。已]{0,12}(?:(?:或|且|和|及|、)[^,，;；。已]{1,24}?)?[,，]?(?:则|可|应|即|时|需|请|立即)*(?:停[药用服]?|暂停|减量|加量|减半|就诊)"
)
_OBJECT = re.compile(
    r"(?i)\b(?:avoid|avoiding|do not (?:take|give|use)|don['’]?t (?:take|give|use)|not to be (?:taken|given|used)|not to (?:take|use)|not for)(?=\s+(?P<rest>\w[\w' -]*))"
    r"|(?:避免|勿|禁止|不宜|忌|不得|禁)(?=(?P<zh>饮|日|阳|驾|同服|与|和|空腹|平卧|漏|嚼|碾|掰|饮酒|高空|酒|咖啡|茶|牛奶|葡萄柚|西柚|辛辣|剧烈|暴露|直接|合用|联用|吸烟|烟|过度|接触|长期|突然|大量|超|过量|久))"
)
_GIVES_UP = re.compile(
    r"(?i)(?:for now|for the (?:moment|present|time being)|at present|at the moment|now\b|in\b|due\b|because\b|as\b|since\b|given\b|altogether|completely|entirely|"
    r"again|any ?more|ever\b|permanently|indefinitely|for \d|any\b|all\b|this\b|these\b|use\b|yet\b|home|at home|on discharge|at discharge|discharge|until|till|til\b|TTO|TTA)"
)


_NEXT_PATCH = re.compile(
    r"(?i)\b(?:next )?(?:change|replace|rotate)\b\s?(?:the\s|it\s)?(?:patch|site|due|daily|weekly|every|each|on\b|at\b|\d|twice|mon|tue|wed|thu|fri|sat|sun)[^,;.]*"
)
"""``change every 7 days`` is of the patch, not of the dose."""
_LATER = re.compile(
    r"(?i)(?:\bto be (?:stopped|discontinued|weaned|withdrawn|tailed off)\s(?:in|at|by|when|once|after|if|on)\b(?!\s(?:discharge|today|now|this)\b)"
    r"|\b(?:GP|clinic|team|nurse|practice|surgery|consultant|hospital|\w+olog(?:y|ist)|\w+iatric\w*)\s(?:to|will|may|can)\s(?:then\s|consider\s)?(?:stop|stopping|discontinue|wean|withdraw)\b"
    r"|\b(?:stop|discontinue|wean)\s(?:it\s)?(?:in|at|by)\s(?:the\s|next\s|first\s|his\s|her\s)?(?:\w+\s){0,2}(?:clinic|follow-?up|review|appointment|OPD|outpatients?|GP)\b)[^;；.]*"
    r"|(?:[^\s,，;；。（()）]{0,12}(?:稳定|好转|缓解|正常|消退|消失|达标|愈合|满意|控制|改善|结束)后[^\s,，;；。（()）]{0,6}|[^\s,，;；。（()）]{0,12}(?:后|由|至|于|到)(?:门诊|复诊|随访|专科|社区)[^\s,，;；。（()）]{0,6})"
    r"(?:停[药用服]?|减停|减量)(?![^,，;；。]{0,4}已)"
    r"|(?<![降升减增加涨])(?:到|至)(?!今|昨|入院|出院)[^,，;；。()（）]{1,16}?(?:停[药用服]?|为止)(?!车|经)|\d{1,2}[日号](?:起|后)停[药用服]?|[吃用服打连再]{1,2}(?:\d{1,3}|[一二三四五六七八九十两半]{1,3})\s?(?:个)?(?:天|周|月)(?:后|就|即){0,2}可?停[药用服]?"
    r"|[^\s,，;；。()（）]{1,10}停(?:了|后|药后)?[，,]?(?:它|本药|此药|该药|这个)?[也再就才]停|(?:[^\s,，;；。]{0,14}[,，])?[^\s,，;；。]{0,14}[才再](?:能|可)?停[药用服]?(?!车)"
    r"|(?:\d+\s?(?:周|天|日|个?月)后|复诊时|门诊)(?:再|可|定|议|酌情|视情况|根据[^,，;；。]{1,8})*(?:加量|减量|增量|调整)"
)
"""``体重稳定后门诊停``, ``to be stopped in clinic``: taken now, ended later."""


def later_stop(text: str) -> str | None:
    """The words for a stop that is still to come, as written."""
    found = _LATER.search(text)
    return found.group().strip(" ,，") if found else None


def without_denials(text: str) -> str:
    """The text with denied stops blanked; offsets hold."""
    return _DENIED.sub(lambda m: " " * len(m.group()), text)


def without_advice(text: str) -> str:
    """The text with advice about a medicine that goes on blanked; offsets hold."""
    for pattern in (
        _DENIED,
        _OFF_LABEL,
        _NAMED_PLAN,
        _OF_A_CLASS,
        _AROUND,
        _NEXT_PATCH,
        _LATER,
        _IN_CASE,
        _IF_NEEDED_ZH,
        _IN_CASE_ZH,
        _THEN_ZH,
    ):
        text = pattern.sub(lambda m: " " * len(m.group()), text)
    return _OBJECT.sub(_blank_unless_given_up, text)


def _blank_unless_given_up(match: re.Match[str]) -> str:
    """``avoid alcohol`` speaks of alcohol; ``avoid``, ``avoid for now``, ``avoid in CKD`` of the medicine."""
    rest = match["rest"]
    if rest is not None and _GIVES_UP.match(rest.strip()):
        return match.group()
    return " " * len(match.group())
