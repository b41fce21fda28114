"""The patient's age as a chart states it, and that age in years.

Owns which figure is an age of the patient. Refuses the ages of relatives, durations (``T2DM 18y``), courses of medicine
and distances (``walks 10 m``): a figure counts with a label, with words for an age, or beside the sex.
"""

from __future__ import annotations

import re

_SEX_WORD = r"(?:(?i:male|female|man|woman|boy|girl|gentleman|lady|infant)\b|[MF]\b|[男女])"
_FIGURE = r"(?P<{}>\d{{1,3}})"
_AGE = re.compile(
    "|".join(
        (
            # `Age 34.`, `Age / sex | 86 / female`, `年龄：54`
            r"(?:(?m:^)|[\n|.,;:：(（\t]|\s{2})[\s*_-]*(?:[Pp]atient'?s? )?(?:[Aa]ge|AGE)(?:\s?[/&,]\s?(?i:sex|gender))?[\s*_:：|=]*"
            + _FIGURE.format("label")
            + r"(?!\d|\.\d|[/%>–-]\d|\s?(?:and|to|or|-|–)\s?\d|(?:st|nd|rd|th)\b)(?:\s?-?(?P<label_unit>(?i:y(?:ears?|rs?|o)?|months?|mo|weeks?|days?)\b))?",
            r"年龄(?:/性别)?[\s|]*[:：|]?\s*"
            + _FIGURE.format("zh_label")
            + r"\s?(?P<zh_label_unit>岁|个?月|周|天)?",
            # `Mrs Hall, aged 88`, `a gentleman of 78`
            r"(?:\b[Aa]ged|(?i:widow(?:er)?|man|woman|lady|gentleman|patient) of|(?i:patient|male|female),? age)\s"
            + _FIGURE.format("aged")
            + r"(?!\d|\.\d|[/%>–-]\d|\s?(?:and|to|or|-|–)\s?\d|\s?(?:months?|weeks?|days?|kg|mg)\b)",
            # `girl aged 2 months`, `Child 3 years`
            r"(?i:\b(?:child|boy|girl|baby|infant|toddler|neonate),? (?:aged )?)"
            + _FIGURE.format("young")
            + r"\s?(?P<young_unit>(?i:years?|yrs?|y|months?|mo|weeks?|days?)\b)",
            # `8-month-old`, `71 year old`, `58y/o`
            r"(?<![\d.>-])(?<!\d/)"
            + _FIGURE.format("old")
            + r"[\s-]?(?P<old_unit>(?i:y(?:ears?|rs?)?|months?|mo|mths?|weeks?|wks?|days?)(?i:[ /-]?old|[ /]?o\b)|(?i:y\.o\.|yo\b)|周?岁|个?月[龄大]|[天日]龄)(?![a-z])",
            # `34Y`, `58 years`, `4 mo male`
            r"(?<![\d.>-])(?<!\d/)"
            + _FIGURE.format("plain")
            + r"[\s-]?(?P<plain_unit>(?i:y(?:ears?|rs?)?)\b|(?i:months?|mo|weeks?|days?|m)(?=[\s,/|]+"
            + _SEX_WORD
            + r")|(?i:months?)(?=,? \d{1,2}(?:\.\d+)?\s?kg))",
            # `63M`, `88, male`, `72 / F`
            r"(?<![\d.>/-])(?<!\d[:：])"
            + _FIGURE.format("before")
            + r"(?:\s?[,/|]\s?|\s{1,3})?(?="
            + _SEX_WORD
            + r")",
            # `F 84`, `Male | 54`, `男，2岁3个月`, `女，5个月`
            r"(?:\b(?i:female|male)|(?<![A-Za-z\d.])[MF](?!\d(?!\d))|[男女]婴?)\s*[,，/|、]?\s*"
            + _FIGURE.format("after")
            + r"(?!\d|\.\d|[/%–-]\d|\s?(?:kg|mg|cm|weeks\b))[\s-]?(?P<after_unit>岁|个?月(?!\d)|天|(?i:months?|mo|days?|y(?:ears?|rs?|o)?)\b(?i:[ -]?old\b)?)?",
            # `Ms Ana Lind, 58, 81 kg`: a bare figure behind a titled name
            r"\b(?:Mrs|Mr|Ms|Miss|Mdm|Madam)\.? (?:[A-Z][\w.'’-]+ ){0,3}[A-Z][\w'’-]+, ?"
            + _FIGURE.format("titled")
            + r"(?=\s*[,.;/|)\n]\s*(?:$|[^\d\s]|\d+(?:\.\d+)?\s?kg))(?!\.\d)",
            # `71m admitted with …` as the chart's own first words
            r"\A\W*(?:[A-Z][\w.'’-]+,?\s){0,4}" + _FIGURE.format("glued") + r"(?=[mf]\b)",
        )
    )
)
_RELATIVE = r"(?<!feeding )(?:sister|brother|sibling|twin|son|daughter|grand(?:son|daughter|child\w*)|cousin|niece|nephew|child(?:ren)?(?!-)|kids?|mother|mum|mom|father|dad|husband|wife|partner|spouse|carer|aunt|uncle|grandmother|grandfather|parents?)"
_OF_ANOTHER = re.compile(
    rf"(?i)[\s.,)-]*(?:old\s)?{_RELATIVE}\b|的?(?:姐|妹|哥|弟|儿子|女儿|母亲|父亲|孩子|孙)"
)
"""``3 y.o. sister with asthma``."""
_ANOTHER_BEFORE = re.compile(
    rf"(?i)\b{_RELATIVE}s?\b[^.;:|\n]{{0,24}}$|\b(?:her|his|their|my)\s(?:\w+\s)?$|\b(?:lives|living|along|together) with (?:an? )?$"
    r"|\b(?:mother|mum|father|parent|carer) (?:of|to) (?:an? |\w+ )?$|(?:feeding|nursing) (?:an? )?$"
    r"|(?:母亲?|父亲?|妻|丈夫|配偶|爱人|老伴|儿子?|女儿|姐|妹|哥|弟|祖父|祖母|爷爷|奶奶|子女|孩子|家属|[之一]子|[之一]女)[^，。；,;\n]{0,6}$"
)
"""``breastfeeding her 8-month-old``, ``wife Joan, aged 84``, ``母亲60岁心梗``."""
_OF_A_THING = re.compile(
    r"(?i)[\s-]*(?:old\s)?(?:\w+\s)?(?:fractures?|replacement|stents?|scars?|grafts?|valves?|pacemaker|device|implant|infarct\w*|strokes?|injur\w+|prosthe\w+)\b"
)
_DURATION_AFTER = re.compile(
    r"(?i)\s*(?:ago|hx|history|smok|of\b|later|post\b|after\b|since|before|pack|pk|each|per\b|duration|follow)|前|来|余|后|内|以|史|多|时|起|开始"
)
_DURATION_BEFORE = re.compile(
    r"(?i)(?:\b(?:for|over|past|last|next|after|than|within|every|in|since|about|approx|hx|history|smok\w*|diagnosed|pack|pk|from|until|till|at|by)|(?-i:\bx)|[×<>≤≥~])\s*$"
)
_DISTANCE = re.compile(
    r"(?i)(?:\b(?:walk\w*|mobil\w+|distance|hops?|steps?|up to|frame|stick|stairs?|6MWT|6MWD|10MWT|aided|indep\w*)[^\w.;\n]*(?:\w+[^\w.;\n]+){0,2})$"
)
_AT_AN_AGE = re.compile(
    r"(?i)\b(?:menarche|menopaus\w*|onset|diagnos\w*|retired|started|quit|died|deceased|dx|smok\w*|score|VASc|GRACE|CURB\S*|Rockall)\b[^.\n]{0,16}$"
)
"""``Menarche: age 12``, ``CHA2DS2-VASc: Age 2``."""
_HEAD = 2500


def find_age(text: str, illness: re.Pattern[str] | None = None) -> tuple[int, int] | None:
    """Where the patient's age stands in the head of a chart, with its unit; None where none is told.

    ``illness`` matches names of diseases: with it ``T2DM 18y`` is told from ``Mary, 58 years``, without it a bare figure with
    its unit counts at the start of a line alone.
    """
    head = text[:_HEAD]
    for match in _AGE.finditer(head):
        group = next(k for k, v in match.groupdict().items() if v and not k.endswith("_unit"))
        unit = match.groupdict().get(f"{group}_unit")
        end = match.end(f"{group}_unit") if unit else match.end(group)
        if int(match[group]) <= 120 and _is_the_patients(head, match, group, end, illness):
            return match.start(group), end
    return None


def _is_the_patients(
    head: str, match: re.Match[str], group: str, end: int, illness: re.Pattern[str] | None
) -> bool:
    line = head.rfind("\n", 0, match.start(group)) + 1
    at = match.start() if group == "young" else match.start(group)
    before = head[max(line, at - 60) : at]
    after = head[end : end + 24]
    if group == "old" and _OF_A_THING.match(after):
        return False
    if group == "titled" and int(match[group]) < 16:
        return False
    if _OF_ANOTHER.match(after) or _ANOTHER_BEFORE.search(before) or _DURATION_AFTER.match(after):
        return False
    if group == "label" and _AT_AN_AGE.search(before):
        return False
    if group in ("plain", "before", "after", "glued") and _DISTANCE.search(before):
        return False
    if group == "plain":
        if _DURATION_BEFORE.search(before):
            return False
        if illness is None:
            return not re.search(r"\w", before)
        named = [*illness.finditer(before)]
        return not named or bool(re.search(r"\w", before[named[-1].end() :]))
    return True


_STATED = re.compile(r"(\d{1,3})[\s-]?([^\d\s]*)")


def years_of(age_text: str | None) -> float | None:
    """``34`` and ``34y`` are years; ``8-month-old``, ``5个月`` and ``12 days`` parts of one."""
    stated = _STATED.search(age_text or "")
    if stated is None:
        return None
    number, unit = float(stated[1]), stated[2].casefold()
    if unit.startswith("m") or "月" in unit:
        return number / 12
    if unit.startswith("w") or unit == "周":
        return number / 52
    return number / 365 if unit.startswith("d") or unit[:1] in ("天", "日") else number
