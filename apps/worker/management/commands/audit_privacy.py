"""``python manage.py audit_privacy``: is a promised ε kept? One fit, many canaries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import BROKEN, Error, StudioCommand
from apps.worker.auditing import Request, audit
from apps.worker.local_start import local_actor
from apps.worker.privacy_options import add_promise_options, privacy_in
from apps.worker.terminal import steps
from domain.evaluation.privacy_audit import CONFIDENCE, USUAL_CANARIES, ThreatModel
from domain.kernel import BadInput
from domain.synthesis.catalogue import CATALOGUE, MARGINALS

_PRIVATE = [e.name for e in CATALOGUE.values() if e.private]


class Command(StudioCommand):
    """Look for a gross fault in a promise of privacy, with rows that are nobody's secret."""

    help = (
        "Put made-up rows (canaries) among the public rows of FILE, each by a fair coin, train "
        "once under differential privacy, guess the coins from what the fit tells, and write what "
        "that proves to a JSON file: a lower bound of ε with 95 % confidence. Then: synthesize "
        "… --audit audit.json, with the same synthesizer, settings and ε. Exits with 1 where the "
        "promise is broken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "rows",
            metavar="FILE",
            type=Path,
            help="public rows, or synthetic ones that were released already",
        )
        parser.add_argument(
            "--source",
            default="",
            metavar="WORDS",
            help="where these rows come from, and why they are public",
        )
        parser.add_argument(
            "--on-real-rows",
            action="store_true",
            help="FILE is private: the audit is about its people, and stays inside the instance",
        )
        parser.add_argument("--out", metavar="FILE", type=Path, help="JSON file of the result")
        parser.add_argument(
            "--synthesizer",
            default=MARGINALS,
            metavar="NAME",
            help=f"one of {', '.join(_PRIVATE)} (default: {MARGINALS})",
        )
        parser.add_argument("--target", metavar="COL", help="as in synthesize")
        add_promise_options(parser)
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
            "--schema", metavar="FILE", type=Path, help="column types: our own or SDV metadata"
        )
        parser.add_argument(
            "--canaries",
            type=int,
            default=USUAL_CANARIES,
            metavar="N",
            help=f"made-up rows, half of which are learned (default: {USUAL_CANARIES})",
        )
        parser.add_argument(
            "--attacker",
            default=ThreatModel.WHITE_BOX,
            choices=[model.value for model in ThreatModel],
            help="who guesses: white-box sees every noisy answer (default), black-box the "
            "synthetic rows alone",
        )
        parser.add_argument(
            "--confidence", type=float, default=CONFIDENCE, help=f"default: {CONFIDENCE}"
        )
        parser.add_argument("--seed", type=int, default=0, help="of the canaries (default: 0)")
        parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")
        parser.add_argument("--force", action="store_true", help="overwrite the JSON file")

    def run(self, options: dict[str, Any]) -> None:
        """Audit, write, and say in one line what it proves."""
        request = request_of(options)
        actor = local_actor(options["user"])
        with steps() as shown:
            found = audit(actor, request, shown)
        if found.broken:
            raise Error(found.sentence, returncode=BROKEN)
        self.stdout.write(found.sentence)


def request_of(options: dict[str, Any]) -> Request:
    """The command line's words as a request; refuses what cannot be read."""
    if options["out"] is None:
        raise BadInput("Say with --out which JSON file the result goes to.")
    privacy = privacy_in(options)
    if privacy is None:
        raise BadInput("Say with --epsilon which promise is put to the test, such as --epsilon 1.")
    return Request(
        rows=options["rows"],
        source=options["source"],
        on_real_rows=options["on_real_rows"],
        out=options["out"],
        synthesizer=options["synthesizer"],
        settings=dict(_pair(word) for words in options["hyperparameters"] for word in words),
        target=options["target"],
        privacy=privacy,
        threat_model=ThreatModel(options["attacker"]),
        schema=options["schema"],
        canaries=options["canaries"],
        confidence=options["confidence"],
        seed=options["seed"],
        force=options["force"],
    )


def _pair(word: str) -> tuple[str, str]:
    key, separator, value = word.partition("=")
    if not separator or not key:
        raise BadInput(f"--set takes key=value, not “{word}”.")
    return key, value
