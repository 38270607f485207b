from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client, RequestFactory
from django.urls import reverse

from adapters.orm.models import ApiKeyRow, MembershipRow
from apps.client_address import client_address
from config.wiring import web
from domain.kernel import Role, utc_now
from tests.faces.instance import PASSWORD, Api, actor, person, refusal
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db


def test_a_request_without_a_key_is_asked_for_one():
    response = Client().get("/api/v1/audit/logs")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert "API key" in refusal(response)


def test_a_key_is_taken_from_either_header():
    person("ada", Role.ADMINISTRATOR)
    secret = web.create_api_key()(actor(), name="k").secret
    bearer = Client(headers={"Authorization": f"Bearer {secret}"})
    header = Client(headers={"X-API-Key": secret})
    assert bearer.get("/api/v1/audit/logs").status_code == 200
    assert header.get("/api/v1/audit/logs").status_code == 200


def test_a_wrong_key_is_refused():
    response = Api("sds_wrong").get("audit/logs")
    assert response.status_code == 401
    assert "unknown, revoked or expired" in refusal(response)


def test_a_revoked_key_is_refused_at_once():
    api = Api.of(role=Role.ADMINISTRATOR)
    key = ApiKeyRow.objects.get()
    assert api.delete(f"keys/{key.id}").status_code == 204
    assert api.get("audit/logs").status_code == 401


def test_an_expired_key_is_refused():
    api = Api.of(role=Role.ADMINISTRATOR)
    ApiKeyRow.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    assert api.get("audit/logs").status_code == 401


def test_the_key_of_somebody_who_left_is_refused():
    api = Api.of(role=Role.ADMINISTRATOR)
    MembershipRow.objects.get().user.__class__.objects.update(is_active=False)
    assert api.get("audit/logs").status_code == 401


def test_the_key_of_somebody_without_a_role_is_refused_with_the_reason():
    api = Api.of(role=Role.ADMINISTRATOR)
    MembershipRow.objects.all().delete()
    response = api.get("audit/logs")
    assert response.status_code == 403
    assert "belongs to no organisation" in refusal(response)


def test_a_key_made_on_the_command_line_works_before_the_first_sign_in():
    api = Api.of(role=Role.ADMINISTRATOR)
    MembershipRow.objects.update(must_change_password=True)
    assert api.get("audit/logs").status_code == 200


def test_a_session_with_a_one_time_password_gets_nothing_from_the_api():
    client = Client()
    client.force_login(person("ada", Role.ADMINISTRATOR), _MODEL_BACKEND)
    MembershipRow.objects.update(must_change_password=True)
    response = client.get("/api/v1/audit/logs")
    assert response.status_code == 302
    assert response["Location"] == reverse("password")


def test_five_wrong_keys_lock_the_address_out_for_more_guesses_but_not_for_a_right_key():
    good = Api.of(role=Role.ADMINISTRATOR)
    answers = [Api(f"sds_{n}" + "x" * 40).get("audit/logs") for n in range(5)]
    assert [a.status_code for a in answers] == [401, 401, 401, 401, 429]
    assert "Too many wrong API keys" in refusal(answers[-1])
    assert Api("sds_six").get("audit/logs").status_code == 429
    assert good.get("audit/logs").status_code == 200


def test_a_lock_out_ends_after_its_time_although_a_stale_script_goes_on():
    for _ in range(9):
        Api("sds_stale").get("audit/logs")
    AccessAttempt.objects.update(attempt_time=utc_now() - timedelta(minutes=16))
    assert Api("sds_another").get("audit/logs").status_code == 401


def test_wrong_keys_do_not_lock_a_person_out_of_the_pages():
    person("ada")
    for _ in range(6):
        Api("sds_wrong").get("audit/logs")
    assert Client().login(request=_sign_in_request(), username="ada", password=PASSWORD)


def _sign_in_request():
    return RequestFactory().post("/sign-in")


def test_a_guess_leaves_neither_secret_nor_body_in_the_record_of_attempts():
    Api("sds_guessed_secret").upload(people_csv(), project="Secret project")
    record = AccessAttempt.objects.get()
    kept = f"{record.username}{record.get_data}{record.post_data}"
    assert "guessed" not in kept
    assert "Secret" not in kept


def test_a_person_signed_in_may_read_but_changes_need_the_csrf_token():
    person("ada", Role.ADMINISTRATOR)
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("eve", Role.ADMINISTRATOR), _MODEL_BACKEND)
    assert client.get("/api/v1/audit/logs").status_code == 200
    response = client.post("/api/v1/keys", {"name": "k"}, content_type="application/json")
    assert response.status_code == 403
    assert "CSRF" in refusal(response)


def test_a_person_signed_in_may_change_things_with_the_csrf_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("ada"), _MODEL_BACKEND)
    client.cookies["csrftoken"] = token = "t" * 32
    response = client.post(
        "/api/v1/keys",
        {"name": "k"},
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert response.status_code == 201


def test_a_key_wins_over_the_session_of_somebody_else():
    api = Api.of("ada", Role.ADMINISTRATOR, organisation="Clinic")
    api._client.force_login(person("eve", Role.ADMINISTRATOR, organisation="Bank"), _MODEL_BACKEND)
    dataset_id = api.upload(people_csv()).json()["dataset_id"]
    assert api.post(f"datasets/{dataset_id}/pii-flags").status_code != 404  # it is the clinic's


_MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class TestWhereARequestComesFrom:
    """What failed sign-ins are counted by must not be the client's own word."""

    def test_without_a_proxy_the_forwarded_header_is_not_believed(self, settings):
        settings.HTTPS = False
        assert client_address(self._forwarded("6.6.6.6")) == "127.0.0.1"

    def test_behind_the_proxy_only_what_the_proxy_wrote_is_believed(self, settings):
        settings.HTTPS = True
        assert client_address(self._forwarded("6.6.6.6, 203.0.113.7")) == "203.0.113.7"

    def _forwarded(self, chain: str):
        return RequestFactory().get("/", headers={"X-Forwarded-For": chain})
