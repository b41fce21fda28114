"""Planted errors: is a false sentence held back, and a true one let through?

True sentences are those that drafts of the sample patients (and of the dev charts, where they are at hand) state with their
evidence. Each plant changes one thing in one of them; half of the controls are untouched, half reworded without a change of
meaning. The check sees the sentence's own evidence among that of its neighbours, as it does when a model writes.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.domain.answer import Origin, Sentence
from assistant.domain.evidence import Evidence
from assistant.verification.facts import dates_in, quantities_in, sides_in
from assistant.verification.support import Source
from assistant.verification.verify import check_model_sentence, sources_of
from evals.suite import Suite, data_folder, read_rows

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SEED = 20261121
PLANTS = CONTROLS = 400
NEIGHBOURS = 6
MIN_CHARS = 12
PROSE = ("hospital_course", "reason_for_admission", "condition_at_discharge")


@dataclass(frozen=True)
class TrueSentence:
    text: str
    sources: tuple[Source, ...]
    language: str
    items: tuple[Evidence, ...] = ()
    prose: bool = True
    """The record's own sentences, which a model rewords; other lines are laid out by code and pass no check when drafted."""

    def passes(self, text: str, formulary: Formulary) -> tuple[bool, str]:
        """Whether ``text`` would be shown if a model wrote it from this evidence, and the reason where not."""
        found = check_model_sentence(text, self.items, formulary)
        return isinstance(found, Sentence), found.reason

    @property
    def evidence(self) -> str:
        return "\n".join(s.text for s in self.sources)


Plant = Callable[[TrueSentence, random.Random, "Formulary"], str | None]


def run(path: Path) -> dict[str, Any]:
    from knowledge.formulary import open_formulary

    formulary = open_formulary()
    rng = random.Random(SEED)
    found = [s for s in true_sentences(formulary) if len(s.text) >= MIN_CHARS]
    rng.shuffle(found)
    rows: list[dict[str, Any]] = []
    counted: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for kind, sentence, text in plants(found, rng, formulary):
        shown, _ = sentence.passes(text, formulary)
        counted[kind] += 1
        caught[kind] += not shown
        if shown:
            rows.append({"plant": kind, "text": text, "true": sentence.text})
    refused: Counter[str] = Counter()
    controls = Counter[str]()
    for kind, sentence, text in reworded(found, rng):
        shown, why = sentence.passes(text, formulary)
        kind = f"{kind}_{'prose' if sentence.prose else 'laid_out'}"
        controls[kind] += 1
        refused[kind] += not shown
        if not shown:
            rows.append({"control": kind, "text": text, "why": why})
    figures: dict[str, Any] = {"true_sentences": len(found), "plants": counted.total()}
    figures["caught"] = caught.total() / max(1, counted.total())
    figures |= {f"caught_{kind}": f"{caught[kind]} of {counted[kind]}" for kind in PLANT_KINDS}
    figures["controls"] = controls.total()
    figures["false_rejections"] = refused.total() / max(1, controls.total())
    prose = [kind for kind in controls if kind.endswith("_prose")]
    figures["false_rejections_prose"] = sum(refused[k] for k in prose) / max(
        1, sum(controls[k] for k in prose)
    )
    figures |= {f"rejected_{kind}": f"{refused[kind]} of {controls[kind]}" for kind in controls}
    return figures | {"rows": rows}


def true_sentences(formulary: Formulary) -> Iterator[TrueSentence]:
    from assistant.conversation import Conversation
    from assistant.records.reader import read_record
    from assistant.tasks.base import Request, Services

    conversation = Conversation(Services(library=None, formulary=formulary))
    charts = [(p.name, p.read_bytes()) for p in sorted(SAMPLES.iterdir()) if p.suffix in (".txt", ".json")]
    dev = data_folder() / "charts" / "dev.jsonl"
    if dev.exists():
        charts += [(f"{row['id']}.txt", row["chart"].encode()) for row in read_rows(dev)]
    for name, content in charts:
        record = read_record(content, filename=name, formulary=formulary)
        answer = conversation.answer(Request("discharge", record=record, language=record.language))
        for section in answer.sections:
            stated = [s for s in section.sentences if s.origin is Origin.RECORD and s.evidence]
            for index, sentence in enumerate(stated):
                near = stated[max(0, index - NEIGHBOURS // 2) : index + NEIGHBOURS // 2 + 1]
                around = (e for n in near if n is not sentence for e in n.evidence)
                items = tuple(dict.fromkeys([*sentence.evidence, *around]))
                prose = section.key in PROSE
                yield TrueSentence(sentence.text, tuple(sources_of(items)), answer.language, items, prose)


def _swap(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _number(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    """A figure that stands nowhere in the evidence: ten times, a tenth, or digits turned round."""
    stands = {q.value for q in quantities_in(s.evidence, loose=True)}
    for q in quantities_in(s.text):
        digits = re.search(r"\d[\d,.]*\d|\d", q.text)
        if digits is None:
            continue
        wrong = [q.value * 10, q.value / 10, q.value + 7]
        wrong = [w for w in wrong if w.normalize() not in stands and w > 0]
        if wrong:
            new = f"{rng.choice(wrong).normalize():f}"
            return _swap(s.text, q.start + digits.start(), q.start + digits.end(), new)
    return None


_UNIT_SWAPS = {"mg": "mcg", "mcg": "mg", "g": "mg", "mL": "L", "day": "weeks", "week": "months", "mmol/L": "umol/L", "mg/dL": "mmol/L", "%": "mg"}  # fmt: skip


def _unit(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    stands = {(q.value, q.unit) for q in quantities_in(s.evidence, loose=True)}
    for q in quantities_in(s.text):
        new = _UNIT_SWAPS.get(q.unit or "")
        unit = re.search(r"[^\d\s.,-]\S*$", q.text)
        if new and unit and (q.value, new) not in stands:
            return _swap(s.text, q.start + unit.start(), q.start + unit.end(), new)
    return None


_DRUGS = {
    "en": ("warfarin", "digoxin", "methotrexate", "carbamazepine"),
    "zh": ("华法林", "地高辛", "甲氨蝶呤", "卡马西平"),
}


def _drug(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    stands = {m.generic for m in formulary.names_in(s.evidence)}
    mentions = formulary.names_in(s.text)
    others = [d for d in _DRUGS[s.language] if all(m.generic not in stands for m in formulary.names_in(d))]
    if not mentions or not others:
        return None
    return _swap(s.text, mentions[0].start, mentions[0].end, rng.choice(others))


_SIDES = (("left", "right"), ("right", "left"), ("左", "右"), ("右", "左"))


def _side(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    stands = sides_in(s.evidence)
    for old, new in _SIDES:
        if not (sides_in(new) & stands) and sides_in(s.text) & sides_in(old):
            made = re.sub(rf"\b{old}\b" if old.isascii() else old, new, s.text, count=1, flags=re.IGNORECASE)
            if made != s.text:
                return made
    return None


def _date(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    stands = {pair for d in dates_in(s.evidence, loose=True) for pair in d.day_month}
    stands |= {pair for source in s.sources for d in dates_in(source.date) for pair in d.day_month}
    for date in dates_in(s.text):
        month, day = min(date.day_month)
        wrong = [
            (m, d) for m in (month % 12 + 1, (month + 5) % 12 + 1) for d in (day, 27) if (m, d) not in stands
        ]
        if wrong:
            m, d = rng.choice(wrong)
            year = f"{date.year}-" if date.year else ""
            return _swap(
                s.text,
                date.start,
                date.end,
                f"{year}{m:02}-{d:02}"
                if year
                else f"{m}月{d}日"
                if s.language == "zh"
                else f"{d} {_MONTHS[m - 1]}",
            )
    return None


_MONTHS = "January February March April May June July August September October November December".split()
_NEGATED = re.compile(r"\b(?:no|denies|denied|without)\s+|否认|未见|无", re.IGNORECASE)


def _negation(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    """A denial turned into a finding; a finding of the diagnoses denied."""
    match = _NEGATED.search(s.text)
    if match:
        return _swap(s.text, match.start(), match.end(), "有" if s.language == "zh" else "Has ")
    if quantities_in(s.text) or formulary.names_in(s.text) or re.search(r"\bnot?\b|未|无|不", s.evidence):
        return None
    return f"未见{s.text}" if s.language == "zh" else f"No {s.text[0].lower()}{s.text[1:]}"


def _person(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    if re.search(r"\b(?:mother|brother|family)\b|母|兄|家族", s.evidence, re.IGNORECASE):
        return None
    return f"其母亲{s.text}" if s.language == "zh" else f"Her mother had {s.text[0].lower()}{s.text[1:]}"


_INVENTED = {
    "en": ("Melanoma was found on biopsy.", "She had a seizure overnight.", "A splenectomy was performed.", "Blood cultures grew Candida."),
    "zh": ("夜间出现癫痫发作。", "行脾切除术。", "活检提示黑色素瘤。", "血培养检出念珠菌。"),
}  # fmt: skip
_INVENTED_WORDS = re.compile(
    r"melanoma|seizure|splenectomy|candida|癫痫|脾切除|黑色素瘤|念珠菌", re.IGNORECASE
)


def _invented(s: TrueSentence, rng: random.Random, formulary: Formulary) -> str | None:
    """A finding from nowhere behind a true sentence."""
    if _INVENTED_WORDS.search(s.evidence):
        return None
    tail = rng.choice(_INVENTED[s.language])
    return f"{s.text.rstrip('.。')}；{tail}" if s.language == "zh" else f"{s.text.rstrip('.')}; {tail}"


PLANT_KINDS: dict[str, Plant] = {
    "number": _number, "unit": _unit, "drug": _drug, "side": _side, "date": _date, "negation": _negation,
    "person": _person, "invented": _invented,
}  # fmt: skip


def plants(
    found: Sequence[TrueSentence], rng: random.Random, formulary: Formulary
) -> Iterator[tuple[str, TrueSentence, str]]:
    """Up to ``PLANTS`` false sentences, as even over the kinds as the true ones allow."""
    made: dict[str, list[tuple[TrueSentence, str]]] = {kind: [] for kind in PLANT_KINDS}
    for kind, plant in PLANT_KINDS.items():
        for sentence in rng.sample(found, len(found)):
            if len(made[kind]) == PLANTS // 4:
                break
            text = plant(sentence, rng, formulary)
            if text is not None and text != sentence.text:
                made[kind].append((sentence, text))
    left, place = PLANTS, 0
    while left and any(len(rows) > place for rows in made.values()):
        for kind, rows in made.items():
            if left and len(rows) > place:
                left -= 1
                yield kind, *rows[place]
        place += 1


_EQUALS = (("hypertension", "high blood pressure"), ("once daily", "daily"), ("twice daily", "BID"), ("BID", "twice daily"), ("PO", "by mouth"), ("by mouth", "orally"), ("creatinine", "Cr"), ("SpO2", "oxygen saturation"), ("HR", "heart rate"), ("BP", "blood pressure"), ("口服", "PO"), ("qd", "每日一次"), ("bid", "每日两次"))  # fmt: skip
_FRAMES = {"en": ("During the stay: {}", "It was noted: {}"), "zh": ("住院期间：{}", "患者{}")}


def reworded(found: Sequence[TrueSentence], rng: random.Random) -> Iterator[tuple[str, TrueSentence, str]]:
    """``CONTROLS`` true sentences: as they stand, and reworded by equal terms and a frame that adds no fact."""
    for number, sentence in enumerate(found[:CONTROLS]):
        text = sentence.text
        if number % 2 == 0:
            yield "untouched", sentence, text
            continue
        for old, new in _EQUALS:
            made = re.sub(rf"(?<![A-Za-z]){re.escape(old)}(?![A-Za-z])", new, text, count=1)
            if made != text:
                text = made
                break
        yield "reworded", sentence, rng.choice(_FRAMES[sentence.language]).format(text)


SUITE = Suite("verification", "planted errors held back, true sentences let through", "", run)
