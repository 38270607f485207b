"""``upload``: files in, a dataset out, its profile queued."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from apps.api.documentation import operation
from apps.api.resource import Body, Resource, checked
from apps.uploads import SCHEMA_PART, Received, received
from config.wiring import web
from domain.datasets.entities import Dataset, DatasetRole
from domain.jobs import JobKind
from domain.kernel import BadInput, ProjectId

_FILES = "file"


class UploadFields(Body):
    """What may stand beside the files."""

    schema = serializers.CharField(
        required=False,
        help_text="Column types, a JSON file or text: our own form, or SDV's metadata.",
    )
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    project = serializers.CharField(
        required=False, help_text="Name or id of a project; the first one by default."
    )
    role = serializers.ChoiceField(
        choices=[role.value for role in DatasetRole],
        default=DatasetRole.SOURCE.value,
        help_text="holdout: other real rows to evaluate against, never trained on.",
    )


class UploadBody(UploadFields):
    """A multipart form."""

    file = serializers.ListField(
        child=serializers.FileField(),
        help_text="One or more: CSV, Excel, JSON, NDJSON, FHIR bundles (also zipped) or Parquet.",
    )


class TableSerializer(serializers.Serializer[Any]):
    """One table that was read."""

    name = serializers.CharField()
    rows = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())


class UploadedSerializer(serializers.Serializer[Any]):
    """The new dataset."""

    dataset_id = serializers.UUIDField()
    name = serializers.CharField()
    rows = serializers.IntegerField()
    tables = TableSerializer(many=True)
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What reading decided: separator, encoding."
    )
    expires_at = serializers.DateTimeField(help_text="When the real rows are shredded.")
    job_id = serializers.UUIDField(
        allow_null=True, help_text="The profile job; a holdout has none."
    )


class Upload(Resource):
    """Take in one dataset of one or more files."""

    parser_classes = [MultiPartParser]

    @operation(
        tag="Datasets",
        summary="Upload a dataset",
        description=(
            "Each file becomes a table (a workbook: one a sheet). Files are encrypted while they "
            "arrive and read at once: one that cannot be used is refused and leaves nothing. "
            "A profile is queued; look at the suggested columns and PII flags, then confirm them."
        ),
        request={"multipart/form-data": UploadBody},
        answers={201: UploadedSerializer},
        refusals=(400, 404, 413),
    )
    def post(self, request: Request) -> Response:
        dataset = self._upload(request, received_files(request))
        return Response(self._document(dataset), status=status.HTTP_201_CREATED)

    def _upload(self, request: Request, got: Received) -> Dataset:
        fields = checked(UploadFields(data=request.POST))
        text = fields.get("schema")
        return web.upload_dataset()(
            self.actor,
            files=got.files,
            name=fields.get("name", ""),
            project_id=self._project(fields),
            schema=got.schema if text is None else text.encode(),
            role=DatasetRole(fields["role"]),
        )

    def _project(self, fields: dict[str, Any]) -> ProjectId | None:
        if "project" not in fields:
            return None
        return api_queries.project_called(self.actor.organisation_id, fields["project"])

    def _document(self, dataset: Dataset) -> dict[str, Any]:
        job_id = api_queries.latest_job(dataset.organisation_id, JobKind.PROFILE, dataset.id)
        return {
            "dataset_id": str(dataset.id),
            "name": dataset.name,
            "rows": dataset.rows,
            "tables": [
                {"name": t.name, "rows": t.rows, "columns": list(t.columns)} for t in dataset.tables
            ],
            "notes": list(dataset.notes),
            "expires_at": dataset.expires_at,
            "job_id": str(job_id) if job_id else None,
        }


def received_files(request: Request) -> Received:
    """The files of the form; refuses what came in another field."""
    _ = request.data  # parses the form, or says why it cannot
    got = received(request._request)
    unknown = sorted(set(request.FILES) - {_FILES, SCHEMA_PART})
    if unknown or not got.files:
        raise BadInput(f"Send one file or more in the form field “{_FILES}”.")
    return got
