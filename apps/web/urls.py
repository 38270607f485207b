"""Every address of the pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.web.views import (
    account,
    datasets,
    deletion,
    evidence,
    keys,
    projects,
    releases,
    runs,
    tuning,
    well_known,
)
from domain.compliance.verifiers.identity import ADDRESS

urlpatterns = [
    path("", projects.projects, name="projects"),
    path("sign-in/", account.sign_in, name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("password/", account.password, name="password"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke, name="revoke-key"),
    path("projects/<uuid:project_id>/", projects.project, name="project"),
    path("projects/<uuid:project_id>/upload/", projects.upload, name="upload"),
    path("datasets/<uuid:dataset_id>/", datasets.dataset, name="dataset"),
    path("datasets/<uuid:dataset_id>/preview/", datasets.preview, name="preview"),
    path("datasets/<uuid:dataset_id>/profile/", datasets.profile, name="profile"),
    path("datasets/<uuid:dataset_id>/profile-again/", datasets.profile_again, name="profile-again"),
    path("datasets/<uuid:dataset_id>/columns/", datasets.columns, name="columns"),
    path("datasets/<uuid:dataset_id>/start/", datasets.start, name="start"),
    path("datasets/<uuid:dataset_id>/estimate/", datasets.estimate, name="estimate"),
    path("datasets/<uuid:dataset_id>/tune/", tuning.tune, name="tune"),
    path("tunings/<uuid:tuning_id>/", tuning.tuning, name="tuning"),
    path("tunings/<uuid:tuning_id>/tuning.json", tuning.log, name="tuning-log"),
    path("datasets/<uuid:dataset_id>/delete/", datasets.delete, name="delete-dataset"),
    path(
        "datasets/<uuid:dataset_id>/deletion-certificate/",
        deletion.certificate,
        name="deletion-certificate",
    ),
    path(
        "datasets/<uuid:dataset_id>/deletion-certificate.json",
        deletion.certificate_json,
        name="deletion-certificate-json",
    ),
    path("runs/<uuid:run_id>/", runs.run, name="run"),
    path("runs/<uuid:run_id>/complete/", runs.complete, name="complete"),
    path("runs/<uuid:run_id>/dp-report/", evidence.dp_report, name="dp-report"),
    path("runs/<uuid:run_id>/dp-report.json", evidence.dp_report_json, name="dp-report-json"),
    path("runs/<uuid:run_id>/dp-report.pdf", evidence.dp_report_pdf, name="dp-report-pdf"),
    path("jobs/<uuid:job_id>/cancel/", runs.cancel, name="cancel-job"),
    path("synthetic/<uuid:synthetic_id>/evaluate/", runs.evaluate, name="evaluate"),
    path("synthetic/<uuid:synthetic_id>/pack/", releases.pack, name="ask-for-pack"),
    path("synthetic/<uuid:synthetic_id>/approve/", releases.approve, name="approve"),
    path(
        "synthetic/<uuid:synthetic_id>/download/<slug:file_format>/", runs.download, name="download"
    ),
    path("evaluations/<uuid:evaluation_id>/", evidence.evaluation, name="evaluation"),
    path(
        "evaluations/<uuid:evaluation_id>/evaluation.json",
        evidence.download_evaluation,
        name="download-evaluation",
    ),
    path("packs/", evidence.packs, name="packs"),
    path("packs/<uuid:pack_id>/", evidence.pack, name="pack"),
    path("packs/<uuid:pack_id>/open/<path:name>", evidence.open_file, name="open-pack-file"),
    path("packs/<uuid:pack_id>/files/<path:name>", evidence.download_file, name="pack-file"),
    path("packs/<uuid:pack_id>/download/", evidence.download_pack, name="download-pack"),
    path("audit/", evidence.audit, name="audit"),
    path(ADDRESS, well_known.well_known, name="well-known"),
]
