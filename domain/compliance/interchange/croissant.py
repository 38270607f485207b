"""A twin as Croissant 1.1 (JSON-LD): files with hashes, columns with types and keys, where it comes
from, what it is fit for, and that nobody may re-identify anybody.

The file lies in the pack beside the data, so its addresses are relative. Records are described by
the Parquet files, whose types need no reading; the CSV files are named as the same content. No
value of any row is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from domain.compliance.columns_word import ColumnsWord
from domain.compliance.interchange.croissant_context import CONTEXT, CROISSANT, RAI
from domain.compliance.interchange.lineage import lineage
from domain.compliance.interchange.terms_of_use import TERMS, terms_iri, terms_of_use
from domain.compliance.interchange.twin import Twin, TwinTable
from domain.datasets.entities import ColumnSpec, SdType

KEYWORDS = ("synthetic data", "tabular data")

_TYPES = {
    SdType.INTEGER: "cr:Int64",
    SdType.FLOAT: "cr:Float64",
    SdType.BOOLEAN: "sc:Boolean",
}
_CSV = "text/csv"
_PARQUET = ["application/vnd.apache.parquet", "application/x-parquet"]
"""The registered media type, and the one that mlcroissant knows."""

_BIASES = (
    "Biases of the real table are learned with everything else and are still there.",
    "Rare events and small groups are the least faithful part of any synthetic table.",
)
_IMPACT = (
    "Rows can be shared and worked on where real ones may not be. What they say about a group can "
    "still be turned against its members, whether they were in the real table or not."
)


def croissant(twin: Twin) -> dict[str, Any]:
    """The document, ready for ``json.dumps``."""
    return {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "conformsTo": [CROISSANT, RAI],
        **_heading(twin),
        "usageInfo": terms_of_use(twin),
        **lineage(twin),
        **_responsible(twin),
        "distribution": [file for table in twin.tables for file in _files(table)],
        "recordSet": [_record_set(twin, table) for table in twin.tables],
    }


def _heading(twin: Twin) -> dict[str, Any]:
    card = twin.card
    day = card["created_at"][:10]
    maker = {"@type": "sc:Organization", "name": card["organisation"]}
    return {
        "name": twin.title,
        "description": card["description"],
        "url": twin.iri,
        "identifier": twin.iri,
        "license": {"@type": "sc:CreativeWork", "name": TERMS, "url": terms_iri(twin)},
        "creator": maker,
        "publisher": maker,
        "datePublished": day,
        "version": "1.0.0",
        "keywords": [*KEYWORDS, *(["differential privacy"] if twin.private else [])],
        "isLiveDataset": False,
        "citeAs": f"{card['organisation']} ({day[:4]}). {twin.title} [synthetic data]. {twin.iri}.",
    }


def _responsible(twin: Twin) -> dict[str, Any]:
    """The vocabulary of responsible AI."""
    card = twin.card
    return {
        "rai:dataCollection": (
            "No row was collected: all were drawn from a model that had learned from real rows."
        ),
        "rai:dataCollectionType": ["Others"],
        "rai:personalSensitiveInformation": [*card["privacy"]["meaning"], *_decisions(twin)],
        "rai:dataPreprocessingProtocol": list(_preprocessing(twin)),
        "rai:dataLimitations": list(card["limitations"]),
        "rai:dataBiases": list(_BIASES),
        "rai:dataUseCases": list(card["intended_use"]),
        "rai:dataSocialImpact": _IMPACT,
    }


def _decisions(twin: Twin) -> Iterator[str]:
    word = ColumnsWord.of(twin.card)
    by = "a person decided" if word and word.by_person else "treated as suggested"
    for flag in twin.card["training_data"]["pii_decisions"]:
        yield (
            f"Column “{flag['column']}” of “{flag['table']}” was suspected to be a "
            f"{flag['kind']}; {by}: {flag['decision']}."
        )


def _preprocessing(twin: Twin) -> Iterator[str]:
    """What became of the columns before anything was learned, and what was asked of the rows."""
    fates: dict[str, int] = {}
    for table in twin.card["training_data"]["tables"]:
        for column in table["columns"]:
            fates[column["treatment"]] = fates.get(column["treatment"], 0) + 1
    for treatment, columns in fates.items():
        yield f"Columns with treatment “{treatment}”: {columns}."
    yield from twin.card["synthetic_data"]["conditions"]


def _files(table: TwinTable) -> Iterator[dict[str, Any]]:
    for name, sha256 in table.files.items():
        yield {
            "@type": "cr:FileObject",
            "@id": _iri(name),
            "name": name,
            "description": f"{table.rows:,} synthetic rows of “{table.name}”.",
            "contentUrl": quote(name),
            "encodingFormat": _PARQUET if name == table.parquet else _CSV,
            "sha256": sha256,
            **({} if name == table.parquet else {"sameAs": quote(table.parquet)}),
        }


def _record_set(twin: Twin, table: TwinTable) -> dict[str, Any]:
    key = table.metadata.primary_key
    return {
        "@type": "cr:RecordSet",
        "@id": _iri(f"table-{table.name}"),
        "name": table.name,
        "description": f"{table.rows:,} synthetic rows.",
        **({"key": {"@id": _field_iri(table.name, key)}} if key else {}),
        "field": [_field(twin, table, spec) for spec in table.metadata.columns],
    }


def _field(twin: Twin, table: TwinTable, spec: ColumnSpec) -> dict[str, Any]:
    link = twin.reference(table.name, spec.name)
    parent = link and _field_iri(link.parent_table_name, link.parent_primary_key)
    return {
        "@type": "cr:Field",
        "@id": _field_iri(table.name, spec.name),
        "name": spec.name,
        "description": _described(table, spec),
        "dataType": _data_type(spec),
        "source": {
            "fileObject": {"@id": _iri(table.parquet)},
            "extract": {"column": spec.name},
        },
        **({"references": {"field": {"@id": parent}}} if parent else {}),
    }


def _described(table: TwinTable, spec: ColumnSpec) -> str:
    keys = table.metadata.sequence
    if keys and spec.name == keys.entity:
        return "Says whose row it is."
    if keys and spec.name == keys.time:
        return "Says when it happened."
    return f"A column of kind {spec.sdtype.value}."


def _data_type(spec: ColumnSpec) -> str:
    if spec.sdtype is SdType.DATETIME:
        return "sc:Date" if spec.date_only else "sc:DateTime"
    return _TYPES.get(spec.sdtype, "sc:Text")


def _field_iri(table: str, column: str) -> str:
    return f"{_iri(f'table-{table}')}/{_iri(column)}"


def _iri(name: str) -> str:
    """A name as one segment of a relative IRI: names of columns can hold anything."""
    return quote(name, safe="")
