"""What a reviewer reads: evaluations, evidence packs, the audit log."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from adapters.orm import queries
from apps.actors import actor_of
from config.wiring import web
from domain.compliance.pack_files import may_open
from domain.compliance.verifiers.identity import signer
from domain.evaluation.report import Rendering
from domain.kernel import BadInput, EvaluationId, PackId, Permission, RunId
from domain.synthesis.catalogue import CATALOGUE

_AUDIT_PAGE = 50


@require_safe
def evaluation(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Every score with its baseline and what it says, in the rendering asked for."""
    actor = actor_of(request)
    report = web.read_evaluation()(
        actor, evaluation_id=EvaluationId(evaluation_id), rendering=_rendering(request)
    )
    header = queries.evaluation(actor.organisation_id, evaluation_id)
    context = {"header": header, "report": report}
    return render(request, "evidence/evaluation.html", context)


@require_safe
def download_evaluation(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """The evaluation as JSON, in the rendering asked for. Audited."""
    report = web.download_evaluation()(
        actor_of(request), evaluation_id=EvaluationId(evaluation_id), rendering=_rendering(request)
    )
    name = f"evaluation-{str(evaluation_id)[:8]}-{report.rendering}.json"
    answer = JsonResponse(report.to_document(), json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def dp_report(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What a private run promises, and what the promise rests on."""
    actor = actor_of(request)
    report = web.read_dp_report()(actor, run_id=RunId(run_id))
    page = queries.run(actor.organisation_id, run_id)
    context = {
        "report": report,
        "page": page,
        "printed": any(pack.built for block in page.samples for pack in block.packs),
    }
    return render(request, "evidence/dp_report.html", context)


@require_safe
def dp_report_json(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The same as JSON."""
    report = web.read_dp_report()(actor_of(request), run_id=RunId(run_id))
    answer = JsonResponse(report, json_dumps_params={"ensure_ascii": False})
    name = f"dp-report-{str(run_id)[:8]}.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
def dp_report_pdf(request: HttpRequest, run_id: UUID) -> FileResponse:
    """The same on paper, as it was sealed in the newest evidence pack. Audited."""
    file = web.download_dp_report()(actor_of(request), run_id=RunId(run_id))
    return FileResponse(
        file.stream, as_attachment=True, filename=file.name, content_type=file.media_type
    )


def _rendering(request: HttpRequest) -> Rendering:
    asked = request.GET.get("rendering", Rendering.INTERNAL)
    if asked not in set(Rendering):
        raise BadInput(f"A rendering is one of: {', '.join(Rendering)}.")
    return Rendering(asked)


@require_safe
def packs(request: HttpRequest) -> HttpResponse:
    """Every finished evidence pack."""
    actor = actor_of(request)
    actor.require(Permission.DOWNLOAD_PACK)
    context = {
        "packs": queries.packs(actor.organisation_id),
        "catalogue": CATALOGUE,
        "signer": signer(web.public_key()),
    }
    if actor.may(Permission.APPROVE):
        context["review_due"] = web.reviews_due()(actor.organisation_id)
    return render(request, "evidence/packs.html", context)


@require_safe
def download_pack(request: HttpRequest, pack_id: UUID) -> FileResponse:
    """An evidence pack as zip. Audited."""
    file = web.download_pack()(actor_of(request), pack_id=PackId(pack_id))
    return FileResponse(
        file.stream, as_attachment=True, filename=file.name, content_type=file.media_type
    )


@require_safe
def pack(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """The files of a pack: what each is, to open or to take along."""
    actor = actor_of(request)
    _, files = web.read_pack()(actor, pack_id=PackId(pack_id))
    context = {
        "pack": queries.pack(actor.organisation_id, pack_id),
        "files": files,
        "signer": signer(web.public_key()),
    }
    return render(request, "evidence/pack.html", context)


@require_safe
def open_file(request: HttpRequest, pack_id: UUID, name: str) -> FileResponse:
    """A paper or document of a pack, in the browser; what could run there is saved. Audited."""
    return _packed_file(request, pack_id, name, opened=True)


@require_safe
def download_file(request: HttpRequest, pack_id: UUID, name: str) -> FileResponse:
    """One file of a pack. Audited."""
    return _packed_file(request, pack_id, name, opened=False)


def _packed_file(request: HttpRequest, pack_id: UUID, name: str, *, opened: bool) -> FileResponse:
    file = web.download_pack_file()(actor_of(request), pack_id=PackId(pack_id), name=name)
    return FileResponse(
        file.stream,
        as_attachment=not (opened and may_open(name)),
        filename=file.name,
        content_type=file.media_type,
    )


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The audit log, newest first."""
    actor = actor_of(request)
    actor.require(Permission.READ_AUDIT)
    subject = request.GET.get("subject", "")
    lines = queries.audit_lines(actor.organisation_id, subject, web.read_audit().hidden(actor))
    page = Paginator(lines, _AUDIT_PAGE).get_page(request.GET.get("page"))
    return render(request, "evidence/audit.html", {"page": page, "subject": subject})
