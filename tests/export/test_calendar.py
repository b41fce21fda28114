"""A plan's dates as a calendar, and its goals as FHIR: the dates are those that the sentences give."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict
from assistant.errors import BadInput
from assistant.export.calendar import appointments, to_calendar
from assistant.export.care_plan import care_plan, goals

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def line(text: str, verdict: Verdict = Verdict.SUPPORTED) -> Sentence:
    return Sentence(text, verdict, Origin.RECORD)


def plan(language: str = "en") -> Answer:
    return Answer(
        "plan",
        language,
        "none",
        (
            Section(
                "goals",
                "Goals",
                (
                    line("Urate: below 360. Latest on record: Urate 612: not reached yet. Due: 2026-09-09."),
                    line(
                        "Blood pressure: below 130/80. Latest: 122/74: reached, keep it. Review: 2026-03-20."
                    ),
                    line("Walk 50 metres."),
                ),
            ),
            Section(
                "follow_up",
                "Follow-up",
                (
                    line("Clinic; Dr A\r\nATTENDEE:evil. Date: 2026-03-20."),
                    line("Review in spring. No date is recorded: book one."),
                    line("Scan. Date: 2026-13-45."),
                    line("Invented. Date: 2026-04-01.", Verdict.UNSUPPORTED),
                ),
            ),
            Section("medications", "Medicines", (line("Stop on Date: 2026-05-05."),)),
        ),
    )


def test_only_real_dates_of_shown_sentences_become_entries() -> None:
    assert [(a.on, a.section) for a in appointments(plan())] == [
        (date(2026, 3, 20), "follow_up"),
        (date(2026, 3, 20), "goals"),
        (date(2026, 9, 9), "goals"),
    ]


def test_a_draft_says_so_and_a_line_break_in_a_record_adds_no_property() -> None:
    calendar = Calendar.from_ical(to_calendar(plan(), signed=False, now=NOW))
    events = calendar.walk("VEVENT")
    assert len(events) == 3
    assert all(str(e["summary"]).startswith("Draft, not signed") for e in events)
    assert not any("attendee" in e for e in events)
    assert str(events[0]["status"]) == "TENTATIVE"
    signed = Calendar.from_ical(to_calendar(plan(), signed=True, now=NOW)).walk("VEVENT")
    assert str(signed[0]["status"]) == "CONFIRMED"
    assert not str(signed[0]["summary"]).startswith("Draft")


def test_the_same_plan_gives_the_same_entries_so_that_an_import_updates() -> None:
    once, twice = (to_calendar(plan(), signed=True, now=NOW) for _ in range(2))
    assert once == twice


def test_a_document_without_a_date_makes_no_calendar() -> None:
    with pytest.raises(BadInput, match="no date"):
        to_calendar(Answer("ask", "en", "none"), signed=True, now=NOW)


def test_goals_and_plan_are_valid_fhir_and_draft_until_signed() -> None:
    from fhir.resources.R4B.careplan import CarePlan
    from fhir.resources.R4B.goal import Goal

    answer = plan()
    made = goals(answer, lambda n: f"urn:uuid:goal-{n}", "Patient/1", signed=False, now=NOW)
    assert [Goal.model_validate(g.resource).lifecycleStatus for g in made] == ["proposed"] * 3
    assert made[0].resource["target"] == [{"dueDate": "2026-09-09"}]
    assert made[0].resource["achievementStatus"]["coding"][0]["code"] == "in-progress"
    assert made[1].resource["achievementStatus"]["coding"][0]["code"] == "achieved"
    assert "target" not in made[2].resource
    whole = care_plan(answer, "urn:uuid:plan", "Patient/1", None, made, [], signed=False, now=NOW)
    assert CarePlan.model_validate(whole.resource).status == "draft"
    assert len(whole.resource["goal"]) == 3
    assert not any("Invented" in a["detail"]["description"] for a in whole.resource["activity"])
    active = care_plan(answer, "urn:uuid:plan", "Patient/1", None, made, [], signed=True, now=NOW)
    assert active.resource["status"] == "active"
