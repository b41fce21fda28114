"""Every promise of docs/security.md with its number, measured now: one row a fault or attack.

Owns which suite or test shows which promise. A row whose part is not on this machine says so; it never counts as held.
``--data quick`` leaves out the long suites.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.suite import DataMissing, Suite, all_suites, data_path

ROOT = Path(__file__).resolve().parent.parent
TEST_S = 600
MISSING = "not available here"


@dataclass(frozen=True)
class Promise:
    """``show`` gives what was found and whether the promise held; None: it could not be asked."""

    fault: str
    promise: str
    show: Callable[[], tuple[str, bool | None]]
    slow: bool = False


def _tests(*files: str, words: str = "") -> Callable[[], tuple[str, bool | None]]:
    """Held when every test of these files passes; the number is how many did."""

    def show() -> tuple[str, bool | None]:
        present = [f for f in files if (ROOT / f).exists()]
        if not present:
            return f"{MISSING}: {', '.join(files)}", None
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-rN",
            "--no-header",
            *present,
            *(["-k", words] if words else []),
        ]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "BEDSIDE_FULL_TESTS": "1"},
                capture_output=True,
                text=True,
                timeout=TEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"the tests took longer than {TEST_S} s", None
        marks = "".join(
            line.split("[")[0]
            for line in done.stdout.splitlines()
            if set(line.split("[")[0].strip()) <= set(".FEsx")
        )
        passed, failed = marks.count("."), marks.count("F") + marks.count("E")
        skipped = f", {marks.count('s')} skipped" if "s" in marks else ""
        return f"{passed} tests passed, {failed} failed{skipped}", bool(passed) and done.returncode == 0

    return show


def _suite(
    name: str, *figures: str, held: Callable[[dict[str, Any]], bool]
) -> Callable[[], tuple[str, bool | None]]:
    def show() -> tuple[str, bool | None]:
        suite = all_suites().get(name)
        if suite is None:
            return f"{MISSING}: suite {name}", None
        try:
            found = suite.run(data_path(suite, None))
        except DataMissing as missing:
            return f"{MISSING}: {missing}", None
        if any(figure not in found for figure in figures):
            return f"{MISSING}: {found.get('not_run', 'the suite gives other figures')}", None
        return ", ".join(f"{f.replace('_', ' ')} {_number(found[f])}" for f in figures), held(found)

    return show


def _kills() -> tuple[str, bool | None]:
    from evals.durability import full_figures

    found = full_figures()
    kept = {
        k: v for k, v in found.items() if k.split(": ")[1] in ("kills", "acknowledged", "lost", "doubled")
    }
    bad = sum(v for k, v in kept.items() if k.endswith(("lost", "doubled")))
    return ", ".join(f"{k} {v}" for k, v in kept.items()), bad == 0


def _at_rest() -> tuple[str, bool | None]:
    from evals.at_rest import figures

    found = figures()
    return ", ".join(f"{k} {v}" for k, v in found.items()), not any(
        v for k, v in found.items() if k != "planted"
    )


def _number(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


PROMISES = (
    Promise("kill -9, power loss", "what was acknowledged is there, nothing twice",
            _kills, slow=True),
    Promise("disk full, damaged database", "a clear error, nothing half saved", _tests("tests/store/test_durability.py", "tests/store/test_database.py")),
    Promise("index damaged", "noticed and rebuilt from the library", _tests("tests/knowledge/test_open.py", words="index or damaged or broken")),
    Promise("one user reads another's data", "denied and audited", _tests("tests/store/test_isolation.py", "tests/store/test_patients.py", "tests/store/test_emergency.py")),
    Promise("injection in guideline, record or message", "no effect on what code holds",
            _suite("injections", "attacks", "attack_success", "benign_right", held=lambda f: f["attack_success"] <= 0.05), slow=True),
    Promise("links, images and HTML in output", "dead text, nothing leaves",
            _suite("payloads", "payloads", "foreign_requests", "scripts_run", "live_links_in_exports",
                   held=lambda f: f["foreign_requests"] == f["scripts_run"] == 0)),
    Promise("hostile uploads", "read or refused in 10 s and 512 MB",
            _suite("hostile", "files", "readings", "survived", "slowest_s", "files_left_behind", held=lambda f: f["survived"] == f["readings"]), slow=True),
    Promise("poisoned or foreign adapter", "refused before it is deserialised",
            _suite("adapters_refused", "folders", "refused", "code_run", "sound_accepted",
                   held=lambda f: f["refused"] == f["folders"] and not f["code_run"] and f["sound_accepted"])),
    Promise("model down, slow, lying, endless", "message kept, honest error, next call works", _tests("tests/models/test_server_faults.py", "tests/models/test_turn.py")),
    Promise("brute force, stolen session", "throttled; ended sessions end", _tests("tests/store/test_users.py", "tests/store/test_limits.py")),
    Promise("audit tampering", "edit, delete, reorder, cut tail: found", _tests("tests/store/test_audit.py")),
    Promise("load", "50 users: busy is said within 2 s",
            _suite("load", "users", "answered", "told_busy", "slowest_busy_s", "failed_otherwise",
                   held=lambda f: f["slowest_busy_s"] <= 2 and not f["failed_otherwise"]), slow=True),
    Promise("identifiers at rest", "0 of 500 planted in files", _at_rest),
    Promise("identifiers in logs", "0 of 500 planted in a line", _tests("tests/test_logs.py")),
    Promise("identifiers found in notes", "recall at least 0.97, kept at least 0.99",
            _suite("redaction", "recall", "keep", held=lambda f: f["recall"] >= 0.97 and f["keep"] >= 0.99)),
    Promise("identifiers to an outside model", "redacted, put back after", _tests("tests/safety/test_egress.py")),
    Promise("telemetry, downloads at run time", "none", _tests("tests/test_offline.py")),
    Promise("supply chain, deployment", "pinned, hashed, unprivileged", _tests("tests/test_deployment.py")),
)  # fmt: skip


def run(path: Path) -> dict[str, Any]:
    """Figures by fault; ``rows`` are the promises that did not hold."""
    quick = path.name == "quick"
    figures: dict[str, Any] = {}
    rows = []
    held = asked = 0
    for promise in PROMISES:
        if quick and promise.slow:
            said, kept = "left out (quick)", None
        else:
            said, kept = promise.show()
        mark = {True: "held", False: "BROKEN", None: "not shown"}[kept]
        figures[promise.fault] = f"{mark}: {said} — {promise.promise}"
        sys.stderr.write(f"{mark:9} {promise.fault}: {said}\n")
        asked += kept is not None
        held += kept is True
        if kept is False:
            rows.append({"fault": promise.fault, "found": said})
    return {"promises": len(PROMISES), "asked": asked, "held": held, **figures, "rows": rows}


SUITE = Suite("security", "every promise of docs/security.md with its number", "", run)
