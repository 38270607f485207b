"""``generators/{id}``: gates and approvals, and packs that are asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from adapters.orm import api_queries
from adapters.orm.twin_queries import twin_of_run
from apps.api.documentation import file_answer, identifier, operation
from apps.api.resource import Body, Resource, attachment, read, read_query
from config.wiring import web
from domain.compliance.controls.catalogue import FRAMEWORKS
from domain.compliance.controls.formats import FORMATS
from domain.compliance.pack_files import WORKBOOK
from domain.compliance.release_gates import GateState
from domain.jobs import JobKind
from domain.kernel import Conflict, PackId, Permission, SyntheticDatasetId

_WITH_EVALUATION = (
    "Of a private run: about the pack that holds the evaluation, whose figures no ε covers. "
    "Packs of other runs always hold it."
)


class TwinBody(Body):
    """Which rows of the run."""

    synthetic_dataset_id = serializers.UUIDField(
        default=None, allow_null=True, help_text="The newest rows of the run if null."
    )
    with_evaluation = serializers.BooleanField(default=False, help_text=_WITH_EVALUATION)


class ApprovalBody(TwinBody):
    """A person's word."""

    reason = serializers.CharField(
        default="", allow_blank=True, help_text="It goes into the audit log and into the pack."
    )
    override = serializers.BooleanField(
        default=False, help_text="Override the gates that are shut; this needs a reason."
    )


class PackBody(TwinBody):
    """What the pack is mapped to, and in which forms."""

    frameworks = serializers.ListField(
        child=serializers.CharField(),
        default=list(FRAMEWORKS),
        help_text=f"Some of: {', '.join(FRAMEWORKS)}.",
    )
    formats = serializers.ListField(
        child=serializers.CharField(),
        default=list(FORMATS),
        help_text=f"Some of: {', '.join(FORMATS)}.",
    )


class GateSerializer(serializers.Serializer[Any]):
    """One gate."""

    name = serializers.CharField()
    state = serializers.ChoiceField([state.value for state in GateState])
    says = serializers.CharField(help_text="One sentence for people.")


class ApprovalSerializer(serializers.Serializer[Any]):
    """A person's word, about these rows as this evaluation judged them."""

    id = serializers.UUIDField()
    synthetic_dataset_id = serializers.UUIDField()
    evaluation_id = serializers.UUIDField(allow_null=True)
    by = serializers.CharField()
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    overridden = serializers.ListField(
        child=serializers.CharField(), help_text="The gates that spoke against it."
    )


class GatesSerializer(serializers.Serializer[Any]):
    """How the gates stand."""

    synthetic_dataset_id = serializers.UUIDField(source="synthetic_id")
    evaluation_id = serializers.UUIDField(
        allow_null=True, help_text="What would go into a pack beside the rows."
    )
    gates = GateSerializer(many=True, help_text="In the order in which they are passed.")
    shut = serializers.ListField(
        child=serializers.CharField(), help_text="Those that forbid the release."
    )
    held = serializers.CharField(
        help_text="Why no pack would leave now and what to do; empty where one would."
    )
    approval = ApprovalSerializer(allow_null=True)


class QueuedPackSerializer(serializers.Serializer[Any]):
    """A queued pack."""

    pack_id = serializers.UUIDField()
    job_id = serializers.UUIDField(help_text="Its download is the pack.")


class _OfTwin(Resource):
    """A view about the newest rows of a run, or those that the request names."""

    def twin(self, run_id: UUID, asked: dict[str, Any]) -> SyntheticDatasetId:
        """Taken out of what was asked."""
        named = asked.pop("synthetic_dataset_id")
        return twin_of_run(self.actor.organisation_id, run_id, named)


class Gates(_OfTwin):
    """How the gates before a release stand."""

    @operation(
        tag="Evidence",
        summary="See how the gates before a release stand",
        description="Told from what a pack asked for now would be made from. A pack is built only "
        "where none is shut; where the instance asks for a second person, only once approved.",
        parameters=[identifier("a training run"), TwinBody],
        answers={200: GatesSerializer},
        refusals=(400, 404, 409),
    )
    def get(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.VIEW)
        asked = read_query(TwinBody, request)
        standing = web.read_gates()(self.actor, synthetic_id=self.twin(id, asked), **asked)
        return Response(GatesSerializer(standing).data)


class Approvals(_OfTwin):
    """A person's word that rows may leave."""

    @operation(
        tag="Evidence",
        summary="Approve that synthetic rows leave",
        description="About the rows as their newest evaluation judged them: another evaluation "
        "needs another word. Gates that are shut refuse it (409) unless they are overridden with "
        "a reason; so does having made the rows oneself where a second person is asked for.",
        request=ApprovalBody,
        parameters=[identifier("a training run")],
        answers={201: ApprovalSerializer},
        refusals=(400, 404, 409),
        example={
            "reason": "For the teaching hospital; see the minutes of 3 May.",
            "override": True,
        },
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.APPROVE)
        asked = read(ApprovalBody, request)
        approval = web.approve_release()(self.actor, synthetic_id=self.twin(id, asked), **asked)
        return Response(ApprovalSerializer(approval).data, status=status.HTTP_201_CREATED)


class CompliancePackQuery(Body):
    """Which part of the pack."""

    framework = serializers.ChoiceField(
        list(FRAMEWORKS),
        default=None,
        help_text="With a format: what the mapping says of this framework, an excerpt of the "
        "signed whole. Without one the pack has to be mapped to it alone (else 409).",
    )
    format = serializers.ChoiceField(
        list(FORMATS),
        default=None,
        help_text="The mapping of controls alone: json, pdf, xlsx, or oscal as a zip of its "
        "files; without it the whole pack.",
    )


class CompliancePack(_OfTwin):
    """The evidence pack of a training run."""

    @operation(
        tag="Evidence",
        summary="Download the evidence pack, or its mapping of controls",
        description="The newest built pack of the run's newest synthetic dataset, whole; or, with "
        "a format, the mapping of its controls alone. Every download is audited.",
        parameters=[identifier("a training run"), CompliancePackQuery],
        answers={
            (200, "application/zip"): file_answer("The evidence pack, or its OSCAL files."),
            (200, "application/pdf"): file_answer("The mapping on paper."),
            (200, "application/json"): OpenApiResponse(
                OpenApiTypes.OBJECT, description="The mapping as one document."
            ),
            (200, WORKBOOK): file_answer("The mapping as a workbook."),
        },
        refusals=(400, 404, 409),
    )
    def get(self, request: Request, id: UUID) -> HttpResponseBase:
        self.actor.require(Permission.DOWNLOAD_PACK)
        asked = read_query(CompliancePackQuery, request)
        pack = api_queries.newest_pack(self.actor.organisation_id, id)
        if not pack.built:
            raise Conflict(self._why_not(pack.id))
        if asked["format"] is None:
            made = web.download_pack()(self.actor, pack_id=pack.id, framework=asked["framework"])
        else:
            made = web.download_mapping()(
                self.actor,
                pack_id=pack.id,
                file_format=asked["format"],
                framework=asked["framework"],
            )
        return attachment(made.stream, made.name, made.media_type)

    @operation(
        tag="Evidence",
        summary="Ask for an evidence pack",
        description="Queues a pack about the run's newest rows and their newest evaluation. A "
        "gate that is shut fails the job, whose error says which and what to do.",
        request=PackBody,
        parameters=[identifier("a training run")],
        answers={202: QueuedPackSerializer},
        refusals=(400, 404, 409),
        example={"frameworks": ["hipaa"], "formats": ["pdf", "oscal"]},
    )
    def post(self, request: Request, id: UUID) -> Response:
        self.actor.require(Permission.TRAIN)
        asked = read(PackBody, request)
        pack, job = web.request_pack()(self.actor, synthetic_id=self.twin(id, asked), **asked)
        document = {"pack_id": str(pack.id), "job_id": str(job.id)}
        return Response(document, status=status.HTTP_202_ACCEPTED)

    def _why_not(self, pack_id: PackId) -> str:
        """Why there is no pack to download: it is on its way, or what its job ended with."""
        home = self.actor.organisation_id
        job_id = api_queries.latest_job(home, JobKind.PACK, pack_id)
        error = api_queries.job(home, job_id).error if job_id else ""
        return error or "The evidence pack is not built yet; ask again when its job is done."
