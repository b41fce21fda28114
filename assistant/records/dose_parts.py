"""Doses of several parts: strength and count, morning and evening, one day and the next.

Owns where such a dose ends: one part alone would be a wrong dose. Refuses to add the parts up.
"""

from __future__ import annotations

import re

from assistant.records.dose_forms import AMOUNT, DOSE, HOW_OFTEN, NUMBER

_TIME = (
    r"(?:in the |at |with |before |after )?(?:\d\d:?\d\d|\d{1,2}\s?(?:am|pm)|am|pm|om|mane|morning|midday|noon|lunch(?:time)?|tea(?:time)?|evening(?: meal)?|dinner|supper|breakfast|night|nocte|bed(?:time)?)"
    r"(?![a-z])(?:\s?\([^()]{1,16}\))?"
)
_DAYS = r"(?:on )?(?:(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)[a-z]*(?:(?:\s?[/,&]\s?|\s)(?:and )?(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)[a-z]*)*|(?:all )?(?:the )?other days|the rest of the week|weekdays|weekends|even days|odd days)"
_TIME_ZH = r"(?:早|晨|上午|中午|中|午|下午|晚|睡前|夜间)(?:上|晨|间)?(?:餐|饭)?(?:前|后|时|中)?(?:服|用|各|注射|皮下)?\s?[:：]?\s?"
PARTS_OF_A_DAY = re.compile(
    rf"(?i){AMOUNT}\s?{_TIME}(?:\s*(?:[,，/+&]|and|then|plus)?\s*{AMOUNT}\s?{_TIME})+"
    rf"|{AMOUNT}\s{_DAYS}\s?(?:[,，;/&]|and|then)\s?{AMOUNT}\s{_DAYS}"
    rf"|{NUMBER}(?:\s?-\s?{NUMBER}){{2,3}}\s?(?:units?|u|iu)(?![a-z])"
    rf"|{_TIME_ZH}{AMOUNT}(?:\s?[、,，/+和及]?\s?{_TIME_ZH}{AMOUNT})*"
    rf"|(?:{_TIME_ZH}{NUMBER}\s?[、,，/+和及]?\s?){{1,3}}{_TIME_ZH}{NUMBER}\s?(?:units?|u|iu|单位|mg|ml|g|片|粒|毫克)(?![a-z])"
    rf"|{NUMBER}\s?(?:units?|u|iu)(?:\s?[-–/]\s?{NUMBER}\s?(?:units?|u|iu)?(?![a-z])){{1,3}}"
)
"""``80mg am / 40mg pm``, ``早16U、晚12U``, ``早6 中5 晚5 u``, ``6u/8u/8u``: parts that differ are one dose; one of them alone would be wrong."""
IN_TURN = re.compile(
    rf"(?i){AMOUNT}\s?(?:/|与|和|、|and|alternating with|alt(?:ernate)? with)\s?{AMOUNT}(?:\s?(?:alternat\w+(?: days?)?|on alternate days|alt days|隔日交替|交替))?"
    rf"(?:(?<=alternating)|(?<=days)|(?<=day)|(?<=交替)|(?<=alternate))|{AMOUNT}\s(?:alternating|alternate|alt) with\s{AMOUNT}"
)
"""``3mg/4mg alternating days``."""
_BETWEEN = re.compile(
    r"\s?[-–=×x]\s?(?=\d+(?:[./]\d+)?\s?(?:tab|cap|puff|sachet|片|粒|支))|\sp?MDI\s?(?:\+|with|via)\s?(?:a )?spacer[,:]?\s(?=\d)|\s(?:[\w-]*haler|p?MDI|(?:nasal |mouth )?spray|(?:eye |ear )?drops?|oral sol\w*|solution|syrup|susp\w*|liquid|cream|ointment|gel|(?:pre-?filled |disposable )?pens?|\w*pen|solostar|vial|cartridges?)[,:]?\s(?=\d)|[:：,]?\s(?:每次\s?)?|\s[+]\s|\s?[,，]?\s?每次\s?"
)
"""What joins two parts of one dose: ``800 mg - 4 tabs``."""
_COUNTED = re.compile(
    r"(?i)\s?[-–,x×]?\s?(?:[1-9]\d?(?:\.5)?|two|three|four)\s(?:tab(?:let)?s?|cap(?:sule)?s?)(?![a-z])(?:\s?\([\d.,]+\s?(?:mg|mcg|g|units?)\))?"
)
"""``800 mg - 4 tabs (3200 mg)``: strength and count are one dose."""
_UNITS_TAKEN = re.compile(
    r"(?i)\s*(?:oral\s)?(?:tablets?|tabs?|capsules?|caps?)?\s*[:：,;-]?\s*(?:take|give|swallow)\s+(?P<count>\d+(?:[./]\d+)?|one|two|three|four|five|six|half(?: a)?|one and a half)"
    r"\s+(?:tablets?|tabs?|capsules?|caps?)(?:\s*\([^()]{1,24}\))?"
)
"""``20 mg tablet: take 2 tablets (40 mg)``: the strength alone is half the dose."""
_AMOUNT_OF_COUNT = re.compile(r"\s*[(（]\s?[\d.,]+\s?(?:mg|mcg|g|units?|毫克|微克)[^()（）]{0,12}[)）]")
_MORE_IN_DAY = re.compile(
    rf"(?i)\s(?:in the |at )?(?:\d\d:\d\d|\d\s?(?:am|pm)|am|pm|mane|morning|midday|noon|lunch\w*|evening|night|nocte)\s*(?:\+|and|,|&|plus)\s*"
    rf"{AMOUNT}\s(?:in the |at )?(?:\d\d:\d\d|\d{{1,2}}\s?(?:am|pm)|am|pm|mane|morning|midday|noon|lunch\w*|evening|night|nocte)(?![a-z])"
)
OTHER_FORM = re.compile(
    rf"(?i)\s*(?:\+|and|plus|&)\s*(?:\w+\s)?(?:lozenges?|gum|inhalator|(?:mouth |nasal )?spray|patch|tablets?|capsules?|liquid)\s{AMOUNT}(?:\s(?:{HOW_OFTEN}))?"
)
"""``patch 21 mg/24h + lozenge 2 mg prn``: what is said of the lozenge is not said of the patch."""
_PER_CARB = re.compile(
    r"(?i)\s?(?:per|/|:)\s?\d+\s?g(?:\s?(?:of )?carb\w*)?(?:\s(?:with|at) (?:meals?|food))?(?:\s?[+,]\s?(?:and )?correction(?: dose)?\s?(?:of )?1:\d+(?:\s?(?:>|above|over)\s?\d+)?|\s?\+\s?1:\d+(?:\s?>\s?\d+)?)?"
)
"""``1 unit:15g carb with meals + correction 1:5 >8``: the ratio is the dose."""
_COUNT_OF_STRENGTH = re.compile(rf"(?i)\s+[1-4](?=\s+(?:{HOW_OFTEN}))")
"""``30/500 2 qds``: two tablets of that strength."""


def end_of_count(head: str, tail: str, first: re.Match[str]) -> int:
    """Where the first dose ends with what is counted of it; ``head`` is ``tail`` without its bracketed remarks."""
    end = first.end()
    count = _COUNT_OF_STRENGTH.match(head, end) if "/" in first.group() else None
    end = count.end() if count else end
    while True:
        # `100/6 2 puffs` and `30/500 two tablets`: strength and count are one dose.
        units = _UNITS_TAKEN.match(tail, end)
        if units and units["count"].casefold() not in {"1", "one"}:
            end = units.end()
            break
        other = OTHER_FORM.match(head, end)
        if other:
            end = other.end()
            break
        counted = _COUNTED.match(tail, end)
        if counted:
            end = counted.end()
            break
        gap = _BETWEEN.match(head, end)
        more = DOSE.match(head, gap.end()) if gap else None
        if more is None:
            more = _MORE_IN_DAY.match(head, end) or _PER_CARB.match(head, end)
        if more is None:
            break
        end = more.end()
    amount = (
        _AMOUNT_OF_COUNT.match(tail, end)
        if re.search(r"(?i)(?:tab|cap|片|粒|\bml\b.*ml\b|/\s?\d*\s?ml)", tail[first.start() : end])
        else None
    )
    return amount.end() if amount else end


def end_of_parts(head: str, change: re.Match[str]) -> int:
    """``40 mg od → 80 mg morning and 40 mg at 2 pm``: the new dose has two parts."""
    parts = PARTS_OF_A_DAY.match(head, change.start("new"))
    return max(change.end(), parts.end() if parts else 0)
