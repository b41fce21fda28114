"""Tasks run outside the page, one case at a time: a row in, a row out.

Owns the shape of a row. Refuses to know the terminal (``cli.py`` prints) and files of rows (``batch.py``).
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput, BedsideError, place_of
from assistant.files import read_file
from assistant.tasks.base import Request
from assistant.tasks.registry import all_tasks
from assistant.wiring import Parts, build, load_settings
from knowledge.apart import Limits
from knowledge.errors import KnowledgeError

log = logging.getLogger(__name__)

RULE_TASKS = ("triage", "redact")
Row = dict[str, Any] | str
"""A case, or in its place the text of what is wrong with its line."""


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
        if store_dir is not None and not store_dir.is_dir():
            raise BadInput(
                f"{store_dir}: there is no guideline store. Make it with `python -m knowledge ingest … --store {store_dir}`."
            )
        return cls(task, build(settings, store_dir=store_dir, verify=verify))

    def read(self, source: Path | str | dict[str, Any], encounter: str | None = None) -> PatientRecord:
        """A record from a chart's text or a bundle, read here, or from a file, read in a child process with limits."""
        if isinstance(source, Path):
            from assistant.records.apart import read_record_apart

            content = read_file(source, "a FHIR bundle (.json) or a chart (.txt, .md, .pdf)")
            settings = self.parts.settings
            limits = Limits(settings.record_read_s, settings.read_memory_mb)
            return read_record_apart(content, filename=source.name, encounter=encounter, limits=limits)
        from assistant.records.reader import read_record

        return read_record(source, encounter=encounter, formulary=self.parts.formulary)

    def answer(self, row: dict[str, Any], record: PatientRecord | None) -> Answer:
        default_audience = all_tasks()[self.task].audience if self.task in all_tasks() else "clinician"
        request = Request(
            task=self.task,
            question=_words(row, "question") or "",
            record=record,
            audience=_choice(row, "audience", ("clinician", "patient"), default_audience) or default_audience,
            language=_choice(row, "language", ("en", "zh"), None),
            kind=_choice(row, "kind", ("care", "rehab"), "care") or "care",
            template=_words(row, "template") or "",
        )
        return self.parts.conversation.answer(request)


def _choice(row: dict[str, Any], name: str, allowed: tuple[str, ...], default: str | None) -> str | None:
    value = row.get(name)
    if value is None:
        return default
    if value not in allowed:
        raise BadInput(f"{name} is {value!r}; expected {' or '.join(allowed)}.")
    return str(value)


def _words(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{name} is {json.dumps(value)[:40]}; expected text.")
    return value


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
    text = _words(row, "text") or _words(row, "question")
    if not text or not text.strip():
        raise BadInput("there is no text: give a field “text” that holds the message.")
    return text


def row_id(number: int, row: Row) -> Any:
    """The id that the row's result carries: its own, else its line."""
    return f"row-{number}" if isinstance(row, str) else row.get("id", f"row-{number}")


def run_row(task: str, job: Job | None, number: int, row: Row) -> dict[str, Any]:
    """The result of one row, or its id and error; ``job`` is None for the tasks of rules alone."""
    name = row_id(number, row)
    if isinstance(row, str):
        return {"id": name, "error": row}
    began = time.perf_counter()
    try:
        result = _by_rules(task, row) if job is None else _drafted(job, row)
    except (BedsideError, KnowledgeError) as error:
        return {"id": name, "error": str(error)}
    except Exception as error:  # noqa: BLE001 - one row never ends a night's run
        log.error("row %d failed: %s", number, place_of(error))
        return {"id": name, "error": f"internal error: {place_of(error)}. Please report it."}
    return {"id": name, **result, "seconds": round(time.perf_counter() - began, 3)}


def _by_rules(task: str, row: dict[str, Any]) -> dict[str, Any]:
    return triage_row(row) if task == "triage" else redact_row(row)


def _drafted(job: Job, row: dict[str, Any]) -> dict[str, Any]:
    source = row.get("record")
    if source is None and job.task == "note":
        source = _words(row, "text")
    if source is not None and not isinstance(source, (str, dict)):
        raise BadInput(
            f"record is {json.dumps(source)[:40]}; expected a FHIR bundle as an object, or the text of a chart."
        )
    record = job.read(source, _words(row, "encounter")) if source is not None else None
    return job.answer(row, record).to_json()
