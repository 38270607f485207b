"""Look at how the gates stand before synthetic rows leave."""

from __future__ import annotations

from dataclasses import dataclass

from domain.compliance.approvals import Approval
from domain.compliance.release_gates import Gate, GateState
from domain.kernel import Actor, EvaluationId, Permission, SyntheticDatasetId
from domain.usecases.pack_gates import (
    NOT_APPROVED,
    awaits_a_word,
    gates_of,
    made_by,
    shut_gates,
    shut_sentence,
)
from domain.usecases.pack_material import GatherMaterial, PackMaterial


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a synthetic dataset is from leaving, as its newest evaluation judged it."""

    synthetic_id: SyntheticDatasetId
    evaluation_id: EvaluationId | None
    """What would go into a pack beside the rows."""
    gates: tuple[Gate, ...]
    shut: tuple[str, ...]
    """The gates that forbid the release and that nobody has overridden, by name."""
    approval: Approval | None
    own_rows: bool
    """Whether the reader trained or drew the rows, and may not approve them alone."""
    held: str
    """Why no pack would leave now, and what to do; empty where one would."""

    @property
    def failed(self) -> tuple[str, ...]:
        """What an approval has to override, by name, whether or not an earlier one did."""
        return tuple(gate.name for gate in self.gates if gate.state is GateState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadGates:
    """How the gates of a pack stand that somebody would ask for now.

    Figures of a private run's evaluation are for those who may see the real rows.
    """

    gather: GatherMaterial
    second_person: bool

    def __call__(
        self, actor: Actor, *, synthetic_id: SyntheticDatasetId, with_evaluation: bool = False
    ) -> Standing:
        """Raises :class:`Conflict` while rows or evaluation are not there yet."""
        actor.require(Permission.VIEW)
        material = self.gather.now(actor, synthetic_id, with_evaluation=with_evaluation)
        if material.private is not None and material.report is not None:
            actor.require(Permission.SEE_SOURCE)
        shut = shut_gates(material)
        return Standing(
            synthetic_id=synthetic_id,
            evaluation_id=material.pack.evaluation_id,
            gates=gates_of(material),
            shut=tuple(gate.name for gate in shut),
            approval=material.approval,
            own_rows=self.second_person and made_by(actor.user_id, material),
            held=self._held(shut, material),
        )

    def _held(self, shut: tuple[Gate, ...], material: PackMaterial) -> str:
        if shut:
            return shut_sentence(shut)
        return NOT_APPROVED if self.second_person and awaits_a_word(material) else ""
