from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import BadFilter
from knowledge.filters import Filters
from knowledge.open import open_library
from knowledge.types import Guideline


def _stands(g: dict[str, Any], **filters: Any) -> bool:
    return Filters(**filters).guideline()(Guideline("id", g.pop("title", "Asthma"), "", **g))


@pytest.mark.parametrize(
    ("guideline", "filters"),
    [
        ({"publisher": "National Institute for Health and Care Excellence"}, {"publishers": ["NICE"]}),
        ({"publisher": "European Society of Cardiology; BACPR"}, {"publishers": ["esc"]}),
        ({"publisher": "中华医学会呼吸病学分会"}, {"publishers": ["中华医学会"]}),
        ({"published": "2024-07"}, {"year_from": 2024, "year_to": 2024}),
        ({"published": "2019"}, {"year_to": 2020}),
        ({"population": "people aged 65 years or more"}, {"populations": ["adults"]}),
        ({"population": "people aged 65 years or more"}, {"populations": ["older people"]}),
        ({"population": "成人高血压患者"}, {"populations": ["adults"]}),
        ({"population": "children under 5 years"}, {"populations": ["儿童"]}),
        ({"population": "pregnant women and women after birth"}, {"populations": ["pregnancy"]}),
        ({"topics": ("atrial fibrillation", "af")}, {"topics": ["AF"]}),
        ({"topics": ("房颤",)}, {"topics": ["atrial fibrillation"]}),
        ({"language": "zh-CN"}, {"language": "zh"}),
        ({"collection": "ward"}, {"collections": ["ward", "clinic"]}),
    ],
)
def test_a_guideline_stands_where_it_is_what_the_filter_asks(
    guideline: dict[str, Any], filters: dict[str, Any]
) -> None:
    assert _stands(guideline, **filters)


@pytest.mark.parametrize(
    ("guideline", "filters"),
    [
        ({"publisher": "Nicephore Institute"}, {"publishers": ["NICE"]}),
        ({"publisher": "a nice publisher"}, {"publishers": ["NICE"]}),
        ({"published": ""}, {"year_from": 1990}),
        ({"published": "2018-03"}, {"year_from": 2019}),
        ({"population": "non-pregnant adults"}, {"populations": ["pregnancy"]}),
        ({"population": "成人非透析慢性肾脏病患者"}, {"populations": ["dialysis"]}),
        ({"population": "adults outside palliative care"}, {"populations": ["palliative care"]}),
        ({"population": "children aged 2 years or more"}, {"populations": ["adults"]}),
        ({"population": ""}, {"populations": ["adults"]}),
        ({"topics": ("heart failure",)}, {"topics": ["acute kidney failure"]}),
        ({"language": "en"}, {"language": "zh"}),
    ],
)
def test_a_look_alike_does_not_stand(guideline: dict[str, Any], filters: dict[str, Any]) -> None:
    assert not _stands(guideline, **filters)


@pytest.mark.parametrize(
    ("printed", "asked", "stands"),
    [
        ("Class I, Level A", "Class I", True),
        ("Class IIa, Level B", "Class I", False),
        ("Class I, Level A", "strong", True),
        ("Ⅰ类，A级", "strong", True),
        ("强推荐, 中等质量", "strong", True),
        ("Class IIa, Level B", "strong", False),
        ("Ⅱa类，B级", "strong", False),
        ("Class IIa, Level B", "weak", True),
        ("SSC 2021: weak, low", "weak", True),
        ("Class III, Level A", "strong", False),
        ("Class III, Level A", "against", True),
        ("Grade 1B", "1B", True),
        ("Grade 1A", "1B", False),
        ("1B", "1B", True),
        ("", "strong", False),
    ],
)
def test_a_grade_is_found_as_printed_or_by_its_tier(printed: str, asked: str, stands: bool) -> None:
    assert Filters(grades=[asked]).graded(printed) is stands


@pytest.mark.parametrize(
    ("filters", "remedy"),
    [
        ({"year_from": 2024, "year_to": 2020}, "Exchange"),
        ({"year_from": 24}, "Correct the year"),
        ({"publishers": "NICE"}, "Write"),
        ({"topics": [" "]}, "Leave it out"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_plainly(filters: dict[str, Any], remedy: str) -> None:
    with pytest.raises(BadFilter, match=remedy):
        Filters(**filters)


def _shelf(tmp_path: Path, guideline: Callable[..., Path]) -> list[Path]:
    return [
        guideline(
            "old",
            "Give remedy one. [Class IIb, Level C]\n",
            doc_id="old",
            title="Gout",
            publisher="WHO",
            published="2012",
            population="adults",
        ),
        guideline(
            "new",
            "Give remedy two. [Class I, Level A]\n",
            doc_id="new",
            title="Gout",
            publisher="NICE",
            published="2024",
            population="children",
        ),
    ]


@pytest.mark.usefixtures("quick_vectors")
@pytest.mark.parametrize(
    "filters",
    [
        {"year_from": 2020},
        {"publishers": ["nice"]},
        {"populations": ["child"]},
        {"grades": ["strong"]},
        {"year_to": 2030, "grades": ["Class I"], "publishers": ["NICE", "ESC"]},
    ],
)
def test_a_search_returns_only_what_all_filters_leave(
    tmp_path: Path, guideline: Callable[..., Path], filters: dict[str, Any]
) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(_shelf(tmp_path, guideline))
        assert {h.passage.doc_id for h in library.search("remedy").passages} == {"old", "new"}
        assert [h.passage.doc_id for h in library.search("remedy", **filters).passages] == ["new"]
        assert library.search("remedy", year_from=2023, publishers=["WHO"]).passages == ()


@pytest.mark.usefixtures("quick_vectors")
def test_the_command_line_and_the_langchain_retriever_take_the_filters(
    tmp_path: Path, guideline: Callable[..., Path]
) -> None:
    from typer.testing import CliRunner

    from knowledge.cli import app

    store = str(tmp_path / "store")
    with open_library(tmp_path / "store") as library:
        library.ingest(_shelf(tmp_path, guideline))
        found = library.as_langchain_retriever(k=5, year_from=2020).invoke("Give remedy two for gout")
        assert {d.metadata["doc_id"] for d in found} == {"new"}
    run = CliRunner().invoke(
        app, ["search", "remedy", "--store", store, "--json", "--publisher", "WHO", "--year-to", "2015"]
    )
    assert [p["doc_id"] for p in json.loads(run.stdout)["passages"]] == ["old"]
    (tmp_path / "q.jsonl").write_text('{"query_id": "1", "query": "remedy"}\n')
    arguments = ["batch-search", "--in", str(tmp_path / "q.jsonl"), "--out", str(tmp_path / "h.jsonl")]
    CliRunner().invoke(app, [*arguments, "--store", store, "--population", "children", "--grade", "strong"])
    row = json.loads((tmp_path / "h.jsonl").read_text())
    assert [p["doc_id"] for p in row["passages"]] == ["new"]
