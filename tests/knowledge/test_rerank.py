"""A real cross-encoder of two tiny layers, built here from its configuration: what it says is chance, that it is asked is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.errors import EmbeddingModelNotFound
from knowledge.open import open_library
from knowledge.rerank import Reranker


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("cross-encoder")
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] gout remedy rest ice heat one two three give for .".split()
    (folder / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), vocab_file=str(folder / "vocab.txt")).save_pretrained(
        folder
    )
    return str(folder)


@pytest.mark.slow
def test_the_order_is_that_of_the_models_scores(tiny: str) -> None:
    reranker = Reranker(tiny)
    texts = ["give rest for gout", "ice", "heat three two one"]
    scores = reranker.scores("gout remedy", texts)
    assert len(set(scores)) == len(texts)
    assert reranker.order("gout remedy", texts) == sorted(range(3), key=lambda i: -scores[i])
    assert reranker.scores("gout", []) == []


@pytest.mark.slow
@pytest.mark.usefixtures("quick_vectors")
def test_a_search_is_ordered_by_the_model_where_one_is_set(
    tmp_path: Path, guideline: Callable[..., Path], tiny: str
) -> None:
    texts = {"a": "Gout remedy rest.", "b": "Gout remedy ice.", "c": "Gout remedy heat for gout."}
    paths = [guideline(name, f"{text}\n", doc_id=name, title="Gout") for name, text in texts.items()]
    with open_library(tmp_path / "store") as library:
        library.ingest(paths)
        plain = {h.passage.doc_id for h in library.search("gout remedy").passages}
    with open_library(tmp_path / "store", rerank_model=tiny) as library:
        found = library.search("gout remedy").passages
    best = Reranker(tiny).order("gout remedy", [f"Gout: {h.passage.text}" for h in found])
    assert {h.passage.doc_id for h in found} == plain
    assert best == list(range(len(found)))


def test_a_model_that_is_not_there_is_named_when_it_is_first_needed() -> None:
    reranker = Reranker("/nowhere/cross-encoder")
    with pytest.raises(EmbeddingModelNotFound, match="RERANK_MODEL"):
        reranker.scores("gout", ["rest"])
