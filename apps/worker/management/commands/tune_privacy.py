"""``python manage.py tune_privacy``: the smallest ε that keeps a utility goal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import StudioCommand
from apps.worker.local_start import local_actor
from apps.worker.terminal import steps
from apps.worker.tuning import Found, Request, tune
from domain.evaluation.tuning_pictures import columns, interval_words, table_rows
from domain.evaluation.tuning_request import SearchSpec
from domain.evaluation.utility_goal import goals_of
from domain.kernel import BadInput
from domain.privacy.budget import TuningMode
from domain.synthesis.catalogue import CATALOGUE, MARGINALS
from domain.synthesis.requests import PrivacyRequest

_PRIVATE = [e.name for e in CATALOGUE.values() if e.private]


class Command(StudioCommand):
    """Search for ε on rows that may be searched."""

    help = (
        "Find the smallest ε at which a twin keeps a utility goal, and write tuning.json, "
        "tuning.html and frontier.svg to DIR. By default FILE is never opened: trials run on a "
        "public file (--proxy), and what is found is a recommendation. Then: synthesize FILE "
        "--epsilon … --tuning DIR/tuning.json."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("real", metavar="FILE", type=Path, help="the private table")
        parser.add_argument("--out", metavar="DIR", type=Path, help="folder of the results")
        parser.add_argument(
            "--goal",
            dest="goals",
            action="append",
            default=[],
            metavar="GOAL",
            help="what the twin has to reach, as in gap<=0.03 (AUC or R² lost), pairs>=0.9, "
            "columns>=0.95, quality>=0.95 (SDMetrics) or detection<=0.75; repeatable, all hold",
        )
        parser.add_argument("--target", metavar="COL", help="column that models learn to predict")
        parser.add_argument(
            "--mode",
            default=TuningMode.PROXY,
            choices=[mode.value for mode in TuningMode],
            help="proxy: public rows, free (default); exploratory: the private rows without "
            "noise, which voids ε; charged: part of a run, see synthesize --candidate",
        )
        parser.add_argument(
            "--proxy", metavar="FILE", type=Path, help="public rows, or rows released under privacy"
        )
        parser.add_argument("--proxy-source", default="", metavar="WORDS", help="where it is from")
        parser.add_argument(
            "--proxy-person", default="", metavar="NAME", help="who says that its rows are public"
        )
        parser.add_argument(
            "--rows",
            type=int,
            metavar="N",
            help="how many rows the private table has, if that is public: no trial learns from "
            "more",
        )
        parser.add_argument(
            "--void-epsilon",
            action="store_true",
            help="say that ε of what is found by an exploratory search means nothing",
        )
        parser.add_argument(
            "--epsilons", default="0.3,1,3,10", metavar="ε,ε,…", help="tried first (0.3,1,3,10)"
        )
        parser.add_argument(
            "--refine",
            type=int,
            default=2,
            metavar="N",
            help="how often the stretch in which the goal begins to be kept is halved (default: 2)",
        )
        parser.add_argument("--seeds", type=int, default=3, help="trials at each ε (default: 3)")
        parser.add_argument("--seed", type=int, default=0, help="of the split (default: 0)")
        parser.add_argument("--delta", type=float, help="as in synthesize")
        parser.add_argument("--entity", metavar="COL", help="column that says whose row it is")
        parser.add_argument("--rows-per-entity", type=int, default=1, metavar="N")
        parser.add_argument("--code-book", type=Path, metavar="FILE", help="as in synthesize")
        parser.add_argument(
            "--schema", metavar="FILE", type=Path, help="column types: our own or SDV metadata"
        )
        parser.add_argument(
            "--synthesizer",
            default=MARGINALS,
            metavar="NAME",
            help=f"one of {', '.join(_PRIVATE)} (default: {MARGINALS})",
        )
        parser.add_argument(
            "--set",
            dest="hyperparameters",
            action="append",
            nargs="+",
            default=[],
            metavar="key=value",
            help="settings of the synthesizer",
        )
        parser.add_argument(
            "--workers", type=int, metavar="N", help="trials side by side (default: a core each)"
        )
        parser.add_argument(
            "--reuse",
            metavar="FILE",
            type=Path,
            help="tuning.json of a search that was set up alike: its trials are not run again",
        )
        parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")
        parser.add_argument("--force", action="store_true", help="overwrite what is in DIR")

    def run(self, options: dict[str, Any]) -> None:
        """Search, write, and print the frontier."""
        actor = local_actor(options["user"])
        request = request_of(options)
        with steps() as shown:
            found = tune(actor, request, shown)
        self._say(found)

    def _say(self, found: Found) -> None:
        log = found.log
        for note in log.notes:
            self.stderr.write(note, self.style.WARNING)
        heads = ["ε", *(measure.value for measure in columns(log)), "goal kept"]
        cells = [[row.epsilon, *row.cells, row.kept] for row in table_rows(log)]
        for line in _aligned([heads, *cells]):
            self.stdout.write(line)
        for line in (interval_words(log), log.frontier.sentence, log.account, log.advice):
            self.stdout.write(line)
        self.stdout.write(f"Wrote {', '.join(found.files)} to {found.out}.")


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def request_of(options: dict[str, Any]) -> Request:
    """The command line's words as a request; refuses what cannot be read."""
    if options["out"] is None:
        raise BadInput("Say with --out which folder the results go to.")
    if options["workers"] is not None and options["workers"] < 1:
        raise BadInput("--workers takes 1 or more.")
    book = options["code_book"]
    if book is not None and not book.is_file():
        raise BadInput(f"There is no file {book}.")
    epsilons = _epsilons(options["epsilons"])
    return Request(
        real=options["real"],
        out=options["out"],
        mode=TuningMode(options["mode"]),
        search=SearchSpec(
            goals=goals_of(options["goals"]),
            epsilons=epsilons,
            seeds=tuple(range(options["seeds"])),
            refinements=options["refine"],
        ),
        privacy=PrivacyRequest(
            epsilon=epsilons[0],
            delta=options["delta"],
            entity=options["entity"],
            rows_a_unit=options["rows_per_entity"],
            code_book=book.read_bytes() if book else None,
        ),
        proxy=options["proxy"],
        source=options["proxy_source"],
        person=options["proxy_person"],
        rows=options["rows"],
        synthesizer=options["synthesizer"],
        settings=dict(_pair(word) for words in options["hyperparameters"] for word in words),
        target=options["target"],
        schema=options["schema"],
        seed=options["seed"],
        void_epsilon=options["void_epsilon"],
        workers=options["workers"],
        reuse=options["reuse"],
        force=options["force"],
    )


def _epsilons(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        found = ()
    if not found:
        raise BadInput("--epsilons takes numbers with commas between, as in 0.3,1,3,10.")
    return found


def _pair(word: str) -> tuple[str, str]:
    key, separator, value = word.partition("=")
    if not separator or not key:
        raise BadInput(f"--set takes key=value, not “{word}”.")
    return key, value
