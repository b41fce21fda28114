"""What every command says to the terminal: JSON on standard output, an error as one line on standard error, an exit code.

Exits 2 on bad usage or input, 1 on any other failure. Refuses to know what a command does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any, NoReturn, TypeVar

import typer

from assistant.errors import BedsideError, place_of
from knowledge.errors import KnowledgeError

Result = TypeVar("Result")


def guarded(work: Callable[[], Result]) -> Result:
    """What ``work`` returns, or its error as one line; what libraries print goes to standard error."""
    try:
        with redirect_stdout(sys.stderr):
            return work()
    except (BedsideError, KnowledgeError) as error:
        fail(str(error), error.exit_code)
    except OSError as error:
        fail(file_fault(error), 1)
    except KeyboardInterrupt:
        fail("stopped", 1)
    except Exception as error:  # noqa: BLE001 - the outermost edge: a traceback could quote a record
        fail(f"internal error: {place_of(error)}. Please report it.", 1)


def fail(text: str, exit_code: int) -> NoReturn:
    """Ends the command with one line on standard error."""
    sys.stderr.write(f"error: {' '.join(text.split())}\n")
    raise typer.Exit(exit_code) from None


def file_fault(error: OSError) -> str:
    return f"{error.filename or 'file'}: {error.strerror or error}"


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
