"""A private card tells the method that ran, and only settings that it had."""

from __future__ import annotations

import pytest

from domain.compliance.summary_wording import bounded
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.catalogue import CATALOGUE
from tests.domain.compliance.examples import card

PROVED = PrivacyStatement(epsilon=2.5, delta=1e-6, unit="patient_number", accountant="zCDP")
PRIVATE = [name for name, known in CATALOGUE.items() if known.private]


def synthesizer(name: str, proof: PrivacyStatement | None = PROVED) -> dict:
    return card(5, synthesizer=name, statement=proof)["synthesizer"]


def test_a_private_log_was_written_from_noisy_counts_and_by_no_network():
    told = synthesizer("sequences")
    assert "recurrent" not in told["summary"]
    assert "from these counts alone" in told["summary"]
    assert [s["name"] for s in told["settings"]] == [
        "events_per_entity",
        "longest_history",
        "event_bins",
    ]


@pytest.mark.parametrize("name", ["autoregressive", "ctgan", "tvae"])
def test_a_private_network_learned_by_noisy_steps_under_settings_of_its_own(name):
    told = synthesizer(name)
    assert "noisy gradient steps" in told["summary"]
    assert "private_steps" in {s["name"] for s in told["settings"]}
    assert not {"dropout", "epochs", "max_epochs", "rare_threshold", "block_size"} & {
        s["name"] for s in told["settings"]
    }


def test_a_run_without_privacy_lists_no_setting_of_private_training():
    names = {s["name"] for s in synthesizer("sequences", None)["settings"]}
    assert "dropout" in names
    assert "events_per_entity" not in names


@pytest.mark.parametrize("name", PRIVATE)
def test_every_private_method_fits_the_first_page(name):
    summary = synthesizer(name)["summary"]
    assert bounded(summary, 160) == summary
