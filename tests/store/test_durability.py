from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.store import Outcome, Role

WRITER = Path(__file__).with_name("killed_writer.py")
KILLS = 10


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9_and_nothing_is_there_twice(hospital: Any) -> None:
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada)
    chance = random.Random(7)
    acknowledged: list[int] = []
    for _ in range(KILLS):
        first = str(acknowledged[-1] + 1 if acknowledged else 1)
        command = [
            sys.executable,
            str(WRITER),
            hospital.url,
            str(hospital.anchor),
            ada.user_id,
            talk.id,
            first,
        ]
        root = str(Path(__file__).parents[2])
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": root}) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline()]
            time.sleep(chance.uniform(0.0, 0.12))
            writer.kill()
            said += writer.stdout.readlines()
        acknowledged += [int(line) for line in said if line.endswith("\n")]
    kept = [int(message.text) for message in hospital.store.conversations.history(ada, talk.id)]
    assert acknowledged == sorted(set(acknowledged))
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) - len(acknowledged) in (0, 1)
    auditor = hospital.person("eve", Role.AUDITOR)
    rows = hospital.store.audit.search(auditor, user_id=ada.user_id, limit=1_000_000)
    assert sum(row.action == "ask" and row.outcome == Outcome.OK for row in rows) == len(kept)
    assert hospital.store.audit.verify().problems == ()
    if hospital.url.startswith("sqlite"):
        with hospital.store.database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
