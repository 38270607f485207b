"""The options by which a command line says that a table holds events in time."""

from __future__ import annotations

from django.core.management.base import CommandParser

from apps.worker.condition_options import add_length_options

_EXAMPLE = (
    "Many rows of each entity, in the order of time: synthesize payments.csv --entity account_id "
    "--time date --entities 500 --out twin"
)


def add_event_options(parser: CommandParser) -> None:
    """Let the command name what makes a table a log, how many histories to draw, and how long."""
    group = parser.add_argument_group("logs of events", _EXAMPLE)
    group.add_argument(
        "--entity",
        metavar="COL",
        help="column that says whose row it is: with --time whose history, with --epsilon who is "
        "protected",
    )
    group.add_argument(
        "--time",
        metavar="COL",
        help="column that says when a row happened: histories are learned whole, those of --entity "
        "or, without it, one long series",
    )
    group.add_argument(
        "--entities", type=int, metavar="N", help="histories to draw (default: as many as real)"
    )
    add_length_options(group.add_argument)
    group.add_argument(
        "--unreadable-times",
        action="append",
        default=[],
        metavar="COLUMN=tag|interpolate|refuse",
        help="cells of a time column that hold no time are missing and said to be so by a "
        "column beside (tag), get a time between their neighbours of the same entity "
        "(interpolate), or are a mistake (refuse); repeatable",
    )
