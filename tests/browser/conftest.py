"""One server on a temporary home and a free port, and one Chromium, for the whole run.

The guideline index is kept in ``var/browser-tests`` between runs; accounts, patients and documents never are.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "var" / "browser-tests"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PASSWORD = "quiet-harbour-7-lanterns"


@dataclass(frozen=True)
class Server:
    url: str
    home: Path

    def first_password(self, name: str) -> str:
        lines = (self.home / "first-password.txt").read_text("utf-8").splitlines()
        return next(line.split()[1] for line in lines if line.split()[:1] == [name])


def sign_in_first_time(page: Page, user_name: str, first: str) -> None:
    """With the first password, then the change to PASSWORD that it forces."""
    page.get_by_label("User name").fill(user_name)
    page.locator('input[autocomplete="current-password"]').fill(first)
    page.keyboard.press("Enter")
    page.get_by_text("Choose a password of your own").wait_for()
    page.locator('input[autocomplete="current-password"]').fill(first)
    for box in page.locator('input[autocomplete="new-password"]').all():
        box.fill(PASSWORD)
    page.keyboard.press("Enter")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, object, object]:
    """What the browser showed when a test failed lies in ``var/browser-tests``."""
    report = yield
    desk = getattr(item, "funcargs", {}).get("desk")
    if call.excinfo is not None and desk is not None:
        KEPT.mkdir(parents=True, exist_ok=True)
        desk.page.screenshot(path=str(KEPT / f"{item.name}.png"))
        shutil.copy(desk.server.home / "server.log", KEPT / "server.log")
    return report


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("bedside")
    if (KEPT / "knowledge").is_dir():
        shutil.copytree(KEPT / "knowledge", home / "knowledge")
    (ROOT / "var" / "models").mkdir(parents=True, exist_ok=True)
    (home / "models").symlink_to(ROOT / "var" / "models")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    model = os.environ.get("BROWSER_TESTS_MODEL", "default")
    names = {"BEDSIDE_HOME": str(home), "MODEL": model, "DRAFT_BUDGET_S": "6", "MAX_NEW_TOKENS": "48"}
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "ADAPTER")} | names
    log = (home / "server.log").open("w")
    start = [sys.executable, "-m", "assistant.start"]
    subprocess.run([*start, "--prepare"], cwd=ROOT, env=env, stdout=log, stderr=log, check=True, timeout=280)
    if not (KEPT / "knowledge").is_dir():
        KEPT.mkdir(parents=True, exist_ok=True)
        shutil.copytree(home / "knowledge", KEPT / "knowledge")
    run = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    run += ["--server.address", "127.0.0.1"]
    process = subprocess.Popen(run, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield Server(f"http://127.0.0.1:{port}", home)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError("the server did not start; see server.log in its home")


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="the Python package playwright is not installed"
    )
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
