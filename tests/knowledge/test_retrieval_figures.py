from __future__ import annotations

import pytest

from evals.retrieval import gains_of, ndcg


@pytest.mark.parametrize(
    ("ranked", "gains", "value"),
    [
        (["a", "b"], {"a": 1}, 1.0),
        (["b", "a"], {"a": 1}, 0.6309),
        (["b"], {"a": 1}, 0.0),
        ([], {}, 0.0),
        (["b", "a"], {"a": 3, "b": 1}, 0.7098),
    ],
)
def test_ndcg_rewards_the_best_document_first(ranked: list[str], gains: dict[str, int], value: float) -> None:
    assert ndcg(ranked, gains) == pytest.approx(value, abs=1e-3)


def test_graded_judgements_go_before_plain_ones() -> None:
    assert gains_of({"qrels": {"a": 3}}) == {"a": 3}
    assert gains_of({"relevant": ["a", "b"]}) == {"a": 1, "b": 1}
