"""How a day is written: with the month in letters or figures, with or without year and time.

Owns the pattern of it, the names of the months and the weeks of a pregnancy. Refuses to choose between day and month, and to tell a day from a score.
"""

from __future__ import annotations

import re

MONTHS = {
    m: i
    for i, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for m in names.split()
}
MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_TIME = r"(?:[ T,]{1,2}(?P<h>[01]?\d|2[0-3])[:：](?P<mi>[0-5]\d)(?![\d/])|[ T]{1,2}(?P<h4>[01]\d|2[0-3])(?P<mi4>[0-5]\d)\s?(?:h|hrs)\b)?"
DATE = re.compile(
    rf"""(?ix)(?<![\d.,/-])(?:
      (?P<iy>(?:19|20)\d\d)[-/.年](?P<im>\d{{1,2}})[-/.月](?P<id>\d{{1,2}})(?:[日号])?
    | (?P<zm>\d{{1,2}})月(?P<zd>\d{{1,2}})[日号]?
    | (?:(?P<hy>[二〇零○一三四五六七八九]{{4}})年)?(?<![一二三四五六七八九十个每第几])(?P<hm>十[一二]?|[一二三四五六七八九])[月·](?P<hd>(?:二十|三十|十|廿|卅)[一二三四五六七八九]?(?![天周次])|[一二三四五六七八九](?=[日号]))[日号]?
    | (?P<dd>\d{{1,2}})(?:st|nd|rd|th)?[\s-](?:of\s)?(?P<dmon>{MONTH})\b\.?(?:(?:,\s|[,\s-])(?P<dy>(?:19|20)\d\d|\d\d(?![:\d]|\s?[-/]|\s?(?:of\s)?{MONTH}))\b)?
    | (?P<mon>{MONTH})\b\.?\s(?P<md>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.%/]|\s{MONTH}\b(?!\s?\d{{1,2}}\b))(?:,?\s(?P<my>(?:19|20)\d\d))?
    | (?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})(?:/(?P<y>(?:19|20)\d\d|\d\d))?(?![\d/]|\.\d)
    | (?P<a2>\d{{1,2}})\.(?P<b2>\d{{1,2}})\.(?P<y2>(?:19|20)?\d\d)(?!\d|\.\d)
    | (?P<ea>[0-3]\d)\.(?P<eb>[01]\d)(?!\d|\.\d|[%/])
    | (?P<yy>[12]\d|3[0-5])-(?P<ym>[01]\d)-(?P<yd>[0-3]\d)(?![\d-]|\.\d)
    | (?P<ca>\d{{1,2}})-(?P<cb>\d{{1,2}})(?:-(?P<cy>(?:19|20)\d\d))?(?![\d-]|\.\d)
    ){_TIME}"""
)
_HAN_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_HAN_TENS = {"廿": 20, "卅": 30, "三十": 30, "二十": 20, "十": 10}


def han_number(said: str) -> int:
    """``廿四``, ``三十``, ``十一``, ``七``, and the years digit by digit: ``二〇二六``."""
    for word, tens in _HAN_TENS.items():
        if said.startswith(word):
            return tens + (_HAN_DIGIT[said[len(word) :]] if said[len(word) :] else 0)
    return int("".join(str(_HAN_DIGIT[c]) for c in said))


_WEEKS = r"\d{1,2}(?:\s?\+\s?[0-6](?!\d))?"
_WEEK = r"\s?(?:周|w(?:ee)?ks?(?![a-z])|w(?![a-z]))"
WEEKS_OF_PREGNANCY = re.compile(
    rf"(?i)(?:孕|妊娠|胎龄|gestation(?:al age)?(?: of)?|\bGA)\s?{_WEEKS}(?:\s?[-–~至]\s?{_WEEKS})?{_WEEK}"
    rf"|(?<![\d+.])(?:{_WEEKS}\s?[-–~至]\s?)?\d{{1,2}}\s?\+\s?[0-6](?!\d){_WEEK}"
    rf"|(?<![\d+.]){_WEEKS}(?:\s?(?:[-–~至]|to|and)\s?{_WEEKS})?{_WEEK}['’]?(?: of)? (?:gestation|pregnan\w+)"
)
"""``11-13+6周``, ``孕24-28周``: how old the pregnancy then is, neither a day nor a time from now."""
