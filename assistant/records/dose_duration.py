"""How long a medicine is taken, and the steps by which its dose changes later.

Owns both as written. Refuses to count days.
"""

from __future__ import annotations

import re

from assistant.records.dose_forms import AMOUNT, HOW_OFTEN, NUMBER, UNIT

_PERIOD = r"(?:days?|d(?![a-z])|/7|/52|/12|weeks?|wks?|months?|mo(?:nths?)?(?![a-z])|doses?|years?|yrs?|天|日|周|个?月|年|次|剂)"
DURATION = re.compile(
    rf"(?i)(?:\bfor (?:the )?first \d+\s?(?:h(?:ours?|rs?)?|days?|weeks?|/7|/52)(?![a-z])|\b(?:until|till|til|thru|through|last (?:dose|day|tablet)|ends?|finish(?:es)?|to finish|to complete|completes?|complete on|stop(?:s)? (?:on|after)|course (?:ends|to)|to end(?: on)?)\s(?:on\s)?(?!NEW\b|SAME\b)[^\s,;()（）。；]+(?:\s+then\s+stop\b|\s(?!NEW\b|SAME\b|STOP|HOLD|CHANGED)[^\s,;()（）。；]+){{0,6}}"
    rf"|(?:\b(?:for|x|×)\s?|(?<=\s)[x×]\s?|\bfor (?:a )?(?:further |another |total of |at least )|(?:further|another|total(?: of)?|at least)\s)\d+(?:\s?[-–]\s?\d+)?\s?(?:more\s|further\s)?{_PERIOD}(?![a-z])"
    rf"|(?<![\d/])(?<!\bon )(?<!\bfrom )(?<!\bsince )(?<!\bby )\d{{1,2}}/(?:7|52|12)(?![\d/])|\b\d+[- ](?:day|week|month)s? (?:course|total|supply)|\bdays?\s\d+\s?(?:of|/)\s?\d+|\blong[- ]?term\b|\blifelong\b|\bindefinitely\b"
    rf"|(?:共|疗程|连用|续用|再用|至少|满|用)\s?\d+(?:[-~～–]\d+)?\s?(?:天|日|周|个?月|年|次)(?:[（(][^）)]*[)）])?"
    rf"|(?<![增减加降改调升])至(?:20\d\d[-/年])?\d{{1,2}}(?:[-/.]|月)\d{{1,2}}日?(?!\s?(?:\d|mg|g|ml|u|片|粒|单位|毫))(?:停|止)?|(?<![a-z])[x×]\s?\d+\s?(?:天|日|周|月|d(?![a-z]))|\d+天(?:后停)?|长期(?:服用)?(?!医嘱)|终身)"
)
_STEP = (
    rf"(?:(?:after|in|from)\s(?:a|one|two|three|four|\d+)\s?(?:weeks?|days?|months?|/52|/7)\s?,?\s?(?:then\s)?(?:increase|reduce|decrease|step|go|titrate)\w*\s(?:up\s|down\s)?to\s{AMOUNT}"
    rf"|\b(?:increase|reduce|decrease|titrate|step|uptitrate|go)\s(?:up\s|down\s)?to\s{AMOUNT}[^,;.]{{0,20}}?\b(?:after|in|from|at(?! (?:bed|night|breakfast|lunch|dinner|tea))|on|by|if|when|once|next)\s[^,;.]{{2,24}}"
    rf"|\d+\s?(?:周|天|日|个?月)后[^,，;；。\d]{{0,4}}(?:增|加|减|调|改|换)[^,，;；。\d]{{0,3}}{AMOUNT}(?:\s?(?:{HOW_OFTEN}))?"
    rf"|每\d*(?:周|天|日|个?月)(?:递?减|递?增|加)[^,，;；。\d]{{0,3}}{AMOUNT}(?:[,，]?[^,，;；。]{{0,12}}(?:停|维持))?)"
)
"""``4周后增至0.5mg``, ``increase to 100 mg after 2 weeks``: a later step; the dose now is the one before it."""
LATER_STEP = re.compile(rf"(?i){_STEP}")
_THEN = re.compile(
    rf"(?i){_STEP}|\bthen (?:only )?(?:as|when|if) (?:needed|required)|\bthen (?:prn|od|bd|bid|tds|tid|qds|daily|nocte|mane|weekly|alternate days)(?![a-z])|(?:\bthen\b|\bfollowed by\b|\bthereafter\b|起|后改|后减(?:量)?(?:为|至)?|再减(?:为|至)?|减为|之后|以后|其后|继以|->|→).{{0,12}}?{NUMBER}\s?{UNIT}(?![a-z])"
)
_BARE_PERIOD = re.compile(
    rf"(?i)(?:{HOW_OFTEN})\s*(?:[-–]\s*)?(?P<period>\d+(?:\s?[-–]\s?\d+)?\s?(?:days?|weeks?|wks?|months?))(?![a-z])(?!\s(?:before|after|pre|post|prior|ago))"
)
"""``bd - 2 weeks``, ``tds 1 week``."""
_ENDS_ASIDE = re.compile(
    rf"[(（\[](?:(?:new|continue|started|新增|新加|术后)\s?[,;，；、:-]?\s?)?(?P<period>(?i:until|till|for \d+(?:\s?[-–]\s?\d+)?\s?(?:more\s)?{_PERIOD}|last dose|to finish|finish(?:es)?|ends?|stops?)\b[^()（）]{{2,60}}"
    rf"|(?i:for \d+(?:\s?[-–]\s?\d+)?\s?{_PERIOD}|\d+[- ](?:day|week|month) course)|(?:至|到)(?:20)?\d[^()（）]{{2,24}}|(?:共|疗程|连用)\s?\d+\s?(?:天|日|周|个?月)[^()（）]{{0,12}})[)）\]]"
)
"""``75 mg once daily (until 19 June, then STOP)``."""


def duration_in(head: str, tail: str) -> tuple[int, int] | None:
    """Start and end of what says how long; ``head`` is ``tail`` without its bracketed remarks and conditions."""
    match = DURATION.search(head)
    aside = None if match else _ENDS_ASIDE.search(tail)
    if aside and len(head) >= aside.end():
        return aside.span("period")
    bare = None if match else _BARE_PERIOD.search(head)
    if match is None and bare is None:
        step = LATER_STEP.search(head)
        return step.span() if step else None
    start, end = match.span() if match else bare.span("period") if bare else (0, 0)
    for more in DURATION.finditer(head, end):
        if len(head[end : more.start()].strip(" ,，;；(（")) <= 2:
            end = more.end()
    bracket = re.match(
        r"(?i)\s*[(（](?:[^()（）]*\b(?:until|till|to|ends?|last|day)\b|至|到)[^()（）]*[)）](?:,?\s*then stop)?",
        tail[end:],
    )
    if bracket:
        end += bracket.end()
    then = _THEN.search(head, max(0, end - 30))
    if then:
        # A taper belongs to the instruction: without its second step the first is wrong.
        start = min(start, then.start()) if then.start() < start else start
        end = max(end, len(head.rstrip(" .。;；,，")))
    return start, min(end, len(tail))
