"""A relative whose aside stands before the verb is still the one who has it."""

from __future__ import annotations

import pytest

from assistant.domain.record import Assertion
from assistant.records.assertion import assertion_of, sentence_assertion


@pytest.mark.parametrize(
    ("sentence", "finding", "said"),
    [
        ("Wife (Nell, 71) has COPD.", "COPD", Assertion.FAMILY),
        ("Husband, 68, has dementia.", "dementia", Assertion.FAMILY),
        ("丈夫2年前患肺癌去世。", "肺癌", Assertion.FAMILY),
        ("Lives with wife (Nell, 71), has COPD.", "COPD", Assertion.PRESENT),
        ("He (71) has COPD.", "COPD", Assertion.PRESENT),
        ("2年前患肺癌。", "肺癌", Assertion.PRESENT),
    ],
)
def test_who_has_it(sentence: str, finding: str, said: Assertion) -> None:
    start = sentence.index(finding)
    found = assertion_of(sentence, start, start + len(finding))
    assert (found is Assertion.FAMILY) is (said is Assertion.FAMILY)
    if said is Assertion.FAMILY:
        assert sentence_assertion(sentence) is Assertion.FAMILY
