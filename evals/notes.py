"""Visit notes from conversations: ROUGE beside an extractive baseline and the untuned model's plain output, the clinicians'
checklists, and what the note says that the conversation does not.

An independent reading: numbers and drugs are looked for in the conversation itself, never in the assistant's reading of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from evals.rouge import rouge, tokens
from evals.suite import Suite, answers, read_rows, shown_sentences

PLAIN_ROWS = 8
"""Rows on which the untuned model writes by itself, and on which it rewords the draft: it is slow."""
PLAIN_TOKENS = 400
_FIGURES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")


def run(path: Path) -> dict[str, Any]:
    """``path``: rows with ``dialogue`` and ``note`` (or ``section_text``), or with ``transcript``, ``note`` and ``checklists``.

    With the default set, the consultations with checklists beside it are measured too, where they are there.
    """
    figures, rows = _measured(path)
    beside = path.parent.parent / "primock57" / "dev.jsonl"
    if path.parent.name == "aci_bench" and path.name == "dev.jsonl" and beside.exists():
        more, more_rows = _measured(beside)
        figures |= {f"primock57_{name}": value for name, value in more.items()}
        rows += more_rows
    return figures | {"rows": rows}


def _measured(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    cases = [_case(row) for row in read_rows(path)]
    asked = [{"id": c["id"], "record": c["dialogue"], "language": "en"} for c in cases]
    results = answers("note", asked, model="none")
    rows = [_score(case, result) for case, result in zip(cases, results, strict=True)]
    good = [r for r in rows if "error" not in r]
    figures: dict[str, Any] = {"conversations": len(cases), "errors": len(rows) - len(good)}
    figures |= {name: mean(r[name] for r in good) for name in (*_FIGURES, "length_share") if good}
    for name, baseline in BASELINES.items():
        scored = [rouge(baseline(c["dialogue"]), c["note"]) for c in cases]
        figures |= {f"{name}_{f}": mean(s[f] for s in scored) for f in _FIGURES}
    figures["numbers_not_said"] = sum(len(r["numbers_not_said"]) for r in good)
    figures["drugs_not_said"] = sum(len(r["drugs_not_said"]) for r in good)
    figures["uncited"] = sum(r["uncited"] for r in good)
    listed = [r for r in good if r["checklist_items"]]
    if listed:
        for kind in ("critical", "all"):
            total = sum(r[f"checklist_{kind}"][1] for r in listed)
            for who in ("", "_reference", "_baseline"):
                held = sum(r[f"checklist_{kind}{who}"][0] for r in listed)
                figures[f"checklist_recall_{kind}{who}"] = held / total if total else 1.0
        figures["checklists"] = sum(r["checklist_items"] > 0 for r in listed)
    figures["seconds"] = mean(r.get("seconds", 0.0) for r in results)
    if os.environ.get("MODEL", "default") != "none" and path.parent.name == "aci_bench":
        figures |= _with_model(cases[:PLAIN_ROWS], rows[:PLAIN_ROWS])
    return figures, [r for r in rows if "error" in r or r["numbers_not_said"] or r["drugs_not_said"]]


def _case(row: dict[str, Any]) -> dict[str, Any]:
    dialogue = row.get("dialogue")
    if dialogue is None:
        dialogue = "\n".join(
            f"{t['speaker'].capitalize()}: {re.sub(r'</?[A-Z]+/?>', '', t['text'])}"
            for t in row["transcript"]
        )
    note = row.get("note") or row.get("section_text") or ""
    return {"id": row["id"], "dialogue": dialogue, "note": note, "checklists": row.get("checklists", ())}


def _score(case: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    if "error" in result:
        return {"id": case["id"], "error": result["error"]}
    text = note_text(result)
    dialogue = case["dialogue"]
    row: dict[str, Any] = {"id": case["id"], **rouge(text, case["note"])}
    row["length_share"] = len(text) / max(1, len(dialogue))
    row["numbers_not_said"] = [
        n for n in dict.fromkeys(_NUMBER.findall(text)) if not said_number(n, dialogue)
    ]
    row["drugs_not_said"] = drugs_not_said(text, dialogue)
    row["uncited"] = sum(
        not x["evidence"] for s in result["sections"] for x in s["sentences"] if x["origin"] != "rule"
    )
    baseline = longest_clinician_turns(dialogue)
    items = [i for c in case["checklists"] for i in c["items"] if i["criticality"] in ("c", "nc")]
    row["checklist_items"] = len(items)
    for kind, chosen in (("critical", [i for i in items if i["criticality"] == "c"]), ("all", items)):
        for who, shown in (("", text), ("_reference", case["note"]), ("_baseline", baseline)):
            row[f"checklist_{kind}{who}"] = (sum(holds(i["item"], shown) for i in chosen), len(chosen))
    return row


def note_text(result: dict[str, Any]) -> str:
    """Titles and sentences as the reader sees them, a line each; the line about the signature is no content."""
    lines: list[str] = []
    for section in result["sections"]:
        said = [text for key, text in shown_sentences({"sections": [section]}) if key != "signature"]
        if said:
            lines += [section["title"].upper(), *said]
    return "\n".join(lines)


_STOP = frozenset(
    "a an the of in on at to for with and or is are was were be been has have had no not nil none any some other his her their he she".split()
)
_NEGATES = re.compile(r"\b(?:no|not|nil|non|denies|denied|without|never|negative|none)\b", re.I)


def holds(item: str, text: str) -> bool:
    """True where one line of the note has most of the item's content words, and denies what the item denies.

    A rough judge, the same for every text it is put to: two thirds of the words, by stem.
    """
    plain = item.strip("*- ")
    wanted = {t for t in tokens(plain) if t not in _STOP}
    if not wanted:
        return False
    for line in text.split("\n"):
        here = set(tokens(line))
        if len(wanted & here) * 3 >= 2 * len(wanted) and (
            not _NEGATES.search(plain) or _NEGATES.search(line)
        ):
            return True
    return False


def longest_clinician_turns(dialogue: str, count: int = 12) -> str:
    """The extractive baseline that ACI-Bench's paper found best: the twelve longest turns of the clinician, in order."""
    lines = [line for line in dialogue.split("\n") if re.match(r"\W*(?:doctor|dr)\b", line, re.I)]
    chosen = sorted(sorted(range(len(lines)), key=lambda i: -len(lines[i]))[:count])
    return "\n".join(re.sub(r"^\W*(?:doctor|dr)\W*", "", lines[i], flags=re.I) for i in chosen)


def whole_conversation(dialogue: str) -> str:
    return "\n".join(re.sub(r"^\W*\w+[\]:]+\s*", "", line) for line in dialogue.split("\n"))


BASELINES: dict[str, Callable[[str], str]] = {
    "extractive": longest_clinician_turns,
    "copied": whole_conversation,
}


def said_number(number: str, dialogue: str) -> bool:
    """Whether the number was said, in figures or in words: ``40`` as ``forty``, ``1000`` as ``a thousand``."""
    if re.search(rf"(?<![\d.]){re.escape(number)}(?![\d]|\.\d)", dialogue):
        return True
    return number.isdigit() and bool(re.search(rf"\b{_in_words(int(number))}\b", dialogue, re.I))


_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def _in_words(n: int) -> str:
    """A pattern of the number as people say it, in full."""
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (rf"[\s-]+{_ONES[n % 10]}" if n % 10 else "")
    unit, size = (1000, "thousand") if n >= 1000 else (100, "hundred")
    head = rf"(?:{_in_words(n // unit)}|an?)" if n // unit == 1 else _in_words(n // unit)
    return rf"{head}[\s-]+{size}" + (rf"(?:[\s-]+and)?[\s-]+{_in_words(n % unit)}" if n % unit else "")


def drugs_not_said(text: str, dialogue: str) -> list[str]:
    """Drug names of the note whose letters stand nowhere in the conversation."""
    from knowledge.formulary import open_formulary

    spoken = dialogue.casefold()
    return [
        text[m.start : m.end]
        for m in open_formulary().names_in(text)
        if text[m.start : m.end].casefold() not in spoken
    ]


def _with_model(cases: Sequence[dict[str, Any]], ruled: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same rows with the model rewording the draft, and written by the model alone from the plain conversation."""
    asked = [{"id": c["id"], "record": c["dialogue"], "language": "en"} for c in cases]
    drafted = [rouge(note_text(r), c["note"]) for c, r in zip(cases, answers("note", asked), strict=True)]
    texts = plain_output([c["dialogue"] for c in cases])
    alone = [rouge(text, c["note"]) for text, c in zip(texts, cases, strict=True)]
    figures: dict[str, Any] = {"model_rows": len(cases)}
    for f in _FIGURES:
        figures[f"sample_{f}"] = mean(r[f] for r in ruled)
        figures[f"sample_with_model_{f}"] = mean(s[f] for s in drafted)
        figures[f"sample_plain_model_{f}"] = mean(s[f] for s in alone)
    figures["sample_plain_model_numbers_not_said"] = sum(
        not said_number(n, c["dialogue"])
        for t, c in zip(texts, cases, strict=True)
        for n in set(_NUMBER.findall(t))
    )
    figures["sample_plain_model_drugs_not_said"] = sum(
        len(drugs_not_said(t, c["dialogue"])) for t, c in zip(texts, cases, strict=True)
    )
    return figures


def plain_output(dialogues: Sequence[str]) -> list[str]:
    """What the model of the settings writes when it is given the whole conversation and asked for a note."""
    from langchain_core.messages import HumanMessage, SystemMessage

    from assistant.wiring import build, load_settings

    model = build(load_settings()).conversation.services.model
    assert model is not None
    instruction = (
        "Write a clinical visit note (SOAP: subjective, objective, assessment, plan) of this conversation."
    )
    return [
        str(
            model.invoke(
                [SystemMessage("You write clinical notes."), HumanMessage(f"{instruction}\n\n{dialogue}")],
                max_new_tokens=PLAIN_TOKENS,
                timeout_s=300,
            ).content
        )
        for dialogue in dialogues
    ]


SUITE = Suite(
    "notes", "visit notes from conversations: ROUGE, checklists, nothing unsaid", "aci_bench/dev.jsonl", run
)
