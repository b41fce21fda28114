"""What a clinician says aloud to the patient, as a note says it of the patient.

Owns wording alone: what cannot be turned without a guess stays as it was said. Word lists: ``spoken.yaml``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from assistant.records.dialogue import Dialogue, Speaker
from assistant.tasks.spoken import (
    Sex,
    with_figures,
)

if TYPE_CHECKING:
    pass


@cache
def plan_leads() -> tuple[re.Pattern[str], re.Pattern[str]]:
    raw = yaml.safe_load(Path(__file__).with_name("spoken.yaml").read_text(encoding="utf-8"))
    ours, theirs = (
        re.compile("^(?:" + "|".join(raw[name]) + ")", re.I) for name in ("plan_leads", "patient_leads")
    )
    return ours, theirs


def sex_of_patient(dialogue: Dialogue) -> Sex:
    """As the clinician says it of the patient in so many words; a name or a voice says nothing."""
    said = " ".join(t.text for t in dialogue.turns if t.speaker is Speaker.CLINICIAN)
    found = re.search(
        r"\byear\s?-?\s?old\s+(?:[a-z-]+\s+){0,3}?(female|woman|lady|girl|male|man|gentleman|boy)\b",
        said,
        re.I,
    )
    if not found:
        return Sex.UNKNOWN
    return Sex.FEMALE if found.group(1).lower() in ("female", "woman", "lady", "girl") else Sex.MALE


def announces(text: str) -> bool:
    """What the clinician is about to do in the room is no finding and no plan."""
    return bool(
        re.search(
            r"\b(?:let me|i'm (?:just )?(?:going to|gonna)|i am going to|i will|i'll|let's|i wanna|i want to|i'd like to)\s+(?:also\s|just\s|quickly\s|go ahead and\s)*(?:take a (?:quick )?look|look at|listen|examine|press|do (?:a|your|my) (?:quick )?(?:physical|exam)|check out|check your (?:heart|lungs|vitals|eyes|ears|reflexes)|feel|ask|talk|move on|review|go over|see (?:what|how)|start (?:with|by)|have you (?:sit|lie|stand))\b"
            r"|\bwe'?(?:ll| will| can)? (?:talk|go over|discuss)\b|\b(?:hey|okay|hi),? dragon\b|\bshow me\b|\border (?:the|a|an) .{3,60}\bdragon\b",
            text,
            re.I,
        )
    )


def without_you(text: str, *, zh: bool) -> str:
    """Words to the patient as words about them. What cannot be turned without a guess stays as it was said."""
    if zh:
        return text
    text = with_figures(text)
    text = re.sub(
        r"\byour (?=(?:mom|mum|mother|dad|father|brother|sister|wife|husband|son|daughter|family|parents?|aunt|uncle|grand\w+)\b)",
        "the patient's ",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"(?<!do )(?<!did )(?<!have )(?<!let )(?<!make )\byou (do|need|feel|want|take|get|seem|look)\b(?! you)",
        lambda m: "patient " + {"do": "does"}.get(m.group(1).lower(), m.group(1) + "s"),
        text,
        flags=re.I,
    )
    text = re.sub(r"\byou don't\b", "patient does not", text, flags=re.I)
    text = re.sub(r"\byourself\b", "self", text, flags=re.I)
    text = re.sub(r"\byou (?:have|'ve)\b|\byou've\b", "patient has", text, flags=re.I)
    text = re.sub(r"\byou(?:'re| are)\b", "patient is", text, flags=re.I)
    text = re.sub(r"\byou were\b", "patient was", text, flags=re.I)
    text = re.sub(
        r"\b(?:on|of|in|to|for|with|at|by|and|from) your\b",
        lambda m: m.group().split()[0],
        text,
        flags=re.I,
    )
    text = re.sub(r"\byour\s", "", text, flags=re.I)
    return re.sub(r"\byou\b", "the patient", text, flags=re.I)


def tells_result(text: str) -> bool:
    return bool(
        re.search(
            r"\b(?:was|were|is|are|showed?|shows|demonstrat\w+|came back|revealed|positive|negative)\b|结果|提示|显示|\d",
            text,
            re.I,
        )
    )
