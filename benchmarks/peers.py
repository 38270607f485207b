"""The product, SDV's networks and the MOSTLY AI engine on one split, judged alike.

    python -m benchmarks.peers TRAIN HOLDOUT --target COLUMN --seeds 0,1,2,3,4

Each runs as a process of its own, timed from its start to its end, with its own defaults; the
product as ``manage.py synthesize … --no-evaluate --no-pack`` on a new, empty instance. That
instance is made before the clock starts (``manage.py first_start``), as the peers' environments
are: it is made once, however many twins follow. Then the product's own evaluation judges every
twin against the same held-out rows. Prints one table and writes it, with all figures, to ``--out``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from benchmarks.comparison_table import Line, median_line, printed
from benchmarks.figures import Measured, measure
from benchmarks.machine import this_machine
from benchmarks.timing import CommandFailed, Cost, timed
from benchmarks.typed_files import metadata_of, text_of, typed_rows
from domain.datasets.entities import Metadata
from domain.kernel import StudioError

ROOT = Path(__file__).resolve().parents[1]
PEERS_PYTHON = ROOT / ".venv-peers/bin/python"
STUDIO = "studio"
_CLASSIFIERS = 5
"""Seeds that the detection AUC is averaged over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run of one synthesizer."""

    train: Path
    folder: Path
    """Empty, for the run alone."""
    rows: int
    epochs: int
    """Of SDV's networks."""
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A synthesizer that can be run side by side with the others."""

    title: str
    words: Callable[[Task], list[str]]
    """The command line of a task; what is timed."""
    before: Callable[[], list[str]] | None = None
    """The command line that readies ``Task.folder``, run before the clock starts."""
    twin: str = "twin.csv"
    """Where in the task's folder the twin is afterwards."""
    obstacle: Callable[[], str] = lambda: ""
    """Why it cannot run here and what to do, one sentence; empty where it can."""


def _new_instance() -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "first_start"]


def _studio(task: Task) -> list[str]:
    words = [sys.executable, str(ROOT / "manage.py"), "synthesize", str(task.train)]
    words += ["--out", str(task.folder / "out"), "--rows", str(task.rows)]
    return [*words, "--seed", str(task.seed), "--no-evaluate", "--no-pack"]


def _sdv(network: str) -> Callable[[Task], list[str]]:
    def words(task: Task) -> list[str]:
        module = [sys.executable, "-m", "benchmarks.peer_sdv", network]
        return [*module, *_from_to(task), "--epochs", str(task.epochs)]

    return words


def _mostlyai(task: Task) -> list[str]:
    return [str(PEERS_PYTHON), str(ROOT / "benchmarks/peer_mostlyai.py"), *_from_to(task)]


def _from_to(task: Task) -> list[str]:
    files = [str(task.train), str(task.folder / "twin.csv")]
    return [*files, "--rows", str(task.rows), "--seed", str(task.seed)]


def without_sdv() -> str:
    """Why SDV's networks cannot run, or the empty string."""
    return "" if find_spec("sdv") else "SDV is not installed; “make setup” installs it."


def without_environment(python: Path = PEERS_PYTHON) -> str:
    """Why the MOSTLY AI engine cannot run, or the empty string."""
    if python.is_file():
        return ""
    return "The MOSTLY AI engine has no environment here; “make bench-peers” makes it."


PEERS = {
    STUDIO: Peer(
        title="Synthetic Data Studio",
        words=_studio,
        before=_new_instance,
        twin="out/synthetic.csv",
    ),
    "mostlyai": Peer(title="MOSTLY AI engine", words=_mostlyai, obstacle=without_environment),
    "sdv-tvae": Peer(title="SDV TVAE", words=_sdv("tvae"), obstacle=without_sdv),
    "sdv-ctgan": Peer(title="SDV CTGAN", words=_sdv("ctgan"), obstacle=without_sdv),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The real rows, as all are judged by them."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    metadata: Metadata
    target: str | None

    @classmethod
    def of(cls, train: Path, holdout: Path, target: str | None) -> Split:
        text = text_of(train)
        metadata = metadata_of(text)
        return cls(
            train=typed_rows(text, metadata),
            holdout=typed_rows(text_of(holdout), metadata),
            metadata=metadata,
            target=target,
        )

    def measure(self, twin: Path) -> Measured:
        """A twin's figures; every twin is judged with the same seeds."""
        rows = typed_rows(text_of(twin), self.metadata)
        return measure(
            self.train,
            self.holdout,
            rows,
            self.metadata,
            target=self.target,
            classifiers=_CLASSIFIERS,
        )


def run(peer: Peer, split: Split, task: Task) -> tuple[Cost, Measured]:
    """Run one synthesizer, then judge its twin."""
    cost = timed_run(peer, task)
    return cost, split.measure(task.folder / peer.twin)


def timed_run(peer: Peer, task: Task) -> Cost:
    """Ready the task's folder, then time the run alone."""
    environment = {
        "STUDIO_DATA_DIR": str(task.folder / "instance"),
        "PYTHONPATH": str(ROOT),
    }
    if peer.before is not None:
        timed(peer.before(), log=task.folder / "before.txt", environment=environment)
    return timed(peer.words(task), log=task.folder / "log.txt", environment=environment)


def _lines(wanted: argparse.Namespace, split: Split) -> list[Line]:
    lines: list[Line] = []
    for name in wanted.peers:
        peer = PEERS[name]
        obstacle = peer.obstacle()
        if obstacle:
            _say(f"{peer.title} is left out: {obstacle}")
            continue
        runs = []
        for seed in wanted.seeds if name == STUDIO else wanted.seeds[:1]:
            _say(f"{peer.title}, seed {seed} …")
            try:
                runs.append(_one(peer, split, wanted, seed))
            except (CommandFailed, StudioError) as failure:
                _say(f"{peer.title} is left out: {failure}")
        if runs:
            lines.append(median_line(name, peer.title, runs))
    return lines


def _one(peer: Peer, split: Split, wanted: argparse.Namespace, seed: int) -> tuple[Cost, Measured]:
    with tempfile.TemporaryDirectory() as folder:
        task = Task(
            train=wanted.train.resolve(),
            folder=Path(folder),
            rows=wanted.rows or len(split.train),
            epochs=wanted.epochs,
            seed=seed,
        )
        return run(peer, split, task)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _seeds(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no {unknown[0]}; there are {', '.join(PEERS)}")
    return names


def _wanted(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path, help="real rows to learn from")
    parser.add_argument("holdout", type=Path, help="other real rows, to judge by")
    parser.add_argument("--target", help="column that utility is measured on")
    parser.add_argument(
        "--seeds", type=_seeds, default=[0], help="of the product, whose medians are shown"
    )
    parser.add_argument("--peers", type=_names, default=list(PEERS), help=",".join(PEERS))
    parser.add_argument("--epochs", type=int, default=300, help="of SDV's networks")
    parser.add_argument("--rows", type=int, help="rows to draw (default: as many as real)")
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="for table and JSON")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Run all, print and write the table."""
    wanted = _wanted(words)
    machine = this_machine()
    split = Split.of(wanted.train, wanted.holdout, wanted.target)
    lines = _lines(wanted, split)
    text = printed(lines, reference=STUDIO) + f"\n\n{machine.sentence()}\n"
    print(text)
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "peers.md").write_text(text)
    document = {
        "machine": asdict(machine),
        "rows": {"train": len(split.train), "holdout": len(split.holdout)},
        "target": wanted.target,
        "epochs": wanted.epochs,
        "lines": [asdict(line) for line in lines],
    }
    (wanted.out / "peers.json").write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
