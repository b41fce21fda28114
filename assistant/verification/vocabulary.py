"""Which words of a sentence must stand in the evidence, and which only tell.

A word that only tells adds no fact of its own: what it does say (an action, a direction, a denial, a plan, a doubt) is checked
by its own rule. Words that judge ("improved", "normal", "new") are facts and must be borne out.
"""

from __future__ import annotations

import re

from assistant.verification.status import CUES
from assistant.verification.terms import ACTIONS, NARRATIVE, NEGATED_AFTER, NEGATION, stem

_TOKEN = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9+]*(?:['’][A-Za-z]+)*|[\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_FACTS = frozenset(
    """
    better good improve improved improvement improving new normal stable well worse first second third last only time test tests home
    high low level levels important never more less most over under same clinic ward course
    """.split()
)
_TELLS = frozenset(
    """
    age aged old year years about approximately around came come comes go goes went gone rise rose risen drop dropped
    increase decrease decreased gave give gives giving take taking taken took make makes made feel feels felt has have having get gets got
    come out via using day per each every period times day's complain complains complained describe described describes said says say
    diagnosed diagnosis diagnose sent send obtained taken measure measured recorded read stood reached rest
    consider considered prescribe prescribed prescription administered administer received inject injected apply applied put placed kept
    booked scheduled awaited awaiting pending planned expected going due arranged requested
    see seen sees saw show demonstrate demonstrated demonstrates identified identify detected detect present
    evidence sign signs require required requires requiring need did does undergo underwent undergoing perform performed
    against range reading value values figure estimated estimate level current currently now presently today taking
    was were been being remain known also along together respectively both overall total amount
    she he they it patient his her their your you gentleman lady male female man woman boy girl men women
    one dose doses tablet tablets daily weekly if whether once then thereafter while
    postoperative discharge discharged admission admitted instead because owing secondary caused cause causes attributed precipitated
    triggered gradually subsequently further additional additionally finally respectively started afterwards
    possible possibly probable probably likely suspected suspicion suspect suggested suggestive suggest suggesting suggests query may might could will
    maximum minimum least most max min above below than greater under over
    treatment treatments asked ask compared versus weighing weighed grew grown yielded sustained 
    left right both bilateral two three four five six seven eight nine ten eleven twelve withheld up down came lowered raised climbed weaned off
    back yet still already ongoing through until since for via in at
    """.split()
) - {"most", "under", "over", "first", "last"}
_TELLS_ZH = re.compile(
    r"患者|病人|住院期间|入院时|出院时|入院后|出院后|入院|出院|给予|予以|可闻及|闻及|可见|均见|检查|提示|显示|检出|结果|表现为|表现|病史|史(?=\d|$|[^\u4e00-\u9fff])|以(?![上下内外前后])|患儿|患|就诊|病程中?|疗程|评分|女孩|男孩|超过|高于|低于|大于|小于|至少|最多|以上|以下|不少于|目前|既往|发现|出现|存在|"
    r"伴有|水平|复查示|复查|予|示|伴|使用|应用|服用|改用|换用|其中|以及|由于|因此|因为|所致|导致|引起|因|由|从|降至|升至|增至|减至|下降|上升|升高|降低|加量|减量|加至|调整|"
    r"其|为(?!主)|有|至|后|时|将|已|拟|行(?!走|动)|于|共|起(?!搏)|的|了|和|及|与|在|是|并|每|经|术中|男性|女性|男|女|岁|年|月|日|天|周|小时|分钟|次|约|"
    r"毫升|毫克|微克|单位|公斤|厘米|毫米|继续|开始|停用|停药|停|暂停|建议|计划|门诊(?=复|随)|到|被|对(?=[^比照侧])|一次|进行|接受|完成|位于|仍|尚|也|又|均|个|枚(?!子)|处|例"
)
_CUE = re.compile("|".join(p.pattern for p in (CUES[0], CUES[1])), re.IGNORECASE)


def words_in(text: str) -> list[tuple[str, str, int, int]]:
    """(stem or characters, the word, start, end) of every word that must be borne out."""
    found: list[tuple[str, str, int, int]] = []
    telling = _TELLS_ZH.sub(lambda m: " " * len(m.group()), text)
    for token in _TOKEN.finditer(_hide(telling, NEGATION, NEGATED_AFTER)):
        found += _words(token.group(), token.start(), telling)
    return found


def echoes_in(text: str) -> list[tuple[str, str, int, int]]:
    """Every character and pair of a Chinese text as written, telling words included."""
    found: list[tuple[str, str, int, int]] = []
    for token in re.finditer(r"[\u4e00-\u9fff]+", text):
        found += _pairs(token.group(), token.start()) + _single(token.group(), token.start())
    return found


_FELL = re.compile(
    r"\b(?:fell|fall(?:en|ing|s)?)\b(?=\s+(?:steadily |gradually |back )?(?:from|to|by)\s+(?:below |above )?[\d\u2005])",
    re.IGNORECASE,
)


def _hide(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda m: " " * len(m.group()), text)
    text = _FELL.sub(lambda m: " " * len(m.group()), text)
    chinese = [p for _, p in ACTIONS] + [_CUE]
    for pattern in chinese:
        text = pattern.sub(lambda m: " " * len(m.group()) if _HAN.search(m.group()) else m.group(), text)
    return text


def _words(token: str, at: int, text: str) -> list[tuple[str, str, int, int]]:
    if _HAN.match(token):
        return _pairs(token, at) if len(token) > 1 else _single(token, at)
    word = token.lower()
    if len(word) < 2 or word in _TELLS or (word in NARRATIVE and word not in _FACTS):
        return []
    prefix = "non" if re.search(r"\bnon[- ]$", text[:at], re.IGNORECASE) else ""
    return [(prefix + stem(word), token, at, at + len(token))]


def _pairs(token: str, at: int) -> list[tuple[str, str, int, int]]:
    """Pairs of characters; one behind 非 is another word than without it."""
    return [
        (
            ("非" if token[max(0, i - 1) : i] == "非" else "") + token[i : i + 2],
            token[i : i + 2],
            at + i,
            at + i + 2,
        )
        for i in range(len(token) - 1)
    ]


def _single(token: str, at: int) -> list[tuple[str, str, int, int]]:
    return [(c, c, at + i, at + i + 1) for i, c in enumerate(token)]


_IMPERATIVE = re.compile(
    r"^\W*(?:please\s+)?(?:do not|don't|never|give|take|use|offer|start|stop|avoid|return|come|call|see|seek|ask|check|measure|keep|continue|repeat|review|refer|consider|monitor|arrange|begin|treat|add|hold|restart|increase|reduce)\b|^请|^应|^建议|^勿",
    re.IGNORECASE,
)


def is_imperative(text: str) -> bool:
    """An instruction says what is to be done, not that it was done."""
    return bool(_IMPERATIVE.match(text))
