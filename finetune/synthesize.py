"""Synthetic training examples with known right answers: notes to word, questions to answer from numbered evidence.

Owns which examples are kept: only those whose answer the app's own verification bears out. Refuses to know models.
Everything is made from word lists and the guideline texts of this project; nothing stems from a patient.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.judging import covers, sentences_of, supported
from finetune.notes import Note, NoteWriter, words
from knowledge.formulary import Formulary

DECLINED = "The guidelines in this library do not answer this question."
DECLINES = (DECLINED, "This evidence does not say what was asked.", "These guidelines do not mention {a}.")
GUIDELINES = Path(__file__).parents[1] / "knowledge" / "guidelines"
MOST_OF_ONE_TEMPLATE = 0.01
_COMMON = frozenset(
    "patients people should within without before after adults treatment guideline consider recommended".split()
)


@dataclass(frozen=True)
class Example:
    """``task`` is one of ``prompts.INSTRUCTIONS``; ``source`` says how it was made; ``template`` which pattern it follows."""

    task: str
    source: str
    template: str
    evidence: tuple[str, ...]
    reply: str
    question: str = ""


def drug_names(formulary: Formulary) -> list[str]:
    """Single-word generic names, as notes write them."""
    return sorted(g for g, m in formulary.medicines.items() if not m.of and re.fullmatch(r"[a-z]{4,}", g))


def note_examples(
    count: int, seed: int, formulary: Formulary, *, held: bool = False, injected: float = 0.12
) -> Iterator[Example]:
    """``count`` notes with their wording, each true to the note and whole by the app's own checks."""
    writer = NoteWriter(seed, drug_names(formulary), held=held)
    chance = random.Random(seed + 1)
    seen: set[str] = set()
    used: Counter[str] = Counter()
    most = max(2, int(count * MOST_OF_ONE_TEMPLATE))
    made = tries = 0
    while made < count and tries < 20 * count:
        tries += 1
        note = writer.injected_note() if chance.random() < injected else writer.note()
        if note.text in seen or used[note.template] >= most or not is_right(note, formulary):
            continue
        seen.add(note.text)
        used[note.template] += 1
        made += 1
        source = "injected" if note.injected else "notes"
        yield Example("course", source, note.template, (note.text,), note.reply)


def is_right(note: Note, formulary: Formulary) -> bool:
    """Every sentence supported by the note, and the note fully told (a command in it aside)."""
    sentences = sentences_of(note.reply)
    if len(sentences) != len(note.sentences):
        return False
    if not all(supported(s, [note.text], formulary, (0,)) for s in sentences):
        return False
    return covers(sentences, note.meant)


# --- questions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    text: str
    topic: str
    terms: tuple[str, ...]


def question_examples(
    count: int,
    seed: int,
    formulary: Formulary,
    *,
    held: bool = False,
    silent: float = 0.2,
    folder: Path = GUIDELINES,
) -> Iterator[Example]:
    """Questions over three to six guideline sentences, ``silent`` of them unanswerable; ``held`` uses other guidelines."""
    pick = random.Random(seed)
    lines = _guideline_lines(folder, held=held)
    asked: list[str] = words("around")["questions"]
    patterns = asked[-4:] if held else asked[:-4]
    made = tries = 0
    while made < count and tries < 20 * count:
        tries += 1
        line, pattern = pick.choice(lines), pick.choice(patterns)
        answerable = pick.random() >= silent
        others = [o for o in lines if not set(o.terms) & set(line.terms) and o.topic != line.topic]
        evidence = [o.text for o in pick.sample(others, pick.randint(2, 4))]
        question = pattern.format(a=line.terms[0], b=line.terms[1], topic=line.topic)
        form = pick.choice(DECLINES[: 1 if held else None])
        reply, source = form.format(a=line.terms[0]), "unanswerable"
        if answerable:
            place = pick.randrange(len(evidence) + 1)
            evidence.insert(place, line.text)
            reply, source = f"{line.text.rstrip('.')} [{place + 1}].", "guidelines"
            if not all(supported(s, evidence, formulary, (place,)) for s in sentences_of(reply)):
                continue
        made += 1
        template = f"{source}:{pattern}" if answerable else f"{source}:{form}:{pattern}"
        yield Example("ask", source, template, tuple(evidence), reply, question[0].upper() + question[1:])


def _guideline_lines(folder: Path, *, held: bool) -> list[_Line]:
    """Sentences of the English guidelines with the two words that mark them; every fifth guideline is held out."""
    raw: list[tuple[str, str]] = []
    for number, path in enumerate(sorted(folder.glob("*.md"))):
        text = path.read_text("utf-8")
        if re.search(r"[\u4e00-\u9fff]", text) or (number % 5 == 0) != held:
            continue
        title = re.search(r"^title:\s*(.+)$", text, re.MULTILINE)
        topic = re.split(r"[:,(]| - ", title.group(1).strip("\"' "))[0].lower() if title else path.stem
        body = text.split("\n---\n", 1)[-1]
        for paragraph in re.findall(r"^(?:[-*] )?([A-Z][^#|\n]+)$", body, re.MULTILINE):
            raw += [(s, topic) for s in re.split(r"(?<=[.])\s+(?=[A-Z])", paragraph) if 40 <= len(s) <= 170]
    frequency = Counter(w for text, _ in raw for w in set(_long_words(text)))
    lines = []
    for text, topic in raw:
        marks = sorted(set(_long_words(text)), key=lambda w: (frequency[w], w))
        if len(marks) >= 4 and "[" not in text:
            lines.append(_Line(text.strip(), topic, tuple(marks[:2])))
    return lines


def _long_words(text: str) -> list[str]:
    return [w for w in re.findall(r"\b[a-z]{6,}", text) if w not in _COMMON]


# --- variety --------------------------------------------------------------------------------------------------------


def variety(examples: Sequence[Example]) -> dict[str, float]:
    """How varied the replies are: the share of examples that the commonest template and the commonest 5-gram cover."""
    grams = _5grams(examples)
    templates = Counter(example.template for example in examples)
    total = max(1, len(examples))
    return {
        "examples": len(examples),
        "templates": len(templates),
        "largest_template_share": round(max(templates.values(), default=0) / total, 4),
        "largest_5gram_share": round(max(grams.values(), default=0) / total, 4),
        "distinct_5grams": len(grams),
        "distinct_5gram_share": round(len(grams) / max(1, sum(grams.values())), 4),
    }


def commonest_5grams(examples: Sequence[Example], most: int) -> dict[str, float]:
    """The five-word runs that most replies share, each with the share of replies that hold it."""
    total = max(1, len(examples))
    return {" ".join(gram): round(count / total, 4) for gram, count in _5grams(examples).most_common(most)}


def _5grams(examples: Sequence[Example]) -> Counter[tuple[str, ...]]:
    grams: Counter[tuple[str, ...]] = Counter()
    for example in examples:
        tokens = re.findall(r"\w+|[^\w\s]", example.reply.lower())
        grams.update({tuple(tokens[i : i + 5]) for i in range(len(tokens) - 4)})
    return grams
