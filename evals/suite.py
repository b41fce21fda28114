"""What a suite of figures is, and where its data lie. Knows no task: each suite is one file of this package."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import evals


class DataMissing(Exception):
    """The evaluation set is not on this machine; its text says where it was looked for."""


@dataclass(frozen=True)
class Suite:
    """``run(path)`` gives figures (name → number or text) and, under ``rows``, what was wrong, case by case."""

    name: str
    about: str
    data: str
    """Path of the default set, below the data folder; empty where the suite needs none."""
    run: Callable[[Path], dict[str, Any]]


def data_folder() -> Path:
    """``$BEDSIDE_DATA``, else ``../shared/data`` beside the checkout."""
    named = os.environ.get("BEDSIDE_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"


def data_path(suite: Suite, given: Path | None) -> Path:
    """The file to measure on; raises DataMissing where it is absent."""
    path = given or data_folder() / suite.data
    if suite.data and not path.exists():
        raise DataMissing(f"{suite.name}: no data at {path}. Set BEDSIDE_DATA or give --data FILE.")
    return path


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a JSONL file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


@cache
def all_suites() -> dict[str, Suite]:
    """Every module of this package that holds a ``SUITE``."""
    found: dict[str, Suite] = {}
    for module in pkgutil.iter_modules(evals.__path__, "evals."):
        if module.name.endswith("__main__"):
            continue
        suite = getattr(importlib.import_module(module.name), "SUITE", None)
        if isinstance(suite, Suite):
            found[suite.name] = suite
    return found


def answers(task: str, rows: list[dict[str, Any]], **settings: Any) -> list[dict[str, Any]]:
    """Result rows of one task over cases, as ``batch`` gives them."""
    from assistant.jobs import RULE_TASKS, Job, run_row

    job = None if task in RULE_TASKS else Job.open(task, **settings)
    return [run_row(task, job, number, row) for number, row in enumerate(rows, start=1)]


def shown_sentences(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """(section key, text) of each sentence shown."""
    return [(s["key"], x["text"]) for s in answer.get("sections", ()) for x in s["sentences"]]
