"""How long each chapter of an evaluation takes, and what all of it takes together.

    python -m benchmarks.evaluating real.csv twin.csv other.csv --target income

Each chapter is measured alone, one after the other, then all at once as a worker does it. Files
are read before the clock starts.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.layout import table
from benchmarks.machine import this_machine
from benchmarks.typed_files import TABLE, metadata_of, text_of, typed_rows
from domain.datasets.entities import Metadata, Tables
from domain.evaluation.spec import USUAL_PARTS, EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.kernel import no_progress

_HEAD = ("part", "seconds", "processor seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Typed real, synthetic and held-out rows."""

    metadata: Metadata
    real: Tables
    synthetic: Tables
    held_out: Tables

    @classmethod
    def read(cls, real: Path, synthetic: Path, held_out: Path) -> Sides:
        """Three files, typed by the real one."""
        text = text_of(real)
        metadata = metadata_of(text)
        others = [typed_rows(text_of(path), metadata) for path in (synthetic, held_out)]
        return cls(
            metadata=metadata,
            real={TABLE: typed_rows(text, metadata)},
            synthetic={TABLE: others[0]},
            held_out={TABLE: others[1]},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Seconds by the clock and of the processor, all threads together."""

    part: str
    seconds: float
    processor: float


def taken(sides: Sides, parts: frozenset[Part], target: str | None) -> Taken:
    """Measure some parts together."""
    started, processor = time.perf_counter(), time.process_time()
    evaluate(
        sides.real,
        sides.held_out,
        sides.synthetic,
        sides.metadata,
        asked=EvaluationSpec(parts=parts, target=target),
        seed=0,
        on_progress=no_progress,
    )
    return Taken(
        part="all" if parts == USUAL_PARTS else ", ".join(sorted(parts)),
        seconds=time.perf_counter() - started,
        processor=time.process_time() - processor,
    )


def printed(several: Sequence[Taken]) -> str:
    """A table of what was taken."""
    rows = [(t.part, f"{t.seconds:.1f}", f"{t.processor:.1f}") for t in several]
    return table(_HEAD, rows)


def main(words: Sequence[str] | None = None) -> None:
    """Measure each part, then all of them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs=3, type=Path, metavar="FILE", help="real, twin, held out")
    parser.add_argument("--target", metavar="COL")
    wanted = parser.parse_args(words)
    machine, sides = this_machine(), Sides.read(*wanted.files)
    chosen = [*(frozenset({part}) for part in sorted(USUAL_PARTS)), USUAL_PARTS]
    print(printed([taken(sides, parts, wanted.target) for parts in chosen]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nPeak memory {peak:.2f} GiB, the files' own rows included.\n{machine.sentence()}")


if __name__ == "__main__":
    main()
