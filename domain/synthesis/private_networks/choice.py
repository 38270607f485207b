"""From a synthesizer's name to its private network, loaded when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.synthesis.private_networks.engine import PrivateNetwork

PRIVATE = "private"
"""The key of an artifact's state under which a private network is kept."""


def private_network(name: str) -> PrivateNetwork:
    """The engine of the private network called ``name``."""
    # Loaded here: Opacus brings seconds of imports, which no other fit needs.
    from domain.synthesis.private_networks.engine import PrivateNetwork
    from domain.synthesis.private_networks.methods import METHODS

    return PrivateNetwork(method=METHODS[name])
