"""Tasks run outside the page: one case or a file of cases, rows in and rows out.

Owns the row shapes of ``batch``. Refuses to know the terminal: ``cli.py`` prints.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput, BedsideError
from assistant.tasks.base import Request
from assistant.tasks.registry import all_tasks
from assistant.wiring import Parts, build, load_settings, quiet_dependencies
from knowledge.apart import Limits
from knowledge.errors import KnowledgeError

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


def read_file(path: Path, expected: str) -> bytes:
    """The bytes of a file that the user named; raises BadInput where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(f"{path}: there is no such file. Give {expected}.") from error
    except IsADirectoryError as error:
        raise BadInput(f"{path} is a folder. Give {expected}.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}). Give {expected}.") from error


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


def run_batch(
    task: str,
    source: Path,
    target: Path,
    *,
    store_dir: Path | None = None,
    model: str | None = None,
    adapter: str | None = None,
    verify: bool = True,
    resume: bool = False,
) -> int:
    """Runs every row of ``source`` and writes one row each to ``target``; returns how many rows failed.

    ``resume`` keeps what ``target`` holds, mends a line that a killed run left half written, and runs the other rows.
    """
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
    if target.exists() and target.samefile(source):
        raise BadInput(f"--in and --out are the same file, {source}. Name another --out.")
    check_writable(target)
    done = finished_rows(target, task) if resume else Counter()
    total = len(rows)
    rows = [(number, row) for number, row in rows if not _take(done, row_id(number, row))]
    job = (
        None
        if task in RULE_TASKS or not rows
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
        _open_results(target, keep=resume) as out,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        bar = progress.add_task(task, total=total, completed=total - len(rows))
        for number, row in rows:
            result = run_row(task, job, number, row)
            failed += "error" in result
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
            out.flush()
            progress.advance(bar)
    return failed


def _rows(source: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Numbered rows; a row that is no JSON object comes as the text of what is wrong with it."""
    content = read_file(source, "a JSONL file, one case a row")
    try:
        # Rows end at line feeds alone: a chart may hold form feeds and Unicode line separators.
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{source}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            yield number, f"row {number}: not JSON ({error.msg} at character {error.pos}). {_ROW}"
            continue
        except RecursionError:
            yield number, f"row {number}: nested too deeply. {_ROW}"
            continue
        yield number, row if isinstance(row, dict) else f"row {number}: not a JSON object. {_ROW}"


_ROW = "Each row is an object with id, and question, text or record."


def check_writable(target: Path) -> None:
    """Raises BadInput where ``target`` cannot be written: said before the work, not after it."""
    if target.is_dir():
        raise BadInput(f"{target} is a folder. Name a file.")
    try:
        with target.open("ab"):
            pass
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}). Name another file.") from error


def _open_results(target: Path, *, keep: bool = False) -> TextIO:
    # Half a surrogate pair in a row is written as its JSON escape, and does not end the run.
    return target.open("a" if keep else "w", encoding="utf-8", errors="backslashreplace")


def finished_rows(target: Path, task: str) -> Counter[str]:
    """How often each row's id stands in ``target`` after its half-written last line, if any, was cut off.

    Raises:
        BadInput: the file holds something else than results of this task; nothing is changed then.
    """
    content = target.read_bytes()
    whole, _, rest = content.rpartition(b"\n")
    found: Counter[str] = Counter()
    for number, line in enumerate(whole.split(b"\n"), start=1):
        if line.strip():
            found[_result_id(target, number, line, task)] += 1
    if rest.strip():
        with target.open("r+b") as stream:
            stream.truncate(len(content) - len(rest))
    return found


def _result_id(target: Path, number: int, line: bytes, task: str) -> str:
    remedy = "Name another --out, or leave --resume out to write it anew."
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{target}, row {number}: not a result of batch. {remedy}") from error
    if not isinstance(row, dict) or "id" not in row:
        raise BadInput(f"{target}, row {number}: not a result of batch. {remedy}")
    if row.get("task", task) != task:
        raise BadInput(f"{target}, row {number}: a result of “{row['task']}”, not of “{task}”. {remedy}")
    return _key(row["id"])


def row_id(number: int, row: dict[str, Any] | str) -> Any:
    """The id that the row's result carries: its own, else its line."""
    return f"row-{number}" if isinstance(row, str) else row.get("id", f"row-{number}")


def _take(done: Counter[str], name: Any) -> bool:
    """True, and one less, where a result of that id is left: two rows of one id need two results."""
    key = _key(name)
    if done[key] < 1:
        return False
    done[key] -= 1
    return True


def _key(name: Any) -> str:
    return json.dumps(name, sort_keys=True)


def run_row(task: str, job: Job | None, number: int, row: dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(row, str):
        return {"id": f"row-{number}", "error": row}
    began = time.perf_counter()
    name = row_id(number, row)
    try:
        if job is None:
            result = triage_row(row) if task == "triage" else redact_row(row)
        else:
            record = row.get("record")
            if record is None and task == "note":
                record = _words(row, "text")
            if record is not None and not isinstance(record, (str, dict)):
                raise BadInput(
                    f"record is {json.dumps(record)[:40]}; expected a FHIR bundle as an object, or the text of a chart."
                )
            read = job.read(record, _words(row, "encounter")) if record is not None else None
            result = job.answer(row, read).to_json()
    except (BedsideError, KnowledgeError) as error:
        return {"id": name, "error": str(error)}
    except Exception as error:  # noqa: BLE001 - one row never ends a night's run
        log.error("row %d failed: %s", number, place_of(error))
        return {"id": name, "error": f"internal error: {place_of(error)}. Please report it."}
    return {"id": name, **result, "seconds": round(time.perf_counter() - began, 3)}


def place_of(error: BaseException) -> str:
    """The kind of an unforeseen error and where it arose: never its text, which may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"


def check_export(target: Path) -> None:
    """Raises BadInput where the file's ending is unknown or it cannot be written."""
    from assistant.export import HANDOUT_KINDS, KINDS

    if target.suffix.lstrip(".").lower() not in HANDOUT_KINDS:
        endings = ", ".join("." + kind for kind in KINDS)
        raise BadInput(f"{target}: a file ending in “{target.suffix}” cannot be written. Endings: {endings}.")
    check_writable(target)


def export_answer(answer: Answer, record: PatientRecord | None, target: Path) -> None:
    """Writes the answer as the file's ending says; raises BadInput for another ending."""
    from assistant.export import export_bytes

    target.write_bytes(export_bytes(answer, record, target.suffix.lstrip(".").lower()))
