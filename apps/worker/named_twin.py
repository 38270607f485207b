"""The twin that a command line names."""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import CommandParser

from adapters.orm.twin_queries import twin
from domain.kernel import Actor, BadInput, SyntheticDatasetId


def add_twin(parser: CommandParser) -> None:
    """What both commands about a release take."""
    parser.add_argument(
        "twin",
        metavar="RUN|SYNTHETIC",
        help="the id of a synthetic dataset, or of a training run for its newest one",
    )
    parser.add_argument(
        "--with-evaluation",
        action="store_true",
        help="of a private run: the pack that holds the evaluation, whose figures no ε covers",
    )
    parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")


def named_twin(actor: Actor, text: str) -> SyntheticDatasetId:
    """The synthetic dataset of the actor's organisation that ``text`` names."""
    try:
        named = UUID(text)
    except ValueError:
        raise BadInput(
            "RUN|SYNTHETIC is an id, such as that of a training run in the address of its page."
        ) from None
    return twin(actor.organisation_id, named)
