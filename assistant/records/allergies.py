"""Allergies of a chart: substance, reaction, or the record's word that none is known.

Owns reading the allergy section and allergy sentences elsewhere. Refuses to judge cross-reaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import Allergy, Assertion
from assistant.records.allergy_items import (
    entries,
    items_of,
    named_in,
    opens_with_allergen,
    prescribed,
    words,
)
from assistant.records.assertion import assertion_of
from assistant.records.medication_items import Mention
from assistant.records.sections import Segment
from assistant.records.text_spans import Span

_NONE = re.compile(
    r"(?i)\b(?:NK[DF]?A(?!\s*\?)|no known (?:drug |medication |food )?(?:allerg\w+|reactions)|no (?:drug )?allerg\w+|denies (?:any )?(?:drug )?allerg\w+|nil known|none known|(?:nil|none)(?!\s+(?:else|other|further)))\b"
    r"|(?:否认|无|未发现|没有)[^。;；,，]{0,14}过敏|^(?:无|否认)[。\s]*$"
)
_EXCEPT = re.compile(
    r"(?i)\bexcept|\bother than|\bapart from|\bbut\b(?! (?:no|none|denies|never))|\bhowever\b|除(?!外)|[，,；;]?但(?!未|无|否认|不)"
)
_IN_TEXT = re.compile(
    r"(?i)\ballerg(?:y|ic|ies)\b|\bintoleran(?:t|ces?)(?: (?:of|to)\b|\s?[:：])|\banaphylaxis (?:to|with|after)\b|过敏(?!史|性|原|反应科)|(?:否认|无)[^。;；,，]{0,14}过敏|\bNK[DF]?A\b|no known (?:drug )?allerg|allergies[:：]? none"
)
_SAYS_NONE = re.compile(
    r"(?i)\bNK[DF]?A\b(?!\s*\?)|no known (?:drug )?allerg|allergies?[:：]? (?:none|nil)|(?:否认|无)[^。;；,，]{0,14}过敏"
)
_NEVER_TAKEN = re.compile(r"\W*[^，,。；;：:]{2,12}(?:从?未|没有?)(?:使?用|打|吃)过\W*")
"""``青霉素未用过``: nothing is known of it."""
_ASKED = re.compile(r"(?i)\bNK[DF]?A\s*\?\s*[-–—:,]?\s*(?:no\b)?[\s:,-]*")
"""``NKDA? - No: metoclopramide ...``: asked and answered; what follows is the allergy."""
_AFTER = re.compile(
    r"(?i)^(?P<reaction>[^,;]*?(?:syndrome|SJS|TEN|anaphyla\w+|rash|angioedema|urticaria|hives|reaction|DRESS|bronchospasm|swelling)[^,;]{0,20}?)\s+(?:\d{4}\s+)?(?:after|to|with|from|on)\s+"
)
_BARE_ALLERGEN = re.compile(
    r"\W*(?!(?:carries|has|uses|EpiPen|see|per|as|confirmed|unknown|reviewed|updated|checked|severe|mild)\b)[A-Za-z][\w'’-]*(?:[ /-][\w'’-]+){0,2}\s*(?:[(（][^()（）]{2,40}[)）])?\W*"
    r"|\W*[一-鿿]{2,8}(?:[(（][^()（）]{2,40}[)）])?\W*",
    re.IGNORECASE,
)
"""An allergen with, at most, its reaction in brackets: ``; latex``, ``；磺胺（皮疹）``."""
_TELLS = re.compile(
    r"(?i)->|→|=|—|–|\s-\s|[:：(（]|\d[.)]\s|\bcaus\w+\b|\b(?:allergic|intoleran\w+)\b|导致|引起|出现"
)


_SAYS_ALLERGIC = re.compile(
    r"(?i)\b(?:allerg\w+|intoleran\w+|anaphyla\w+|react(?:s|ed|ion)|caus\w+|makes?|made|gives|gave|avoid|must not)\b|->|→|过敏|不能耐受|不耐受|导致|引起|致(?=[一-鿿])"
)


def read_allergies(
    segments: Sequence[Segment], mentions: Sequence[Mention], document_id: str
) -> list[Allergy]:
    """Allergies in the order of the chart, one per substance."""
    out: list[Allergy] = []
    for segment in segments:
        for sentence in segment.statements:
            if segment.section == "allergies":
                line = segment.span.text[: sentence.start - segment.span.start].rpartition("\n")[2]
                first = not re.search(r"\w", line)
                stop = bool(re.search(r"[.。]\s*$", line))
                out += _section_sentence(sentence, mentions, document_id, opens_line=first, after_stop=stop)
            elif segment.section not in {"family_history", "instructions"} and _IN_TEXT.search(sentence.text):
                out += _free_sentence(sentence, mentions, document_id)
    return _unique(_not_taken_back(out, segments, mentions))


def _not_taken_back(
    found: list[Allergy], segments: Sequence[Segment], mentions: Sequence[Mention]
) -> list[Allergy]:
    """Without what a later sentence of the same line takes back: ``曾记青霉素过敏;…激发试验无反应,已撤销``."""
    gone: set[int] = set()
    for segment in segments:
        if segment.section != "allergies":
            continue
        for sentence in segment.statements:
            if not words()["withdrawn"].search(sentence.text):
                continue
            before = segment.span.text[: sentence.start - segment.span.start]
            line = segment.span.start + before.rfind("\n") + 1
            named = {m.generic for m in named_in(sentence, mentions)}
            for i, allergy in enumerate(found):
                told = segment.span.text[
                    max(0, allergy.place.end - segment.span.start) : sentence.end - segment.span.start
                ]
                name = (
                    allergy.substance[:3] if not allergy.substance.isascii() else allergy.substance.casefold()
                )
                same = allergy.generic in named or (len(name) >= 3 and name in told.casefold())
                if line <= allergy.place.start and allergy.place.end <= sentence.start and same:
                    gone.add(i)
    return [a for i, a in enumerate(found) if i not in gone]


_OF_A_RELATIVE = re.compile(
    r"(?i)\W*(?:(?:her|his|the|their|pt'?s) )?(?:mom|mum|mother|dad|father|sister|brother|son|daughter|wife|husband|partner|aunt|uncle|twin|sibling)(?:'s)?\b"
    r"(?!\s+(?:says?|said|states?|reports?|reported|thinks|confirms?|unsure|told|gives))|\W*(?:其|患儿|患者的?)?(?:母亲|父亲|父母|姐姐?|妹妹?|哥哥?|弟弟?|配偶|妻子|丈夫)(?!述|诉|称|代诉)"
)
"""``Mom gets hives from amoxicillin``: whose allergy it is, unless the relative only tells of the patient's."""


def _section_sentence(
    sentence: Span, mentions: Sequence[Mention], document_id: str, *, opens_line: bool, after_stop: bool
) -> list[Allergy]:
    text = sentence.text
    asked = _ASKED.search(text)
    if asked:
        sentence = sentence.sub(asked.end(), len(text))
        text = sentence.text
    out: list[Allergy] = []
    if _OF_A_RELATIVE.match(text):
        return out
    none = _NONE.search(text)
    if none and not _EXCEPT.search(text):
        out.append(Allergy("", sentence.place(document_id), none_known=True))
        if none.start() < 4:
            return out
    elif re.match(r"(?i)\W*(?:no|not|never|denies)\b|无|否认", text) or _NEVER_TAKEN.fullmatch(text):
        return []
    named = named_in(sentence, mentions)
    after = _AFTER.match(text)
    after = None if after and _names_any(sentence.sub(0, after.end("reaction")), named) else after
    if not opens_line and not after and not _goes_on(sentence, named, after_stop=after_stop):
        return out
    if not opens_line and prescribed(sentence, named):
        return out
    if after and named:
        found = entries(sentence.sub(after.end(), len(text)), mentions, document_id)
        return [_with(a, after["reaction"].strip(), sentence, document_id) for a in found[:1]]
    told = _AFTER_TAKING.match(text)
    if told and named and named[0].start < sentence.start + told.end("what"):
        found = entries(sentence.sub(told.start("what"), told.end("what")), mentions, document_id)
        return [_with(a, told["reaction"].strip(" ，,、"), sentence, document_id) for a in found[:1]]
    for part in (p for row in _rows(sentence) for p in _without_prevention(row)):
        for item in items_of(part, mentions):
            if not _NONE.search(item.text) or _EXCEPT.search(item.text):
                out += entries(item, mentions, document_id)
    return out


_AGAINST_IT = r"(?:甲强龙|甲泼尼龙|泼尼松|强的松|地塞米松|氢化可的松|激素|氯雷他定|西替利嗪|苯海拉明|异丙嗪|氯苯那敏|扑尔敏|依巴斯汀|抗组胺)"
_DID_IT = r"(?![^,，;；]{0,24}(?:[,，][^,，;；]{0,4})?(?:后(?!好转|缓解)|致|引起|出现|发生)[^,，;；]{0,6}(?:疹|休克|痒|水肿|过敏|喘|反应))"
_PREVENTION = re.compile(
    rf"(?:^|[,，;；、]){_DID_IT}[^,，;；、]{{0,14}}(?:术|造影|检查|CT|用药|输注|注射|化疗|输血)前[^,，;；]{{0,4}}?(?:予以?|给予?|用|加用|应用|静推|静注|口服)?{_AGAINST_IT}[^,，;；]*"
    rf"|(?:^|[,，;；]){_DID_IT}[^,，;；]{{0,24}}(?:(?:预防|抗)过敏(?!药)|{_AGAINST_IT}[^,，;；]{{0,6}}预处理)[^,，;；]*"
    r"|(?i:[,;][^,;]{0,20}\b(?:pre-?medicat\w+|pre-?treated|covered|desensiti\w+)\b[^,;]*(?:[,;][^,;]{0,24}\bno reaction\b[^,;]*)?)"
)
"""``本次术前予甲强龙+氯雷他定``, ``premedicated with prednisone``: given against the reaction, no cause of one."""


def _without_prevention(sentence: Span) -> list[Span]:
    """The sentence around what was given to prevent or treat the reaction."""
    edges = [0, *(e for m in _PREVENTION.finditer(sentence.text) for e in m.span()), len(sentence.text)]
    parts = [sentence.sub(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [p for p in parts if re.search(r"\w", p.text)]


_NEXT_ROW = re.compile(r"\|\s*\|")


def _rows(sentence: Span) -> list[Span]:
    """``| levofloxacin | tendon rupture || adhesive tape | ...``: two bars part two rows of a printed table."""
    edges = [0, *(e for m in _NEXT_ROW.finditer(sentence.text) for e in m.span()), len(sentence.text)]
    return [sentence.sub(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _names_any(span: Span, named: Sequence[Mention]) -> bool:
    """Whether an allergen stands in what would be the reaction: ``Allopurinol - rash with eosinophilia``."""
    inside = any(span.start <= m.start < span.end for m in named)
    return inside or words()["allergen"].search(span.text) is not None


def _goes_on(sentence: Span, named: Sequence[Mention], *, after_stop: bool) -> bool:
    """Whether a later sentence of the line goes on with the list: it opens with an allergen, or says that one is none."""
    if opens_with_allergen(sentence, named):
        return True
    if after_stop:
        return bool(_SAYS_ALLERGIC.search(sentence.text))
    return bool(named or _TELLS.search(sentence.text) or _BARE_ALLERGEN.fullmatch(sentence.text))


def _with(allergy: Allergy, reaction: str, sentence: Span, document_id: str) -> Allergy:
    return Allergy(allergy.substance, sentence.place(document_id), reaction, generic=allergy.generic)


_AFTER_TAKING = re.compile(
    r"\W*(?:曾)?(?P<what>[^，,。；;、\s]{2,12}?)(?:口服|服用|静滴|静脉滴注|输液|输注|注射|使用|应用|服|用)?后(?:曾|即|又)?(?:出现|发生|引起|致)?(?P<reaction>[^（(。；;]{2,30})"
)
"""``曲马多服后呕吐、意识模糊``: one medicine and what it did."""
_EXCEPT_DRUG = re.compile(
    r"(?:无|否认)[^。;；]{0,14}过敏[^。;；]{0,4}[，,；;]\s?但(?!未|无|否认|不)(?:是|其)?(?:自述|诉|有|对|曾)?"
)
"""``无药物过敏史，但自述头孢曲松输液后胸闷``: the exception is the allergy."""
_AFTER_IT = re.compile(r"[^，,。；;]{0,6}后(?:出现|发生)?(?P<reaction>[^，,。；;]{2,20})")
_CUE = re.compile(
    r"(?i)\b(?:allergic|allergy|anaphylaxis|intoleran(?:t|ce)) (?:to|with|after|of)\s+(?P<after>[^.;\n]{2,90})"
)
_CUE_BEHIND = re.compile(
    r"(?i)\b(?P<what>[A-Za-z][\w-]*(?: [\w-]+)?) allergy\b(?P<rest>(?:[^.,;\n(（]|[(（][^()（）\n]{0,60}[)）]){0,40})"
)
_ZH_CUE = re.compile(
    r"(?P<list>[^，,。；;：:\n]{1,24}?)(?:均|都)?过敏(?!史|性|原|反应科)(?P<rest>(?:[（(][^()（）]{1,20}[)）])?)"
)
_NEGATED = re.compile(
    r"(?i)\b(?:not|no|never|denies|denied|nil|without|isn'?t|n't)\b[^.;,]{0,24}$|[不无非未]\s*$|否认[^，。]*$"
)


def _free_sentence(sentence: Span, mentions: Sequence[Mention], document_id: str) -> list[Allergy]:
    text = sentence.text
    asked = _ASKED.search(text)
    if asked:
        said = sentence.sub(asked.end(), len(text))
        return [
            a for item in items_of(said, mentions) for a in entries(item, mentions, document_id, prose=True)
        ]
    exception = _EXCEPT_DRUG.search(text)
    if exception and (named := named_in(sentence.sub(exception.end(), len(text)), mentions)):
        first = named[0]
        substance = sentence.sub(first.start - sentence.start, first.end - sentence.start).text
        reaction = _AFTER_IT.match(text[first.end - sentence.start :])
        return [
            Allergy(
                substance,
                sentence.place(document_id),
                reaction["reaction"].strip(" “”\"'") if reaction else None,
                generic=first.generic,
            )
        ]
    if _SAYS_NONE.search(text):
        return [Allergy("", sentence.place(document_id), none_known=True)]
    out: list[Allergy] = []
    for cue in (*_CUE.finditer(text), *_CUE_BEHIND.finditer(text), *_ZH_CUE.finditer(text)):
        at = cue.start("after") if "after" in cue.groupdict() else cue.start()
        if _NEGATED.search(text[: cue.start()]) or _NEGATED.search(cue.groupdict().get("list") or ""):
            continue
        if assertion_of(text, cue.start(), cue.end()) is Assertion.FAMILY:
            continue
        part = sentence.sub(at, cue.end())
        out += [
            a for item in items_of(part, mentions) for a in entries(item, mentions, document_id, prose=True)
        ]
    return [Allergy(a.substance, sentence.place(document_id), a.reaction, generic=a.generic) for a in out]


def _unique(found: list[Allergy]) -> list[Allergy]:
    real = [a for a in found if not a.none_known]
    out: list[Allergy] = []
    for allergy in real or found[:1]:
        key = (allergy.generic or allergy.substance).casefold()
        same = next((i for i, a in enumerate(out) if (a.generic or a.substance).casefold() == key), None)
        if same is None:
            out.append(allergy)
        elif out[same].reaction is None and allergy.reaction:
            out[same] = allergy
    return out
