from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import reverse

from adapters.orm.insert_only import unguard
from adapters.orm.models import (
    ApiKeyRow,
    ApprovalRow,
    AuditEntryRow,
    DatasetRow,
    EvaluationRow,
    EvidencePackRow,
    JobRow,
    MembershipRow,
    OrganisationRow,
    PopulationRow,
    PriceRow,
    PrivacySpendRow,
    ProjectRow,
    ReleaseRuleRow,
    RetentionRuleRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from apps.backoffice.site import site
from config.wiring import web
from domain.evaluation.verdict import DEFAULT_RULES, When
from domain.jobs import JobKind, JobState
from domain.kernel import Role
from tests.faces.instance import PASSWORD, actor, person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RECORDS = [
    DatasetRow,
    TrainingRunRow,
    SyntheticDatasetRow,
    EvaluationRow,
    EvidencePackRow,
    ApprovalRow,
    JobRow,
    AuditEntryRow,
    PopulationRow,
    PrivacySpendRow,
    ApiKeyRow,
]
EDITED = [User, MembershipRow, OrganisationRow, ProjectRow, RetentionRuleRow, PriceRow]


@pytest.fixture
def client() -> Client:
    """Signed in as the instance's administrator."""
    browser = Client()
    user = person("root", Role.ADMINISTRATOR, is_staff=True, is_superuser=True)
    browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.fixture
def rows(client) -> dict:
    """One row of everything, in an organisation that the administrator does not belong to."""
    person("ada", organisation="Bank")
    secret = web.create_api_key()(actor("ada"), name="nightly").secret  # audited
    return {**_work(OrganisationRow.objects.get(name="Bank")), "secret": secret}


def _work(home: OrganisationRow) -> dict:
    project = ProjectRow.objects.create(organisation=home, name="Visits")
    made = {"organisation": home, "created_by": "ada", "created_at": NOW}
    dataset = DatasetRow.objects.create(
        id=uuid4(),
        project=project,
        name="Visits of March",
        role="source",
        expires_at=NOW + timedelta(days=30),
        files=[{"name": "v.csv", "blob_id": "hidden-blob", "sha256": "0" * 64, "size": 9}],
        tables=[{"name": "v", "blob_id": "hidden-blob", "rows": 4321, "columns": ["a"]}],
        **made,
    )
    run = TrainingRunRow.objects.create(
        id=uuid4(),
        dataset=dataset,
        synthesizer="autoregressive",
        seed=7,
        holdout_share=0.2,
        artifact_blob="hidden-blob",
        **made,
    )
    synthetic = SyntheticDatasetRow.objects.create(id=uuid4(), run=run, seed=7, **made)
    evaluation = EvaluationRow.objects.create(
        id=uuid4(), synthetic_dataset=synthetic, seed=7, report_blob="hidden-blob", **made
    )
    pack = EvidencePackRow.objects.create(
        id=uuid4(),
        synthetic_dataset=synthetic,
        evaluation=evaluation,
        blob_id="hidden-blob",
        frameworks=["hipaa", "soc2"],
        formats=["pdf"],
        **made,
    )
    ApprovalRow.objects.create(
        id=uuid4(),
        organisation=home,
        synthetic_dataset=synthetic,
        evaluation=evaluation,
        by="boss",
        at=NOW,
        reason="For teaching.",
        overridden=["Rules for a release"],
    )
    JobRow.objects.create(
        id=uuid4(),
        organisation=home,
        kind=JobKind.PACK,
        subject_id=pack.id,
        requested_by="ada",
        created_at=NOW,
        started_at=NOW,
        state=JobState.SUCCEEDED,
    )
    population = PopulationRow.objects.create(
        id=uuid4(), organisation=home, dataset=dataset, unit="row", epsilon=10.0, delta=1e-4
    )
    PrivacySpendRow.objects.create(
        organisation=home,
        population=population,
        kind="training run",
        subject_id=run.id,
        state="reserved",
        epsilon=1.0,
        delta=1e-6,
        unit="row",
        by="ada",
        recorded_at=NOW,
    )
    job = JobRow.objects.create(
        id=uuid4(),
        organisation=home,
        kind=JobKind.FIT,
        subject_id=run.id,
        requested_by="ada",
        created_at=NOW,
        state=JobState.QUEUED,
    )
    RetentionRuleRow.objects.create(organisation=home, days=7)
    PriceRow.objects.create(name="row", unit="row", amount="0.1", valid_from=NOW.date())
    return {"home": home, "job": job}


def _address(model: type, page: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", RECORDS + EDITED, ids=lambda m: m.__name__)
def test_every_list_and_every_row_opens(client, rows, model):
    listed = client.get(_address(model, "changelist"), {"q": "a"})
    assert listed.status_code == 200
    assert client.get(_address(model, "changelist")).status_code == 200
    for row in model.objects.all():
        assert client.get(_address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", RECORDS, ids=lambda m: m.__name__)
def test_records_can_be_neither_added_nor_changed_nor_deleted(client, rows, model):
    row = model.objects.first()
    assert client.get(_address(model, "add")).status_code == 403
    assert client.post(_address(model, "change", row.pk), {"name": "x"}).status_code == 403
    assert client.post(_address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    page = client.get(_address(model, "change", row.pk)).content.decode()
    assert 'name="_save"' not in page
    assert (
        'value="delete_selected"' not in client.get(_address(model, "changelist")).content.decode()
    )


@pytest.mark.parametrize("model", RECORDS + EDITED, ids=lambda m: m.__name__)
def test_no_page_shows_a_secret_a_hash_of_one_or_where_bytes_lie(client, rows, model):
    hashed = ApiKeyRow.objects.get().secret_sha256
    pages = [client.get(_address(model, "changelist"))]
    pages += [client.get(_address(model, "change", row.pk)) for row in model.objects.all()]
    for page in pages:
        text = page.content.decode()
        for hidden in (rows["secret"], hashed, "hidden-blob"):
            assert hidden not in text


def test_the_back_office_has_only_what_it_was_given(client):
    shown = {model._meta.label for model in site._registry}
    assert not any(label.startswith("django_q.") for label in shown)
    assert "studio.BlobKeyRow" not in shown
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_pack_tells_its_mapping_and_whose_word_let_it_out(client, rows):
    pack = EvidencePackRow.objects.get()
    page = client.get(_address(EvidencePackRow, "change", pack.pk)).content.decode()
    assert "HIPAA, SOC 2" in page
    assert "boss on 2026-03-01 00:00 UTC, overriding Rules for a release" in page
    ApprovalRow.objects.update(at=NOW + timedelta(minutes=1))  # after the pack was built
    assert "nobody" in client.get(_address(EvidencePackRow, "change", pack.pk)).content.decode()


def test_a_role_is_given_and_changed(client):
    eve = person("eve", Role.VIEWER)
    membership = MembershipRow.objects.get(user=eve)
    sent = {
        "user": eve.pk,
        "organisation": membership.organisation_id,
        "role": Role.APPROVER.value,
    }
    assert client.post(_address(MembershipRow, "change", membership.pk), sent).status_code == 302
    assert actor("eve").role is Role.APPROVER


def test_a_retention_rule_and_a_price_are_written(client):
    home = OrganisationRow.objects.get()
    client.post(_address(RetentionRuleRow, "add"), {"organisation": home.pk, "days": 14})
    assert RetentionRuleRow.objects.get().days == 14
    price = {"name": "row", "unit": "row", "amount": "0.5", "currency": "USD"}
    client.post(_address(PriceRow, "add"), {**price, "valid_from": "2026-01-01"})
    assert PriceRow.objects.get().currency == "USD"


def test_nobody_is_called_system_or_renamed_or_deleted(client):
    sent = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    page = client.post(_address(User, "add"), {"username": "System", **sent})
    assert "stands for the command line" in page.content.decode()
    assert not User.objects.filter(username__iexact="system").exists()
    eve = person("eve")
    change = client.get(_address(User, "change", eve.pk)).content.decode()
    assert 'name="username"' not in change
    assert client.post(_address(User, "delete", eve.pk), {"post": "yes"}).status_code == 403


def test_a_key_is_revoked_through_the_use_case(client, rows):
    key = ApiKeyRow.objects.get()
    page = _act(client, ApiKeyRow, "revoke", key.pk)
    assert "revoked" in page
    key.refresh_from_db()
    assert key.revoked_at is not None
    entry = AuditEntryRow.objects.last()
    assert (entry.actor, entry.action, entry.subject) == ("root", "key.revoked", str(key.pk))
    assert entry.organisation_id == rows["home"].pk
    assert "no such live API key" in _act(client, ApiKeyRow, "revoke", key.pk)


def test_a_job_is_cancelled_through_the_use_case(client, rows):
    assert "told to stop" in _act(client, JobRow, "cancel", rows["job"].pk)
    rows["job"].refresh_from_db()
    assert rows["job"].state == JobState.CANCELLED
    actions = list(AuditEntryRow.objects.values_list("action", flat=True))
    assert actions[-2:] == ["job.cancel requested", "privacy.released"]
    assert "already ended" in _act(client, JobRow, "cancel", rows["job"].pk)


def test_a_privacy_budget_is_set_with_a_reason_through_the_use_case(client, rows):
    population = PopulationRow.objects.get()
    address = reverse("admin:studio_populationrow_budget", args=[population.pk])
    assert "9 more releases at ε = 1" in client.get(address).content.decode()
    sent = {"epsilon": "20", "delta": "0.001", "reason": "The board agreed."}
    assert client.post(address, sent).status_code == 302
    population.refresh_from_db()
    assert (population.epsilon, population.delta, population.decided) == (20.0, 0.001, True)
    entry = AuditEntryRow.objects.last()
    assert (entry.actor, entry.action) == ("root", "privacy.budget_changed")
    assert entry.organisation_id == rows["home"].pk


def test_a_privacy_budget_without_a_reason_or_below_what_is_spent_is_refused(client, rows):
    address = reverse("admin:studio_populationrow_budget", args=[PopulationRow.objects.get().pk])
    refused = client.post(address, {"epsilon": "20", "delta": "0.001", "reason": " "})
    assert "This field is required" in refused.content.decode()
    low = client.post(address, {"epsilon": "0.5", "delta": "0.001", "reason": "Less."})
    assert "set at least 1." in low.content.decode()
    assert not PopulationRow.objects.get().decided


def test_a_privacy_budget_of_another_organisation_is_not_set_by_its_staff(rows):
    staff = person("staff", Role.ADMINISTRATOR, organisation="Clinic", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_populationrow"))
    browser = Client()
    browser.force_login(staff, "django.contrib.auth.backends.ModelBackend")
    address = reverse("admin:studio_populationrow_budget", args=[PopulationRow.objects.get().pk])
    sent = {"epsilon": "20", "delta": "0.001", "reason": "Why not."}
    assert browser.post(address, sent).status_code == 403
    assert not PopulationRow.objects.get().decided


def test_people_are_forgotten_once_through_the_use_case(client, rows):
    key = PopulationRow.objects.get().pk
    assert "Nothing is kept" in _act(client, PopulationRow, "forget_people", key)


def test_staff_without_the_whole_instance_stay_in_their_organisation(rows):
    staff = person("staff", Role.ADMINISTRATOR, organisation="Clinic", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_apikeyrow"))
    browser = Client()
    browser.force_login(staff, "django.contrib.auth.backends.ModelBackend")
    key = ApiKeyRow.objects.get()
    assert "another organisation" in _act(browser, ApiKeyRow, "revoke", key.pk)
    key.refresh_from_db()
    assert key.revoked_at is None


def _act(client: Client, model: type, action: str, *keys: object) -> str:
    sent = {"action": action, "_selected_action": [str(k) for k in keys]}
    return client.post(_address(model, "changelist"), sent, follow=True).content.decode()


class TestVerifyingTheLog:
    def test_an_intact_log_is_said_to_be_intact(self, client, rows):
        assert "Verify log" in client.get(_address(AuditEntryRow, "changelist")).content.decode()
        page = client.post(reverse("admin:studio_audit_verify"), follow=True)
        assert "The log is intact: 1 entries" in page.content.decode()

    def test_a_tampered_log_is_named(self, client, rows):
        unguard(connection)
        AuditEntryRow.objects.update(leaf=b"{}")
        page = client.post(reverse("admin:studio_audit_verify"), follow=True)
        assert "Entry 0 was changed" in page.content.decode()

    def test_looking_alone_checks_nothing(self, client):
        assert client.get(reverse("admin:studio_audit_verify")).status_code == 405


class TestSigningIn:
    def test_somebody_who_is_no_staff_stays_out(self):
        browser = Client()
        browser.force_login(person("eve"), "django.contrib.auth.backends.ModelBackend")
        assert browser.get(reverse("admin:index")).status_code == 302

    def test_five_wrong_passwords_lock_the_sign_in(self):
        person("root", is_staff=True, is_superuser=True)
        address, browser = reverse("admin:login"), Client()
        for _ in range(4):
            wrong = browser.post(address, {"username": "root", "password": "guess"})
            assert wrong.status_code == 200
        assert browser.post(address, {"username": "root", "password": "guess"}).status_code == 429
        right = browser.post(address, {"username": "root", "password": PASSWORD})
        assert right.status_code == 429
        assert browser.get(reverse("admin:index")).status_code == 302

    def test_a_one_time_password_opens_nothing_but_its_change(self):
        root = person("root", is_staff=True, is_superuser=True)
        MembershipRow.objects.filter(user=root).update(must_change_password=True)
        browser = Client()
        browser.force_login(root, "django.contrib.auth.backends.ModelBackend")
        response = browser.get(reverse("admin:index"))
        assert response.status_code == 302
        assert response["Location"] == reverse("password")


def test_a_new_role_asks_for_a_password_of_ones_own_unless_the_box_is_cleared(client):
    for model in ("auth_user", "studio_membershiprow"):
        page = client.get(reverse(f"admin:{model}_add")).content.decode()
        boxes = re.findall(r'<input type="checkbox" name="[^"]*must_change_password"[^>]*>', page)
        assert boxes, model
        assert all("checked" in box for box in boxes), model


def test_the_first_rule_of_an_organisation_brings_copies_of_the_products(client):
    home = MembershipRow.objects.get(user__username="root").organisation
    rule = {
        "organisation": home.pk,
        "score": "similarity.quality",
        "when": When.BELOW.value,
        "limit": "0.95",
        "verdict": "do not release",
        "advice": "Train longer.",
    }
    address = reverse("admin:studio_releaserulerow_add")
    said = client.post(address, rule, follow=True).content.decode()
    assert f"copies of the product&#x27;s {len(DEFAULT_RULES)}" in said
    assert ReleaseRuleRow.objects.filter(organisation=home).count() == len(DEFAULT_RULES) + 1
    client.post(address, rule | {"limit": "0.96"})
    assert ReleaseRuleRow.objects.filter(organisation=home).count() == len(DEFAULT_RULES) + 2


def test_a_new_user_gets_a_role_in_the_same_form_or_none(client):
    OrganisationRow.objects.exclude(memberships__user__username="root").delete()
    home = OrganisationRow.objects.get()
    address = reverse("admin:auth_user_add")
    inline = client.get(address).context["inline_admin_formsets"][0].formset
    assert [form["organisation"].value() for form in inline.forms] == [home.pk]
    words = {"username": "nia", "password1": "one-time 1815 words", "usable_password": "true"}
    sent = {
        **words,
        "password2": words["password1"],
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-organisation": str(home.pk),
        "memberships-0-must_change_password": "on",
    }
    assert client.post(address, {**sent, "memberships-0-role": "approver"}).status_code == 302
    assert MembershipRow.objects.get(user__username="nia").role == "approver"
    assert client.post(address, {**sent, "username": "max"}).status_code == 302
    assert not MembershipRow.objects.filter(user__username="max").exists()


def test_a_password_that_somebody_chose_is_not_asked_for_again_by_a_look(client):
    eve = person("eve")
    for address in (
        reverse("admin:auth_user_change", args=[eve.id]),
        reverse("admin:studio_membershiprow_change", args=[eve.memberships.get().id]),
    ):
        page = client.get(address).content.decode()
        boxes = re.findall(r'<input type="checkbox" name="[^"]*must_change_password"[^>]*>', page)
        assert boxes, address
        assert not any("checked" in box for box in boxes), address


def test_the_back_office_has_the_icon_of_the_product(client):
    for browser, name in ((client, "admin:index"), (Client(), "admin:login")):
        page = browser.get(reverse(name)).content.decode()
        assert re.search(r'<link rel="icon" href="[^"]*icon[^"]*\.svg"', page)
