"""The report about differential privacy: generated from the record of a run, field by field.

Eighteen fields in a fixed order, each with at least one sentence; a field that does not apply says
why. The document is JSON (schema 1, ``schemas/dp_report.json``); it quotes no cell of the real
table, and no figure about it that was not paid for or taken as public.

The reading order follows the privacy pyramid of NIST SP 800-226 (2025), the fields the practice of
Ponomareva et al., “How to DP-fy ML” (2023).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.compliance import dp_ground, dp_method, dp_promise, odds
from domain.compliance.dp_case import PrivateCase, unit_words
from domain.compliance.dp_wording import ALONE, FIELDS, LAYERS, ROWS_KNOWN, VOID
from domain.compliance.product import PRODUCT
from domain.privacy.budget import ROW, PrivacyStatement
from domain.privacy.published import rounded_up, written

DP_REPORT_SCHEMA = 1

Told = tuple[list[str], Mapping[str, Any] | None]
"""The sentences of a field and its facts; no facts where it does not apply."""

_TELLS: Mapping[str, Callable[[PrivateCase], Told]] = {
    "setting": dp_ground.setting,
    "data": dp_ground.data,
    "unit": dp_promise.unit,
    "contributions": dp_promise.contributions,
    "guarantee": dp_promise.guarantee,
    "population_size": dp_promise.population_size,
    "mechanisms": dp_method.mechanisms,
    "training": dp_method.training,
    "accountant": dp_method.accountant,
    "tuning": dp_method.tuning,
    "holdout": dp_method.holdout,
    "randomness": dp_method.randomness,
    "post_processing": dp_method.post_processing,
    "ledger": dp_ground.ledger,
    "released": dp_ground.released,
    "interpretation": dp_promise.interpretation,
    "audit": dp_method.audit,
    "limitations": dp_ground.limitations,
}


def dp_report(case: PrivateCase, *, product_version: str, created_at: datetime) -> dict[str, Any]:
    """The report of one private run, ready for ``json.dumps``, for print and for the page."""
    void = case.statement.void
    return {
        "schema": DP_REPORT_SCHEMA,
        "created_at": created_at.isoformat(),
        "organisation": case.organisation,
        "product": {"name": PRODUCT, "version": product_version},
        "run": str(case.run.id),
        "dataset": case.dataset.name,
        "synthesizer": {"name": case.run.synthesizer, "title": case.title},
        "void": void,
        "stamp": VOID if void else None,
        "epsilon": case.epsilon,
        "delta": case.delta,
        "unit": case.statement.unit,
        "summary": _summary(case),
        "layers": [
            {
                "name": name,
                "title": title,
                "says": says,
                "fields": [n for n, (_, _, layer) in enumerate(FIELDS, 1) if layer == name],
            }
            for name, (title, says) in LAYERS.items()
        ],
        "fields": [_field(number, case) for number in range(1, len(FIELDS) + 1)],
    }


def _summary(case: PrivateCase) -> str:
    """The promise, and that it is about one release where something left without noise."""
    left = case.ledger.plain if case.ledger else ()
    promise = guarantee_sentence(case.statement)
    alone = case.evaluation_included or any(release.way.has_left for release in left)
    return f"{promise} {ALONE}" if alone and not case.statement.void else promise


def guarantee_sentence(statement: PrivacyStatement) -> str:
    """The whole promise in one sentence."""
    epsilon, delta = written(statement.epsilon), written(statement.delta)
    if statement.void:
        return (
            f"{VOID}: the noise was that of ε = {epsilon}, δ = {delta}, but settings were chosen "
            "by looks at the rows that nobody paid for, so nothing is promised."
        )
    by_row = statement.unit == ROW
    being = "whether it was" if by_row else "whether they were"
    known = f", {ROWS_KNOWN}" if by_row else ""
    factor = odds.interpretation(rounded_up(statement.epsilon), statement.delta)["factor"]
    return (
        f"ε = {epsilon}, δ = {delta} for {unit_words(statement.unit)}{known}: {being} in the table "
        "makes nothing that anybody can see in the model or its rows more than "
        f"{written(factor)} times as likely or unlikely, but for a chance of {delta}."
    )


def _field(number: int, case: PrivateCase) -> dict[str, Any]:
    name, title, layer = FIELDS[number - 1]
    sentences, facts = _TELLS[name](case)
    return {
        "number": number,
        "name": name,
        "title": title,
        "layer": layer,
        "applicable": facts is not None,
        "sentences": sentences,
        "facts": facts,
    }
