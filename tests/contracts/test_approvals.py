from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from domain.compliance.approvals import Approval
from domain.kernel import ApprovalId, OrganisationId, UserId
from tests.contracts.builders import a_synthetic, an_evaluation
from tests.contracts.worlds import World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_approval(world: World, organisation: OrganisationId) -> Approval:
    return Approval(
        id=ApprovalId(uuid4()),
        organisation_id=organisation,
        synthetic_dataset_id=a_synthetic(world, organisation).id,
        evaluation_id=None,
        by=UserId("boss"),
        at=NOON,
        reason="For teaching only.",
        overridden=("Rules for a release",),
        evaluation_sha256="ab" * 32,
        gates=(("Rules for a release", "failed"), ("Approval", "open")),
    )


def test_the_newest_word_counts(world: World, organisation: OrganisationId) -> None:
    first = an_approval(world, organisation)
    second = replace(first, id=ApprovalId(uuid4()), at=NOON + timedelta(1), overridden=())
    for approval in (second, first):
        world.approvals.add(approval)
    about = (first.synthetic_dataset_id, first.evaluation_id)
    assert world.approvals.newest(organisation, *about) == second


def test_words_with_and_without_an_evaluation_stand_beside_each_other(
    world: World, organisation: OrganisationId
) -> None:
    evaluation = an_evaluation(world, organisation)
    judged = replace(
        an_approval(world, organisation),
        evaluation_id=evaluation.id,
        synthetic_dataset_id=evaluation.synthetic_dataset_id,
    )
    bare = replace(judged, id=ApprovalId(uuid4()), at=NOON + timedelta(1), evaluation_id=None)
    for approval in (judged, bare):
        world.approvals.add(approval)
    twin = judged.synthetic_dataset_id
    assert world.approvals.newest(organisation, twin, judged.evaluation_id) == judged
    assert world.approvals.newest(organisation, twin, None) == bare


def test_nobody_approved_is_no_error(world: World, organisation: OrganisationId) -> None:
    drawn = a_synthetic(world, organisation)
    assert world.approvals.newest(organisation, drawn.id, None) is None


def test_another_organisations_word_is_not_heard(
    world: World, organisation: OrganisationId
) -> None:
    approval = an_approval(world, organisation)
    world.approvals.add(approval)
    about = (approval.synthetic_dataset_id, approval.evaluation_id)
    assert world.approvals.newest(world.organisation(), *about) is None
