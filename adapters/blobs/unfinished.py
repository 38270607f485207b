"""A blob that is forgotten unless it was committed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Unfinished(ABC):
    """What every blob writer does at the end of its ``with`` block."""

    @abstractmethod
    def abort(self) -> None:
        """Forget what was written; harmless after a commit."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()
