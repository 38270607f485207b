"""The evaluation page: verdict, charts as specifications, and every word as a word."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.utils import timezone

from adapters.orm.lines import EvaluationHeader
from apps.web.views import evidence
from domain.evaluation.report import EvaluationReport
from tests.domain.evaluation.pictured import HOSTILE, NAMES, pictured_report
from tests.faces.pages import Browser, signed_in

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    """What a browser would read: tags with their attributes, and the words between them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    @property
    def drawings(self) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.tags if "data-chart" in attrs]

    @property
    def specifications(self) -> list[dict]:
        return [json.loads(attrs["data-chart"] or "") for attrs in self.drawings]


@pytest.fixture
def person() -> Browser:
    return signed_in()


@pytest.fixture
def show(monkeypatch, person):
    def shown(report: EvaluationReport, dataset: str = "people.csv") -> Page:
        header = EvaluationHeader(
            id=uuid4(),
            created_at=timezone.now(),
            run_id=uuid4(),
            synthesizer="autoregressive",
            seed=1,
            rows=100,
            target="city",
            dataset_link=None,
            dataset=dataset,
            project_id=uuid4(),
            project="Default",
        )
        monkeypatch.setattr(evidence.queries, "evaluation", lambda *_: header)
        monkeypatch.setattr(evidence.web, "read_evaluation", lambda: lambda *_, **__: report)
        response = person.get(f"/evaluations/{header.id}/")
        assert response.status_code == 200
        return Page(response.content.decode())

    return shown


def test_the_verdict_stands_first_with_its_reasons(show):
    page = show(pictured_report())
    assert "Verdict: release with conditions" in page.words
    assert "(limit −0.030). Train longer." in page.words
    assert page.words.index("Train longer.") < page.words.index("Similarity")
    assert ("section", "card verdict release-with-conditions") in [
        (tag, attrs.get("class")) for tag, attrs in page.tags
    ]


def test_every_chapter_has_its_charts_and_every_chart_its_finding_in_words(show):
    page = show(pictured_report())
    assert len(page.drawings) == 3 + 3 + 1 + 3 + 2 + 4
    ids = {attrs.get("id") for _, attrs in page.tags}
    for drawing in page.drawings:
        assert drawing["role"] == "img"
        assert drawing["aria-labelledby"] in ids
    for words in (
        "In this chart most differs",
        "2 synthetic histories, one below the other (thin), over the band",
        "age and itself differ most 2 events later",
        "knows synthetic rows best by age",
        "Attacks on everybody",
    ):
        assert words in page.words


def test_without_scripts_the_page_still_holds_every_number(show):
    page = show(pictured_report())
    for name in NAMES:
        assert name in page.words
    for number in ("0.850", "−0.050", "0.400", "30.0%", "0.810"):
        assert number in page.words


def test_a_per_cent_sign_stays_with_its_number(show):
    words = show(pictured_report()).words
    assert "50.0\u00a0% of training" in words
    assert " %" not in words


def test_what_a_score_has_not_is_marked_so_that_a_narrow_page_can_leave_it_out(show):
    page = show(pictured_report())
    limits = [attrs["class"] for _, attrs in page.tags if attrs.get("data-label") == "Limit"]
    assert set(limits) == {"num", "num absent"}


def test_hostile_column_names_are_words_and_nothing_else(show):
    page = show(pictured_report(HOSTILE), dataset=HOSTILE[0])
    for name in HOSTILE:
        assert name in page.words
    titles = json.dumps(page.specifications, ensure_ascii=False)
    assert HOSTILE[2] in titles
    assert all(attrs.get("src") for tag, attrs in page.tags if tag == "script")
    assert not [tag for tag, _ in page.tags if tag == "style"]
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on") or a == "style"]


def test_charts_are_loaded_only_where_there_are_some(show, person):
    def scripts(page: Page) -> str:
        return " ".join(attrs.get("src") or "" for tag, attrs in page.tags if tag == "script")

    assert "vega" not in scripts(Page(person.get("/").content.decode()))
    loaded = scripts(show(pictured_report()))
    assert re.search(r"vega-6\.\d+\.\d+.*vega-lite-6.*vega-embed-7.*charts", loaded)


def test_the_policy_stays_free_of_eval(show, person):
    policy = person.get("/")["Content-Security-Policy"]
    assert "unsafe" not in policy


def test_the_other_columns_of_a_wide_table_wait_behind_a_fold(show):
    report = pictured_report()
    many = tuple(
        report.overlays[0].from_document({**report.overlays[0].to_document(), "column": f"c{i}"})
        for i in range(30)
    )
    page = show(EvaluationReport(scores=report.scores, overlays=many))
    assert "The other 21 columns" in page.words


def test_five_hundred_columns_make_a_page_of_under_two_megabytes(show, person):
    report = pictured_report()
    first = report.overlays[0].to_document()
    wide = {
        **first,
        "edges": [float(i) for i in range(26)],
        **{side: [i * 7 for i in range(25)] for side in ("real", "held_out", "synthetic")},
    }
    many = tuple(
        report.overlays[0].from_document({**wide, "column": f"laboratory value {i}"})
        for i in range(500)
    )
    page = show(EvaluationReport(scores=report.scores, overlays=many))
    assert len(page.drawings) > 500
    assert sum(len(attrs["data-chart"] or "") for attrs in page.drawings) < 2_000_000
