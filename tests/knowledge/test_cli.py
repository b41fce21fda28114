from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def knowledge(*arguments: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "knowledge", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, env={**os.environ, "OMP_NUM_THREADS": "2", **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("cli")
    rows = [
        {"doc_id": "gout", "title": "Gout", "text": "Colchicine 0.5 mg eases an acute attack of gout.", "publisher": "ACR", "edition": "2", "published": "2020"},
        {"doc_id": "asthma", "title": "Asthma", "text": "Salbutamol by inhaler relieves wheeze in asthma."},
    ]  # fmt: skip
    (home / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n", encoding="utf-8")
    done = knowledge("ingest", home / "rows.jsonl", home / "gone.md", "--store", home / "store")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["documents"], report["passages"]) == (2, 2)
    assert [Path(s["path"]).name for s in report["skipped"]] == ["rows.jsonl:3", "gone.md"]
    return home / "store"


@pytest.mark.slow
def test_search_prints_the_contract_with_the_real_model(store: Path) -> None:
    done = knowledge(
        "search", "medicine for a swollen painful big toe from uric acid", "-k", 1, "--store", store, "--json"
    )
    assert (done.returncode, done.stderr) == (0, "")
    (hit,) = json.loads(done.stdout)["passages"]
    assert (hit["doc_id"], hit["publisher"], hit["edition"], hit["published"], hit["superseded_by"]) == (
        "gout",
        "ACR",
        "2",
        "2020",
        None,
    )
    shown = json.loads(knowledge("show", "gout", "--store", store, "--json").stdout)
    assert shown["text"][hit["start"] : hit["end"]] == hit["text"]


@pytest.mark.slow
def test_batch_search_answers_good_rows_and_names_bad_ones(store: Path, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text(
        '{"query_id": 1, "query": "wheeze"}\n{broken\n{"query_id": 3}\n', encoding="utf-8"
    )
    done = knowledge(
        "batch-search", "--in", tmp_path / "q.jsonl", "--out", tmp_path / "hits.jsonl", "--store", store
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "hits.jsonl").read_text().splitlines()]
    assert rows[0]["query_id"] == 1
    assert rows[0]["passages"][0]["doc_id"] == "asthma"
    assert rows[0]["seconds"] > 0
    assert [set(row) for row in rows[1:]] == [{"query_id", "error"}] * 2


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["show", "nosuch"], 2, "nosuch"),
        (["remove", "nosuch"], 2, "nosuch"),
        (["batch-search", "--in", "/nowhere/q.jsonl", "--out", "/tmp/x"], 2, "/nowhere/q.jsonl"),
        (["ingest", "/nowhere/x.md"], 2, "/nowhere/x.md"),
        (["search"], 2, "Missing argument"),
    ],
)
def test_bad_input_is_one_plain_line_and_exit_code_2(
    tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    done = knowledge(*arguments, "--store", tmp_path / "store")
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_an_embedding_model_that_is_not_here_is_named_and_nothing_is_downloaded(store: Path) -> None:
    done = knowledge("search", "gout", "--store", store, EMBEDDING_MODEL="nobody/no-such-model")
    assert done.returncode == 2
    assert "nobody/no-such-model" in done.stderr
    assert "Traceback" not in done.stderr


def test_list_and_remove(tmp_path: Path, store: Path) -> None:
    assert {d["doc_id"] for d in json.loads(knowledge("list", "--store", store).stdout)["documents"]} == {
        "gout",
        "asthma",
    }
