"""The formulary's lexicon files: which names belong to which medicine, which medicine to which class.

Owns the shape of ``medicines_*.yaml``, ``classes.yaml`` and ``not_medicines.yaml``. Refuses to know clinical facts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError


class FormularyError(ValueError):
    """A row of the formulary breaks its schema; the message names file and row."""


@dataclass(frozen=True)
class Medicine:
    """``generic`` in lower-case English. ``of``: the ingredients of a combination, themselves medicines."""

    generic: str
    drug_class: str
    names: tuple[str, ...]
    chinese: str = ""
    """The generic Chinese name."""
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class DrugClass:
    id: str
    english: tuple[str, ...] = ()
    chinese: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    duplicate: bool = False
    """Two members at once are duplicate therapy."""

    def name(self, language: str) -> str:
        names = self.chinese if language == "zh" else self.english
        return names[0] if names else self.id.replace("_", " ")


class _Combination(BaseModel):
    model_config = ConfigDict(extra="forbid")
    of: list[str]
    names: list[str]


class _MedicineFile(RootModel[dict[str, dict[str, list[str] | _Combination]]]):
    pass


class _ClassRow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    en: list[str]
    zh: list[str]
    of: list[str] = []
    duplicate: bool = False


class _ClassFile(RootModel[dict[str, _ClassRow]]):
    pass


_CHINESE = re.compile(r"[㐀-鿿]")


def read_yaml(path: Path) -> Any:
    """The parsed file; raises FormularyError with the place where it is no YAML."""
    try:
        return yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except yaml.YAMLError as error:
        raise FormularyError(f"{path.name} is not YAML: {error}; correct the line it names") from error


def read_medicines(folder: Path) -> tuple[Medicine, ...]:
    """All medicines of ``medicines_*.yaml`` in file order; raises FormularyError for a stranger or a double."""
    found: dict[str, Medicine] = {}
    for path in sorted(folder.glob("medicines_*.yaml")):
        try:
            rows = _MedicineFile.model_validate(read_yaml(path)).root
        except ValidationError as error:
            raise FormularyError(f"{path.name}: {error}; rows are class: medicine: [names]") from error
        for drug_class, medicines in rows.items():
            for key, row in medicines.items():
                medicine = _medicine(key, drug_class, row)
                if medicine.generic in found:
                    raise FormularyError(f"{path.name}: {medicine.generic!r} is listed twice; keep one row")
                found[medicine.generic] = medicine
    for medicine in found.values():
        for ingredient in medicine.of:
            if ingredient not in found:
                raise FormularyError(f"{medicine.generic!r} holds {ingredient!r}, which has no row; add one")
    return tuple(found.values())


def _medicine(key: str, drug_class: str, row: list[str] | _Combination) -> Medicine:
    names, of = (row, []) if isinstance(row, list) else (row.names, row.of)
    chinese = next((name for name in names if _CHINESE.search(name)), "")
    every = dict.fromkeys([key, *names])
    return Medicine(key.lower(), drug_class, tuple(every), chinese, tuple(item.lower() for item in of))


def read_classes(folder: Path, medicines: tuple[Medicine, ...]) -> dict[str, DrugClass]:
    """Named classes, and an unnamed one for each further class that medicines are listed under."""
    try:
        rows = _ClassFile.model_validate(read_yaml(folder / "classes.yaml")).root
    except ValidationError as error:
        raise FormularyError(f"classes.yaml: {error}; rows are id: {{en, zh, of, duplicate}}") from error
    classes = {
        key: DrugClass(key, tuple(row.en), tuple(row.zh), tuple(row.of), row.duplicate)
        for key, row in rows.items()
    }
    for medicine in medicines:
        classes.setdefault(medicine.drug_class, DrugClass(medicine.drug_class))
    return classes


def read_not_medicines(folder: Path) -> tuple[str, ...]:
    return tuple(RootModel[list[str]].model_validate(read_yaml(folder / "not_medicines.yaml")).root)


def read_short_names(folder: Path, medicines: Sequence[Medicine]) -> tuple[tuple[str, str], ...]:
    """``(short form, generic)`` of the forms that wards write. Raises FormularyError for a generic that is not listed."""
    path = folder / "short_names.yaml"
    if not path.is_file():
        return ()
    rows = RootModel[dict[str, list[str]]].model_validate(read_yaml(path)).root
    known = {m.generic for m in medicines}
    if strangers := sorted(rows.keys() - known):
        raise FormularyError(
            f"{path.name}: {', '.join(strangers)} is no generic of the formulary. Correct the row."
        )
    return tuple((short, generic) for generic, forms in rows.items() for short in forms)


def read_regimens(folder: Path, medicines: Sequence[Medicine]) -> dict[str, tuple[str, ...]]:
    """Short name of a regimen → its medicines. Raises FormularyError for a generic that is not listed."""
    path = folder / "regimens.yaml"
    if not path.is_file():
        return {}
    known = {m.generic for m in medicines}
    found: dict[str, tuple[str, ...]] = {}
    for row in RootModel[list[_Combination]].model_validate(read_yaml(path)).root:
        if strangers := sorted(set(row.of) - known):
            raise FormularyError(
                f"{path.name}: {', '.join(strangers)} is no generic of the formulary. Correct the row."
            )
        found.update((name, tuple(row.of)) for name in row.names)
    return found
