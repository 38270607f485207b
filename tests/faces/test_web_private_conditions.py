"""The page of a private run offers what such a run draws under, and nothing else."""

from __future__ import annotations

import pytest

from tests.faces.pages import signed_in, work_off
from tests.faces.private_runs import proving_synthesizer  # noqa: F401  a fixture
from tests.faces.test_web_privacy import started

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proving_synthesizer"),
]


@pytest.mark.parametrize("synthesizer", ["marginals", "autoregressive"])
def test_a_private_run_offers_conditions_but_neither_shares_nor_completing(synthesizer):
    browser = signed_in()
    run = started(browser, synthesizer=synthesizer)
    work_off()
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert 'name="where"' in page
    for absent in ('name="amplify"', 'name="stratify"', 'name="impute"', 'id="complete"'):
        assert absent not in page


def test_more_rows_of_a_private_run_are_asked_for_under_a_condition():
    browser = signed_in()
    run = started(browser, synthesizer="marginals")
    work_off()
    sent = {"rows": 5, "seed": 3, "where": "age>=40"}
    assert browser.post(f"/runs/{run.id}/", sent).status_code == 302
    refused = browser.post(f"/runs/{run.id}/", {**sent, "amplify": "city=Bern:2"})
    assert "only under differential privacy" in refused.content.decode()
    assert run.synthetics.count() == 2


def test_a_run_without_privacy_still_offers_all_of_it():
    browser = signed_in()
    run = started(browser, private="", synthesizer="autoregressive")
    work_off()
    page = browser.get(f"/runs/{run.id}/").content.decode()
    assert 'name="where"' in page
    assert 'name="amplify"' in page
    assert 'id="complete"' in page
