"""The options that several commands share, each with its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Language(StrEnum):
    en = "en"
    zh = "zh"


class Audience(StrEnum):
    clinician = "clinician"
    patient = "patient"


class PlanKind(StrEnum):
    care = "care"
    rehab = "rehab"


class Switch(StrEnum):
    on = "on"
    off = "off"


Record = Annotated[Path, typer.Argument(help="A FHIR R4 bundle (.json) or a chart (.txt, .md, .pdf)")]
LanguageOption = Annotated[
    Language | None, typer.Option("--language", help="Language of the text; default: the record's")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text")]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        help="Also write FILE.docx, .pdf, .md, .json (FHIR document bundle) or .ics (a plan's dates)",
    ),
]
TemplateOption = Annotated[
    str | None,
    typer.Option("--template", help="international, chinese, gp-letter, isbar, or one of BEDSIDE_TEMPLATES"),
]
StoreOption = Annotated[Path | None, typer.Option("--store", help="Guideline store; default: the app's")]
As = Annotated[
    str | None,
    typer.Option(
        "--as", help="Sign in as this user (password: BEDSIDE_PASSWORD or asked); default: the operator"
    ),
]
Day = Annotated[str | None, typer.Option(help="ISO date or time, UTC when no zone is given")]
