"""The nightly script drafts a folder of charts, and goes on after it was killed."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.turns import CHART

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "nightly-drafts.sh"


@pytest.mark.slow
def test_a_folder_of_charts_is_drafted_and_a_killed_night_goes_on(tmp_path: Path) -> None:
    charts, drafts = tmp_path / "charts", tmp_path / "drafts"
    charts.mkdir()
    for name in ("a.txt", "b.txt"):
        (charts / name).write_text(CHART, encoding="utf-8")
    (charts / "c.txt").write_text("", encoding="utf-8")
    environment = os.environ | {"MODEL": "none", "BEDSIDE_HOME": str(tmp_path / "home")}

    def night() -> list[dict[str, object]]:
        ran = subprocess.run(
            [str(SCRIPT), str(charts), str(drafts), "gp-letter"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr[-500:]
        (out,) = drafts.glob("*.out.jsonl")
        assert out.stat().st_mode & 0o077 == 0, "only its user reads the drafts"
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    first = night()
    assert [r["id"] for r in first] == ["a.txt", "b.txt", "c.txt"]
    assert [r.get("template") for r in first] == ["gp-letter", "gp-letter", None]
    (out,) = drafts.glob("*.out.jsonl")
    whole = out.read_text(encoding="utf-8").splitlines()
    out.write_text(whole[0] + "\n" + whole[1][:50], encoding="utf-8")
    assert [r["id"] for r in night()] == ["a.txt", "b.txt", "c.txt"]


def test_the_script_tells_a_missing_folder() -> None:
    ran = subprocess.run(
        [str(SCRIPT), "/nowhere", "/tmp/x"], capture_output=True, text=True, timeout=30, check=False
    )
    assert (ran.returncode, ran.stderr.strip()) == (2, "error: /nowhere: there is no such folder.")


def test_the_units_of_the_page_name_the_script_and_a_time() -> None:
    page = (ROOT / "docs" / "nightly-drafts.md").read_text(encoding="utf-8")
    service, timer = (configparser.ConfigParser(strict=True) for _ in range(2))
    for parser, text in zip((service, timer), re.findall(r"```ini\n(.*?)```", page, re.S), strict=True):
        parser.read_string(text)
    assert service["Service"]["ExecStart"].split()[0].endswith("scripts/nightly-drafts.sh")
    assert timer["Timer"]["OnCalendar"] == "*-*-* 02:15:00"
    assert re.search(r"^15 2 \* \* \*\s+bedside\s+/opt/bedside/scripts/nightly-drafts\.sh", page, re.M)
