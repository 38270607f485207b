"""Logs of events by the pages: what is suggested, confirmed, counted and said of a run."""

from __future__ import annotations

import re

import pytest

from adapters.orm.models import DatasetRow, SyntheticDatasetRow, TrainingRunRow
from tests.faces.pages import (
    Browser,
    refusal_in,
    signed_in,
    uploaded,
    work_off,
)
from tests.small_tables import hourly_csv, payments_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_synthesizer")]

KEYS = {"entity": "account_id", "time": "date"}
SAID = {"log-0": "on", "entity-0": "account_id", "time-0": "date"}


def _profiled(browser: Browser, content: bytes) -> DatasetRow:
    dataset = uploaded(browser, content)
    work_off()
    dataset.refresh_from_db()
    return dataset


def _confirmed(browser: Browser, content: bytes, fields: dict[str, str]) -> DatasetRow:
    dataset = _profiled(browser, content)
    assert browser.post(f"/datasets/{dataset.id}/columns/", fields).status_code == 302
    dataset.refresh_from_db()
    return dataset


def _sequence(dataset: DatasetRow) -> dict | None:
    dataset.refresh_from_db()
    [table] = dataset.metadata["tables"].values()
    return table["sequence"]


def _page(browser: Browser, path: str, **query: str) -> str:
    return browser.get(path, query).content.decode()


def _selected(page: str, field: str) -> str:
    [select] = re.findall(rf'<select[^>]* name="{field}"[^>]*>(.*?)</select>', page, re.DOTALL)
    return re.sub("<.*?>", "", re.search(r"<option[^>]* selected>([^<]*)", select)[1])


def test_a_table_that_looks_like_a_log_comes_with_its_keys_chosen():
    browser = signed_in()
    page = _page(browser, f"/datasets/{_profiled(browser, payments_csv()).id}/columns/")
    assert "it looks like events of “account_id” ordered by “date”" in page
    assert 'name="log-0" checked' in page
    assert (_selected(page, "entity-0"), _selected(page, "time-0")) == ("account_id", "date")


def test_a_table_of_people_comes_without():
    browser = signed_in()
    dataset = _profiled(browser, None)
    page = _page(browser, f"/datasets/{dataset.id}/columns/")
    assert 'name="log-0">' in page
    assert "it looks like" not in page


def test_what_the_person_says_of_a_log_is_confirmed_with_the_columns():
    browser = signed_in()
    dataset = _confirmed(browser, payments_csv(), SAID)
    assert _sequence(dataset) == KEYS
    path = f"/datasets/{dataset.id}/columns/"
    browser.post(path, {"entity-0": "account_id", "time-0": "date"})
    assert _sequence(dataset) is None
    assert 'name="log-0">' in _page(browser, path), "a suggestion once refused stays unticked"
    browser.post(path, {"log-0": "on", "entity-0": "", "time-0": ""})
    assert _sequence(dataset) == {"entity": None, "time": None}


def test_keys_that_cannot_serve_are_refused_and_the_choice_stays_on_the_page():
    browser = signed_in()
    dataset = _profiled(browser, payments_csv())
    response = browser.post(f"/datasets/{dataset.id}/columns/", {**SAID, "time-0": "kind"})
    assert response.status_code == 400
    assert "“kind” cannot be read as a time" in refusal_in(response)
    page = response.content.decode()
    assert (_selected(page, "entity-0"), _selected(page, "time-0")) == ("account_id", "kind")


def test_a_key_cannot_be_left_out_of_the_twin_later():
    browser = signed_in()
    dataset = _confirmed(browser, payments_csv(), SAID)
    response = browser.post(f"/datasets/{dataset.id}/columns/", {"pii-0-0": "drop"})
    assert response.status_code == 400
    assert "“account_id” is left out" in refusal_in(response)


def test_the_start_page_of_a_log_says_what_is_learned_and_counts_entities():
    browser = signed_in()
    path = f"/datasets/{_confirmed(browser, payments_csv(), SAID).id}/start/"
    page = _page(browser, path)
    assert "events of “account_id” ordered by “date”, as confirmed" in page
    assert 'name="entities"' in page
    assert "Entities to draw, counted by account_id" in page
    assert 'value="sequences"' in page
    assert _selected(page, "entity") == "account_id", "whom ε would protect"
    rowwise = _page(browser, path, synthesizer="autoregressive")
    assert 'name="rows"' in rowwise
    assert 'name="entities"' not in rowwise


def test_another_synthesizer_changes_what_is_counted_and_keeps_what_was_typed():
    browser = signed_in()
    path = f"/datasets/{_confirmed(browser, payments_csv(), SAID).id}/start/"
    answer = browser.get(
        path, {"synthesizer": "sequences", "entities": "7"}, HTTP_HX_REQUEST="true"
    )
    part = answer.content.decode()
    assert 'id="size" hx-swap-oob="true"' in part
    assert re.search(r'name="entities" value="7"', part)


def test_a_log_starts_as_histories_and_its_run_says_so():
    browser = signed_in()
    dataset = _confirmed(browser, payments_csv(), SAID)
    form = {"synthesizer": "auto", "seed": 0, "holdout_percent": 20, "entities": 6}
    answer = browser.post(f"/datasets/{dataset.id}/start/", form)
    run = TrainingRunRow.objects.get()
    assert (run.synthesizer, run.sequences) == ("sequences", {"people": KEYS})
    assert SyntheticDatasetRow.objects.get().rows == 6
    work_off()
    page = _page(browser, answer["Location"])
    assert "events of “account_id” ordered by “date”" in page
    assert " of account_id, with whole histories" in page
    assert "Entities to draw, counted by account_id" in page
    more = browser.post(answer["Location"], {"entities": 3, "seed": 4})
    assert more.status_code == 302
    assert set(SyntheticDatasetRow.objects.values_list("rows", flat=True)) == {6, 3}
    SyntheticDatasetRow.objects.filter(rows=3).update(given_blob="given")  # as if continued
    page = _page(browser, answer["Location"])
    assert "Continued histories" in page
    assert "Completed rows" not in page


def test_entities_of_a_log_that_is_learned_row_by_row_are_refused_on_a_form_that_counts_rows():
    browser = signed_in()
    dataset = _confirmed(browser, payments_csv(), SAID)
    form = {"synthesizer": "tvae", "seed": 0, "holdout_percent": 20, "entities": 6}
    response = browser.post(f"/datasets/{dataset.id}/start/", form)
    assert response.status_code == 400
    assert "Entities are counted where" in refusal_in(response)
    assert 'name="rows"' in response.content.decode()


def test_of_one_series_rows_are_counted_and_nothing_is_held_out():
    browser = signed_in()
    said = {"log-0": "on", "entity-0": "", "time-0": "time"}
    dataset = _confirmed(browser, hourly_csv(), said)
    assert 'name="rows"' in _page(browser, f"/datasets/{dataset.id}/start/")
    form = {"synthesizer": "sequences", "seed": 0, "holdout_percent": 20, "rows": 30}
    answer = browser.post(f"/datasets/{dataset.id}/start/", form)
    work_off()
    page = _page(browser, answer["Location"])
    assert "one long series ordered by “time”" in page
    assert "nothing: it is one series" in page
