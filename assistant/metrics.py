"""Figures for Prometheus, without identifiers: how many turns, how they ended, how long, how many wait.

Owns the names of the figures and the port. Labels are tasks and endings, never users, patients or words.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

REGISTRY = CollectorRegistry()
TURNS = Counter("bedside_turns", "Turns by task and ending", ["task", "ending"], registry=REGISTRY)
TURN_S = Histogram(
    "bedside_turn_seconds",
    "Seconds from question to checked answer",
    ["task"],
    buckets=(0.5, 1, 2, 5, 10, 20, 40, 80, 160),
    registry=REGISTRY,
)
WITHHELD = Counter("bedside_withheld_sentences", "Model sentences that failed their check", registry=REGISTRY)
RED_FLAGS = Counter("bedside_red_flags", "Red flags raised", registry=REGISTRY)
IN_LINE = Gauge("bedside_turns_in_line", "Turns at work and waiting", registry=REGISTRY)
_started = threading.Lock()
_serving = False


def turn_ended(task: str, ending: str, seconds: float, *, withheld: int = 0, red_flags: int = 0) -> None:
    """Counts one turn. ``task`` must be a registered task's name; anything else is counted as ``other``."""
    from assistant.tasks.registry import all_tasks

    name = task if task in all_tasks() else "other"
    TURNS.labels(name, ending).inc()
    TURN_S.labels(name).observe(seconds)
    WITHHELD.inc(withheld)
    RED_FLAGS.inc(red_flags)


def serve(port: int, in_line: Callable[[], float]) -> None:
    """Serves the figures on 127.0.0.1 at ``port``, once a process; 0 serves nothing."""
    global _serving
    IN_LINE.set_function(in_line)
    with _started:
        if port and not _serving:
            start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
            _serving = True
