"""Schemas of our own and of SDV, and what is refused."""

import json

import pytest

from domain.datasets.entities import PiiAction, PiiKind, SdType
from domain.datasets.schemas import read_schema
from domain.datasets.templates import HEALTH
from domain.kernel import BadInput


def read(document: object):
    return read_schema(json.dumps(document).encode())


def test_our_own_document_is_read_back():
    assert read(HEALTH.metadata().to_document()) == HEALTH.metadata()


SINGLE = {
    "METADATA_SPEC_VERSION": "SINGLE_TABLE_V1",
    "primary_key": "id",
    "columns": {
        "id": {"sdtype": "id", "regex_format": "[0-9]+"},
        "age": {"sdtype": "numerical", "computer_representation": "Int64"},
        "weight": {"sdtype": "numerical"},
        "seen": {"sdtype": "datetime", "datetime_format": "%d.%m.%Y"},
        "sex": {"sdtype": "categorical"},
        "smokes": {"sdtype": "boolean"},
        "mail": {"sdtype": "email", "pii": True},
        "what": {"sdtype": "unknown", "pii": True},
    },
}


def test_sdv_metadata_of_a_single_table_is_read():
    metadata = read(SINGLE)
    table = metadata.tables[metadata.only_table]
    assert table.primary_key == "id"
    assert {c.name: c.sdtype for c in table.columns} == {
        "id": SdType.ID,
        "age": SdType.INTEGER,
        "weight": SdType.FLOAT,
        "seen": SdType.DATETIME,
        "sex": SdType.CATEGORICAL,
        "smokes": SdType.BOOLEAN,
        "mail": SdType.TEXT,
    }
    assert table.column("seen").datetime_format == "%d.%m.%Y"
    mail = table.column("mail")
    assert (mail.pii_kind, mail.pii_action) == (PiiKind.EMAIL, PiiAction.SURROGATE)


@pytest.mark.parametrize("version", ["V1", "V2"])
def test_sdv_metadata_of_several_tables_is_read(version):
    link = {
        "parent_table_name": "people",
        "parent_primary_key": "id",
        "child_table_name": "visits",
        "child_foreign_key": "person",
    }
    metadata = read(
        {
            "METADATA_SPEC_VERSION": version,
            "tables": {
                "people": {"primary_key": "id", "columns": {"id": {"sdtype": "id"}}},
                "visits": {"columns": {"person": {"sdtype": "id"}}},
            },
            "relationships": [link],
        }
    )
    assert list(metadata.tables) == ["people", "visits"]
    assert metadata.relationships[0].child_foreign_key == "person"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "broken JSON in line 1"),
        (b'{"schema": 1,\n "tables"}', "line 2"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "unknown kind"),
        (b'{"schema": 2}', "unknown kind"),
        (b'{"schema": 1, "tables": {"t": {"columns": [{"name": "a"}]}}}', "incomplete"),
        (b'{"METADATA_SPEC_VERSION": "V9", "tables": {}}', "unknown SDV version"),
        (b'{"METADATA_SPEC_VERSION": "V1", "tables": {"t": {}}}', "incomplete"),
        (
            b'{"METADATA_SPEC_VERSION": "V1", "tables": {}, "relationships": '
            b'[{"parent_table_name": "a", "parent_primary_key": "i", '
            b'"child_table_name": "b", "child_foreign_key": "j"}]}',
            "table “a”",
        ),
    ],
)
def test_anything_else_is_refused_in_one_sentence(document, words):
    with pytest.raises(BadInput, match=words):
        read_schema(document)
