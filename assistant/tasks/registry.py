"""Finds every task: each module of this package that holds a ``TASK``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import assistant.tasks
from assistant.errors import BadInput
from assistant.tasks.base import Task


@cache
def all_tasks() -> dict[str, Task]:
    """Name → task, in alphabetical order of their files."""
    tasks: dict[str, Task] = {}
    for module in pkgutil.iter_modules(assistant.tasks.__path__, "assistant.tasks."):
        task = getattr(importlib.import_module(module.name), "TASK", None)
        if isinstance(task, Task):
            tasks[task.name] = task
    return tasks


def task_named(name: str) -> Task:
    """The task of that name; raises BadInput naming the ones there are."""
    tasks = all_tasks()
    if name not in tasks:
        raise BadInput(f"There is no task “{name}”. Tasks: {', '.join(tasks)}.")
    return tasks[name]


def task_by_command(text: str) -> tuple[Task, str] | None:
    """``/plan rehab`` → the task and the rest of the line; None for an ordinary message."""
    if not text.startswith("/"):
        return None
    word, _, rest = text[1:].partition(" ")
    for task in all_tasks().values():
        if word.lower() in (task.name, *task.commands):
            return task, rest.strip()
    return None
