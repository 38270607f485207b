import pytest

from domain.kernel import Role
from tests.faces.pages import signed_in, uploaded

pytestmark = pytest.mark.django_db


def test_whoever_deletes_sees_the_certificate_and_the_log_leads_to_it():
    ada = signed_in("ada", Role.ADMINISTRATOR)
    dataset = uploaded(ada)
    shown = ada.post(f"/datasets/{dataset.id}/delete/", follow=True)
    page = shown.content.decode()
    assert shown.redirect_chain[-1][0] == f"/datasets/{dataset.id}/deletion-certificate/"
    for told in ("is deleted and cannot be read again", "Deletion certificate", "800-88", "by ada"):
        assert told in page
    assert dataset.files[0]["sha256"] in page
    log = ada.get("/audit/").content.decode()
    assert f'href="/datasets/{dataset.id}/deletion-certificate/"' in log
    file = ada.get(f"/datasets/{dataset.id}/deletion-certificate.json")
    assert file.json()["dataset"]["id"] == str(dataset.id)
    assert "attachment" in file["Content-Disposition"]


def test_a_dataset_that_is_there_has_no_certificate_nor_one_of_strangers():
    ada = signed_in()
    dataset = uploaded(ada)
    address = f"/datasets/{dataset.id}/deletion-certificate/"
    assert ada.get(address).status_code == 409
    assert signed_in("eve", Role.MEMBER, "Bank").get(address).status_code == 404
