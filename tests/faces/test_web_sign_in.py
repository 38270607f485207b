from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import get_resolver, reverse

from adapters.orm.models import MembershipRow
from apps.web import urls
from domain.kernel import Role
from tests.faces.instance import PASSWORD, person
from tests.faces.pages import refusal_in, signed_in

pytestmark = pytest.mark.django_db


def _address(name: str) -> str:
    """The page called ``name``, about something that need not exist."""
    [(_, parameters)] = get_resolver().reverse_dict.getlist(name)[0][0]
    ids = {p: "csv" if p == "file_format" else uuid4() for p in parameters}
    return reverse(name, kwargs=ids)


_PAGES = [p.name for p in urls.urlpatterns if p.name not in ("sign-in", "well-known")]


@pytest.mark.parametrize("name", _PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_opens_without_signing_in(name: str, method: str):
    response = getattr(Client(), method)(_address(name))
    if name == "sign-out":
        assert response.status_code in (302, 405)
        return
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=")


def test_a_partial_request_without_a_session_sends_the_whole_page_to_sign_in():
    response = Client(headers={"HX-Request": "true"}).get(_address("run"))
    assert response["HX-Redirect"] == "/sign-in/"


def test_signing_in_opens_the_projects():
    person()
    response = Client().post(
        "/sign-in/", {"username": "ada", "password": PASSWORD, "next": ""}, follow=True
    )
    assert response.redirect_chain[-1][0] == "/"
    assert "Projects" in response.content.decode()


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong():
    person()
    known = Client().post("/sign-in/", {"username": "ada", "password": "wrong"})
    unknown = Client().post("/sign-in/", {"username": "nobody", "password": "wrong"})
    assert refusal_in(known) == refusal_in(unknown)


def test_five_wrong_passwords_lock_the_account_out():
    person()
    client = Client()
    for _ in range(5):
        response = client.post("/sign-in/", {"username": "ada", "password": "wrong"})
    assert response.status_code == 429
    right = client.post("/sign-in/", {"username": "ada", "password": PASSWORD})
    assert right.status_code == 429
    assert "wait 15 minutes" in refusal_in(right)


def test_signing_out_ends_the_session():
    browser = signed_in()
    browser.post("/sign-out/")
    assert browser.get("/").status_code == 302


def test_a_one_time_password_must_be_changed_before_anything_else():
    browser = signed_in()
    MembershipRow.objects.update(must_change_password=True)
    for address in ("/", "/keys/", "/api/v1/docs/", "/admin/"):
        assert browser.get(address)["Location"] == "/password/", address
    own = "a password of my own 1815"
    answer = browser.post(
        "/password/", {"old_password": PASSWORD, "new_password1": own, "new_password2": own}
    )
    assert answer.status_code == 302
    assert browser.get("/").status_code == 200


def test_a_weak_new_password_is_refused():
    browser = signed_in()
    response = browser.post(
        "/password/",
        {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"},
    )
    assert response.status_code == 200
    page = response.content.decode()
    first = page.index('id="id_new_password1"')
    assert first < page.index("at least 12 characters") < page.index('id="id_new_password2"')


def test_a_new_password_that_is_repeated_wrongly_is_refused_where_it_is_repeated():
    browser = signed_in()
    own = "a password of my own 1815"
    response = browser.post(
        "/password/", {"old_password": PASSWORD, "new_password1": own, "new_password2": own + "!"}
    )
    page = response.content.decode()
    assert page.index('id="id_new_password2"') < page.index("match")
    assert User.objects.get(username="ada").check_password(PASSWORD)


def test_somebody_without_a_role_is_told_whom_to_ask():
    browser = signed_in()
    MembershipRow.objects.all().delete()
    response = browser.get("/")
    assert response.status_code == 403
    assert "ask an administrator" in refusal_in(response)


def test_an_outside_reviewer_lands_on_the_evidence_packs():
    assert signed_in(role=Role.REVIEWER).get("/")["Location"] == "/packs/"
