"""The files that a command is given and writes: each fault of theirs is one line that names the file and the remedy.

Refuses to know what stands in them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput


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


def read_text(path: Path | None) -> str:
    """The text of a file, or of standard input where none is named."""
    content = read_file(path, "a text file") if path else sys.stdin.buffer.read()
    return decoded(content, path or "standard input")


def decoded(content: bytes, name: Path | str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error


def check_writable(target: Path) -> None:
    """Raises BadInput where ``target`` cannot be written: said before the work, not after it."""
    if target.is_dir():
        raise BadInput(f"{target} is a folder. Name a file.")
    try:
        with target.open("ab"):
            pass
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}). Name another file.") from error


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
