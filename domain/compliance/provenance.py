"""``provenance.json``: where a synthetic file comes from, by whom, when and with what.

Schema 1, ``schemas/provenance.json``. It quotes no cell of the real table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.compliance.environment_lock import LOCK
from domain.compliance.job_log import job_log
from domain.compliance.product import PRODUCT
from domain.compliance.provenance_case import ProvenanceCase, moment

PROVENANCE_SCHEMA = 1


def provenance(case: ProvenanceCase, audit_head: Mapping[str, Any] | None) -> dict[str, Any]:
    """The document, ready for ``json.dumps``; ``audit_head`` is that of the pack's extract.

    Of private runs keyed digests stand for the hashes of the files, and a commitment for the
    sealed seed.
    """
    head = {name: audit_head[name] for name in ("size", "root")} if audit_head else None
    return {
        "schema": PROVENANCE_SCHEMA,
        "pack": str(case.pack_id),
        "created_at": moment(case.created_at),
        "organisation": case.organisation,
        "product": {"name": PRODUCT, "version": case.product_version},
        "builder": case.builder,
        "private": case.private,
        "ids": {
            "dataset": str(case.dataset.id),
            "run": str(case.run.id),
            "synthetic": str(case.synthetic.id),
        },
        "steps": [{"step": step, "by": by, "at": moment(at)} for step, by, at in _steps(case)],
        "source_files": case.sources(),
        "model": case.model(),
        "synthetic_files": case.drawn(),
        "seeds": case.seeds,
        "versions": {name: v for name, v in case.run.versions.items() if name != LOCK},
        "environment": case.lock.to_document(),
        "jobs": job_log(case.jobs, private=case.private),
        "audit_head": head,
    }


def _steps(case: ProvenanceCase) -> Iterator[tuple[str, str, datetime]]:
    """Who did what, when, in the order of a pack's making."""
    dataset, run, synthetic = case.dataset, case.run, case.synthetic
    yield "uploaded", str(dataset.created_by), dataset.created_at
    if dataset.confirmed_at is not None:
        yield dataset.confirmation.step, str(dataset.confirmed_by), dataset.confirmed_at
    yield "started training", str(run.created_by), run.created_at
    yield "asked for rows", str(synthetic.created_by), synthetic.created_at
    if case.approval is not None:
        yield "approved", str(case.approval.by), case.approval.at
