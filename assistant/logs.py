"""Logs by allow-list: one JSON line with what may be said, and nothing of what a person said or has.

Owns what a line may hold: time, level, logger, our own fixed words, counts, and names of kinds. Refuses the text of other
libraries, of exceptions and of tracebacks, which may quote a record.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Mapping, MutableMapping
from enum import Enum
from types import TracebackType
from typing import Any

import structlog

from assistant.tasks.registry import all_tasks

OURS = ("assistant", "knowledge", "finetune", "evals", "bedside")
_KIND = re.compile(
    r"\w*(?:Error|Exception|Failed|Busy|Timeout|Denied|Unreadable|Broken|Cancelled|Ended|Refused|Unavailable|TooLong|BadInput)\Z"
)
_PLACE = re.compile(r"(?:\w+ at )?(?:\w+\.py|<string>):\d+\Z")


def configure_logs(stream: Any = None, level: int = logging.INFO) -> None:
    """Every logger of this process writes through the allow-list; uncaught errors too. May be called again."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                allowed,
                structlog.processors.JSONRenderer(),
            ],
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(logging.root.manager.loggerDict):
        other = logging.getLogger(name)
        other.handlers.clear()
        other.propagate = True
        if not name.startswith(OURS):
            other.setLevel(max(other.level, logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The line that may be written for one record."""
    record: logging.LogRecord = event["_record"]
    line: dict[str, Any] = {
        "time": event.get("timestamp"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if record.name.startswith(OURS) and isinstance(record.msg, str):
        words = [_said(one) for one in event.get("positional_args") or ()]
        template = re.sub(r"%(?:\.\d+)?[a-z]", "%s", record.msg)
        line["event"] = template % tuple(words) if template.count("%s") == len(words) else record.msg
    else:
        line["event"] = f"message of {record.name.partition('.')[0]}"
    raised = event.get("exc_info")
    if isinstance(raised, tuple) and raised[0] is not None:
        line["error"] = raised[0].__name__
    return line


def _said(value: object) -> str:
    """A number, an enum, or the name of a kind; anything else by its type alone."""
    if isinstance(value, (bool, int, float)):
        return str(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, str) and (_KIND.match(value) or _PLACE.match(value) or value in all_tasks()):
        return value
    return f"<{type(value).__name__}>"


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    place = ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    logging.getLogger("bedside").error("uncaught: %s", f"{kind.__name__} at {place}")
