"""Procedures that only a diagnosis of the stay names: ``急性脑梗死，静脉溶栓后``.

Owns which diagnosis tells of a treatment of this illness (``treated_by.yaml``). Refuses what is old by its words or its year, what
does not fit the illness, and whatever an entry of the stay already tells as done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.domain.record import Procedure, ProcedureStatus
from assistant.records.procedure_names import name_range, pattern
from assistant.records.sections import Segment
from assistant.records.text_spans import inside

_DIAGNOSES = frozenset({"assessment", "discharge_diagnosis"})
_OF_THE_PAST = re.compile(r"陈旧|既往|曾|年前|月前|(?:19|20)\d\d|史")
_BEHIND_IT = re.compile(r"\s?术?后(?!\s?\d|年|[一-鿿]{0,3}(?:年|月))")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    illness: str
    treatment: str


@cache
def _pairs() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    raw = yaml.safe_load(Path(__file__).with_name("treated_by.yaml").read_text(encoding="utf-8"))
    rows = TypeAdapter(list[_Row]).validate_python(raw)
    return tuple((re.compile(row.illness), re.compile(row.treatment)) for row in rows)


def with_those_of_the_diagnosis(
    found: Sequence[Procedure],
    segments: Sequence[Segment],
    document_id: str,
    struck: Sequence[tuple[int, int]],
) -> list[Procedure]:
    """The procedures found, and behind them those of the diagnoses, without a day."""
    out = list(found)
    for segment in segments:
        if segment.section not in _DIAGNOSES:
            continue
        for sentence in segment.statements:
            if inside(struck, sentence.start) or _OF_THE_PAST.search(sentence.text):
                continue
            for match in pattern().finditer(sentence.text):
                kinds = _treatments(sentence.text[: match.start()], match.group())
                told = any(k in p.name for k in kinds for p in out if p.status is ProcedureStatus.DONE)
                if not kinds or told or not _BEHIND_IT.match(sentence.text, match.end()):
                    continue
                name = sentence.sub(*name_range(sentence.text, match.start(), match.end()))
                out.append(Procedure(name.text, ProcedureStatus.DONE, sentence.place(document_id)))
    return out


def _treatments(before: str, procedure: str) -> list[str]:
    """The words of the procedure that treat an illness named before it."""
    return [
        found.group()
        for illness, treatment in _pairs()
        if illness.search(before) and (found := treatment.search(procedure))
    ]
