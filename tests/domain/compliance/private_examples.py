"""A finished private run, as the report about it is made from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from domain.compliance.dp_case import PrivateCase
from domain.compliance.dp_report import dp_report
from domain.kernel import BlobId
from domain.privacy.accounting import Exponential, Gaussian
from domain.privacy.budget import PrivacySpec, PrivacyStatement, TuningMode, TuningRecord
from domain.privacy.ledger import EntryState, LedgerEntry, LedgerSnapshot, SpendKind
from domain.privacy.touches import PublicDeclaration, Touches
from tests.domain.compliance.examples import ANNA, NOON, ORGANISATION, dataset, run

DIGEST = "ab" * 32
VOIDED = TuningRecord(
    mode=TuningMode.EXPLORATORY, configurations=12, account="A grid, compared on the real rows."
)
PROXY = replace(VOIDED, mode=TuningMode.PROXY, account="A grid, compared on public rows.")
TRAINING = {
    "sample_rate": 0.01,
    "steps": 2_000,
    "noise_multiplier": 1.13,
    "max_grad_norm": 1.0,
    "sampler": "Poisson",
    "loss_reduction": "sum over the expected batch",
    "networks": ["the whole network"],
}
AUDIT = {
    "epsilon_lower_bound": 0.31,
    "confidence": 0.95,
    "threat_model": "sees the model and knows every canary",
    "guesses": 300,
    "correct": 190,
    "canaries": 1_000,
    "trained_on": "synthetic rows that were released already",
}


def touches() -> tuple[dict[str, Any], ...]:
    """A record with a look of every kind."""
    kept = Touches(rho=1.0, delta=1e-5)
    kept.assume("names, types and formats of 50 columns")
    said = PublicDeclaration(source="Code book of the ministry, 2024", person="A. Lovelace")
    kept.declare("categories of “Aufnahmedatum der Überweisung”", said)
    kept.charge(
        "counts of “δ_creatinine_μmol_per_L”", Gaussian(noise_multiplier=9.5), sensitivity=3
    )
    kept.charge("common values of “laboratory_value_07”", Gaussian(noise_multiplier=9.5), 2e-6)
    kept.charge("choice of a pair", Exponential(epsilon=0.02), sensitivity=1)
    return tuple(touch.to_document() for touch in kept.record)


def statement(**changes: Any) -> PrivacyStatement:
    """A proof for rows."""
    made = PrivacyStatement(
        epsilon=0.99991,
        delta=1e-5,
        unit="row",
        accountant="zCDP filter, fixed beforehand",
        delta_discovery=2.5e-6,
        rho=0.0214,
        rho_spent=0.0209,
        second_epsilon=1.0371,
        second_accountant="RDP",
        touches=touches(),
        seed_commitment="cd" * 32,
        randomness="AES-256 in counter mode from a sealed 256-bit seed",
        curve=((1.025e-4, 0.87), (1.25e-5, 0.99), (3.5e-6, 1.0912)),
        not_covered=("The number of rows is taken as public.",),
    )
    return replace(made, **changes)


def ledger() -> LedgerSnapshot:
    """One release of two, out of a budget of 3."""
    spent = LedgerEntry(
        organisation_id=ORGANISATION,
        dataset_id=dataset().id,
        kind=SpendKind.TRAINING,
        subject_id=UUID(int=4),
        state=EntryState.SETTLED,
        epsilon=0.99991,
        delta=1e-5,
        unit="row",
        by=ANNA,
        at=NOON + timedelta(hours=3),
    )
    return LedgerSnapshot(
        budget_epsilon=3.0,
        budget_delta=1e-4,
        spent_epsilon=0.99991,
        spent_delta=1e-5,
        reserved_epsilon=0.0,
        reserved_delta=0.0,
        left_epsilon=2.00009,
        left_delta=9e-5,
        entries=(spent,),
        kin=("Inpatients 2024",),
        decided=True,
        forecast="2 more releases at ε = 1 and δ = 1e-5 fit into the budget.",
    )


def private_case(
    columns: int = 50, proof: PrivacyStatement | None = None, **more: Any
) -> PrivateCase:
    """A case; ``more`` are its other parts."""
    proved = proof or statement()
    asked = PrivacySpec(epsilon=1.0, delta=1e-5, unit=proved.unit, sealed_seed=BlobId("sealed"))
    made = {
        "run": run("marginals", privacy=asked, statement=proved, notes=()),
        "dataset": dataset(columns),
        "file_digests": (DIGEST,),
        "organisation": "St. Änne Hospital Group",
        "title": "Noisy marginals",
    }
    return PrivateCase(**{**made, **more})


def private_report(columns: int = 50, proof: PrivacyStatement | None = None, **more: Any) -> dict:
    """Its report."""
    return dp_report(private_case(columns, proof, **more), product_version="0.1.0", created_at=NOON)
