"""What the worker writes down of itself when it fits a model."""

import importlib.metadata

import torch

from config import VERSION
from config.wiring import worker
from domain.compliance.environment_lock import LOCK, EnvironmentLock


def test_a_fit_records_all_that_the_product_depends_on_beside_the_main_versions():
    versions = worker.fit_versions()
    assert {**versions, LOCK: ""} == {**worker.versions(), LOCK: ""}
    lock = EnvironmentLock.of_versions(versions)
    assert lock.complete
    assert (lock.product, lock.threads) == (VERSION, torch.get_num_threads())
    assert lock.instruction_set == torch.backends.cpu.get_cpu_capability()
    assert lock.processor == torch.cpu.get_capabilities()["cpu_name"]
    assert lock.distributions["torch"] == importlib.metadata.version("torch")
    assert len(lock.distributions) > len(worker.versions())
