"""What a procedure is called where it stands: its core name, with the side, the site and the way it was done.

Owns how far the name reaches. Refuses to know whether it was done.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from assistant.records.date_forms import DATE
from assistant.records.disease_words import disease

SIDE = r"(?:\b(?:R|L|Rt|Lt|RT|LT|right|left|bilateral|Right|Left|Bilateral|RIGHT|LEFT)\b|[左右双][侧]?)"


@cache
def pattern() -> re.Pattern[str]:
    raw = yaml.safe_load(Path(__file__).with_name("procedures.yaml").read_text(encoding="utf-8"))
    return re.compile("|".join(TypeAdapter(list[str]).validate_python(raw)))


_NO_MODIFIER = frozenset(
    "a an the and or for had has have underwent s/p post after before to with of on at via in his her their plan planned plans planning repeat "
    "then now today yesterday tomorrow tonight was is are were did no not nil by under pt patient consented considered consider "
    "awaiting await needs need requires required booked listed scheduled elective urgent if until unless from w this that these "
    "previous prior old known history h/o hx during started start stopped cancelled canceled deferred declined refused received "
    "discussed offered recommend recommended suggest suggested theatre theater am pm morning night went going taken proceeded "
    "successful uncomplicated resus well also both mr dr ms mrs prof miss us ct will may might should".split()
)
_WORD_BEFORE = re.compile(r"(?P<word>[A-Za-z][A-Za-z0-9/&'’-]*)\s$")
_MORE = re.compile(
    rf"\s*\([^()\n]{{1,40}}\)|\s(?:insertion|implantation|placement|exchange|removal|repair|change|delivery|with biops(?:y|ies))\b|\s?x\s?\d+\b"
    rf"|\s{SIDE}(?:\s(?:leg|arm|foot|hand|knee|hip|side|eye|ear|lung|kidney|breast|groin|shoulder|ankle|wrist|chest|IJ|femoral|subclavian|radial))?"
    rf"|\s(?:of|to|at|via|under|through)\s(?:the\s)?(?:[A-Za-z][A-Za-z-]*\s?){{1,3}}(?=\W|$)"
    r"|,?\s(?:converted|conversion) to (?:open|laparotomy|GA|general)(?:\s\w+ectomy)?"
    r"|\s(?:with|and|\+)\s+(?:an?\s+)?(?:[A-Za-z-]+\s+){0,3}?(?i:stent(?:ing)?|drain|biops\w+|clip\w*|banding|injection|mesh|graft)(?:\s+(?:placement|insertion|placed|inserted))?\b"
)
_SIDE_LATER = re.compile(
    rf"(?:\s(?:placed|inserted|sited|done|on|in|to|\d[\d/.-]*)){{1,4}}\s{SIDE}(?:\s[a-z]+)?(?=\W|$)"
)
_ZH_LEAD = re.compile(
    r"^.*?(?:下行|拟行|拟|已行|急行|遂行|改行|原定|予以|给予|备|暂不|未|因|并|及|和|了|予|行)(?=[一-鿿]{2})"
)


def name_range(text: str, start: int, end: int) -> tuple[int, int]:
    """From the words that qualify the name to its side, site and method; never past a comma or a date."""
    if re.match(r"[一-鿿]", text[start:]):
        lead = _ZH_LEAD.match(text[start:end])
        return (start + lead.end() if lead else start), end
    for _ in range(4):
        word = _WORD_BEFORE.search(text, 0, start)
        if word is None or word["word"].casefold() in _NO_MODIFIER or DATE.search(word["word"]):
            break
        start = word.start()
    while True:
        more = _MORE.match(text, end)
        if not more or more.end() - start > 90:
            break
        end = more.start() + len(more.group().rstrip())
    later = _SIDE_LATER.match(text, end)
    litres = later and re.search(r"(?<![\d/.-])\d+(?:\.\d+)?\s?L\b", later.group())
    if later and not litres and not re.search(SIDE, text[start:end]):
        end = later.end()
    return start, end


def core_name(name: str) -> str:
    """``angiogram`` of ``L leg angiogram``: the part that any other mention shares."""
    found = pattern().search(name)
    return found.group() if found else name


def is_operation(name: str) -> bool:
    """``2019年胆囊切除术``: a procedure and no disease, where a comorbidity stands."""
    return bool(pattern().search(name)) and not disease().search(pattern().sub(" ", name))


def key(name: str) -> str:
    """Equal for two mentions of one procedure: its core, and the side where both say one."""
    bare = re.sub(r"(?i)\blap(?:aroscopic)?\.?\s+|insertion|implantation|术$", "", core_name(name)).strip()
    return bare.casefold()[:5]


def side(name: str) -> str:
    found = re.search(SIDE, name)
    return (
        {"r": "r", "l": "l", "b": "b", "右": "r", "左": "l", "双": "b"}[found.group()[0].casefold()]
        if found
        else ""
    )
