"""Temporary files in a folder of our own: closed to others, and wiped at the next start where the exit did not come to it.

A process holds a lock on its folder for as long as it lives; a folder that nobody holds is a dead process's and is wiped.
Refuses to know what is written there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def private_temp(home: Path) -> Iterator[Path]:
    """A folder below ``home`` that this process and those it starts write their temporary files in, wiped on leaving.

    Sets ``TMPDIR`` meanwhile. Raises OSError where it cannot be made.
    """
    root = home.resolve() / "tmp"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    root.chmod(0o700)
    _wipe_abandoned(root)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=root))
    lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    before, before_default = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before_default
        if before is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = before
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".lock").unlink(missing_ok=True)
        os.close(lock)


def _wipe_abandoned(root: Path) -> None:
    for folder in root.glob("run-*"):
        if folder.suffix == ".lock":
            if not folder.with_suffix("").exists():
                folder.unlink(missing_ok=True)
            continue
        try:
            lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            continue
        try:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                folder.with_suffix(".lock").unlink(missing_ok=True)
        finally:
            os.close(lock)
