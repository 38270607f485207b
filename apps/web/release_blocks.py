"""What a run's page says about the release of each of its twins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.orm.lines import RunPage, SampleBlock
from config.wiring import web
from domain.kernel import Actor, Conflict, Permission, StudioError, SyntheticDatasetId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRelease:
    """An approval or a pack that was refused, to be shown where it was asked for."""

    synthetic_id: SyntheticDatasetId
    with_evaluation: bool
    refusal: StudioError
    approval: bool = False
    """Whether the approval was refused, not the pack."""
    reason: str = ""
    """What was typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseBlock:
    """The gates of one pack that may be asked for, and what came of asking."""

    with_evaluation: bool
    standing: web.Standing | None
    problem: str = ""
    """Why nobody can tell how the gates stand."""
    refused: RefusedRelease | None = None

    @property
    def key(self) -> str:
        """Tells the forms of two releases of one twin apart."""
        known = self.standing.synthetic_id if self.standing else ""
        return f"{known}-evaluated" if self.with_evaluation else f"{known}"


def release_blocks(
    actor: Actor, page: RunPage, block: SampleBlock, refused: RefusedRelease | None
) -> tuple[ReleaseBlock, ...]:
    """None while something is on its way; of a private run two where its evaluation may go along,
    for its figures need a word of their own."""
    if not block.settled:
        return ()
    variants = tuple(_variants(actor, page, block))
    mine = refused if refused and refused.synthetic_id == block.synthetic.id else None
    told = mine and (mine.with_evaluation if len(variants) > 1 else variants[0])
    return tuple(
        _block(actor, block.synthetic.id, variant, mine if variant is told else None)
        for variant in variants
    )


def _variants(actor: Actor, page: RunPage, block: SampleBlock) -> Iterator[bool]:
    private = page.run.privacy is not None
    yield not private
    measured = any(evaluation.measured for evaluation in block.evaluations)
    if private and measured and actor.may(Permission.SEE_SOURCE):
        yield True


def _block(
    actor: Actor,
    synthetic_id: SyntheticDatasetId,
    with_evaluation: bool,
    refused: RefusedRelease | None,
) -> ReleaseBlock:
    standing, problem = None, ""
    try:
        standing = web.read_gates()(
            actor, synthetic_id=synthetic_id, with_evaluation=with_evaluation
        )
    except Conflict as conflict:
        problem = conflict.message
    return ReleaseBlock(
        with_evaluation=with_evaluation,
        standing=standing,
        problem=problem,
        refused=refused,
    )
