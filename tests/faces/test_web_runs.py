from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest

from adapters.orm.models import (
    AuditEntryRow,
    EvaluationRow,
    EvidencePackRow,
    JobRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from domain.kernel import Role
from tests.faces.instance import PASSWORD
from tests.faces.pages import (
    Browser,
    confirmed,
    refusal_in,
    signed_in,
    work_off,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_synthesizer"),
]


def _started(browser: Browser, **fields: object) -> TrainingRunRow:
    form = {
        "synthesizer": "autoregressive",
        "seed": 3,
        "rows": 60,
        "holdout_percent": 20,
        "target": "rich",
        "evaluate": "on",
        "pack": "on",
        **fields,
    }
    answer = browser.post(f"/datasets/{confirmed(browser).id}/start/", form)
    assert answer.status_code == 302, refusal_in(answer)
    return TrainingRunRow.objects.latest("created_at")


def _finished(browser: Browser, **fields: object) -> TrainingRunRow:
    run = _started(browser, **fields)
    work_off()
    return run


def _page(browser: Browser, run: TrainingRunRow) -> str:
    return browser.get(f"/runs/{run.id}/").content.decode()


@pytest.mark.usefixtures("quick_evaluation")
def test_a_run_shows_its_steps_while_it_works_and_its_results_afterwards():
    browser = signed_in()
    run = _started(browser)
    before = _page(browser, run)
    assert "every 1s" in before
    assert before.count("Waits for the step before") == 3
    work_off()
    after = _page(browser, run)
    assert "every 1s" not in after
    assert "160 rows" in after
    for what in ("Read the evaluation", "Download the pack", "CSV", "Parquet"):
        assert what in after


def test_the_automatic_choice_says_why_before_and_after_learning():
    browser = signed_in()
    run = _started(browser, synthesizer="auto", evaluate="", pack="")
    assert run.synthesizer == "autoregressive"
    assert "Chosen automatically: “autoregressive”, because " in _page(browser, run)
    work_off()
    assert "Chosen automatically: “autoregressive”, because " in _page(browser, run)


def test_the_learning_curve_is_drawn_with_its_words():
    browser = signed_in()
    run = _finished(browser, pack="", evaluate="")
    TrainingRunRow.objects.filter(id=run.id).update(
        synthesizer="autoregressive", curves={"people": [24.3, 20.1, 20.4]}
    )
    page = _page(browser, run)
    assert 'id="learning-curve-1-finding">The validation loss was 24.3' in page
    assert '"y":20.1' in page  # the chart's own data
    assert "20.1 in epoch 1, whose weights were kept" in page
    assert "style=" not in page  # the content security policy lets no inline style through


def test_a_running_step_says_what_it_does_and_how_long_it_will_take():
    browser = signed_in()
    run = _started(browser)
    JobRow.objects.filter(subject_id=run.id).update(
        state="running", done=30, total=120, note="epoch 3 of 12", seconds_left=95.0
    )
    assert "25.0 % · epoch 3 of 12 · about 2 min left" in _page(browser, run)
    JobRow.objects.filter(subject_id=run.id).update(done=0, total=0, seconds_left=None)
    assert "epoch 3 of 12 · estimating the time left" in _page(browser, run)


def test_a_partial_request_gets_the_steps_alone():
    browser = signed_in()
    run = _started(browser)
    part = browser.get(f"/runs/{run.id}/", headers={"HX-Request": "true"}).content.decode()
    assert 'id="steps"' in part
    assert "<html" not in part


def test_downloads_bring_the_files_and_are_audited():
    browser = signed_in()
    _finished(browser, evaluate="")
    synthetic, pack = SyntheticDatasetRow.objects.get(), EvidencePackRow.objects.get()
    csv = browser.get(f"/synthetic/{synthetic.id}/download/csv/")
    assert csv["Content-Disposition"] == 'attachment; filename="people-synthetic.csv"'
    rows = pd.read_csv(io.BytesIO(b"".join(csv.streaming_content)))
    assert len(rows) == 60
    parquet = browser.get(f"/synthetic/{synthetic.id}/download/parquet/")
    assert len(pd.read_parquet(io.BytesIO(b"".join(parquet.streaming_content)))) == 60
    zipped = browser.get(f"/packs/{pack.id}/download/")
    names = zipfile.ZipFile(io.BytesIO(b"".join(zipped.streaming_content))).namelist()
    assert {"manifest.json", "synthetic.csv", "model-card.pdf"} <= set(names)
    actions = list(AuditEntryRow.objects.values_list("action", flat=True))
    assert actions.count("synthetic.downloaded") == 2
    assert actions.count("pack.downloaded") == 1


def test_another_format_is_refused():
    browser = signed_in()
    _finished(browser, evaluate="", pack="")
    synthetic = SyntheticDatasetRow.objects.get()
    response = browser.get(f"/synthetic/{synthetic.id}/download/xlsx/")
    assert response.status_code == 400
    assert refusal_in(response) == "The format is csv, parquet or json."


@pytest.mark.usefixtures("short_boosting")
def test_the_evaluation_page_shows_every_score_with_its_sentence():
    browser = signed_in()
    _finished(browser, pack="")
    evaluation = EvaluationRow.objects.get()
    page = browser.get(f"/evaluations/{evaluation.id}/").content.decode()
    for words in (
        "Similarity",
        "Utility",
        "Leakage",
        "Privacy",
        "Column by column",
        "income",
        "<svg",
    ):
        assert words in page


def test_an_evaluation_that_is_not_measured_yet_says_so():
    browser = signed_in()
    _started(browser)
    response = browser.get(f"/evaluations/{EvaluationRow.objects.get().id}/")
    assert response.status_code == 409


def test_cancelling_stops_the_run_and_those_after_it():
    browser = signed_in()
    run = _started(browser)
    job = JobRow.objects.get(kind="fit")
    assert browser.post(f"/jobs/{job.id}/cancel/")["Location"] == f"/runs/{run.id}/"
    assert set(JobRow.objects.exclude(kind="profile").values_list("state", flat=True)) == {
        "cancelled"
    }
    assert "This run did not finish" in _page(browser, run)


@pytest.mark.usefixtures("quick_evaluation")
def test_cancelling_the_pack_alone_leaves_a_run_with_rows_and_an_evaluation():
    browser = signed_in()
    run = _finished(browser, pack="")
    browser.post(f"/synthetic/{SyntheticDatasetRow.objects.get().id}/pack/")
    browser.post(f"/jobs/{JobRow.objects.get(kind='pack').id}/cancel/")
    page = _page(browser, run)
    assert "The rows are drawn and evaluated; the evidence pack did not finish" in page
    assert "This run" not in page
    browser.post(f"/synthetic/{SyntheticDatasetRow.objects.get().id}/pack/")
    work_off()
    assert "Done. Read the evaluation" in _page(browser, run)


def test_a_run_whose_model_is_shredded_offers_no_more_rows():
    browser = signed_in()
    run = _finished(browser, evaluate="", pack="")
    assert "Draw rows</button>" in _page(browser, run)
    TrainingRunRow.objects.update(artifact_blob="")
    page = _page(browser, run)
    assert "No more rows from this run" in page
    assert "Draw rows</button>" not in page
    assert "Learned from 160 rows" in page


def test_cancelling_what_has_ended_says_so_on_the_page():
    browser = signed_in()
    run = _finished(browser, evaluate="", pack="")
    job = JobRow.objects.get(kind="fit")
    answer = browser.post(f"/jobs/{job.id}/cancel/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/runs/{run.id}/"
    assert "already ended" in answer.content.decode()


@pytest.mark.usefixtures("quick_evaluation")
def test_more_rows_are_drawn_without_training_again():
    browser = signed_in()
    run = _finished(browser)
    assert browser.post(f"/runs/{run.id}/", {"rows": 10, "seed": 4}).status_code == 302
    work_off()
    assert JobRow.objects.filter(kind="fit").count() == 1
    assert "10 rows" in _page(browser, run)
    second = SyntheticDatasetRow.objects.latest("created_at")
    browser.post(f"/synthetic/{second.id}/evaluate/")
    browser.post(f"/synthetic/{second.id}/pack/")
    work_off()
    assert EvidencePackRow.objects.exclude(blob_id="").count() == 2
    assert EvaluationRow.objects.exclude(report_blob="").count() == 2


@pytest.mark.usefixtures("quick_evaluation")
def test_a_twin_is_evaluated_again_on_another_target():
    browser = signed_in()
    run = _finished(browser, pack="")
    page = _page(browser, run)
    assert "Evaluate again</button>" in page
    assert "As in training: rich" in page
    assert "<option>income</option>" in page
    address = f"/synthetic/{SyntheticDatasetRow.objects.get().id}/evaluate/"
    assert browser.post(address, {"target": "income", "task": "regression"}).status_code == 302
    asked = EvaluationRow.objects.latest("created_at").asked
    assert (asked["target"], asked["task"]) == ("income", "regression")
    assert "Evaluate again</button>" not in _page(browser, run)  # one is on its way


def test_a_target_that_is_not_there_is_refused():
    browser = signed_in()
    _finished(browser, pack="", evaluate="")
    address = f"/synthetic/{SyntheticDatasetRow.objects.get().id}/evaluate/"
    answer = browser.post(address, {"target": "shoe"})
    assert answer.status_code == 400
    assert "no column named “shoe”" in answer.content.decode()
    assert not EvaluationRow.objects.exists()


def test_of_many_draws_the_newest_ten_are_shown_and_the_others_behind_a_link():
    browser = signed_in()
    run = _finished(browser, evaluate="", pack="")
    for seed in range(101, 112):
        assert browser.post(f"/runs/{run.id}/", {"rows": 1, "seed": seed}).status_code == 302
    page = _page(browser, run)
    assert page.count("<h3>Draw rows</h3>") == 10
    assert "Synthetic dataset 12" in page
    assert "Synthetic dataset 2 " not in page
    address = f"/runs/{run.id}/?all"
    assert f'href="{address}"' in page
    everything = browser.get(address).content.decode()
    assert everything.count("<h3>Draw rows</h3>") == 12
    assert f'hx-get="{address}"' in everything  # it stays so while the page goes on by itself


def test_a_sample_that_makes_no_sense_is_refused_on_the_page():
    browser = signed_in()
    run = _finished(browser, evaluate="", pack="")
    response = browser.post(f"/runs/{run.id}/", {"rows": "lots", "seed": 1})
    assert response.status_code == 400
    assert refusal_in(response).startswith("Rows to draw:")


def test_the_reason_of_a_failure_stands_beside_the_step():
    browser = signed_in()
    run = _started(browser)
    JobRow.objects.filter(kind="fit").update(state="failed", error="There was not enough memory.")
    assert "There was not enough memory." in _page(browser, run)


@pytest.mark.usefixtures("quick_evaluation")
def test_nobody_of_another_organisation_finds_any_of_it():
    mine = signed_in()
    run = _finished(mine)
    synthetic, pack = SyntheticDatasetRow.objects.get(), EvidencePackRow.objects.get()
    evaluation, job = EvaluationRow.objects.get(), JobRow.objects.get(kind="fit")
    stranger = signed_in("eve", Role.ADMINISTRATOR, "Elsewhere")
    project = run.dataset.project_id
    for address in (
        f"/projects/{project}/",
        f"/projects/{project}/upload/",
        *(
            f"/datasets/{run.dataset_id}/{page}"
            for page in ("", "preview/", "profile/", "columns/", "start/", "delete/")
        ),
        f"/runs/{run.id}/",
        f"/synthetic/{synthetic.id}/download/csv/",
        f"/evaluations/{evaluation.id}/",
        f"/packs/{pack.id}/download/",
    ):
        assert stranger.get(address).status_code == 404, address
    for address in (
        f"/datasets/{run.dataset_id}/profile-again/",
        f"/datasets/{run.dataset_id}/delete/",
        f"/datasets/{run.dataset_id}/columns/",
        f"/datasets/{run.dataset_id}/start/",
        f"/jobs/{job.id}/cancel/",
        f"/synthetic/{synthetic.id}/evaluate/",
        f"/synthetic/{synthetic.id}/pack/",
    ):
        form = {"synthesizer": "autoregressive", "seed": 0, "holdout_percent": 20}
        assert stranger.post(address, form).status_code == 404, address
    assert stranger.post(f"/runs/{run.id}/", {"rows": 5, "seed": 1}).status_code == 404
    assert "people" not in stranger.get("/packs/").content.decode()
    assert str(run.id) not in stranger.get("/audit/").content.decode()
    assert str(project) not in stranger.get("/").content.decode()


@pytest.mark.usefixtures("quick_evaluation")
def test_each_role_sees_and_does_what_it_may():
    member = signed_in()
    run = _finished(member)
    synthetic, pack = SyntheticDatasetRow.objects.get(), EvidencePackRow.objects.get()
    evaluation = EvaluationRow.objects.get()
    viewer, reviewer = signed_in("vi", Role.VIEWER), signed_in("rex", Role.REVIEWER)
    dataset = f"/datasets/{run.dataset_id}/"
    expected = {
        "/": (200, 302),
        dataset: (200, 403),
        f"/runs/{run.id}/": (200, 403),
        f"/evaluations/{evaluation.id}/": (200, 403),
        f"{dataset}preview/": (403, 403),
        f"{dataset}profile/": (403, 403),
        f"{dataset}columns/": (403, 403),
        f"{dataset}start/": (403, 403),
        f"{dataset}delete/": (403, 403),
        f"/synthetic/{synthetic.id}/download/csv/": (403, 403),
        "/keys/": (403, 403),
        "/packs/": (403, 200),
        f"/packs/{pack.id}/download/": (403, 200),
        "/audit/": (403, 200),
    }
    for address, codes in expected.items():
        found = (viewer.get(address).status_code, reviewer.get(address).status_code)
        assert found == codes, address
    for address in (
        f"{dataset}delete/",
        f"{dataset}profile-again/",
        f"/runs/{run.id}/",
        f"/jobs/{JobRow.objects.get(kind='fit').id}/cancel/",
        f"/synthetic/{synthetic.id}/evaluate/",
        f"/synthetic/{synthetic.id}/pack/",
    ):
        for form in ({"rows": 5, "seed": 1}, {"rows": "lots"}):
            assert viewer.post(address, form).status_code == 403, address
    page = viewer.get(f"/runs/{run.id}/").content.decode()
    assert "Draw rows</button>" not in page
    assert "download/csv" not in page
    assert PASSWORD not in page
