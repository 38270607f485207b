"""Fields of the privacy report about the promise: for whom, how strong, and what it means."""

from __future__ import annotations

from typing import Any

from domain.compliance import dp_wording as words
from domain.compliance import odds
from domain.compliance.belief_words import at_most
from domain.compliance.dp_case import PrivateCase
from domain.privacy.budget import DELTA_OF_PEOPLE
from domain.privacy.published import rounded_up, written
from domain.privacy.unit_words import unit_noun
from domain.synthesis.catalogue import SEQUENCES

_RULE_OF_THUMB = 1.2
"""δ at or below n to minus this power leaves nobody's whole row to chance."""

_SEVERAL = (2, 5, 10)
"""Rows of one person that the report tells the promise for."""


def factor(case: PrivateCase) -> float:
    """e^ε, rounded up."""
    return float(odds.interpretation(case.epsilon, case.delta)["factor"])


def unit(case: PrivateCase) -> tuple[list[str], dict[str, Any]]:
    """Who or what is protected, and what “neighbour” means."""
    replaced = replacing(case)
    sentences = [
        f"The guarantee protects {case.one_unit}.",
        words.NEIGHBOURS,
        f"{words.REPLACED} It is ε = {written(replaced['epsilon'])}, "
        f"δ = {written(replaced['delta'])}.",
    ]
    warned, grown = several_rows(case)
    if case.by_row:
        sentences.append(warned)
    return sentences, {
        "unit": case.statement.unit,
        "neighbours": case.statement.neighbours,
        "replace_one": replaced,
        "several_rows": grown if case.by_row else None,
    }


def replacing(case: PrivateCase) -> dict[str, float]:
    """ε and δ between tables of which one unit was replaced: removing it and adding another."""
    return {
        "epsilon": rounded_up(2 * case.epsilon),
        "delta": min(1.0, rounded_up((1 + factor(case)) * case.delta)),
    }


def several_rows(case: PrivateCase) -> tuple[str, list[dict[str, Any]]]:
    """What is left for somebody with several rows, where the unit is the row."""
    grown = []
    for rows in _SEVERAL:
        epsilon, delta = odds.of_several(case.epsilon, case.delta, rows)
        grown.append(
            {"rows": rows, "epsilon": rounded_up(epsilon), "delta": min(1.0, rounded_up(delta))}
        )
    told = "; ".join(
        f"for {g['rows']} rows ε = {written(g['epsilon'])} and δ = {written(g['delta'])}"
        if g["delta"] < 1
        else f"for {g['rows']} rows nothing, since δ reaches 1"
        for g in grown
    )
    return f"{words.SEVERAL_ROWS} Here that is: {told}. {words.NAME_THE_COLUMN}", grown


def contributions(case: PrivateCase) -> tuple[list[str], dict[str, Any] | None]:
    """How many rows one unit may contribute."""
    if case.by_row:
        return [words.ROW_CONTRIBUTIONS], None
    most = case.statement.rows_a_unit
    if case.run.synthesizer == SEQUENCES:
        return _of_histories(case)
    rows = "1 row" if most == 1 else f"{most:,} rows"
    chosen = (
        f"At most {rows} of each {unit_noun(case.statement.unit)} took part, chosen by secret lots."
    )
    return [chosen, words.DROPPED], {
        "rows_a_unit": most,
        "chosen_by": "secret lots of the sealed seed",
        "dropped": None,
    }


def _of_histories(case: PrivateCase) -> tuple[list[str], dict[str, Any]]:
    """Of each history one line about the whole of it, and some of its events."""
    most, whose = case.statement.rows_a_unit, unit_noun(case.statement.unit)
    return [
        f"Of each {whose} one line took part (when the history begins, how many events it has, "
        f"what never changes), and at most {most:,} events, each with the one before it, chosen "
        "by secret lots.",
        words.SHORTENED,
        words.DROPPED,
    ], {
        "rows_a_unit": most,
        "chosen_by": "secret lots of the sealed seed",
        "dropped": None,
    }


def guarantee(case: PrivateCase) -> tuple[list[str], dict[str, Any]]:
    """ε, δ, the curve, and δ against the number of units."""
    statement, rows = case.statement, case.rows
    exceeds = rows is not None and case.delta * rows >= 1
    curve = [
        {"delta": rounded_up(delta), "epsilon": rounded_up(epsilon)}
        for delta, epsilon in sorted(statement.curve, reverse=True)
    ]
    sentences = [
        f"ε = {written(case.epsilon)} at δ = {written(case.delta)}. {words.ROUNDED}",
        *([words.TOO_LARGE] if exceeds else [_delta_sentence(case)]),
        *([words.DISCOVERY] if statement.delta_discovery else []),
        *([words.CURVE] if curve else []),
    ]
    return sentences, {
        "epsilon": case.epsilon,
        "delta": case.delta,
        "delta_discovery": rounded_up(statement.delta_discovery),
        "delta_at_least_one_over_n": exceeds,
        "curve": curve,
    }


def _delta_sentence(case: PrivateCase) -> str:
    if case.rows is None:
        return (
            "That δ is below one over the number of units was checked when the fit started; the "
            "number itself is not told."
        )
    if case.delta <= max(case.rows, 2) ** -_RULE_OF_THUMB:
        return f"δ is well below one over {case.rows:,} rows."
    return (
        f"δ is below one over {case.rows:,} rows, but above the usual n^-1.2 = "
        f"{written(max(case.rows, 2) ** -_RULE_OF_THUMB)}: a smaller one is advisable."
    )


def population_size(case: PrivateCase) -> tuple[list[str], dict[str, Any]]:
    """Whether the number of rows was told, and at which price."""
    sentences = _number_public(case) if case.by_row else _number_private(case)
    return sentences, {"public": case.by_row, "rows": case.rows}


def _number_public(case: PrivateCase) -> list[str]:
    """What it takes for granted that the number of rows is told, and what holds without."""
    told = "The number" if case.rows is None else f"{case.rows:,}"
    weaker = replacing(case)
    return [
        "The number of rows is taken as public; nothing was spent on it.",
        f"{told} stands in the papers as it is, and that alone tells apart two tables of which one "
        f"has a row more: ε = {written(case.epsilon)} is about everything else, with this number "
        "taken as known.",
        "Between two tables of the same number of rows, of which one row was replaced by another, "
        f"the promise is ε = {written(weaker['epsilon'])}, δ = {written(weaker['delta'])}, and "
        "nothing is assumed.",
    ]


def _number_private(case: PrivateCase) -> list[str]:
    """That nothing published follows from a number that nobody paid for."""
    counted = "people" if case.run.synthesizer == SEQUENCES else "rows"
    delta = written(DELTA_OF_PEOPLE)
    return [
        f"The number of rows and of people is not public. About how many {counted} there are was "
        "asked with noise and paid for; as many are drawn where nobody asks otherwise.",
        f"A δ that nobody types is {delta} for every table: it follows from no count."
        if case.statement.delta == DELTA_OF_PEOPLE
        else f"δ is not {delta}, which is taken for every table where nobody types one: somebody "
        "typed it, or an earlier version took it from the order of magnitude of the number of "
        "rows.",
    ]


def interpretation(case: PrivateCase) -> tuple[list[str], dict[str, Any]]:
    """Odds for one person, and the most powerful test."""
    facts = odds.interpretation(case.epsilon, case.delta)
    coin = facts["beliefs"][-1]
    finds = facts["detections"][1]
    sentences = [
        f"The odds that somebody gives for a person being in the table can grow or shrink by a "
        f"factor of {written(facts['factor'])} at most.",
        f"Whoever would have bet even money is at most {at_most(coin['at_most'])} sure "
        "afterwards, whatever else they know.",
        f"Whoever accuses 1 in 100 strangers finds at most {at_most(finds['found_at_most'])} of "
        "those who were in it.",
        f"δ apart: the release is no worse than one that keeps these bounds but with a chance of "
        f"{written(case.delta)}, in which it tells outright who was in the table (Kairouz, Oh & "
        "Viswanath 2015). The share of those found includes it.",
        *([words.VOID + ": none of these bounds holds."] if case.statement.void else []),
    ]
    return sentences, facts
