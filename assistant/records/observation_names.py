"""Names, figures and units of measurements as notes write them (``observations.yaml``).

Owns which words name a measurement and of what kind. Refuses to know where a value stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from assistant.domain.record import ObservationKind

MARKS = "^*†‡§#@&◇◆▲△※★☆¶"
NUMBER = r"[<>≤≥~≈]?\s?[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[<>≤≥~≈]?\s?\d+(?:\.\d+)?"
UNIT = (
    r"(?:mmHg|mmol/mol|[mμuµnp]?mol/[lL]|mmol|mEq/L|[mμuµnp]?g/d?[lLm][lL]?|g/dL|[mk]?[IU]{1,2}/m?[lL]|U/L|IU/L|[×xX*]?\s?10\s?[\^*E]?(?:9|12|6|3|⁹|¹²|⁶)/[lL]|[×xX*]?10[\^*]?3/[uµμ]L|[Kk]/[uµμ]L|cells?/(?:mm3|[uµμ]?[lL])|/mm3|/[uµμ]L|个/[uµμ]L|[GT]/L|mOsm/(?:kg|L)|mosm/(?:kg|L)|g/24h|g/24小时|fL|cmH2O|cmH₂O|kPa|"
    r"ms|s(?![a-z])|sec|mm/h|cm|mm|m(?![A-Za-z])|kg/m2|kg|lbs?|°C|C(?![A-Za-z])|℃|°F|F(?![A-Za-z])|bpm|/min|次/分|次/min|mL/h|ml/h|mL/min(?:/1\.73)?|/10|/15|/30|/56|/100|%|g/L|pg/ml|秒|米|级|分)"
)


@cache
def _rows() -> dict[str, list[str]]:
    raw = yaml.safe_load(Path(__file__).with_name("observations.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, list[str]]).validate_python(raw)


@cache
def doubtful_names() -> frozenset[str]:
    """Names that are also words or initials: a value follows them at once, or they are none."""
    return frozenset(_rows()["doubtful"])


@cache
def scores_out_of() -> frozenset[str]:
    """Names whose value may be a small fraction (``GCS 14/15``), which elsewhere is a date."""
    return frozenset(_rows()["out_of"])


@cache
def observation_names() -> tuple[re.Pattern[str], dict[str, ObservationKind], re.Pattern[str]]:
    """The pattern of names with a value, their kinds, and the pattern of a report's name at the start of a sentence."""
    rows = _rows()
    kinds: dict[str, ObservationKind] = {}
    for key in ("vital", "lab", "function"):
        for name in rows[key]:
            kinds.setdefault(name, ObservationKind(key))
            if len(name) > 3:
                kinds.setdefault(name.casefold(), ObservationKind(key))
    han = re.compile(r"[一-鿿]")

    def part(name: str) -> str:
        left = "" if han.match(name) else r"(?<![A-Za-z0-9/'’-])"
        right = "" if han.search(name[-1]) else r"(?![A-Za-z])"
        body = re.escape(name)
        return rf"{left}{body if len(name) <= 3 or han.search(name) else f'(?i:{body})'}{right}"

    ordered = sorted({n for k in ("vital", "lab", "function") for n in rows[k]}, key=len, reverse=True)
    value_names = re.compile(_alternatives(ordered))
    reports = sorted(rows["imaging"] + rows["micro"], key=len, reverse=True)
    report = re.compile(
        rf"^\W*(?:{'|'.join(part(n) for n in reports)})(?P<rest>[^:：\n]{{0,40}})(?P<sep>[:：]|\s-\s|\s(?=neg|no growth|normal|sinus|阴性|正常))"
    )
    return value_names, kinds, report


def _alternatives(ordered: Sequence[str]) -> str:
    """One pattern for all names, longest first, with the outer bounds tested once a position and not once a name."""
    han = re.compile(r"[一-鿿]")
    mixed = [n for n in ordered if not han.match(n) and han.match(n[-1])]
    latin = [n for n in ordered if not han.match(n) and not han.match(n[-1])]
    # `头孢呋辛钠 1.5g`: the salt of a drug is no sodium.
    single = r"(?:(?<![一-鿿])|(?<=[清查测示复为]))"
    chinese = [
        (single if len(n) == 1 else "") + re.escape(n) + ("" if han.match(n[-1]) else "(?![A-Za-z])")
        for n in ordered
        if han.match(n)
    ]
    long = "|".join(re.escape(n) for n in latin if len(n) > 3)
    short = "|".join(re.escape(n) for n in latin if len(n) <= 3)
    joined = "|".join(re.escape(n) for n in mixed)
    return (
        rf"(?<![A-Za-z0-9/'’-])(?=[A-Za-z0-9])(?:(?:{joined})|(?:(?i:{long})|{short})(?![A-Za-z]))"
        rf"|(?=[一-鿿])(?:{'|'.join(chinese)})"
    )


def kind_of(name: str) -> ObservationKind:
    _, kinds, _ = observation_names()
    return kinds.get(name) or kinds.get(name.casefold()) or ObservationKind.LAB


def number_of(value: str) -> float | None:
    bare = value.replace(",", "").strip()
    return float(bare) if re.fullmatch(r"\d+(?:\.\d+)?", bare) else None


@cache
def _test_names() -> dict[str, str]:
    raw = yaml.safe_load(Path(__file__).with_name("same_tests.yaml").read_text(encoding="utf-8"))
    rows = TypeAdapter(list[list[str]]).validate_python(raw)
    return {name.casefold(): row[0] for row in rows for name in row}


def key_of_test(name: str) -> str:
    """One name for all names of a test: ``Cr``, ``creat`` and ``肌酐`` are creatinine; an unknown name stands for itself."""
    bare = name.casefold().strip()
    return _test_names().get(bare, bare)


def same_test(one: str, two: str) -> bool:
    """Whether two names as written mean one test."""
    return key_of_test(one) == key_of_test(two)
