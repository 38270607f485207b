"""Histories by the product, SDV's PAR and the MOSTLY AI engine on one log, judged alike.

    python -m benchmarks.sequence_peers                      (a simulated log of 500 accounts)
    python -m benchmarks.sequence_peers TRAIN HOLDOUT --entity COLUMN --time COLUMN

Each runs as a process of its own, timed from its start to its end, with its own defaults; the
product as ``manage.py synthesize … --no-evaluate --no-pack`` on a new, empty instance. The engine
hands its events out in no order of time, so it is shown sorted as well. Prints one table and writes
it, with all figures, to ``--out``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from benchmarks.layout import number, table, times
from benchmarks.machine import this_machine
from benchmarks.peers import PEERS_PYTHON, ROOT, without_environment, without_sdv
from benchmarks.simulated_log import ENTITY, TIME, transactions
from benchmarks.timing import CommandFailed, Cost, timed
from benchmarks.typed_files import metadata_of, text_of, typed_rows
from domain.evaluation.figures import Figure
from domain.evaluation.temporal import temporal_figures
from domain.kernel import StudioError

_FIGURES = (
    ("temporal.order", "back in time"),
    ("temporal.gaps", "gaps"),
    ("temporal.lengths", "lengths"),
    ("temporal.events", "worst column"),
    ("temporal.autocorrelation", "autocorrelation"),
    ("temporal.transitions", "transitions"),
    ("temporal.running_formula", "adds up"),
    ("temporal.detection_auc", "detection"),
)
_HEAD = ("", "seconds", "CPU s", "MiB", *(title for _, title in _FIGURES), "time ratio")
_ACCOUNTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Two files of real histories of different entities."""

    train: Path
    holdout: Path
    entity: str
    time: str

    def figures(self, twin: pd.DataFrame) -> tuple[Figure, ...]:
        """How the twin's histories move, with the same seed for every twin."""
        text = text_of(self.train)
        metadata = metadata_of(text)
        rows = (typed_rows(text, metadata), typed_rows(text_of(self.holdout), metadata))
        return temporal_figures(*rows, twin, entity=self.entity, time=self.time)

    def twin(self, file: Path) -> pd.DataFrame:
        """A twin's file, typed as the real rows are."""
        return typed_rows(text_of(file), metadata_of(text_of(self.train)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A synthesizer of histories."""

    title: str
    words: Callable[[Log, Path, int], list[str]]
    """The command line that learns the log and writes as many histories into a folder."""
    obstacle: Callable[[], str] = lambda: ""
    twin: str = "twin.csv"
    ordered: bool = True
    """Whether its events come in the order of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table."""

    title: str
    cost: Cost | None
    figures: tuple[Figure, ...]


def _studio(log: Log, folder: Path, seed: int) -> list[str]:
    words = [sys.executable, str(ROOT / "manage.py"), "synthesize", str(log.train)]
    words += ["--entity", log.entity, "--time", log.time, "--out", str(folder / "out")]
    return [*words, "--seed", str(seed), "--no-evaluate", "--no-pack"]


def _peer(*start: str) -> Callable[[Log, Path, int], list[str]]:
    def words(log: Log, folder: Path, seed: int) -> list[str]:
        files = [str(log.train), str(folder / "twin.csv")]
        keys = ["--entity", log.entity, "--time", log.time, "--seed", str(seed)]
        return [*start, *files, *keys]

    return words


PEERS = (
    Peer(title="Synthetic Data Studio", words=_studio, twin="out/synthetic.csv"),
    Peer(
        title="MOSTLY AI engine, sequential",
        words=_peer(str(PEERS_PYTHON), str(ROOT / "benchmarks/peer_mostlyai_histories.py")),
        obstacle=without_environment,
        ordered=False,
    ),
    Peer(
        title="SDV PAR",
        words=_peer(sys.executable, "-m", "benchmarks.peer_sdv_par"),
        obstacle=without_sdv,
    ),
)


def lines_of(peer: Peer, log: Log, seed: int) -> list[Line]:
    """Run a peer; its twin as it came and, if that has no order, sorted by time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {"STUDIO_DATA_DIR": str(folder / "instance"), "PYTHONPATH": str(ROOT)}
        cost = timed(peer.words(log, folder, seed), log=folder / "log.txt", environment=environment)
        twin = log.twin(folder / peer.twin)
    found = [Line(title=peer.title, cost=cost, figures=log.figures(twin))]
    if not peer.ordered:
        twin = twin.sort_values([log.entity, log.time], kind="stable", ignore_index=True)
        found.append(Line(title="the same, sorted", cost=None, figures=log.figures(twin)))
    return found


def printed(lines: Sequence[Line]) -> str:
    """The table; every time as a multiple of the first line's."""
    real = {f.name: f.baseline for f in lines[0].figures if f.scope == "table"}
    rows = [_row(line, lines[0]) for line in lines]
    rows.append(["real histories", *[""] * 3, *(number(real.get(n)) for n, _ in _FIGURES), ""])
    return table(_HEAD, rows)


def _row(line: Line, first: Line) -> list[str]:
    values = {f.name: f.value for f in line.figures if f.scope == "table" or _of_formula(f)}
    told = [number(values.get(name)) for name, _ in _FIGURES]
    if line.cost is None or first.cost is None:
        return [line.title, "", "", "", *told, ""]
    cost = line.cost
    spent = [number(cost.seconds, 0), number(cost.cpu_seconds, 0), number(cost.peak_mib, 0)]
    return [line.title, *spent, *told, times(cost.seconds / first.cost.seconds)]


def _of_formula(figure: Figure) -> bool:
    return figure.name == "temporal.running_formula"


def _log(wanted: argparse.Namespace, folder: Path) -> Log:
    """The files that were named, else two simulated ones."""
    if wanted.train is not None:
        if wanted.holdout is None or wanted.entity is None or wanted.time is None:
            raise SystemExit("Name two files, and the columns of --entity and --time.")
        return Log(
            train=wanted.train, holdout=wanted.holdout, entity=wanted.entity, time=wanted.time
        )
    for seed, name in enumerate(("train.csv", "holdout.csv")):
        transactions(_ACCOUNTS, seed).to_csv(folder / name, index=False)
    return Log(train=folder / "train.csv", holdout=folder / "holdout.csv", entity=ENTITY, time=TIME)


def _measured(log: Log, seed: int) -> list[Line]:
    lines: list[Line] = []
    for peer in PEERS:
        if obstacle := peer.obstacle():
            print(f"{peer.title} is left out: {obstacle}", file=sys.stderr, flush=True)
            continue
        print(f"{peer.title} …", file=sys.stderr, flush=True)
        try:
            lines += lines_of(peer, log, seed)
        except (CommandFailed, StudioError) as failure:
            print(f"{peer.title} is left out: {failure}", file=sys.stderr, flush=True)
    return lines


def main(words: Sequence[str] | None = None) -> None:
    """Run all, print and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path, nargs="?", help="real events to learn from")
    parser.add_argument("holdout", type=Path, nargs="?", help="events of other entities")
    parser.add_argument("--entity")
    parser.add_argument("--time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="for table and JSON")
    wanted = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        log = _log(wanted, Path(folder))
        machine = this_machine()
        lines = _measured(log, wanted.seed)
    text = f"{printed(lines)}\n\n{machine.sentence()}\n"
    print(text)
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "sequence_peers.md").write_text(text)
    (wanted.out / "sequence_peers.json").write_text(
        json.dumps(
            {"machine": asdict(machine), "lines": [asdict(line) for line in lines]}, indent=1
        )
    )


if __name__ == "__main__":
    main()
