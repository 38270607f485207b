"""Histories beside those of other engines: the simulated log, the commands and the table."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sequence_peers import PEERS, Line, Log, main, printed
from benchmarks.simulated_log import ENTITY, TIME, transactions
from benchmarks.timing import Cost
from domain.evaluation.temporal import temporal_figures


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    log = transactions(30, 0)
    figures = temporal_figures(
        log, transactions(30, 1), transactions(30, 2), entity=ENTITY, time=TIME, learned=False
    )
    costs = [Cost(seconds=s, cpu_seconds=s, peak_mib=100) for s in (10.0, 80.0)]
    found = [Line(title=str(c.seconds), cost=c, figures=figures) for c in costs]
    return [*found, Line(title="the same, sorted", cost=None, figures=figures)]


def test_every_amount_of_the_simulated_log_changes_its_balance():
    log = transactions(5, 0)
    steps = log.groupby(ENTITY)["balance"].diff()
    assert np.allclose(steps.dropna(), log["amount"][steps.notna()], atol=0.011)
    assert log.groupby(ENTITY)[TIME].apply(lambda days: days.is_monotonic_increasing).all()


def test_another_seed_gives_other_accounts():
    assert not set(transactions(5, 0)[ENTITY]) & set(transactions(5, 1)[ENTITY])


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.title)
def test_every_peer_is_told_the_file_the_keys_and_the_seed(peer, tmp_path):
    log = Log(train=tmp_path / "a.csv", holdout=tmp_path / "b.csv", entity="who", time="day")
    words = peer.words(log, tmp_path, 7)
    assert {str(log.train), "who", "day", "7"} <= set(words)
    assert Path(words[0]) == Path(sys.executable) or ".venv-peers" in words[0]


def test_times_are_multiples_of_the_first_line_and_real_histories_come_last(lines):
    rows = printed(lines).splitlines()
    assert rows[3].split("|")[-2].strip() == "8.0 ×"
    assert rows[4].split("|")[-2].strip() == ""
    assert rows[5].split("|")[1].strip() == "real histories"
    assert len({len(row) for row in rows}) == 1


def test_two_files_without_their_keys_are_refused(tmp_path):
    with pytest.raises(SystemExit, match="Name two files, and the columns"):
        main([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
