from __future__ import annotations

from dataclasses import replace

import pytest

from domain.kernel import BadInput
from domain.synthesis.catalogue import AUTO, entry
from domain.synthesis.choosing import (
    MOST_COLUMNS,
    TableShape,
    check_counting,
    check_settings,
    choose,
)
from domain.synthesis.engines import engine

USUAL = TableShape(tables=1, rows=10_000, columns=15)


def chosen(**more: int) -> tuple[str, str]:
    choice = choose(replace(USUAL, **more), private=False)
    return choice.synthesizer.name, choice.reason


@pytest.mark.parametrize(
    ("shape", "name", "words"),
    [
        ({}, "autoregressive", "10,000 rows and 15 columns"),
        ({"rows": 40}, "autoregressive", "independent columns"),
        ({"columns": MOST_COLUMNS + 1}, "tvae", "1,501 columns"),
        (
            {"tables": 3, "columns": 5_000},
            "autoregressive",
            "learns related tables, and there are 3",
        ),
    ],
)
def test_the_shape_decides_and_the_reason_says_so(
    shape: dict[str, int], name: str, words: str
) -> None:
    picked, reason = chosen(**shape)
    assert picked == name
    assert reason.startswith(f"Chosen automatically: “{name}”, because ")
    assert words in reason
    assert reason.endswith(".")
    assert reason.count(". ") == 0


def test_privacy_leaves_only_those_that_can_be_private() -> None:
    choice = choose(USUAL, private=True)
    assert choice.synthesizer.name == "marginals"
    assert "differential privacy" in choice.reason


def test_wide_tables_are_learned_by_a_network_under_privacy_and_the_reason_says_why() -> None:
    choice = choose(replace(USUAL, columns=101), private=True)
    assert choice.synthesizer.name == "autoregressive"
    assert choice.synthesizer.private
    assert "101 columns" in choice.reason


@pytest.mark.parametrize(
    ("more", "words"),
    [({"tables": 2}, "Related tables"), ({"columns": 1_501}, "1,500 at most")],
)
def test_what_cannot_be_private_yet_is_refused(more: dict[str, int], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        choose(replace(USUAL, **more), private=True)


def test_settings_are_refused_early_only_if_no_possible_choice_takes_them() -> None:
    check_settings(entry(AUTO), {"max_epochs": "3"})
    check_settings(entry(AUTO), {"latent_dimension": "3"})
    with pytest.raises(BadInput, match="There is no setting “pac”"):
        check_settings(entry(AUTO), {"pac": "3"})
    with pytest.raises(BadInput, match="“max_epochs” takes a whole number"):
        check_settings(entry(AUTO), {"max_epochs": "many"})
    with pytest.raises(BadInput, match="There is no setting “latent_dimension”"):
        check_settings(entry("autoregressive"), {"latent_dimension": "3"})


def test_the_automatic_choice_is_made_before_an_engine_is_asked_for() -> None:
    with pytest.raises(BadInput, match="choose a synthesizer before training"):
        engine(AUTO)


@pytest.mark.parametrize(
    ("name", "setting", "private", "words"),
    [
        ("sequences", "dropout", True, "counts without an ε only, so leave it out. With one there"),
        ("sequences", "event_bins", False, "counts with an ε only, so leave it out. Without one"),
        ("autoregressive", "block_size", True, "private_steps"),
    ],
)
def test_settings_that_a_run_would_pass_over_are_refused(name, setting, private, words):
    with pytest.raises(BadInput, match=words):
        check_counting(entry(name), {setting: 1}, private=private)
    check_counting(entry(name), {setting: 1}, private=not private)


def test_settings_of_a_synthesizer_that_knows_no_other_way_always_count():
    check_counting(entry("marginals"), {"bins": 12}, private=True)
