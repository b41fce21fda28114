"""Handouts: how hard they read, and whether every dose, date and warning of the discharge draft of the same record is in them.

The handout is held against another document made from the record (the discharge draft), not against itself. Set: the project's own
samples, the charts of the tests, and the charts of the data folder where it is there. No model: what code states is what is measured.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from statistics import mean
from typing import Any

from assistant.domain.medicine_row import AMOUNT
from assistant.tasks.plain_words import PlainWriter, hard_words
from assistant.tasks.plain_words_reading import reading_of
from evals.suite import Suite, answers, data_folder, read_rows

ROOT = Path(__file__).resolve().parents[1]
_DATE = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|"
    r"October|November|December) \d{4}\b|\d{4}年\d{1,2}月\d{1,2}日|(?<![\d.])\d{1,2}月\d{1,2}日|(?<![\d.-])\d{1,2}-\d{2}(?![\d.-])"
)
_MONTH = {
    name: number
    for number, name in enumerate(
        "January February March April May June July August September October November December".split(),
        start=1,
    )
}
_UNITS = {
    "micrograms": "mcg",
    "microgram": "mcg",
    "µg": "mcg",
    "μg": "mcg",
    "units": "unit",
    "单位": "unit",
    "毫克": "mg",
    "puffs": "puff",
}
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WARNS = ("patient_instructions", "follow_up", "pending_results", "allergies")


def cases(path: Path) -> list[dict[str, Any]]:
    """Rows for ``batch``: samples, test charts, and the charts of ``path`` where it is a file of them."""
    rows: list[dict[str, Any]] = []
    for folder in (ROOT / "samples", ROOT / "tests" / "records" / "charts"):
        for file in sorted(folder.glob("*")):
            if file.suffix not in (".txt", ".json"):
                continue
            text = file.read_text(encoding="utf-8")
            language = (
                "zh" if re.search(r"(?:^|-)zh(?:[_.-]|$)", file.stem) or file.stem.startswith("zh_") else "en"
            )
            record = json.loads(text) if file.suffix == ".json" else text
            rows.append({"id": file.stem, "record": record, "language": language})
    if path.is_file():
        rows += [{"id": r["id"], "record": r["chart"], "language": r["language"]} for r in read_rows(path)]
    return rows


def run(path: Path) -> dict[str, Any]:
    rows = cases(path if path.is_file() else data_folder() / "charts" / "dev.jsonl")
    handouts = answers("handout", rows, model="none")
    drafts = answers("discharge", rows, model="none")
    scored = [score(row, h, d) for row, h, d in zip(rows, handouts, drafts, strict=True)]
    good = [s for s in scored if "error" not in s]
    english = [s for s in good if s["language"] == "en"]
    chinese = [s for s in good if s["language"] == "zh"]
    kept = {kind: _share([s[kind] for s in good]) for kind in ("doses", "dates", "warnings")}
    return {
        "handouts": len(rows),
        "errors": len(scored) - len(good),
        "grade_mean": mean(s["grade"] for s in english) if english else 0.0,
        "grade_worst": max((s["grade"] for s in english), default=0.0),
        "grade_mean_own_lines": mean(s["grade_own"] for s in english) if english else 0.0,
        "grade_worst_own_lines": max((s["grade_own"] for s in english), default=0.0),
        "long_sentences_share": _ratio(sum(s["long"] for s in good), sum(s["sentences"] for s in good)),
        "zh_characters_a_sentence": mean(s["length"] for s in chinese) if chinese else 0.0,
        "hard_words": sum(len(s["hard"]) for s in good),
        "doses_kept": kept["doses"],
        "dates_kept": kept["dates"],
        "warnings_kept": kept["warnings"],
        "rows": scored,
    }


def score(row: dict[str, Any], handout: dict[str, Any], draft: dict[str, Any]) -> dict[str, Any]:
    """One handout against the discharge draft of the same record; what is lost is named."""
    if "error" in handout or "error" in draft:
        return {"id": row["id"], "error": handout.get("error") or draft.get("error")}
    language = row["language"]
    shown = [x for s in handout["sections"] for x in s["sentences"]]
    texts = [x["text"] for x in shown]
    own = [x["text"] for x in shown if x["origin"] != "guideline"]
    whole = "\n".join(texts)
    read = reading_of(texts, language)
    found: dict[str, Any] = {
        "id": row["id"],
        "language": language,
        "grade": read.grade,
        "grade_own": reading_of(own, language).grade,
        "length": read.length,
        "sentences": max(1, sum(len(reading_of([t], language).long) or 1 for t in texts)),
        "long": len(read.long),
        "long_sentences": list(read.long),
        "hard": [m.group() for p in hard_words(language) for m in p.finditer(whole)],
    }
    doses, dates, warnings = asked(draft, language)
    found["doses"] = _kept(doses, amounts(whole))
    found["dates"] = _kept(dates, dates_of(whole))
    numbers = _numbers(whole)
    lost = [w for w in warnings if not _stands(w, whole, numbers, language)]
    found["warnings"] = {"of": len(warnings), "lost": lost}
    return found


def asked(draft: dict[str, Any], language: str) -> tuple[set[str], set[str], list[str]]:
    """Doses and dates of medicines, follow-up, pending and allergies, and the warning sentences of the discharge draft."""
    doses: set[str] = set()
    dates: set[str] = set()
    warnings: list[str] = []
    for section in draft["sections"]:
        for sentence in section["sentences"]:
            text = sentence["text"]
            if text.startswith(("Not confirmed", "未确认")):
                # Under a stop alert: the handout tells the patient not to take it, so it must not say how.
                continue
            if section["key"] == "medications" and sentence.get("change") != "stopped":
                doses |= amounts(text)
            if section["key"] in (*_WARNS, "medications") and sentence.get("change") != "stopped":
                dates |= dates_of(text)
            if section["key"] in ("patient_instructions", "allergies") and sentence["origin"] == "record":
                warnings.append(text)
    return doses, dates, warnings


def amounts(text: str) -> set[str]:
    """``5,000 units`` and ``5000 units`` are one amount; micrograms are mcg."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    out = set()
    for m in AMOUNT.finditer(plain):
        number, unit = re.fullmatch(r"([\d./,]+)\s*(\D+)", m.group()).groups()  # type: ignore[union-attr]
        out.add(f"{number}{_UNITS.get(unit.casefold(), unit.casefold())}")
    return out


def dates_of(text: str) -> set[str]:
    """Dates in one spelling: ``2026-03-18``, ``18 March 2026`` and ``2026年3月18日`` are one; ``05/11`` stays."""
    out = set()
    for m in _DATE.finditer(text):
        said = m.group()
        words = said.split()
        if len(words) == 3:
            out.add(f"{int(words[2])}-{_MONTH[words[1]]}-{int(words[0])}")
        else:
            parts = [int(n) for n in re.findall(r"\d+", said)]
            if "/" in said and len(parts) == 2 and (min(parts) > 12 or max(parts) > 31 or 0 in parts):
                continue  # a blood pressure
            out.add("-".join(map(str, parts)))
    return out


def _numbers(text: str) -> set[str]:
    return {n.replace(",", "") for n in _NUMBER.findall(text)} | dates_of(text)


def _stands(warning: str, whole: str, numbers: set[str], language: str) -> bool:
    """Every figure of the warning stands in the handout, and three quarters of its words, in plain words or as written."""
    if not _numbers(PlainWriter(language).plain(warning)) <= numbers:
        return False
    plain = PlainWriter(language).plain(warning).casefold()
    text = whole.casefold()
    if language == "zh":
        parts = [
            plain[i : i + 2]
            for i in range(len(plain) - 1)
            if re.fullmatch(r"[\u4e00-\u9fff]{2}", plain[i : i + 2])
        ]
    else:
        parts = [w for w in re.findall(r"[a-z]{4,}", plain) if w not in ("allergy", "reaction", "recorded")]
    return not parts or sum(p in text for p in parts) >= 0.75 * len(parts)


def _kept(wanted: set[str], there: set[str]) -> dict[str, Any]:
    return {"of": len(wanted), "lost": sorted(wanted - there)}


def _share(kept: list[dict[str, Any]]) -> float:
    of = sum(k["of"] for k in kept)
    return _ratio(of - sum(len(k["lost"]) for k in kept), of) if of else 1.0


def _ratio(part: int, of: int) -> float:
    return part / of if of else 0.0


SUITE = Suite("handouts", "handouts: reading grade; doses, dates and warnings kept", "", run)
