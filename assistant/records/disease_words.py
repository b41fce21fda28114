"""Words that name a disease or a symptom (``diseases.yaml``).

Owns the pattern made of them. Refuses to know whether the patient has it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid")
    endings: list[str]
    words: list[str]
    chinese: list[str]
    symptoms: list[str]


@cache
def _rows() -> _Words:
    raw = yaml.safe_load(Path(__file__).with_name("diseases.yaml").read_text(encoding="utf-8"))
    return _Words.model_validate(raw)


@cache
def symptom() -> re.Pattern[str]:
    """Of those words the ones that name a complaint or a sign and no disease by themselves."""
    return re.compile(rf"(?i)(?:{'|'.join(_rows().symptoms)})")


@cache
def disease() -> re.Pattern[str]:
    """Finds a disease or symptom, English or Chinese."""
    rows = _rows()
    endings, words, chinese = ("|".join(part) for part in (rows.endings, rows.words, rows.chinese))
    return re.compile(rf"(?i)\b[a-z-]*(?:{endings})\b|\b(?:{words})\b|[一-鿿]*(?:{chinese})")
