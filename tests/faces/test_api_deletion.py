import pytest

from config.wiring import web
from domain.kernel import DatasetId, Role
from tests.faces.instance import Api, actor, refusal
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db


def test_a_deleted_dataset_has_a_certificate_for_its_own_organisation_only():
    ada = Api.of()
    dataset_id = ada.upload(people_csv(20)).json()["dataset_id"]
    address = f"datasets/{dataset_id}/deletion-certificate"
    assert "still there" in refusal(ada.get(address))
    web.delete_dataset()(actor(), dataset_id=DatasetId(dataset_id))
    told = ada.get(address)
    assert told.status_code == 200
    assert told.json()["deletion"]["by"] == "ada"
    assert Api.of("eve", Role.MEMBER, "Bank").get(address).status_code == 404
