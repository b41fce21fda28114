"""Which verb governs which medicine of a sentence.

Owns the reach of a verb before and behind a medicine, of a list's heading, and of "changed from A to B". Refuses to know the
words themselves (``medication_verbs``).
"""

from __future__ import annotations

import re

from assistant.records.dose_forms import FREQUENCY
from assistant.records.medication_advice import without_denials
from assistant.records.medication_items import ITEM_GLUE, MedicineSentence
from assistant.records.medication_verbs import Verb, medication_verbs

_SWITCH = re.compile(
    r"(?i)\s*(?:\d[\d.]*\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|u)?(?:\s(?:od|bd|bid|tds|tid|qds|daily|nocte|om|on))?\s*)?[^,;，；\d]{0,12}(?:->|→|=>|改为|改用|换为|换用|换成|(?:was |were )?(?:changed|switched|converted|swapped) to|replaced (?:by|with))\s*(?:口服)?$"
)


_SWITCH_FROM = re.compile(r"(?i)\b(?:switch|chang|convert|swap)\w*\s+(?:from\s+)?$")


_REPLACED = re.compile(
    r"(?i)(?:replac(?:es|ing|ed)|instead of|in place of|switch(?:ed)? from|chang(?:ed)? from|convert(?:ed)? from|substitut\w+ for|swapped from|(?:替代|代替|取代|替换)(?:原(?:用|服|来)?)?)\W*$"
)


def governing_verb(said: MedicineSentence, k: int, default: Verb | None) -> Verb | None:
    """What is done with medicine ``k``; ``default`` is the verb of the heading or line that the sentence stands under."""
    item = said.items[k]
    column = _status_column(said)
    if column is not None:
        return column[0] if k == 0 else None
    replaced = _is_replaced(said, k)
    if item.in_brackets or replaced:
        ordered = _ORDERED_ASIDE.search(said.text[: said.start(k)])
        held = ordered is not None and ordered[1].casefold() not in {"stop", "停用"}
        own = item.own_verb[0] if item.own_verb and item.own_verb[0] in {"stop", "hold"} else None
        return "stop" if replaced else "hold" if held else "stop" if ordered else own
    if _THEN_AGAIN.search(said.before(k)) or _ONLY_THEN_ZH.search(said.before(k)):
        return "hold"
    if _in_what_all_stopped(said, k):
        return "stop"
    if (
        k + 1 < len(said.items)
        and _BECAUSE_OF.search(said.before(k))
        and _GAVE_WAY.search(said.between(k, k + 1))
    ):
        return "stop"
    if k + 1 < len(said.items) and _switched(said, k):
        return "stop"
    if k and item.own_verb is None and _switched(said, k - 1):
        return "start"
    lead = _leading_verb(said, k)
    if item.own_verb is None:
        return lead or _shared_verb(said, k) or default
    verb, at = item.own_verb
    if (lead or default) == "hold" and verb == "stop":
        return (
            "hold"  # `Withheld: rivastigmine patch, stopped during bradycardia`: the list's word is the last
        )
    if lead is None and default in {"hold", "stop"} and _RESUMES.match(item.tail, at):
        return default
    if (lead or default) == "stop" and _NEVER_AGAIN.match(item.tail, at):
        return "stop"
    if lead in {"hold", "stop"} and verb in {"continue", "start", "change"} and _right_behind_stop(said, k):
        return lead
    return verb


_STATUS_COLUMN = re.compile(
    r"(?i)(?:\s{3,}|\t+|\s\|\s)(?P<word>withheld|held|on hold|hold|paused|ceased?|stopped|stop|discontinued|new|unch(?:anged)?|same|cont(?:inued?)?|changed|increased|reduced|decreased)\b(?!\s?\d)"
)
_STATUS: dict[str, Verb] = {
    **dict.fromkeys(("withheld", "held", "on hold", "hold", "paused"), "hold"),
    **dict.fromkeys(("cease", "ceased", "stopped", "stop", "discontinued"), "stop"),
    **dict.fromkeys(("unch", "unchanged", "same", "cont", "continue", "continued"), "continue"),
    **dict.fromkeys(("changed", "increased", "reduced", "decreased"), "change"),
    "new": "start",
}


def _status_column(said: MedicineSentence) -> tuple[Verb, int] | None:
    """The last column of a list's row (``gliclazide 60 mg      WITHHELD - GP to decide``): of the row's first medicine alone."""
    found = _STATUS_COLUMN.search(said.text, said.name_end(0))
    if found is None or any(
        said.start(j) < found.start() for j in range(1, len(said.items)) if not said.items[j].in_brackets
    ):
        return None
    return _STATUS[found["word"].casefold()], found.start()


_ORDERED_ASIDE = re.compile(r"(?i)[(（]\s*(stop|hold|withhold|pause|omit|暂停|停用)\s*$")
"""``clarithromycin 500 mg bd (hold atorvastatin)``."""


def _in_what_all_stopped(said: MedicineSentence, k: int) -> bool:
    """``A and B both stopped``, ``予A抗感染、B化痰，均已停用``: of the names of one clause that carry no regimen."""
    item = said.items[k]
    alike = all(i.clause == item.clause and not re.search(r"\d", i.tail) for i in said.items[k:])
    return alike and _ALL_STOPPED.search(said.text[said.name_end(k) :]) is not None


_THEN_AGAIN = re.compile(r"(?i)\bthen (?:back on(?:to)?|restart|resume|go back to|return to)\s+$")
"""``enoxaparin 40 mg x 28 days, then back on apixaban 5 mg``: not both now."""
_ONLY_THEN_ZH = re.compile(
    r"(?:[<>＜＞≤≥]|正常|稳定|达标|复查|查)[^。；;\n]*(?:才|再|方|可)(?:能|可)?(?:接着|恢复|继续|重新)(?:吃|服|用|打|口服)?\s?$"
)
"""``查CRP<8再接着铁剂``: not before."""
_ENDS_A_COURSE = re.compile(r"(?i)\bthen (?:stop|off)\b")
"""``40 mg od until 3/12 then stop, then apixaban 2.5 mg bd``: the first ends, the second begins."""
_ALL_STOPPED = re.compile(
    r"(?i)\b(?:both|all)\s(?:were\s|now\s|been\s|have been\s)?(?:stopped|discontinued)\b|(?:均|都|全部)已?停[用药止]"
)
_BECAUSE_OF = re.compile(r"因(?:服用?|口服|使用|应用)\s*$")
_GAVE_WAY = re.compile(r"(?:改为|改用|换为|换用|换成|改服)\s*$")
"""``因服依那普利后干咳，改为缬沙坦``."""
_RESUMES = re.compile(r"(?i)re-?start|resum|recommenc|恢复")
_NEVER_AGAIN = re.compile(
    r"(?i)(?:do not|don't|not to|never) (?:re-?start|resume)|不再恢复|勿恢复",
)


def _is_replaced(said: MedicineSentence, k: int) -> bool:
    """``instead of A and B``: the medicine, or the one before it in the same list, is what was given up."""
    if _REPLACED.search(said.before(k)):
        return True
    joined = k > 0 and re.fullmatch(r"(?i)\s*(?:and|&|\+|,|/|和|及|、)\s*", said.between(k - 1, k))
    return bool(joined and _REPLACED.search(said.before(k - 1)))


def _switched(said: MedicineSentence, k: int) -> bool:
    """Whether medicine ``k`` was changed to the next one: ``A -> B``, ``switched from A to B``."""
    between = said.between(k, k + 1)
    here, there = said.items[k].name, said.items[k + 1].name
    if here.generic is not None and here.generic == there.generic:
        return False  # the same medicine at another dose
    return bool(
        _SWITCH.fullmatch(between)
        or (_SWITCH_FROM.search(said.before(k)) and re.fullmatch(r"(?i)[^;.]{0,30}\bto\s+", between))
    )


def _shared_verb(said: MedicineSentence, k: int) -> Verb | None:
    """The verb behind the last of a list of bare names: ``A, B and C stopped``."""
    items = said.items
    for j in range(k + 1, len(items)):
        glue = said.masked[said.name_end(j - 1) + len(items[j - 1].tail) : said.start(j)]
        if items[j].clause != items[k].clause or not ITEM_GLUE.fullmatch(glue):
            return None
        verb = items[j].own_verb
        if verb is not None:
            own = _has_its_own(items[k].tail, verb[0], items[j].tail[: verb[1]])
            joined = re.search(r"(?i)\band\b|&|和|及", said.masked[said.name_end(k) : said.start(k + 1)])
            return None if own and not (joined and verb[0] in {"stop", "hold"}) else verb[0]
        if re.search(r"\d", items[j].tail):
            return None
    return None


def _has_its_own(tail: str, verb: Verb, last: str) -> bool:
    """``clopidogrel 75 mg od - aspirin stopped``: a regimen before a bare name stands by itself."""
    if verb in {"start", "change"}:
        return bool(tail.strip(" ,，"))
    regimen = re.search(r"\d", tail) or FREQUENCY.search(tail)
    return regimen is not None and not re.search(r"\d", last)


def _right_behind_stop(said: MedicineSentence, k: int) -> bool:
    """Whether a hold or stop stands right before the medicine: ``HOLD x - restart when ...`` stays a hold."""
    pattern, table = medication_verbs()
    before = said.masked[: said.start(k)]
    found = list(pattern.finditer(before))
    last = found[-1] if found else None
    return (
        last is not None
        and table[last.group().casefold()] in {"hold", "stop"}
        and not re.search(r"[\w一-鿿]", before[last.end() :])
    )


_NONE_OF = re.compile(r"(?i)\b(?:no|any|without)\s+$")
"""``no new antibiotics``: nothing is started."""
_NOT_TOGETHER = re.compile(
    r"(?i)\b(?:taken?|given?|used?|mix(?:ed)?)\s+(?:together\s|at the same time\s)?(?:with|as)\s[^,;]{0,12}$"
)
"""``not to be taken with paracetamol``: of the pair, not of the second."""
_CLAUSE_ENDS = re.compile(r"[;；|。]|\.\s|\s/\s|\s{3,}|\d[.、)]\s?(?=[A-Za-z一-鿿])")
_AMOUNTS = re.compile(r"\d\S*|\b(?:mg|mcg|daily|units?|nocte|prn|bid|tds|qds)\b")


def _leading_verb(said: MedicineSentence, k: int) -> Verb | None:
    """The nearest verb before the medicine that still governs it."""
    pattern, table = medication_verbs()
    start = said.start(k)
    ends = (m.end() for m in _CLAUSE_ENDS.finditer(said.masked))
    begin = max((end for end in ends if end <= start), default=0)
    window = _ENDS_A_COURSE.sub(lambda m: " " * len(m.group()), without_denials(said.masked[begin:start]))
    found = list(pattern.finditer(window))
    if not found or _NONE_OF.search(window[: found[-1].start()]) or _NOT_TOGETHER.search(window):
        return None
    last = found[-1]
    # A verb said of an earlier medicine behind it does not govern this one, nor does one a sentence away.
    for j, item in enumerate(said.items[:k]):
        if item.own_verb is not None:
            at = said.name_end(j) + item.own_verb[1] - begin
            if at <= last.start() < at + 30 and last.start() - at < 2:
                return None
    between = window[last.end() :]
    passed = [said.items[j] for j in range(k) if said.start(j) >= begin + last.end()]
    for item in passed:
        between = between.replace(item.name.text, " ")
    words = re.findall(r"[A-Za-z]{3,}|[一-鿿]", _AMOUNTS.sub(" ", between))
    verb = table[last.group().casefold()]
    limit = 4 if not passed else 5 + 3 * len(passed)
    return verb if len(words) <= (3 if verb == "takes" else limit) else None
