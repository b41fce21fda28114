"""Deadly routes and equivalent doses of opioids: the rows of ``routes.yaml`` and ``opioids.yaml``.

Owns their shape. Refuses to know any patient.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from knowledge.formulary_facts import SeverityName, _Row, _validated
from knowledge.formulary_names import read_yaml


class _RouteRow(_Row):
    drugs: list[str]
    way: Literal["push", "intrathecal", "iv", "sc"]
    severity: SeverityName
    source: str
    why: str
    zh: str
    checked: bool = False


class OpioidRow(_Row):
    """Oral morphine that a milligram stands for by each route; a patch by micrograms an hour."""

    oral: float | None = None
    sc: float | None = None
    iv: float | None = None
    im: float | None = None
    patch: float | None = None
    long_acting: list[str]


_FOLDER = Path(__file__).with_name("formulary")


@lru_cache(maxsize=1)
def read_routes(folder: Path = _FOLDER) -> tuple[dict[str, Any], ...]:
    """The rows of ``routes.yaml``; raises FormularyError naming the row that breaks the schema."""
    path = folder / "routes.yaml"
    rows = _validated(TypeAdapter(list[_RouteRow]), read_yaml(path), path)
    return tuple(row.model_dump() for row in rows)


@lru_cache(maxsize=1)
def read_opioids(folder: Path = _FOLDER) -> dict[str, dict[str, Any]]:
    """The rows of ``opioids.yaml`` by generic, without the routes that a row leaves out."""
    path = folder / "opioids.yaml"
    rows = _validated(TypeAdapter(dict[str, OpioidRow]), read_yaml(path), path)
    return {generic: row.model_dump(exclude_none=True) for generic, row in rows.items()}
