"""How the gates of a release stand for a pack, and what keeps it from leaving."""

from __future__ import annotations

from collections.abc import Sequence

from domain.compliance.release_gates import Gate, GateState, release_gates
from domain.compliance.search_scope import SearchScope
from domain.kernel import UserId
from domain.usecases.pack_material import PackMaterial
from domain.usecases.pack_papers import papers

NOT_APPROVED = (
    "Nothing was released, because this instance asks for a second person's word: let somebody who "
    "may approve look at the evaluation and approve the release, then ask for the pack again."
)


def made_by(user: UserId, material: PackMaterial) -> bool:
    """Whether it was ``user`` who trained or drew the rows."""
    return user in (material.run.created_by, material.synthetic.created_by)


def awaits_a_word(material: PackMaterial) -> bool:
    """Whether nobody has approved but whoever made the rows: where a second person is asked for,
    nothing leaves."""
    return material.approval is None or made_by(material.approval.by, material)


def gates_of(material: PackMaterial) -> tuple[Gate, ...]:
    """The gates while no pack is sealed yet: nothing was searched."""
    documents = {paper.template: paper.document for paper in papers(material)}
    return release_gates(
        documents["model_card"] or {},
        material.report,
        documents.get("dp_report"),
        approval=material.approval,
        search=SearchScope.TOO_LATE if material.source_gone else None,
    )


def shut_gates(material: PackMaterial) -> tuple[Gate, ...]:
    """Those that forbid the release and were not overridden."""
    overridden = material.approval.overridden if material.approval else ()
    shut = (gate for gate in gates_of(material) if gate.state is GateState.FAILED)
    return tuple(gate for gate in shut if gate.name not in overridden)


def shut_sentence(gates: Sequence[Gate]) -> str:
    """Why nothing may leave and what to do, for a person."""
    reasons = " ".join(f"{gate.name}: {gate.says}" for gate in gates)
    return (
        f"Nothing was released. {reasons} Mend that, or let somebody who may approve override it "
        "with a reason, and ask for the pack again."
    )
