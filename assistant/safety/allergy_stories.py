"""Allergies that are told as a story or a test, and medicines taken since without harm.

Owns the reading of ``Augmentin, 2016 - within minutes throat closing``, ``IgE positive for chlorhexidine`` and ``cefalexin
2021 - no problem``. Refuses to judge an order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain.record import PatientRecord, Place
from assistant.safety.asserted import place_of
from knowledge.formulary import Formulary

_SENTENCE = re.compile(r"[^.\n。；]*(?:\.(?=\S)[^.\n。；]*)*")
_GRAVE = re.compile(
    r"\banaphyla\w+|\bhives\b|urticaria|angio-?o?edema|bronchospasm|\bSJS\b|stevens[- ]johnson|\b(?:throat|airway) (?:\w+ )?(?:clos\w+|swell\w*|tight\w*)|"
    r"\b(?:face|lips?|tongue|throat)\b[\w ]{0,14}\bsw[eo]ll\w*|\bsw[eo]ll\w*[\w ]{0,14}\b(?:face|lips?|tongue|throat)\b|\badrenaline (?:x\s?\d|given|infusion|needed)|"
    r"\b(?:wheez\w*|flush\w*|rash|collapsed?)\b[^.;\n]{0,30}\bwithin (?:\d+|an?|minutes|half)|\bwithin (?:\d+ ?|an? |half an )?(?:min\w*|hours?)\b[^.;\n]{0,40}\b(?:wheez\w*|flush\w*|rash|collapsed?)|"
    r"喉头?水肿|过敏性休克|荨麻疹|风团|全身皮疹|支气管痉挛|意识丧失|血压测不出|呼吸困难",
    re.IGNORECASE,
)
_ONCE = re.compile(
    r"\b(?:19|20)\d\d\b|\bago\b|\b(?:red|alert|allergy) (?:band|bracelet|card|box)\b|\bwristband\b|\bwithin (?:\d+ ?|an? |half an )?(?:min\w*|hours?)\b|\bas a child\b|\baged \d|"
    r"\bwhen (?:given|she had|he had)\b|\bminutes (?:of|after)\b|\d{4}年|年前|曾|既往|当时|\d+分钟",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(
    r"\b(?:no|not|never|without|nil|denies|tolerat\w+|treated with|given for|start\w*|plan\w*|prescrib\w*|propos\w*|order\w*|watch|warn\w*|if|may|might|risk|for (?:her |his |the |a )?(?:wheez\w*|rash|hives|anaphyla\w*|urticaria))\b|"
    r"否认|无|未|拟|给予|予以|若|如|可能|治疗|抢救",
    re.IGNORECASE,
)
_OTHER_CAUSE = re.compile(
    r"\b(?:pea)?nuts?\b|shellfish|prawns?|\bbees?\b|\bwasps?\b|\bstings?\b|\bfood\b|\bmother|\bfather|\bsister|\bbrother|\bson\b|\bdaughter\b(?! (?:reports|says))|花生|海鲜|虾|蜂|父|母|兄|姐",
    re.IGNORECASE,
)
_TESTED = (
    re.compile(
        r"(?i)\b(?:skin[- ]?(?:prick|test)\w*|prick|patch test\w*|intradermal|IgE|basophil|provocation|challenge)\b[^.;\n]{0,40}?\b(?:positive|reactive)\b(?: for| to|:)?\s*(?P<what>[^.;,\n]{2,40})"
    ),
    re.compile(
        r"(?i)\b(?P<what>[a-z][\w-]{3,24})\b[ :]{1,2}(?:specific )?(?:skin[- ]?(?:prick|test)|IgE|patch test)[^.;,\n]{0,12}\bpositive"
    ),
    re.compile(r"(?:皮试|点刺试验?|斑贴试验|特异性?IgE)[:：对]?(?P<what>[^，。；\n阴]{2,14}?)阳性"),
    re.compile(r"(?P<what>[^，。；\n]{2,14})(?:皮试|特异性?IgE|点刺试验|斑贴试验)[^，。；\n阴]{0,6}阳性"),
)
_TESTED_FREE = re.compile(
    r"^[^.;,，。；\n]{0,16}?(?:\b(?:neg(?:ative)?|tolerated|fine|ok(?:ay)?)\b|-ve\b|(?:皮试|试验)?\s?(?:均|为|结果)?\s?(?:阴性|\(-\)|（-）))|^[^.;。；\n]{0,12}皮试[^.;。；，\n]{0,4}阴性",
    re.IGNORECASE,
)
_TOLERATED_AFTER = re.compile(
    r"^[^.;\n。；]{0,70}?(?:\bno (?:problems?|reactions?|rash|issues?|trouble|ill effects?|adverse)\b|\btolerated\b|\bwithout (?:any )?(?:problems?|reactions?|trouble|incident|rash|difficulty|harm|ill effects?)\b|"
    r"\b(?:was|were) fine\b|\buneventful|无(?:任何)?(?:不适|反应|皮疹|过敏)|均无不适|耐受|未(?:见|出现|发生)(?:任何)?(?:过敏|皮疹|反应|不适))",
    re.IGNORECASE,
)
_TOLERATED_BEFORE = re.compile(
    r"(?:\b(?:tolerat(?:ed|es|ing)|has (?:safely )?(?:had|taken)|safely (?:had|took|taken))|耐受(?:过)?|用过)\s(?:\w+ ){0,4}$|耐受(?:过)?$",
    re.IGNORECASE,
)
_SINCE = re.compile(
    r"\b(?:since|later|after(?:wards| that)|subsequent\w*|again|repeat\w*)\b|此后|之后|后来|以后|再次|近[年期]|去年|今年",
    re.IGNORECASE,
)
_NOT_HARMLESS = re.compile(
    r"\b(?:not|never|un(?:able|til)|before|until|poorly)\b|不耐受|直到|未耐受", re.IGNORECASE
)


def told_allergies(record: PatientRecord, known: Formulary) -> Iterator[tuple[str, Place]]:
    """Substance and place of each medicine that a story of a grave reaction or a positive test names as its cause."""
    for document in record.documents:
        for sentence in _SENTENCE.finditer(document.text):
            grave = _GRAVE.search(sentence.group())
            if grave is None or not _ONCE.search(sentence.group()) or _OTHER_CAUSE.search(sentence.group()):
                continue
            for mention in known.names_in(sentence.group()[: grave.start()]):
                between = sentence.group()[mention.end : grave.start() + 8]
                if grave.start() - mention.end <= 120 and not _NOT_THIS.search(between):
                    start = sentence.start() + mention.start
                    yield mention.text, place_of(document, start, sentence.start() + grave.end())
        for pattern in _TESTED:
            for match in pattern.finditer(document.text):
                if known.names_in(match["what"]) or known.classes_in(match["what"]):
                    yield match["what"].strip(), place_of(document, match.start(), match.end())


def is_tested_free(record: PatientRecord, substance: str, place: Place) -> bool:
    """``lidocaine neg`` in a list of tests, ``头孢皮试阴性``: what was tested for and not found."""
    if _TESTED_FREE.search(substance.partition(" ")[2]):
        return True
    text = next((d.text for d in record.documents if d.id == place.document_id and d.kind != "fhir"), "")
    word = substance.split(" ")[0]
    at = text.find(word, place.start, place.end + 60) if word else -1
    return at >= 0 and _TESTED_FREE.match(text[at + len(word) : at + len(word) + 40]) is not None


def taken_since(record: PatientRecord, generic: str, known: Formulary, *, after_reaction: bool) -> bool:
    """Whether the record tells that the patient has had this medicine without harm.

    ``after_reaction``: it is the culprit itself, so that the telling must lie after the reaction.
    """
    for document in record.documents:
        text = document.text
        for mention in known.names_in(text):
            if mention.generic != generic:
                continue
            line = max(text.rfind("\n", 0, mention.start) + 1, mention.start - 120)
            before, after = text[line : mention.start], text[mention.end : mention.end + 90]
            harmless = _TOLERATED_AFTER.match(after) or _TOLERATED_BEFORE.search(before)
            if harmless is None or _NOT_HARMLESS.search(
                after[: harmless.end()] if harmless.string is after else before[-30:]
            ):
                continue
            if not after_reaction or _SINCE.search(before + after[:60]):
                return True
    return False
