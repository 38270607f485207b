"""The options by which a command line says that a table holds events in time."""

from __future__ import annotations

from django.core.management.base import CommandParser


def add_event_options(parser: CommandParser) -> None:
    """Let the command name what makes a table a log, and how many histories to draw."""
    parser.add_argument(
        "--time",
        metavar="COL",
        help="column that says when a row happened: histories are learned whole, those of --entity "
        "or, without it, one long series",
    )
    parser.add_argument(
        "--entities", type=int, metavar="N", help="histories to draw (default: as many as real)"
    )
