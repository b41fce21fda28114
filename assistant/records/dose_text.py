"""The parts of a prescription line: dose, route, frequency, duration, as written.

Owns the grammar of dosing in English and Chinese notes. Refuses to know drugs and to compute or normalise doses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|\.\d+)"
_UNIT = (
    r"(?:mg/kg|mcg/kg|mg|mcg|micrograms?|milligrams?|µg|μg|ug|ng|g|grams?|gm|units?|iu|u|mmol|meq|mls?|million units|"
    r"puffs?|tabs?|tablets?|caps?|capsules?|drops?|gtts?|sprays?|patch(?:es)?|sachets?|nebules?|nebs?|vials?|actuations?|"
    r"suppositor(?:y|ies)|applications?|lozenges?|%|"
    r"毫克|微克|克|单位|万单位|片|粒|袋|支|吸|喷|滴|毫升|贴|丸|揿|mU|万U)"
)
_PER = r"(?:\s?/\s?(?:\d+\s?)?(?:24\s?h(?:rs?|ours?)?|72\s?h(?:rs?)?|hr?|hour|day|d|min|ml|kg|dose|小时|日|天)(?![a-z]))?"
_COUNT = r"(?:one|two|three|four|half(?:\sa)?|½|1/2|一|二|两|三|四|半)"
_AMOUNT = rf"(?:{_NUMBER}(?:\s?[-–~～]\s?{_NUMBER})?\s?{_UNIT}(?![a-zA-Z]){_PER}|{_NUMBER}\s?\#|{_COUNT}\s?(?:tab(?:let)?s?|puffs?|caps(?:ules?)?|sachets?|片|粒|袋|支|吸|喷)(?![a-z]))"
_STRENGTH = r"\d{1,4}(?:\.\d+)?(?:\s?/\s?\d{1,4}(?:\.\d+)?){1,2}(?!\s?\d*\s?(?:mmHg|mm))"
DOSE = re.compile(
    rf"(?i)(?<![\d.,/])(?:{_STRENGTH}\s?(?:mg|mcg|micrograms?)?\s*)?{_AMOUNT}(?:\s?[x×]\s?\d+\s?{_UNIT}?(?![a-z]))?|(?<![\d.,/]){_STRENGTH}(?=\s|$|,|;)"
)
_ARROW = r"(?:-+>|→|➔|⇒|=>|>>|↑|↓)"
_CHANGE = re.compile(
    rf"(?i)(?:(?:from|由|从)\s?)?(?P<old>{_NUMBER}\s?(?:{_UNIT}(?![a-z]){_PER})?(?:\s?(?:od|bd|bid|tds|tid|qds|qid|qd|daily|qhs|nocte|prn))?)"
    rf"\s*(?:{_ARROW}|\bto\b|加至|增至|减至|降至|减为|增为|改为|改成|调整为|调为|调至|(?:加量|减量|增量|上调|下调)(?:至|到|为))\s*(?P<new>{_NUMBER}\s?{_UNIT}(?![a-z]){_PER})"
)
_TO = re.compile(
    rf"(?i)(?:{_ARROW}|(?:increased?|reduced?|decreased?|changed?|titrated|weaned|lowered|cut|up|down)\s+to|(?:restarted|re-started|resumed|recommenced|reintroduced)\b[^,;.]{{0,24}}?\bat|加至|增至|减至|降至|减为|增为|改为|改成|调整为|调为|调至|加到|减到)\s*(?P<new>{_NUMBER}\s?{_UNIT}(?![a-z]){_PER})"
)
FREQUENCY = re.compile(
    r"(?i)(?<![a-z])(?:"
    r"(?:once|twice|three times|four times|[1-6]\s?(?:x|times))\s?(?:a|per|/|each|every)?\s?(?:daily|day|morning|evening|night|week(?:ly)?|wk|month|d(?![a-z]))|"
    r"(?:one|two|three|four|[1-8])\s(?:a|per|each|every)\s(?:day|night|morning|evening|week)|"
    r"[0-3½](?:\s?-\s?[0-3½]){2,3}(?![\d/-])|"
    r"once(?:\s(?:only|daily|weekly|nightly))?|twice(?:\s(?:daily|weekly))?|"
    r"(?:every|each)\s(?:other\sday|\d+(?:\s?[-–]\s?\d+)?\s?(?:h(?:(?:ou)?rs?)?(?![a-z])|hrly|days?|wks?|weeks?|months?)|morning|evening|night|day|week|month|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)|"
    r"q\.?\s?\d+(?:[-–]\d+)?\s?(?:h(?:rs?)?|d|w(?:k|eeks?)?|months?)|"
    r"\d+[- ]?(?:hourly|daily|weekly|monthly|yearly)|alternate days?|on alternate days|"
    r"(?:o\.?d|b\.?d|t\.?d\.?s|q\.?d\.?s|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|q\.?d|qod|qhs|qam|qpm|qn|qw|biw|tiw|om|on(?!\s+(?:\d|non-|ward|admission|discharge|arrival|hold|call|request|the\b|a\b|mon|tue|wed|thu|fri|sat|sun))|mane|nocte|hs|ac|pc|stat|prn|p\.r\.n|sos|daily|nightly|weekly|monthly|fortnightly)(?![a-z/])\.?|"
    r"at\s(?:bed\s?time|night|breakfast|dinner)|in the (?:morning|evening)|bedtime|with (?:meals?|food|breakfast)|before (?:meals?|breakfast|bed)|as (?:needed|required)|when required|if (?:needed|required)|"
    r"(?:after|post|at|with|on)[ -](?:each |every )?(?:HD|dialysis|haemodialysis|hemodialysis)(?: days?| sessions?)?(?: only)?|on non-(?:HD|dialysis) days|MWF|TTS|M/W/F|T/Th/S|"
    r"weekly on \w+|(?:mon|wed|fri|sat|sun|tue|thu)s?(?:day)?(?:/(?:mon|tue|wed|thu|fri|sat|sun)\w*)+"
    r")|每(?:日|天|晚|早|周|月|晨|\d+\s?小时|隔日)(?!最多|不超过|最大|上限|总量|限|减|增|加|递减|递增)(?:[一二两三四1-4]次)?(?:早晚)?|隔日(?:一次)?|睡前|必要时|(?:早晚|晨起|餐[前后中]|随餐|空腹)(?:服|各一次)?|一日[一二两三四]次|顿服"
)
ROUTE = re.compile(
    r"(?i)(?<![a-z])(?:po|p\.o\.|iv|i\.v\.|sc|s\.c\.|subcut(?:aneous(?:ly)?)?|sq|im|inh(?:aled|aler)?|neb(?:ulised|ulized|s)?|pr|pv|sl|sublingual|"
    r"top(?:ical(?:ly)?)?|transdermal|intranasal|nasal|via (?:spacer|NG|PEG|nebuli[sz]er)|NG|PEG|by mouth|orally|oral|IVI|each eye|both eyes|(?:left|right|L|R) eye|patch)(?![a-z])"
    r"|口服|静滴|静脉滴注|静脉注射|静注|静推|皮下(?:注射)?|肌注|肌肉注射|吸入|雾化(?:吸入)?|外用|含服|舌下|鼻饲|滴眼|外贴|灌肠|泵入"
)
_PERIOD = r"(?:days?|d(?![a-z])|/7|/52|/12|weeks?|wks?|months?|mo(?:nths?)?(?![a-z])|doses?|years?|yrs?|天|日|周|个?月|年|次|剂)"
_DURATION = re.compile(
    rf"(?i)(?:\bfor (?:the )?first \d+\s?(?:h(?:ours?|rs?)?|days?|weeks?|/7|/52)(?![a-z])|\b(?:until|till|til|thru|through|last (?:dose|day|tablet)|ends?|finish(?:es)?|to finish|to complete|completes?|complete on|stop(?:s)? (?:on|after)|course (?:ends|to)|to end(?: on)?)\s(?:on\s)?(?!NEW\b|SAME\b)[^\s,;()（）。；]+(?:\s+then\s+stop\b|\s(?!NEW\b|SAME\b|STOP|HOLD|CHANGED)[^\s,;()（）。；]+){{0,6}}"
    rf"|(?:\b(?:for|x|×)\s?|(?<=\s)[x×]\s?|\bfor (?:a )?(?:further |another |total of |at least )|(?:further|another|total(?: of)?|at least)\s)\d+(?:\s?[-–]\s?\d+)?\s?(?:more\s|further\s)?{_PERIOD}(?![a-z])"
    rf"|(?<![\d/])\d{{1,2}}/(?:7|52|12)(?![\d/])|\b\d+[- ](?:day|week|month)s? (?:course|total|supply)|\bdays?\s\d+\s?(?:of|/)\s?\d+|\blong[- ]?term\b|\blifelong\b|\bindefinitely\b"
    rf"|(?:共|疗程|连用|续用|再用|至少|满|用)\s?\d+(?:[-~～–]\d+)?\s?(?:天|日|周|个?月|年|次)(?:[（(][^）)]*[)）])?"
    rf"|(?<![增减加降改调升])至(?:20\d\d[-/年])?\d{{1,2}}(?:[-/.]|月)\d{{1,2}}日?(?!\s?(?:\d|mg|g|ml|u|片|粒|单位|毫))(?:停|止)?|(?<![a-z])[x×]\s?\d+\s?(?:天|日|周|月|d(?![a-z]))|\d+天(?:后停)?|长期(?:服用)?(?!医嘱)|终身)"
)
_STEP = (
    rf"(?:(?:after|in|from)\s(?:a|one|two|three|four|\d+)\s?(?:weeks?|days?|months?|/52|/7)\s?,?\s?(?:then\s)?(?:increase|reduce|decrease|step|go|titrate)\w*\s(?:up\s|down\s)?to\s{_AMOUNT}"
    rf"|\b(?:increase|reduce|decrease|titrate|step)\s(?:up\s|down\s)?to\s{_AMOUNT}[^,;.]{{0,20}}?\b(?:after|in|from|at)\s[^,;.]{{2,24}}"
    rf"|\d+\s?(?:周|天|日|个?月)后[^,，;；。\d]{{0,4}}(?:增|加|减|调|改|换)[^,，;；。\d]{{0,3}}{_AMOUNT}(?:\s?(?:{FREQUENCY.pattern.replace('(?i)', '')}))?"
    rf"|每\d*(?:周|天|日|个?月)(?:递?减|递?增|加)[^,，;；。\d]{{0,3}}{_AMOUNT}(?:[,，]?[^,，;；。]{{0,12}}(?:停|维持))?)"
)
"""``4周后增至0.5mg``, ``increase to 100 mg after 2 weeks``: a later step; the dose now is the one before it."""
LATER_STEP = re.compile(rf"(?i){_STEP}")
_THEN = re.compile(
    rf"(?i){_STEP}|\bthen (?:only )?(?:as|when|if) (?:needed|required)|\bthen (?:prn|od|bd|bid|tds|tid|qds|daily|nocte|mane|weekly|alternate days)(?![a-z])|(?:\bthen\b|\bfollowed by\b|\bthereafter\b|起|后改|后减(?:量)?(?:为|至)?|再减(?:为|至)?|减为|之后|以后|其后|继以|->|→).{{0,12}}?{_NUMBER}\s?{_UNIT}(?![a-z])"
)


@dataclass(frozen=True)
class Dosing:
    """Verbatim parts; ``end`` is where the last of them ends in the text read."""

    dose: str | None = None
    previous_dose: str | None = None
    route: str | None = None
    frequency: str | None = None
    duration: str | None = None
    end: int = 0


_SECOND = re.compile(
    rf"\s*(?:,|，|and|&|\+|plus|/)\s*{_AMOUNT}\s*(?:{FREQUENCY.pattern.replace('(?i)', '')})", re.IGNORECASE
)
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")


def masked_brackets(text: str) -> str:
    """Bracketed remarks blanked out, length kept."""
    return _BRACKETS.sub(lambda m: " " * len(m.group()), text)


_WAS = re.compile(
    rf"(?i)[(（][^()（）]{{0,30}}\b(?:was|previously|formerly|(?:reduced|increased|down|up) from)\s(?:on\s)?(?P<dose>{_AMOUNT})"
)
"""``25 micrograms (dose reduced; was 100 micrograms)``."""


def read_dosing(tail: str) -> Dosing:
    """The dosing in what follows a medicine's name, up to the next medicine."""
    text = masked_brackets(tail)
    bound = re.search(
        r"(?i)\b(?:if|hold for|hold if|restart|resume|when|once)\b(?! (?:daily|weekly|a |each |every |in the |at night|needed|required|nightly|only))|恢复|若|如血",
        text,
    )
    head = text[: bound.start()] if bound else text
    how = _HOW_TO_TAKE.search(head)
    if how and DOSE.search(head, how.end()):
        head = " " * how.end() + head[how.end() :]  # what stands before is the pack
    dose, previous, after = _dose(head, tail)
    was = _WAS.search(tail) if dose and not previous else None
    previous = was["dose"] if was else previous
    duration = _duration(head, tail)
    without = head
    if duration is not None:
        # A frequency behind a later step is of that step.
        mask = "\x00" if LATER_STEP.search(head[slice(*duration)]) else " "
        without = head[: duration[0]] + mask * (duration[1] - duration[0]) + head[duration[1] :]
    other = _OTHER_FORM.search(without)
    if other and other.end() == after:
        without = without[: other.start()] + " " * (after - other.start()) + without[after:]
    behind = " " * after + without[after:] if previous and not was else without
    frequency = _first_run(FREQUENCY, behind, tail)
    if frequency is None and dose and not _PARTS_OF_A_DAY.fullmatch(dose):
        frequency = _first_run(FREQUENCY, without, tail)
    if frequency is not None:
        # `20 mg om, 8 mg nocte`: two doses a day that differ are one instruction.
        second = _SECOND.match(without, frequency[1])
        if second:
            frequency = (frequency[0], second.end())
    if frequency is None and dose is not None:
        beside = _OFTEN_BESIDE.match(without, after)
        frequency = (beside.start("often"), beside.end("often")) if beside else None
    route = ROUTE.search(without)
    ends = [after, duration[1] if duration else 0, frequency[1] if frequency else 0]
    return Dosing(
        dose,
        previous,
        tail[route.start() : route.end()] if route and route.group().lower() != "patch" else None,
        tail[frequency[0] : frequency[1]].strip(" .") if frequency else None,
        tail[duration[0] : duration[1]].strip(" ,，;；") if duration else None,
        max(ends),
    )


def _dose(head: str, tail: str) -> tuple[str | None, str | None, int]:
    first = _first_dose(head)
    parts = _PARTS_OF_A_DAY.search(head) or _IN_TURN.search(head)
    strength = first is not None and re.fullmatch(r"\d+/\d+", first.group())
    if parts and (first is None or strength or parts.start() <= first.end()):
        start = min(parts.start(), first.start()) if first else parts.start()
        return tail[start : parts.end()].strip(" ,，、"), None, parts.end()
    now = LATER_STEP.search(head)
    if now and first and first.end() <= now.start():
        return _plain_dose(head[: now.start()], tail, first)
    change = _CHANGE.search(head)
    if change and (first is None or change.start() <= first.end()):
        old = change["old"].strip()
        end = _end_of_parts(head, change)
        return tail[change.start("new") : end], old, end
    to = _TO.search(head)
    if (
        to
        and first
        and first.end() <= to.start()
        and (
            _is_ceiling(head, to)
            or _DURATION.search(head[first.end() : to.start()])
            or _STEP_BY_STEP.search(head[: to.start()])
        )
    ):
        to = None
    if to:
        old_dose = first and first.end() <= to.start("new") and tail[first.start() : first.end()].strip()
        end = _end_of_parts(head, to)
        return tail[to.start("new") : end], old_dose or None, end
    if first is None:
        bare_change = _UNITLESS_CHANGE.match(head)
        if bare_change:
            return bare_change["new"], bare_change["old"].strip(), bare_change.end()
        bare = _UNITLESS.match(head)
        return (bare["dose"], None, bare.end()) if bare else (None, None, 0)
    return _plain_dose(head, tail, first)


def _end_of_parts(head: str, change: re.Match[str]) -> int:
    """``40 mg od → 80 mg morning and 40 mg at 2 pm``: the new dose has two parts."""
    parts = _PARTS_OF_A_DAY.match(head, change.start("new"))
    return max(change.end(), parts.end() if parts else 0)


def _plain_dose(head: str, tail: str, first: re.Match[str]) -> tuple[str | None, str | None, int]:
    """The first dose with what is counted of it."""
    end = first.end()
    count = _COUNT_OF_STRENGTH.match(head, end) if "/" in first.group() else None
    end = count.end() if count else end
    while True:
        # `100/6 2 puffs` and `30/500 two tablets`: strength and count are one dose.
        units = _UNITS_TAKEN.match(tail, end)
        if units and units["count"].casefold() not in {"1", "one"}:
            end = units.end()
            break
        other = _OTHER_FORM.match(head, end)
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
    end = amount.end() if amount else end
    return tail[first.start() : end].strip(), None, end


def _is_ceiling(head: str, to: re.Match[str]) -> bool:
    """``1 g qid prn, up to 4 g/day``: the most of a day, no new dose."""
    per_day = re.search(r"(?i)/\s?(?:24\s?h|d(?:ay)?)", to["new"]) or re.match(
        r"(?i)\s?(?:a|per|in|each)\s(?:day|24)", head[to.end() :]
    )
    return to.group().casefold().startswith("up") and bool(
        per_day or head[: to.start()].rstrip().endswith(",")
    )


_HOW_TO_TAKE = re.compile(r"(?i)\bsig\b\.?\s*[:：]?|用法(?:用量)?\s*[:：]")
"""``10mg×28片 sig: 5mg po bid``: the pack, then the order."""
_STEP_BY_STEP = re.compile(
    r"(?:每[^,，;；。]{1,4}减|逐渐|逐步|缓慢|渐)[^;；。]{0,12}$|(?:后|再|然后|继以)\s*$"
)
"""``30mg qd，每周减5mg，减至10mg维持``: the dose now is the first."""
_TIME = (
    r"(?:in the |at |with |before |after )?(?:\d\d:?\d\d|\d{1,2}\s?(?:am|pm)|am|pm|om|mane|morning|midday|noon|lunch(?:time)?|tea(?:time)?|evening(?: meal)?|dinner|supper|breakfast|night|nocte|bed(?:time)?)"
    r"(?![a-z])(?:\s?\([^()]{1,16}\))?"
)
_DAYS = r"(?:on )?(?:(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)[a-z]*(?:(?:\s?[/,&]\s?|\s)(?:and )?(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)[a-z]*)*|(?:all )?(?:the )?other days|the rest of the week|weekdays|weekends|even days|odd days)"
_TIME_ZH = r"(?:早|晨|上午|中午|中|午|下午|晚|睡前|夜间)(?:上|晨|间)?(?:餐|饭)?(?:前|后|时|中)?(?:服|用|各|注射|皮下)?\s?[:：]?\s?"
_PARTS_OF_A_DAY = re.compile(
    rf"(?i){_AMOUNT}\s?{_TIME}(?:\s*(?:[,，/+&]|and|then|plus)?\s*{_AMOUNT}\s?{_TIME})+"
    rf"|{_AMOUNT}\s{_DAYS}\s?(?:[,，;/&]|and|then)\s?{_AMOUNT}\s{_DAYS}"
    rf"|{_NUMBER}(?:\s?-\s?{_NUMBER}){{2,3}}\s?(?:units?|u|iu)(?![a-z])"
    rf"|{_TIME_ZH}{_AMOUNT}(?:\s?[、,，/+和及]?\s?{_TIME_ZH}{_AMOUNT})*"
    rf"|{_NUMBER}\s?(?:units?|u|iu)(?:\s?[-–/]\s?{_NUMBER}\s?(?:units?|u|iu)?(?![a-z])){{1,3}}"
)
"""``80mg am / 40mg pm``, ``早16U、晚12U``, ``6u/8u/8u``: parts that differ are one dose; one of them alone would be wrong."""
_OFTEN_BESIDE = re.compile(
    r"(?i)\s*(?:(?:po|oral|orally|sc)\s)?(?P<often>(?:on |every )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?|s)?(?:(?:\s?[/,&]\s?|\s)(?:and )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?|s)?)*"
    r"|\d{1,2}(?::?\d\d)?\s?(?:am|pm)(?:[,/&\s]+(?:and )?\d{1,2}(?::?\d\d)?\s?(?:am|pm))*|am|pm)(?![a-z])"
)
"""``methotrexate 15 mg Mon``, ``100/25 1 tab 8am 12pm``: days and times right behind the dose say how often."""
_BARE_PERIOD = re.compile(
    rf"(?i)(?:{FREQUENCY.pattern.replace('(?i)', '')})\s*(?:[-–]\s*)?(?P<period>\d+(?:\s?[-–]\s?\d+)?\s?(?:days?|weeks?|wks?|months?))(?![a-z])(?!\s(?:before|after|pre|post|prior|ago))"
)
"""``bd - 2 weeks``, ``tds 1 week``."""
_IN_TURN = re.compile(
    rf"(?i){_AMOUNT}\s?(?:/|与|和|、|and|alternating with|alt(?:ernate)? with)\s?{_AMOUNT}(?:\s?(?:alternat\w+(?: days?)?|on alternate days|alt days|隔日交替|交替))?"
    rf"(?:(?<=alternating)|(?<=days)|(?<=day)|(?<=交替)|(?<=alternate))|{_AMOUNT}\s(?:alternating|alternate|alt) with\s{_AMOUNT}"
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
    rf"{_AMOUNT}\s(?:in the |at )?(?:\d\d:\d\d|\d{{1,2}}\s?(?:am|pm)|am|pm|mane|morning|midday|noon|lunch\w*|evening|night|nocte)(?![a-z])"
)
_OTHER_FORM = re.compile(
    rf"(?i)\s*(?:\+|and|plus|&)\s*(?:\w+\s)?(?:lozenges?|gum|inhalator|(?:mouth |nasal )?spray|patch|tablets?|capsules?|liquid)\s{_AMOUNT}(?:\s(?:{FREQUENCY.pattern.replace('(?i)', '')}))?"
)
"""``patch 21 mg/24h + lozenge 2 mg prn``: what is said of the lozenge is not said of the patch."""
_PER_CARB = re.compile(
    r"(?i)\s?(?:per|/|:)\s?\d+\s?g(?:\s?(?:of )?carb\w*)?(?:\s(?:with|at) (?:meals?|food))?(?:\s?[+,]\s?(?:and )?correction(?: dose)?\s?(?:of )?1:\d+(?:\s?(?:>|above|over)\s?\d+)?|\s?\+\s?1:\d+(?:\s?>\s?\d+)?)?"
)
"""``1 unit:15g carb with meals + correction 1:5 >8``: the ratio is the dose."""


_NOT_A_DOSE = re.compile(r"(?i)^\s*(?:mmol/l|mg/l|mg/dl|g/l|g/dl|ng/ml|µmol|umol|/l\b|/dl\b)")


_CEILING = re.compile(
    r"(?i)(?:\bmax(?:imum|imal)?(?: (?:of|dose|daily dose))?|\bnot (?:more than|exceed\w*)|\blimit(?:ed to)?|最多|不超过|上限|最大量?)[.:：]?\s*$"
)
"""What stands before the most that may be taken, which is no dose to take: ``paracetamol max 2 g/day if needed``."""
_UNITLESS = re.compile(
    rf"(?i)\s*(?:(?:IR|MR|SR|XL|XR|ER|CR|PR|LA|EC)\s+)?(?P<dose>{_NUMBER}(?:\s?(?:[-–]|to)\s?{_NUMBER})?)(?=\s+(?:{ROUTE.pattern.replace('(?i)', '')}|{FREQUENCY.pattern.replace('(?i)', '')}))"
)
"""``losartan 50 daily``: a number right behind the name and right before how often; its unit is not written."""
_UNITLESS_CHANGE = re.compile(
    rf"(?i)\s*(?P<old>{_NUMBER}(?:\s+(?:{FREQUENCY.pattern.replace('(?i)', '')}))?)\s*{_ARROW}\s*(?P<new>{_NUMBER})"
    rf"(?=\s+(?:{FREQUENCY.pattern.replace('(?i)', '')})|\s*(?:[,;.(（，；。]|$))"
)
"""``gabapentin 600 TID -> 300 TID``: a change whose unit is not written."""
_COUNT_OF_STRENGTH = re.compile(rf"(?i)\s+[1-4](?=\s+(?:{FREQUENCY.pattern.replace('(?i)', '')}))")
"""``30/500 2 qds``: two tablets of that strength."""


def _first_dose(head: str) -> re.Match[str] | None:
    for match in DOSE.finditer(head):
        if _CEILING.search(head[: match.start()]):
            continue
        if _NOT_A_DOSE.match(head[match.start() :].lstrip("0123456789. ")) or re.match(
            r"(?i)\s?/\s?(?:l|dl)\b", head[match.end() :]
        ):
            continue
        if re.search(
            r"(?i)\b(?:BP|HR|Cr|creat|wt|weight|SpO2|sats|glucose|after|day|x)\s?$", head[: match.start()]
        ):
            continue
        if re.search(r"\d/\d+(?:/\d+)?$", match.group()) and (
            _is_date(head, match) or len(head[: match.start()].split()) > 2
        ):
            continue
        return match
    return None


def _is_date(head: str, match: re.Match[str]) -> bool:
    before = head[: match.start()].rstrip().lower()
    return bool(
        re.search(
            r"(?:on|until|till|thru|through|from|since|by|started|stopped|dc'd|held|resumed|given|ended|to)$",
            before,
        )
    )


_ENDS_ASIDE = re.compile(
    rf"[(（\[](?:(?:new|continue|started|新增|新加|术后)\s?[,;，；、:-]?\s?)?(?P<period>(?i:until|till|for \d+(?:\s?[-–]\s?\d+)?\s?(?:more\s)?{_PERIOD}|last dose|to finish|finish(?:es)?|ends?|stops?)\b[^()（）]{{2,60}}"
    rf"|(?i:for \d+(?:\s?[-–]\s?\d+)?\s?{_PERIOD}|\d+[- ](?:day|week|month) course)|(?:至|到)(?:20)?\d[^()（）]{{2,24}}|(?:共|疗程|连用)\s?\d+\s?(?:天|日|周|个?月)[^()（）]{{0,12}})[)）\]]"
)
"""``75 mg once daily (until 19 June, then STOP)``."""


def _duration(head: str, tail: str) -> tuple[int, int] | None:
    match = _DURATION.search(head)
    aside = None if match else _ENDS_ASIDE.search(tail)
    if aside and len(head) >= aside.end():
        return aside.span("period")
    bare = None if match else _BARE_PERIOD.search(head)
    if match is None and bare is None:
        step = LATER_STEP.search(head)
        return step.span() if step else None
    start, end = match.span() if match else bare.span("period") if bare else (0, 0)
    for more in _DURATION.finditer(head, end):
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


def _first_run(pattern: re.Pattern[str], text: str, tail: str) -> tuple[int, int] | None:
    match = pattern.search(text)
    if match is None:
        return None
    start, end = match.start(), match.end()
    while True:
        more = pattern.search(text, end)
        if more is None or re.sub(r"(?i)\bonly\b", "", text[end : more.start()]).strip(" ,，"):
            return start, end
        end = more.end()
