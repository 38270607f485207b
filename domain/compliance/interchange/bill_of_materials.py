"""A bill of materials for machine learning: CycloneDX 1.6 (ECMA-424) with its model card.

The twin's files are data, made by a model, which was fitted by this product with certain versions
of what it depends on; inventories of software read it like any other bill. The model itself stays
inside the instance, so it has no hash here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid5

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.interchange.terms_of_use import TERMS
from domain.compliance.interchange.twin import Twin
from domain.evaluation.titles import title

SPEC_VERSION = "1.6"

_TWIN, _MODEL = "twin", "model"


def bill_of_materials(twin: Twin, lock: EnvironmentLock) -> dict[str, Any]:
    """The document, ready for ``json.dumps``; ``lock`` is that of the fit."""
    card = twin.card
    libraries = list(_libraries(lock))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid5(twin.pack_id, 'cyclonedx')}",
        "version": 1,
        "metadata": {
            "timestamp": card["created_at"],
            "tools": {"components": [_product(card)]},
            "manufacturer": {"name": card["organisation"]},
            "component": _twin(twin),
        },
        "components": [_model(card), *libraries],
        "dependencies": [
            {"ref": _TWIN, "dependsOn": [_MODEL]},
            {"ref": _MODEL, "dependsOn": [library["bom-ref"] for library in libraries]},
        ],
    }


def _product(card: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "application", **card["product"]}


def _twin(twin: Twin) -> dict[str, Any]:
    """The synthetic dataset, and its files with their hashes."""
    data = {
        "type": "dataset",
        "name": twin.title,
        "description": TERMS,
        "governance": {"owners": [{"organization": {"name": twin.card["organisation"]}}]},
    }
    return {
        "type": "data",
        "bom-ref": _TWIN,
        "name": twin.title,
        "description": twin.card["description"],
        "data": [data],
        "components": [
            {
                "type": "file",
                "bom-ref": name,
                "name": name,
                "hashes": [{"alg": "SHA-256", "content": sha256}],
            }
            for table in twin.tables
            for name, sha256 in table.files.items()
        ],
    }


def _model(card: Mapping[str, Any]) -> dict[str, Any]:
    told = card["synthesizer"]
    return {
        "type": "machine-learning-model",
        "bom-ref": _MODEL,
        "name": told["title"],
        "description": told["summary"],
        "modelCard": {
            "modelParameters": {
                "task": "tabular generation",
                "modelArchitecture": told["name"],
                "datasets": [
                    {
                        "type": "dataset",
                        "name": card["training_data"]["dataset"],
                        "description": "Real rows, which stay inside the instance.",
                    }
                ],
            },
            "quantitativeAnalysis": {"performanceMetrics": list(_metrics(card))},
            "considerations": {
                "useCases": list(card["intended_use"]),
                "technicalLimitations": list(card["limitations"]),
                "ethicalConsiderations": [{"name": m} for m in card["privacy"]["meaning"]],
            },
        },
    }


def _metrics(card: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for metric in card["metrics"]["headline"]:
        if metric["value"] is None:
            continue
        told: dict[str, Any] = {"type": title(metric["name"]), "value": str(metric["value"])}
        if metric["interval"]:
            low, high = map(str, metric["interval"])
            told["confidenceInterval"] = {"lowerBound": low, "upperBound": high}
        yield told


def _libraries(lock: EnvironmentLock) -> Iterator[dict[str, Any]]:
    """What the product depended on where the model was fitted."""
    names = sorted(lock.distributions.items())
    for (name, version), url in zip(names, lock.package_urls(), strict=True):
        yield {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}
