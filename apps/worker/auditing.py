"""An audit of a promised ε in the foreground: a file of public rows in, a JSON file out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apps.worker.terminal import Steps
from config.wiring import worker
from domain.evaluation.audit_request import AuditRequest
from domain.evaluation.privacy_audit import PrivacyAudit, ThreatModel
from domain.kernel import Actor, BadInput
from domain.synthesis.requests import InputFile, PrivacyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line was asked for."""

    rows: Path
    source: str
    on_real_rows: bool
    out: Path
    synthesizer: str
    settings: Mapping[str, str]
    target: str | None
    privacy: PrivacyRequest
    threat_model: ThreatModel
    schema: Path | None
    canaries: int
    confidence: float
    seed: int
    force: bool


def audit(actor: Actor, request: Request, steps: Steps) -> PrivacyAudit:
    """Audit, and write the result to ``request.out``."""
    for path in (request.rows, request.schema):
        if path is not None and not path.is_file():
            raise BadInput(f"There is no file {path}.")
    _check_free(request.out, force=request.force)
    steps.step("audit")
    found = worker.audit_privacy_file(steps.show)(actor, wanted=_wanted(request))
    document = json.dumps(found.to_document(), indent=2, ensure_ascii=False)
    request.out.write_text(f"{document}\n", encoding="utf-8")
    return found


def _check_free(out: Path, *, force: bool) -> None:
    if out.is_dir() or not out.parent.is_dir():
        raise BadInput(f"{out} cannot be written; name a JSON file in a folder that is there.")
    if out.exists() and not force:
        raise BadInput(f"{out} is there already; choose another file or add --force.")


def _wanted(request: Request) -> AuditRequest:
    return AuditRequest(
        rows=InputFile(name=request.rows.name, open=lambda: request.rows.open("rb")),
        source=request.source,
        on_real_rows=request.on_real_rows,
        synthesizer=request.synthesizer,
        settings=request.settings,
        target=request.target,
        privacy=request.privacy,
        threat_model=request.threat_model,
        schema=request.schema.read_bytes() if request.schema else None,
        canaries=request.canaries,
        confidence=request.confidence,
        seed=request.seed,
    )
