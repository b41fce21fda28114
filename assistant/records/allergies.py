"""Allergies of a chart: substance, reaction, or the record's word that none is known.

Owns reading the allergy section and allergy sentences elsewhere. Refuses to judge cross-reaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.record import Allergy
from assistant.records.medication_items import Mention
from assistant.records.sections import Segment
from assistant.records.sentences import list_items
from assistant.records.text_spans import Span

_NONE = re.compile(
    r"(?i)\b(?:NKDA|NKA|NKFA|no known (?:drug |medication |food )?(?:allerg\w+|reactions)|no (?:drug )?allerg\w+|denies (?:any )?(?:drug )?allerg\w+|nil known|none known|nil|none)\b"
    r"|(?:否认|无|未发现|没有)[^。;；,，]{0,14}过敏|^(?:无|否认)[。\s]*$"
)
_REACTION = re.compile(
    r"\s*(?:->|→|=>|—+|–|\s-\s|[:：]|\bcaus(?:es|ed|ing)\b|\bresult(?:s|ed) in\b|\bgives?\b|\bgave\b|导致|引起|致|出现|后出现|过敏表现为|表现为)\s*",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    r"(?i)\ballerg(?:y|ic|ies)\s*(?:to\b|[:：-])|\banaphylaxis (?:to|with|after)\b|过敏(?!史|性|原|反应科)|(?:否认|无)[^。;；,，]{0,14}过敏|\bNK?D?A\b|no known (?:drug )?allerg|allergies[:：]? none|Allergies?: none"
)
_TOLERATED = re.compile(
    r"(?i)\b(?:tolerat\w+|no reaction|not allergic|ok with|safe|can take|has had)\b|可耐受|无过敏|不过敏"
)
_AFTER = re.compile(
    r"(?i)^(?P<reaction>[^,;]*?(?:syndrome|SJS|TEN|anaphyla\w+|rash|angioedema|urticaria|hives|reaction|DRESS|bronchospasm|swelling)[^,;]{0,20}?)\s+(?:\d{4}\s+)?(?:after|to|with|from|on)\s+"
)


def read_allergies(
    segments: Sequence[Segment], mentions: Sequence[Mention], document_id: str
) -> list[Allergy]:
    """Allergies in the order of the chart, one per substance."""
    out: list[Allergy] = []
    for segment in segments:
        for sentence in segment.statements:
            if segment.section == "allergies":
                first = not re.search(
                    r"\w", segment.span.text[: sentence.start - segment.span.start].rpartition("\n")[2]
                )
                out += _section_sentence(sentence, mentions, document_id, opens_line=first)
            elif segment.section not in {"family_history", "instructions"} and _IN_TEXT.search(sentence.text):
                out += _free_sentence(sentence, mentions, document_id)
    return _unique(out)


_CLASS_WORD = re.compile(r"(?i)penicillins?|青霉素(?:类)?")
"""An allergy to ``penicillin`` is one to the class, not to benzylpenicillin alone."""


def _section_sentence(
    sentence: Span, mentions: Sequence[Mention], document_id: str, *, opens_line: bool
) -> list[Allergy]:
    if _NONE.search(sentence.text) and not re.search(r"(?i)\bexcept|\bother than|除", sentence.text):
        return [Allergy("", sentence.place(document_id), none_known=True)]
    if _TOLERATED.search(sentence.text) or re.match(
        r"(?i)\W*(?:no|not|never|denies)\b|无|否认", sentence.text
    ):
        return []
    named_here = _named(sentence, mentions)
    if (
        not opens_line
        and not named_here
        and not _REACTION.search(sentence.text)
        and not _BARE_ALLERGEN.fullmatch(sentence.text)
    ):
        return []
    out: list[Allergy] = []
    named = named_here
    after = _AFTER.match(sentence.text)
    if after and named:
        return [_allergy(m, sentence, after["reaction"].strip(), document_id) for m in named[:1]]
    for item in _items(sentence, named):
        if out and not _named(item, mentions) and _SYMPTOM_FIRST.match(item.text):
            continue
        item_names = _named(item, mentions)
        split = _REACTION.search(item.text)
        bracket = re.search(r"[(（]([^()（）]*)[)）]", item.text)
        reaction = None
        head_end = len(item.text)
        if split and split.start() > 0:
            reaction, head_end = item.text[split.end() :].strip(" .。"), split.start()
        elif bracket:
            reaction, head_end = bracket[1], bracket.start()
        elif item_names and item_names[0].end < item.end:
            reaction = item.text[item_names[0].end - item.start :].strip(" .,。，") or None
        head = item.sub(_BULLET.match(item.text).end(), head_end)  # type: ignore[union-attr]
        if item_names and item_names[0].start < item.start + head_end:
            for mention in [m for m in item_names if m.start < item.start + head_end]:
                out.append(_allergy(mention, item, reaction, document_id))
        elif (
            head.text
            and len(head.text) <= 40
            and not re.search(
                r"(?i)^(?:not|see|unknown|unable|unclear|as|per|reaction)\b|^(?:19|20)\d\d", head.text
            )
        ):
            out.append(Allergy(head.text, item.place(document_id), reaction or None))
    return out


_BULLET = re.compile(r"(?:[-•*·–]|\d{1,2}[.)、])*\s*")


def _items(sentence: Span, named: Sequence[Mention]) -> list[Span]:
    """Allergens of one sentence; a comma separates only where another medicine follows."""
    merged: list[Span] = []
    for item in list_items(sentence):
        starts = any(item.start <= m.start <= item.start + 12 for m in named)
        own_reaction = bool(re.search(r"\s-\s|->|→|—|[(（:：]", item.text)) and not _SYMPTOM_FIRST.match(
            item.text
        )
        if starts or own_reaction or not merged:
            merged.append(item)
        else:
            last = merged[-1]
            merged[-1] = sentence.sub(last.start - sentence.start, item.end - sentence.start)
    return merged


_BARE_ALLERGEN = re.compile(
    r"\W*(?!(?:carries|has|uses|EpiPen|see|per|as|confirmed|unknown|reviewed|updated|checked|severe|mild)\b)[A-Za-z][\w'’-]*(?:[ /-][\w'’-]+){0,2}\s*(?:[(（][^()（）]{2,40}[)）])?\W*"
    r"|\W*[一-鿿]{2,8}(?:[(（][^()（）]{2,40}[)）])?\W*",
    re.IGNORECASE,
)
"""An allergen with, at most, its reaction in brackets: ``; latex``, ``；磺胺（皮疹）``."""
_SYMPTOM_FIRST = re.compile(
    r"(?i)^\W*(?:(?:severe|mild|lip|facial|face|tongue|throat|whole[- ]body|generali[sz]ed|and|with)\s)*"
    r"(?:hives|rash|itch\w*|swelling|wheez\w*|vomit\w*|nausea|diarrh\w*|urticaria|angio-?oedema|angioedema|anaphyla\w*|bronchospasm|dyspn\w*|jaundice|SJS|collapse|cough)\b"
    r"|^\W*(?:全身|嘴唇|面部|喉头|眼睑|口唇|胸闷|气促|伴)?(?:[一-鿿]{0,3})(?:皮疹|荨麻疹|瘙痒|水肿|肿|休克|困难|喘|恶心|呕吐|腹泻|皮炎|发绀|心慌)"
)
_NOT_THE_ALLERGEN = re.compile(
    r"(?i)\b(?:has|carries|carry|needed|needs|given|got|treated with|w/|tolerat\w+|ok with|fine with|can (?:take|have))\s(?:an?\s)?$"
)


def _named(span: Span, mentions: Sequence[Mention]) -> list[Mention]:
    return [
        m
        for m in mentions
        if span.start <= m.start
        and m.end <= span.end
        and not _NOT_THE_ALLERGEN.search(span.text[: m.start - span.start])
    ]


def _allergy(mention: Mention, span: Span, reaction: str | None, document_id: str) -> Allergy:
    text = (reaction or "").strip(" .。:：-—–→>") or None
    generic = None if _CLASS_WORD.fullmatch(mention.text) else mention.generic
    return Allergy(mention.text, span.place(document_id), text, generic=generic)


def _free_sentence(sentence: Span, mentions: Sequence[Mention], document_id: str) -> list[Allergy]:
    if re.search(
        r"(?i)\bNK?D?A\b|no known (?:drug )?allerg|allergies?[:：]? (?:none|nil)", sentence.text
    ) or re.search(r"(?:否认|无)[^。;；,，]{0,14}过敏", sentence.text):
        return [Allergy("", sentence.place(document_id), none_known=True)]
    cue = re.search(r"(?i)\ballergic to\b|\banaphylaxis (?:to|with|after)\b|\ballergy to\b", sentence.text)
    if cue:
        return [
            _allergy(m, sentence, None, document_id)
            for m in _named(sentence, mentions)
            if 0 <= m.start - sentence.start - cue.end() <= 30
        ]
    zh = re.search(r"过敏(?!史|性|原)", sentence.text)
    if zh:
        return [
            _allergy(m, sentence, None, document_id)
            for m in _named(sentence, mentions)
            if 0 <= zh.start() - (m.end - sentence.start) <= 2
        ]
    return []


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
