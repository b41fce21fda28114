from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals import security
from evals.security import PROMISES, Promise
from evals.suite import all_suites

ROOT = Path(__file__).parent.parent.parent


def test_every_test_and_suite_that_a_promise_names_exists() -> None:
    text = (ROOT / "evals" / "security.py").read_text("utf-8")
    files = re.findall(r'"(tests/[\w/.]+\.py)"', text)
    assert len(files) >= 10
    assert [f for f in files if not (ROOT / f).exists()] == []
    suites = set(re.findall(r'_suite\(\s*"(\w+)"', text))
    assert suites <= set(all_suites())


def test_what_could_not_be_asked_never_counts_as_held(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        Promise("a", "p", lambda: ("3 of 3", True)),
        Promise("b", "p", lambda: ("2 lost", False)),
        Promise("c", "p", lambda: ("not available here", None)),
    )
    monkeypatch.setattr(security, "PROMISES", told)
    found = security.run(Path("quick"))
    assert (found["promises"], found["asked"], found["held"]) == (3, 2, 1)
    assert found["rows"] == [{"fault": "b", "found": "2 lost"}]
    assert found["c"].startswith("not shown")


def test_a_promise_shown_by_tests_counts_them() -> None:
    said, held = security._tests("tests/test_upload_names.py")()
    assert held is True
    assert said == "6 tests passed, 0 failed"
    assert security._tests("tests/no_such_file.py")() == ("not available here: tests/no_such_file.py", None)


def test_every_file_that_the_security_page_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = re.findall(r"`((?:assistant|knowledge|tests)/[\w/.]+)`", text)
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert len(PROMISES) >= 17
