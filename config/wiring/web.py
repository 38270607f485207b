"""What pages, API and admin may do: use cases that compute nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from config import VERSION
from config.wiring import adapters as a
from domain.kernel import DatasetId, OrganisationId
from domain.ports import Jobs
from domain.usecases.api_keys import CreateApiKey, FindKeyOwner, RevokeApiKey
from domain.usecases.approve_release import ApproveRelease
from domain.usecases.audit_log import ReadAudit, VerifyAudit
from domain.usecases.cancel_job import CancelJob
from domain.usecases.confirm_columns import ConfirmColumns
from domain.usecases.create_project import CreateProject
from domain.usecases.delete_dataset import DeleteDataset, ExpireDatasets
from domain.usecases.download import DownloadPack, DownloadSynthetic
from domain.usecases.download_model_card import DownloadModelCard
from domain.usecases.edit_pack_template import ConfirmPackTemplate, EditPackTemplate
from domain.usecases.estimate_fit import EstimateFit
from domain.usecases.forget_people import ForgetPeople
from domain.usecases.pack_material import GatherMaterial
from domain.usecases.preview_dataset import PreviewDataset
from domain.usecases.preview_pack_template import PreviewPackTemplate
from domain.usecases.read_deletion_certificate import ReadDeletionCertificate
from domain.usecases.read_dp_report import DownloadDpReport, ReadDpReport
from domain.usecases.read_evaluation import DownloadEvaluation, ReadEvaluation
from domain.usecases.read_gates import ReadGates
from domain.usecases.read_gates import Standing as Standing
from domain.usecases.read_model_card import ReadModelCard
from domain.usecases.read_pack import DownloadPackFile, ReadPack
from domain.usecases.read_privacy_ledger import ReadPrivacyLedger
from domain.usecases.read_profile import ReadProfile
from domain.usecases.read_tuning import ListTunings, ReadTuning
from domain.usecases.receive_file import ReceiveFile
from domain.usecases.remind_reviews import RemindReviews, ReviewsDue
from domain.usecases.request_completion import RequestCompletion
from domain.usecases.request_evaluation import RequestEvaluation
from domain.usecases.request_pack import RequestPack
from domain.usecases.request_profile import RequestProfile
from domain.usecases.request_sample import RequestSample
from domain.usecases.request_tuning import RequestTuning
from domain.usecases.rotate_master_key import RotateMasterKey
from domain.usecases.set_privacy_budget import SetPrivacyBudget
from domain.usecases.spend_privacy import SpendPrivacy
from domain.usecases.start_synthesis import StartSynthesis
from domain.usecases.start_synthesis import Synthesis as Synthesis
from domain.usecases.start_training import StartTraining
from domain.usecases.upload_dataset import UploadDataset

if TYPE_CHECKING:
    from domain.usecases.download_mapping import DownloadMapping

_UNPACKED = 10
"""Packed tables unpack to 3 to 50 times their size; what one request may give is 10 times the
largest upload."""


def create_project() -> CreateProject:
    return CreateProject(projects=a.projects(), audit=a.audit(), atomic=a.atomic)


def receive_file() -> ReceiveFile:
    return ReceiveFile(blobs=a.blobs(), limit=settings.STUDIO_UPLOAD_LIMIT_MB * 1_000_000)


def receive_file_of_any_size() -> ReceiveFile:
    return ReceiveFile(blobs=a.blobs(), limit=None)


def upload_dataset() -> UploadDataset:
    return _upload_dataset(
        a.jobs(), unpacked_limit=_UNPACKED * settings.STUDIO_UPLOAD_LIMIT_MB * 1_000_000
    )


def upload_dataset_of_any_size(jobs: Jobs) -> UploadDataset:
    return _upload_dataset(jobs, unpacked_limit=None)


def _upload_dataset(jobs: Jobs, unpacked_limit: int | None) -> UploadDataset:
    return UploadDataset(
        projects=a.projects(),
        datasets=a.datasets(),
        blobs=a.blobs(),
        ledger=a.ledger(),
        jobs=jobs,
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
        retention=a.retention,
        budget=a.privacy_budget(),
        unpacked_limit=unpacked_limit,
    )


def request_profile() -> RequestProfile:
    return RequestProfile(
        datasets=a.datasets(), jobs=a.jobs(), audit=a.audit(), atomic=a.atomic, clock=a.clock
    )


def read_profile() -> ReadProfile:
    return ReadProfile(datasets=a.datasets(), blobs=a.blobs(), audit=a.audit(), atomic=a.atomic)


def preview_dataset() -> PreviewDataset:
    return PreviewDataset(datasets=a.datasets(), blobs=a.blobs(), audit=a.audit(), atomic=a.atomic)


def confirm_columns() -> ConfirmColumns:
    return ConfirmColumns(
        datasets=a.datasets(), blobs=a.blobs(), audit=a.audit(), atomic=a.atomic, clock=a.clock
    )


def delete_dataset() -> DeleteDataset:
    return DeleteDataset(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        ledger=a.ledger(),
        blobs=a.blobs(),
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
    )


def expire_datasets() -> ExpireDatasets:
    return ExpireDatasets(
        datasets=a.datasets(), blobs=a.blobs(), delete=delete_dataset(), clock=a.clock
    )


def spend_privacy() -> SpendPrivacy:
    return SpendPrivacy(
        ledger=a.ledger(), jobs=a.jobs(), audit=a.audit(), atomic=a.atomic, clock=a.clock
    )


def read_privacy_ledger() -> ReadPrivacyLedger:
    return ReadPrivacyLedger(ledger=a.ledger())


def privacy_forecast(organisation_id: UUID, dataset_id: UUID) -> str:
    """How many more releases the budget of a dataset allows, for the back office."""
    account = a.ledger().account(OrganisationId(organisation_id), DatasetId(dataset_id))
    return account.forecast


def set_privacy_budget() -> SetPrivacyBudget:
    return SetPrivacyBudget(ledger=a.ledger(), audit=a.audit(), atomic=a.atomic)


def forget_people() -> ForgetPeople:
    return ForgetPeople(ledger=a.ledger(), blobs=a.blobs(), audit=a.audit(), atomic=a.atomic)


def start_training(jobs: Jobs | None = None) -> StartTraining:
    return StartTraining(
        datasets=a.datasets(),
        blobs=a.blobs(),
        runs=a.runs(),
        spending=spend_privacy(),
        jobs=jobs or a.jobs(),
        audit=a.audit(),
        keys=a.keys(),
        atomic=a.atomic,
        clock=a.clock,
        sdv=settings.STUDIO_SDV,
    )


def estimate_fit() -> EstimateFit:
    return EstimateFit(datasets=a.datasets(), blobs=a.blobs(), sdv=settings.STUDIO_SDV)


def request_sample(jobs: Jobs | None = None) -> RequestSample:
    return RequestSample(
        datasets=a.datasets(),
        blobs=a.blobs(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        jobs=jobs or a.jobs(),
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
    )


def request_completion() -> RequestCompletion:
    return _request_completion(
        a.jobs(), unpacked_limit=_UNPACKED * settings.STUDIO_UPLOAD_LIMIT_MB * 1_000_000
    )


def request_completion_of_any_size(jobs: Jobs) -> RequestCompletion:
    return _request_completion(jobs, unpacked_limit=None)


def _request_completion(jobs: Jobs, unpacked_limit: int | None) -> RequestCompletion:
    return RequestCompletion(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        blobs=a.blobs(),
        jobs=jobs,
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
        unpacked_limit=unpacked_limit,
    )


def request_evaluation(jobs: Jobs | None = None) -> RequestEvaluation:
    return RequestEvaluation(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        evaluations=a.evaluations(),
        jobs=jobs or a.jobs(),
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
    )


def request_pack(jobs: Jobs | None = None) -> RequestPack:
    return RequestPack(
        runs=a.runs(),
        synthetics=a.synthetics(),
        evaluations=a.evaluations(),
        packs=a.packs(),
        jobs=jobs or a.jobs(),
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
    )


def gather_material() -> GatherMaterial:
    return GatherMaterial(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        evaluations=a.evaluations(),
        approvals=a.approvals(),
        jobs=a.jobs(),
        blobs=a.blobs(),
        keys=a.keys(),
        ledger=a.ledger(),
        audit=a.audit(),
        templates=a.templates(),
        rules=a.release_rules,
        clock=a.clock,
        organisation=settings.STUDIO_ORGANISATION,
        product_version=VERSION,
    )


def approve_release() -> ApproveRelease:
    return ApproveRelease(
        gather=gather_material(),
        approvals=a.approvals(),
        audit=a.audit(),
        atomic=a.atomic,
        second_person=settings.STUDIO_SECOND_PERSON,
    )


def read_gates() -> ReadGates:
    return ReadGates(gather=gather_material(), second_person=settings.STUDIO_SECOND_PERSON)


def edit_pack_template() -> EditPackTemplate:
    return EditPackTemplate(
        templates=a.templates(), audit=a.audit(), atomic=a.atomic, clock=a.clock
    )


def confirm_pack_template() -> ConfirmPackTemplate:
    return ConfirmPackTemplate(
        templates=a.templates(), audit=a.audit(), atomic=a.atomic, clock=a.clock
    )


def preview_pack_template() -> PreviewPackTemplate:
    return PreviewPackTemplate(
        documents=a.documents(),
        clock=a.clock,
        organisation=settings.STUDIO_ORGANISATION,
        product_version=VERSION,
    )


def remind_reviews() -> RemindReviews:
    return RemindReviews(templates=a.templates(), audit=a.audit(), atomic=a.atomic, clock=a.clock)


def reviews_due() -> ReviewsDue:
    return ReviewsDue(templates=a.templates(), clock=a.clock)


def start_synthesis(jobs: Jobs | None = None) -> StartSynthesis:
    return StartSynthesis(
        start_training=start_training(jobs),
        request_sample=request_sample(jobs),
        request_evaluation=request_evaluation(jobs),
        request_pack=request_pack(jobs),
        atomic=a.atomic,
        second_person=settings.STUDIO_SECOND_PERSON,
    )


def cancel_job() -> CancelJob:
    return CancelJob(
        jobs=a.jobs(),
        spending=spend_privacy(),
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
    )


def read_evaluation() -> ReadEvaluation:
    return ReadEvaluation(
        evaluations=a.evaluations(),
        synthetics=a.synthetics(),
        runs=a.runs(),
        blobs=a.blobs(),
    )


def download_evaluation() -> DownloadEvaluation:
    return DownloadEvaluation(read=read_evaluation(), audit=a.audit(), atomic=a.atomic)


def read_model_card() -> ReadModelCard:
    return ReadModelCard(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        evaluations=a.evaluations(),
        blobs=a.blobs(),
        keys=a.keys(),
        clock=a.clock,
        organisation=settings.STUDIO_ORGANISATION,
        product_version=VERSION,
    )


def read_deletion_certificate() -> ReadDeletionCertificate:
    return ReadDeletionCertificate(
        datasets=a.datasets(),
        runs=a.runs(),
        templates=a.templates(),
        audit=a.audit(),
        keys=a.keys(),
        clock=a.clock,
        organisation=settings.STUDIO_ORGANISATION,
        product_version=VERSION,
    )


def read_dp_report() -> ReadDpReport:
    return ReadDpReport(
        datasets=a.datasets(),
        runs=a.runs(),
        ledger=a.ledger(),
        keys=a.keys(),
        clock=a.clock,
        organisation=settings.STUDIO_ORGANISATION,
        product_version=VERSION,
    )


def download_dp_report() -> DownloadDpReport:
    return DownloadDpReport(
        runs=a.runs(),
        synthetics=a.synthetics(),
        packs=a.packs(),
        blobs=a.blobs(),
        audit=a.audit(),
        atomic=a.atomic,
    )


def download_synthetic() -> DownloadSynthetic:
    return DownloadSynthetic(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        blobs=a.blobs(),
        audit=a.audit(),
        atomic=a.atomic,
    )


def download_pack() -> DownloadPack:
    return DownloadPack(packs=a.packs(), blobs=a.blobs(), audit=a.audit(), atomic=a.atomic)


def read_pack() -> ReadPack:
    return ReadPack(packs=a.packs(), blobs=a.blobs())


def download_pack_file() -> DownloadPackFile:
    return DownloadPackFile(packs=a.packs(), blobs=a.blobs(), audit=a.audit(), atomic=a.atomic)


def download_model_card() -> DownloadModelCard:
    return DownloadModelCard(
        runs=a.runs(), synthetics=a.synthetics(), packs=a.packs(), take=download_pack_file()
    )


def download_mapping() -> DownloadMapping:
    from domain.usecases.download_mapping import DownloadMapping

    return DownloadMapping(
        packs=a.packs(),
        blobs=a.blobs(),
        documents=a.documents(),
        audit=a.audit(),
        atomic=a.atomic,
    )


def create_api_key() -> CreateApiKey:
    return CreateApiKey(keys=a.api_keys(), audit=a.audit(), atomic=a.atomic, clock=a.clock)


def revoke_api_key() -> RevokeApiKey:
    return RevokeApiKey(keys=a.api_keys(), audit=a.audit(), atomic=a.atomic, clock=a.clock)


def find_key_owner() -> FindKeyOwner:
    return FindKeyOwner(keys=a.api_keys(), clock=a.clock)


def read_audit() -> ReadAudit:
    return ReadAudit(audit=a.audit(), ledger=a.ledger())


def rotate_master_key() -> RotateMasterKey:
    return RotateMasterKey(keys=a.keys(), blob_keys=a.blob_keys(), audit=a.audit(), atomic=a.atomic)


def verify_audit() -> VerifyAudit:
    return VerifyAudit(audit=a.audit(), packs=a.packs(), verify=signed_here)


def signed_here(signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` over ``message`` is this instance's."""
    try:
        Ed25519PublicKey.from_public_bytes(a.keys().public_key()).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def public_key() -> bytes:
    """This instance's Ed25519 public key."""
    return a.keys().public_key()


def request_tuning() -> RequestTuning:
    """Queue a search for ε."""
    return RequestTuning(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        tunings=a.tunings(),
        ledger=a.ledger(),
        jobs=a.jobs(),
        audit=a.audit(),
        atomic=a.atomic,
        clock=a.clock,
    )


def read_tuning() -> ReadTuning:
    """Look at a search for ε."""
    return ReadTuning(tunings=a.tunings(), jobs=a.jobs())


def list_tunings() -> ListTunings:
    """The searches for the ε of a dataset."""
    return ListTunings(datasets=a.datasets(), tunings=a.tunings(), jobs=a.jobs())
