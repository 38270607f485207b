"""From a catalogue name to the synthesizer that carries it. Loads torch: workers only."""

from __future__ import annotations

from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import entry
from domain.synthesis.sdv_bridge import SdvBridge


def engine(name: str) -> Synthesizer:
    """The synthesizer called ``name``; raises :class:`BadInput` naming the choices."""
    return SdvBridge(name) if entry(name).from_sdv else Autoregressive()
