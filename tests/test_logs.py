"""Planted identifiers never reach a log, whoever logs and however."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.logs import configure_logs

PLANTED = [f"Zyx{n}wort" for n in range(500)]
ROOT = Path(__file__).parent.parent


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook, threading.excepthook)
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    sys.excepthook, threading.excepthook = before[2], before[3]
    logging.captureWarnings(False)


def test_five_hundred_planted_identifiers_are_in_no_line(written: io.StringIO) -> None:
    ours, theirs = logging.getLogger("assistant.jobs"), logging.getLogger("some_library")
    for number, name in enumerate(PLANTED):
        match number % 5:
            case 0:
                ours.error("row %d failed: %s", number, ValueError(f"patient {name}"))
            case 1:
                theirs.error("could not parse %s", name)
            case 2:
                try:
                    raise KeyError(name)
                except KeyError:
                    ours.exception("page failed: %s", f"{name} was seen")
            case 3:
                thread = threading.Thread(target=lambda given=name: {}[given])  # type: ignore[misc]
                thread.start()
                thread.join()
            case _:
                theirs.warning(f"reading {name}", exc_info=RuntimeError(name))
    lines = written.getvalue().splitlines()
    assert len(lines) >= 500
    assert not [name for name in PLANTED if name in written.getvalue()]
    assert all(json.loads(line)["logger"] for line in lines)


def test_kinds_counts_and_places_are_kept(written: io.StringIO) -> None:
    logging.getLogger("assistant.tasks.writing").warning("model failed: %s", "ModelTimeout")
    logging.getLogger("assistant.jobs").error("row %d failed: %s", 7, "KeyError at fhir.py:12")
    events = [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert events == ["model failed: ModelTimeout", "row 7 failed: KeyError at fhir.py:12"]


def test_an_uncaught_error_leaves_its_kind_and_place_alone() -> None:
    code = "from assistant.logs import configure_logs; configure_logs(); raise ValueError('Zyx1wort')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Zyx1wort" not in done.stderr
    assert json.loads(done.stderr)["event"].startswith("uncaught: ValueError at")
