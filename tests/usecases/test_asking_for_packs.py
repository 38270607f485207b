"""A pack is asked for once, however often somebody presses."""

from tests.studio import Studio, actor


def asked(studio: Studio, synthesis, **wanted):
    return studio.request_pack(actor(), synthetic_id=synthesis.synthetic.id, **wanted)


def test_a_pack_that_is_under_way_is_not_begun_a_second_time(studio):
    synthesis = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False, pack=False)
    first, job = asked(studio, synthesis, frameworks=("hipaa", "gdpr"), formats=("json",))
    again, same = asked(studio, synthesis, frameworks=("gdpr", "hipaa"), formats=("json",))
    assert (again.id, same.id) == (first.id, job.id)
    other, _ = asked(studio, synthesis, frameworks=("hipaa",), formats=("json",))
    assert other.id != first.id
    assert studio.actions().count("pack.requested") == 2


def test_once_it_is_built_another_may_be_asked_for(studio):
    synthesis = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False, pack=False)
    first, _ = asked(studio, synthesis, formats=("json",))
    studio.work_off()
    again, _ = asked(studio, synthesis, formats=("json",))
    assert again.id != first.id
