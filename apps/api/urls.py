"""Every address under ``/api/v1/``."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.audit import AuditLogs
from apps.api.columns import PiiFlags, Profile
from apps.api.deletion import DeletionCertificate
from apps.api.errors import no_address
from apps.api.evaluations import Evaluate, PrivacyTest, UtilityTest
from apps.api.generators import DpReport, ModelCard, Training
from apps.api.jobs import JobDownload, JobStatus
from apps.api.keys import Key, Keys
from apps.api.preflight import Preflight
from apps.api.privacy_budget import PrivacyBudget
from apps.api.releases import Approvals, CompliancePack, Gates
from apps.api.sampling import Complete, DrawMore
from apps.api.schema import Docs, Schema
from apps.api.synthesis import Synthesize, Timeseries
from apps.api.tuning import PrivacyTunings
from apps.api.uploads import Upload

app_name = "api"

urlpatterns = [
    path("upload", Upload.as_view(), name="upload"),
    path("synthesize", Synthesize.as_view(), name="synthesize"),
    path("jobs/<uuid:id>/status", JobStatus.as_view(), name="job-status"),
    path("jobs/<uuid:id>/download", JobDownload.as_view(), name="job-download"),
    path("datasets/<uuid:id>/profile", Profile.as_view(), name="profile"),
    path("datasets/<uuid:id>/pii-flags", PiiFlags.as_view(), name="pii-flags"),
    path("datasets/<uuid:id>/preflight", Preflight.as_view(), name="preflight"),
    path("datasets/<uuid:id>/privacy-budget", PrivacyBudget.as_view(), name="privacy-budget"),
    path(
        "datasets/<uuid:id>/deletion-certificate",
        DeletionCertificate.as_view(),
        name="deletion-certificate",
    ),
    path("datasets/<uuid:id>/privacy-tuning", PrivacyTunings.as_view(), name="privacy-tuning"),
    path("datasets/<uuid:id>/evaluate", Evaluate.as_view(), name="evaluate"),
    path("datasets/<uuid:id>/utility-test", UtilityTest.as_view(), name="utility-test"),
    path("datasets/<uuid:id>/privacy-test", PrivacyTest.as_view(), name="privacy-test"),
    path("generators/dataset/<uuid:id>/timeseries", Timeseries.as_view(), name="timeseries"),
    path("generators/<uuid:id>/sample", DrawMore.as_view(), name="draw-more"),
    path("generators/<uuid:id>/complete", Complete.as_view(), name="complete"),
    path("generators/<uuid:id>/training", Training.as_view(), name="training"),
    path("generators/<uuid:id>/model-card", ModelCard.as_view(), name="model-card"),
    path("generators/<uuid:id>/dp-report", DpReport.as_view(), name="dp-report"),
    path("generators/<uuid:id>/compliance-pack", CompliancePack.as_view(), name="compliance-pack"),
    path("generators/<uuid:id>/gates", Gates.as_view(), name="gates"),
    path("generators/<uuid:id>/approvals", Approvals.as_view(), name="approvals"),
    path("audit/logs", AuditLogs.as_view(), name="audit-logs"),
    path("keys", Keys.as_view(), name="keys"),
    path("keys/<uuid:id>", Key.as_view(), name="key"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    # Without a slash at the end, these two are sent to the address with one.
    re_path(r"^(?!(?:schema|docs)$)", no_address),
]
