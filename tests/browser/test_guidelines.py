"""The guideline library in a real browser: bring files, find them, read at the place, follow a link, take one out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fpdf import FPDF

from assistant.config import Settings
from assistant.store import SYSTEM, Role
from assistant.wiring import open_records
from tests.browser.conftest import PASSWORD, Server, sign_in_first_time

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RULE = "Give amoxicillin three times daily for five days in low severity."
FOCUSED_TEXT = """() => {
  let focused = document.activeElement;
  while (focused.shadowRoot?.activeElement) focused = focused.shadowRoot.activeElement;
  return focused.textContent;
}"""


class Reader:
    """A nurse's browser, and the files that she brings."""

    def __init__(self, browser: Browser, server: Server, folder: Path) -> None:
        self.server = server
        self.context = browser.new_context(viewport={"width": 1440, "height": 900})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.files = [_pdf(folder / "ward-cap.pdf"), _pdf(folder / "locked.pdf", locked=True)]

    def settled(self) -> None:
        self.page.wait_for_timeout(400)
        running = self.page.locator('[data-testid="stApp"][data-test-script-state="running"]')
        running.wait_for(state="detached")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()
        self.settled()


def _pdf(path: Path, *, locked: bool = False) -> Path:
    made = FPDF()
    made.set_title("Ward protocol for pneumonia")
    for words in ("1. Assessment\nMeasure CURB-65 on arrival.", f"2. Treatment\n{RULE}"):
        made.add_page()
        made.set_font("Helvetica", size=12)
        made.multi_cell(0, 8, words)
    if locked:
        made.set_encryption(owner_password="o", user_password="u")
    made.output(str(path))
    return path


@pytest.fixture(scope="module")
def desk(chromium: Browser, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    found = Reader(chromium, server, tmp_path_factory.mktemp("brought"))
    page = found.page
    store = open_records(Settings(bedside_home=server.home, database_url=None))
    _, first = store.users.add(SYSTEM, "nurse", "Nurse Reader", Role.NURSE)
    store.close()
    page.goto(f"{server.url}/guidelines")
    sign_in_first_time(page, "nurse", first)
    page.get_by_label("Search the guidelines").wait_for()
    yield found
    found.context.close()


def test_files_are_taken_in_and_the_one_that_cannot_be_read_says_what_to_do(desk: Reader) -> None:
    page = desk.page
    desk.tab("Bring your own")
    page.locator('input[type="file"]').set_input_files([str(file) for file in desk.files])
    desk.settled()
    page.get_by_role("button", name="Add 2 to the library").click()
    page.get_by_text("Not taken in: 1").wait_for()
    report = page.locator(".st-key-card-bring").inner_text()
    assert "Added: 1" in report
    assert "locked.pdf: the PDF is encrypted. Save a copy without a password." in report


def test_it_is_found_and_read_with_the_place_marked_and_its_page_as_printed(desk: Reader) -> None:
    page = desk.page
    desk.tab("Search")
    page.get_by_label("Search the guidelines").fill("ward protocol amoxicillin days low severity")
    page.keyboard.press("Enter")
    hit = page.locator('[class*="st-key-card-hit"]').filter(has_text="Ward protocol").first
    hit.get_by_role("button", name="Read").click()
    mark = page.locator(".reader mark").first
    mark.wait_for()
    assert RULE in " ".join(page.locator(".reader mark").all_inner_texts())
    page.get_by_test_id("stImage").wait_for()
    entry = page.locator(".reader .entry").first
    entry.focus()
    page.keyboard.press("Enter")
    assert "1. Assessment" in page.evaluate(FOCUSED_TEXT)


def test_the_link_opens_at_the_same_place_in_another_browser_after_sign_in(desk: Reader) -> None:
    link = desk.page.url
    assert "doc=" in link
    assert "start=" in link
    other = desk.page.context.browser.new_context(viewport={"width": 390, "height": 844})  # type: ignore[union-attr]
    page = other.new_page()
    page.set_default_timeout(60_000)
    page.goto(link)
    page.get_by_label("User name").fill("nurse")
    page.locator('input[autocomplete="current-password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".reader mark").first.wait_for()
    assert RULE in " ".join(page.locator(".reader mark").all_inner_texts())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "a phone needs no sideways scroll"
    )
    other.close()


def test_taking_it_out_asks_first(desk: Reader) -> None:
    page = desk.page
    page.get_by_role("button", name="Back").click()
    desk.tab("Library")
    page.get_by_role("button", name="Remove", exact=True).first.click()
    page.get_by_text("Remove “Ward protocol for pneumonia”?").wait_for()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("was removed.").wait_for()
    desk.settled()
    assert page.get_by_role("button", name="Remove", exact=True).count() == 0
