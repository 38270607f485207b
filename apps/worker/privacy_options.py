"""The options by which a command line asks for differential privacy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.worker.audit_file import read_audit
from apps.worker.tuning_file import read_log
from domain.kernel import BadInput
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.requests import PrivacyRequest

_EXAMPLE = (
    "Noise that hides each row, or with --entity each person: --epsilon 1 --entity patient_id"
)


def add_privacy_options(parser: CommandParser) -> None:
    """Let the command take a privacy budget, and papers that go with it."""
    group = parser.add_argument_group("differential privacy", _EXAMPLE)
    _add_promise(group.add_argument)
    _add_papers(group.add_argument)


def add_promise_options(parser: CommandParser) -> None:
    """Let the command take what is promised to whom."""
    parser.add_argument(
        "--entity",
        metavar="COL",
        help="column that says whose row it is: protects people, not rows",
    )
    _add_promise(parser.add_argument)


def _add_promise(add_argument: Callable[..., object]) -> None:
    add_argument(
        "--epsilon", type=float, help="train under differential privacy with this ε, such as 1"
    )
    add_argument(
        "--delta",
        type=float,
        help="δ (default: well below one over the rows, at most 0.00001; 0.000001 with --entity, "
        "since how many people there are is private)",
    )
    add_argument(
        "--rows-per-entity",
        type=int,
        default=1,
        metavar="N",
        help="rows kept of each entity at most, chosen by secret lots (default: 1)",
    )
    add_argument(
        "--code-book",
        type=Path,
        metavar="FILE",
        help="JSON of what is public about columns: categories and bounds, their source and who "
        "says so; what it names is not asked of the rows",
    )


def _add_papers(add_argument: Callable[..., object]) -> None:
    add_argument(
        "--audit",
        type=Path,
        metavar="FILE",
        help="audit.json of audit_privacy, of the same synthesizer, settings and promise: its "
        "lower bound is shown beside ε",
    )
    add_argument(
        "--tuning",
        type=Path,
        metavar="FILE",
        help="tuning.json of tune_privacy, by which ε was chosen: the statement will say so",
    )
    add_argument(
        "--candidate",
        dest="candidates",
        action="append",
        nargs="+",
        default=[],
        metavar="key=value",
        help="settings to choose among on the private rows; repeat it for each candidate. The "
        "choice is paid for within ε, so each trial has less of it than training once",
    )
    add_argument(
        "--evaluation-in-pack",
        action="store_true",
        help="put the evaluation into the pack of a private run, although its figures were "
        "computed on real rows without noise and no ε covers them",
    )


def privacy_in(options: Mapping[str, Any]) -> PrivacyRequest | None:
    """What was asked for; refuses details of a budget that there is none of."""
    if options["epsilon"] is None:
        for name in ("delta", "entity", "code_book", "tuning", "audit"):
            if options.get(name) is not None and not (name == "entity" and _of_events(options)):
                raise BadInput(f"--{name.replace('_', '-')} needs --epsilon, such as --epsilon 1.")
        for option, given in _given(options).items():
            if given:
                raise BadInput(f"{option} needs --epsilon, such as --epsilon 1.")
        return None
    if options.get("evaluation_in_pack") and not (options["pack"] and options["evaluate"]):
        raise BadInput(
            "--evaluation-in-pack needs a pack and an evaluation; leave it out, or --no-pack and "
            "--no-evaluate."
        )
    book = options["code_book"]
    if book is not None and not book.is_file():
        raise BadInput(f"There is no file {book}.")
    return PrivacyRequest(
        epsilon=options["epsilon"],
        delta=options["delta"],
        entity=options["entity"],
        rows_a_unit=options["rows_per_entity"],
        code_book=book.read_bytes() if book else None,
        tuning=read_log(options["tuning"]).record if options.get("tuning") else None,
        candidates=[_settings(words) for words in options.get("candidates", [])],
        audit=read_audit(options["audit"]).to_document() if options.get("audit") else None,
    )


def _of_events(options: Mapping[str, Any]) -> bool:
    """Whether an entity says whose history a row belongs to."""
    return options.get("time") is not None or options.get("synthesizer") == SEQUENCES


def _given(options: Mapping[str, Any]) -> dict[str, bool]:
    """Which details of a budget were typed that have a default."""
    return {
        "--candidate": bool(options.get("candidates")),
        "--rows-per-entity": options["rows_per_entity"] != 1,
        "--evaluation-in-pack": bool(options.get("evaluation_in_pack")),
    }


def _settings(words: Sequence[str]) -> dict[str, object]:
    """The settings of one candidate."""
    pairs = [word.partition("=") for word in words]
    if any(not separator or not key for key, separator, _ in pairs):
        raise BadInput("--candidate takes key=value, as in --candidate bins=12.")
    return {key: value for key, _, value in pairs}
