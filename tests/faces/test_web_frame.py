from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from adapters.orm.models import ApiKeyRow, ProjectRow
from domain.kernel import Role
from tests.faces.pages import project_id, refusal_in, signed_in, uploaded

pytestmark = pytest.mark.django_db

_INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", re.IGNORECASE)


def _own_pages(browser) -> list[str]:
    dataset = uploaded(browser)
    return [
        "/",
        "/keys/",
        "/packs/",
        "/audit/",
        "/password/",
        f"/projects/{project_id()}/",
        f"/projects/{project_id()}/upload/",
        f"/datasets/{dataset.id}/",
        f"/datasets/{dataset.id}/preview/",
        f"/datasets/{dataset.id}/delete/",
        f"/runs/{uuid4()}/",
        "/nothing/",
    ]


def test_no_page_needs_inline_script_or_style_and_the_policy_forbids_both():
    browser = signed_in(role=Role.ADMINISTRATOR)
    for address in _own_pages(browser):
        response = browser.get(address)
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert not _INLINE.search(response.content.decode()), address


def test_no_template_has_inline_script_or_style():
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        if not {"pack", "report"} & set(path.parts):  # made without a server
            assert not _INLINE.search(path.read_text()), path


def test_no_page_is_kept_by_a_cache():
    browser = signed_in(role=Role.ADMINISTRATOR)
    for address in _own_pages(browser):
        assert "no-store" in browser.get(address)["Cache-Control"], address


def test_every_page_has_one_heading_and_a_title():
    browser = signed_in(role=Role.ADMINISTRATOR)
    for address in _own_pages(browser):
        page = browser.get(address).content.decode()
        assert page.count("<h1") == 1, address
        assert re.search(r"<title>\S.* · Synthetic Data Studio</title>", page), address


def test_every_input_has_a_label():
    browser = signed_in(role=Role.ADMINISTRATOR)
    for address in _own_pages(browser):
        page = browser.get(address).content.decode()
        for field in re.findall(r"<(?:input|select)\b[^>]*>", page):
            if 'type="hidden"' in field or 'type="radio"' in field:
                continue
            identity = re.search(r'\bid="([^"]+)"', field)
            assert identity, (address, field)
            assert f'for="{identity[1]}"' in page, (address, field)


def test_a_form_without_its_token_is_refused_in_words():
    browser = signed_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    response = strict.post("/", {"name": "Visits"})
    assert response.status_code == 403
    assert "reload the page" in response.content.decode()
    assert not ProjectRow.objects.exists()


def test_a_project_is_created_and_a_second_of_its_name_refused():
    browser = signed_in()
    assert browser.post("/", {"name": "Visits"}).status_code == 302
    again = browser.post("/", {"name": "Visits"})
    assert again.status_code == 409
    assert "Visits" in refusal_in(again)
    assert browser.post("/", {"name": " "}).status_code == 400


@pytest.mark.parametrize("name", ["stisiV\u202e", "Vi\u200bsits", "Vi\x07sits"])
def test_a_name_with_characters_that_nobody_sees_is_refused(name: str):
    browser = signed_in()
    for address in ("/", "/keys/"):
        answer = browser.post(address, {"name": name, "days": 30})
        assert answer.status_code == 400
        assert "invisible characters" in refusal_in(answer)
    assert not ProjectRow.objects.exists()
    assert not ApiKeyRow.objects.exists()


def test_an_unknown_address_gets_a_page_of_ours():
    response = signed_in().get("/nothing/at/all/")
    assert response.status_code == 404
    assert "nothing at this address" in response.content.decode()


def test_a_key_is_shown_once_and_can_be_revoked():
    browser = signed_in()
    made = browser.post("/keys/", {"name": "Nightly", "days": 30}).content.decode()
    [secret] = re.findall(r"sds_[\w-]{40,}", made)
    assert secret not in browser.get("/keys/").content.decode()
    key = ApiKeyRow.objects.get()
    api = Client(headers={"Authorization": f"Bearer {secret}"})
    assert api.get("/api/v1/audit/logs").status_code == 403  # known, but a member may not
    assert browser.post(f"/keys/{key.id}/revoke/").status_code == 302
    assert api.get("/api/v1/audit/logs").status_code == 401
    assert "Revoked" in browser.get("/keys/").content.decode()


@pytest.mark.parametrize("days", ["0", "99999", "soon", ""])
def test_a_key_with_a_strange_end_is_refused(days: str):
    response = signed_in().post("/keys/", {"name": "Nightly", "days": days})
    assert response.status_code == 400
    assert refusal_in(response)
    assert not ApiKeyRow.objects.exists()


def test_nobody_revokes_a_key_of_another_organisation():
    signed_in().post("/keys/", {"name": "Nightly", "days": 30})
    stranger = signed_in("eve", Role.ADMINISTRATOR, "Elsewhere")
    assert stranger.post(f"/keys/{ApiKeyRow.objects.get().id}/revoke/").status_code == 404
    assert "Nightly" not in stranger.get("/keys/").content.decode()


def test_the_audit_log_comes_in_pages_newest_first_and_about_one_thing():
    browser = signed_in(role=Role.ADMINISTRATOR)
    for number in range(60):
        browser.post("/", {"name": f"Project {number}"})
    page = browser.get("/audit/").content.decode()
    assert "Page 1 of 2" in page
    assert page.index(">59<") < page.index(">58<")
    subject = ProjectRow.objects.get(name="Project 7").id
    about = browser.get(f"/audit/?subject={subject}").content.decode()
    assert about.count("project.created") == 1
