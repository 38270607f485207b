"""The evaluation dashboard in a real browser: every chart is drawn, and the policy has no word."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from adapters.documents.xhtml2pdf import Xhtml2PdfDocuments
from adapters.orm.lines import EvaluationHeader
from apps.web.views import evidence
from tests.chromium import chromium_here
from tests.domain.evaluation.pictured import HOSTILE, NAMES, pictured_report
from tests.faces.instance import person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

_ID = UUID(int=7)
_CHARTS = 16


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop of its own
    with chromium_here() as browser:
        yield browser
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def report(request, monkeypatch):
    """What the page shows: a report of columns with the names that a test asks for."""
    names = getattr(request, "param", NAMES)
    header = EvaluationHeader(
        id=_ID,
        created_at=timezone.now(),
        run_id=uuid4(),
        synthesizer="autoregressive",
        seed=1,
        rows=100,
        target=names[2],
        dataset_link=None,
        dataset="people.csv",
        project_id=uuid4(),
        project="Default",
    )
    shown = pictured_report(names)
    monkeypatch.setattr(evidence.queries, "evaluation", lambda *_: header)
    monkeypatch.setattr(evidence.web, "read_evaluation", lambda: lambda *_, **__: shown)
    return shown


def opened(chromium: Browser, address: str, client, width: int, scheme: str) -> tuple[Page, list]:
    client.force_login(person(), backend="django.contrib.auth.backends.ModelBackend")
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=address
    )
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"/evaluations/{_ID}/")
    return page, complaints


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(d => (d.open = true))")


def walk_down(page: Page) -> None:
    """Bring every chart into view, as a reader does."""
    for place in page.locator("[data-chart]").all():
        place.scroll_into_view_if_needed()
        place.locator("svg").wait_for()


@pytest.mark.parametrize("report", [NAMES, HOSTILE], indirect=True, ids=["names", "hostile"])
@pytest.mark.parametrize(("width", "scheme"), [(1250, "light"), (400, "dark")])
def test_every_chart_is_drawn_inside_the_page_without_a_complaint(
    chromium, live_server, client, report, width, scheme
):
    page, complaints = opened(chromium, live_server.url, client, width, scheme)
    walk_down(page)
    assert page.locator(".drawing svg").count() == _CHARTS
    assert complaints == []
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for box in (place.bounding_box() for place in page.locator(".drawing svg").all()):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 1
        assert box["height"] > 30
    page.context.close()


def test_charts_wait_until_they_come_into_view(chromium, live_server, client, report):
    page, _ = opened(chromium, live_server.url, client, 400, "light")
    page.wait_for_timeout(500)
    assert page.locator(".drawing svg").count() < _CHARTS
    page.context.close()


def test_a_page_that_is_printed_has_every_chart(chromium, live_server, client, report):
    page, complaints = opened(chromium, live_server.url, client, 400, "light")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"document.querySelectorAll('.drawing svg').length === {_CHARTS}")
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize(("width", "shown"), [(1250, True), (400, False)])
def test_a_missing_limit_takes_no_line_on_a_narrow_page(
    chromium, live_server, client, report, width, shown
):
    page, _ = opened(chromium, live_server.url, client, width, "light")
    missing = page.locator("td.absent[data-label=Limit]").first
    assert missing.is_visible() == shown
    page.context.close()


def test_colours_follow_the_scheme_without_drawing_again(chromium, live_server, client, report):
    page, _ = opened(chromium, live_server.url, client, 1250, "light")
    walk_down(page)
    colour = "getComputedStyle(document.querySelector('.drawing svg text')).fill"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) != light
    page.context.close()


@pytest.mark.parametrize("names", [NAMES, HOSTILE], ids=["names", "hostile"])
def test_the_page_that_stands_alone_asks_for_nothing(chromium, tmp_path: Path, names):
    file = tmp_path / "evaluation.html"
    file.write_bytes(Xhtml2PdfDocuments().html("evaluation", {"report": pictured_report(names)}))
    page = chromium.new_page(viewport={"width": 400, "height": 900})
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    assert page.locator(".drawn svg").count() == _CHARTS
    assert asked == [file.as_uri()]
    assert complaints == []
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.close()
