"""The operator's commands: keys, backup, restore, retention, erase-patient, export-patient.

Owns their options and what they print. Refuses to know how any of it is done: that is ``assistant.store.upkeep``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.terminal import guarded, print_json

if TYPE_CHECKING:
    from assistant.config import Settings
    from assistant.store.upkeep import Upkeep

maintenance_app = typer.Typer()
keys_app = typer.Typer(help="The key that seals the database.", no_args_is_help=True)
maintenance_app.add_typer(keys_app, name="keys")


@keys_app.command()
def new() -> None:
    """Print a fresh master key, for BEDSIDE_KEY or a BEDSIDE_KEY_FILE."""
    from assistant.store.encryption import new_key

    sys.stdout.write(guarded(new_key) + "\n")


@keys_app.command()
def rotate(
    keep_master: Annotated[
        bool, typer.Option("--keep-master", help="Under the master key that comes first now")
    ] = False,
) -> None:
    """Seal every row anew under a fresh key. Older keys stay in the file for older backups."""
    from assistant.store import operator

    def work(upkeep: Upkeep, settings: Settings) -> dict[str, Any]:
        from_environment = bool(settings.bedside_key.get_secret_value())
        rows = upkeep.rotate(operator(), new_master=not (keep_master or from_environment))
        return {"rows": rows, "key": _place_of_key(settings)}

    _run(work)


@keys_app.command()
def where() -> None:
    """Say where the master key is; never the key itself."""
    _run(lambda _, settings: {"key": _place_of_key(settings)})


@maintenance_app.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file; the app may be at work")]) -> None:
    """Write an encrypted backup and read it back. Keep the key apart: without it the backup cannot be read."""
    from assistant.store import operator

    _run(lambda upkeep, _: asdict(upkeep.backup(operator(), file)))


@maintenance_app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote")],
    replace: Annotated[bool, typer.Option("--replace", help="Lose what the database holds now")] = False,
) -> None:
    """Put a backup in place of what is there: all of it or nothing. Stop the app first."""
    from assistant.store import operator

    _run(lambda upkeep, _: asdict(upkeep.restore(operator(), file, replace_all=replace)))


@maintenance_app.command(name="erase-patient")
def erase_patient(
    patient: Annotated[str, typer.Argument(help="The patient's id")],
    reason: Annotated[
        str, typer.Option("--reason", help="patient_request, retention, legal_order, wrong_patient, …")
    ],
) -> None:
    """Erase a patient everywhere; the audit trail keeps that it happened. Stop the app first."""
    from assistant.store import operator

    _run(lambda upkeep, _: asdict(upkeep.erase(operator(), patient, _reason(reason))))


@maintenance_app.command(name="export-patient")
def export_patient(
    patient: Annotated[str, typer.Argument(help="The patient's id")],
    out: Annotated[Path, typer.Option("--out", help="A new folder")],
) -> None:
    """Write all that is held on one patient to a folder: record, conversations, documents, who looked; FHIR and JSON."""
    from assistant.store import operator

    def work(upkeep: Upkeep, _: Settings) -> dict[str, Any]:
        _require_new(out)
        return _written(upkeep.export_patient(operator(), patient).files, out)

    _run(work)


@maintenance_app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go")] = False,
) -> None:
    """Delete what the periods in the settings (RETENTION_…_DAYS) have run out for."""
    from assistant.store import operator
    from assistant.store.upkeep import Periods

    def work(upkeep: Upkeep, settings: Settings) -> dict[str, Any]:
        periods = Periods(
            settings.retention_conversations_days,
            settings.retention_drafts_days,
            settings.retention_patients_days,
            settings.retention_sessions_days,
        )
        return asdict(upkeep.keep_to(operator(), periods, dry_run=dry_run))

    _run(work)


def _run(work: Callable[[Upkeep, Settings], dict[str, Any]]) -> None:
    print_json(guarded(lambda: _with_upkeep(work)))


def _place_of_key(settings: Settings) -> str:
    return "BEDSIDE_KEY" if settings.bedside_key.get_secret_value() else str(settings.key_file)


def _with_upkeep(work: Callable[[Upkeep, Settings], dict[str, Any]]) -> dict[str, Any]:
    from assistant.wiring import load_settings, open_records

    settings = load_settings()
    store = open_records(settings)
    try:
        return work(store.upkeep, settings)
    finally:
        store.close()


def _reason(words: str) -> Any:
    from assistant.store.erasure import ErasureReason

    code = "_".join(words.strip().casefold().replace("-", " ").split())
    if code in {reason.value for reason in ErasureReason}:
        return ErasureReason(code)
    typer.echo(
        "note: the trail keeps a code, never words that could say what must be forgotten; noted as “other”. "
        f"Codes: {', '.join(reason.value for reason in ErasureReason)}.",
        err=True,
    )
    return ErasureReason.OTHER


def _require_new(out: Path) -> None:
    from assistant.errors import BadInput

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out} is there already and not empty; name a new folder.")


def _written(files: dict[str, bytes], out: Path) -> dict[str, Any]:
    """Writes the files, closed to others; returns their hashes."""
    import hashlib

    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashes = {}
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
        hashes[name] = hashlib.sha256(content).hexdigest()
    return {"out": str(out), "files": hashes}
