"""The few figures on the first page: none that looks like a pass where nothing was measured."""

from __future__ import annotations

from typing import Any

from domain.compliance.summary_wording import guarantee, headline_words


def card(*figures: dict[str, Any]) -> dict[str, Any]:
    return {"metrics": {"headline": list(figures)}}


def metric(name: str, value: float | None, **more: Any) -> dict[str, Any]:
    nothing = {"scope": "table", "interval": None, "threshold": None}
    return {"name": name, "value": value, **nothing, **more}


RISK = metric("leakage.reidentification", 0.0, interval=[0.0, 0.701], threshold=0.09)
QUALITY = metric("similarity.quality", 0.971, threshold=0.8)


def test_a_risk_is_told_with_its_interval_and_its_only_limit():
    assert headline_words(card(QUALITY, RISK)) == (
        "Overall re-identification risk 0.0% (95 %: 0.0% to 70.1%; limit 9.0%) · "
        "Quality score (SDMetrics) 97.1% (limit 80.0%)"
    )


def test_figures_of_one_of_several_tables_name_it():
    of_conditions = {**QUALITY, "scope": "conditions/table"}
    gap = metric("utility.r2_gap", -0.0176, scope="encounters/column:COST", threshold=-0.03)
    told = headline_words(card(of_conditions, gap))
    assert "Quality score (SDMetrics) 97.1% (of “conditions”; limit 80.0%)" in told
    assert "(of “encounters”; limit" in told
    alone = metric("utility.r2_gap", -0.0176, scope="column:COST")
    assert "of “" not in headline_words(card(QUALITY, alone))


def test_a_risk_that_nobody_could_measure_is_said_first():
    copies = metric("privacy.exact_copies", 0.0, interval=[0.0, 0.155])
    unmeasured = metric("leakage.reidentification", None)
    assert headline_words(card(copies, unmeasured)) == (
        "Overall re-identification risk not measured · "
        "Copies of training rows 0.00% (95 %: 0.00% to 15.50%)"
    )


def test_only_an_attack_that_was_made_is_told_in_the_place_of_a_proof():
    copies = metric("privacy.exact_copies", 0.0)
    assert "was measured instead" in guarantee(card(RISK, copies), None)
    unmeasured = guarantee(card(metric("leakage.reidentification", None), copies), None)
    assert "no attack was made" in unmeasured
