"""What fitting a log decided, in words that quote no data."""

from __future__ import annotations

from collections.abc import Iterator

from domain.synthesis.encoding.references import ReferenceCodec
from domain.synthesis.learning_curves import TOO_FEW_ASIDE, of_network, time_note
from domain.synthesis.sequences.events import Events
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.roles import Roles
from domain.synthesis.sequences.training import EventOutcome

ENTITIES, EVENTS, CHECKING, CHOOSING = "entities", "events", "checking", "choosing"
"""The parts of a fit: the network of the entities, that of the events, holding what is drawn to
what was learned, and learning which histories to keep."""
CHECKED_LESS = (
    "The time limit was over before what is drawn had been checked to the end; shares of rare "
    "values may be off by more than usual."
)
CHOSEN = (
    "Several histories are drawn for each that is kept, the one that is like real ones as a "
    "whole; where something is asked of them, they come as they are drawn."
)
CHOSEN_LESS = (
    "The time limit was over before drawn histories could be judged as wholes; they come as they "
    "are drawn."
)
ONE_EVENT_EACH = (
    "Each entity has one event: the same rows could be learned as a table, without an entity and a "
    "time."
)


def fit_notes(
    roles: Roles, histories: Histories, events: Events, outcome: EventOutcome
) -> tuple[str, ...]:
    """One sentence each, in the order in which they were decided."""
    return (*_of_columns(roles, histories, events), *_of_training(outcome))


def _of_columns(roles: Roles, histories: Histories, events: Events) -> Iterator[str]:
    yield from (total.sentence() for total in roles.totals)
    if histories.left_out:
        yield f"{histories.left_out} rows without an entity or a time were left out."
    if histories.entities > 1 and histories.lengths.max() == 1:
        yield ONE_EVENT_EACH
    if roles.constant and histories.lengths.max() > 1:
        names = ", ".join(f"“{name}”" for name in roles.constant)
        yield f"The same in all events of an entity, and learned once: {names}."
    if roles.pairs:
        names = ", ".join(f"“{column}” by “{by}”" for column, by in roles.pairs)
        yield f"Said by another column, and always as it says: {names}."
    yield from events.paths.sentences() if events.paths else ()
    references = [c.name for c in events.columns if isinstance(c.codec, ReferenceCodec)]
    if references:
        names = ", ".join(f"“{name}”" for name in references)
        yield f"Numbers that name others; those that few entities share are invented: {names}."
    again = ", ".join(f"“{c.name}”" for c in events.columns if c.repeats)
    if again:
        yield f"Often repeat an earlier value of the same entity: {again}."


def _of_training(outcome: EventOutcome) -> Iterator[str]:
    if outcome.best_epoch:
        kept = f"The weights of epoch {outcome.best_epoch} of {outcome.epochs} were kept: "
        yield of_network(EVENTS, kept + _validation_words(outcome))
    if outcome.ended_by_time:
        yield of_network(EVENTS, time_note(len(outcome.losses) - 1, outcome.wished_epochs))


def _validation_words(outcome: EventOutcome) -> str:
    if not outcome.told:
        return f"the best {TOO_FEW_ASIDE}."
    first, best = outcome.told[0], outcome.told[outcome.best_epoch]
    return f"validation loss {best:.2f} nats an event, against {first:.2f} before training."
