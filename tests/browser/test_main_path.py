"""The main job in a real browser: sign in, ask, open a citation, draft, download, sign, plan, teach.

The tests run in order and share one session, as a clinician's morning does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PASSWORD, ROOT, Server, sign_in_first_time

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.model]
PATIENT = "Achterberg"
LONG_MS = 180_000


class Desk:
    """A clinician's browser: the page, and what it asked the network for."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        self.context = browser.new_context(
            viewport={"width": 1440, "height": 900}, color_scheme="light", accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        self.page.set_default_timeout(30_000)
        self.page.on("request", lambda r: self._note(r.url))
        self.page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))

    def _note(self, url: str) -> None:
        if not url.startswith((self.server.url, "data:", "blob:")):
            self.foreign.append(url)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def open_patient(self) -> None:
        opens = self.page.get_by_role("button", name="Open")
        opens.nth(1).wait_for()
        self.settled()
        self.page.get_by_placeholder("Find by name").fill(PATIENT)
        self.page.keyboard.press("Enter")
        opens.nth(1).wait_for(state="detached")
        opens.first.click()
        self.page.locator(".st-key-strip").get_by_text("Penicillin").wait_for()

    def ask(self, question: str) -> None:
        """Sends the question and waits for its whole answer."""
        box = self.page.locator('[data-testid="stChatInput"] textarea')
        box.wait_for(timeout=LONG_MS)
        answered = self.page.locator(".sheet .foot").count()
        box.fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator(".sheet .foot").nth(answered).wait_for(timeout=LONG_MS)

    def draft(self) -> None:
        """Drafts the document of the open tab and waits until it can be signed."""
        self.page.get_by_role("button", name="Draft", exact=False).first.click()
        self.page.get_by_text("Before you sign").wait_for(timeout=LONG_MS)
        self.settled()

    def sign(self, number: int) -> None:
        """Settles what is open with a reason, ticks that it was read, then signs; each settling makes a version."""
        page = self.page
        page.get_by_text("Check and sign").click()
        self.settled()
        while page.locator("button.settle:visible").count():
            assert page.get_by_role("button", name=f"Sign version {number}").is_disabled()
            page.locator("button.settle:visible").first.click()
            page.get_by_label("How it was settled").fill("Seen and decided on the ward round.")
            page.get_by_role("button", name="Save", exact=True).click()
            number += 1
            page.get_by_text(f"draft {number} · not signed").wait_for()
            self.settled()
        button = page.get_by_role("button", name=f"Sign version {number}")
        button.wait_for()
        page.locator(".st-key-card-sign [data-testid='stCheckbox'] label").last.click()
        self.settled()
        button.click()
        page.get_by_text(f"version {number} · signed by Demo Clinician").wait_for()
        self.settled()

    def settled(self) -> None:
        self.page.wait_for_timeout(300)
        running = self.page.locator('[data-testid="stApp"][data-test-script-state="running"]')
        running.wait_for(state="detached", timeout=LONG_MS)


@pytest.fixture(scope="module")
def desk(chromium: Browser, server: Server) -> Iterator[Desk]:
    found = Desk(chromium, server)
    yield found
    found.context.close()


def test_sign_in_forces_a_password_of_ones_own_and_shows_the_patients(desk: Desk) -> None:
    page = desk.page
    first = desk.server.first_password("clinician")
    page.goto(desk.server.url)
    sign_in_first_time(page, "clinician", first)
    page.get_by_text(PATIENT).first.wait_for()
    assert not (desk.server.home / "first-password.txt").read_text("utf-8").startswith("clinician")


def test_a_question_is_answered_in_checked_sentences_and_a_citation_opens_at_its_place(desk: Desk) -> None:
    page = desk.page
    desk.open_patient()
    desk.ask("How long should antibiotics be given for pneumonia?")
    lines = page.locator(".line.guideline, .line.model, .line.record")
    assert lines.count() >= 1
    assert page.locator(".line").count() == lines.count() + page.locator(".line.rule").count()
    line = page.locator(".line.guideline").first
    line.locator("button.mark").first.focus()
    page.keyboard.press("Enter")
    place = page.locator(".st-key-card-source mark").first
    place.wait_for()
    assert place.is_visible()
    assert " ".join(place.inner_text().split())[:30] in " ".join(line.inner_text().split())
    if os.environ.get("BEDSIDE_SCREENSHOT") == "1":
        (ROOT / "docs").mkdir(exist_ok=True)
        page.screenshot(path=str(ROOT / "docs" / "screenshot.png"))


def test_an_emergency_in_a_question_is_answered_by_rule_before_anything_else(desk: Desk) -> None:
    page = desk.page
    desk.ask("She has crushing chest pain radiating to the left arm and is sweating. What now?")
    assert page.locator(".alert.red").filter(has_text="Emergency").count() >= 1


def test_markup_in_a_question_stays_text(desk: Desk) -> None:
    page = desk.page
    text = "<img src=http://evil.example/x onerror=alert(1)><script>alert(2)</script> pneumonia duration?"
    desk.ask(text)
    assert page.locator(".bubble").last.inner_text() == text
    assert page.locator(".bubble img, .line img, .bubble script").count() == 0
    assert desk.dialogs == []


def test_a_discharge_summary_is_drafted_edited_and_downloaded(desk: Desk, tmp_path: Path) -> None:
    page = desk.page
    desk.tab("Discharge summary")
    desk.draft()
    assert page.locator(".line:visible").count() > 10
    for kind, start in (
        ("DOCX", b"PK"),
        ("PDF", b"%PDF"),
        ("FHIR", b"{"),
        ("Markdown", b"_AI-assisted draft"),
    ):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=kind, exact=True).click()
        file = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(file)
        assert file.read_bytes().startswith(start), kind
        assert "-v1-draft." in file.name
        if kind == "FHIR":
            assert json.loads(file.read_text("utf-8"))["type"] == "document"
    line = page.locator(".line:visible").first
    line.hover()
    line.get_by_role("button", name="edit").click()
    page.get_by_label("edit").fill("She weighed 480 kg on arrival.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("draft 2 · not signed").wait_for()
    edited = page.locator(".line.unverified").filter(has_text="480 kg")
    edited.wait_for()
    assert "edited by a clinician" in edited.inner_text()


def test_signing_takes_the_reading_and_makes_the_document_read_only(desk: Desk) -> None:
    page = desk.page
    desk.sign(2)
    assert page.locator("button.edit:visible").count() == 0
    assert page.get_by_role("button", name="Make a new version").is_visible()


def test_a_plan_is_drafted_from_guidelines_with_its_sources(desk: Desk) -> None:
    page = desk.page
    desk.tab("Plan")
    desk.draft()
    guideline = page.locator(".line.guideline:visible").first
    guideline.locator("button.mark").first.click()
    page.locator(".st-key-card-source mark").first.wait_for()
    page.get_by_role("button", name="Open in the guideline").click()
    page.get_by_role("button", name="Back").wait_for()
    place = page.locator(".reader mark").first
    place.wait_for()
    assert place.is_visible()


def test_the_patient_view_hides_drafts_and_shows_only_what_was_signed(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="Workspace").click()
    desk.settled()
    desk.tab("Handout")
    desk.draft()
    page.get_by_role("link", name="Teaching").click()
    page.get_by_text("drafts are not shown to patients").wait_for()
    assert page.get_by_role("button", name="Hand over to the patient").count() == 0
    page.get_by_role("link", name="Workspace").click()
    desk.settled()
    desk.tab("Handout")
    desk.sign(1)
    page.get_by_role("link", name="Teaching").click()
    page.get_by_role("button", name="Hand over to the patient").click()
    page.get_by_text("Why you were in hospital").wait_for()
    desk.settled()
    assert page.get_by_role("link", name="Patients").count() == 0
    assert not page.locator('[data-testid="stSidebar"]').is_visible()
    page.get_by_role("button", name="Leave (staff)").click()
    page.get_by_label("Password of the clinician").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Patients").wait_for()


def test_history_is_there_after_signing_in_again_and_nothing_left_the_origin(desk: Desk) -> None:
    page = desk.page
    page.reload()
    page.get_by_label("User name").wait_for()
    assert PATIENT not in page.locator("body").inner_text()
    page.get_by_label("User name").fill("clinician")
    page.locator('input[autocomplete="current-password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Patients").click()
    desk.open_patient()
    page.get_by_text("How long should antibiotics be given for pneumonia?").first.wait_for()
    assert desk.foreign == []
