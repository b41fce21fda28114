"""Tasks run outside the page: one case or a file of cases, rows in and rows out.

Owns the row shapes of ``batch``. Refuses to know the terminal: ``cli.py`` prints.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput, BedsideError
from assistant.tasks.base import Request
from assistant.tasks.registry import all_tasks
from assistant.wiring import Parts, build, load_settings, quiet_dependencies

log = logging.getLogger(__name__)

RULE_TASKS = ("triage", "redact")


@dataclass(frozen=True)
class Job:
    """One task, ready to answer any number of cases."""

    task: str
    parts: Parts

    @classmethod
    def open(
        cls,
        task: str,
        *,
        store_dir: Path | None = None,
        model: str | None = None,
        adapter: str | None = None,
        verify: bool = True,
    ) -> Job:
        settings = load_settings()
        update = {k: v for k, v in (("model", model), ("adapter", adapter)) if v is not None}
        if update:
            settings = settings.model_copy(update=update)
        if store_dir is not None and not store_dir.exists():
            raise BadInput(
                f"{store_dir}: there is no guideline store. Make it with `python -m knowledge ingest … --store {store_dir}`."
            )
        return cls(task, build(settings, store_dir=store_dir, verify=verify))

    def read(self, source: Path | str | dict[str, Any], encounter: str | None = None) -> PatientRecord:
        """A record from a file, a chart's text or a bundle."""
        from assistant.records.reader import read_record

        if isinstance(source, Path):
            try:
                content = source.read_bytes()
            except FileNotFoundError as error:
                raise BadInput(f"{source}: there is no such file.") from error
            except IsADirectoryError as error:
                raise BadInput(
                    f"{source} is a folder. Give a FHIR bundle (.json) or a chart (.txt, .md, .pdf)."
                ) from error
            return read_record(
                content, filename=source.name, encounter=encounter, formulary=self.parts.formulary
            )
        return read_record(source, encounter=encounter, formulary=self.parts.formulary)

    def answer(self, row: dict[str, Any], record: PatientRecord | None) -> Answer:
        default_audience = all_tasks()[self.task].audience if self.task in all_tasks() else "clinician"
        request = Request(
            task=self.task,
            question=str(row.get("question") or ""),
            record=record,
            audience=_choice(row, "audience", ("clinician", "patient"), default_audience) or default_audience,
            language=_choice(row, "language", ("en", "zh"), None),
            kind=_choice(row, "kind", ("care", "rehab"), "care") or "care",
        )
        return self.parts.conversation.answer(request)


def _choice(row: dict[str, Any], name: str, allowed: tuple[str, ...], default: str | None) -> str | None:
    value = row.get(name)
    if value is None:
        return default
    if value not in allowed:
        raise BadInput(f"{name} is {value!r}; expected {' or '.join(allowed)}.")
    return str(value)


def triage_row(row: dict[str, Any]) -> dict[str, Any]:
    """``{"urgency", "red_flags": [{"rule","condition","quote","action"}]}`` of one message."""
    from assistant.safety.triage import triage

    result = triage(_text(row))
    flags = [
        {
            "rule": f.rule,
            "condition": f.condition,
            "quote": f.quote,
            "action": f.action,
            "urgency": f.urgency.value,
            "source": f.source,
        }
        for f in result.red_flags
    ]
    return {"urgency": result.urgency.value, "red_flags": flags}


def redact_row(row: dict[str, Any]) -> dict[str, Any]:
    """``{"text", "spans": [{"start","end","type"}]}``; offsets are those of the text given."""
    from assistant.safety.redaction import redact

    result = redact(_text(row))
    return {
        "text": result.text,
        "spans": [{"start": s.start, "end": s.end, "type": s.type} for s in result.spans],
    }


def _text(row: dict[str, Any]) -> str:
    text = row.get("text", row.get("question"))
    if not isinstance(text, str) or not text.strip():
        raise BadInput("there is no text: give a field “text” that holds the message.")
    return text


def run_batch(
    task: str,
    source: Path,
    target: Path,
    *,
    store_dir: Path | None = None,
    model: str | None = None,
    adapter: str | None = None,
    verify: bool = True,
) -> int:
    """Runs every row of ``source`` and writes one row each to ``target``; returns how many rows failed."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    quiet_dependencies()
    known = (*all_tasks(), *RULE_TASKS)
    if task not in known:
        raise BadInput(f"There is no task “{task}”. Tasks: {', '.join(known)}.")
    rows = list(_rows(source))
    job = (
        None
        if task in RULE_TASKS
        else Job.open(task, store_dir=store_dir, model=model, adapter=adapter, verify=verify)
    )
    failed = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with (
        target.open("w", encoding="utf-8") as out,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task(task, total=len(rows))
        for number, row in rows:
            result = run_row(task, job, number, row)
            failed += "error" in result
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
            out.flush()
            progress.advance(bar)
    return failed


def _rows(source: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Numbered rows; a row that is no JSON object comes as the text of what is wrong with it."""
    try:
        lines = source.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise BadInput(f"{source}: there is no such file.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{source}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            yield number, f"row {number}: not JSON ({error.msg} at character {error.pos})"
            continue
        yield (
            number,
            row if isinstance(row, dict) else f"row {number}: expected an object, found {type(row).__name__}",
        )


def run_row(task: str, job: Job | None, number: int, row: dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(row, str):
        return {"id": f"row-{number}", "error": row}
    began = time.perf_counter()
    row_id = row.get("id", f"row-{number}")
    try:
        if job is None:
            result = triage_row(row) if task == "triage" else redact_row(row)
        else:
            record = row.get("record")
            read = job.read(record, row.get("encounter")) if record is not None else None
            result = job.answer(row, read).to_json()
    except BedsideError as error:
        return {"id": row_id, "error": str(error)}
    except Exception as error:
        log.exception("row %s failed", number)
        return {"id": row_id, "error": f"internal error ({type(error).__name__}); the log has the place"}
    return {"id": row_id, **result, "seconds": round(time.perf_counter() - began, 3)}


def export_answer(answer: Answer, record: PatientRecord | None, target: Path) -> None:
    """Writes the answer as the file's ending says; raises BadInput for another ending."""
    from assistant.export import export_bytes

    content = export_bytes(answer, record, target.suffix.lstrip(".").lower())
    target.write_bytes(content)
