from datetime import timedelta

import pytest

from domain.datasets.entities import ColumnDecision, PiiAction, SdType
from domain.kernel import BadInput, Conflict, NotAllowed, NotFound, Role
from tests.studio import ORGANISATION, OTHER_ORGANISATION, actor


def test_profiling_suggests_types_that_a_person_then_confirms(studio):
    dataset = studio.confirmed()
    table = dataset.metadata.tables[dataset.tables[0].name]
    assert {c.name: c.sdtype for c in table.columns} == {
        "age": SdType.INTEGER,
        "city": SdType.CATEGORICAL,
        "income": SdType.FLOAT,
        "rich": SdType.BOOLEAN,
    }
    assert dataset.confirmed_by == "ada"
    assert studio.actions() == ["dataset.uploaded", "dataset.profiled", "columns.confirmed"]


def test_nothing_can_be_confirmed_before_the_profile(studio):
    dataset = studio.uploaded()
    with pytest.raises(Conflict, match="not profiled"):
        studio.confirm(actor(), dataset_id=dataset.id)


def test_a_decision_changes_a_type(studio):
    dataset = studio.profiled()
    table = dataset.tables[0].name
    decision = ColumnDecision(table=table, column="age", sdtype=SdType.CATEGORICAL)
    dataset = studio.confirm(actor(), dataset_id=dataset.id, decisions=[decision])
    assert dataset.metadata.tables[table].column("age").sdtype is SdType.CATEGORICAL


def test_a_type_that_the_cells_do_not_fit_is_refused(studio):
    dataset = studio.profiled()
    decision = ColumnDecision(table=dataset.tables[0].name, column="city", sdtype=SdType.INTEGER)
    with pytest.raises(BadInput, match="city") as refusal:
        studio.confirm(actor(), dataset_id=dataset.id, decisions=[decision])
    assert "Bern" not in refusal.value.message
    assert studio.datasets.get(ORGANISATION, dataset.id).confirmed_at is None


def test_dropping_every_column_is_refused(studio):
    dataset = studio.profiled()
    table = dataset.tables[0]
    decisions = [
        ColumnDecision(table=table.name, column=c, pii_action=PiiAction.DROP) for c in table.columns
    ]
    with pytest.raises(BadInput, match="keep at least one"):
        studio.confirm(actor(), dataset_id=dataset.id, decisions=decisions)


def test_a_person_names_the_word_that_means_missing(studio):
    dataset = studio.profiled()
    table = dataset.tables[0].name
    dataset = studio.confirm(actor(), dataset_id=dataset.id, missing={"city": "?"})
    spec = dataset.metadata.tables[table].column("city")
    assert (spec.missing_word, spec.missing_confirmed) == ("?", True)


def test_a_word_that_means_something_is_not_read_as_missing(studio):
    dataset = studio.profiled()
    with pytest.raises(BadInput, match="cannot be read as missing") as refusal:
        studio.confirm(actor(), dataset_id=dataset.id, missing={"city": "Bern"})
    assert "Bern" not in refusal.value.message


def test_an_unknown_column_is_refused(studio):
    dataset = studio.profiled()
    decision = ColumnDecision(table=dataset.tables[0].name, column="nope")
    with pytest.raises(BadInput, match="nope"):
        studio.confirm(actor(), dataset_id=dataset.id, decisions=[decision])


def test_profiling_again_voids_the_confirmation(studio):
    dataset = studio.confirmed()
    studio.now += timedelta(seconds=1)
    studio.request_profile(actor(), dataset_id=dataset.id)
    with pytest.raises(Conflict, match="already"):
        studio.request_profile(actor(), dataset_id=dataset.id)
    blobs = studio.stored_blobs()
    studio.work_off()
    assert studio.datasets.get(ORGANISATION, dataset.id).confirmed_at is None
    assert studio.stored_blobs() == blobs  # the old profile is gone


def test_looking_at_real_values_needs_the_permission_and_is_audited(studio):
    dataset = studio.profiled()
    for look in (studio.preview, studio.read_profile):
        with pytest.raises(NotAllowed):
            look(actor(Role.VIEWER), dataset_id=dataset.id)
        with pytest.raises(NotFound):
            look(actor(organisation_id=OTHER_ORGANISATION), dataset_id=dataset.id)
        look(actor(), dataset_id=dataset.id)
    assert studio.actions()[-2:] == ["dataset.previewed", "profile.viewed"]


def test_a_preview_shows_the_first_rows_as_they_are_written(studio):
    dataset = studio.uploaded(b"code,when\n007,01/02/2020\n008,\n")
    (preview,) = studio.preview(actor(), dataset_id=dataset.id, rows=1)
    assert preview.columns == ("code", "when")
    assert preview.rows == (("007", "01/02/2020"),)
    assert preview.total_rows == 2


def test_a_profile_that_does_not_exist_yet_says_so(studio):
    with pytest.raises(Conflict):
        studio.read_profile(actor(), dataset_id=studio.uploaded().id)
