"""Which conditions and shares a synthesizer draws under. Light, so that pages can ask."""

from __future__ import annotations

from domain.kernel import BadInput
from domain.synthesis.base import no_conditions
from domain.synthesis.catalogue import AUTO, SEQUENCES, SynthesizerEntry
from domain.synthesis.conditions import SampleSpec


def draws_where(chosen: SynthesizerEntry, *, private: bool) -> bool:
    """Whether it draws rows that all fulfil conditions.

    Under differential privacy each one does: it draws from noisy answers and throws away what
    does not fulfil them, which costs nothing and asks no real row.
    """
    return chosen.conditions or (private and chosen.private)


def fills_and_shares(chosen: SynthesizerEntry, *, private: bool) -> bool:
    """Whether it amplifies, stratifies, imputes and completes rows: without privacy alone."""
    return chosen.conditions and not private


def check_offered(chosen: SynthesizerEntry, spec: SampleSpec, *, private: bool) -> None:
    """Raise :class:`BadInput` where ``chosen`` cannot draw under ``spec``. Reads no row."""
    shares = bool(spec.amplify or spec.stratify or spec.impute)
    if spec.lengths is not None and chosen.name not in (SEQUENCES, AUTO):
        raise _no_histories(chosen)
    if private and spec.lengths is not None and (spec.lengths.since or spec.lengths.until):
        raise BadInput(
            "Under differential privacy histories begin and end as they were learned; leave out "
            "the dates, or say how many events."
        )
    if spec.columns and not draws_where(chosen, private=private):
        raise no_conditions(chosen.name)
    if shares and not fills_and_shares(chosen, private=private):
        raise _where_alone(chosen)


def _where_alone(chosen: SynthesizerEntry) -> BadInput:
    whose = "Whatever is chosen" if chosen.name == AUTO else f"The synthesizer “{chosen.name}”"
    return BadInput(
        f"{whose} draws under conditions on every row only under differential privacy; leave out "
        "amplification, stratification and filling."
    )


def _no_histories(chosen: SynthesizerEntry) -> BadInput:
    return BadInput(
        f"The synthesizer “{chosen.name}” draws rows, not histories, so their number of events "
        f"and their dates cannot be asked for; train “{SEQUENCES}” on the log of events for that."
    )
