"""Text that the record itself strikes out: another patient's history, a retracted line.

Owns which sentences are withdrawn by a later (or earlier) flag. Refuses to know facts. Erroneous results are
``erroneous_values``'. The flag names only some of the words it withdraws, so a sentence of the flagged note goes when it
shares one of them; a line that the correction confirms stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.records.quoted_above import QUOTES_WHAT_IT_WITHDRAWS, quoted_above, quoted_beside
from assistant.records.strikeout_words import cues
from assistant.records.struck_sentences import (
    POINTS_BACK,
    WORD,
    Sentence,
    Struck,
    content_words,
    of_the_own_bed,
    own_bed,
    tells_of_contacts,
)

_ZH_CHUNK = re.compile(r"[一-鿿A-Za-z0-9]+")
_ZH_CUT = re.compile(
    r"[、,，。;；:：\s()（）/“”\"「」]|没用过|均为|皆为|为(?=\d)|是(?=\d)|系(?=\d)|属|以及|及|与|和|等|的|该患者|本患者|患者|病人|未用|无(?!力)|没有|并无|从未|有|护士|医生|资料|病史|内容|信息|记录|误粘贴|作废|删除|上述|以上|双|此"
)
_ALL_HAN = re.compile(r"[一-鿿]+")
_SIGNED = re.compile(r"^\W*[A-Za-z一-鿿][\w .'’-]{1,40}?\s*(?:[\d/-]{3,10}\s)?\d{1,2}[:：]\d\d\s*[:：]")
_LOOK_BACK_NOTES = 4


def find_struck(sentences: Sequence[Sentence]) -> Struck:
    """The sentences that a flag in the record withdraws, and the flags themselves."""
    rules = cues()
    flags: dict[int, bool] = {}
    bed = own_bed(sentences)
    for index, sentence in enumerate(sentences):
        text = sentence.span.text
        if rules.negated_flag.search(text) or of_the_own_bed(text, bed) or tells_of_contacts(sentence):
            continue
        other = rules.other_patient.search(text) or rules.aside.search(text)
        delete = rules.delete.search(text)
        if not (other or delete) or _is_result_error(sentence, text, bool(other)):
            continue
        if not other and sentence.section in _TOLD_ON_LEAVING and not _POINTS_AT_TEXT.search(text):
            continue
        flags[index] = bool(other)
    struck: set[int] = set()
    for index in flags:
        if not _is_aside(sentences[index].span.text):
            struck |= _targets(sentences, index, flags, struck)
    struck |= _copies(sentences, struck, flags)
    denials = _denials_beside(sentences, flags)
    return Struck(frozenset(struck - set(flags)), frozenset(flags) | denials)


_TOLD_ON_LEAVING = {"discharge_orders", "discharge_medications", "instructions", "follow_up"}
_POINTS_AT_TEXT = re.compile(
    r"(?i)[a-z]|以上|上述|前述|原[写列记开]|[该此本上这]条|上一?[行句]|医嘱|记录|内容|[写抄打录]|误|错|更正|作废[)）]|删|划去|^\W*作废"
)
"""``贺普丁、心得安作废，剩的交回`` among the orders ends two medicines, and strikes no text."""


def _is_aside(text: str) -> bool:
    """``3床患者诉黑便，Hb 72，与本患者无关``: the sentence carries all that is another's, and strikes nothing else."""
    return bool(cues().aside.search(text)) and not POINTS_BACK.search(text)


_DENIES_WHAT_WAS_WRITTEN = re.compile(r"(?i)^\W*(?:no|not|never)\b[^.]{3,}|^(?:无|没有|未)")


def _denials_beside(sentences: Sequence[Sentence], flags: dict[int, bool]) -> frozenset[int]:
    """``Wrong notes. No catheter, no rivaroxaban.``: the denial belongs to the correction and tells nothing of the stay."""
    found = set()
    for index, other_patient in flags.items():
        for near in range(index + 1, min(index + 3, len(sentences))):
            after, flag = sentences[near], sentences[index]
            same_line = after.note.index == flag.note.index and after.segment == flag.segment
            if not (other_patient and same_line and after.span.start - sentences[near - 1].span.end <= 2):
                break
            if not _DENIES_WHAT_WAS_WRITTEN.match(after.span.text):
                break
            found.add(near)
    return frozenset(found)


def _is_result_error(sentence: Sentence, text: str, other: bool) -> bool:
    """Flags about a sample, an order or a cancelled act strike values, not sentences."""
    if re.search(r"(?i)\bcultures?\b|\btoxin\b|培养", text) and other:
        return False  # a report in words is withdrawn as a sentence
    if re.search(
        r"(?i)\b(?:sample|specimen|tube|bottle|haemoly|hemoly)\w*|标本|血样|样本|采血|检验科|结果作废", text
    ):
        return True
    if _OF_A_FIGURE.search(text) and cues().lab_error.search(text):
        return True  # `anti-Xa of 1.9 was drawn on Mrs G, ward 6` withdraws that figure
    return (
        not other and bool(re.search(r"\d", text)) and bool(re.search(r"(?i)order|script|prescri|医嘱", text))
    )


_OF_A_FIGURE = re.compile(
    r"(?i)(?<![\w-])(?!(?:rm|room|bed|bay|ward|cot|pod|unit|side|ext|bleep|from|to|at|on|of|for)\s)[A-Za-z][A-Za-z+-]*\s(?:of |level |was |is |= ?)?\d+(?:\.\d+)?(?![\w/:-]|\.\d)"
)


def _targets(sentences: Sequence[Sentence], flag: int, flags: dict[int, bool], before: set[int]) -> set[int]:
    if _HOLDS_ITS_OWN.match(sentences[flag].span.text):
        return set()
    marked = (
        _marked_from_below(sentences, flag)
        or quoted_beside(sentences, flag)
        or quoted_above(sentences, flag, flags)
    )
    if marked:
        return marked
    confirmed = _confirmed(sentences, flag)
    if _WHOLE_ENTRY.search(sentences[flag].span.text):
        return _entry_of(sentences, flag, flags, confirmed)
    beside = _corrects_beside(sentences, flag)
    candidates = [
        i for i in _window(sentences, flag) if i not in flags and i not in confirmed and i not in beside
    ]
    for widely in (False, True):
        text = _flag_text(sentences, flag, widely=widely)
        words = _words(text)
        hits = {i for i in candidates if _shares(words, sentences[i].span.text, text)}
        if hits:
            return _nearest_note(sentences, hits)
    if QUOTES_WHAT_IT_WITHDRAWS.search(sentences[flag].span.text):
        return set()
    text = _flag_text(sentences, flag)
    figures = _VALUE_SAID.findall(sentences[flag].span.text)
    if figures:
        # `K 6.8 is bed 4's`: the flag carries the value it means; only its copies go with it.
        return {i for i in candidates if set(figures) & set(_FIGURE.findall(sentences[i].span.text))}
    if any(sentences[i].note.index >= sentences[flag].note.index - 2 for i in before):
        return set()
    return _unit_before(sentences, flag, text, candidates)


_WHOLE_ENTRY = re.compile(
    r"(?i)\b(?:whole |entire |this |my |above )?(?:entry|note) (?:is |was |now )?(?:cancelled|canceled|void(?:ed)?|withdrawn|retracted|deleted)\b"
)


def _entry_of(
    sentences: Sequence[Sentence], flag: int, flags: dict[int, bool], confirmed: set[int]
) -> set[int]:
    """``wrong sheet, entry cancelled``: all that the entry said before its first remark."""
    own = sentences[flag].note.index
    first = min(i for i in flags if sentences[i].note.index == own)
    entry = {i for i in range(first) if sentences[i].note.index == own}
    if not entry and first:
        before = sentences[first - 1].note.index
        entry = {i for i in range(first) if sentences[i].note.index == before}
    return entry - confirmed


def _marked_from_below(sentences: Sequence[Sentence], flag: int) -> set[int]:
    """``^^^ crossed out``: the arrows point at the line above."""
    own = sentences[flag]
    if flag == 0 or not re.match(r"\W*\^", own.span.text):
        return set()
    return {flag - 1} if sentences[flag - 1].segment == own.segment else set()


_HOLDS_ITS_OWN = re.compile(
    r"[（(](?=.*\d\s?(?:mg|g|ml|mcg|IU|U|units?|片|粒|单位)).{8,}(?:作废|取消|删除|cancelled|void|crossed (?:out|off)).{0,8}[)）]?\W*$"
)
"""``（原拟带头孢克洛 0.25g tid，过敏，作废）``: the remark holds what it withdraws, and nothing else goes."""
_VALUE_SAID = re.compile(
    r"(?<![A-Za-z])(?!(?i:ward|bed|room|rm|bay|cot|pod|unit)\s)(?:[A-Z][A-Za-z]{0,3}|(?i:glucose|creat\w*|lactate|troponin|urea|sodium|potassium))\s(\d+(?:\.\d+)?)(?![\w/:-]|\.\d)"
)
_FIGURE = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.]\d|\d)")


def _corrects_beside(sentences: Sequence[Sentence], flag: int) -> set[int]:
    """The sentence of the same hand right before the flag that denies something: it corrects, and is not what is struck."""
    before, own = (sentences[flag - 1] if flag else None), sentences[flag]
    if before is None or before.note.index != own.note.index or own.span.start - before.span.end > 2:
        return set()
    denies = re.search(r"(?i)\b(?:no|never|not)\b|没有|没用过|从未", before.span.text)
    return {flag - 1} | _corrects_by_the_same_hand(sentences, flag) if denies else set()


def _corrects_by_the_same_hand(sentences: Sequence[Sentence], flag: int) -> set[int]:
    """``NO catheter on this lady!! that's Bed 7. > cut & paste, disregard``: in the entry that corrects, what denies is not struck."""
    own = sentences[flag].note.index
    return {
        i
        for i in range(max(0, flag - 6), flag)
        if sentences[i].note.index == own and _DENIES_WHAT_WAS_WRITTEN.match(sentences[i].span.text)
    }


def _flag_text(sentences: Sequence[Sentence], flag: int, *, widely: bool = False) -> str:
    """The flag with its neighbours in the same line of the same note: they name what is meant.

    ``widely`` takes any neighbour that denies something, not only one that speaks of this patient.
    """
    own = sentences[flag]
    parts = [_SIGNED.sub("", own.span.text)]
    rules = cues()
    for step in (1, -1):
        index = flag + step
        if 0 <= index < len(sentences):
            near = sentences[index]
            close = near.note.index == own.note.index and (widely or near.segment == own.segment)
            gap = abs(near.span.start - own.span.end) if step > 0 else abs(own.span.start - near.span.end)
            talks_of_others = re.search(
                r"(?i)^(?:no|not|pt has no|patient has no|this (?:pt|patient)|she|he)\b|^(?:无|该患者|本患者|\d+床)",
                near.span.text,
            )
            denies = talks_of_others or (
                widely and re.search(r"(?i)\b(?:no|never|not)\b|没有|没用过|无|从未|未", near.span.text)
            )
            if close and gap <= 2 and denies and not rules.confirm.search(near.span.text):
                denied = re.split(r"[,，;；]", near.span.text)
                parts += [part for part in denied if re.search(r"(?i)\b(?:no|not|never)\b|无|未|没有", part)]
    return " ".join(parts)


def _words(text: str) -> set[str]:
    found = set()
    for word in WORD.findall(text):
        bare = word.removesuffix("'s").removesuffix("’s").rstrip("'’")
        # `NG`, `O2`, `AF`: two letters count where they are an abbreviation.
        if bare.casefold() not in cues().common and (len(bare) >= 3 or (len(bare) == 2 and bare.isupper())):
            found.add(bare.casefold())
    text = cues().other_patient.sub(lambda m: re.sub(r"[一-鿿]", "、", m.group()), text)
    for chunk in _ZH_CUT.split(text):
        if (
            chunk
            and re.search(r"[一-鿿]", chunk)
            and len(chunk) >= 2
            and not re.fullmatch(r"\d+床?.*", chunk)
        ):
            found.add(chunk)
    return found


def _shares(words: set[str], sentence: str, flag: str) -> bool:
    lowered = sentence.casefold()
    for word in words:
        if re.search(r"[一-鿿]", word):
            if _zh_shared(word, sentence):
                return True
        elif re.search(rf"(?<![a-z0-9]){re.escape(word)}", lowered) or (
            len(word) >= 7 and re.search(rf"(?<![a-z0-9]){re.escape(word[:6])}", lowered)
        ):
            return True
    return False


def _zh_shared(chunk: str, sentence: str) -> bool:
    size = 2 if len(chunk) <= 3 else 3
    pieces = (chunk[i : i + size] for i in range(len(chunk) - size + 1))
    return any(piece in sentence for piece in pieces if _ALL_HAN.fullmatch(piece))


def _window(sentences: Sequence[Sentence], flag: int) -> list[int]:
    """Sentences of the notes before the flag, of its own note before it, and of one note after."""
    own = sentences[flag].note.index
    out = []
    for i, sentence in enumerate(sentences):
        distance = own - sentence.note.index
        if (
            i < flag
            and 0 <= distance <= _LOOK_BACK_NOTES
            and sentence.section not in {"header", "family_history", "allergies"}
        ):
            out.append(i)
    return out


def _nearest_note(sentences: Sequence[Sentence], hits: set[int]) -> set[int]:
    """Hits in the nearest note that has any."""
    chosen = max(sentences[i].note.index for i in hits)
    return {i for i in hits if sentences[i].note.index == chosen}


def _confirmed(sentences: Sequence[Sentence], flag: int) -> set[int]:
    """Sentences that a confirming remark near the flag says are this patient's."""
    rules = cues()
    own = sentences[flag]
    out: set[int] = set()
    for index in range(max(0, flag - 3), min(len(sentences), flag + 6)):
        remark = sentences[index].span.text
        if abs(sentences[index].note.index - own.note.index) > 2 or not rules.confirm.search(remark):
            continue
        words = _words(_SIGNED.sub("", remark))
        out |= {index} | {
            i
            for i in _window(sentences, flag)
            if sentences[i].note.index >= own.note.index - 2
            and _shares(words, sentences[i].span.text, remark)
        }
    return out


def _unit_before(sentences: Sequence[Sentence], flag: int, text: str, candidates: list[int]) -> set[int]:
    """No word in common: the flag means the line, or the whole entry, that stands before it."""
    own = sentences[flag].note.index
    earlier = [i for i in candidates if sentences[i].note.index < own] or candidates
    if not earlier:
        return set()
    last = sentences[earlier[-1]].note.index
    if re.search(
        r"(?i)\b(?:entry|note|entries|section|block|all (?:of )?(?:the )?above|whole)\b|上述(?:记录|内容)|以上(?:记录|内容)|本条|全部",
        text,
    ):
        return {i for i in earlier if sentences[i].note.index == last}
    if re.search(r"(?i)\b(?:line|sentence|above)\b|上一?(?:行|句|条)", text):
        return {earlier[-1]}
    # A flag right under the text it withdraws (``this para is bed 9``): the line before it.
    before = [i for i in candidates if i < flag]
    # Its own entry's heading may stand between, where that entry has nothing else to withdraw.
    headed = flag > 0 and sentences[flag - 1].note.index != own and '"' not in sentences[flag].span.text
    if before and sentences[flag].span.start - sentences[before[-1]].span.end <= (40 if headed else 12):
        segment = sentences[before[-1]].segment
        line = [before[-1]]
        for i in reversed(before[:-1]):
            if sentences[i].segment != segment or sentences[line[-1]].span.start - sentences[i].span.end > 1:
                break
            line.append(i)
        return set(line)
    return set()


def _copies(sentences: Sequence[Sentence], struck: set[int], flags: dict[int, bool]) -> set[int]:
    """Repeats of a withdrawn sentence elsewhere in the chart (copied forward)."""
    out: set[int] = set()
    keys = [w for w in (content_words(sentences[i].span.text) for i in struck) if len(w) >= 3]
    if not keys:
        return out
    for index, sentence in enumerate(sentences):
        if index in struck or index in flags:
            continue
        words = content_words(sentence.span.text)
        if any(len(words & key) >= 3 and len(words & key) >= 0.7 * len(words) for key in keys):
            out.add(index)
    return out
