"""From a catalogue name to the synthesizer that carries it. Loads torch: workers only."""

from __future__ import annotations

from domain.kernel import BadInput
from domain.synthesis import ctgan, tvae
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import AUTO, MARGINALS, SEQUENCES, entry
from domain.synthesis.on_best_device import OnBestDevice
from domain.synthesis.sdv_bridge import SdvBridge
from domain.synthesis.sequences.engine import Sequences
from domain.synthesis.whole_rows import WholeRows

_WHOLE_ROWS = {method.name: method for method in (ctgan.METHOD, tvae.METHOD)}


def engine(name: str) -> Synthesizer:
    """The synthesizer called ``name``; raises :class:`BadInput` naming the choices."""
    chosen = entry(name)
    if chosen.name == AUTO:
        raise BadInput(f"“{AUTO}” learns nothing itself; choose a synthesizer before training.")
    if chosen.from_sdv:
        return SdvBridge(chosen.name)
    if chosen.name == MARGINALS:
        # Loaded when it is asked for: it brings scipy, which nothing else here needs.
        from domain.synthesis.marginals import Marginals

        return Marginals()
    if chosen.name in _WHOLE_ROWS:
        return OnBestDevice(WholeRows(_WHOLE_ROWS[chosen.name]))
    if chosen.name == SEQUENCES:
        return OnBestDevice(Sequences())
    return OnBestDevice(Autoregressive())
