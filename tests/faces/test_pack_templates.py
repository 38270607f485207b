"""Pack templates in the back office: change, compare, confirm, and be reminded."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from adapters.orm.models import OrganisationRow, PackTemplateRow
from adapters.orm.stores.pack_templates import OrmPackTemplates
from config.wiring import adapters, web
from domain.compliance.pack_templates import TemplateContent
from domain.kernel import Role, utc_now
from tests.faces.instance import actor, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Client:
    return signed_in("root", Role.ADMINISTRATOR, is_staff=True, is_superuser=True)


def signed_in(name: str, role: Role, organisation: str = "Clinic", **fields: object) -> Client:
    browser = Client()
    user = person(name, role, organisation, **fields)
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser


def page(name: str) -> str:
    home = OrganisationRow.objects.get(name="Clinic")
    return reverse(f"admin:studio_packtemplaterow_{name}", args=[home.pk])


def sent(browser: Client, **changed: object) -> dict:
    """What a browser sends for the form as it stands, with some fields changed."""
    form = browser.get(page("edit")).context["form"]
    fields = {name: form[name].value() for name in form.fields if name != "logo"}
    kept = {
        name: value for name, value in fields.items() if value is not None and value is not False
    }
    return {**kept, "note": "For the new contact.", **changed}


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(out, "JPEG")
    return SimpleUploadedFile("logo.jpg", out.getvalue(), "image/jpeg")


def after_ninety_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "clock", lambda: utc_now() + timedelta(days=91))


def test_a_change_makes_a_version_with_its_logo_and_says_what_differs(root):
    said = root.post(page("edit"), sent(root, contact="dpo@example.org", logo=picture()))
    assert said.status_code == 302
    text = "Only for {dataset}.\n<script>alert(1)</script>"
    assert root.post(page("edit"), sent(root, disclaimer=text)).status_code == 302
    newest = OrmPackTemplates().newest(actor("root").organisation_id)
    assert (newest.version, newest.content.contact) == (2, "dpo@example.org")
    assert newest.content.logo.startswith(b"\x89PNG")
    shown = root.get(page("compare")).content.decode()
    assert "<ins>Only for {dataset}.</ins>" in shown
    assert "<ins>&lt;script&gt;" in shown
    assert "dpo@example.org" not in shown
    first = root.get(page("compare"), {"old": 0, "new": 1}).content.decode()
    assert "<ins>dpo@example.org</ins>" in first


def words(answer) -> str:
    assert answer["Content-Type"] == "application/pdf"
    return "".join(p.extract_text() for p in PdfReader(io.BytesIO(answer.content)).pages)


def test_papers_are_looked_at_before_and_after_they_are_saved(root, printed_papers):
    draft = sent(root, name="Clinic of St. Mary", disclaimer="Only for {dataset}.", note="")
    seen = words(root.post(page("preview"), draft | {"logo": picture()}))
    assert "Clinic of St. Mary" in seen
    assert "Only for your-data.csv (preview)." in seen
    assert OrmPackTemplates().newest(actor("root").organisation_id) is None
    root.post(page("edit"), draft | {"note": "Our name."})
    root.post(page("edit"), sent(root, name="Another"))
    assert "Clinic of St. Mary" in words(root.get(page("preview"), {"version": 1}))
    assert "Another" in words(root.get(page("preview")))


def test_a_preview_says_what_could_not_be_saved(root):
    said = root.post(page("preview"), sent(root, terms="Ask {somebody}."))
    assert "says {somebody}, which nothing stands for" in said.content.decode()


def test_what_is_wrong_is_said_beside_the_form_and_nothing_is_saved(root):
    for wrong, words in [
        ({"terms": "For {everybody}."}, "which nothing stands for"),
        ({"controls": "x ="}, "is not TOML"),
        ({}, "Nothing was changed"),
        ({"logo": SimpleUploadedFile("logo.svg", b"<svg/>")}, "no whole PNG or JPEG"),
        ({"contact": "a", "based_on": 7}, "meanwhile"),
    ]:
        answer = root.post(page("edit"), sent(root, **wrong))
        assert words in answer.content.decode()
    assert not PackTemplateRow.objects.exists()


def test_a_logo_that_is_far_too_large_loses_no_other_field(root):
    huge = SimpleUploadedFile("logo.png", b"\x89PNG" + bytes(3_000_000), "image/png")
    said = root.post(page("edit"), {"logo": huge, **sent(root, terms="Only here.")})
    assert "larger than 512 KiB" in said.content.decode()
    kept = said.context["form"]
    assert kept["terms"].value() == "Only here."
    assert kept["note"].value() == "For the new contact."
    assert not PackTemplateRow.objects.exists()


def test_a_review_that_is_due_is_said_everywhere_until_it_is_confirmed(root, monkeypatch):
    root.post(page("edit"), sent(root, contact="dpo@example.org"))
    index, packs = reverse("admin:index"), reverse("packs")
    assert "its review is due" not in root.get(index).content.decode()
    after_ninety_days(monkeypatch)
    assert all("its review is due" in root.get(a).content.decode() for a in (index, packs))
    assert root.post(page("confirm"), {"version": 1}).status_code == 302
    assert not any("its review is due" in root.get(a).content.decode() for a in (index, packs))
    actions = [entry.document()["action"] for entry in adapters.audit().entries()]
    assert actions == ["template.changed", "template.reviewed"]


def test_an_outside_reviewer_is_not_told_of_reviews(root, monkeypatch):
    root.post(page("edit"), sent(root, contact="dpo@example.org"))
    after_ninety_days(monkeypatch)
    outsider = signed_in("rita", Role.REVIEWER)
    assert "review is due" not in outsider.get(reverse("packs")).content.decode()


def test_staff_of_another_organisation_can_neither_read_nor_change_it(root):
    other = signed_in("eve", Role.ADMINISTRATOR, "Bank", is_staff=True)
    for name in ("edit", "compare"):
        assert other.get(page(name)).status_code == 403
    assert other.post(page("confirm"), {"version": 0}).status_code == 403
    member = signed_in("max", Role.MEMBER, is_staff=True)
    assert "may not administer" in member.post(page("edit"), sent(root)).content.decode()


def test_no_version_is_changed_or_deleted_even_by_the_database(root):
    web.edit_pack_template()(
        actor("root"), based_on=0, content=TemplateContent(name="St. Anne"), note="Our name."
    )
    for attempt in (
        lambda: PackTemplateRow.objects.update(name="X"),
        lambda: PackTemplateRow.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
            attempt()
    row = PackTemplateRow.objects.get()
    address = reverse("admin:studio_packtemplaterow_change", args=[row.pk])
    shown = root.get(address)
    assert b"Reviewed, unchanged" in shown.content
    assert b'name="_save"' not in shown.content
    listed = root.get(reverse("admin:studio_packtemplaterow_changelist")).content.decode()
    assert "New version for Clinic" in listed


def test_only_the_newest_version_has_the_button_that_confirms(root):
    for contact in ("a@example.org", "b@example.org"):
        root.post(page("edit"), sent(root, contact=contact))
    rows = PackTemplateRow.objects.order_by("version")
    shown = [
        root.get(reverse("admin:studio_packtemplaterow_change", args=[row.pk])).content
        for row in rows
    ]
    assert [b'value="Reviewed, unchanged"' in text for text in shown] == [False, True]
    for asked, words in [
        ("1", "Only the newest"),
        ("x", "by its number"),
        ("9" * 20, "its number"),
    ]:
        answer = root.post(page("confirm"), {"version": asked}, follow=True)
        assert words in answer.content.decode()
    nowhere = reverse("admin:studio_packtemplaterow_change", args=["abc"])
    assert root.get(nowhere).status_code == 302


def test_staff_hear_of_their_own_organisation_only(root, monkeypatch):
    root.post(page("edit"), sent(root, name="St. Anne"))
    after_ninety_days(monkeypatch)
    own = signed_in("ada", Role.ADMINISTRATOR, is_staff=True)
    other = signed_in("eve", Role.ADMINISTRATOR, "Bank", is_staff=True)
    nobody = User.objects.create_user("nobody", is_staff=True)
    stray = Client()
    stray.force_login(nobody, "django.contrib.auth.backends.ModelBackend")
    heard = ["St. Anne" in b.get(reverse("admin:index")).content.decode() for b in (own, other)]
    assert heard == [True, False]
    assert stray.get(reverse("admin:index")).status_code == 200
