from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from adapters.orm.models import BlobKeyRow, DatasetRow
from apps.api.errors import answer
from apps.api.throttling import KeyThrottle
from domain.kernel import BudgetExceeded, Conflict, Role
from tests.faces.instance import Api, refusal
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Api:
    return Api.of("ada")


def test_broken_json_is_refused_in_one_sentence(api):
    response = api.raw("synthesize", b'{"dataset_id": ')
    assert response.status_code == 400
    assert "not valid JSON" in refusal(response)


def test_json_nested_without_end_is_refused_and_breaks_nothing(api):
    assert api.raw("synthesize", b"[" * 200_000).status_code == 400


def test_json_that_is_no_object_is_refused(api):
    response = api.raw("synthesize", b"[1, 2]")
    assert response.status_code == 400
    assert "dictionary" in refusal(response)


def test_json_past_the_limit_is_refused_before_it_is_read(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = api.raw("synthesize", b'{"a": "' + b"x" * 200 + b'"}')
    assert response.status_code == 413
    assert "upload" in refusal(response)


def test_a_missing_field_is_named(api):
    response = api.post("synthesize", {"rows": 5})
    assert response.status_code == 400
    assert refusal(response) == "Field “dataset_id”: this field is required."


def test_a_misspelt_field_is_refused_instead_of_ignored(api):
    response = api.post("synthesize", {"dataset_id": str(uuid4()), "row": 5})
    assert response.status_code == 400
    assert "There is no field “row”" in refusal(response)


def test_a_value_of_the_wrong_kind_is_named_with_its_field(api):
    response = api.post("synthesize", {"dataset_id": str(uuid4()), "rows": "many"})
    assert response.status_code == 400
    assert refusal(response) == "Field “rows”: a valid integer is required."


def test_the_place_of_a_bad_decision_is_named(api):
    bad = {"decisions": [{"table": "t", "column": "c", "sdtype": "integer"}, {"table": "t"}]}
    response = api.post(f"datasets/{uuid4()}/pii-flags", bad)
    assert response.status_code == 400
    assert refusal(response) == "Field “decisions[1].column”: this field is required."


def test_an_unknown_word_for_a_type_is_refused(api):
    bad = {"decisions": [{"table": "t", "column": "c", "sdtype": "whatever"}]}
    response = api.post(f"datasets/{uuid4()}/pii-flags", bad)
    assert response.status_code == 400
    assert "decisions[0].sdtype" in refusal(response)


def test_a_form_where_json_belongs_is_refused(api):
    response = api.raw("synthesize", b"a=b", "application/x-www-form-urlencoded")
    assert response.status_code == 415
    assert "application/json" in refusal(response)


def test_json_where_a_form_belongs_is_refused(api):
    response = api.post("upload", {"file": "a,b"})
    assert response.status_code == 415
    assert "multipart/form-data" in refusal(response)


def test_a_broken_form_is_refused(api):
    response = api.raw("upload", b"nonsense", "multipart/form-data")
    assert response.status_code == 400
    refusal(response)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "jobs/{}/status"),
        ("get", "jobs/{}/download"),
        ("post", "datasets/{}/profile"),
        ("get", "datasets/{}/pii-flags"),
        ("post", "datasets/{}/evaluate"),
        ("post", "datasets/{}/utility-test"),
        ("post", "datasets/{}/privacy-test"),
        ("post", "datasets/{}/preflight"),
        ("get", "generators/{}/training"),
        ("get", "generators/{}/model-card"),
        ("get", "generators/{}/compliance-pack"),
        ("delete", "keys/{}"),
    ],
)
def test_an_unknown_id_is_not_found(api, method, path):
    response = getattr(api, method)(path.format(uuid4()))
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    refusal(response)


def test_a_dataset_that_is_not_there_cannot_be_confirmed_or_synthesized(api):
    confirm = api.post(f"datasets/{uuid4()}/pii-flags", {"decisions": []})
    assert confirm.status_code == 404
    assert api.post("synthesize", {"dataset_id": str(uuid4())}).status_code == 404


def test_an_unknown_synthesizer_is_refused_with_the_choices(api):
    response = api.post("synthesize", {"dataset_id": str(uuid4()), "synthesizer": "magic"})
    assert response.status_code == 400
    assert "autoregressive" in refusal(response)


def test_an_address_that_does_not_exist_is_refused_as_json():
    for path in ("/api/v1/", "/api/v1/usage", "/api/v1/upload/", "/api/v1/jobs/7/status"):
        response = Client().get(path)
        assert response.status_code == 404
        assert "no such address" in refusal(response)
    assert Client().post("/api/v1/nothing").status_code == 404


def test_a_method_that_does_not_exist_is_refused(api):
    response = api.get("synthesize")
    assert response.status_code == 405
    refusal(response)


def test_any_accept_header_gets_json_refusals():
    response = Client(headers={"Accept": "text/csv"}).get("/api/v1/audit/logs")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/json"


def test_what_breaks_unexpectedly_shows_no_details(api, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("Mrs Jones, 44, diabetes")

    monkeypatch.setattr("config.wiring.web.request_profile", lambda: broken)
    response = api.post(f"datasets/{uuid4()}/profile")
    assert response.status_code == 500
    assert "Jones" not in response.content.decode()
    refusal(response)


@pytest.mark.parametrize("kind", [Conflict, BudgetExceeded])
def test_what_is_not_possible_now_is_a_conflict(kind):
    response = answer(kind("Not now."), {})
    assert response.status_code == 409
    assert response.data == {"error": {"code": kind.code, "message": "Not now."}}


class TestUploads:
    def test_a_form_without_a_file_is_refused(self, api):
        response = api.form({"name": "nothing"})
        assert response.status_code == 400
        assert "form field “file”" in refusal(response)

    def test_a_file_in_another_field_is_refused_and_leaves_nothing(self, api):
        response = api.form({"data": SimpleUploadedFile("a.csv", people_csv())})
        assert response.status_code == 400
        assert "form field “file”" in refusal(response)
        assert not BlobKeyRow.objects.exists()

    def test_an_unknown_text_field_is_refused_and_leaves_nothing(self, api):
        response = api.upload(people_csv(), titel="x")
        assert response.status_code == 400
        assert "There is no field “titel”" in refusal(response)
        assert not BlobKeyRow.objects.exists()

    def test_an_unknown_project_is_refused_and_leaves_nothing(self, api):
        response = api.upload(people_csv(), project="Elsewhere")
        assert response.status_code == 404
        assert "There is no project “Elsewhere”" in refusal(response)
        assert not BlobKeyRow.objects.exists()

    @pytest.mark.parametrize(
        "content",
        [b"", b"a,b\n", b"a,b\n1,2\n1,2,3\n", b"\x00\x01\x02\xff" * 50, b"a,a\n1,2\n"],
        ids=["empty", "header only", "ragged", "garbage", "duplicate headers"],
    )
    def test_a_file_that_cannot_be_used_is_refused_and_leaves_nothing(self, api, content):
        response = api.upload(content)
        assert response.status_code == 400
        refusal(response)
        assert not DatasetRow.objects.exists()
        assert not BlobKeyRow.objects.exists()

    def test_a_broken_schema_is_refused_and_leaves_nothing(self, api):
        response = api.upload(people_csv(), schema="{")
        assert response.status_code == 400
        refusal(response)
        assert not BlobKeyRow.objects.exists()

    def test_more_than_the_limit_is_refused_with_a_pointer_to_the_command_line(self, api, settings):
        settings.STUDIO_UPLOAD_LIMIT_MB = 1
        response = api.upload(b"a,b\n" + b"1,2\n" * 500_000)
        assert response.status_code == 413
        assert "manage.py synthesize" in refusal(response)
        assert response.json()["error"]["code"] == "too_large"
        assert not BlobKeyRow.objects.exists()

    def test_several_files_count_together(self, api, settings):
        settings.STUDIO_UPLOAD_LIMIT_MB = 1
        half = b"a,b\n" + b"1,2\n" * 200_000
        files = [SimpleUploadedFile("a.csv", half), SimpleUploadedFile("b.csv", half)]
        assert api.form({"file": files}).status_code == 413


class TestRoles:
    def test_a_viewer_may_look_but_not_upload_or_train(self):
        viewer = Api.of("vi", Role.VIEWER)
        assert viewer.get(f"jobs/{uuid4()}/status").status_code == 404  # looked, found nothing
        upload = viewer.upload(people_csv())
        assert upload.status_code == 403
        assert "viewer" in refusal(upload)
        assert not BlobKeyRow.objects.exists()
        assert viewer.post("synthesize", {"dataset_id": str(uuid4())}).status_code == 403
        assert viewer.post(f"datasets/{uuid4()}/profile").status_code == 403
        assert viewer.post(f"datasets/{uuid4()}/evaluate").status_code == 403
        assert viewer.get(f"generators/{uuid4()}/compliance-pack").status_code == 403
        assert viewer.post("keys", {"name": "mine"}).status_code == 403
        assert viewer.get(f"datasets/{uuid4()}/pii-flags").status_code == 403
        for path in ("keys", f"datasets/{uuid4()}/pii-flags", f"datasets/{uuid4()}/evaluate"):
            assert viewer.post(path, {"no such": "field"}).status_code == 403, path
        assert viewer.get("audit/logs").status_code == 403

    def test_an_outside_reviewer_reads_packs_and_the_log_and_nothing_else(self):
        reviewer = Api.of("rev", Role.REVIEWER)
        assert reviewer.get("audit/logs").status_code == 200
        assert reviewer.get(f"generators/{uuid4()}/compliance-pack").status_code == 404
        assert reviewer.get(f"jobs/{uuid4()}/status").status_code == 403
        assert reviewer.get(f"datasets/{uuid4()}/pii-flags").status_code == 403
        assert reviewer.get(f"generators/{uuid4()}/model-card").status_code == 403

    def test_a_member_may_not_read_the_audit_log(self, api):
        response = api.get("audit/logs")
        assert response.status_code == 403
        assert "read the audit log" in refusal(response)


def test_a_key_that_calls_too_often_is_told_to_wait(api, monkeypatch):
    cache.clear()  # forget the calls of other tests
    monkeypatch.setattr(KeyThrottle, "get_rate", lambda self: "2/minute")
    codes = [api.get(f"jobs/{uuid4()}/status") for _ in range(3)]
    assert [c.status_code for c in codes] == [404, 404, 429]
    assert int(codes[-1]["Retry-After"]) > 0
    refusal(codes[-1])
