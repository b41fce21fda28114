"""A file of cases through one task: a bad row is told in its result and the run goes on; a killed run is taken up again.

Owns the rows' numbers and ids and the file of results. Refuses to know what a task does: that is ``jobs.py``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from assistant.errors import BadInput
from assistant.files import check_writable, decoded, read_file
from assistant.jobs import RULE_TASKS, Job, Row, row_id, run_row
from assistant.tasks.registry import all_tasks
from assistant.wiring import quiet_dependencies

if TYPE_CHECKING:
    from rich.progress import Progress

_ROW = "Each row is an object with id, and question, text or record."


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
    quiet_dependencies()
    _check_task(task)
    rows = list(_rows(source))
    _check_target(target, source)
    total = len(rows)
    if resume:
        rows = _unfinished(rows, finished_rows(target, task))
    job = None
    if rows and task not in RULE_TASKS:
        job = Job.open(task, store_dir=store_dir, model=model, adapter=adapter, verify=verify)
    failed = 0
    with _open_results(target, keep=resume) as out, _progress() as progress:
        bar = progress.add_task(task, total=total, completed=total - len(rows))
        for number, row in rows:
            result = run_row(task, job, number, row)
            failed += "error" in result
            out.write(json.dumps(result, ensure_ascii=False) + "\n")
            out.flush()
            progress.advance(bar)
    return failed


def _check_task(task: str) -> None:
    known = (*all_tasks(), *RULE_TASKS)
    if task not in known:
        raise BadInput(f"There is no task “{task}”. Tasks: {', '.join(known)}.")


def _check_target(target: Path, source: Path) -> None:
    if target.exists() and target.samefile(source):
        raise BadInput(f"--in and --out are the same file, {source}. Name another --out.")
    check_writable(target)


def _progress() -> Progress:
    """A bar on standard error, with the time gone and the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _rows(source: Path) -> Iterator[tuple[int, Row]]:
    """Numbered rows; a row that is no JSON object comes as the text of what is wrong with it."""
    content = read_file(source, "a JSONL file, one case a row")
    # Rows end at line feeds alone: a chart may hold form feeds and Unicode line separators.
    for number, line in enumerate(decoded(content, source).split("\n"), start=1):
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


def _unfinished(rows: list[tuple[int, Row]], done: Counter[str]) -> list[tuple[int, Row]]:
    """The rows without a result; two rows of one id need two results."""
    left: list[tuple[int, Row]] = []
    for number, row in rows:
        key = _key(row_id(number, row))
        if done[key] < 1:
            left.append((number, row))
        else:
            done[key] -= 1
    return left


def _key(name: Any) -> str:
    return json.dumps(name, sort_keys=True)
