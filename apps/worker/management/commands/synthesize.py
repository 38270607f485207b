"""``python manage.py synthesize``: the main job in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import REFUSED, Error, StudioCommand
from apps.worker.condition_options import add_condition_options, words_in
from apps.worker.event_options import add_event_options
from apps.worker.foreground import FORMATS, Request, Result, preflight, synthesize
from apps.worker.headline import held_back, made_by, sentences
from apps.worker.local_start import local_actor
from apps.worker.privacy_options import add_privacy_options, privacy_in
from apps.worker.terminal import steps
from config.wiring.worker import Estimate
from domain.kernel import BadInput
from domain.synthesis.catalogue import CATALOGUE, DEFAULT_SYNTHESIZER

HELD = 3
"""Exit code where everything but the pack was written, because a gate keeps the pack inside."""


UNSEEN = (
    "Nobody looked at what the columns were taken for, and the pack says so: --preflight lists it; "
    "once you have looked, say so with --columns-reviewed and --user NAME."
)
UNNAMED = "Who looked at the columns is not known, so it counts as nobody: add --user NAME."


class Command(StudioCommand):
    """Make a synthetic twin of files on this machine, with its evaluation and evidence pack."""

    help = (
        "Read INPUT files (CSV, Excel, JSON, NDJSON, Parquet), train a synthesizer, and write "
        "synthetic.csv, evaluation.json, pack.zip and timings.json to DIR. Exit 3: all but the "
        "pack was written, because a gate keeps it inside; the last line says which and what to do."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("inputs", nargs="+", metavar="INPUT", type=Path)
        parser.add_argument("--out", metavar="DIR", type=Path, help="folder of the results")
        parser.add_argument(
            "--preflight",
            action="store_true",
            help="say what columns are taken for, how long fitting would take, how much memory, "
            "and what to look out for; trains nothing",
        )
        parser.add_argument(
            "--rows",
            type=int,
            help="rows to draw (default: as many as real); of histories: --entities",
        )
        parser.add_argument(
            "--synthesizer",
            default=DEFAULT_SYNTHESIZER,
            metavar="NAME",
            help=f"one of {', '.join(CATALOGUE)} (default: {DEFAULT_SYNTHESIZER})",
        )
        parser.add_argument("--target", metavar="COL", help="column that utility is measured on")
        parser.add_argument(
            "--holdout",
            metavar="FILE",
            type=Path,
            help="other real rows to evaluate against (default: a fifth is split off)",
        )
        parser.add_argument(
            "--seed",
            type=int,
            default=0,
            help="the same seed, settings and files give the same rows (default: 0)",
        )
        parser.add_argument(
            "--schema", metavar="FILE", type=Path, help="column types: our own or SDV metadata"
        )
        parser.add_argument(
            "--columns-reviewed",
            action="store_true",
            help="say, for the pack, that you have looked at column types and at what becomes of "
            "personal data; it is a person's word with --user only. Else the pack says that they "
            "were taken as suggested and nobody looked",
        )
        parser.add_argument(
            "--constraint",
            dest="constraints",
            action="append",
            default=[],
            metavar="RULE",
            help="a rule that every row keeps, such as “start < end” or “total = net + tax”; may "
            "be repeated",
        )
        parser.add_argument(
            "--no-suggested-constraints",
            dest="suggested_constraints",
            action="store_false",
            help="do not keep the rules that the real rows were found to keep",
        )
        parser.add_argument(
            "--missing",
            action="append",
            default=[],
            metavar="COLUMN=WORD",
            help="read this word as a missing cell, as in workclass=?; without a word, none is: "
            "a value such as ? stays a category; repeatable",
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
            "--format",
            default="csv",
            metavar="csv,parquet,json",
            help="formats of the synthetic tables; json is one document of all tables, nested as "
            "they came; with parquet alone and --no-pack no CSV is written at all",
        )
        parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")
        parser.add_argument(
            "--no-evaluate",
            dest="evaluate",
            action="store_false",
            help="measure nothing, keep no rows aside for it, and write no evaluation.json",
        )
        parser.add_argument(
            "--no-pack", dest="pack", action="store_false", help="write no pack.zip"
        )
        parser.add_argument("--force", action="store_true", help="overwrite what is in DIR")
        add_event_options(parser)
        add_condition_options(parser)
        add_privacy_options(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Run the main job here and say what came of it."""
        actor = local_actor(options["user"])
        request = request_of(options)
        if options["preflight"]:
            with steps() as shown:
                estimate = preflight(actor, request, shown)
            self._say_expectation(estimate)
            return
        with steps() as shown:
            result = synthesize(actor, request, shown)
        self._say(result)
        if result.unmade:
            raise Error(result.unmade, returncode=REFUSED)
        if result.held:
            raise Error(held_back(result), returncode=HELD)

    def _say_expectation(self, estimate: Estimate) -> None:
        if estimate.columns:
            self.stdout.write("Columns are taken as: " + ", ".join(estimate.columns))
        for line in (*estimate.reasons, estimate.expectation.sentence):
            self.stdout.write(line)
        for warning in estimate.expectation.warnings:
            self.stdout.write(warning, self.style.WARNING)

    def _say(self, result: Result) -> None:
        if result.pii_columns:
            self.stderr.write(
                "Possible personal data, treated as suggested: " + ", ".join(result.pii_columns),
                self.style.WARNING,
            )
        if result.unseen:
            self.stderr.write(UNSEEN, self.style.WARNING)
        if result.unnamed:
            self.stderr.write(UNNAMED, self.style.WARNING)
        if result.constraints:
            self.stderr.write("Every row keeps: " + "; ".join(result.constraints))
        for note in result.notes:
            self.stderr.write(note, self.style.WARNING)
        self.stdout.write(made_by(result))
        for line in sentences(result):
            self.stdout.write(line)


def request_of(options: dict[str, Any]) -> Request:
    """The command line's words as a request; refuses what cannot be read."""
    if options["out"] is None and not options["preflight"]:
        raise BadInput("Say with --out which folder the results go to.")
    return Request(
        inputs=options["inputs"],
        out=options["out"] or Path(),
        rows=options["rows"],
        entity=options["entity"],
        time=options["time"],
        entities=options["entities"],
        synthesizer=options["synthesizer"],
        target=options["target"],
        constraints=options["constraints"],
        suggested_constraints=options["suggested_constraints"],
        missing=dict(_pair("--missing", "COLUMN=WORD", word) for word in options["missing"]),
        unreadable_times=dict(
            _pair("--unreadable-times", "COLUMN=tag, interpolate or refuse", word)
            for word in options["unreadable_times"]
        ),
        holdout=options["holdout"],
        seed=options["seed"],
        schema=options["schema"],
        columns_reviewed=options["columns_reviewed"],
        settings=dict(
            _pair("--set", "key=value", word)
            for words in options["hyperparameters"]
            for word in words
        ),
        privacy=privacy_in(options),
        words=words_in(options),
        formats=_formats(options["format"]),
        evaluate=options["evaluate"],
        pack=options["pack"],
        evaluation_in_pack=options["evaluation_in_pack"],
        force=options["force"],
    )


def _pair(option: str, form: str, word: str) -> tuple[str, str]:
    key, separator, value = word.partition("=")
    if not separator or not key:
        raise BadInput(f"{option} takes {form}, not “{word}”.")
    return key, value


def _formats(text: str) -> list[str]:
    formats = [part.strip() for part in text.split(",") if part.strip()]
    if not formats or any(f not in FORMATS for f in formats):
        raise BadInput("--format takes csv, parquet, json, or several with commas between.")
    return formats
