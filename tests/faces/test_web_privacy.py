"""Asking for differential privacy on a page, and reading what came of it."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from adapters.orm.models import TrainingRunRow
from domain.kernel import Role
from domain.privacy.budget import PrivacySpec, TuningMode, TuningRecord
from tests.faces.pages import Browser, confirmed, refusal_in, signed_in, work_off
from tests.faces.private_runs import proving_synthesizer  # noqa: F401  a fixture

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proving_synthesizer"),
]

FORM = {
    "synthesizer": "marginals",
    "seed": 3,
    "rows": 40,
    "holdout_percent": 20,
    "private": "on",
    "epsilon": "1",
    "delta": "",
    "rows_per_entity": 1,
}
LINES = "city: Bern, Lyon, Oslo\nage: 18..90"
SAID = {"code_book_source": "Statute book", "code_book_person": "A. Lovelace"}


def posted(browser: Browser, dataset=None, **fields: object):
    dataset = dataset or confirmed(browser)
    return browser.post(f"/datasets/{dataset.id}/start/", {**FORM, **fields})


def started(browser: Browser, **fields: object) -> TrainingRunRow:
    answer = posted(browser, **fields)
    assert answer.status_code == 302, refusal_in(answer)
    return TrainingRunRow.objects.latest("created_at")


def asked(run: TrainingRunRow) -> PrivacySpec:
    return PrivacySpec.from_document(run.privacy)


def problems(answer) -> list[str]:
    """The sentences beside fields."""
    found = re.findall(r'class="problem" id="id_(\w+)_error">(.*?)</p>', answer.content.decode())
    return [f"{name}: {words}" for name, words in found]


def test_the_form_is_not_filled_in_from_the_profile():
    browser = signed_in()
    page = browser.get(f"/datasets/{confirmed(browser).id}/start/").content.decode()
    assert "never filled in from the profile" in " ".join(page.split())
    assert "Oslo" not in page
    assert re.search(r'name="code_book"[^>]*>\s*</textarea>', page)


def test_without_the_tick_nothing_private_is_asked_for():
    run = started(signed_in(), private="", synthesizer="autoregressive", epsilon="-3")
    assert run.privacy is None


def test_what_was_typed_is_what_is_asked_for():
    run = started(
        signed_in(),
        epsilon="2.5",
        delta="1e-6",
        entity="city",
        rows_per_entity=3,
        code_book=LINES,
        **SAID,
    )
    spec = asked(run)
    assert (spec.epsilon, spec.delta, spec.unit, spec.rows_a_unit) == (2.5, 1e-6, "city", 3)
    assert spec.code_book.values == {"city": ("Bern", "Lyon", "Oslo")}
    assert spec.code_book.bounds == {"age": (18.0, 90.0)}
    assert (spec.code_book.source, spec.code_book.person) == ("Statute book", "A. Lovelace")


def test_a_row_has_one_row_whatever_the_form_says():
    assert asked(started(signed_in(), rows_per_entity=7)).rows_a_unit == 1


WRONG = (
    ({"epsilon": "0"}, "epsilon", "ε must be a number above 0"),
    ({"epsilon": ""}, "epsilon", "ε must be a number above 0"),
    ({"epsilon": "nan"}, "epsilon", "number"),
    ({"epsilon": "inf"}, "epsilon", "number"),
    ({"delta": "1"}, "delta", "δ must lie between 0 and 1"),
    ({"delta": "0.5"}, "delta", "no promise for 200"),
    ({"rows_per_entity": "-2"}, "rows_per_entity", "At least 1 row"),
    ({"code_book": "age 1", **SAID}, "code_book", "Line 1 of the code book"),
    ({"code_book": LINES}, "code_book", "where the code book comes from"),
    ({"code_book": "town: Bern", **SAID}, "code_book", "names a column “town”"),
    ({"epsilon": "50"}, "epsilon", "budget"),
)


def test_bad_input_says_so_beside_its_field_and_nothing_is_lost():
    browser = signed_in()
    dataset = confirmed(browser)
    for fields, field, words in WRONG:
        answer = posted(browser, dataset, **{"code_book": "", "delta": "1e-6", **fields})
        assert answer.status_code in (400, 409), fields
        (problem,) = problems(answer)
        assert problem.startswith(f"{field}: "), fields
        assert words in problem
        page = answer.content.decode()
        assert 'name="rows" value="40"' in page
        assert re.search(r'name="private"[^>]*checked', page)
    assert not TrainingRunRow.objects.exists()


def file_of(document: object) -> SimpleUploadedFile:
    return SimpleUploadedFile("book.json", json.dumps(document).encode())


BOOK = {"source": "ISO", "person": "Ada", "columns": {"city": {"values": ["Bern", "Lyon"]}}}


def test_a_code_book_can_be_uploaded():
    spec = asked(started(signed_in(), code_book="", code_book_file=file_of(BOOK)))
    assert spec.code_book.to_document() == BOOK


def test_an_uploaded_code_book_comes_back_as_lines_and_one_that_cannot_be_read_is_refused():
    browser = signed_in()
    dataset = confirmed(browser)
    page = posted(browser, dataset, epsilon="0", code_book_file=file_of(BOOK)).content.decode()
    assert "city: Bern, Lyon" in page
    assert 'value="ISO"' in page
    (problem,) = problems(posted(browser, dataset, code_book_file=file_of([1, 2])))
    assert problem.startswith("code_book: The code book takes JSON")
    two = posted(browser, dataset, code_book=LINES, code_book_file=file_of(BOOK), **SAID)
    (problem,) = problems(two)
    assert "bring one of them" in problem


def test_the_run_says_its_guarantee_in_a_sentence_with_every_look_and_the_way_to_the_report():
    browser = signed_in()
    run = started(browser)
    work_off()
    page = browser.get(f"/runs/{run.id}/").content.decode()
    promise = "ε = 1, δ = 1e-5 for one row, the number of rows taken as known: whether it was in"
    assert promise in page
    assert f"/runs/{run.id}/dp-report/" in page
    assert "5 looks at the rows" in page
    assert "declared public by A. Lovelace: Code book of the ministry, 2024" in page


def test_a_run_for_people_says_that_few_rows_of_each_were_learned_from():
    browser = signed_in()
    run = started(browser, entity="income", rows_per_entity=2)
    work_off()
    page = " ".join(browser.get(f"/runs/{run.id}/").content.decode().split())
    rows = TrainingRunRow.objects.get(id=run.id).rows_trained
    assert f"at most 2 rows of each person (column “income”), of {rows} rows" in page
    assert "asked for, for one person (column “income”)" in page
    assert "of the people, with all their rows" in page
    report = browser.get(f"/runs/{run.id}/dp-report/").content.decode()
    assert "for one person (column “income”)</h2>" in report
    dataset = browser.get(f"/datasets/{run.dataset_id}/").content.decode()
    assert "<td>one person (column “income”)</td>" in dataset


def test_the_report_is_a_page_with_eighteen_fields_charts_and_downloads():
    browser = signed_in()
    run = started(browser)
    work_off()
    page = browser.get(f"/runs/{run.id}/dp-report/").content.decode()
    assert [int(n) for n in re.findall(r'<h2 id="field-(\d+)">', page)] == list(range(1, 19))
    assert page.count("data-chart=") == 2
    document = browser.get(f"/runs/{run.id}/dp-report.json")
    assert document.json()["run"] == str(run.id)
    paper = browser.get(f"/runs/{run.id}/dp-report.pdf")
    assert paper.status_code == 409
    assert "build the pack first" in paper.content.decode()


def test_a_void_epsilon_is_said_on_run_and_report():
    browser = signed_in()
    run = started(browser)
    spec = asked(run)
    record = TuningRecord(mode=TuningMode.EXPLORATORY, configurations=9, account="A grid.")
    run.privacy = {**spec.to_document(), "tuning": {**vars_of(record)}}
    run.save()
    work_off()
    for address in (f"/runs/{run.id}/", f"/runs/{run.id}/dp-report/"):
        page = browser.get(address).content.decode()
        assert "tuned on private data" in page
        assert "note error" in page


def vars_of(record: TuningRecord) -> dict:
    return {
        "mode": str(record.mode),
        "configurations": record.configurations,
        "account": record.account,
    }


def test_a_run_without_privacy_has_no_report_page_and_says_what_to_do():
    browser = signed_in()
    run = started(browser, private="", synthesizer="autoregressive")
    work_off()
    answer = browser.get(f"/runs/{run.id}/dp-report/")
    assert answer.status_code == 404
    assert "without differential privacy" in answer.content.decode()
    assert "dp-report" not in browser.get(f"/runs/{run.id}/").content.decode()


def test_strangers_and_reviewers_do_not_see_the_report():
    browser = signed_in()
    run = started(browser)
    work_off()
    assert (
        signed_in("eve", organisation="Other").get(f"/runs/{run.id}/dp-report/").status_code == 404
    )
    assert signed_in("rev", Role.REVIEWER).get(f"/runs/{run.id}/dp-report/").status_code == 403


def test_a_pack_asked_for_on_the_page_takes_the_evaluation_only_with_the_tick():
    browser = signed_in()
    synthetic = started(browser, evaluate="on").synthetics.get()
    for tick, there in (({}, False), ({"with_evaluation": "on"}, True)):
        browser.post(f"/synthetic/{synthetic.id}/pack/", tick)
        pack = synthetic.packs.latest("created_at")
        assert (pack.evaluation_id is not None) is there
