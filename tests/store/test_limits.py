"""A disk with no more room, without needing to be root: the process may write no file longer than a limit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import resource, signal, sys
from pathlib import Path
from assistant.errors import BedsideError
from assistant.store import SYSTEM, Role, Speaker, open_store
folder = Path(sys.argv[1])
store = open_store(f"sqlite:///{folder / 'b.db'}", anchor=folder / "anchor")
_, first = store.users.add(SYSTEM, "ada", "Ada", Role.CLINICIAN)
session = store.users.sign_in("ada", first)
ada = store.users.change_password(session.token, first, "grey herons wade far").actor
talk = store.conversations.start(ada)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
kept = 0
try:
    for n in range(400):
        store.conversations.append(ada, talk.id, Speaker.USER, f"{n} " + "word " * 400)
        kept += 1
except BedsideError as error:
    print("refused:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
store.conversations.append(ada, talk.id, Speaker.USER, "again")
texts = [m.text.split()[0] for m in store.conversations.history(ada, talk.id)]
print("whole:", texts == [*map(str, range(kept)), "again"] and 0 < kept < 400)
with store.database.read() as connection:
    print(connection.exec_driver_sql("PRAGMA integrity_check").scalar(), store.audit.verify().whole)
"""


def test_a_file_that_may_not_grow_keeps_nothing_by_half_and_works_again(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
        check=False,
    )
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["refused", "whole"], done.stderr[-500:]
    assert "Nothing was half saved" in lines[0]
    assert lines[1:] == ["whole: True", "ok True"]
