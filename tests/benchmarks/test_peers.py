"""The product beside its peers: commands, costs and the table."""

import sys
from pathlib import Path

import pytest

from benchmarks.comparison_table import Line, median_line, printed, ratio
from benchmarks.figures import Figures, Measured
from benchmarks.peers import PEERS, Peer, Task, main, timed_run, without_environment
from benchmarks.timing import CommandFailed, Cost, timed


def cost(seconds: float) -> Cost:
    return Cost(seconds=seconds, cpu_seconds=2 * seconds, peak_mib=100 * seconds)


def line(name: str, *seconds: float) -> Line:
    measured = Measured(twin=Figures(quality=0.9, gap=-0.01), real=Figures(quality=0.95, gap=0.0))
    return median_line(name, name.title(), [(cost(s), measured) for s in seconds])


def test_a_ratio_is_to_the_median_time_of_the_reference():
    lines = [line("studio", 9.0, 10.0, 50.0), line("other", 80.0)]
    assert ratio(lines[1], lines, "studio") == 8.0


def test_there_is_no_ratio_to_what_did_not_run():
    assert ratio(line("other", 80.0), [line("other", 80.0)], "studio") is None


def test_the_table_begins_with_what_real_rows_reach():
    rows = printed([line("studio", 9.0, 10.0, 50.0), line("other", 80.0)], "studio").splitlines()
    assert rows[2].split("|")[1].strip() == "real training rows"
    assert "0.950" in rows[2]
    assert "Studio (median of 3)" in rows[3]
    assert rows[4].split("|")[-2].strip() == "8.0 ×"


def test_every_line_of_the_table_is_as_long_as_its_head():
    rows = printed([line("studio", 9.0), line("other", 80.0)], "studio").splitlines()
    assert len({len(row) for row in rows}) == 1


def test_no_lines_are_an_empty_table():
    assert len(printed([], "studio").splitlines()) == 2


def test_a_missing_environment_is_said_in_one_sentence_with_the_way_out(tmp_path):
    sentence = without_environment(tmp_path / "python")
    assert sentence.count(".") == 1
    assert "make bench-peers" in sentence


def test_an_environment_that_is_there_is_no_obstacle():
    assert without_environment(Path(sys.executable)) == ""


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_is_told_the_file_the_rows_and_the_seed(name, tmp_path):
    task = Task(train=tmp_path / "train.csv", folder=tmp_path, rows=123, epochs=7, seed=45)
    words = PEERS[name].words(task)
    assert str(tmp_path / "train.csv") in words
    assert words[words.index("--rows") + 1] == "123"
    assert words[words.index("--seed") + 1] == "45"


def test_the_product_is_timed_without_evaluation_and_pack(tmp_path):
    task = Task(train=tmp_path / "train.csv", folder=tmp_path, rows=1, epochs=1, seed=0)
    assert PEERS["studio"].words(task)[-2:] == ["--no-evaluate", "--no-pack"]


def test_the_products_instance_is_made_beforehand():
    assert PEERS["studio"].before is not None
    assert PEERS["studio"].before()[-1] == "first_start"


def test_what_is_made_beforehand_is_there_for_the_run_and_not_on_its_bill(tmp_path):
    made = "import os, pathlib; pathlib.Path(os.environ['STUDIO_DATA_DIR'])"
    hungry = f"{made}.write_text('here'); block = b'x' * 80_000_000; len(block)"
    peer = Peer(
        title="Somebody",
        before=lambda: [sys.executable, "-S", "-c", hungry],
        words=lambda task: [sys.executable, "-S", "-c", f"{made}.rename('{task.folder}/found')"],
    )
    task = Task(train=tmp_path / "train.csv", folder=tmp_path, rows=1, epochs=1, seed=0)
    assert timed_run(peer, task).peak_mib < 60
    assert (tmp_path / "found").read_text() == "here"


def test_an_unknown_peer_is_refused_by_name(capsys):
    with pytest.raises(SystemExit):
        main(["train.csv", "holdout.csv", "--peers", "nobody"])
    assert "no nobody; there are studio, mostlyai" in capsys.readouterr().err


def test_a_command_is_measured_with_its_memory(tmp_path):
    hungry = "block = b'x' * 80_000_000; sum(range(3_000_000))"
    found = timed([sys.executable, "-c", hungry], log=tmp_path / "log")
    assert 75 < found.peak_mib < 150
    assert 0 < found.cpu_seconds < 60
    assert found.seconds > 0


def test_a_small_command_is_small_however_large_the_process_that_starts_it(tmp_path):
    assert timed([sys.executable, "-S", "-c", "1"], log=tmp_path / "log").peak_mib < 60


def test_a_command_that_fails_is_quoted_with_its_last_words(tmp_path):
    with pytest.raises(CommandFailed, match=r"code 3: the well is dry"):
        timed(
            [sys.executable, "-c", "import sys; print('the well is dry'); sys.exit(3)"],
            log=tmp_path / "log",
        )


def test_a_command_gets_what_is_added_to_its_environment(tmp_path):
    words = [sys.executable, "-c", "import os; print(os.environ['A_WORD'])"]
    timed(words, log=tmp_path / "log", environment={"A_WORD": "hello"})
    assert (tmp_path / "log").read_text().strip() == "hello"
