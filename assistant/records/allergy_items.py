"""One line of an allergy list: its allergens, the reaction to them, and whether the record has taken the label away.

Owns where an allergen ends and its reaction begins, in lists, tables and prose. Refuses to judge cross-reaction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.domain.record import Allergy
from assistant.records.medication_items import Mention
from assistant.records.sentences import list_items, numbered_parts
from assistant.records.text_spans import Span


class _Rows(BaseModel):
    model_config = ConfigDict(extra="forbid")
    allergen: list[str]
    withdrawn: list[str]
    tolerated: list[str]


@cache
def words() -> dict[str, re.Pattern[str]]:
    """``allergen``, ``withdrawn`` and ``tolerated``: each row's alternatives as one pattern."""
    raw = yaml.safe_load(Path(__file__).with_name("allergies.yaml").read_text(encoding="utf-8"))
    rows = _Rows.model_validate(raw)
    return {
        kind: re.compile(rf"(?<![a-z])(?:{'|'.join(getattr(rows, kind))})(?![a-z])", re.IGNORECASE)
        for kind in _Rows.model_fields
    }


_BULLET = re.compile(r"(?:[-•*·–]\s*|\(?\d{1,2}[.)、）]\s*)*\s*")
_LEAD = re.compile(
    r"(?i)(?:(?:is|are|she is|he is|pt|patient|known|documented|reported|previous|also|severe|mild|true|possible|\?)\s+)*"
    r"(?:allerg(?:y|ic|ies) to|anaphylaxis (?:to|with|after)|intoleran(?:t|ce) (?:of|to)|reacts? to|sensitive to|reported|known|documented)\s+|既往|曾|对(?=[一-鿿])"
)
_REACTION = re.compile(
    r"\s*(?:->|→|=>|—+|–|=|\s-\s|[:：]|(?<=[a-z])-(?=(?:rash|hives|itch|anaphyla|swelling|angio|wheez|vomit|nausea|diarrh|urticaria|cough|SOB|GI)\w*)"
    r"|\bcaus(?:es|ed|ing)\b|\bresult(?:s|ed) in\b|\bgives?\b|\bgave\b|\bmakes\b|导致|引起|致|后出现|出现|过敏表现为|表现为)\s*",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[(（](?P<inside>[^()（）]*)[)）]")
_SYMPTOM = (
    r"hives|rash|itch\w*|swelling|wheez\w*|vomit\w*|nausea|diarrh\w*|urticaria|angio-?o?edema|anaphyla\w*|bronchospasm|dyspn\w*|"
    r"jaundice|SJS|stevens[- ]johnson|tendon|TEN|DRESS|collapse|cough|confusion|seizures?|GI upset|sick|stomach upset|headache|constipation|hallucinations?|blister\w*"
)
SYMPTOM_FIRST = re.compile(
    rf"(?i)^\W*(?:(?:severe|mild|lip|facial|face|tongue|throat|whole[- ]body|generali[sz]ed|and|with)\s)*(?:{_SYMPTOM})\b"
    r"|^\W*(?:全身|嘴唇|面部|喉头|眼睑|口唇|胸闷|气促|伴)?(?:[一-鿿]{0,3})(?:皮疹|荨麻疹|瘙痒|水肿|肿|休克|困难|喘|恶心|呕吐|腹泻|皮炎|发绀|心慌|血压下降|血压低|晕厥|意识丧失)"
)
_NOT_THE_ALLERGEN = re.compile(
    r"(?i)\b(?:has|carries|carry|needed|needs|given|got|treated with|w/|tolerat\w+|ok with|fine with|can (?:take|have))\s(?:an?\s)?$"
)
_NO_ALLERGEN = re.compile(
    r"(?i)^(?:not|no|nil|none|never|see|unknown|unable|unclear|as|per|reaction|confirmed|checked|reviewed|allergen|substance|drug|both|other|denies|and)\b|^(?:19|20)\d\d|^(?:e?GFR|CrCl|Cr|creat\w*|INR|Hb|K|Na|wt|weight|BP|HR|temp|LFTs?|U&Es?) ?[:=]? ?\d[\d./]*$|^(?:无|否认|过敏|详见)"
)
_NO_NOUN = re.compile(
    r"(?i)\b(?:do|don'?t|avoid|avoids|must|should|shall|never|please|pls|use|uses|give|given|take|takes|wears?|carr(?:y|ies)|has|have|had|is|was|were|be|will|can|cannot|can'?t|lives?|at home|resistant|sensitive|which|who)\b"
    r"|避免|接种|使用|禁用|慎用|家中|家里|在家|住院|入院|院前|平时|平素|目前|用药|服药|药物$|反应史?$|取暖|独居|独住|居住|吸烟|饮酒"
)
"""What says something, or names another list, is no allergen; at most it holds one: ``avoid NSAIDs``."""
_AND = re.compile(r"\s+(?:and|&|\+)\s+|[和与及](?=[一-鿿])")
_CLASS_WORD = re.compile(r"(?i)penicillins?|青霉素(?:类)?")
"""An allergy to ``penicillin`` is one to the class, not to benzylpenicillin alone."""


def named_in(span: Span, mentions: Sequence[Mention]) -> list[Mention]:
    """The medicines that the span names, those left out that it says are taken or tolerated."""
    return [
        m
        for m in mentions
        if span.start <= m.start
        and m.end <= span.end
        and not _LIKE_IT.match(span.text, m.end - span.start)
        and not _NOT_THE_ALLERGEN.search(span.text[: m.start - span.start])
    ]


_LIKE_IT = re.compile(r"(?i)样|[- ]like\b")
"""``双硫仑样反应``: a reaction like that medicine's, to another."""
_DOSE_BEHIND = re.compile(
    r"(?i)\s*(?:tab\w*\s|cap\w*\s)?\d[\d.,]*\s?(?:mg|mcg|µg|g|ml|units?|iu|puffs?|毫克|微克|克|单位)\b"
)


def prescribed(sentence: Span, named: Sequence[Mention]) -> bool:
    """A sentence after the list that opens with a medicine and its dose is an order, and no allergy; nor is one given or due."""
    at = _BULLET.match(sentence.text).end() + sentence.start  # type: ignore[union-attr]
    first = next((m for m in named if m.start == at), None)
    if first is None:
        return False
    behind = sentence.text[first.end - sentence.start :]
    told = re.search(rf"(?i)\b(?:{_SYMPTOM})\b|疹|肿|休克|喘|痒", behind)
    return bool(_DOSE_BEHIND.match(behind) or (_TAKEN_BEHIND.search(behind) and not told))


_TAKEN_BEHIND = re.compile(
    r"(?i)\b(?:given|supplied|administered|started|prescribed|issued|continued?|at home|daily|due|up to date|offered|declined)\b|接种"
)


def opens_with_allergen(sentence: Span, named: Sequence[Mention]) -> bool:
    """``Latex.``, ``Codeine: do not give``, ``服赖诺普利时干咳``; not ``Please use clarithromycin``."""
    at = _BULLET.match(sentence.text).end()  # type: ignore[union-attr]
    lead = _LEAD.match(sentence.text, at)
    at = lead.end() if lead else at
    if _ZH_TOOK.match(sentence.text, at):
        return True
    known = words()["allergen"].match(sentence.text, at)
    return known is not None or any(m.start == sentence.start + at for m in named)


_ZH_TOOK = re.compile(
    r"(?:服用?|口服|使用|应用|注射|输注|静滴)[一-鿿A-Za-z]{2,12}[时后].*(?:耐受|疹|肿|痒|咳|休克|喘|吐|泻|过敏)"
)


def items_of(sentence: Span, mentions: Sequence[Mention]) -> list[Span]:
    """Allergens of one sentence with what is said of each; a comma separates only where another allergen follows."""
    out: list[Span] = []
    for block in (b for n in numbered_parts(sentence) for b in _joined(n)):
        out += _merged(block, mentions)
    return out


def _merged(block: Span, mentions: Sequence[Mention]) -> list[Span]:
    merged: list[Span] = []
    for part in list_items(block):
        own = bool(_REACTION.search(part.text) or _BRACKET.search(part.text))
        symptom = SYMPTOM_FIRST.match(part.text)
        says_more = symptom or _SAYS_MORE.match(part.text)
        starts = any(m.start <= part.start + 12 for m in named_in(part, mentions))
        apart = words()["allergen"].match(part.text) or _NONE_OF_IT.match(part.text)
        if not merged or starts or apart or (own and not says_more) or words()["tolerated"].match(part.text):
            merged.append(part)
        else:
            last = merged[-1]
            merged[-1] = block.sub(last.start - block.start, part.end - block.start)
    return merged


_SAYS_MORE = re.compile(
    r"(?i)\W*(?:has|had|carries|needs|needed|required|treated|given|uses|caus\w+|which|with|and then|de-?labell?ed|label (?:was )?removed|disproved|challenge)\b|\W*(?:曾|后|并|当时|具体)*(?:过敏表现|表现|出现|引起|导致|致|发生|有)"
)
"""What goes on about the allergen before it: ``, has EpiPen``, ``，表现为皮疹``."""
_NONE_OF_IT = re.compile(r"(?i)(?:no|nil|none|denies)\b|否认|无")
_AFTER_BRACKET = re.compile(r"(?<=[)）])\s*(?:\band\b|&|\+|和|及)\s*")


def _joined(span: Span) -> list[Span]:
    """``erythromycin (rash) and iodine`` as two."""
    edges = [0, *(e for m in _AFTER_BRACKET.finditer(span.text) for e in m.span()), len(span.text)]
    return [span.sub(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def withdrawn(item: Span, mentions: Sequence[Mention]) -> bool:
    """Whether the record says of this allergen that it is none: the label removed, or the medicine itself tolerated."""
    if words()["withdrawn"].search(item.text):
        return True
    taken = words()["tolerated"].search(item.text)
    if taken is None:
        return False
    after = item.start + taken.end()
    return not item.text[: taken.start()].strip() or not any(after <= m.start < item.end for m in mentions)


def entries(
    item: Span, mentions: Sequence[Mention], document_id: str, *, prose: bool = False
) -> list[Allergy]:
    """The allergies of one item; in prose only medicines and known allergens are any."""
    if withdrawn(item, mentions):
        return []
    cells = [c.strip() for c in re.split(r"\||\t", item.text.strip(" |"))]
    cells = [cells[0], *(c for c in cells[1:] if not _SAYS_NO_REACTION.search(c))]
    if len(cells) > 1 or "|" in item.text.strip():
        return _row(item, cells, mentions, document_id)
    start = _BULLET.match(item.text).end()  # type: ignore[union-attr]
    lead = _LEAD.match(item.text, start)
    start = lead.end() if lead else start
    head_end, reaction = _split(item, start, mentions)
    out = []
    edges = [start, *(e for m in _AND.finditer(item.text, start, head_end) for e in m.span()), head_end]
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        found = _substance(item.sub(a, b), mentions, prose=prose)
        if found is not None:
            out.append(_allergy(found, item, reaction, mentions, document_id))
    return out


_FELT = re.compile(
    rf"(?i)(?:\bwith )?\b(?:{_SYMPTOM})\b|时?(?:皮疹|荨麻疹|瘙痒|水肿|干咳|休克|恶心|呕吐|腹泻)"
)


def _split(item: Span, start: int, mentions: Sequence[Mention]) -> tuple[int, str | None]:
    """Where the allergen ends, and the reaction after it."""
    text = item.text
    sign = _REACTION.search(text, start + 1)
    bracket = _BRACKET.search(text, start + 1)
    if bracket and (sign is None or bracket.start() < sign.start()):
        after = re.sub(r"^[\s\-–—>→:：=]+", "", text[bracket.end() :]).strip(" .。")
        says = re.search(rf"(?i){_SYMPTOM}|疹|肿|休克|喘|痒", bracket["inside"])
        whole = text[bracket.start() :].strip(" .。")
        felt = None if says else _FELT.search(text, start + 1, bracket.start())
        if felt:
            return felt.start(), text[felt.start() :].strip(" .。")
        inside = re.sub(r"(?i)^(?:both|all|均)\s?[:：]?\s*", "", bracket["inside"])
        return bracket.start(), inside if says or len(after) < 3 else whole
    if sign:
        return sign.start(), text[sign.end() :].strip(" .。") or None
    known = words()["allergen"].match(text, start)
    if known and re.match(r"[一-鿿]{0,6}(?:皮炎|皮疹|荨麻疹|瘙痒|水肿|休克)", text[known.end() :]):
        return known.end(), text[known.end() :].strip(" .。") or None
    named = [m for m in named_in(item, mentions) if m.start >= item.start + start]
    if named and not _AND.match(text, named[0].end - item.start):
        end = named[0].end - item.start
        rest = re.sub(r"^[\s,，]*(?:过敏(?:史)?|allerg(?:y|ic))?[\s,，:：]*", "", text[end:])
        return end, rest.strip(" .,。，)）") or None
    symptom = re.search(rf"(?i)\s(?:severe |mild )?(?:{_SYMPTOM})\b", text[start + 1 :])
    if symptom:
        at = start + 1 + symptom.start()
        return at, text[at:].strip(" .,")
    return len(text), None


def _substance(head: Span, mentions: Sequence[Mention], *, prose: bool) -> Span | None:
    named = named_in(head, mentions)
    if named:
        first = named[0]
        return Span(first.start, first.end, first.text)
    text = re.sub(r"(?i)\s*(?:过敏(?:史)?|allergy|allergic|intolerance)\s*$", "", head.text).strip(
        " .?？\"“”'"
    )
    if not re.search(r"[A-Za-z]{2}|[一-鿿]", text) or len(text) > 40 or _NO_ALLERGEN.search(text):
        return None
    at = head.text.find(text)
    if prose or _NO_NOUN.search(text):
        known = words()["allergen"].search(text)
        return head.sub(at + known.start(), at + known.end()) if known else None
    return None if SYMPTOM_FIRST.match(text) else head.sub(at, at + len(text))


_SAYS_NO_REACTION = re.compile(
    r"(?i)\bno reaction\b|\breaction (?:not|unknown)\b|\bnot (?:listed|recorded|documented|known)\b"
)


def _row(item: Span, cells: list[str], mentions: Sequence[Mention], document_id: str) -> list[Allergy]:
    """A row of a table: the allergen, then what it did; the head of the table is no allergen."""
    if re.match(r"(?i)(?:allergen|substance|drug|medicine|agent|过敏原|药物|名称)", cells[0]) or not cells[0]:
        return []
    at = item.text.find(cells[0])
    found = _substance(item.sub(at, at + len(cells[0])), mentions, prose=False)
    return [] if found is None else [_allergy(found, item, "".join(cells[1:2]), mentions, document_id)]


def _allergy(
    substance: Span, item: Span, reaction: str | None, mentions: Sequence[Mention], document_id: str
) -> Allergy:
    text = re.sub(r"(?i)^(?:(?:him|her|them|me|the patient)\s)?(?:(?:an?|with)\s)?", "", reaction or "")
    text = re.sub(r"^时(?=[一-鿿])", "", text).strip(" .。:：-—–→>")
    if re.match(r"(?i)(?:which|that|who)\b", text) and not re.search(rf"(?i)\b(?:{_SYMPTOM})\b", text):
        text = ""  # `lisinopril, which is why she takes losartan`
    same = next((m for m in mentions if m.start == substance.start and m.end == substance.end), None)
    generic = None if same is None or _CLASS_WORD.fullmatch(same.text) else same.generic
    return Allergy(substance.text, item.place(document_id), text or None, generic=generic)
