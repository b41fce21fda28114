"""The words' index: what it scores, what it holds, and that its memory form changes neither."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.keyword import KeywordIndex, numbered, terms

TEXTS = ("colchicine for gout", "gout gout gout and urate", "", "flucloxacillin for cellulitis")


@pytest.fixture
def index() -> KeywordIndex:
    return KeywordIndex([terms(text) for text in TEXTS])


def test_a_word_scores_only_the_texts_that_hold_it(index: KeywordIndex) -> None:
    assert np.flatnonzero(index.scores(terms("gout"))).tolist() == [0, 1]
    assert not index.scores(terms("sarcoidosis")).any()


def test_a_word_said_more_often_scores_more_but_less_than_in_proportion(index: KeywordIndex) -> None:
    once, thrice = index.scores(terms("gout"))[:2]
    assert once < thrice < 3 * once


def test_scores_are_bm25_as_lucene_has_it(index: KeywordIndex) -> None:
    lengths = np.array([2, 4, 1, 2])  # an empty text counts as one term, so that no length is 0
    rarity = np.log(1 + (4 - 1 + 0.5) / (1 + 0.5))
    expected = rarity * 1 / (1 + 1.2 * (0.25 + 0.75 * lengths[3] / lengths.mean()))
    assert index.scores(terms("cellulitis"))[3] == pytest.approx(expected, rel=1e-5)


def test_a_weight_scales_a_word_and_two_words_add_up(index: KeywordIndex) -> None:
    words = terms("colchicine gout")
    apart = index.scores(words[:1]) + 0.5 * index.scores(words[1:])
    assert index.scores(words, [1.0, 0.5]) == pytest.approx(apart)


@pytest.mark.parametrize(
    ("word", "rows", "held"),
    [
        ("gout", [0, 1, 3], [True, True, False]),
        ("cellulitis", [3, 0], [True, False]),
        ("asthma", [0], [False]),
    ],
)
def test_it_tells_which_texts_hold_a_word(
    index: KeywordIndex, word: str, rows: list[int], held: list[bool]
) -> None:
    assert index.holding(terms(word)[0], np.array(rows)).tolist() == held


def test_texts_joined_by_document_score_as_one_text() -> None:
    apart = numbered([terms("colchicine for gout"), terms("urate goal"), terms("cellulitis")])
    joined = KeywordIndex(apart.grouped([0, 0, 1]))
    whole = KeywordIndex([terms("colchicine for gout urate goal"), terms("cellulitis")])
    assert joined.scores(terms("urate gout")) == pytest.approx(whole.scores(terms("urate gout")))


def test_an_empty_library_scores_nothing() -> None:
    assert KeywordIndex([]).scores(["gout"]).shape == (0,)
