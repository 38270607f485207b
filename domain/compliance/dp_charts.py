"""The privacy report in two pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.charts.chart import Chart
from domain.charts.privacy_loss import belief_chart, loss_chart
from domain.compliance.belief_words import at_most
from domain.compliance.odds import posterior
from domain.privacy.published import written

_POINTS = 50


def privacy_charts(report: Mapping[str, Any]) -> dict[str, Chart]:
    """By the name of the field that each belongs to; none where a curve has no two points."""
    facts = {field["name"]: field["facts"] for field in report["fields"]}
    beliefs = _beliefs(report["epsilon"], facts["interpretation"])
    curve = [(point["delta"], point["epsilon"]) for point in facts["guarantee"]["curve"]]
    if len(curve) < 2:
        return {"interpretation": beliefs}
    return {"guarantee": _losses(curve, report), "interpretation": beliefs}


def _losses(curve: list[tuple[float, float]], report: Mapping[str, Any]) -> Chart:
    (most_delta, least), (least_delta, most) = max(curve), min(curve)
    alt = (
        f"The same noise is ε = {written(least)} at δ = {written(most_delta)} and "
        f"ε = {written(most)} at δ = {written(least_delta)}; promised is "
        f"ε = {written(report['epsilon'])} at δ = {written(report['delta'])} (ringed)."
    )
    promised = (report["delta"], report["epsilon"])
    points = sorted({*curve, promised}, reverse=True)
    return loss_chart("privacy-loss", alt, curve=points, at=report["delta"])


def _beliefs(epsilon: float, facts: Mapping[str, Any]) -> Chart:
    coin = facts["beliefs"][-1]
    alt = (
        f"Above the dashed line is what a release can add. Even money becomes "
        f"{at_most(coin['at_most'])} at most."
    )
    shares = [step / _POINTS for step in range(_POINTS + 1)]
    return belief_chart("belief", alt, beliefs=[(p, posterior(p, epsilon)) for p in shares])
