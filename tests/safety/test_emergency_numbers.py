"""The number to call follows the country that is set, in the product's and the guidelines' lines alike."""

from __future__ import annotations

import pytest

from assistant.safety.emergency_numbers import emergency_number, with_local_number


@pytest.mark.parametrize(
    ("text", "language", "country", "said"),
    [
        ("Call 911 for chest pain.", "en", "GB", "Call 999 for chest pain."),
        ("Ring 999 or 112 at once.", "en", "AU", "Ring 000 at once."),
        ("Call an ambulance on 999.", "en", "us", "Call an ambulance on 911."),
        ("喘得说不出话，请立即打120。", "zh", "GB", "喘得说不出话，请立即打999。"),
        ("突发胸痛，立即拨打120。", "zh", "CN", "突发胸痛，立即拨打120。"),
        ("Call 911 for chest pain.", "en", "", "Call 911 for chest pain."),
        ("Call 911 for chest pain.", "en", "XX", "Call 911 for chest pain."),
    ],
)
def test_a_line_names_the_number_of_the_country(text: str, language: str, country: str, said: str) -> None:
    assert with_local_number(text, language, country) == said


@pytest.mark.parametrize(
    "text",
    [
        "Take 120 mg twice a day.",
        "血压低于120/80。",
        "Your pressure was 112/70: call us.",
        "Call us on 0120 999 000.",
    ],
)
def test_a_dose_or_a_reading_is_no_number_to_call(text: str) -> None:
    assert with_local_number(text, "en", "GB") == text


def test_without_a_country_no_number_is_named() -> None:
    assert emergency_number("en", "") == ""
    assert emergency_number("zh", " ") == ""
    assert emergency_number("en", "gb") == "999"
