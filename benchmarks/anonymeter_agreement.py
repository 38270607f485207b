"""The product's attacks beside those of the anonymeter package, on the same files.

    python -m benchmarks.anonymeter_agreement TRAIN HOLDOUT

Trains the product on TRAIN as ``manage.py synthesize`` does, then attacks its twin, and a leaky
twin half of whose rows are copied training rows, with both. Anonymeter (``make bench-anonymeter``)
gets the product's settings: the same people, halves of the columns, secrets and numbers of
columns and predicates. Prints one table and writes it, with all figures, to ``--out``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from benchmarks.layout import table
from benchmarks.machine import this_machine
from benchmarks.peers import PEERS, ROOT, STUDIO, Task, timed_run
from benchmarks.typed_files import TABLE, metadata_of, text_of, typed_rows
from domain.datasets.entities import Metadata
from domain.evaluation.attribute_inference import secret_columns
from domain.evaluation.comparison import MAX_ROWS, Comparison, compare
from domain.evaluation.crowd import Crowd
from domain.evaluation.leakage import leakage_scores
from domain.evaluation.predicates import COLUMNS
from domain.evaluation.report import Score
from domain.evaluation.sighting import Yardsticks
from domain.evaluation.singling_out import ONE_COLUMN, SEVERAL_COLUMNS
from domain.evaluation.titles import title

PYTHON = ROOT / ".venv-anonymeter/bin/python"
TIED = " any of equally near"
"""Ends the name of anonymeter's linkability where ties count as the product counts them."""
LEAKED = 0.5
"""Share of the leaky twin's rows that are training rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One attack's risk and where it comes from."""

    risk: float
    interval: tuple[float, float]
    attack: float
    control: float
    attacks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One attack on one twin, by both."""

    twin: str
    attack: str
    ours: Risk
    theirs: Risk

    @property
    def within(self) -> bool:
        """Whether the product's risk lies in anonymeter's interval."""
        return self.theirs.interval[0] <= self.ours.risk <= self.theirs.interval[1]

    @property
    def agrees(self) -> bool:
        """Whether the two intervals have a risk in common."""
        low = max(self.ours.interval[0], self.theirs.interval[0])
        return low <= min(self.ours.interval[1], self.theirs.interval[1])


def ours(comparison: Comparison) -> dict[str, Risk]:
    """The product's risks, of everybody, by name and column."""
    return {_key(s): _risk(s) for s in leakage_scores(comparison) if s.rates}


def _key(score: Score) -> str:
    return score.name if score.scope == "table" else f"{score.name} {score.scope}"


def _risk(score: Score) -> Risk:
    assert score.rates is not None
    assert score.value is not None
    assert score.interval is not None
    return Risk(
        risk=score.value,
        interval=score.interval,
        attack=score.rates.attack,
        control=score.rates.control,
        attacks=score.rates.attacks,
    )


def plan_of(comparison: Comparison, found: Mapping[str, Risk]) -> dict[str, Any]:
    """What anonymeter is to do as the product does."""
    crowd, secrets = Crowd.of(comparison), secret_columns(comparison)
    yardsticks = Yardsticks.over(comparison, (), comparison.train)
    halves = (yardsticks.left, yardsticks.right)
    predicates = {"univariate": ONE_COLUMN, "multivariate": SEVERAL_COLUMNS}
    return {
        "seed": comparison.seed,
        "numeric": comparison.numeric,
        "categorical": comparison.categorical,
        "people": crowd.people_at.tolist(),
        "strangers": crowd.strangers_at.tolist(),
        "halves": [[*h.numeric, *(name for name, _ in h.vocabularies)] for h in halves],
        "secrets": secrets,
        "columns": min(COLUMNS, len(comparison.columns)),
        "predicates": {mode: found[name].attacks for mode, name in predicates.items()},
    }


def theirs(train: Path, holdout: Path, twin: Path, plan: Mapping[str, Any]) -> dict[str, Risk]:
    """Anonymeter's risks by the same plan."""
    with tempfile.TemporaryDirectory() as folder:
        asked, out = Path(folder) / "plan.json", Path(folder) / "risks.json"
        asked.write_text(json.dumps(plan))
        script = str(ROOT / "benchmarks/peer_anonymeter.py")
        words = [str(PYTHON), script, str(train), str(holdout), str(twin)]
        subprocess.run([*words, "--plan", str(asked), "--out", str(out)], check=True)
        found = json.loads(out.read_text())
    return {k: Risk(**{**v, "interval": tuple(v["interval"])}) for k, v in found.items()}


def leaky(train: Path, twin: Path, out: Path) -> None:
    """The twin with half of its rows replaced by training rows, as they are written."""
    real, made = text_of(train), text_of(twin)
    copied = min(round(LEAKED * len(made)), len(real))
    rows = pa.concat_tables(
        [real.slice(0, copied), made.select(real.column_names).slice(copied)],
        promote_options="permissive",
    )
    pa.csv.write_csv(rows, out)


def lines(
    name: str, files: tuple[Path, Path, Path], metadata: Metadata, seed: int
) -> Iterator[Line]:
    """All attacks on one twin; ``files``: training rows, held-out rows, twin."""
    train, holdout, twin = (typed_rows(text_of(f), metadata) for f in files)
    if max(len(train), len(holdout)) > MAX_ROWS:
        raise SystemExit(f"Bring at most {MAX_ROWS:,} rows a file: both must attack the same.")
    comparison = compare(train, holdout, twin, metadata.tables[TABLE], seed=seed)
    found = ours(comparison)
    for attack, risk in theirs(*files, plan_of(comparison, found)).items():
        ours_of_it = found[attack.removesuffix(TIED)]
        yield Line(twin=name, attack=attack, ours=ours_of_it, theirs=risk)


def printed(all_lines: Sequence[Line]) -> str:
    """The table, in Markdown."""
    head = ("Attack", "Twin", "Ours", "95 %", "Attack / control", "anonymeter", "95 % ")
    rows = [
        (
            _words(line.attack),
            line.twin,
            *_told(line.ours),
            *_told(line.theirs)[:2],
            _rates(line.theirs),
            "yes" if line.within else ("overlap" if line.agrees else "no"),
        )
        for line in all_lines
    ]
    return table((*head, "Attack / control ", "Agree"), rows)


def _words(attack: str) -> str:
    name, _, scope = attack.removesuffix(TIED).partition(" column:")
    tied = ", ties as ours" if attack.endswith(TIED) else ""
    return title(name) + (f" of “{scope}”" if scope else "") + tied


def _told(risk: Risk) -> tuple[str, str, str]:
    low, high = risk.interval
    return f"{risk.risk:.1%}", f"{low:.1%} to {high:.1%}", _rates(risk)


def _rates(risk: Risk) -> str:
    return f"{risk.attack:.1%} / {risk.control:.1%}"


def _trained(train: Path, folder: Path, seed: int) -> Path:
    rows = len(text_of(train))
    task = Task(train=train, folder=folder, rows=rows, epochs=0, seed=seed)
    timed_run(PEERS[STUDIO], task)
    return folder / PEERS[STUDIO].twin


def _wanted(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path, help="real rows to learn from")
    parser.add_argument("holdout", type=Path, help="other real rows, the control")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="for table and JSON")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Train, attack, print and write the table."""
    wanted = _wanted(words)
    if not PYTHON.is_file():
        sys.exit("Anonymeter has no environment here; “make bench-anonymeter” makes it.")
    train, holdout = wanted.train.resolve(), wanted.holdout.resolve()
    metadata = metadata_of(text_of(train))
    with tempfile.TemporaryDirectory() as folder:
        twin, leaking = _trained(train, Path(folder), wanted.seed), Path(folder) / "leaky.csv"
        leaky(train, twin, leaking)
        found = [
            line
            for name, file in (("ours", twin), ("half copied", leaking))
            for line in lines(name, (train, holdout, file), metadata, wanted.seed)
        ]
    text = f"{printed(found)}\n\n{this_machine().sentence()}\n"
    print(text)
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "anonymeter.md").write_text(text)
    document = [{**asdict(x), "within": x.within, "agrees": x.agrees} for x in found]
    (wanted.out / "anonymeter.json").write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
