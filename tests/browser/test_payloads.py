"""Payloads in a model's words, drawn by the page's own script and as exported files, in a real Chromium."""

from __future__ import annotations

from evals.payloads import FULL, in_browser, payloads

SMALL = 20


def test_there_are_a_hundred_different_payloads() -> None:
    assert len(set(payloads())) == FULL


def test_no_payload_asks_the_network_or_runs(chromium: object) -> None:
    found = in_browser(SMALL, opened=chromium)
    assert found["drawn"] == 2 * SMALL, "each is shown, as words"
    assert (found["foreign_requests"], found["scripts_run"], found["live_links_in_exports"]) == (0, 0, 0)


def test_the_same_payloads_left_alive_are_noticed(chromium: object) -> None:
    found = in_browser(SMALL, calmed=False, opened=chromium)
    assert found["foreign_requests"] > 0
    assert found["scripts_run"] > 0
