"""Labels inside a line: ``PMH: COPD. Meds: ...``, ``HOLD: metformin``, ``BLOODS   03/11   04/11``.

Owns which words of a line open a section and where the label ends. Refuses to know what is then done with the text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.records.dictated import dictated_labels
from assistant.records.disease_words import disease
from assistant.records.labels import Label
from assistant.records.layout_state import MEDICINE_LISTS, Open, State
from assistant.records.medication_heads import BARRED, columns_of
from assistant.records.section_names import HAN, key_of, section_names
from knowledge.formulary import open_formulary

ACTION_LINE = re.compile(
    r"(?i)^\s*(?:[-•*]\s*)?(?:CHG|OFF(?=\s{1,6}[A-Za-z])|STOP(?:PED)?|HOLD|HELD|NEW|SAME|CHANGED?|UNCHANGED|CONTINUED?|START(?:ED)?|RESUMED?|RESTART|"
    r"DISCONTINUED?|MODIFIED|INCREASED?|DECREASED?|REDUCED|WITHHELD|PAUSED|ON HOLD|DO NOT TAKE|NOT TO TAKE|"
    r"停用|停|暂停|新增|继续|调整|不变|加用|改)\b"
)


ACTION_LABEL = re.compile(
    r"(?i)(?<![\w/])(?P<label>(?:START|CHANGE|CONTINUE|STOP|RESUME|KEEP)(?: HOW YOU)? (?:TAKING|TAKE)(?: (?:THESE|THE FOLLOWING|YOUR|THIS)(?: (?:MEDICATION|MEDICINE)S?)?)?|STOP(?:PED)?(?: TAKING)?|HOLD|HELD|ON HOLD|WITHHELD|PAUSED?|NEW(?: MED(?:ICATION|ICINE)?S)?|SAME|UNCHANGED|NO CHANGE|"
    r"CHANGED?(?: MED(?:ICATION|ICINE)?S)?|CONTINUED?(?: MED(?:ICATION|ICINE)?S)?|START(?:ED)?|RESUMED?|DISCONTINUED?|"
    r"MODIFIED|INCREASED|DECREASED|REDUCED|(?:DO )?NOT (?:TO )?(?:BE )?TAKEN?|停用|停药|暂停|新增|继续|不变|调整|加用)\s{0,2}[:：]"
)


def inline_labels(text: str, state: State) -> list[Label]:
    """The labels of a line in order; a line in a discharge note that only says what to take may open its list."""
    labelled = re.match(r"\s*[A-Z][\w /'&-]{1,40}[:：]", text)
    dictated = dictated_labels(text, letter=state.letter and labelled is None)
    if dictated:
        return dictated
    found = _written_labels(text, state)
    if not any(label.start <= 3 for label in found):
        leading = _leading_label(text, state)
        if leading:
            found.append(leading)
    found += [
        Label(m.start(), m.end(), _medication_section(state), m["label"])
        for m in ACTION_LABEL.finditer(text)
        if _label_position(text, m)
    ]
    in_list = state.open is not None and state.open.section == "discharge_medications"
    if in_list and state.note.discharge and not found and _GOES_TO.match(text):
        found.append(Label(0, 0, "disposition", "disposition"))
    row = _in_table(text) and bool(state.segments) and _in_table(state.segments[-1].span.text)
    if (
        not row
        and ACTION_LINE.match(text)
        and not any(label.start <= 3 for label in found)
        and state.note.discharge
    ):
        section = state.open.section if state.open else ""
        if section not in {"discharge_medications", "instructions", "follow_up"}:
            state.open = Open("discharge_medications", "", "line")
    found += _further_numbers(text, found)
    kept: list[Label] = []
    for label in sorted(found, key=lambda label: label.start):
        if not kept or label.start >= kept[-1].end:
            kept.append(label)
    kept = [one for one in kept if not _of_a_culture(one, text, state)]
    return [_with_its_verb(label, text) for label in kept]


_CULTURE = re.compile(
    r"(?i)\b(?:cultures?|MSU|CSU|isolates?|organism|grew|growth|swab|sputum|coli|staph\w*|strep\w*|klebsiella|pseudomonas|MRSA|ESBL)\b|培养"
)


def _of_a_culture(label: Label, text: str, state: State) -> bool:
    """``MSU: E. coli. Sensitivities: nitrofurantoin``: what the germ is sensitive to, not the patient."""
    if label.key != "allergies" or not re.fullmatch(r"(?i)sensitivit(?:y|ies)", label.word.strip()):
        return False
    before = state.segments[-1].span.text[-160:] if state.segments else ""
    behind = text[label.end :]
    return bool(_CULTURE.search(before + text[: label.start]) or re.search(r"\b[SRI]\b", behind))


def _in_table(text: str) -> bool:
    return len(BARRED.findall(text)) >= 2


def _written_labels(text: str, state: State) -> list[Label]:
    """Labels with a colon, or in capitals before a dash."""
    names = section_names()
    patterns = (names.inline, names.zh_inline) if re.search(r"[:：]|\s[-–—]", text) else ()
    found: list[Label] = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            word = re.sub(r"[ \u3000]+", "", match["label"]) if pattern is names.zh_inline else match["label"]
            key = names.label[word.casefold()]
            if _stands_as_label(text, match, key):
                found.append(Label(_with_number(text, match.start()), match.end(), key, match["label"]))
    found += [
        Label(m.start(), m.end(), names.label[m["label"].casefold()], m["label"])
        for m in _MID_LINE.finditer(text)
        if not any(label.start <= m.start() < label.end for label in found)
    ]
    found += [
        Label(m.start("label"), m.start("label"), "allergies", m["label"])
        for m in _ALLERGIC.finditer(text)
        if state.open is None or state.open.section != "allergies"
    ]
    home = _HOME_LIST.match(text)
    if home and len(_DOSES.findall(text)) >= 2 and not any(label.start <= 3 for label in found):
        found.append(Label(home.start("label"), home.end(), "home_medications", home["label"]))
    newborn = _NEWBORN.match(text) if state.grown else None
    if newborn:
        found.append(Label(newborn.start("label"), newborn.end(), "family_history", newborn["label"]))
    review = _REVIEW.match(text) if state.note.discharge else None
    if review:
        found.append(Label(review.start("label"), review.end(), "follow_up", review["label"]))
    ranked = _RANKED.match(text)
    listed = bool(state.segments) and state.segments[-1].section in {"assessment", "discharge_diagnosis"}
    first = ranked is not None and ranked["label"].casefold() in {"primary", "principal", "main"}
    if ranked and (first or listed) and disease().search(text, ranked.end()):
        found.append(Label(ranked.start("label"), ranked.end(), "assessment", ranked["label"]))
    if _SOAP_ASSESSMENT.match(text):
        found.append(Label(0, text.index(":") + 1, "assessment", "A"))
    known = {label.end for label in found}
    for match in _FREE_LABEL.finditer(text):
        listed = match.end() in known or key_of(match["label"]) in names.label
        word = _ASIDE.sub("", match["label"]) if HAN.search(match["label"]) else match["label"]
        section = None if listed else names.section_of(word)
        if section and not _holds_what_it_says(match["label"], section):
            found.append(Label(match.start("label"), match.end(), section, match["label"]))
    return found


_ASIDE = re.compile(r"[(（][^()（）]{1,24}[)）]\s*$")
"""``自带药（家属交来，护士清点）：``: the label is told without its remark."""


def _holds_what_it_says(label: str, section: str) -> bool:
    """``She is allergic to sulfonamides (co-trimoxazole: rash)``: no label, for the allergen stands in it."""
    return section == "allergies" and bool(
        label.count("(") != label.count(")")
        or open_formulary().names_in(label)
        or re.search(r"(?i)\b(?:allergic|intolerant) (?:to|of)\s+\w", label)
    )


_MID_LINE = re.compile(r"(?<=[.;]\s)(?P<label>PMHx?|PSH|FHx?|SHx?|DHx?)\s(?=[A-Z][\w/]+)")
"""``... fever. PMH HTN, DM2. PSH: ...``: capitals after a stop head what follows."""
_ALLERGIC = re.compile(
    r"(?:^\W*|[.;]\s)(?P<label>Allergic to|Allergy to|Allergies to|Intolerant of|Intolerances? to)\s"
)
_HOME_LIST = re.compile(r"\s*(?P<label>[Hh]ome|[Aa]t home|[Pp]re-?adm)\s?[:：]")
_DOSES = re.compile(r"(?i)\d\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|ml|puffs?)(?![a-z])")
"""``home: Flixotide 50 mcg 2 puffs bd; ...``; ``Home: with wife`` has no doses."""
_NEWBORN = re.compile(
    r"\W*(?P<label>(?i:neonate|neonatal|newborn|baby|infant|paeds?|NICU)(?:\s[A-Za-z/]+){0,3}?)\s?(?:\([^()\n]{2,60}\))?\s?[:：]"
)
"""``NEONATE (NICU chart separate): baby ..., bili 212``, in the mother's chart: what follows is of the child."""
_REVIEW = re.compile(r"\W*(?P<label>(?i:(?:for )?reviews?(?: on| at)?|next review|to attend))\s?[:：]")
"""``Review: Med OPD 23.10.25`` of a discharge entry; of a ward round it tells of a visit made."""
_RANKED = re.compile(r"\W*(?P<label>(?i:primary|principal|main|secondary|other))\s?[:：]")
"""``Primary: ketoacidosis``, ``Secondary: hypertension``: diagnoses by their rank."""
_SOAP_ASSESSMENT = re.compile(r"\s*A:\s(?=\(?1[).]|[A-Z][a-z]*\s)")
_FREE_LABEL = re.compile(
    r"(?:^[\s*•-]*|[.;。；]\s+)(?P<label>[A-Za-z一-鿿][^:：.;。；\n]{2,58}?)\s?[:：](?!\d\d)"
)
"""Words before a colon at the start of a line or sentence, in no list of labels."""


_ALSO_PROSE = {"all", "call", "return", "treatment", "history", "course", "p", "lab"}


_HOME_USE = {"家用", "在家服用", "家中服用"}
"""``家用：无创呼吸机`` heads no medicines."""
_STAY_OR_WARD = re.compile(r"\s*(?:[\d第共]|[^\s，,。；;]{0,6}(?:科|病区|病房)\s*$)")
"""``住院：2025-01-06至01-17``, ``住院：13天``: which days, not what was done."""


def _names_a_medicine(rest: str) -> bool:
    return not rest.strip() or bool(open_formulary().names_in(rest[:120]))


_SUSCEPTIBILITY = re.compile(r"敏感|耐药|中介|MIC|(?<![A-Za-z])[SRI](?![A-Za-z])")
"""``药敏：头孢曲松 S`` is a result of the laboratory, no allergy."""
_DASHED = {"pending", "follow_up", "allergies", "discharge_diagnosis", "discharge_medications", "disposition"}
"""May be followed by a dash in any case: ``Pending - tip culture``."""


def _stands_as_label(text: str, match: re.Match[str], key: str) -> bool:
    label, opens_line = match["label"], _line_start(text, match.start())
    if not _label_position(text, match) and not (
        key == "discharge_medications"
        and re.fullmatch(r"(?:.*[.;。]\s+)?\W*[A-Za-z]+\s+", text[: match.start()])
    ):
        return False
    short = len(label) <= 3
    if label == "Pt" and re.match(r"\s*[A-Z][\w'’-]+,? [A-Z]", text[match.end() :]):
        return False  # the patient's name, no physiotherapist
    if short and label.isascii() and not label.isupper() and not (label[0].isupper() and opens_line):
        return False
    if label.casefold() in _ALSO_PROSE and not opens_line:
        return False
    if label in _HOME_USE and not _names_a_medicine(text[match.end() :]):
        return False
    if label == "住院" and _STAY_OR_WARD.match(text, match.end()):
        return False
    if label == "药敏" and _SUSCEPTIBILITY.search(text, match.end()):
        return False
    if key == "allergies" and label.isupper():
        return True
    if match["sep"].strip() in ":：" or (key in _DASHED and opens_line and label[0].isupper()):
        return True
    # `3. PE - low probability` is an item of a list, no examination
    return (
        label.isupper() and opens_line and not (short and _with_number(text, match.start()) < match.start())
    )


def _further_numbers(text: str, found: list[Label]) -> list[Label]:
    """``1. Diet: ... 2. Walk daily``: the next number ends what a numbered label opened."""
    numbered = [label.start for label in found if re.match(r"[(（]?\d", text[label.start : label.end])]
    if not numbered:
        return []
    taken = {label.start for label in found}
    starts = [m.start() for m in _ITEM_NUMBER.finditer(text)]
    return [Label(at, at, None, "") for at in starts if at > min(numbered) and at not in taken]


def _with_its_verb(label: Label, text: str) -> Label:
    """A label such as ``HOLD:`` keeps its word in the text: it is the verb of the medicines after it."""
    verb = ACTION_LABEL.match(text[label.start : label.end])
    known = section_names().label.get(label.word.casefold())
    if label.word.casefold() in _PART_OF_WHAT_IS_SAID:
        return replace(label, end=text.find(label.word, label.start))
    if label.key == "instructions" and _SAYS_WHEN.match(label.word):
        return replace(label, end=text.find(label.word, label.start))
    return replace(label, end=label.start) if verb and known is None else label


_SAYS_WHEN = re.compile(r"(?i)(?:return|call|come|go|seek|ring|phone|go back|when to|what to look)\b")
"""``Call for: fever over 101``: without its label the rest says nothing."""


_PART_OF_WHAT_IS_SAID = {
    "diet", "activity", "return if", "return to ed if", "return precautions", "seek help if", "call if", "come back",
    "code status", "cpr status", "resus status", "resuscitation status", "ceiling of care", "dnacpr", "escalation status",
    "饮食", "活动",
}  # fmt: skip
"""``Code status: full``, ``Diet: soft``: without its label the rest says nothing."""


_ITEM_NUMBER = re.compile(r"(?<=[。;；.\s])\d{1,2}[.、．)](?=\s?[^\d\s])")


_GAPPED = re.compile(r"\s*(?P<word>[A-Za-z][A-Za-z/&+-]*(?: [A-Za-z/&]+){0,3})(?:\s{2,}|\t)(?=\S)")


_ZH_GAPPED = re.compile(
    r"[\s★☆◆◇●■▲※]*(?:[（(〔【]?(?P<number>[一二三四五六七八九十]{1,2}|\d{1,2})[)）〕】、.．]\s*)?(?P<word>[一-鿿]{2,8})[ \u3000]+(?=\S)"
)


_MADE_OF_LETTERS = 4
_ONE_LETTER = re.compile(r"\s*(?P<word>[药诊体])(?:\s?[:：]\s*(?=\S)|[ \u3000]+(?=\d[.、]\s?[一-鿿]|[A-Z]))")
_ONE_LETTER_KEYS = {"药": "home_medications", "诊": "assessment", "体": "examination"}
_ONE_LETTER_AT_DISCHARGE = {"药": "discharge_medications", "诊": "discharge_diagnosis", "体": "examination"}
"""``药 1.泼尼松30mg早``, ``诊：膜性肾病``: labels of one letter, as a hand writes them."""


_CELLS_ONLY = re.compile(r"^[\s\d.,<>≤≥*+^†‡#&%/|:-]+$")


def _leading_label(text: str, state: State) -> Label | None:
    """Labels that stand at the start of a line without a colon: ``BLOODS   03/11   04/11``, ``PMH COPD``."""
    names = section_names()
    key = None
    if _BLOODS_TO_COME.match(text):
        return Label(0, 0, "follow_up", "Labs")
    follows = _FOLLOW_UP_STOP.match(text)
    if follows:
        return Label(follows.start("word"), follows.end(), "follow_up", follows["word"])
    if columns_of(text):
        return None  # `Medication   Home dose   Discharge` heads a table, no list
    short = _ONE_LETTER.match(text)
    if short and (state.open is None or state.open.section not in {"results", "imaging"}):
        keys = _ONE_LETTER_AT_DISCHARGE if state.note.discharge else _ONE_LETTER_KEYS
        return Label(short.start("word"), short.end(), keys[short["word"]], short["word"])
    gapped = _GAPPED.match(text) or _ZH_GAPPED.match(text)
    if gapped and not _CELLS_ONLY.match(text[gapped.end() :]):
        word = gapped["word"]
        # `Plan  furosemide` heads a line; `pain   none` in small letters is a word of it.
        key = names.label.get(word.casefold()) if word[0].isupper() or not word.isascii() else None
        in_list = state.open is not None and state.open.section in MEDICINE_LISTS
        if not word.isascii() and in_list and (gapped["number"] or "").isdigit():
            key = None  # `2. 建议 门诊随访` is an item of the orders
        elif not word.isascii() and len(word) >= _MADE_OF_LETTERS:
            key = key or names.section_of(word)
    match = gapped
    if key is None:
        match = re.match(
            r"[\s•*>-]*(?P<word>[A-Z/]{2,12}|[A-Z]{2,3}x|Allergies|Labs|Bloods|Imp|Impression|Plan|Dx|Ix|Obs)(?=\s)",
            text,
        )
        key = names.bare.get(match["word"].casefold()) if match else None
    if not match or not key or (_CELLS_ONLY.match(text[match.end() :]) and key != "results"):
        return None
    # A results table keeps its label: the columns are counted from it.
    if (
        key != "allergies"
        and match.re is not _GAPPED
        and not text[: match.start("word")].isspace()
        and match.start("word")
        and match["word"].isascii()
    ):
        return None  # `- PC 3 days`: an item of a list; what an allergy is stands wherever it is written
    end = match.start("word") if key == "results" else match.end()
    start = match.start() if match.re is _ZH_GAPPED and key != "results" else match.start("word")
    return Label(start, end, key, match["word"])


_FOLLOW_UP_STOP = re.compile(r"\s*(?P<word>Follow[- ]?up)\.\s+(?=[A-Z])")
_BLOODS_TO_COME = re.compile(
    r"(?i)\s*(?:[-•*]\s*)?(?:labs|bloods|FBC|CBC|weekly FBC) (?:(?:every |each )?(?:mon|tue|wed|thu|fri|sat|sun)\w*(?:/\w+)* |weekly|twice|starting|from|in \d|to week|monthly|on (?:mon|tue|wed|thu|fri|\d))"
)
"""``Labs Mon/Thu starting 09/17``: to be taken, not taken."""
_GOES_TO = re.compile(
    r"\s*(?:[-•*]\s*)?(?:Home|Discharged? (?:to |home)|To (?:home|rehab|SNF|nursing|care|residential)|(?:Nursing|Care|Residential) home|SNF|(?:Inpatient )?[Rr]ehab(?:ilitation)?)\b"
    r"(?!\s*(?:BP|pregnancy|insulin|inhalers?|glucose|O2|oxygen|med|exercise|monitor|care\s*:|health|PT|visit))[^:\d]{0,60}(?:[.;]|$)"
)


def _medication_section(state: State) -> str:
    section = state.open.section if state.open else state.base
    if section in {"home_medications", "orders", "discharge_medications"} and not (
        section == "home_medications" and state.note.discharge
    ):
        return section
    return "discharge_medications" if state.note.discharge else (section if section != "header" else "plan")


def _with_number(text: str, at: int) -> int:
    number = re.search(r"(?:\(?\d{1,2}[.)、）]|（\d{1,2}）|[一二三四五六七八九十]、)\s*$", text[:at])
    return number.start() if number else at


def _line_start(text: str, at: int) -> bool:
    return not re.search(r"\w", text[:at]) or bool(re.fullmatch(r"[\s\W]*\d{1,2}[.)、）]\s*", text[:at]))


def _label_position(text: str, match: re.Match[str]) -> bool:
    """A label opens a line or follows the end of a sentence, a list number or a wide gap."""
    before = text[: _with_number(text, match.start())]
    if not re.search(r"\w", before):
        return True
    return bool(re.search(r"(?:[.。;；!?！？|】\])）]|\s{3}|\t|[（(]\d+[)）])\s*[*_]*$", before))
