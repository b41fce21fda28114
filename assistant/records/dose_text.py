"""The parts of a prescription line: dose, route, frequency, duration, as written.

Owns how the parts (``dose_forms``, ``dose_parts``, ``dose_duration``) belong together in one line. Refuses to know drugs and to
compute or normalise doses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.records.dose_duration import DURATION, LATER_STEP, duration_in
from assistant.records.dose_forms import AMOUNT, DOSE, FREQUENCY, HOW_OFTEN, NUMBER, PER, ROUTE, UNIT
from assistant.records.dose_parts import IN_TURN, OTHER_FORM, PARTS_OF_A_DAY, end_of_count, end_of_parts

_ARROW = r"(?:-+>|→|➔|⇒|=>|>>|↑|↓)"
_CHANGE = re.compile(
    rf"(?i)(?:(?:from|由|从)\s?)?(?P<old>{NUMBER}\s?(?:{UNIT}(?![a-z]){PER})?(?:\s?(?:od|bd|bid|tds|tid|qds|qid|qd|daily|qhs|nocte|prn))?)"
    rf"\s*(?:{_ARROW}|\bto\b|加至|增至|减至|降至|减为|增为|改为|改成|调整为|调为|调至|(?:加量|减量|增量|上调|下调)(?:至|到|为))\s*(?P<new>{NUMBER}\s?{UNIT}(?![a-z]){PER})"
)
_TO = re.compile(
    rf"(?i)(?:{_ARROW}|(?:increased?|reduced?|decreased?|changed?|titrated|weaned|lowered|cut|up|down)\s+to|(?:restarted|re-started|resumed|recommenced|reintroduced)\b[^,;.]{{0,24}}?\bat|加至|增至|减至|降至|减为|增为|改为|改成|调整为|调为|调至|加到|减到)\s*(?:[^\d，。；;,\n]{{0,8}}(?:更正|订正|纠正|应为|改为|corrected(?: to)?|should be)\s?[:：]?\s*)?(?P<new>{NUMBER}\s?{UNIT}(?![a-z]){PER})"
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


_SECOND = re.compile(rf"\s*(?:,|，|and|&|\+|plus|/)\s*{AMOUNT}\s*(?:{HOW_OFTEN})", re.IGNORECASE)
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")


def masked_brackets(text: str) -> str:
    """Bracketed remarks blanked out, length kept."""
    return _BRACKETS.sub(lambda m: " " * len(m.group()), text)


_WAS = re.compile(
    rf"(?i)[(（][^()（）]{{0,30}}\b(?:was|previously|formerly|(?:reduced|increased|down|up) from)\s(?:on\s)?(?P<dose>{AMOUNT})"
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
    duration = duration_in(head, tail)
    without = head
    if duration is not None:
        # A frequency behind a later step is of that step.
        mask = "\x00" if LATER_STEP.search(head[slice(*duration)]) else " "
        without = head[: duration[0]] + mask * (duration[1] - duration[0]) + head[duration[1] :]
    other = OTHER_FORM.search(without)
    if other and other.end() == after:
        without = without[: other.start()] + " " * (after - other.start()) + without[after:]
    behind = " " * after + without[after:] if previous and not was else without
    frequency = _first_run(FREQUENCY, behind, tail)
    if frequency is None and dose and not PARTS_OF_A_DAY.fullmatch(dose):
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
        tail[duration[0] : duration[1]].strip(" ,，;；-–—") if duration else None,
        max(ends),
    )


def _dose(head: str, tail: str) -> tuple[str | None, str | None, int]:
    first = _first_dose(head)
    parts = PARTS_OF_A_DAY.search(head) or IN_TURN.search(head)
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
        end = end_of_parts(head, change)
        return tail[change.start("new") : end], old, end
    to = _TO.search(head)
    if (
        to
        and first
        and first.end() <= to.start()
        and (
            _is_ceiling(head, to)
            or (_YET_TO_COME.match(to.group()) and _WHEN.match(tail, to.end()))
            or DURATION.search(head[first.end() : to.start()])
            or _STEP_BY_STEP.search(head[: to.start()])
        )
    ):
        to = None
    if to:
        old_dose = first and first.end() <= to.start("new") and tail[first.start() : first.end()].strip()
        end = end_of_parts(head, to)
        return tail[to.start("new") : end], old_dose or None, end
    if first is None:
        bare_change = _UNITLESS_CHANGE.match(head)
        if bare_change:
            return bare_change["new"], bare_change["old"].strip(), bare_change.end()
        bare = _UNITLESS.match(head)
        return (bare["dose"], None, bare.end()) if bare else (None, None, 0)
    return _plain_dose(head, tail, first)


def _plain_dose(head: str, tail: str, first: re.Match[str]) -> tuple[str, None, int]:
    end = end_of_count(head, tail, first)
    return tail[first.start() : end].strip(), None, end


_YET_TO_COME = re.compile(
    r"(?i)(?:reduce|increase|decrease|change|titrate|lower|cut|up|down)\s+to\b|加到|减到|加至|减至|改为"
)
_WHEN = re.compile(
    r"(?i)[^.;,，；]{0,12}?\s(?:when|once|after|if|next|(?:on|from|by) (?:the )?(?:\d|[A-Z][a-z]{2})|at (?:\w+ )?(?:clinic|review|follow)|in \d+ ?(?:days?|weeks?|months?|/\d))|[^。；]{0,6}?(?:，)?(?:若|如|待)"
)
"""``10 units mane - reduce to 6 units when pred 12.5``: the dose now is the first."""


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
_OFTEN_BESIDE = re.compile(
    r"(?i)\s*(?:(?:po|oral|orally|sc)\s)?(?P<often>(?:on |every )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?|s)?(?:(?:\s?[/,&]\s?|\s)(?:and )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?|s)?)*"
    r"|\d{1,2}(?::?\d\d)?\s?(?:am|pm)(?:[,/&\s]+(?:and )?\d{1,2}(?::?\d\d)?\s?(?:am|pm))*|am|pm)(?![a-z])"
)
"""``methotrexate 15 mg Mon``, ``100/25 1 tab 8am 12pm``: days and times right behind the dose say how often."""
_NOT_A_DOSE = re.compile(r"(?i)^\s*(?:mmol/l|mg/l|mg/dl|g/l|g/dl|ng/ml|µmol|umol|/l\b|/dl\b)")
_CEILING = re.compile(
    r"(?i)(?:\bmax(?:imum|imal)?(?: (?:of|dose|daily dose))?|\bnot (?:more than|exceed\w*)|\blimit(?:ed to)?|最多|不超过|上限|最大量?)[.:：]?\s*$"
)
"""What stands before the most that may be taken, which is no dose to take: ``paracetamol max 2 g/day if needed``."""
_OF_A_SCALE = re.compile(
    r"(?i)(?:(?<!\d)\d{1,3}(?:\.\d)?\s?(?:-|–|to)\s?\d{1,3}(?:\.\d)?|[<>≤≥]\s?=?\s?\d{1,3}(?:\.\d)?|\d{3}\s?\+)(?:\s?(?:mg/dl|mmol/l))?\s?[:=]?\s*$"
)
"""``sliding scale: 150-199 2 units``: a step of the scale, no dose to take each time."""
_UNITLESS = re.compile(
    rf"(?i)\s*(?:(?:IR|MR|SR|XL|XR|ER|CR|PR|LA|EC)\s+|(?:缓释|控释|肠溶|分散)?(?:片|胶囊|颗粒)\s?)?(?P<dose>{NUMBER}(?:\s?(?:[-–]|to)\s?{NUMBER})?)(?=\s+(?:{ROUTE.pattern.replace('(?i)', '')}|{HOW_OFTEN}))"
)
"""``losartan 50 daily``: a number right behind the name and right before how often; its unit is not written."""
_UNITLESS_CHANGE = re.compile(
    rf"(?i)\s*(?P<old>{NUMBER}(?:\s+(?:{HOW_OFTEN}))?)\s*{_ARROW}\s*(?P<new>{NUMBER})"
    rf"(?=\s+(?:{HOW_OFTEN})|\s*(?:[,;.(（，；。]|$))"
)
"""``gabapentin 600 TID -> 300 TID``: a change whose unit is not written."""


def _first_dose(head: str) -> re.Match[str] | None:
    for match in DOSE.finditer(head):
        if _CEILING.search(head[: match.start()]) or _OF_A_SCALE.search(head[: match.start()]):
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


_DUE = re.compile(r"(?:due|next|last|dose)$")
"""``second dose 11/24``: the day of it, no strength."""
_MONTHS = 12


def _is_date(head: str, match: re.Match[str]) -> bool:
    before = head[: match.start()].rstrip().lower()
    day = re.search(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?P<year>/(?:19|20)\d\d)?$", match.group())
    if day and (day["year"] or (_DUE.search(before) and min(int(day[1]), int(day[2])) <= _MONTHS)):
        return True
    return bool(
        re.search(
            r"(?:on|until|till|thru|through|from|since|by|started|stopped|dc'd|held|resumed|given|ended|to)$",
            before,
        )
    )


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
