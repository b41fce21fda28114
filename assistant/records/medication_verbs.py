"""What notes say is done with a medicine: hold, stop, change, continue, start.

Owns the words (``medication_verbs.yaml``) and what one heading, line or tail says by them. Refuses to know which medicine
of a sentence a word governs.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.records.dose_duration import LATER_STEP
from assistant.records.dose_text import masked_brackets
from assistant.records.medication_advice import without_advice
from assistant.records.text_spans import Span

Verb = Literal["avoid", "hold", "stop", "change", "continue", "start", "takes"]


class _VerbRow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    action: Verb
    words: list[str]


@cache
def medication_verbs() -> tuple[re.Pattern[str], dict[str, Verb]]:
    raw = yaml.safe_load(Path(__file__).with_name("medication_verbs.yaml").read_text(encoding="utf-8"))
    rows = TypeAdapter(list[_VerbRow]).validate_python(raw)
    table: dict[str, Verb] = {}
    for row in rows:
        for word in row.words:
            table.setdefault(word.casefold(), row.action)
    han = re.compile(r"[一-鿿]")
    parts = [
        re.escape(w)
        if han.search(w)
        else rf"(?<![\w/-]){_NOT_DISCHARGE[0] if w == 'd/c' else ''}{re.escape(w)}(?![\w-]){_NOT_DISCHARGE[1] if w == 'd/c' else ''}{'(?! release)' if w == 'modified' else ''}"
        for w in sorted(table, key=len, reverse=True)
    ]
    return re.compile("|".join(parts), re.IGNORECASE), table


_NOT_DISCHARGE = (
    r"(?<!\bat )(?<!\bon )(?<!\bfor )(?<!\bby )(?<!\bthis )(?<!\buntil )(?<!\bbefore )(?<!\bafter )(?<!\bpost )(?<!\bpre )(?<!\bsince )",
    r"(?!\s+(?:home|with|to|on (?!\d)|meds?|medic\w+|drugs?|rx|script\w*|prescri\w+|list|wt|weight|dose|date|day|summ\w*|letter|plan\w*|appt|visit|instr\w*|teaching|dx|diagnos\w*)\b)",
)
"""``d/c wt 70 kg``, ``d/c home on apixaban``, ``dose at d/c``: discharge, not discontinue."""


def line_verb(sentence: Span) -> Verb | None:
    """The verb that heads a line of a list and governs all of it: ``STOP   aspirin, alendronate``, ``停用 a;b``."""
    pattern, table = medication_verbs()
    if re.match(r"[\s\-•*·]*=\s+(?=[A-Za-z])", sentence.text):
        return "continue"  # ` =    prednisone 5 mg daily`
    bare = re.match(r"[\s\-•*·]*(?:on\s+(?=hold))?", sentence.text, re.IGNORECASE)
    match = pattern.match(sentence.text, bare.end() if bare else 0)
    if match is None or not re.match(
        r"\s*[:：]|\s{2,}|[ \u3000](?=[A-Za-z一-鿿])", sentence.text[match.end() :]
    ):
        return None
    word = match.group()
    column = re.match(r"\s{2,}", sentence.text[match.end() :])
    if word.isascii() and not word[0].isupper() and not column:
        return None
    verb = table[word.casefold()]
    return None if verb in {"takes", "avoid"} else verb


_OF_DISCHARGE = re.compile(r"(?i)(?<![\w/])d\s?/?\s?c(?![\w/'’])")
"""``D/C meds`` heads what goes home; as a verb of one line ``D/C`` means discontinue."""


def label_verb(label: str) -> Verb | None:
    pattern, table = medication_verbs()
    label = re.sub(r"(?i)\s+(?:how you )?(?:taking|take)\b.*$", "", label.strip(" :：.-*"))
    if _OF_DISCHARGE.match(label):
        return None
    match = pattern.fullmatch(label.casefold()) if label else None
    if match:
        return table[match.group().casefold()]
    match = pattern.match(label.strip().casefold()) if re.search(r"(?i)med|药", label) else None
    return table[match.group().casefold()] if match else None


def heading_verb(sentence: Span) -> Verb | None:
    """A line such as ``Stopped:`` or ``CHANGED MEDICATIONS`` heads the lines under it."""
    bare = sentence.text.strip(" :：*#-=【】[]")
    if len(bare) > 40:
        return None
    words = re.sub(
        r"(?i)\b(?:medications?|medicines?|meds?|home|the following|taking|these)\b|药物|用药|药", "", bare
    ).strip(" :：")
    return label_verb(words) if words else None


_LAST_WORD = re.compile(r"\b(NEW|SAME|CHANGED|STOPPED|HELD|CONTINUED?|UNCHANGED)\W*$")


_OWN = re.compile(
    r"(?i)[-–,(]\s*(?:(?:pt|patient|has|her|his)(?:'s)? )?own(?: supply| stock| inhalers?| tablets)?\W*$"
)
"""``Salbutamol prn - own``: the patient has it from home."""


_MARKED = re.compile(
    r"(?i)(?<=\s)?[(（\[]\s?(new|changed|increased|reduced|unchanged|as before|same|no change|stopped|continued|cont|stop|on hold|hold|held|withheld|paused|discontinued|新增|新加|新|加量|减量|不变|停用|停药|已停|暂停)\s?(?:[)）\],，;；]|\b(?:from|while|during|because|due)\b)"
)


_AMOUNT_NEXT = re.compile(
    r"(?i)\s*\d[\d.,]*\s?(?:mg|mcg|micro\w*|µg|μg|g|units?|u|ml|puffs?|片|粒|单位|毫克|微克)(?![a-z])"
)


_TAKEN_AGAIN = re.compile(
    r"(?i)\b(?:stopped|withheld|held|paused|suspended|omitted)\b[^;；]*?(?<!be )(?<!not )(?<!n't )(?<!to )(?<!not been )(?<!n't been )(?<!yet been )(?<!never been )\b(?P<word>restarted|re-started|resumed|recommenced|reinstated|reintroduced)\b(?!\s(?:if|when|once|until|after))"
)
"""``withheld on admission, RESTARTED 3/6 at 5 mg``: it is taken again."""
_TAKEN_AGAIN_ZH = re.compile(
    r"停[用药服][^;；。]*?[,，](?:现|已|今|目前)[^;；。]{0,14}?(?P<word>恢复|重新(?:启用|服用|使用)|重启)"
)
_ENDS_AFTER = re.compile(r"(?i)\b(?:stopped|withheld|held|paused|suspended)\b")
_COURSE_DONE = re.compile(
    r"(?i)[-–—,(:]\s*(?:now |the |course |all ){0,2}(?P<word>completed?|finished|done)(?=\s*(?:[.,;)]|$|(?:on )?\d{1,2}[ /.-](?:\d|[A-Z])|in (?:hospital|the ward|ward)|on the ward|as in-?patient))"
)
"""``1 g IV BD x 5 days in ward - completed``."""
_LATER = re.compile(
    r"(?i)(?<!not )(?<!n't )(?<!not to )(?<!never )\b(?:re-?start|resume|recommence)\b.*\b(?:if|when|once|after|on|at|in|until|unless|from)\b|(?:若|如|待|时|后).{0,20}恢复|恢复.{0,12}(?:若|如|待|时)"
)


def trailing_verb(tail: str) -> tuple[Verb, int] | None:
    """The verb said of the medicine behind it, as in ``lisinopril 10 mg resumed`` or ``缬沙坦暂停``."""
    pattern, table = medication_verbs()
    text = LATER_STEP.sub(lambda m: " " * len(m.group()), without_advice(masked_brackets(tail)))
    last = _LAST_WORD.search(text)
    if last:
        return table[last[1].casefold()], last.start()
    own = _OWN.search(text)
    if own:
        return "continue", own.start()
    back = _TAKEN_AGAIN.search(text) or _TAKEN_AGAIN_ZH.search(text)
    if back and not _ENDS_AFTER.search(text[back.end() :]):
        return "continue", back.start("word")
    done = _COURSE_DONE.search(tail)
    if done:
        return "stop", done.start("word")
    later = _LATER.search(text)
    if later:
        text = text[: later.start()]
    text = re.sub(
        r"(?i)(?:then|and then|,|and)\s+(?:stop|off|hold)\b|(?<!take )(?<!taken )\b(?:until|till|til)\b[^,;]*|\bhold (?:if|for)\b.*|\bstop (?:if|on|after)\b.*|\d+\s?天(?:后)?[,，]?停|(?:[吃服用]完|后)即?停|(?<![降升减增加])至[^,，;；。]{2,14}停|停(?=$)(?<=\d停)",
        lambda m: " " * len(m.group()),
        text,
    )
    marked = _MARKED.search(tail)
    if marked:
        return table[marked[1].casefold()], marked.start()
    for match in pattern.finditer(text):
        verb = table[match.group().casefold()]
        between = text[: match.start()]
        if match.group().casefold() in {"up to", "down to", "降至"} and not _AMOUNT_NEXT.match(
            text, match.end()
        ):
            continue
        modal = re.search(
            r"(?i)\b(?:if|when|once|may|can|should|in case|and|then|(?<!to be )to)\s*$|若|如", between
        )
        if verb == "takes" or modal:
            continue
        if match.start() > 60 or re.search(r"[。]", between):
            return None
        if re.search(r"(?i)[,，]\s*\w", between) and match.start() > 45:
            return None
        nested = re.search(r"[,，]\s*(?P<word>[^,，]*)$", between)
        if nested and len(nested["word"].split()) > 4:
            return None
        return verb, match.start()
    return None


def reads_as_hold(text: str) -> bool:
    """Whether words of a list say that the medicine is held."""
    return first_verb(text) == "hold"


def reads_as_stop(text: str) -> bool:
    """Whether words of a list say that the medicine is stopped, or not to be taken."""
    return first_verb(text) in {"stop", "avoid"}


def first_verb(text: str) -> Verb | None:
    """The first verb of a few words, as a status column has them."""
    pattern, table = medication_verbs()
    match = pattern.search(without_advice(text))
    return table[match.group().casefold()] if match else None
