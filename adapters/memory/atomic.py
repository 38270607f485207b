"""A transaction over memory: what was there when it began comes back when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from typing import Any


def atomic_over(*stores: object) -> Callable[[], AbstractContextManager[None]]:
    """An ``Atomic`` for these stores.

    Every dict and list that is an attribute of a store is put back after an error. Stores keep
    frozen values in them, so a shallow copy is enough.
    """

    @contextmanager
    def atomic() -> Iterator[None]:
        before = [_contents(store) for store in stores]
        try:
            yield
        except BaseException:
            for store, contents in zip(stores, before, strict=True):
                _put_back(store, contents)
            raise

    return atomic


def _contents(store: object) -> dict[str, Any]:
    return {n: copy(value) for n, value in vars(store).items() if isinstance(value, dict | list)}


def _put_back(store: object, contents: dict[str, Any]) -> None:
    """Refill the store's own dicts and lists: others may hold on to them."""
    for name, value in contents.items():
        kept = getattr(store, name)
        kept.clear()
        kept.extend(value) if isinstance(value, list) else kept.update(value)
