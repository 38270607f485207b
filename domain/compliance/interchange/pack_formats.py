"""The files of a pack in which others read a twin. One function for whoever builds a pack."""

from __future__ import annotations

import json
from collections.abc import Iterator

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.interchange.bill_of_materials import bill_of_materials
from domain.compliance.interchange.croissant import croissant
from domain.compliance.interchange.csv_on_the_web import csv_metadata
from domain.compliance.interchange.data_dictionary import (
    DictionaryLine,
    dictionary_csv,
)
from domain.compliance.interchange.hugging_face import (
    HUGGING_FACE_LICENCE,
    hugging_face_card,
    hugging_face_licence,
)
from domain.compliance.interchange.sdv_metadata import sdv_metadata, sdv_single_table
from domain.compliance.interchange.twin import Twin

CROISSANT_FILE = "croissant.json"
SDV_FILE = "sdv-metadata.json"
SDV_SINGLE_FILE = "sdv-metadata-single-table.json"
HUGGING_FACE_FILE = "hugging-face/README.md"
HUGGING_FACE_TERMS = f"hugging-face/{HUGGING_FACE_LICENCE}"
MATERIALS_FILE = "bill-of-materials.cdx.json"
DICTIONARY_FILE = "data-dictionary.csv"
DICTIONARY_PAPER = "data-dictionary.pdf"

OF_DRAWN_ROWS = frozenset({DICTIONARY_FILE, DICTIONARY_PAPER})
"""Files that quote synthetic rows: whoever looks for real values treats them as rows. In a private
run ε covers them as they are, and a look at real ones must not decide whether they leave."""


def pack_formats(
    twin: Twin, lines: tuple[DictionaryLine, ...], lock: EnvironmentLock
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file but the PDF of the dictionary, which the template
    ``pack/data_dictionary.html`` makes.

    ``lines`` are those of the dictionary, ``lock`` is the environment of the fit.
    """
    yield DICTIONARY_FILE, dictionary_csv(lines)
    yield CROISSANT_FILE, _json(croissant(twin))
    for name, document in csv_metadata(twin).items():
        yield name, _json(document)
    yield SDV_FILE, _json(sdv_metadata(twin))
    if len(twin.tables) == 1:
        yield SDV_SINGLE_FILE, _json(sdv_single_table(twin, twin.tables[0]))
    yield MATERIALS_FILE, _json(bill_of_materials(twin, lock))
    yield HUGGING_FACE_FILE, hugging_face_card(twin.card).encode()
    yield HUGGING_FACE_TERMS, hugging_face_licence(twin.card).encode()


def _json(document: object) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"
