"""The events of one kind among those that are drawn side by side."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from domain.synthesis.sequences.cells import Codes, State


class OneKind(MutableMapping[str, Any]):
    """The state of the events ``who``: read from that of all, what is settled is kept apart."""

    def __init__(self, state: State, who: Codes) -> None:
        self.state, self.who = state, who
        self.own: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.own:
            self.own[name] = self.state[name][self.who]
        return self.own[name]

    def __setitem__(self, name: str, values: Any) -> None:
        self.own[name] = values

    def __delitem__(self, name: str) -> None:
        del self.own[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.state, **self.own})

    def __len__(self) -> int:
        return len({**self.state, **self.own})


def rows_of(state: State) -> slice | Codes:
    """Which of the histories side by side a state is of."""
    return state.who if isinstance(state, OneKind) else slice(len(state["place"]))
