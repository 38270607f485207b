from __future__ import annotations

import pytest
from django.test import override_settings

from adapters.orm.models import AuditEntryRow, DatasetRow, JobRow, TrainingRunRow
from tests.faces.pages import (
    Browser,
    confirmed,
    profiled,
    refusal_in,
    signed_in,
    uploaded,
    work_off,
)

pytestmark = pytest.mark.django_db(transaction=True)


def _specs(dataset: DatasetRow) -> dict[str, dict]:
    dataset.refresh_from_db()
    [table] = dataset.metadata["tables"].values()
    return {c["name"]: c for c in table["columns"]}


def _start(browser: Browser, dataset: DatasetRow, **fields: object):
    form = {"synthesizer": "autoregressive", "seed": 0, "holdout_percent": 20, **fields}
    return browser.post(f"/datasets/{dataset.id}/start/", form)


def test_a_dataset_page_says_what_comes_next_at_each_step():
    browser = signed_in()
    waiting = uploaded(browser)
    assert "Columns confirmed" not in browser.get(f"/datasets/{waiting.id}/").content.decode()
    assert "being profiled" in browser.get(f"/datasets/{waiting.id}/").content.decode()
    ready = profiled(browser)
    assert "confirm the column types" in browser.get(f"/datasets/{ready.id}/").content.decode()
    assert "Columns confirmed" not in browser.get(f"/datasets/{ready.id}/").content.decode()
    browser.post(f"/datasets/{ready.id}/columns/")
    assert "Columns confirmed" in browser.get(f"/datasets/{ready.id}/").content.decode()
    assert "Start a synthesis" in browser.get(f"/datasets/{ready.id}/").content.decode()


def test_the_page_asks_again_each_second_only_while_the_profile_runs():
    browser = signed_in()
    dataset = uploaded(browser)
    assert "every 1s" in browser.get(f"/datasets/{dataset.id}/").content.decode()
    done = profiled(browser)
    assert "every 1s" not in browser.get(f"/datasets/{done.id}/").content.decode()


def test_preview_and_profile_show_real_values_and_are_audited():
    browser = signed_in()
    dataset = profiled(browser)
    assert "Bern" in browser.get(f"/datasets/{dataset.id}/preview/").content.decode()
    profile = browser.get(f"/datasets/{dataset.id}/profile/").content.decode()
    assert "Bern" in profile
    assert "<rect" in profile
    actions = set(AuditEntryRow.objects.values_list("action", flat=True))
    assert {"dataset.previewed", "profile.viewed"} <= actions


def test_confirming_takes_what_the_person_chose():
    browser = signed_in()
    dataset = profiled(browser)
    names = list(_specs(dataset))
    fields = {
        f"type-0-{names.index('age')}": "categorical",
        f"pii-0-{names.index('city')}": "drop",
    }
    answer = browser.post(f"/datasets/{dataset.id}/columns/", fields)
    assert answer["Location"] == f"/datasets/{dataset.id}/start/"
    specs = _specs(dataset)
    assert specs["age"]["sdtype"] == "categorical"
    assert specs["city"]["pii_action"] == "drop"
    assert specs["income"]["sdtype"] == "float"
    assert (dataset.confirmed_by, dataset.confirmation) == ("ada", "seen")


def test_columns_that_nobody_looked_at_are_not_called_confirmed():
    browser = signed_in()
    dataset = confirmed(browser)
    DatasetRow.objects.update(confirmation="")  # as before it was on record
    page = browser.get(f"/datasets/{dataset.id}/").content.decode()
    assert "Columns confirmed" not in page
    assert "nobody looked" in page
    assert "nobody looked" in browser.get(f"/datasets/{dataset.id}/columns/").content.decode()
    project = browser.get(f"/projects/{dataset.project_id}/").content.decode()
    assert "Nobody looked at columns" in project


def test_a_person_says_whether_a_value_means_missing():
    browser = signed_in()
    people = b"age,work\n" + b"".join(b"%d,%s\n" % (n, b"?AB"[n % 3 :][:1]) for n in range(60))
    dataset = uploaded(browser, people)
    work_off()
    path = f"/datasets/{dataset.id}/columns/"
    assert "What “?” means" in browser.get(path).content.decode()
    browser.post(path, {"missing-0-1": "missing"})
    dataset.refresh_from_db()
    assert _specs(dataset)["work"]["missing_word"] == "?"
    assert '<option value="missing" selected>' in browser.get(path).content.decode()
    browser.post(path, {"missing-0-1": "value"})
    dataset.refresh_from_db()
    assert _specs(dataset)["work"]["missing_word"] == ""


def test_a_person_says_what_happens_to_cells_without_a_time():
    browser = signed_in()
    rows = b"".join(b"%02d.05.2024,%d\n" % (n, n) for n in range(1, 31))
    dataset = uploaded(browser, b"when,x\n" + rows + b"soon,31\n")
    work_off()
    path = f"/datasets/{dataset.id}/columns/"
    assert '<option value="tag" selected>' in browser.get(path).content.decode()
    browser.post(path, {"times-0-0": "interpolate"})
    dataset.refresh_from_db()
    assert _specs(dataset)["when"]["unreadable_times"] == "interpolate"
    answer = browser.post(path, {"times-0-0": "refuse"})
    assert "1 cell(s) that are no datetime value" in answer.content.decode()


def test_a_type_that_the_cells_do_not_fit_is_refused_and_the_choice_stays_on_the_page():
    browser = signed_in()
    dataset = profiled(browser)
    field = f"type-0-{list(_specs(dataset)).index('city')}"
    response = browser.post(f"/datasets/{dataset.id}/columns/", {field: "integer"})
    assert response.status_code == 400
    assert "city" in refusal_in(response)
    assert '<option value="integer" selected>' in response.content.decode()
    dataset.refresh_from_db()
    assert dataset.confirmed_at is None


def test_a_type_that_does_not_exist_is_refused():
    browser = signed_in()
    dataset = profiled(browser)
    response = browser.post(f"/datasets/{dataset.id}/columns/", {"type-0-0": "colour"})
    assert response.status_code == 400
    assert "integer" in refusal_in(response)


def test_columns_wait_for_the_profile():
    browser = signed_in()
    response = browser.get(f"/datasets/{uploaded(browser).id}/columns/")
    assert response.status_code == 409
    assert "not profiled yet" in refusal_in(response)
    assert "Back to the dataset" in response.content.decode()


def test_starting_waits_for_confirmed_columns():
    browser = signed_in()
    response = browser.get(f"/datasets/{profiled(browser).id}/start/")
    assert response.status_code == 409
    assert "Confirm the columns" in refusal_in(response)


def test_starting_queues_four_jobs_and_opens_the_run():
    browser = signed_in()
    dataset = confirmed(browser)
    answer = _start(browser, dataset, rows=50, seed=7, target="rich", evaluate="on", pack="on")
    run = TrainingRunRow.objects.get()
    assert answer["Location"] == f"/runs/{run.id}/"
    assert (run.seed, run.target, run.holdout_share) == (7, "rich", 0.2)
    kinds = set(JobRow.objects.exclude(kind="profile").values_list("kind", flat=True))
    assert kinds == {"fit", "sample", "evaluate", "pack"}


def test_evaluation_and_pack_can_be_left_out():
    browser = signed_in()
    _start(browser, confirmed(browser))
    kinds = set(JobRow.objects.exclude(kind="profile").values_list("kind", flat=True))
    assert kinds == {"fit", "sample"}


def test_settings_of_the_synthesizer_are_taken():
    browser = signed_in()
    _start(browser, confirmed(browser), **{"setting-max_epochs": "3"})
    assert TrainingRunRow.objects.get().settings == {"max_epochs": 3}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"synthesizer": "magic"}, "no synthesizer “magic”"),
        ({"target": "shoe size"}, "no column named “shoe size”"),
        ({"rows": "0"}, "number of rows"),
        ({"rows": "many"}, "Rows to draw"),
        ({"seed": "-1"}, "seed"),
        ({"holdout_percent": "80"}, "holdout share"),
        ({"setting-max_epochs": "-1"}, "max_epochs"),
        ({"setting-colour": "red"}, "no setting “colour”"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused_on_the_form(fields: dict, words: str):
    browser = signed_in()
    dataset = confirmed(browser)
    response = _start(browser, dataset, **fields)
    assert response.status_code == 400
    assert words in refusal_in(response)
    assert "<form" in response.content.decode()
    assert not TrainingRunRow.objects.exists()


def test_a_holdout_dataset_can_be_chosen():
    browser = signed_in()
    dataset = confirmed(browser)
    other = uploaded(browser, role="holdout")
    assert str(other.id) in browser.get(f"/datasets/{dataset.id}/start/").content.decode()
    _start(browser, dataset, holdout_dataset=str(other.id))
    assert TrainingRunRow.objects.get().holdout_dataset_id == other.id


def test_sdv_stands_on_the_form_with_its_licence_unless_switched_off():
    browser = signed_in()
    address = f"/datasets/{confirmed(browser).id}/start/"
    offered = browser.get(address).content.decode()
    assert "Business Source License" in offered
    assert "sdv-ctgan" in offered
    with override_settings(STUDIO_SDV=False):
        assert "sdv-ctgan" not in browser.get(address).content.decode()


def test_choosing_another_synthesizer_brings_its_settings():
    browser = signed_in()
    address = f"/datasets/{confirmed(browser).id}/start/?synthesizer=sdv-ctgan"
    part = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'name="setting-epochs"' in part
    assert "<html" not in part


def test_a_deleted_dataset_is_gone_after_one_question():
    browser = signed_in()
    dataset = profiled(browser)
    address = f"/datasets/{dataset.id}/delete/"
    assert "cannot be read again" in browser.get(address).content.decode()
    assert browser.post(address).status_code == 302
    assert browser.get(f"/datasets/{dataset.id}/").status_code == 404
    assert browser.get(f"/datasets/{dataset.id}/preview/").status_code == 404


def test_a_profile_can_be_asked_for_again_but_not_twice_at_once():
    browser = signed_in()
    dataset = profiled(browser)
    address = f"/datasets/{dataset.id}/profile-again/"
    assert browser.post(address).status_code == 302
    again = browser.post(address)
    assert again.status_code == 409
    assert "already" in refusal_in(again)


def test_the_form_says_what_the_fit_would_take_as_it_is_set_up():
    browser = signed_in()
    dataset = confirmed(browser)
    address = f"/datasets/{dataset.id}/estimate/"
    assert f'hx-post="{address}"' in browser.get(f"/datasets/{dataset.id}/start/").content.decode()
    told = browser.post(address, {"synthesizer": "auto", "holdout_percent": 20}).content.decode()
    assert "Chosen automatically" in told
    assert "Fitting is expected to take about " in told
    assert "estimated from the size of the table" in told
    other = browser.post(address, {"synthesizer": "sdv-ctgan"}).content.decode()
    assert "not known beforehand" in other


def test_with_privacy_ticked_the_form_says_the_private_choice_and_no_time():
    browser = signed_in()
    address = f"/datasets/{confirmed(browser).id}/estimate/"
    told = browser.post(address, {"synthesizer": "auto", "private": "on"}).content.decode()
    assert "“marginals”" in told
    assert "is not estimated" in told
    assert "expected to take" not in told


def test_an_estimate_that_cannot_be_made_says_why_in_its_place():
    browser = signed_in()
    dataset = confirmed(browser)
    sent = {"synthesizer": "autoregressive", "setting-max_epochs": "many", "holdout_percent": "x"}
    told = browser.post(f"/datasets/{dataset.id}/estimate/", sent)
    assert told.status_code == 200
    assert "max_epochs" in told.content.decode()


def test_the_start_page_says_who_takes_conditions_and_what_automatic_choice_sets():
    browser = signed_in()
    address = f"/datasets/{confirmed(browser).id}/start/"
    page = browser.get(f"{address}?synthesizer=auto").content.decode()
    assert "Taken by: Automatic choice, Autoregressive network" in page
    assert "The chosen synthesizer trains with its default settings" in page
    assert 'hx-trigger="load, change' in page
    refused = browser.post(address, {"synthesizer": "auto", "seed": "x"}).content.decode()
    assert 'hx-trigger="load' not in refused  # the estimate would say the same refusal again
