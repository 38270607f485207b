"""The networks that can be trained under differential privacy, by name."""

from __future__ import annotations

from domain.synthesis.private_networks import autoregressive, ctgan, tvae

METHODS = {method.name: method for method in (autoregressive.METHOD, ctgan.METHOD, tvae.METHOD)}
